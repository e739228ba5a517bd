//! The journal: the copy that counts.
//!
//! Files `00000001.journal`, `00000002.journal`, … of about 4 MiB. A commit is one write and one `fdatasync`, and lies
//! within one segment; a new segment is made only after the one before is synced. So a torn end can only be in the last
//! segment, and everything else that does not read is damage: it is told, stepped over, and left on the disk as it is.
//! A segment with damage is never written again; the journal goes on in a new one.
//!
//! Segments are never released in this version: that needs the root's receipts over every entry in them.

mod record;
mod segment;

use std::collections::BTreeSet;
use std::io;
use std::ops::Range;

use crate::disk::Disk;
use crate::error::StoreError;
use crate::report::{Damage, Unread};
use record::Piece;
use segment::Start;

/// A segment that is longer than this is not written any more.
const SEGMENT_BYTES: u64 = 4 * 1024 * 1024;

/// Bytes that may wait for one commit. Bounds the longest segment too, which is read whole when a store opens.
pub const PENDING_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Longest segment this program writes: one that was just short of full, and one more commit.
const SEGMENT_READ_MAX: usize = SEGMENT_BYTES as usize + 2 * PENDING_BYTES_MAX;

/// Where a record ends: what is up to here has been read or applied. The default is before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) segment: u32,
    pub(crate) offset: u64,
}

impl Place {
    pub(crate) fn to_bytes(self) -> [u8; 12] {
        let mut out = [0; 12];
        out[..4].copy_from_slice(&self.segment.to_be_bytes());
        out[4..].copy_from_slice(&self.offset.to_be_bytes());
        out
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (segment, offset) = bytes.split_at_checked(4)?;
        Some(Self {
            segment: u32::from_be_bytes(segment.try_into().ok()?),
            offset: u64::from_be_bytes(offset.try_into().ok()?),
        })
    }
}

/// What reading the journal found.
#[derive(Debug, Default)]
pub(crate) struct Replayed {
    /// Bytes of an unfinished commit that were cut off.
    pub(crate) cut_bytes: u64,
    /// What did not read.
    pub(crate) damage: Vec<Damage>,
    /// Whole records.
    pub(crate) records: u64,
}

/// Receives each record's payload and the place where it ends.
pub(crate) type Visit<'v> = &'v mut dyn FnMut(Place, &[u8]) -> Result<(), StoreError>;

/// The open journal.
pub(crate) struct Journal {
    disk: Box<dyn Disk>,
    /// End of the last durable record, or of the header of a new segment.
    end: Place,
    /// Records that wait for a commit.
    buffer: Vec<u8>,
    /// Bytes of all segments.
    bytes: u64,
    stopped: bool,
}

impl Journal {
    /// Reads every record in order, cuts off a torn end, and makes ready to write. `applied` is how far the engine has
    /// come: bytes before it were durable once, so they are damaged rather than torn when they do not read.
    pub(crate) fn open(
        mut disk: Box<dyn Disk>,
        applied: Place,
        visit: Visit<'_>,
    ) -> Result<(Self, Replayed), StoreError> {
        let numbers = segments(disk.as_ref())?;
        let last = numbers.last().copied();
        if let Some(last) = last {
            // Records of a process that was killed may be in the system's memory only, and are about to be believed.
            sync(disk.as_mut(), &segment::name(last))?;
            sync_dir(disk.as_mut())?;
        }
        let mut replayed = Replayed { damage: missing(&numbers), ..Replayed::default() };
        let mut journal = Self { disk, end: Place::default(), buffer: Vec::new(), bytes: 0, stopped: false };
        let mut clean = false;
        for number in numbers {
            let torn_after = (Some(number) == last).then_some(applied);
            clean = journal.replay(number, torn_after, &mut replayed, visit)?;
        }
        if applied > journal.end {
            replayed.damage.push(Damage::EngineAhead { segment: journal.end.segment });
            journal.end.segment = journal.end.segment.max(applied.segment);
            clean = false;
        }
        if !clean {
            journal.begin(journal.end.segment + 1)?;
        }
        Ok((journal, replayed))
    }

    /// Reads one segment. `torn_after`: set for the last one, whose end may be torn behind this place. Says whether the
    /// segment can be written on.
    fn replay(
        &mut self,
        number: u32,
        torn_after: Option<Place>,
        replayed: &mut Replayed,
        visit: Visit<'_>,
    ) -> Result<bool, StoreError> {
        let name = segment::name(number);
        let (bytes, size) = segment::read(self.disk.as_ref(), &name, SEGMENT_READ_MAX)?;
        let header = segment::HEADER_BYTES.min(bytes.len());
        let damage_before = replayed.damage.len();
        if segment::start(number, &bytes)? == Start::Damaged {
            if torn_after.is_some() && size <= segment::HEADER_BYTES as u64 {
                return self.restart(number, size).map(|()| true);
            }
            replayed.damage.push(unread(number, 0..header));
        }
        let mut pieces = record::pieces(&bytes, header);
        let torn = torn_after
            .filter(|_| size == bytes.len() as u64)
            .and_then(|applied| torn_behind(applied, number, &pieces));
        if let Some(torn) = torn {
            self.cut(&name, torn as u64)?;
            replayed.cut_bytes += size - torn as u64;
            pieces.retain(|piece| piece.start() < torn);
        }
        self.bytes += torn.map_or(size, |torn| torn as u64);
        self.end = Place { segment: number, offset: header as u64 };
        for piece in pieces {
            match piece {
                Piece::Record { payload, .. } => {
                    self.end.offset = payload.end as u64;
                    replayed.records += 1;
                    visit(self.end, &bytes[payload])?;
                }
                Piece::Gap(gap) => replayed.damage.push(unread(number, gap)),
            }
        }
        if size > bytes.len() as u64 {
            let beyond = bytes.len()..usize::try_from(size).unwrap_or(usize::MAX);
            replayed.damage.push(unread(number, beyond));
        }
        Ok(replayed.damage.len() == damage_before)
    }

