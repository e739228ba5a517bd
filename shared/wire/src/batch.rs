//! A batch: consecutive entries of one lane as they travel. What the receiver can recompute does not travel: log,
//! sequence, previous hash after the first, body hash where the body is there. The rest is compressed.

use std::cell::RefCell;

use fengsui_model::DivisionCode;

use crate::envelope::{ENVELOPE_BYTES, Envelope};
use crate::hash::Hash;
use crate::header::{Draft, HEADER_BYTES, Header, HeaderError, Lane};
use crate::keys::NetworkId;
use crate::limits::BATCH_ENTRIES_MAX;
use crate::log::LogName;
use crate::reader::{Reader, Short};

/// Level of zstd: 3 is the library's own choice; higher levels cost an old office PC more than they save.
const COMPRESSION: i32 = 3;

/// One entry in a batch: the envelope rebuilt to its exact bytes, and the body where it may travel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Signature not yet checked.
    pub envelope: Envelope,
    /// Body bytes as signed.
    pub body: Option<Vec<u8>>,
}

/// Consecutive entries of one lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Whose log.
    pub name: LogName,
    /// Which lane.
    pub lane: Lane,
    /// At least one, at most [`BATCH_ENTRIES_MAX`].
    pub entries: Vec<Carried>,
}

/// Why bytes are not a batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// It ends too early.
    #[error("read a batch: {0}")]
    Short(#[from] Short),
    /// Stated or real raw length past the bound.
    #[error("unpack a batch of {stated} bytes: at most {max} are allowed here")]
    TooLong {
        /// As its head says.
        stated: usize,
        /// As allowed from this peer.
        max: usize,
    },
    /// Not zstd, or another length than stated.
    #[error("unpack a batch")]
    Compression,
    /// Not a lane.
    #[error("read a batch: lane {0} is not known")]
    Lane(u8),
    /// None or too many.
    #[error("read a batch of {0} entries: there are 1 to {BATCH_ENTRIES_MAX}")]
    Count(u16),
    /// Unknown bits.
    #[error("read a batch: entry {0} has unknown marks")]
    Marks(usize),
    /// Bytes behind the last entry.
    #[error("read a batch: {0} bytes are left over")]
    LeftOver(usize),
    /// A header that does not read.
    #[error("rebuild entry {index} of a batch: {source}")]
    Header {
        /// Counted from 0.
        index: usize,
        /// What is wrong with it.
        source: HeaderError,
    },
}

const MARK_BODY: u8 = 1;

impl Batch {
    /// Packs the batch. The entries must be consecutive in `lane` of `name`; that is the caller's promise, and the
    /// receiver's check.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut raw = Vec::new();
        raw.extend_from_slice(&self.name.to_bytes());
        raw.push(self.lane as u8);
        let first = self.entries.first().map(|carried| *carried.envelope.header());
        raw.extend_from_slice(&first.map_or(0, |header| header.sequence).to_le_bytes());
        raw.extend_from_slice(&first.map_or(Hash::ZERO, |header| header.previous).0);
        raw.extend_from_slice(&(self.entries.len() as u16).to_le_bytes());
        self.entries.iter().for_each(|carried| put_entry(&mut raw, carried));
        let mut out = (raw.len() as u32).to_le_bytes().to_vec();
        out.extend(pack(&raw));
        out
    }

    /// Unpacks a batch of at most `raw_max` raw bytes and rebuilds each envelope.
    ///
    /// # Errors
    /// The first thing that does not read. Nothing is allocated past `raw_max`.
    pub fn from_bytes(network: NetworkId, bytes: &[u8], raw_max: usize) -> Result<Self, BatchError> {
        let mut reader = Reader::new(bytes);
        let stated = reader.u32()? as usize;
        if stated > raw_max {
            return Err(BatchError::TooLong { stated, max: raw_max });
        }
        let raw = unpack(&bytes[4..], stated)?;
        if raw.len() != stated {
            return Err(BatchError::Compression);
        }
        Self::read(network, &mut Reader::new(&raw))
    }

    fn read(network: NetworkId, reader: &mut Reader<'_>) -> Result<Self, BatchError> {
        let name = LogName::from_bytes(&reader.array()?);
        let lane = reader.u8()?;
        let lane = Lane::from_byte(lane).ok_or(BatchError::Lane(lane))?;
        let first = reader.u64()?;
        let mut previous = Hash(reader.array()?);
        let count = reader.u16()?;
        if count == 0 || usize::from(count) > BATCH_ENTRIES_MAX {
            return Err(BatchError::Count(count));
        }
        let log = name.id(network);
        let mut entries = Vec::with_capacity(usize::from(count));
        for index in 0..usize::from(count) {
            let sequence = first.wrapping_add(index as u64);
            let carried = read_entry(reader, index, |draft, body_hash, body_length| Header {
                draft: Draft { lane, ..draft },
                sequence,
                log,
                previous,
                body_hash,
                body_length,
            })?;
            previous = carried.envelope.hash();
            entries.push(carried);
        }
        match reader.is_empty() {
            true => Ok(Self { name, lane, entries }),
            false => Err(BatchError::LeftOver(reader.bytes_left())),
        }
    }
}

