//! Reading everything once, to find what has gone bad in silence.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use fengsui_wire::{Hash, Lane, LogId, Position};

use super::Store;
use crate::block::Block;
use crate::engine::{Direction, Space};
use crate::error::StoreError;
use crate::fact::FactError;
use crate::keyspace;
use crate::report::{Fault, ScrubReport, TOLD_MAX};
use crate::stored::StoredEntry;

impl Store {
    /// Reads all entries by log, lane and sequence, checks numbers, chain and bodies, and shows each one that reads to
    /// `visit`, which can check signatures. Nothing is changed; where it finds a fault and the journal is whole, the next
    /// start fills the engine anew from it.
    ///
    /// # Errors
    /// When the engine cannot be read.
    pub fn scrub(&self, visit: &mut dyn FnMut(&StoredEntry)) -> Result<ScrubReport, StoreError> {
        let mut scrub = Scrub::default();
        let mut read = Ok(());
        self.engine.visit(Space::Entries, &[], &[], Direction::Up, &mut |key, value| {
            let Some(at) = keyspace::split_entry(key) else {
                read = Err(StoreError::Value { space: Space::Entries, source: FactError::Short });
                return ControlFlow::Break(());
            };
            match Block::open(at.sequence, value) {
                Ok(block) => scrub.block(at, block, visit),
                Err(error) => scrub.unread(at, error),
            }
            ControlFlow::Continue(())
        })?;
        if read.is_err() {
            self.distrust();
        }
        read?;
        for (&(log, lane), head) in &self.index.heads {
            scrub.head(Position { log, lane, sequence: head.next }, head.hash);
        }
        if !scrub.report.faults.is_empty() {
            self.distrust();
        }
        Ok(scrub.report)
    }
}

/// Where each lane has come while it is read.
#[derive(Default)]
struct Scrub {
    report: ScrubReport,
    /// Next sequence, and the hash of the entry before it where that entry could be read.
    ends: BTreeMap<(LogId, Lane), (u64, Option<Hash>)>,
}

impl Scrub {
    /// Of a block that breaks off, its end is named: the entry that it is kept under.
    fn block(&mut self, last: Position, block: Block<'_>, visit: &mut dyn FnMut(&StoredEntry)) {
        for entry in block {
            match entry {
                Ok((sequence, entry)) => {
                    self.entry(Position { sequence, ..last }, &entry);
                    visit(&entry);
                }
                Err(error) => self.unread(last, error),
            }
        }
    }

    fn entry(&mut self, at: Position, entry: &StoredEntry) {
        let (next, previous) = self.step(at, Some(entry.hash()));
        let header = entry.envelope.header();
        let chained = at.sequence != next || previous.is_none_or(|hash| hash == header.previous);
        let body = entry.body.as_deref();
        if at.sequence != next || entry.position() != at {
            self.fault(at, Fault::Place);
        }
        if !chained {
            self.fault(at, Fault::Chain);
        }
        if body.is_some_and(|body| Hash::of(body) != header.body_hash) {
            self.fault(at, Fault::Body);
        }
    }

    fn unread(&mut self, at: Position, error: FactError) {
        self.step(at, None);
        self.fault(at, Fault::Value(error));
    }

    /// Compares the lane's head with what was read.
    fn head(&mut self, head: Position, hash: Hash) {
        let read = self.ends.get(&(head.log, head.lane));
        let (next, last) = read.copied().unwrap_or((0, Some(Hash::ZERO)));
        if next != head.sequence || last.is_some_and(|last| last != hash) {
            self.fault(head, Fault::Head);
        }
    }

    /// Counts an entry, and gives what was expected at its place.
    fn step(&mut self, at: Position, hash: Option<Hash>) -> (u64, Option<Hash>) {
        self.report.entries += 1;
        let end = (at.sequence.saturating_add(1), hash);
        self.ends.insert((at.log, at.lane), end).unwrap_or((0, Some(Hash::ZERO)))
    }

    fn fault(&mut self, at: Position, fault: Fault) {
        if self.report.faults.len() < TOLD_MAX {
            self.report.faults.push((at, fault));
        } else {
            self.report.untold += 1;
        }
    }
}
