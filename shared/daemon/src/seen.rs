//! What a question sees of a store: all that is held, or only what had come by a moment. Every fold over entries reads
//! through it, so a total as of last night is the same fold as a total of now, over fewer entries.

use fengsui_store::{Store, StoreError, StoredEntry};
use fengsui_wire::{LogId, LogName, Position};

use crate::index::Revision;

/// A store, up to a moment.
#[derive(Clone, Copy)]
pub struct Seen<'s> {
    store: &'s Store,
    /// Milliseconds since 1970 UTC, inclusive. `None`: everything held.
    by_ms: Option<i64>,
}

impl<'s> Seen<'s> {
    /// What `store` had durably received by this moment, milliseconds since 1970 UTC, inclusive. An entry of the station
    /// itself counts from when it was signed.
    pub fn by(store: &'s Store, by_ms: i64) -> Self {
        Self { store, by_ms: Some(by_ms) }
    }

    /// The store, for its index: what stands there and is not seen has no [`entry`](Self::entry).
    pub fn store(self) -> &'s Store {
        self.store
    }

    /// The entry at `position`, if it had come.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn entry(self, position: Position) -> Result<Option<StoredEntry>, StoreError> {
        let entry = self.store.entry(position)?;
        Ok(entry.filter(|entry| self.by_ms.is_none_or(|by_ms| entry.received_ms <= by_ms)))
    }

    /// Full name of a log.
    pub fn name(self, log: LogId) -> Option<LogName> {
        self.store.name(log)
    }

    /// Those of `revisions` that had come.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn among(self, mut revisions: Vec<Revision>) -> Result<Vec<Revision>, StoreError> {
        if self.by_ms.is_none() {
            return Ok(revisions);
        }
        let mut come = Vec::with_capacity(revisions.len());
        for revision in revisions.drain(..) {
            if self.entry(revision.position)?.is_some() {
                come.push(revision);
            }
        }
        Ok(come)
    }
}

impl<'s> From<&'s Store> for Seen<'s> {
    fn from(store: &'s Store) -> Self {
        Self { store, by_ms: None }
    }
}
