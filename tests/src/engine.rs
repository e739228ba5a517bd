//! An engine in memory that outlives its store, as sled's files outlive a process, and can lose its tail or all.

use std::sync::{Arc, Mutex, MutexGuard};

use fengsui_store::{Batch, Direction, Engine, EngineError, Memory, Space, Visit};

/// Clones are the same engine.
#[derive(Clone, Debug, Default)]
pub struct SharedEngine(Arc<Mutex<Memory>>);

impl SharedEngine {
    /// The content as it is now, apart from the original.
    pub fn copy(&self) -> Memory {
        self.memory().clone()
    }

    /// Puts other content in its place: an earlier copy, or nothing.
    pub fn replace(&self, content: Memory) {
        *self.memory() = content;
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().expect("nothing panics while it holds the engine")
    }
}

impl Engine for SharedEngine {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        self.memory().get(space, key)
    }

    fn visit(
        &self,
        space: Space,
        from: &[u8],
        to: &[u8],
        direction: Direction,
        visit: Visit<'_>,
    ) -> Result<(), EngineError> {
        self.memory().visit(space, from, to, direction, visit)
    }

    fn apply(&mut self, batch: Batch) -> Result<(), EngineError> {
        self.memory().apply(batch)
    }

    fn sync(&mut self) -> Result<(), EngineError> {
        Ok(())
    }
}
