//! The engine of tests and simulations: maps in memory.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};

use crate::engine::{Batch, Direction, Engine, EngineError, Space, Visit};

/// An engine without files: a store over it starts empty and is filled from the journal.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    spaces: BTreeMap<Space, BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl Memory {
    /// An empty engine.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Engine for Memory {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        Ok(self.spaces.get(&space).and_then(|pairs| pairs.get(key)).cloned())
    }

    fn visit(
        &self,
        space: Space,
        from: &[u8],
        to: &[u8],
        direction: Direction,
        visit: Visit<'_>,
    ) -> Result<(), EngineError> {
        let Some(pairs) = self.spaces.get(&space) else { return Ok(()) };
        if !to.is_empty() && from >= to {
            return Ok(());
        }
        let end = if to.is_empty() { Bound::Unbounded } else { Bound::Excluded(to) };
        let mut range = pairs.range::<[u8], _>((Bound::Included(from), end));
        while let Some((key, value)) = match direction {
            Direction::Up => range.next(),
            Direction::Down => range.next_back(),
        } {
            if let ControlFlow::Break(()) = visit(key, value) {
                break;
            }
        }
        Ok(())
    }

    fn apply(&mut self, batch: Batch) -> Result<(), EngineError> {
        for ((space, key), value) in batch.into_changes() {
            let pairs = self.spaces.entry(space).or_default();
            match value {
                Some(value) => pairs.insert(key, value),
                None => pairs.remove(&key),
            };
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<(), EngineError> {
        Ok(())
    }
}
