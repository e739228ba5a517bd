//! What two stations say to each other: one message per frame.

use fengsui_model::DivisionCode;

use crate::batch::{Batch, BatchError};
use crate::envelope::{ENVELOPE_BYTES, Envelope};
use crate::hash::Hash;
use crate::header::{HeaderError, Lane};
use crate::keys::{NetworkId, PublicKey};
use crate::limits::{HAVE_ITEMS_MAX, NOTE_BYTES_MAX};
use crate::log::{LogId, LogName};
use crate::presence::{Presence, PresenceError};
use crate::reader::{Reader, Short};
use crate::receipt::{RECEIPT_BYTES, Receipt, ReceiptError};
use crate::{Head, header};

/// Version of the messages.
pub const PROTOCOL_VERSION: u16 = 1;

/// First message of both ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Messages it speaks.
    pub version: u16,
    /// Network it belongs to.
    pub network: NetworkId,
    /// Division it speaks for.
    pub division: DivisionCode,
    /// Its own log in use.
    pub log: LogName,
    /// Its clock, milliseconds since 1970 UTC.
    pub clock_ms: i64,
    /// Name and version of its software.
    pub software: String,
}

/// How far the sender of a `Have` durably holds one lane. The cursor of replication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogHead {
    /// Whose log.
    pub name: LogName,
    /// Which lane.
    pub lane: Lane,
    /// How far.
    pub head: Head,
}

/// How far the sender of a `Have` holds a signer's receipts of one lane, without a gap from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiptHead {
    /// Log that is receipted.
    pub log: LogId,
    /// Lane that is receipted.
    pub lane: Lane,
    /// Hub that signed.
    pub signer: PublicKey,
    /// First sequence that no held receipt covers.
    pub next: u64,
}

/// A part of what a station holds of the logs that it takes from its peer.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Have {
    /// A complete statement: what no part of it names, the station holds nothing of. `false`: a correction of single
    /// lanes.
    pub complete: bool,
    /// Last part of a complete statement.
    pub last: bool,
    /// At most [`HAVE_ITEMS_MAX`] together with `receipts`.
    pub logs: Vec<LogHead>,
    /// Receipts for logs of its own subtree.
    pub receipts: Vec<ReceiptHead>,
}

/// Proof that a lane has two entries with one number: the envelope that the sender of this message holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Whose log.
    pub name: LogName,
    /// As held.
    pub envelope: Envelope,
}

/// One frame's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Who is there.
    Hello(Hello),
    /// How far the sender has come.
    Have(Have),
    /// Entries.
    Batch(Batch),
    /// The sender of this now durably holds the lane this far (downward; upward a receipt says it).
    Ack(LogHead),
    /// A hub's signed word, its own or one it passes down.
    Receipt(Box<Receipt>),
    /// The log's writer is not appointed as far as the sender knows: keep it until a `Have` asks for it.
    Hold(LogName),
    /// The log forked.
    Evidence(Box<Evidence>),
    /// Digest of the complete `Have` that the sender would state now. Who finds another answers `Tell`.
    Beat(Hash),
    /// State your complete `Have` again.
    Tell,
    /// The connection ends for this reason.
    Bye(String),
    /// A hub's word on the stations directly below it, its own or one it passes up.
    Presence(Box<Presence>),
}

