//! The versions that a machine holds, and which one a report is judged by.

use std::{collections::BTreeMap, sync::Arc};

use super::{Catalogue, Issued};
use crate::{date::Date, form::Form, report::Report};

/// Every version of the catalogue that has arrived, with the built-in one, which is always there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Catalogues {
    issued: BTreeMap<u32, Arc<Issued>>,
}

/// Why a report cannot be judged by the catalogue that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoForm {
    /// The version has not arrived: it may.
    #[error("judge the report: it waits for version {0} of the catalogue, which has not arrived here")]
    Waiting(u32),
    /// The version is here and says what this software does not know: a later one will.
    #[error("judge the report: this software cannot read version {0} of the catalogue")]
    Unreadable(u32),
    /// A later version is here and this one is not. Versions only rise, so it was never issued.
    #[error("judge the report: version {0} of the catalogue was never issued")]
    NeverIssued(u32),
    /// The version has no such form.
    #[error("judge the report: version {version} of the catalogue has no form {form}")]
    NoSuchForm {
        /// Which version.
        version: u32,
        /// Number of the form.
        form: u32,
    },
}

impl NoForm {
    /// Whether time can mend it: the report waits, and nobody answers it.
    #[must_use]
    pub const fn waits(self) -> bool {
        matches!(self, Self::Waiting(_) | Self::Unreadable(_))
    }
}

impl Catalogues {
    /// Those that were issued; of each number one.
    #[must_use]
    pub fn of(issued: impl IntoIterator<Item = Arc<Issued>>) -> Self {
        Self { issued: issued.into_iter().map(|issued| (issued.version, issued)).collect() }
    }

    /// Every version that was issued, rising; those included that this software cannot read.
    pub fn issued(&self) -> impl DoubleEndedIterator<Item = &Arc<Issued>> {
        self.issued.values()
    }

    /// Number of the latest version that was issued, in force or to come; 0 before there is one.
    #[must_use]
    pub fn latest(&self) -> u32 {
        self.issued.keys().next_back().copied().unwrap_or(0)
    }

    /// Every version that can be read, the newest first, the built-in one last.
    pub fn readable(&self) -> impl Iterator<Item = &Arc<Catalogue>> {
        let issued = self.issued.values().rev().filter_map(|issued| issued.catalogue.as_ref().ok());
        issued.chain(std::iter::once(Catalogue::builtin()))
    }

    /// The newest version that is in force on a day. `None`: the day is not known, because the machine's clock cannot be
    /// right; then the newest of all.
    #[must_use]
    pub fn in_force(&self, day: Option<Date>) -> &Arc<Catalogue> {
        let holds = |of: &&Arc<Catalogue>| match (of.from, day) {
            (Some(from), Some(day)) => from <= day,
            _ => true,
        };
        self.readable().find(holds).unwrap_or_else(|| Catalogue::builtin())
    }

    /// The version in force on a day where it has what is asked for, otherwise the newest that has: a form that is no longer
    /// asked keeps its reports.
    #[must_use]
    pub fn having(&self, day: Option<Date>, has: impl Fn(&Catalogue) -> bool) -> &Arc<Catalogue> {
        let in_force = self.in_force(day);
        std::iter::once(in_force).chain(self.readable()).find(|of| has(of)).unwrap_or(in_force)
    }

    /// The version of that number.
    ///
    /// # Errors
    /// [`NoForm`]: why there is none.
    pub fn version(&self, version: u32) -> Result<&Arc<Catalogue>, NoForm> {
        if version == 0 {
            return Ok(Catalogue::builtin());
        }
        match self.issued.get(&version) {
            Some(issued) => issued.catalogue.as_ref().map_err(|_| NoForm::Unreadable(version)),
            None if version < self.latest() => Err(NoForm::NeverIssued(version)),
            None => Err(NoForm::Waiting(version)),
        }
    }

    /// The form that a report was filled in and is judged by.
    ///
    /// # Errors
    /// [`NoForm`]: why it cannot be judged here.
    pub fn form_of(&self, report: &Report) -> Result<&Arc<Form>, NoForm> {
        let (version, form) = (report.catalogue, report.form);
        self.version(version)?.form(form).ok_or(NoForm::NoSuchForm { version, form })
    }

    /// The form of that number as the newest version has it that has it at all: for names of what may be retired.
    #[must_use]
    pub fn newest_form(&self, id: u32) -> Option<&Arc<Form>> {
        self.readable().find_map(|of| of.form(id))
    }
}
