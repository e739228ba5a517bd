//! What an ordered key-value engine must be able to do for the store.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// A key with its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// One family of keys. The number is the first byte of a key on disk, so it is never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Space {
    /// Entries in blocks, by log, lane, last sequence.
    Entries = 1,
    /// How far each lane has come.
    Heads = 2,
    /// Names of logs by id.
    Logs = 3,
    /// Receipts by log, lane, signer, last sequence.
    Receipts = 4,
    /// How far each signer has receipted each lane without a gap.
    Covered = 5,
    /// Evidence of forks by log, lane, sequence, hash.
    Forks = 6,
    /// Refused bytes by a running number.
    Quarantine = 7,
    /// Values of this station's own by name.
    Settings = 8,
    /// Whatever the [`Projector`](crate::Projector) keeps.
    Projection = 9,
    /// How far the engine follows the journal, and by which rules.
    Meta = 10,
}

impl Space {
    /// Every space, by number.
    pub const ALL: [Self; 10] = [
        Self::Entries,
        Self::Heads,
        Self::Logs,
        Self::Receipts,
        Self::Covered,
        Self::Forks,
        Self::Quarantine,
        Self::Settings,
        Self::Projection,
        Self::Meta,
    ];
}

/// From which end a range is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smallest key first.
    Up,
    /// Largest key first.
    Down,
}

/// Changes that become visible together. A later change of a key replaces an earlier one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    changes: BTreeMap<(Space, Vec<u8>), Option<Vec<u8>>>,
}

impl Batch {
    /// No changes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `key` to `value`.
    pub fn put(&mut self, space: Space, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.changes.insert((space, key.into()), Some(value.into()));
    }

    /// Takes `key` away; not being there is fine.
    pub fn remove(&mut self, space: Space, key: impl Into<Vec<u8>>) {
        self.changes.insert((space, key.into()), None);
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// All changes, by space and key; `None` takes the key away.
    pub fn changes(&self) -> impl Iterator<Item = (Space, &[u8], Option<&[u8]>)> {
        self.changes.iter().map(|((space, key), value)| (*space, &key[..], value.as_deref()))
    }

    /// The changes of `other` follow those of `self`.
    pub fn append(&mut self, other: Self) {
        // Not `BTreeMap::append`, which walks both maps: the gathered one is long, the added one short.
        self.changes.extend(other.changes);
    }

    pub(crate) fn into_changes(self) -> BTreeMap<(Space, Vec<u8>), Option<Vec<u8>>> {
        self.changes
    }

    /// Outer `None`: not changed here.
    pub(crate) fn change(&self, space: Space, key: &[u8]) -> Option<Option<&[u8]>> {
        self.changes.get(&(space, key.to_vec())).map(Option::as_deref)
    }

    pub(crate) fn range(
        &self,
        space: Space,
        from: &[u8],
        to: &[u8],
    ) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.changes
            .range((space, from.to_vec())..)
            .take_while(move |((found, key), _)| *found == space && (to.is_empty() || key.as_slice() < to))
            .map(|((_, key), value)| (&key[..], value.as_deref()))
    }
}

/// Why an engine did not answer. Every one of these means: stop, start again, and let the journal rebuild it.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The engine's own files are damaged.
    #[error("read the engine's files: they are damaged")]
    Corrupt(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The system refused.
    #[error("use the engine's files")]
    Io(#[from] std::io::Error),
    /// The engine refused for a reason of its own.
    #[error("use the engine")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Receives the pairs of a range until it breaks.
pub type Visit<'v> = &'v mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>;

/// An ordered map of bytes in several spaces. It need not be durable: the journal is.
pub trait Engine: Send {
    /// The value of one key.
    ///
    /// # Errors
    /// When the engine cannot be read.
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError>;

    /// Shows the pairs from `from` (inclusive) to `to` (exclusive; empty: to the end of the space), one after another,
    /// until `visit` breaks. Nothing is held in memory besides the pair shown.
    ///
    /// # Errors
    /// When the engine cannot be read.
    fn visit(
        &self,
        space: Space,
        from: &[u8],
        to: &[u8],
        direction: Direction,
        visit: Visit<'_>,
    ) -> Result<(), EngineError>;

    /// Makes all changes, or after a crash none of them.
    ///
    /// # Errors
    /// When the engine cannot be written; whether the changes were made is then not known.
    fn apply(&mut self, batch: Batch) -> Result<(), EngineError>;

    /// Makes everything applied so far durable, by a real `fsync`, where the engine has files.
    ///
    /// # Errors
    /// What the system says.
    fn sync(&mut self) -> Result<(), EngineError>;

    /// Somebody has read from it and found it incomplete or wrong. One with files leaves a mark, so that the next start
    /// puts them aside and fills new ones from the journal.
    fn distrust(&self) {}

    /// At most `limit` pairs of the range of [`visit`](Self::visit).
    ///
    /// # Errors
    /// When the engine cannot be read.
    fn scan(
        &self,
        space: Space,
        from: &[u8],
        to: &[u8],
        limit: usize,
        direction: Direction,
    ) -> Result<Vec<Pair>, EngineError> {
        let mut pairs = Vec::new();
        if limit == 0 {
            return Ok(pairs);
        }
        self.visit(space, from, to, direction, &mut |key, value| {
            pairs.push((key.to_vec(), value.to_vec()));
            if pairs.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(pairs)
    }
}
