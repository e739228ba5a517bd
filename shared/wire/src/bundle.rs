//! Bundles: entries and receipts in a file, for a stick between two offices and for whoever checks a total.
//! `FORMAT.md` describes the layout; `tests/decoder/decode.py` is a second reader.

use std::io::{self, Read, Write};

use crate::envelope::{ENVELOPE_BYTES, Envelope};
use crate::keys::{NetworkId, PublicKey};
use crate::limits::{BUNDLE_BYTES_MAX, BUNDLE_RECORD_BYTES_MAX};
use crate::log::LogName;
use crate::receipt::{RECEIPT_BYTES, Receipt};

const MAGIC: &[u8; 16] = b"fengsui bundle 1";
const TAG_LOG: u8 = 1;
const TAG_ENTRY: u8 = 2;
const TAG_RECEIPT: u8 = 3;
const TAG_END: u8 = 4;

/// One record. An entry belongs to the log named last before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BundleRecord {
    /// The entries that follow are of this log.
    Log(LogName),
    /// An entry; the body where it may travel.
    Entry(Box<Envelope>, Option<Vec<u8>>),
    /// A receipt.
    Receipt(Box<Receipt>),
}

/// Why a file is not a bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The file system's word.
    #[error("read or write the bundle")]
    Io(#[from] io::Error),
    /// Not a bundle at all.
    #[error("read the bundle: it does not begin with \"fengsui bundle 1\"")]
    Magic,
    /// Cut off, a record too long or of unknown kind.
    #[error("read the bundle at byte {at}: {what}")]
    Record {
        /// Offset of the record.
        at: u64,
        /// What is wrong with it.
        what: &'static str,
    },
}

/// Writes a bundle; [`finish`](Self::finish) closes it, so that a file that was cut off shows.
pub struct BundleWriter<W: Write> {
    to: W,
    log: Option<LogName>,
    records: u64,
}

impl<W: Write> BundleWriter<W> {
    /// Begins a bundle of `network`, whose root is `root`.
    ///
    /// # Errors
    /// The writer's.
    pub fn new(mut to: W, root: PublicKey) -> Result<Self, BundleError> {
        to.write_all(MAGIC)?;
        to.write_all(&root.0)?;
        Ok(Self { to, log: None, records: 0 })
    }

    /// Adds an entry of `log`.
    ///
    /// # Errors
    /// The writer's.
    pub fn entry(
        &mut self,
        log: LogName,
        envelope: &Envelope,
        body: Option<&[u8]>,
    ) -> Result<(), BundleError> {
        if self.log != Some(log) {
            self.record(TAG_LOG, &[&log.to_bytes()])?;
            self.log = Some(log);
        }
        self.record(TAG_ENTRY, &[envelope.bytes(), &[u8::from(body.is_some())], body.unwrap_or_default()])
    }

    /// Adds a receipt.
    ///
    /// # Errors
    /// The writer's.
    pub fn receipt(&mut self, receipt: &Receipt) -> Result<(), BundleError> {
        self.record(TAG_RECEIPT, &[&receipt.to_bytes()])
    }

    /// Closes the bundle with the number of its records.
    ///
    /// # Errors
    /// The writer's.
    pub fn finish(mut self) -> Result<W, BundleError> {
        let records = self.records;
        self.record(TAG_END, &[&records.to_le_bytes()])?;
        self.to.flush()?;
        Ok(self.to)
    }

    fn record(&mut self, tag: u8, parts: &[&[u8]]) -> Result<(), BundleError> {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        self.to.write_all(&[tag])?;
        self.to.write_all(&(length as u32).to_le_bytes())?;
        for part in parts {
            self.to.write_all(part)?;
        }
        self.records += 1;
        Ok(())
    }
}

/// Reads a bundle record by record.
pub struct BundleReader<R: Read> {
    from: R,
    root: PublicKey,
    at: u64,
    records: u64,
    ended: bool,
}

impl<R: Read> BundleReader<R> {
    /// Reads the head of a bundle.
    ///
    /// # Errors
    /// When it is not one.
    pub fn new(mut from: R) -> Result<Self, BundleError> {
        let mut head = [0; 48];
        from.read_exact(&mut head).map_err(|_| BundleError::Magic)?;
        if head[..16] != MAGIC[..] {
            return Err(BundleError::Magic);
        }
        let mut root = [0; 32];
        root.copy_from_slice(&head[16..]);
        Ok(Self { from, root: PublicKey(root), at: 48, records: 0, ended: false })
    }

    /// Root of the network it was written in.
    pub fn root(&self) -> PublicKey {
        self.root
    }

    /// Its network.
    pub fn network(&self) -> NetworkId {
        NetworkId::of_root(&self.root)
    }

    /// The next record; `None` after the closing one.
    ///
    /// # Errors
    /// Where and why the file does not read on; what came before stands.
    pub fn next_record(&mut self) -> Result<Option<BundleRecord>, BundleError> {
        if self.ended {
            return Ok(None);
        }
        let at = self.at;
        let wrong = |what| BundleError::Record { at, what };
        let mut head = [0; 5];
        self.from.read_exact(&mut head).map_err(|_| wrong("it is cut off here"))?;
        let length = u32::from_le_bytes([head[1], head[2], head[3], head[4]]) as usize;
        if length > BUNDLE_RECORD_BYTES_MAX || at + length as u64 > BUNDLE_BYTES_MAX {
            return Err(wrong("the record or the file is too long"));
        }
        let mut bytes = vec![0; length];
        self.from.read_exact(&mut bytes).map_err(|_| wrong("it is cut off here"))?;
        self.at += 5 + length as u64;
        if head[0] == TAG_END {
            self.end(&bytes).map_err(wrong)?;
            return Ok(None);
        }
        self.records += 1;
        record(head[0], &bytes).map(Some).map_err(wrong)
    }

    fn end(&mut self, bytes: &[u8]) -> Result<(), &'static str> {
        if bytes != self.records.to_le_bytes() {
            return Err("records are missing before the end");
        }
        match self.from.read(&mut [0]) {
            Ok(0) => {
                self.ended = true;
                Ok(())
            }
            _ => Err("bytes follow the end"),
        }
    }
}

fn record(tag: u8, bytes: &[u8]) -> Result<BundleRecord, &'static str> {
    match tag {
        TAG_LOG => {
            let name = bytes.try_into().map_err(|_| "a log's name has 48 bytes")?;
            Ok(BundleRecord::Log(LogName::from_bytes(name)))
        }
        TAG_ENTRY => entry(bytes),
        TAG_RECEIPT if bytes.len() == RECEIPT_BYTES => Receipt::from_bytes(bytes)
            .map(|receipt| BundleRecord::Receipt(Box::new(receipt)))
            .map_err(|_| "a receipt does not read"),
        _ => Err("a record of unknown kind"),
    }
}

fn entry(bytes: &[u8]) -> Result<BundleRecord, &'static str> {
    let (envelope, rest) = bytes.split_at_checked(ENVELOPE_BYTES).ok_or("an entry is too short")?;
    let envelope = envelope.try_into().map_err(|_| "an entry is too short")?;
    let envelope = Envelope::from_bytes(envelope).map_err(|_| "an entry's header does not read")?;
    let body = match rest.split_first() {
        Some((0, [])) => None,
        Some((1, body)) => Some(body.to_vec()),
        _ => return Err("an entry's mark does not read"),
    };
    Ok(BundleRecord::Entry(Box::new(envelope), body))
}
