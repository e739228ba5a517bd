//! From facts to keys.

use fengsui_wire::limits::{FORKS_PER_LOG_MAX, QUARANTINE_MAX};
use fengsui_wire::{Envelope, Head, LogName, Position, Receipt};

use super::index::Index;
use crate::block;
use crate::engine::{Batch, Direction, Engine, Space};
use crate::error::StoreError;
use crate::fact::{Fact, Kept, Source};
use crate::keyspace;
use crate::project::Projector;
use crate::stored::{Fork, Refused, head_value, position};
use crate::view::View;

/// Receipts read at once while looking for what follows a filled gap.
const RECEIPT_PAGE: usize = 64;

/// The head after `entries`, which must all stand in the log and lane of `first` and follow `head` one by one.
///
/// # Errors
/// The first entry that does not follow, and what it should have followed.
pub(super) fn follow(mut head: Head, first: Position, entries: &[Kept]) -> Result<Head, (Position, Head)> {
    for kept in entries {
        let at = position(&kept.envelope);
        let follows =
            at == Position { sequence: head.next, ..first } && kept.envelope.header().previous == head.hash;
        if !follows {
            return Err((at, head));
        }
        head = Head { next: head.next + 1, hash: kept.envelope.hash() };
    }
    Ok(head)
}

/// Whether a fact found its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Applied,
    /// Its first new entry does not follow the head.
    OutOfChain(Position),
}

/// Gathers what facts change into one batch, and keeps the index in step.
pub(super) struct Gather<'a> {
    engine: &'a dyn Engine,
    index: &'a mut Index,
    batch: Batch,
}

impl<'a> Gather<'a> {
    pub(super) fn new(engine: &'a dyn Engine, index: &'a mut Index) -> Self {
        Self { engine, index, batch: Batch::new() }
    }

    /// Goes on with a batch that was begun earlier.
    pub(super) fn onto(engine: &'a dyn Engine, index: &'a mut Index, batch: Batch) -> Self {
        Self { engine, index, batch }
    }

    pub(super) fn into_batch(self) -> Batch {
        self.batch
    }

    /// Applies a fact and its projections. Entries that are held already are left out, so that a journal which holds
    /// them twice gives the same engine.
    pub(super) fn fact(&mut self, fact: &Fact, projector: &mut dyn Projector) -> Result<Outcome, StoreError> {
        match fact {
            Fact::Admitted { received_ms, source, name, entries } => {
                let new = match self.advance(entries) {
                    Ok(new) => new,
                    Err(at) => return Ok(Outcome::OutOfChain(at)),
                };
                self.entries(*received_ms, *source, *name, new);
                return self.project_new(fact, new, projector);
            }
            Fact::Receipt(receipt) => self.receipt(receipt)?,
            Fact::Fork { name, ours, theirs } => self.fork(name, ours, theirs)?,
            Fact::Quarantined { at_ms, source, reason, bytes } => {
                self.quarantine(Refused::value(*at_ms, *source, reason, bytes));
            }
            Fact::Setting { key, value } => {
                self.batch.put(Space::Settings, key.as_bytes(), value.as_slice());
            }
        }
        self.project(fact, projector)
    }

    /// Applies a fact's projections only: everything else is in the engine already. The index is then one that grows
    /// from nothing beside the true one.
    pub(super) fn projections(
        &mut self,
        fact: &Fact,
        projector: &mut dyn Projector,
    ) -> Result<Outcome, StoreError> {
        match fact {
            Fact::Admitted { entries, .. } => match self.advance(entries) {
                Ok(new) => self.project_new(fact, new, projector),
                Err(at) => Ok(Outcome::OutOfChain(at)),
            },
            _ => self.project(fact, projector),
        }
    }

