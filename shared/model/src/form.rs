//! A form (报表): its indicators in the order of the paper, and the checks between them. Data, not code: a
//! new indicator is a new row.

mod indicator;
mod read;

use std::sync::OnceLock;

pub use indicator::{AddsUp, Indicator, Nature, UnitCondition};
pub(crate) use read::read_kinds;
pub use read::{FormError, FormTables};

use crate::check::Check;

/// The loss part of the quick report (快报), as text compiled in.
const QUICK: FormTables<'static> = FormTables {
    groups: include_str!("../../../deploy/data/forms/quick-groups.csv"),
    indicators: include_str!("../../../deploy/data/forms/quick.csv"),
    checks: include_str!("../../../deploy/data/forms/quick-checks.csv"),
};

/// Number of the quick form in signed bytes. Frozen.
const QUICK_ID: u32 = 1;

/// Version of the three quick tables together: raised with every change to any of them.
const QUICK_VERSION: u32 = 1;

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
    /// Headings, in the order of the paper.
    pub groups: Vec<Group>,
    /// Indicators, in the order of the paper. Ids and codes are unique.
    pub indicators: Vec<Indicator>,
    /// Checks, in the order in which findings are shown. Ids are unique.
    pub checks: Vec<Check>,
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
}

impl Form {
    /// The loss part of the quick report (自然灾害灾情快报), compiled in.
    #[must_use]
    pub fn quick() -> &'static Self {
        static QUICK_FORM: OnceLock<Form> = OnceLock::new();
        QUICK_FORM.get_or_init(|| {
            let title = FormTitle {
                id: QUICK_ID,
                code: "quick".to_owned(),
                version: QUICK_VERSION,
                zh: "自然灾害灾情快报".to_owned(),
                en: "Disaster quick report".to_owned(),
            };
            Self::from_csv(title, QUICK).expect("the built-in form is read by a test")
        })
    }

    /// Reads a form from its three tables; `deploy/data/README.md` describes their columns.
    ///
    /// # Errors
    /// [`FormError`] names the table, line and column: an unknown column or word, a second use of an id or
    /// code, a check that names an indicator the form does not have.
    pub fn from_csv(title: FormTitle, tables: FormTables<'_>) -> Result<Self, FormError> {
        read::form(title, tables)
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
