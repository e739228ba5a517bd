//! Reads a catalogue from its tables, strictly: a table that nobody knows is an error like a column that nobody knows.

use std::{collections::BTreeMap, sync::Arc};

use super::QUICK;
use crate::{
    duty,
    form::{About, Form, FormError, FormTables, read_catalogue, read_codes},
    table::TableError,
};

/// The list of forms.
pub const FORMS: &str = "forms.csv";

/// Who owes what.
pub const DUTIES: &str = "duties.csv";

/// Why tables do not make a catalogue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// A table that must be there is not.
    #[error("find table {0} of the catalogue")]
    Missing(String),
    /// A table nobody knows: more likely a slip than an extension.
    #[error("recognise table {0} of the catalogue")]
    Unknown(String),
    /// The form that disasters are reported by is not there, or is about something else.
    #[error("find form {QUICK}, about an event, in the catalogue: disasters are reported by it")]
    NoQuick,
    /// A form.
    #[error(transparent)]
    Form(#[from] FormError),
    /// Who owes what.
    #[error("read the duties: failed to {0}")]
    Duties(TableError),
}

impl CatalogueError {
    /// The table at fault, and what is wrong in it where the reader can say.
    #[must_use]
    pub fn place(&self) -> (String, Option<&TableError>) {
        match self {
            Self::Missing(name) | Self::Unknown(name) => (name.clone(), None),
            Self::NoQuick => (FORMS.to_owned(), None),
            Self::Duties(error) => (DUTIES.to_owned(), Some(error)),
            Self::Form(error) => error.place(),
        }
    }
}

/// The names of the three tables of the form of that word: headings, indicators, checks.
#[must_use]
pub fn tables_of(code: &str) -> [String; 3] {
    [format!("{code}-groups.csv"), format!("{code}.csv"), format!("{code}-checks.csv")]
}

/// Every form with its duties, in the order of the list.
pub(super) fn forms(files: &BTreeMap<String, String>) -> Result<Vec<Arc<Form>>, CatalogueError> {
    let text = |name: &str| {
        let text = files.get(name).map(String::as_str);
        text.ok_or_else(|| CatalogueError::Missing(name.to_owned()))
    };
    let titles = text(FORMS)?;
    let codes = read_codes(titles)?;
    let mut known = vec![FORMS.to_owned(), DUTIES.to_owned()];
    let mut tables = Vec::with_capacity(codes.len());
    for code in codes {
        let [groups, indicators, checks] = tables_of(&code);
        let three =
            FormTables { groups: text(&groups)?, indicators: text(&indicators)?, checks: text(&checks)? };
        known.extend([groups, indicators, checks]);
        tables.push((code, three));
    }
    if let Some(name) = files.keys().find(|name| !known.contains(name)) {
        return Err(CatalogueError::Unknown(name.clone()));
    }
    let mut forms = read_catalogue(titles, &tables)?;
    if !forms.iter().any(|form| form.id == QUICK && form.about == About::Event) {
        return Err(CatalogueError::NoQuick);
    }
    for duty in duty::read(text(DUTIES)?, &forms).map_err(CatalogueError::Duties)? {
        let owed = forms.iter_mut().find(|form| form.code == duty.form);
        owed.into_iter().for_each(|form| form.duties.push(duty.clone()));
    }
    Ok(forms.into_iter().map(Arc::new).collect())
}