thread_local! {
    /// Making one costs as much as packing a small batch, and unpacking it again.
    static PACKER: RefCell<zstd::bulk::Compressor<'static>> =
        RefCell::new(zstd::bulk::Compressor::new(COMPRESSION).expect("a context without a dictionary can be made"));
    static UNPACKER: RefCell<zstd::bulk::Decompressor<'static>> =
        RefCell::new(zstd::bulk::Decompressor::new().expect("a context without a dictionary can be made"));
}

fn pack(raw: &[u8]) -> Vec<u8> {
    PACKER.with(|packer| packer.borrow_mut().compress(raw)).expect("compressing into memory cannot fail")
}

fn unpack(packed: &[u8], length: usize) -> Result<Vec<u8>, BatchError> {
    let unpack = |unpacker: &RefCell<zstd::bulk::Decompressor<'static>>| {
        unpacker.borrow_mut().decompress(packed, length)
    };
    UNPACKER.with(unpack).map_err(|_| BatchError::Compression)
}

/// Marks 1; of the header kind 1, flags 2, reach 1, standards 4, directory 4, addressee 8, clock 8, boot 4, uptime 4; signature
/// 64; length of the body 4; the body, or its hash 32.
fn put_entry(raw: &mut Vec<u8>, carried: &Carried) {
    let header = carried.envelope.header();
    raw.push(if carried.body.is_some() { MARK_BODY } else { 0 });
    let draft = &header.draft;
    raw.push(draft.kind as u8);
    raw.extend_from_slice(&draft.flags.bits().to_le_bytes());
    raw.push(draft.reach as u8);
    raw.extend_from_slice(&draft.standards.to_le_bytes());
    raw.extend_from_slice(&draft.directory.to_le_bytes());
    raw.extend_from_slice(&draft.addressee.map_or(0, DivisionCode::get).to_le_bytes());
    raw.extend_from_slice(&draft.clock_ms.to_le_bytes());
    raw.extend_from_slice(&draft.boot.to_le_bytes());
    raw.extend_from_slice(&draft.uptime_s.to_le_bytes());
    raw.extend_from_slice(&carried.envelope.signature().0);
    raw.extend_from_slice(&header.body_length.to_le_bytes());
    match &carried.body {
        Some(body) => raw.extend_from_slice(body),
        None => raw.extend_from_slice(&header.body_hash.0),
    }
}

fn read_entry(
    reader: &mut Reader<'_>,
    index: usize,
    header: impl FnOnce(Draft, Hash, u32) -> Header,
) -> Result<Carried, BatchError> {
    let marks = reader.u8()?;
    if marks & !MARK_BODY != 0 {
        return Err(BatchError::Marks(index));
    }
    let wrong = |source| BatchError::Header { index, source };
    let draft = read_rest(reader, index)?;
    let signature: [u8; 64] = reader.array()?;
    let length = reader.u32()?;
    let (body, hash) = match marks & MARK_BODY {
        0 => (None, Hash(reader.array()?)),
        _ => {
            let body = reader.bytes(length as usize)?;
            (Some(body.to_vec()), Hash::of(body))
        }
    };
    let mut bytes = [0; ENVELOPE_BYTES];
    bytes[..HEADER_BYTES].copy_from_slice(&header(draft, hash, length).to_bytes());
    bytes[HEADER_BYTES..].copy_from_slice(&signature);
    // Reading the rebuilt bytes applies every rule of the header once more, in its one place.
    Ok(Carried { envelope: Envelope::from_bytes(bytes).map_err(wrong)?, body })
}

fn read_rest(reader: &mut Reader<'_>, index: usize) -> Result<Draft, BatchError> {
    use crate::header::{Flags, Kind};
    let wrong = |source| BatchError::Header { index, source };
    let kind = reader.u8()?;
    let flags = reader.u16()?;
    let reach = reader.u8()?;
    let standards = reader.u32()?;
    let directory = reader.u32()?;
    let addressee = reader.u64()?;
    Ok(Draft {
        kind: Kind::from_byte(kind).ok_or_else(|| wrong(HeaderError::Kind(kind)))?,
        lane: Lane::Urgent,
        flags: Flags::from_bits(flags).ok_or_else(|| wrong(HeaderError::Flags(flags)))?,
        reach: reach.try_into().map_err(|_| wrong(HeaderError::Reach(reach)))?,
        addressee: match addressee {
            0 => None,
            code => Some(DivisionCode::new(code).map_err(|_| wrong(HeaderError::Addressee(code)))?),
        },
        standards,
        directory,
        clock_ms: reader.i64()?,
        boot: reader.u32()?,
        uptime_s: reader.u32()?,
    })
}
