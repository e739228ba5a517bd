//! What can go wrong, and who has to act.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use fengsui_wire::{Head, LogId, Position};

use crate::engine::{EngineError, Space};
use crate::fact::FactError;

/// What a caller should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The same call can succeed later, after the caller has done what the message says.
    Retry,
    /// What was given does not fit; the store is as it was.
    Data,
    /// The disk or the engine cannot be trusted any more: end the process, start again, let opening sort it out.
    Stop,
}

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The journal's disk refused. Nothing is written after this.
    #[error("{doing} '{name}' of the journal")]
    Disk {
        /// What was being done.
        doing: &'static str,
        /// To which file.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// A write failed earlier: what the disk holds is not known, so nothing is written any more.
    #[error("write: an earlier write or sync failed, and the store has stopped")]
    Stopped,
    /// The journal was written by a later version of this program.
    #[error("read journal segment {segment} of version {version}: this program knows version 1")]
    JournalVersion {
        /// Which segment.
        segment: u32,
        /// Its version.
        version: u32,
    },
    /// A file of the data directory could not be used.
    #[error("{doing} '{}'", path.display())]
    File {
        /// What was being done.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process has the directory open.
    #[error("open '{}': another process is using it", path.display())]
    InUse {
        /// The data directory.
        path: PathBuf,
    },
    /// The engine did not open in time.
    #[error("open the engine within {} s: it hangs, and is rebuilt at the next start", limit.as_secs_f32())]
    Hung {
        /// How long it was given.
        limit: Duration,
    },
    /// The engine refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The engine holds a value that does not read.
    #[error("read a value of {space:?}")]
    Value {
        /// In which space.
        space: Space,
        /// What does not read.
        source: FactError,
    },
    /// The engine no longer holds an entry that its lane has come past.
    #[error(
        "read entry {} of log {}: the engine has lost it; the next start rebuilds it from the journal, if that is whole",
        position.sequence,
        position.log.short()
    )]
    Lost {
        /// Of the entry.
        position: Position,
    },
    /// A fact that cannot be written, or was written by a later version of this program.
    #[error(transparent)]
    Fact(#[from] FactError),
    /// An entry does not follow the lane's head.
    #[error("keep entry {} of log {}: the lane goes on at {}", position.sequence, position.log.short(), expected.next)]
    NotContiguous {
        /// Of the entry that does not follow.
        position: Position,
        /// What it should have followed.
        expected: Head,
    },
    /// An admission without entries.
    #[error("keep an admission without entries")]
    NoEntries,
    /// A body that is not as long as its header says.
    #[error("keep the body of entry {} of log {}: it is not as long as signed", position.sequence, position.log.short())]
    BodyLength {
        /// Of the entry.
        position: Position,
    },
    /// The log is known under another name.
    #[error("keep an entry of log {log}: it is known under another name")]
    LogName {
        /// The log's id.
        log: LogId,
    },
    /// Two envelopes that are not a fork: the same one twice, or of different positions.
    #[error("keep a fork: the two envelopes do not contradict each other")]
    NoFork,
    /// Too much waits for a commit.
    #[error("stage {bytes} bytes more: at most {max} may wait, commit first")]
    TooMuchStaged {
        /// Bytes of the fact.
        bytes: usize,
        /// Bytes that may wait.
        max: usize,
    },
    /// A projector wrote where it may not.
    #[error("project: the projector wrote into {0:?}")]
    ProjectorSpace(Space),
}

impl StoreError {
    /// What the caller should do.
    pub fn blame(&self) -> Blame {
        match self {
            Self::TooMuchStaged { .. } | Self::InUse { .. } => Blame::Retry,
            Self::Fact(FactError::Version(_)) => Blame::Stop,
            Self::NotContiguous { .. }
            | Self::NoEntries
            | Self::BodyLength { .. }
            | Self::LogName { .. }
            | Self::NoFork
            | Self::Fact(_) => Blame::Data,
            Self::Disk { .. }
            | Self::Stopped
            | Self::JournalVersion { .. }
            | Self::File { .. }
            | Self::Hung { .. }
            | Self::Engine(_)
            | Self::Value { .. }
            | Self::Lost { .. }
            | Self::ProjectorSpace(_) => Blame::Stop,
        }
    }
}
