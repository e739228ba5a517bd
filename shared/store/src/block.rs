//! Blocks: entries that were admitted together share one value of the engine, under the number of the last of them.
//!
//! sled pays by the item, and keeps only sixteen in a page: a backlog that comes in batches costs it a fifth this way. An
//! entry that came alone is a block of one.

use fengsui_wire::ENVELOPE_BYTES;

use crate::bytes::Reader;
use crate::fact::{FactError, Kept, Source};
use crate::stored::StoredEntry;

/// Entries of a block have no more bytes together, unless it is one alone. sled keeps a page of over 128 KiB in a file of
/// its own, and a page holds sixteen values.
const BLOCK_BYTES_MAX: usize = 4 * 1024;

/// Bytes of a block before its first entry, at most.
const HEAD_BYTES: usize = 8 + 33 + 4;

/// Cuts consecutive entries into blocks.
pub(crate) fn blocks(entries: &[Kept]) -> impl Iterator<Item = &[Kept]> {
    let mut before = 0;
    entries.chunk_by(move |kept, next| {
        let bytes = before + kept.size();
        let goes_on = bytes + next.size() <= BLOCK_BYTES_MAX;
        before = if goes_on { bytes } else { 0 };
        goes_on
    })
}

/// received 8 ‖ source 1 or 33 ‖ count 4 ‖ each entry as in a [fact](Kept::put).
pub(crate) fn value(received_ms: i64, source: Source, entries: &[Kept]) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEAD_BYTES + entries.iter().map(Kept::size).sum::<usize>());
    out.extend_from_slice(&received_ms.to_le_bytes());
    source.put(&mut out);
    let count = u32::try_from(entries.len()).expect("a block is full long before");
    out.extend_from_slice(&count.to_le_bytes());
    entries.iter().for_each(|kept| kept.put(&mut out));
    out
}

/// A block that is read from its first entry on.
pub(crate) struct Block<'b> {
    received_ms: i64,
    source: Source,
    /// Of its first entry that is still to be read.
    sequence: u64,
    left: u32,
    reader: Reader<'b>,
}

impl<'b> Block<'b> {
    /// Begins to read the block whose last entry has the number `last`.
    ///
    /// # Errors
    /// [`FactError`] of the first field that does not read.
    pub(crate) fn open(last: u64, value: &'b [u8]) -> Result<Self, FactError> {
        let mut reader = Reader::new(value);
        let (received_ms, source, left) = (reader.i64()?, Source::read(&mut reader)?, reader.u32()?);
        let before = u64::from(left).checked_sub(1).and_then(|before| last.checked_sub(before));
        let sequence = before.ok_or(FactError::Short)?;
        Ok(Self { received_ms, source, sequence, left, reader })
    }

    /// Steps over the entries before `sequence`, without a look at what they say.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub(crate) fn from(mut self, sequence: u64) -> Result<Self, FactError> {
        while self.sequence < sequence && self.left > 0 {
            self.reader.bytes(ENVELOPE_BYTES)?;
            self.reader.body()?;
            self.step();
        }
        Ok(self)
    }

    fn step(&mut self) {
        self.sequence += 1;
        self.left -= 1;
    }

    fn entry(&mut self) -> Result<(u64, StoredEntry), FactError> {
        let envelope = self.reader.envelope()?;
        let body = self.reader.body()?.map(<[u8]>::to_vec);
        let sequence = self.sequence;
        self.step();
        if self.left == 0 {
            self.reader.end()?;
        }
        Ok((sequence, StoredEntry { received_ms: self.received_ms, source: self.source, envelope, body }))
    }
}

/// Entries with the number under which each is kept. After an error nothing more of the block is read.
impl Iterator for Block<'_> {
    type Item = Result<(u64, StoredEntry), FactError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let entry = self.entry();
        if entry.is_err() {
            self.left = 0;
        }
        Some(entry)
    }
}
