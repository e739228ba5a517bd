//! What every admission looks at, held in memory.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};

use fengsui_wire::{Head, Lane, LogId, LogName, PublicKey};

use crate::engine::{Direction, Engine, Space};
use crate::error::StoreError;
use crate::fact::FactError;
use crate::keyspace;
use crate::stored::head_from;

/// The small spaces of the engine, read once and kept in step: a few hundred bytes for each log.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) heads: BTreeMap<(LogId, Lane), Head>,
    pub(super) names: BTreeMap<LogId, LogName>,
    /// Next sequence that a signer has not receipted without a gap.
    pub(super) covered: BTreeMap<(LogId, Lane, PublicKey), u64>,
    /// Running numbers of what is in quarantine.
    pub(super) refused: Range<u64>,
}

impl Index {
    pub(super) fn load(engine: &dyn Engine) -> Result<Self, StoreError> {
        let mut index = Self::default();
        load(engine, Space::Heads, |key, value| {
            let (log, lane, _) = keyspace::split_lane(key).ok_or(FactError::Short)?;
            index.heads.insert((log, lane), head_from(value)?);
            Ok(())
        })?;
        load(engine, Space::Logs, |key, value| {
            let id = LogId(key.try_into().map_err(|_| FactError::Short)?);
            let name = LogName::from_bytes(value.try_into().map_err(|_| FactError::Short)?);
            index.names.insert(id, name);
            Ok(())
        })?;
        load(engine, Space::Covered, |key, value| {
            let (log, lane, signer) = keyspace::split_lane(key).ok_or(FactError::Short)?;
            let signer = PublicKey(signer.try_into().map_err(|_| FactError::Short)?);
            index.covered.insert((log, lane, signer), number(value)?);
            Ok(())
        })?;
        let edge = |direction| -> Result<Option<u64>, StoreError> {
            let pairs = engine.scan(Space::Quarantine, &[], &[], 1, direction)?;
            let unread = |source| StoreError::Value { space: Space::Quarantine, source };
            pairs.first().map(|(key, _)| number(key).map_err(unread)).transpose()
        };
        if let (Some(first), Some(last)) = (edge(Direction::Up)?, edge(Direction::Down)?) {
            index.refused = first..last.saturating_add(1);
        }
        Ok(index)
    }

    pub(super) fn head(&self, log: LogId, lane: Lane) -> Head {
        self.heads.get(&(log, lane)).copied().unwrap_or_default()
    }
}

fn number(bytes: &[u8]) -> Result<u64, FactError> {
    Ok(u64::from_be_bytes(bytes.try_into().map_err(|_| FactError::Short)?))
}

fn load(
    engine: &dyn Engine,
    space: Space,
    mut take: impl FnMut(&[u8], &[u8]) -> Result<(), FactError>,
) -> Result<(), StoreError> {
    let mut taken = Ok(());
    engine.visit(space, &[], &[], Direction::Up, &mut |key, value| {
        taken = take(key, value);
        if taken.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    taken.map_err(|source| StoreError::Value { space, source })
}
