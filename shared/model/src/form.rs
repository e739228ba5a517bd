//! A form (报表): its indicators in the order of the paper, and the checks between them. Data, not code: a
//! new indicator is a new row.

mod about;
mod indicator;
mod read;

use std::{collections::BTreeSet, sync::Arc};

pub use about::About;
pub use indicator::{AddsUp, Answer, Choice, ForeignCode, Indicator, Nature, UnitCondition};
pub(crate) use read::{Draft, catalogue as read_catalogue, read_kinds};
pub use read::{FormError, FormTables, read_codes};

use crate::{
    catalogue::{Catalogue, QUICK},
    check::{Check, Rule},
    duty::Duty,
};

/// A form with everything needed to fill it in, check it and add it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Its number in signed bytes: frozen, never reused.
    pub id: u32,
    /// Its word: `quick`.
    pub code: String,
    /// Only ever raised.
    pub version: u32,
    /// Its Chinese name.
    pub zh: String,
    /// Its English name.
    pub en: String,
    /// What its reports are about.
    pub about: About,
    /// Used only where somebody asks for it, as after an especially great disaster; the others are always in use.
    pub optional: bool,
    /// Headings, in the order of the paper.
    pub groups: Vec<Group>,
    /// Indicators, in the order of the paper. Ids and codes are unique.
    pub indicators: Vec<Indicator>,
    /// Checks, in the order in which findings are shown. Ids are unique.
    pub checks: Vec<Check>,
    /// Who owes it; empty: it is filled in where somebody asks.
    pub duties: Vec<Duty>,
}

/// A heading over some indicators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// As in [`Indicator::group`].
    pub code: String,
    /// Its Chinese name.
    pub zh: String,
    /// Its English name.
    pub en: String,
}

/// What a form is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormTitle {
    /// See [`Form::id`].
    pub id: u32,
    /// See [`Form::code`].
    pub code: String,
    /// See [`Form::version`].
    pub version: u32,
    /// See [`Form::zh`].
    pub zh: String,
    /// See [`Form::en`].
    pub en: String,
    /// See [`Form::about`].
    pub about: About,
    /// See [`Form::optional`].
    pub optional: bool,
}

impl Form {
    /// The loss part of the quick report (自然灾害灾情快报) as it is compiled in. What a station fills in and judges by is
    /// in its [`Catalogues`](crate::Catalogues).
    #[must_use]
    pub fn quick() -> &'static Arc<Self> {
        Catalogue::builtin().form(QUICK).expect("the built-in tables are read by a test")
    }

    /// Every form that is compiled in, the quick report first.
    #[must_use]
    pub fn all() -> &'static [Arc<Self>] {
        &Catalogue::builtin().forms
    }

    /// The form of that frozen number that is compiled in.
    #[must_use]
    pub fn of_id(id: u32) -> Option<&'static Arc<Self>> {
        Catalogue::builtin().form(id)
    }

    /// The form of that word, `urban_dibao`, or of that Chinese name that is compiled in.
    #[must_use]
    pub fn of_code(code: &str) -> Option<&'static Arc<Self>> {
        Catalogue::builtin().form_of_code(code)
    }

    /// Reads a form that stands alone from its three tables; `deploy/data/README.md` describes their columns.
    ///
    /// # Errors
    /// [`FormError`] names the form, table, line and column: an unknown column or word, a second use of an id or
    /// code, a check that names an indicator the form does not have.
    pub fn from_csv(title: FormTitle, tables: FormTables<'_>) -> Result<Self, FormError> {
        read::form(title, tables)
    }

    /// The forms whose reports by the same division its checks look at, [`Form::id`], each once.
    #[must_use]
    pub fn beside(&self) -> BTreeSet<u32> {
        let named = self.checks.iter().filter_map(|check| match &check.rule {
            Rule::Beside { other, .. } => Some(other.form),
            _ => None,
        });
        named.collect()
    }

    /// The indicator of that frozen number.
    #[must_use]
    pub fn by_id(&self, id: u32) -> Option<&Indicator> {
        self.indicators.iter().find(|indicator| indicator.id == id)
    }

    /// The indicator of that code: `QL010`.
    #[must_use]
    pub fn by_code(&self, code: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|indicator| indicator.code == code)
    }

    /// The indicator of that Chinese name, exactly as in the table, `其中：` included.
    #[must_use]
    pub fn by_zh(&self, zh: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|indicator| indicator.zh == zh)
    }

    /// The indicators under one heading.
    pub fn in_group<'a>(&'a self, group: &'a str) -> impl Iterator<Item = &'a Indicator> {
        self.indicators.iter().filter(move |indicator| indicator.group == group)
    }
}

#[cfg(test)]
mod tests;
