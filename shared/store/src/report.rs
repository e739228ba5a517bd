//! What opening and checking a store found.

use fengsui_wire::Position;

use crate::fact::FactError;

/// Faults that a report lists; further ones are only counted. One lost entry can leave every later one of a long log
/// without a predecessor, and nobody reads past the first page.
pub const TOLD_MAX: usize = 1_000;

/// What happened while a store was opened. `damage` that is not empty means that somebody must look: what could be read
/// was kept, the rest is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenReport {
    /// Why the engine was thrown away and filled from the journal; `None`: it was used as found.
    pub rebuilt: Option<Rebuilt>,
    /// Whether the projections were thrown away because the projector's version changed.
    pub projections_rebuilt: bool,
    /// Bytes cut off the journal's end: a commit that was never finished, so nobody was told that it was kept.
    pub cut_bytes: u64,
    /// Facts in the journal.
    pub facts: u64,
    /// Facts that the engine did not have yet.
    pub facts_replayed: u64,
    /// What of the journal does not read. The files are left as they are, so damaged bytes are told again at every
    /// start; facts that lack a predecessor are told when they are replayed.
    pub damage: Vec<Damage>,
    /// Facts of no use that `damage` does not list, because there are more than [`TOLD_MAX`].
    pub untold: u64,
}

/// Why an engine was rebuilt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rebuilt {
    /// Its files were not there, though the journal was.
    Missing,
    /// The start before this one did not come through opening it: it hung or was killed.
    UnfinishedOpen,
    /// An earlier run found its files damaged.
    Marked,
    /// Its files are damaged, as the text says.
    Corrupt(String),
    /// It panicked over its files, with this message.
    Panicked(String),
    /// Its layout is of another version.
    Layout,
}

/// Something the journal should hold and does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// Segments are not there although a later one is.
    MissingSegments {
        /// First that is missing.
        from: u32,
        /// Last that is missing.
        to: u32,
    },
    /// Bytes that do not read.
    Unread {
        /// Number of the segment.
        segment: u32,
        /// Where in it.
        offset: u64,
        /// How many.
        bytes: u64,
        /// What is wrong.
        why: Unread,
    },
    /// The engine follows a journal that was longer than this one. The engine is kept, as it may hold the only copy,
    /// and the journal goes on in a new segment.
    EngineAhead {
        /// Last segment that was found.
        segment: u32,
    },
}

/// Why bytes of the journal are of no use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// They are not what was written.
    Checksum,
    /// They are what was written, but no fact.
    Fact(FactError),
    /// They admit an entry whose predecessor is lost. It counts again when the predecessor comes back from a peer.
    OutOfChain(Position),
}

/// What a scrub found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScrubReport {
    /// Entries that were read.
    pub entries: u64,
    /// Entries that are not as they were kept.
    pub faults: Vec<(Position, Fault)>,
    /// Faults beyond the first [`TOLD_MAX`].
    pub untold: u64,
}

/// What is wrong with a kept entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its value does not read.
    Value(FactError),
    /// It is not there though a later one is, or stands in another's place.
    Place,
    /// It does not follow the entry before it.
    Chain,
    /// The body is not the one that was signed.
    Body,
    /// The lane's head is not the last entry.
    Head,
}

/// Sizes of a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Facts in the journal.
    pub facts: u64,
    /// Bytes of the journal.
    pub journal_bytes: u64,
    /// Entries of all lanes.
    pub entries: u64,
    /// Logs.
    pub logs: u64,
}
