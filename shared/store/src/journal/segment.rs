//! A segment: one file of the journal, with a header of 20 bytes.

use crate::disk::Disk;
use crate::error::StoreError;

/// Magic 8, version 4, number 4, CRC-32 of these 4.
pub(super) const HEADER_BYTES: usize = 20;

const MAGIC: &[u8; 8] = b"fengsuiJ";
const VERSION: u32 = 1;
const SUFFIX: &str = ".journal";

/// What stands at the start of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// A whole header of this segment.
    Sound,
    /// Anything else.
    Damaged,
}

pub(super) fn name(number: u32) -> String {
    format!("{number:08}{SUFFIX}")
}

pub(super) fn number(name: &str) -> Option<u32> {
    let digits = name.strip_suffix(SUFFIX)?;
    let number = digits.parse().ok()?;
    (self::name(number) == name && number > 0).then_some(number)
}

pub(super) fn header(number: u32) -> [u8; HEADER_BYTES] {
    let mut out = [0; HEADER_BYTES];
    out[..8].copy_from_slice(MAGIC);
    out[8..12].copy_from_slice(&VERSION.to_le_bytes());
    out[12..16].copy_from_slice(&number.to_le_bytes());
    let crc = crc32fast::hash(&out[..16]);
    out[16..].copy_from_slice(&crc.to_le_bytes());
    out
}

/// Checks the header of segment `number`.
///
/// # Errors
/// [`StoreError::JournalVersion`]: a sound header of another version is no damage, and must not be treated as such.
pub(super) fn start(number: u32, bytes: &[u8]) -> Result<Start, StoreError> {
    let Some(found) = bytes.get(..HEADER_BYTES) else { return Ok(Start::Damaged) };
    if found == header(number) {
        return Ok(Start::Sound);
    }
    let sound = found[..8] == *MAGIC && crc32fast::hash(&found[..16]).to_le_bytes() == found[16..];
    match found[8..12].try_into().map(u32::from_le_bytes) {
        Ok(version) if sound && version != VERSION => {
            Err(StoreError::JournalVersion { segment: number, version })
        }
        _ => Ok(Start::Damaged),
    }
}

/// All bytes of a segment, at most `max`, and its length on disk.
pub(super) fn read(disk: &dyn Disk, name: &str, max: usize) -> Result<(Vec<u8>, u64), StoreError> {
    let failed = |source| StoreError::Disk { doing: "read", name: name.to_owned(), source };
    let size = disk.size(name).map_err(failed)?;
    let mut bytes = vec![0; usize::try_from(size).unwrap_or(max).min(max)];
    let count = disk.read_at(name, 0, &mut bytes).map_err(failed)?;
    bytes.truncate(count);
    Ok((bytes, size))
}
