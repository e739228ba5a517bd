//! The store: journal first, engine after.

mod apply;
mod index;
mod open;
mod read;
mod scrub;

use std::collections::BTreeMap;
use std::fs::File;

use fengsui_wire::limits::{FORKS_PER_LOG_MAX, NOTE_BYTES_MAX, QUARANTINE_BYTES_MAX};
use fengsui_wire::{Envelope, Head, Lane, LogId, LogName, Receipt};

use crate::engine::{Direction, Engine, Space};
use crate::error::StoreError;
use crate::fact::{FACT_BYTES_MAX, Fact, FactError, Kept};
pub use crate::journal::PENDING_BYTES_MAX;
use crate::journal::{Journal, Place};
use crate::keyspace;
use crate::project::Projector;
use crate::stored::{Fork, position};
use apply::{Gather, adds_to};
use index::Index;
pub(crate) use open::LAYOUT;

/// Everything a station keeps, over one journal and one engine.
///
/// Facts go in by [`stage`](Self::stage) and [`commit`](Self::commit); every read answers from what is committed, except
/// [`head`](Self::head), which counts what is staged. After a failed write the store refuses every later one
/// ([`StoreError::Stopped`]): what the disk holds is then found out by opening it again.
pub struct Store {
    journal: Journal,
    engine: Box<dyn Engine>,
    projector: Box<dyn Projector>,
    index: Index,
    pending: Vec<Fact>,
    staged: Staged,
    facts: u64,
    /// Whether the journal could rebuild everything when it was opened.
    journal_whole: bool,
    /// Held until the store is dropped, so that no second process opens the directory.
    _lock: Option<File>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

/// What the pending facts will change of the index.
#[derive(Default)]
struct Staged {
    heads: BTreeMap<(LogId, Lane), Head>,
    names: BTreeMap<LogId, LogName>,
}

impl Store {
    /// Checks a fact and puts it in line for the next [`commit`](Self::commit). Nothing is durable yet.
    ///
    /// A receipt or fork that adds nothing to what is committed, and a fork of a log of which enough are kept, is
    /// answered with `Ok` and not kept again. Refused bytes and their reason are cut to their limits.
    ///
    /// # Errors
    /// With blame [`Data`](crate::Blame::Data): the fact does not fit, such as entries that do not follow the staged
    /// head. [`StoreError::TooMuchStaged`]: commit first. In both cases what was staged before still is.
    /// [`StoreError::Stopped`] after a failed write.
    pub fn stage(&mut self, fact: Fact) -> Result<(), StoreError> {
        let fact = match fact {
            Fact::Admitted { name, entries, received_ms, source } => {
                let (lane, head) = self.check_entries(name, &entries)?;
                let fact = Fact::Admitted { name, entries, received_ms, source };
                self.keep(fact)?;
                self.staged.heads.insert(lane, head);
                self.staged.names.insert(lane.0, name);
                return Ok(());
            }
            Fact::Receipt(receipt) if !self.is_news(&receipt)? => return Ok(()),
            Fact::Fork { ours, theirs, .. } if !Fork::contradicts(&ours, &theirs) => {
                return Err(StoreError::NoFork);
            }
            Fact::Fork { theirs, .. } if !self.wants_fork(&theirs)? => return Ok(()),
            Fact::Quarantined { at_ms, source, mut reason, mut bytes } => {
                reason.truncate(reason.floor_char_boundary(NOTE_BYTES_MAX));
                bytes.truncate(QUARANTINE_BYTES_MAX);
                Fact::Quarantined { at_ms, source, reason, bytes }
            }
            other => other,
        };
        self.keep(fact)
    }

    /// Makes every staged fact durable with one `fdatasync`, then visible, and says how many there were. With none it
    /// touches no disk.
    ///
    /// # Errors
    /// With blame [`Stop`](crate::Blame::Stop): nothing of what was staged may be called kept, and the store refuses
    /// every later write.
    pub fn commit(&mut self) -> Result<usize, StoreError> {
        if self.pending.is_empty() {
            return Ok(0);
        }
        let end = self.journal.commit()?;
        let facts = std::mem::take(&mut self.pending);
        self.staged = Staged::default();
        let applied = self.apply(&facts, end);
        if applied.is_err() {
            // The journal is ahead of the engine now: only opening brings them together again.
            self.journal.stop();
        }
        applied?;
        self.facts += facts.len() as u64;
        Ok(facts.len())
    }

