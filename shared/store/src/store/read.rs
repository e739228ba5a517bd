//! Reading what is committed.

use std::ops::ControlFlow;

use fengsui_wire::{Head, Lane, LogId, LogName, Position, PublicKey, Receipt};

use super::Store;
use crate::block::Block;
use crate::engine::{Direction, Pair, Space};
use crate::error::StoreError;
use crate::fact::FactError;
use crate::keyspace;
use crate::report::Stats;
use crate::stored::{Fork, Refused, StoredEntry};

impl Store {
    /// Durable heads of all lanes that have entries, by log id and lane.
    pub fn heads(&self) -> Vec<(LogName, Lane, Head)> {
        let named = |(&(log, lane), &head)| Some((self.name(log)?, lane, head));
        self.index.heads.iter().filter_map(named).collect()
    }

    /// Names of all logs, by log id.
    pub fn logs(&self) -> Vec<LogName> {
        self.index.names.values().copied().collect()
    }

    /// The name of a log of which an entry is held.
    pub fn name(&self, log: LogId) -> Option<LogName> {
        self.index.names.get(&log).copied()
    }

    /// One entry; `None` when it is not held.
    ///
    /// # Errors
    /// When the engine cannot be read, or has [lost](StoreError::Lost) it.
    pub fn entry(&self, at: Position) -> Result<Option<StoredEntry>, StoreError> {
        Ok(self.entries(at.log, at.lane, at.sequence, 1, usize::MAX)?.pop())
    }

    /// Entries of a lane from sequence `from` on, in order: at most `count_max`, and only as many as have `bytes_max`
    /// bytes together. The first is given even if it alone is longer, so that a caller always comes on.
    ///
    /// # Errors
    /// When the engine cannot be read, or has [lost](StoreError::Lost) one of them. sled can lose a part of damaged files
    /// without a word, and nobody must take that for an entry that never came.
    pub fn entries(
        &self,
        log: LogId,
        lane: Lane,
        from: u64,
        count_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        let head = self.durable_head(log, lane);
        let count = head.next.saturating_sub(from).min(count_max as u64);
        let (mut entries, mut bytes, mut full) = (Vec::<StoredEntry>::new(), 0, count == 0);
        let mut visit = |sequence: u64, entry: StoredEntry| {
            bytes += entry.size();
            full |= !entries.is_empty() && bytes > bytes_max;
            let wanted = Position { log, lane, sequence: from + entries.len() as u64 };
            if full || sequence != wanted.sequence || entry.position() != wanted {
                return ControlFlow::Break(());
            }
            entries.push(entry);
            full = entries.len() as u64 == count;
            if full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        if count > 0 {
            self.visit_from(Position { log, lane, sequence: from }, &mut visit)?;
        }
        if !full {
            self.distrust();
            let position = Position { log, lane, sequence: from + entries.len() as u64 };
            return Err(StoreError::Lost { position });
        }
        Ok(entries)
    }

    /// Shows the entries of a lane from a place on, in order, each with the number it is kept under.
    fn visit_from(
        &self,
        from: Position,
        visit: &mut dyn FnMut(u64, StoredEntry) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let (start, end) = (keyspace::entry(from), keyspace::after(&keyspace::lane(from.log, from.lane)));
        let mut read = Ok(());
        self.engine.visit(Space::Entries, &start, &end, Direction::Up, &mut |key, value| {
            let last = keyspace::split_entry(key).ok_or(FactError::Short);
            let block = last.and_then(|last| Block::open(last.sequence, value)?.from(from.sequence));
            block.and_then(|block| show(block, visit)).unwrap_or_else(|source| {
                self.distrust();
                read = Err(StoreError::Value { space: Space::Entries, source });
                ControlFlow::Break(())
            })
        })?;
        read
    }

    /// All receipts over a lane, by signer and last sequence.
    ///
    /// # Errors
    /// When the engine cannot be read.
    pub fn receipts(&self, log: LogId, lane: Lane) -> Result<Vec<Receipt>, StoreError> {
        let start = keyspace::lane(log, lane);
        let end = keyspace::after(&start);
        receipts(self.engine.scan(Space::Receipts, &start, &end, usize::MAX, Direction::Up)?)
    }

    /// Receipts of one signer over a lane that reach `next` or beyond, by last sequence, at most `limit`.
    ///
    /// # Errors
    /// When the engine cannot be read.
    pub fn receipts_from(
        &self,
        log: LogId,
        lane: Lane,
        signer: PublicKey,
        next: u64,
        limit: usize,
    ) -> Result<Vec<Receipt>, StoreError> {
        let start = keyspace::receipt(log, lane, signer, next);
        let end = keyspace::after(&keyspace::covered(log, lane, signer));
        receipts(self.engine.scan(Space::Receipts, &start, &end, limit, Direction::Up)?)
    }

    /// For each lane and signer the first sequence that the signer's receipts, from 0 on without a gap, do not cover.
    /// A signer whose receipts do not begin at 0 is not listed.
    pub fn receipt_heads(&self) -> Vec<(LogId, Lane, PublicKey, u64)> {
        let flat = |(&(log, lane, signer), &next)| (log, lane, signer, next);
        self.index.covered.iter().map(flat).collect()
    }

    /// A value of this station's own; `None` when it was never set.
    ///
    /// # Errors
    /// When the engine cannot be read.
    pub fn setting(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.engine.get(Space::Settings, key.as_bytes())?)
    }

