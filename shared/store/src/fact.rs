//! Facts: what the journal holds, one per record.

mod codec;

use fengsui_wire::limits::{ARTEFACT_BYTES_MAX, BATCH_BYTES_MAX};
use fengsui_wire::{Envelope, HeaderError, LogName, PublicKey, Receipt, ReceiptError};

/// Longest encoded fact: a whole batch of the wire with room for what the journal adds to each entry.
pub const FACT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Longest name of a setting in bytes: names are words of this program, not text of a person.
pub(crate) const SETTING_KEY_BYTES_MAX: usize = 256;

/// Longest value of a setting in bytes: one artefact, such as a standard that was put in force.
pub(crate) const SETTING_VALUE_BYTES_MAX: usize = ARTEFACT_BYTES_MAX;

const _: () = assert!(FACT_BYTES_MAX > 2 * BATCH_BYTES_MAX);

/// One thing that happened to this store. Facts are never changed and never taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "only a fork is large, and forks are rare")]
pub enum Fact {
    /// Entries were admitted: they are consecutive in one lane of one log.
    Admitted {
        /// When, by this station's clock, in milliseconds since 1970 UTC. Timeliness is judged by this fact.
        received_ms: i64,
        /// From whom.
        source: Source,
        /// Full name of the log.
        name: LogName,
        /// At least one.
        entries: Vec<Kept>,
    },
    /// A hub's receipt was kept.
    Receipt(Receipt),
    /// Two different entries with one number were seen.
    Fork {
        /// Full name of the log.
        name: LogName,
        /// The one that was held first.
        ours: Envelope,
        /// The one that came later.
        theirs: Envelope,
    },
    /// Something was refused, and is kept for a person to look at.
    Quarantined {
        /// When, by this station's clock, in milliseconds since 1970 UTC.
        at_ms: i64,
        /// From whom.
        source: Source,
        /// Why; cut to [`NOTE_BYTES_MAX`](fengsui_wire::limits::NOTE_BYTES_MAX).
        reason: String,
        /// What; cut to [`QUARANTINE_BYTES_MAX`](fengsui_wire::limits::QUARANTINE_BYTES_MAX).
        bytes: Vec<u8>,
    },
    /// A value of this station's own was set; the last one counts.
    Setting {
        /// Its name, at most 256 bytes.
        key: String,
        /// Its value, at most 1 MiB.
        value: Vec<u8>,
    },
}

/// How an entry came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Written by this station.
    Own,
    /// Sent by the station with this key, which need not be the author.
    Peer(PublicKey),
    /// Read from an exported bundle.
    Bundle,
}

/// An admitted entry: the envelope as received, and the body where it may travel this far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Header and signature, exact bytes.
    pub envelope: Envelope,
    /// The body's exact bytes. `None`: it stays below.
    pub body: Option<Vec<u8>>,
}

/// Why bytes are not a fact, or a fact cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FactError {
    /// The bytes end inside a field.
    #[error("read on: the bytes end inside a field")]
    Short,
    /// More bytes than the fact has.
    #[error("read a fact with {0} bytes after its end")]
    Trailing(usize),
    /// A layout of another version of this program.
    #[error("read fact version {0}: this program knows version 1")]
    Version(u8),
    /// A number that names nothing in this layout.
    #[error("read {field} {number}: not known")]
    Number {
        /// Which field.
        field: &'static str,
        /// What it held.
        number: u8,
    },
    /// Longer than the layout allows.
    #[error("keep {length} bytes: at most {max} are allowed")]
    Length {
        /// As found.
        length: usize,
        /// As allowed.
        max: usize,
    },
    /// Not UTF-8.
    #[error("read text that is not UTF-8")]
    Text,
    /// A header that does not read.
    #[error("read a kept envelope")]
    Envelope(#[source] HeaderError),
    /// A receipt that does not read.
    #[error("read a kept receipt")]
    Receipt(#[source] ReceiptError),
}
