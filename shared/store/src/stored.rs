//! Values of the engine.

use fengsui_wire::{ENVELOPE_BYTES, Envelope, Hash, Head, LogName, Position};

use crate::bytes::{Reader, put_counted};
use crate::fact::{FactError, Source};

/// An entry as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEntry {
    /// When it was admitted, by this station's clock, in milliseconds since 1970 UTC.
    pub received_ms: i64,
    /// From whom it came.
    pub source: Source,
    /// Header and signature, exact bytes.
    pub envelope: Envelope,
    /// The body's exact bytes. `None`: it stays below.
    pub body: Option<Vec<u8>>,
}

impl StoredEntry {
    /// The entry's hash.
    pub fn hash(&self) -> Hash {
        self.envelope.hash()
    }

    /// Where it stands.
    pub fn position(&self) -> Position {
        position(&self.envelope)
    }

    /// Bytes of envelope and body.
    pub fn size(&self) -> usize {
        ENVELOPE_BYTES + self.body.as_ref().map_or(0, Vec::len)
    }
}

/// Two entries with one number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fork {
    /// Full name of the log.
    pub name: LogName,
    /// The one that was held first.
    pub ours: Envelope,
    /// The one that came later.
    pub theirs: Envelope,
}

impl Fork {
    /// Whether the two say different things about one position.
    pub(crate) fn contradicts(ours: &Envelope, theirs: &Envelope) -> bool {
        position(ours) == position(theirs) && ours.hash() != theirs.hash()
    }

    pub(crate) fn value(name: &LogName, ours: &Envelope, theirs: &Envelope) -> Vec<u8> {
        [&name.to_bytes()[..], ours.bytes(), theirs.bytes()].concat()
    }

    pub(crate) fn from_value(value: &[u8]) -> Result<Self, FactError> {
        let mut reader = Reader::new(value);
        let name = LogName::from_bytes(&reader.array()?);
        let fork = Self { name, ours: reader.envelope()?, theirs: reader.envelope()? };
        reader.end()?;
        Ok(fork)
    }
}

/// What was refused, kept for a person to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Running number, from 0; later ones are larger.
    pub number: u64,
    /// When, by this station's clock, in milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// From whom.
    pub source: Source,
    /// Why.
    pub reason: String,
    /// The first bytes of it.
    pub bytes: Vec<u8>,
}

impl Refused {
    pub(crate) fn value(at_ms: i64, source: Source, reason: &str, bytes: &[u8]) -> Vec<u8> {
        let mut out = at_ms.to_le_bytes().to_vec();
        source.put(&mut out);
        put_counted(&mut out, reason.as_bytes());
        out.extend_from_slice(bytes);
        out
    }

    pub(crate) fn from_value(number: u64, value: &[u8]) -> Result<Self, FactError> {
        let mut reader = Reader::new(value);
        Ok(Self {
            number,
            at_ms: reader.i64()?,
            source: Source::read(&mut reader)?,
            reason: String::from_utf8(reader.counted(value.len())?.to_vec()).map_err(|_| FactError::Text)?,
            bytes: reader.rest().to_vec(),
        })
    }
}

pub(crate) fn position(envelope: &Envelope) -> Position {
    let header = envelope.header();
    Position { log: header.log, lane: header.draft.lane, sequence: header.sequence }
}

/// next 8 ‖ hash 32.
pub(crate) fn head_value(head: Head) -> Vec<u8> {
    [&head.next.to_be_bytes()[..], &head.hash.0].concat()
}

pub(crate) fn head_from(value: &[u8]) -> Result<Head, FactError> {
    let mut reader = Reader::new(value);
    let head = Head { next: u64::from_be_bytes(reader.array()?), hash: Hash(reader.array()?) };
    reader.end()?;
    Ok(head)
}
