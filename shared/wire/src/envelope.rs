//! The envelope: a header's exact bytes with its author's signature. The only form stored, sent or shown as evidence.

use crate::hash::Hash;
use crate::header::{Draft, HEADER_BYTES, Header, HeaderError};
use crate::keys::{Domain, NetworkId, Signature, StationKey};
use crate::log::LogId;

/// Header and signature.
pub const ENVELOPE_BYTES: usize = HEADER_BYTES + 64;

/// A header that reads, with a signature that nobody has checked yet. [`crate::Author::verify`] checks it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Envelope {
    bytes: [u8; ENVELOPE_BYTES],
    header: Header,
    /// Of the bytes; asked for at every step from the session to the store.
    hash: Hash,
}

impl Envelope {
    /// Reads an envelope; keeps the bytes as received.
    ///
    /// # Errors
    /// When the header does not read.
    pub fn from_bytes(bytes: [u8; ENVELOPE_BYTES]) -> Result<Self, HeaderError> {
        let mut header = [0; HEADER_BYTES];
        header.copy_from_slice(&bytes[..HEADER_BYTES]);
        Ok(Self { header: Header::from_bytes(&header)?, hash: Hash::of(&bytes), bytes })
    }

    /// Whether a reader would take it. One that was read once is; one that was signed here need not be, such as one over too
    /// long a body.
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes).
    pub fn check(&self) -> Result<(), HeaderError> {
        self.header.checked().map(drop)
    }

    /// Signs the entry that follows `(sequence, previous)` in `log`.
    pub fn sign(
        key: &StationKey,
        network: NetworkId,
        log: LogId,
        head: crate::Head,
        draft: Draft,
        body: &[u8],
    ) -> Self {
        let header = Header {
            draft,
            sequence: head.next,
            log,
            previous: head.hash,
            body_hash: Hash::of(body),
            body_length: u32::try_from(body.len()).expect("a body is far below 4 GiB"),
        };
        let header_bytes = header.to_bytes();
        let signature = key.sign(Domain::Entry, network, &header_bytes);
        let mut bytes = [0; ENVELOPE_BYTES];
        bytes[..HEADER_BYTES].copy_from_slice(&header_bytes);
        bytes[HEADER_BYTES..].copy_from_slice(&signature.0);
        Self { hash: Hash::of(&bytes), bytes, header }
    }

    /// The decoded header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The exact bytes.
    pub fn bytes(&self) -> &[u8; ENVELOPE_BYTES] {
        &self.bytes
    }

    /// The author's signature.
    pub fn signature(&self) -> Signature {
        let mut signature = [0; 64];
        signature.copy_from_slice(&self.bytes[HEADER_BYTES..]);
        Signature(signature)
    }

    /// The entry's hash: over header and signature, so the next entry vouches for both.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    pub(crate) fn header_bytes(&self) -> &[u8] {
        &self.bytes[..HEADER_BYTES]
    }
}

impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Envelope").field("header", &self.header).field("hash", &self.hash()).finish()
    }
}