    /// Adds a record to those that wait. Nothing is written before [`commit`](Self::commit).
    pub(crate) fn stage(&mut self, payload: &[u8]) -> Result<(), StoreError> {
        self.check_running()?;
        let max = PENDING_BYTES_MAX;
        if !self.buffer.is_empty() && self.buffer.len() + payload.len() > max {
            return Err(StoreError::TooMuchStaged { bytes: payload.len(), max });
        }
        let first = self.buffer.is_empty();
        record::put(&mut self.buffer, payload, first);
        Ok(())
    }

    /// Bytes that wait for the next commit.
    pub(crate) fn staged_bytes(&self) -> usize {
        self.buffer.len()
    }

    /// Makes everything that waits durable, and says where it ends. After an error nothing is written any more.
    pub(crate) fn commit(&mut self) -> Result<Place, StoreError> {
        self.check_running()?;
        // Set until all of it has succeeded: no path out of here may forget it.
        self.stopped = true;
        if self.end.offset >= SEGMENT_BYTES {
            self.begin(self.end.segment + 1)?;
        }
        let name = segment::name(self.end.segment);
        append(self.disk.as_mut(), &name, &self.buffer)?;
        sync(self.disk.as_mut(), &name)?;
        self.end.offset += self.buffer.len() as u64;
        self.bytes += self.buffer.len() as u64;
        self.buffer.clear();
        self.stopped = false;
        Ok(self.end)
    }

    /// Refuses every later write.
    pub(crate) fn stop(&mut self) {
        self.stopped = true;
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn end(&self) -> Place {
        self.end
    }

    fn check_running(&self) -> Result<(), StoreError> {
        if self.stopped { Err(StoreError::Stopped) } else { Ok(()) }
    }

    /// Makes a segment: its header and its name are durable before any record is written.
    fn begin(&mut self, number: u32) -> Result<(), StoreError> {
        let name = segment::name(number);
        self.disk.create(&name).map_err(failed("create", &name))?;
        self.head(number)
    }

    /// Writes the header of a segment whose making was interrupted.
    fn restart(&mut self, number: u32, size: u64) -> Result<(), StoreError> {
        if size > 0 {
            self.cut(&segment::name(number), 0)?;
        }
        self.head(number)
    }

    fn head(&mut self, number: u32) -> Result<(), StoreError> {
        let name = segment::name(number);
        append(self.disk.as_mut(), &name, &segment::header(number))?;
        sync(self.disk.as_mut(), &name)?;
        sync_dir(self.disk.as_mut())?;
        self.end = Place { segment: number, offset: segment::HEADER_BYTES as u64 };
        self.bytes += segment::HEADER_BYTES as u64;
        Ok(())
    }

    fn cut(&mut self, name: &str, length: u64) -> Result<(), StoreError> {
        self.disk.truncate(name, length).map_err(failed("cut", name))?;
        sync(self.disk.as_mut(), name)
    }
}

fn segments(disk: &dyn Disk) -> Result<BTreeSet<u32>, StoreError> {
    let names = disk.list().map_err(failed("list", "."))?;
    Ok(names.iter().filter_map(|name| segment::number(name)).collect())
}

/// Where the torn end of a segment begins. What the engine has applied was durable, so it is not torn but damaged.
fn torn_behind(applied: Place, segment: u32, pieces: &[Piece]) -> Option<usize> {
    record::torn_from(pieces).filter(|torn| Place { segment, offset: *torn as u64 } >= applied)
}

/// Numbers that are not there although a later one is.
fn missing(numbers: &BTreeSet<u32>) -> Vec<Damage> {
    let mut expected = 1;
    let mut damage = Vec::new();
    for &number in numbers {
        if number > expected {
            damage.push(Damage::MissingSegments { from: expected, to: number - 1 });
        }
        expected = number.saturating_add(1);
    }
    damage
}

fn unread(segment: u32, range: Range<usize>) -> Damage {
    Damage::Unread { segment, offset: range.start as u64, bytes: range.len() as u64, why: Unread::Checksum }
}

fn append(disk: &mut dyn Disk, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
    disk.append(name, bytes).map_err(failed("append to", name))
}

fn sync(disk: &mut dyn Disk, name: &str) -> Result<(), StoreError> {
    disk.sync(name).map_err(failed("sync", name))
}

fn sync_dir(disk: &mut dyn Disk) -> Result<(), StoreError> {
    disk.sync_dir().map_err(failed("sync the directory", "."))
}

fn failed(doing: &'static str, name: &str) -> impl FnOnce(io::Error) -> StoreError {
    let name = name.to_owned();
    move |source| StoreError::Disk { doing, name, source }
}
