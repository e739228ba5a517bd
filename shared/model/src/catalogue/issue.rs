//! A catalogue as it is signed: its tables as text, so that what an office has written is what travels.

use std::{collections::BTreeMap, sync::Arc};

use super::{Catalogue, CatalogueError, read};
use crate::date::Date;

/// A version of the catalogue as the province signs it. The texts are not looked into here: a station that cannot read
/// them, because they say what only later software knows, still keeps them and passes them on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueIssue {
    /// At least 1: 0 is what is compiled in.
    pub version: u32,
    /// Number of the document (文号).
    pub document: String,
    /// First day in force.
    pub from: Date,
    /// The tables by file name: `forms.csv`, `quick.csv` …
    pub files: BTreeMap<String, String>,
}

/// Why a catalogue as signed does not hold together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// 0 is the built-in one.
    #[error("take version 0 of the catalogue: 0 is the one that is compiled in")]
    Version,
    /// An office must be able to find the document.
    #[error("take the catalogue: it names no document")]
    Document,
    /// No name, or one that leads out of its folder.
    #[error("take file {0:?} of the catalogue: a name is made of a–z, 0–9, _, - and ends in .csv")]
    FileName(String),
}

impl CatalogueIssue {
    /// Whether it holds together, apart from what the tables say.
    ///
    /// # Errors
    /// The first thing that does not.
    pub fn check(&self) -> Result<(), IssueError> {
        if self.version == 0 {
            return Err(IssueError::Version);
        }
        if self.document.trim().is_empty() {
            return Err(IssueError::Document);
        }
        match self.files.keys().find(|name| !is_file_name(name)) {
            Some(name) => Err(IssueError::FileName(name.clone())),
            None => Ok(()),
        }
    }
}

/// Whoever writes the tables of a version to a folder writes into that folder.
fn is_file_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
    name.strip_suffix(".csv").is_some_and(|stem| !stem.is_empty() && stem.bytes().all(plain))
}

/// A version that was issued, as this machine has read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// Its number.
    pub version: u32,
    /// Its document.
    pub document: String,
    /// First day in force.
    pub from: Date,
    /// What it says, or why this software cannot read it: a later one may.
    pub catalogue: Result<Arc<Catalogue>, CatalogueError>,
}

impl Issued {
    /// Reads the tables.
    #[must_use]
    pub fn read(issue: &CatalogueIssue) -> Self {
        let CatalogueIssue { version, document, from, files } = issue;
        let (version, document, from) = (*version, document.clone(), *from);
        let catalogue = read::forms(files).map(|forms| {
            Arc::new(Catalogue { version, document: document.clone(), from: Some(from), forms })
        });
        Self { version, document, from, catalogue }
    }
}
