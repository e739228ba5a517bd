//! The engine as it will be after the changes that are being gathered.

use std::collections::BTreeMap;

use crate::engine::{Batch, Direction, Engine, EngineError, Pair, Space};

/// Reads the engine, with the changes of the running commit laid over it: a projector sees what the facts before its
/// fact, in the same commit, have written.
pub struct View<'a> {
    engine: &'a dyn Engine,
    batch: &'a Batch,
}

impl<'a> View<'a> {
    /// `batch` laid over `engine`.
    pub fn new(engine: &'a dyn Engine, batch: &'a Batch) -> Self {
        Self { engine, batch }
    }

    /// The value of one key.
    ///
    /// # Errors
    /// When the engine cannot be read.
    pub fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        match self.batch.change(space, key) {
            Some(value) => Ok(value.map(<[u8]>::to_vec)),
            None => self.engine.get(space, key),
        }
    }

    /// At most `limit` pairs from `from` (inclusive) to `to` (exclusive; empty: to the end of the space).
    ///
    /// # Errors
    /// When the engine cannot be read.
    pub fn scan(
        &self,
        space: Space,
        from: &[u8],
        to: &[u8],
        limit: usize,
        direction: Direction,
    ) -> Result<Vec<Pair>, EngineError> {
        let changes: Vec<_> = self.batch.range(space, from, to).collect();
        // Each change can hide at most one pair of the engine, so this many leave `limit` over.
        let below = self.engine.scan(space, from, to, limit.saturating_add(changes.len()), direction)?;
        if changes.is_empty() {
            return Ok(below);
        }
        let mut pairs: BTreeMap<Vec<u8>, Vec<u8>> = below.into_iter().collect();
        for (key, value) in changes {
            match value {
                Some(value) => pairs.insert(key.to_vec(), value.to_vec()),
                None => pairs.remove(key),
            };
        }
        Ok(match direction {
            Direction::Up => pairs.into_iter().take(limit).collect(),
            Direction::Down => pairs.into_iter().rev().take(limit).collect(),
        })
    }
}