    /// Moves the lane's head over the entries that are new, and says which these are.
    fn advance<'e>(&mut self, entries: &'e [Kept]) -> Result<&'e [Kept], Position> {
        let Some(first) = entries.first().map(|kept| position(&kept.envelope)) else {
            return Ok(entries);
        };
        let head = self.index.head(first.log, first.lane);
        let held = entries.iter().take_while(|kept| kept.envelope.header().sequence < head.next);
        let (held, new) = entries.split_at(held.count());
        let same = held.last().is_none_or(|last| {
            let header = last.envelope.header();
            header.sequence + 1 < head.next || last.envelope.hash() == head.hash
        });
        if !same {
            return Err(first);
        }
        let head = follow(head, first, new).map_err(|(at, _)| at)?;
        self.index.heads.insert((first.log, first.lane), head);
        Ok(new)
    }

    fn entries(&mut self, received_ms: i64, source: Source, name: LogName, new: &[Kept]) {
        let Some(last) = new.last() else { return };
        for block in block::blocks(new) {
            let Some(last) = block.last() else { continue };
            let value = block::value(received_ms, source, block);
            self.batch.put(Space::Entries, keyspace::entry(position(&last.envelope)), value);
        }
        let at = position(&last.envelope);
        let head = self.index.head(at.log, at.lane);
        self.batch.put(Space::Heads, keyspace::lane(at.log, at.lane), head_value(head));
        if self.index.names.insert(at.log, name) != Some(name) {
            self.batch.put(Space::Logs, at.log.0, name.to_bytes());
        }
    }

    fn receipt(&mut self, receipt: &Receipt) -> Result<(), StoreError> {
        let lane = (receipt.log, receipt.lane, receipt.signer);
        let key = keyspace::receipt(lane.0, lane.1, lane.2, receipt.to);
        let held = self.view().get(Space::Receipts, &key)?;
        if held.is_some_and(|held| !adds_to(&held, receipt)) {
            return Ok(());
        }
        self.batch.put(Space::Receipts, key, receipt.to_bytes());
        let next = self.index.covered.get(&lane).copied().unwrap_or(0);
        if receipt.from <= next && next <= receipt.to {
            let next = self.covered_from(receipt, receipt.to.saturating_add(1))?;
            self.index.covered.insert(lane, next);
            let key = keyspace::covered(lane.0, lane.1, lane.2);
            self.batch.put(Space::Covered, key, next.to_be_bytes());
        }
        Ok(())
    }

    /// How far the receipts beyond `next`, which came before the gap was filled, carry on. They are read by their last
    /// sequence, so one pass is enough: what is stepped over ends before what is taken later.
    fn covered_from(&self, of: &Receipt, mut next: u64) -> Result<u64, StoreError> {
        let end = keyspace::after(&keyspace::covered(of.log, of.lane, of.signer));
        let mut from = keyspace::receipt(of.log, of.lane, of.signer, next);
        loop {
            let page = self.view().scan(Space::Receipts, &from, &end, RECEIPT_PAGE, Direction::Up)?;
            for later in page.iter().filter_map(|(_, value)| Receipt::from_bytes(value).ok()) {
                if later.from <= next && next <= later.to {
                    next = later.to.saturating_add(1);
                }
            }
            match page.last() {
                Some((last, _)) if page.len() == RECEIPT_PAGE => from = [&last[..], &[0]].concat(),
                _ => return Ok(next),
            }
        }
    }

    fn fork(&mut self, name: &LogName, ours: &Envelope, theirs: &Envelope) -> Result<(), StoreError> {
        let at = position(theirs);
        let end = keyspace::after(&at.log.0);
        let held = self.view().scan(Space::Forks, &at.log.0, &end, FORKS_PER_LOG_MAX, Direction::Up)?;
        let key = keyspace::fork(at, theirs.hash());
        if held.len() < FORKS_PER_LOG_MAX && held.iter().all(|(held, _)| *held != key) {
            self.batch.put(Space::Forks, key, Fork::value(name, ours, theirs));
        }
        Ok(())
    }

    fn quarantine(&mut self, value: Vec<u8>) {
        let refused = &mut self.index.refused;
        self.batch.put(Space::Quarantine, keyspace::quarantine(refused.end), value);
        refused.end += 1;
        if refused.end - refused.start > QUARANTINE_MAX as u64 {
            self.batch.remove(Space::Quarantine, keyspace::quarantine(refused.start));
            refused.start += 1;
        }
    }

    fn project_new(
        &mut self,
        fact: &Fact,
        new: &[Kept],
        projector: &mut dyn Projector,
    ) -> Result<Outcome, StoreError> {
        match fact {
            Fact::Admitted { entries, .. } if new.len() == entries.len() => self.project(fact, projector),
            Fact::Admitted { received_ms, source, name, .. } if !new.is_empty() => {
                let rest = Fact::Admitted {
                    received_ms: *received_ms,
                    source: *source,
                    name: *name,
                    entries: new.to_vec(),
                };
                self.project(&rest, projector)
            }
            _ => Ok(Outcome::Applied),
        }
    }

    fn project(&mut self, fact: &Fact, projector: &mut dyn Projector) -> Result<Outcome, StoreError> {
        let mut own = Batch::new();
        projector.project(fact, &self.view(), &mut own)?;
        let foreign = own.changes().map(|(space, ..)| space).find(|space| *space != Space::Projection);
        if let Some(space) = foreign {
            return Err(StoreError::ProjectorSpace(space));
        }
        self.batch.append(own);
        Ok(Outcome::Applied)
    }

    fn view(&self) -> View<'_> {
        View::new(self.engine, &self.batch)
    }
}

/// Whether a receipt says more than the held one with the same last sequence: bodies besides headers, or further back.
/// Otherwise the held one stays, because the time of the *first* receipt is the one that counts.
pub(super) fn adds_to(held: &[u8], new: &Receipt) -> bool {
    let Ok(held) = Receipt::from_bytes(held) else { return true };
    let less = new.holds < held.holds || new.from > held.from;
    let more = new.holds > held.holds || new.from < held.from;
    more && !less
}
