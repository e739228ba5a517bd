//! The catalogue (报表目录): every form with its checks, and who owes what. Data, issued by the province in versions and
//! followed by everybody; a report names the version it was checked with, and every machine judges it by that one.

mod builtin;
mod frozen;
mod held;
mod issue;
mod read;

use std::sync::Arc;

pub use builtin::files as builtin_files;
pub use frozen::{Kept, Unfrozen};
pub use held::{Catalogues, NoForm};
pub use issue::{CatalogueIssue, IssueError, Issued};
pub use read::{CatalogueError, DUTIES, FORMS, tables_of};

use crate::{date::Date, form::Form};

/// Number of the form that disasters are reported by; no catalogue is without it.
pub const QUICK: u32 = 1;

/// Every form of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    /// 0 for the one that is compiled in; each that is issued is greater than those before.
    pub version: u32,
    /// Number of the document (文号) by which it was issued; empty for the built-in one.
    pub document: String,
    /// First day in force; `None` for the built-in one, which always was.
    pub from: Option<Date>,
    /// In the order in which they are listed. Forms that two versions have alike are shared.
    pub forms: Vec<Arc<Form>>,
}

impl Catalogue {
    /// The one that is compiled in: version 0.
    #[must_use]
    pub fn builtin() -> &'static Arc<Self> {
        builtin::catalogue()
    }

    /// The form of that frozen number.
    #[must_use]
    pub fn form(&self, id: u32) -> Option<&Arc<Form>> {
        self.forms.iter().find(|form| form.id == id)
    }

    /// The form of that word, `urban_dibao`, or of that Chinese name.
    #[must_use]
    pub fn form_of_code(&self, code: &str) -> Option<&Arc<Form>> {
        self.forms.iter().find(|form| form.code == code || form.zh == code)
    }
}

#[cfg(test)]
mod tests;
