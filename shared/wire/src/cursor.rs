//! Places in a log.

use crate::hash::Hash;
use crate::header::Lane;
use crate::log::LogId;

/// Where one entry stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Position {
    /// Whose log.
    pub log: LogId,
    /// Which chain of it.
    pub lane: Lane,
    /// Counted from 0.
    pub sequence: u64,
}

/// How far one lane has come: the sequence of the entry that is still to come, and the hash of the one before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    /// Number of entries held; also the next sequence.
    pub next: u64,
    /// Hash of entry `next - 1`; [`Hash::ZERO`] when there is none.
    pub hash: Hash,
}

impl Head {
    /// An empty lane.
    pub const EMPTY: Self = Self { next: 0, hash: Hash::ZERO };
}

impl Default for Head {
    fn default() -> Self {
        Self::EMPTY
    }
}
