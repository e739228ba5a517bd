//! Records of a segment, and what can be saved of a damaged one.
//!
//! A record is `[length 4][crc 4][payload]`, little-endian; the CRC-32 covers length and payload. The highest bit of
//! the length marks the first record of a commit. A commit begins only after the one before it was synced, so damage
//! *before* such a mark hit bytes that were durable, and damage without one after it is the torn end of a commit that
//! nobody was told about.

use std::ops::Range;

use crate::fact::FACT_BYTES_MAX;

const HEAD_BYTES: usize = 8;
const FIRST_OF_COMMIT: u32 = 1 << 31;

/// Bytes a damaged segment may cost in trial checksums. Random damage needs far less than this; a body made up to look
/// like record lengths at every byte would otherwise need hours.
const SALVAGE_BYTES_MAX: usize = 8 << 30;

/// A stretch of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A whole record.
    Record {
        /// Where its payload is.
        payload: Range<usize>,
        /// Whether a commit begins with it.
        first: bool,
    },
    /// Bytes that are no record.
    Gap(Range<usize>),
}

impl Piece {
    pub(super) fn start(&self) -> usize {
        match self {
            Self::Record { payload, .. } => payload.start - HEAD_BYTES,
            Self::Gap(gap) => gap.start,
        }
    }
}

/// Adds a record to `out`. The caller has bounded the payload by [`FACT_BYTES_MAX`].
pub(super) fn put(out: &mut Vec<u8>, payload: &[u8], first: bool) {
    let length = u32::try_from(payload.len()).expect("facts are far below 4 GiB");
    let length = if first { length | FIRST_OF_COMMIT } else { length };
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&checksum(&length.to_le_bytes(), payload).to_le_bytes());
    out.extend_from_slice(payload);
}

/// Cuts `bytes` from `start` on into records and gaps.
pub(super) fn pieces(bytes: &[u8], start: usize) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut budget = SALVAGE_BYTES_MAX;
    let mut at = start;
    while at < bytes.len() {
        let piece = match read(bytes, at) {
            Some(record) => record,
            None => Piece::Gap(at..next_record(bytes, at, &mut budget)),
        };
        at = match &piece {
            Piece::Record { payload, .. } => payload.end,
            Piece::Gap(gap) => gap.end,
        };
        pieces.push(piece);
    }
    pieces
}

/// Start of the torn end, if the last commit is torn: a gap that no later commit follows.
pub(super) fn torn_from(pieces: &[Piece]) -> Option<usize> {
    let after_commits = pieces.iter().rposition(|piece| matches!(piece, Piece::Record { first: true, .. }));
    pieces[after_commits.unwrap_or(0)..].iter().find_map(|piece| match piece {
        Piece::Gap(gap) => Some(gap.start),
        Piece::Record { .. } => None,
    })
}

fn read(bytes: &[u8], at: usize) -> Option<Piece> {
    let (payload, first) = stated(bytes, at)?;
    let crc = u32::from_le_bytes(bytes[at + 4..at + HEAD_BYTES].try_into().ok()?);
    (checksum(&bytes[at..at + 4], &bytes[payload.clone()]) == crc).then_some(Piece::Record { payload, first })
}

/// The payload a record at `at` would have, if the length there is a possible one.
fn stated(bytes: &[u8], at: usize) -> Option<(Range<usize>, bool)> {
    let word = u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?);
    let length = (word & !FIRST_OF_COMMIT) as usize;
    let end = at + HEAD_BYTES + length;
    let possible = length > 0 && length <= FACT_BYTES_MAX && end <= bytes.len();
    possible.then_some((at + HEAD_BYTES..end, word & FIRST_OF_COMMIT != 0))
}

/// Start of the next whole record after the damaged one at `at`, or the end. Most damage hits a payload, and then the
/// stated length still leads to the next record; otherwise every byte is tried.
fn next_record(bytes: &[u8], at: usize, budget: &mut usize) -> usize {
    if let Some((payload, _)) = stated(bytes, at)
        && read(bytes, payload.end).is_some()
    {
        return payload.end;
    }
    for next in at + 1..bytes.len() {
        let Some((payload, _)) = stated(bytes, next) else { continue };
        let Some(left) = budget.checked_sub(payload.len()) else { break };
        *budget = left;
        if read(bytes, next).is_some() {
            return next;
        }
    }
    bytes.len()
}

fn checksum(length: &[u8], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(length);
    hasher.update(payload);
    hasher.finalize()
}
