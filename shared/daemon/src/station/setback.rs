//! After the store was set back: a restored image, a re-imaged machine.
//!
//! The proof is an entry that we have signed and do not hold. What the peer holds of the old log is taken back as
//! history where it follows; the old log is closed; and what was written since and never receipted is logged again in
//! a new incarnation, with the same bodies, so the reports stay the same reports. What is addressed to stations below is
//! logged again too, receipted or not: a receipt comes from above, and whoever stands below may hold the other branch.

use fengsui_protocol::Now;
use fengsui_store::{Source, StoredEntry};
use fengsui_wire::{Author, Flags, Holds, Incarnation, Kind, Lane, LogName, Position, Verified};

use super::author::Writing;
use super::{Station, StationError};

/// Entries read at once while logging again.
const AGAIN_MAX: usize = 256;

impl Station {
    pub(super) fn set_back(
        &mut self,
        theirs: Vec<Verified>,
        source: Source,
        now: Now,
    ) -> Result<(), StationError> {
        let old = self.own.name();
        let foreign = |entry: &Verified| entry.name() != old;
        if theirs.is_empty() || theirs.iter().any(foreign) || !self.proves_setback(&theirs)? {
            return Ok(());
        }
        tracing::warn!(log = %self.own.log().short(), "this store was set back: going on in a new incarnation");
        // What was staged in the old log so far is logged again as well; it must be readable for that.
        self.store.commit()?;
        let lane = theirs[0].header().draft.lane;
        let apart = self.apart_from(&theirs[0])?;
        self.append(old, lane, theirs, source, now)?;
        self.store.commit()?;
        let old_log = self.own.log();
        let incarnation = Incarnation((self.entropy)());
        self.own = Author::new(self.network, LogName { key: old.key, incarnation })?;
        self.begin_log(Some(old_log), now)?;
        for each in Lane::ALL {
            // How far the branches of the other lanes agree is not known.
            let apart = if *each == lane { apart } else { 0 };
            self.log_again(old, *each, apart, now)?;
        }
        self.restart = true;
        Ok(())
    }

    /// From which sequence on the own branch may differ from the one that `theirs` stands on.
    fn apart_from(&self, theirs: &Verified) -> Result<u64, StationError> {
        let header = theirs.header();
        let Some(before) = header.sequence.checked_sub(1) else { return Ok(0) };
        let held = self.store.entry(Position { sequence: before, ..header.position() })?;
        let follows = held.is_some_and(|held| held.hash() == header.previous);
        Ok(if follows { header.sequence } else { 0 })
    }

    fn proves_setback(&self, theirs: &[Verified]) -> Result<bool, StationError> {
        for entry in theirs {
            let held = self.store.entry(entry.header().position())?;
            let staged = self.own_head(entry.header().draft.lane).next;
            let other = held.as_ref().is_some_and(|held| held.hash() != entry.hash());
            let unknown = held.is_none() && entry.header().sequence >= staged;
            if other || unknown {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Writes again what this station wrote into a lane of `old` and no hub above has receipted; and, from `apart` on, what
    /// it wrote for stations below.
    fn log_again(&mut self, old: LogName, lane: Lane, apart: u64, now: Now) -> Result<(), StationError> {
        let log = old.id(self.network);
        let receipted = self.receipted(old, lane)?;
        let mut from = receipted.min(apart);
        loop {
            let entries = self.store.entries(log, lane, from, AGAIN_MAX, usize::MAX)?;
            let Some(last) = entries.last() else { return Ok(()) };
            from = last.envelope.header().sequence + 1;
            let again = |entry: &StoredEntry| {
                let header = entry.envelope.header();
                let down = header.draft.addressee.is_some() && header.sequence >= apart;
                entry.source == Source::Own && (header.sequence >= receipted || down)
            };
            for entry in entries.into_iter().filter(again) {
                let draft = entry.envelope.header().draft;
                let (Some(body), false) = (entry.body, draft.kind == Kind::Genesis) else { continue };
                let writing = Writing {
                    kind: draft.kind,
                    lane,
                    flags: draft.flags.with(Flags::RELOGGED),
                    reach: draft.reach,
                    addressee: draft.addressee,
                    body,
                };
                self.write(writing, now)?;
            }
            // Nobody is told anything by this: it only keeps what is staged within the journal's bound.
            self.store.commit()?;
        }
    }

    /// First sequence of a lane that no hub above has receipted with bodies, as far as this store knows. A receipt counts
    /// where it names the entry held here: one for the other branch says nothing about what was written on this one.
    fn receipted(&self, name: LogName, lane: Lane) -> Result<u64, StationError> {
        let log = name.id(self.network);
        let mut next = 0;
        for receipt in self.store.receipts(log, lane)?.iter().filter(|receipt| receipt.holds == Holds::Bodies)
        {
            let at = Position { log, lane, sequence: receipt.to };
            if self.store.entry(at)?.is_some_and(|held| held.hash() == receipt.hash) {
                next = next.max(receipt.to + 1);
            }
        }
        Ok(next)
    }
}
