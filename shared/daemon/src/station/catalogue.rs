//! What a station does about the catalogue: the root issues it, everybody fills in and judges by it.

use std::sync::Arc;

use fengsui_model::catalogue::{CatalogueError, IssueError, Issued, Unfrozen};
use fengsui_model::{Catalogue, CatalogueIssue, Date};
use fengsui_protocol::Now;
use fengsui_wire::{Kind, Lane, Verified, catalogue_body};

use super::author::down;
use super::{Station, StationError};
use crate::standards::day;

/// Why a catalogue is not issued.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueIssueError {
    /// Only the root issues it.
    #[error("issue a catalogue: only the root of the network does")]
    NotRoot,
    /// Versions go forward only.
    #[error(
        "issue version {version} of the catalogue: version {current} stands, and only a later one follows it"
    )]
    NotNewer {
        /// As given.
        version: u32,
        /// The latest that stands.
        current: u32,
    },
    /// What was signed before is judged by what was in force then.
    #[error("issue a catalogue in force from {from}: today is {today}")]
    Past {
        /// As given.
        from: Date,
        /// At the root.
        today: Date,
    },
    /// It does not hold together.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// A table does not read.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// A frozen number would change its meaning.
    #[error(transparent)]
    Unfrozen(#[from] Unfrozen),
    /// More than an entry carries.
    #[error("issue the catalogue: its tables come to {bytes} bytes, {max} are allowed")]
    TooLong {
        /// Of its body.
        bytes: usize,
        /// Of an artefact.
        max: usize,
    },
    /// The store's word.
    #[error(transparent)]
    Station(#[from] StationError),
}

impl Station {
    /// The catalogue in force today: what is filled in, and what totals are shown by. A machine whose clock cannot be
    /// right takes the newest that it holds.
    pub fn catalogue(&self, now: Now) -> &Arc<Catalogue> {
        self.registry.catalogues().in_force(day(now.wall_ms))
    }

    /// Issues a version of the catalogue; the root only. It is read as every station will read it, and compared with every
    /// version before it.
    ///
    /// # Errors
    /// Why not; nothing is signed then.
    pub fn issue_catalogue(
        &mut self,
        issue: &CatalogueIssue,
        now: Now,
    ) -> Result<Verified, CatalogueIssueError> {
        if self.own().key != self.identity.root {
            return Err(CatalogueIssueError::NotRoot);
        }
        issue.check()?;
        let (version, current) = (issue.version, self.registry.catalogues().latest());
        if version <= current {
            return Err(CatalogueIssueError::NotNewer { version, current });
        }
        let from = issue.from;
        if let Some(today) = day(now.wall_ms).filter(|today| from < *today) {
            return Err(CatalogueIssueError::Past { from, today });
        }
        let catalogue = Issued::read(issue).catalogue?;
        for before in self.registry.catalogues().readable() {
            catalogue.keeps(before)?;
        }
        let (body, max) = (catalogue_body(issue), Kind::Catalogue.body_bytes_max());
        if body.len() > max {
            return Err(CatalogueIssueError::TooLong { bytes: body.len(), max });
        }
        Ok(self.write(down(Kind::Catalogue, Lane::Routine, self.identity.division, body), now)?)
    }
}
