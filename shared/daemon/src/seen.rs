//! What a question sees of a store: all that is held, or only what had come by a moment. Every fold over entries reads
//! through it, so a total as of last night is the same fold as a total of now, over fewer entries.

use fengsui_store::{Store, StoreError, StoredEntry};
use fengsui_wire::{LogId, LogName, Position};

use crate::index::Revision;
use crate::receipted::Receipted;

/// A store, up to a moment.
#[derive(Clone, Copy)]
pub struct Seen<'s> {
    store: &'s Store,
    until: Until<'s>,
}

/// Moments are milliseconds since 1970 UTC, inclusive.
#[derive(Clone, Copy)]
enum Until<'s> {
    /// Everything held.
    Now,
    /// What this station had received by then.
    Received(i64),
    /// What another hub had received by then.
    Receipted(&'s Receipted, i64),
}

impl<'s> Seen<'s> {
    /// What `store` had durably received by this moment. An entry of the station itself counts from when it was signed.
    pub fn by(store: &'s Store, by_ms: i64) -> Self {
        Self { store, until: Until::Received(by_ms) }
    }

    /// What of `store` the hub that gave these receipts had received by this moment.
    pub fn receipted(store: &'s Store, receipts: &'s Receipted, by_ms: i64) -> Self {
        Self { store, until: Until::Receipted(receipts, by_ms) }
    }

    /// The store, for its index: what stands there and is not seen has no [`entry`](Self::entry).
    pub fn store(self) -> &'s Store {
        self.store
    }

    /// The moment; `None`: now.
    pub fn until_ms(self) -> Option<i64> {
        match self.until {
            Until::Now => None,
            Until::Received(by_ms) | Until::Receipted(_, by_ms) => Some(by_ms),
        }
    }

    /// The entry at `position`, if it had come.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn entry(self, position: Position) -> Result<Option<StoredEntry>, StoreError> {
        let had_come = |entry: &StoredEntry| match self.until {
            Until::Now => true,
            Until::Received(by_ms) => entry.received_ms <= by_ms,
            Until::Receipted(receipts, by_ms) => receipts.at_ms(entry).is_some_and(|at_ms| at_ms <= by_ms),
        };
        Ok(self.store.entry(position)?.filter(had_come))
    }

    /// Full name of a log.
    pub fn name(self, log: LogId) -> Option<LogName> {
        self.store.name(log)
    }

    /// Those of `revisions` that had come.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn among(self, revisions: Vec<Revision>) -> Result<Vec<Revision>, StoreError> {
        if self.until_ms().is_none() {
            return Ok(revisions);
        }
        let mut come = Vec::with_capacity(revisions.len());
        for revision in revisions {
            if self.entry(revision.position)?.is_some() {
                come.push(revision);
            }
        }
        Ok(come)
    }
}

impl<'s> From<&'s Store> for Seen<'s> {
    fn from(store: &'s Store) -> Self {
        Self { store, until: Until::Now }
    }
}