    /// Whether so much is staged that the next fact may not fit any more: commit first.
    pub fn is_full(&self) -> bool {
        self.journal.staged_bytes() + FACT_BYTES_MAX > PENDING_BYTES_MAX
    }

    /// The engine turned out to be incomplete or wrong: the next start fills it anew, unless a part of it is the only copy.
    fn distrust(&self) {
        if self.journal_whole {
            self.engine.distrust();
        }
    }

    /// How far a lane has come, staged entries included: what the next staged entry must follow.
    pub fn head(&self, log: LogId, lane: Lane) -> Head {
        let staged = self.staged.heads.get(&(log, lane));
        staged.copied().unwrap_or_else(|| self.durable_head(log, lane))
    }

    /// How far a lane has come durably: what may be receipted.
    pub fn durable_head(&self, log: LogId, lane: Lane) -> Head {
        self.index.head(log, lane)
    }

    fn apply(&mut self, facts: &[Fact], end: Place) -> Result<(), StoreError> {
        let mut gather = Gather::new(self.engine.as_ref(), &mut self.index);
        for fact in facts {
            gather.fact(fact, self.projector.as_mut())?;
        }
        let mut batch = gather.into_batch();
        batch.put(Space::Meta, keyspace::META_APPLIED, end.to_bytes());
        Ok(self.engine.apply(batch)?)
    }

    fn keep(&mut self, fact: Fact) -> Result<(), StoreError> {
        let bytes = fact.to_bytes()?;
        // A header can be signed that no decoder takes, such as one over too long a body. Better refused now than found
        // unreadable when the journal is all there is.
        match &fact {
            Fact::Admitted { entries, .. } => {
                entries.iter().try_for_each(|kept| kept.envelope.check()).map_err(FactError::Envelope)?;
            }
            _ => drop(Fact::from_bytes(&bytes)?),
        }
        self.journal.stage(&bytes)?;
        self.pending.push(fact);
        Ok(())
    }

    fn check_entries(&self, name: LogName, entries: &[Kept]) -> Result<((LogId, Lane), Head), StoreError> {
        let first = position(&entries.first().ok_or(StoreError::NoEntries)?.envelope);
        let known = self.staged.names.get(&first.log).or_else(|| self.index.names.get(&first.log));
        if known.is_some_and(|known| *known != name) {
            return Err(StoreError::LogName { log: first.log });
        }
        let long = |kept: &&Kept| {
            let stated = kept.envelope.header().body_length as usize;
            kept.body.as_ref().is_some_and(|body| body.len() != stated)
        };
        if let Some(kept) = entries.iter().find(long) {
            return Err(StoreError::BodyLength { position: position(&kept.envelope) });
        }
        let head = apply::follow(self.head(first.log, first.lane), first, entries)
            .map_err(|(position, expected)| StoreError::NotContiguous { position, expected })?;
        Ok(((first.log, first.lane), head))
    }

    fn is_news(&self, receipt: &Receipt) -> Result<bool, StoreError> {
        let key = keyspace::receipt(receipt.log, receipt.lane, receipt.signer, receipt.to);
        let held = self.engine.get(Space::Receipts, &key)?;
        Ok(held.is_none_or(|held| adds_to(&held, receipt)))
    }

    fn wants_fork(&self, theirs: &Envelope) -> Result<bool, StoreError> {
        let at = position(theirs);
        if self.engine.get(Space::Forks, &keyspace::fork(at, theirs.hash()))?.is_some() {
            return Ok(false);
        }
        let staged = self.pending.iter().filter(|fact| match fact {
            Fact::Fork { theirs, .. } => theirs.header().log == at.log,
            _ => false,
        });
        let free = FORKS_PER_LOG_MAX.saturating_sub(staged.count());
        let end = keyspace::after(&at.log.0);
        let held = self.engine.scan(Space::Forks, &at.log.0, &end, free, Direction::Up)?;
        Ok(held.len() < free)
    }
}