    /// This station's own values whose names begin with `prefix`, by name.
    ///
    /// # Errors
    /// When the engine cannot be read.
    pub fn settings(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let end = keyspace::after(prefix.as_bytes());
        let pairs = self.engine.scan(Space::Settings, prefix.as_bytes(), &end, usize::MAX, Direction::Up)?;
        let named = |(key, value): Pair| (String::from_utf8_lossy(&key).into_owned(), value);
        Ok(pairs.into_iter().map(named).collect())
    }

    /// Forks by log, lane and sequence, at most `limit`.
    ///
    /// # Errors
    /// When the engine cannot be read.
    pub fn forks(&self, limit: usize) -> Result<Vec<Fork>, StoreError> {
        let pairs = self.engine.scan(Space::Forks, &[], &[], limit, Direction::Up)?;
        let fork = |(_, value): Pair| read(Space::Forks, Fork::from_value(&value));
        pairs.into_iter().map(fork).collect()
    }

    /// What was refused, the latest first, at most `limit`.
    ///
    /// # Errors
    /// When the engine cannot be read.
    pub fn quarantine(&self, limit: usize) -> Result<Vec<Refused>, StoreError> {
        let pairs = self.engine.scan(Space::Quarantine, &[], &[], limit, Direction::Down)?;
        let refused = |(key, value): Pair| {
            let number = key.try_into().map_err(|_| FactError::Short).map(u64::from_be_bytes);
            read(Space::Quarantine, number.and_then(|number| Refused::from_value(number, &value)))
        };
        pairs.into_iter().map(refused).collect()
    }

    /// One value of the projector.
    ///
    /// # Errors
    /// When the engine cannot be read.
    pub fn projection_get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.engine.get(Space::Projection, key)?)
    }

    /// At most `limit` pairs of the projector, from `from` (inclusive) to `to` (exclusive; empty: to the end).
    ///
    /// # Errors
    /// When the engine cannot be read.
    pub fn projection_scan(
        &self,
        from: &[u8],
        to: &[u8],
        limit: usize,
        direction: Direction,
    ) -> Result<Vec<Pair>, StoreError> {
        Ok(self.engine.scan(Space::Projection, from, to, limit, direction)?)
    }

    /// At most `limit` pairs of the projector whose keys start with `prefix`.
    ///
    /// # Errors
    /// When the engine cannot be read.
    pub fn projection_prefix(
        &self,
        prefix: &[u8],
        limit: usize,
        direction: Direction,
    ) -> Result<Vec<Pair>, StoreError> {
        self.projection_scan(prefix, &keyspace::after(prefix), limit, direction)
    }

    /// Facts in the journal, committed ones only.
    pub fn facts(&self) -> u64 {
        self.facts
    }

    /// Sizes.
    pub fn stats(&self) -> Stats {
        Stats {
            facts: self.facts,
            journal_bytes: self.journal.bytes(),
            entries: self.index.heads.values().map(|head| head.next).sum(),
            logs: self.index.names.len() as u64,
        }
    }
}

/// Shows a block's entries until `visit` has seen enough.
fn show(
    block: Block<'_>,
    visit: &mut dyn FnMut(u64, StoredEntry) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, FactError> {
    for entry in block {
        let (sequence, entry) = entry?;
        if visit(sequence, entry).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn read<T>(space: Space, value: Result<T, FactError>) -> Result<T, StoreError> {
    value.map_err(|source| StoreError::Value { space, source })
}

fn receipts(pairs: Vec<Pair>) -> Result<Vec<Receipt>, StoreError> {
    let receipt =
        |(_, value): Pair| read(Space::Receipts, Receipt::from_bytes(&value).map_err(FactError::Receipt));
    pairs.into_iter().map(receipt).collect()
}