/// Why bytes are not a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// It ends too early.
    #[error("read a message: {0}")]
    Short(#[from] Short),
    /// Not a message of this version.
    #[error("read a message of unknown type {0}")]
    Type(u8),
    /// A field holds what version 1 does not define.
    #[error("read field '{0}' of a message")]
    Field(&'static str),
    /// Bytes behind the message.
    #[error("read a message: {0} bytes are left over")]
    LeftOver(usize),
    /// A batch that does not read.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// A receipt that does not read.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// A presence that does not read.
    #[error(transparent)]
    Presence(#[from] PresenceError),
    /// An envelope that does not read.
    #[error(transparent)]
    Header(#[from] HeaderError),
}

mod tag {
    pub const HELLO: u8 = 1;
    pub const HAVE: u8 = 2;
    pub const BATCH: u8 = 3;
    pub const ACK: u8 = 4;
    pub const RECEIPT: u8 = 5;
    pub const HOLD: u8 = 6;
    pub const EVIDENCE: u8 = 7;
    pub const BEAT: u8 = 8;
    pub const TELL: u8 = 9;
    pub const BYE: u8 = 10;
    pub const PRESENCE: u8 = 11;
}

impl Message {
    /// The frame's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Hello(hello) => put_hello(hello),
            Self::Have(have) => put_have(have),
            Self::Batch(batch) => tagged(tag::BATCH, &batch.to_bytes()),
            Self::Ack(head) => {
                let mut out = vec![tag::ACK];
                put_head(&mut out, head);
                out
            }
            Self::Receipt(receipt) => tagged(tag::RECEIPT, &receipt.to_bytes()),
            Self::Hold(name) => tagged(tag::HOLD, &name.to_bytes()),
            Self::Evidence(evidence) => {
                let mut out = tagged(tag::EVIDENCE, &evidence.name.to_bytes());
                out.extend_from_slice(evidence.envelope.bytes());
                out
            }
            Self::Beat(digest) => tagged(tag::BEAT, &digest.0),
            Self::Tell => vec![tag::TELL],
            Self::Bye(reason) => tagged(tag::BYE, cut(reason).as_bytes()),
            Self::Presence(presence) => tagged(tag::PRESENCE, &presence.to_bytes()),
        }
    }

    /// Reads a frame; a batch may unpack to at most `raw_max` bytes.
    ///
    /// # Errors
    /// The first thing that does not read.
    pub fn from_bytes(network: NetworkId, bytes: &[u8], raw_max: usize) -> Result<Self, MessageError> {
        let mut reader = Reader::new(bytes);
        let message = match reader.u8()? {
            tag::HELLO => Self::Hello(read_hello(&mut reader)?),
            tag::HAVE => Self::Have(read_have(&mut reader)?),
            tag::BATCH => {
                let rest = reader.bytes(reader.bytes_left())?;
                Self::Batch(Batch::from_bytes(network, rest, raw_max)?)
            }
            tag::ACK => Self::Ack(read_head(&mut reader)?),
            tag::RECEIPT => Self::Receipt(Box::new(Receipt::from_bytes(reader.bytes(RECEIPT_BYTES)?)?)),
            tag::HOLD => Self::Hold(LogName::from_bytes(&reader.array()?)),
            tag::EVIDENCE => Self::Evidence(Box::new(Evidence {
                name: LogName::from_bytes(&reader.array()?),
                envelope: Envelope::from_bytes(reader.array::<ENVELOPE_BYTES>()?)?,
            })),
            tag::BEAT => Self::Beat(Hash(reader.array()?)),
            tag::TELL => Self::Tell,
            tag::BYE => Self::Bye(read_note(&mut reader)?),
            tag::PRESENCE => {
                Self::Presence(Box::new(Presence::from_bytes(reader.bytes(reader.bytes_left())?)?))
            }
            other => return Err(MessageError::Type(other)),
        };
        match reader.bytes_left() {
            0 => Ok(message),
            left => Err(MessageError::LeftOver(left)),
        }
    }
}

impl Have {
    /// Digest of the statement, the same for the same content: items are told in order.
    pub fn digest(logs: &[LogHead], receipts: &[ReceiptHead]) -> Hash {
        // The count comes first: no list of logs and receipts reads as another one.
        let mut bytes = (logs.len() as u64).to_le_bytes().to_vec();
        logs.iter().for_each(|head| put_head(&mut bytes, head));
        receipts.iter().for_each(|head| put_receipt_head(&mut bytes, head));
        Hash::derived("fengsui 2026 have digest v1", &bytes)
    }

    /// A complete statement, cut into frames.
    pub fn frames(logs: &[LogHead], receipts: &[ReceiptHead]) -> Vec<Self> {
        let mut frames: Vec<Self> = Vec::new();
        let part = |logs: &[LogHead], receipts: &[ReceiptHead]| Self {
            complete: true,
            last: false,
            logs: logs.to_vec(),
            receipts: receipts.to_vec(),
        };
        frames.extend(logs.chunks(HAVE_ITEMS_MAX).map(|logs| part(logs, &[])));
        frames.extend(receipts.chunks(HAVE_ITEMS_MAX).map(|receipts| part(&[], receipts)));
        if frames.is_empty() {
            frames.push(part(&[], &[]));
        }
        if let Some(last) = frames.last_mut() {
            last.last = true;
        }
        frames
    }
}

fn tagged(tag: u8, bytes: &[u8]) -> Vec<u8> {
    [&[tag], bytes].concat()
}

/// Longest prefix of `text` within the bound, cut between characters.
fn cut(text: &str) -> &str {
    let end = (0..=text.len().min(NOTE_BYTES_MAX)).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

fn put_note(out: &mut Vec<u8>, text: &str) {
    let text = cut(text);
    out.extend_from_slice(&(text.len() as u16).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn put_hello(hello: &Hello) -> Vec<u8> {
    let mut out = vec![tag::HELLO];
    out.extend_from_slice(&hello.version.to_le_bytes());
    out.extend_from_slice(&hello.network.0);
    out.extend_from_slice(&hello.division.get().to_le_bytes());
    out.extend_from_slice(&hello.log.to_bytes());
    out.extend_from_slice(&hello.clock_ms.to_le_bytes());
    put_note(&mut out, &hello.software);
    out
}

fn read_hello(reader: &mut Reader<'_>) -> Result<Hello, MessageError> {
    Ok(Hello {
        version: reader.u16()?,
        network: NetworkId(reader.array()?),
        division: DivisionCode::new(reader.u64()?).map_err(|_| MessageError::Field("division"))?,
        log: LogName::from_bytes(&reader.array()?),
        clock_ms: reader.i64()?,
        software: {
            let length = usize::from(reader.u16()?);
            text(reader.bytes(length)?)?
        },
    })
}

fn read_note(reader: &mut Reader<'_>) -> Result<String, MessageError> {
    text(reader.bytes(reader.bytes_left())?)
}

fn text(bytes: &[u8]) -> Result<String, MessageError> {
    if bytes.len() > NOTE_BYTES_MAX {
        return Err(MessageError::Field("note"));
    }
    String::from_utf8(bytes.to_vec()).map_err(|_| MessageError::Field("note"))
}

fn put_head(out: &mut Vec<u8>, head: &LogHead) {
    out.extend_from_slice(&head.name.to_bytes());
    out.push(head.lane as u8);
    out.extend_from_slice(&head.head.next.to_le_bytes());
    out.extend_from_slice(&head.head.hash.0);
}

fn read_lane(reader: &mut Reader<'_>) -> Result<Lane, MessageError> {
    header::Lane::from_byte(reader.u8()?).ok_or(MessageError::Field("lane"))
}

fn read_head(reader: &mut Reader<'_>) -> Result<LogHead, MessageError> {
    Ok(LogHead {
        name: LogName::from_bytes(&reader.array()?),
        lane: read_lane(reader)?,
        head: Head { next: reader.u64()?, hash: Hash(reader.array()?) },
    })
}

fn put_receipt_head(out: &mut Vec<u8>, head: &ReceiptHead) {
    out.extend_from_slice(&head.log.0);
    out.push(head.lane as u8);
    out.extend_from_slice(&head.signer.0);
    out.extend_from_slice(&head.next.to_le_bytes());
}

fn put_have(have: &Have) -> Vec<u8> {
    let mut out = vec![tag::HAVE, u8::from(have.complete) | u8::from(have.last) << 1];
    out.extend_from_slice(&(have.logs.len() as u16).to_le_bytes());
    have.logs.iter().for_each(|head| put_head(&mut out, head));
    out.extend_from_slice(&(have.receipts.len() as u16).to_le_bytes());
    have.receipts.iter().for_each(|head| put_receipt_head(&mut out, head));
    out
}

fn read_have(reader: &mut Reader<'_>) -> Result<Have, MessageError> {
    let marks = reader.u8()?;
    if marks > 3 {
        return Err(MessageError::Field("marks"));
    }
    let mut have = Have { complete: marks & 1 != 0, last: marks & 2 != 0, ..Have::default() };
    for _ in 0..read_count(reader)? {
        have.logs.push(read_head(reader)?);
    }
    for _ in 0..read_count(reader)? {
        have.receipts.push(ReceiptHead {
            log: LogId(reader.array()?),
            lane: read_lane(reader)?,
            signer: PublicKey(reader.array()?),
            next: reader.u64()?,
        });
    }
    Ok(have)
}

fn read_count(reader: &mut Reader<'_>) -> Result<usize, MessageError> {
    match usize::from(reader.u16()?) {
        count if count <= HAVE_ITEMS_MAX => Ok(count),
        _ => Err(MessageError::Field("count")),
    }
}
