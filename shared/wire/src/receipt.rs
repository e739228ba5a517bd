//! Receipts: a hub's signed word that it durably holds a stretch of a lane. 200 bytes; `FORMAT.md` describes each.

use fengsui_model::{DivisionCode, Level};

use crate::hash::Hash;
use crate::header::{Lane, byte_enum};
use crate::keys::{Domain, NetworkId, PublicKey, Signature, StationKey};
use crate::log::LogId;
use crate::reader::Reader;
use crate::verify::{VerifyError, strict, verifying_key};

/// Length of a receipt, signature included.
pub const RECEIPT_BYTES: usize = 200;
const SIGNED_BYTES: usize = RECEIPT_BYTES - 64;
const VERSION: u8 = 1;
const SUITE: u8 = 1;

byte_enum! {
    /// What the hub holds of the entries that it receipts.
    Holds {
        /// Headers only: the bodies may not travel this far.
        Headers = 1,
        /// Headers and bodies.
        Bodies = 2,
    }
}

/// A hub's statement that entries `from..=to` of one lane are durable with it. It exists only after the commit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// Headers, or bodies too.
    pub holds: Holds,
    /// Level of the hub.
    pub level: Level,
    /// Lane that is receipted.
    pub lane: Lane,
    /// First sequence, inclusive.
    pub from: u64,
    /// Last sequence, inclusive.
    pub to: u64,
    /// Log that is receipted.
    pub log: LogId,
    /// Hash of entry `to`: vouches for the whole chain up to it.
    pub hash: Hash,
    /// When the hub received these entries, by its clock, in milliseconds since 1970 UTC. A fact of its journal.
    pub received_ms: i64,
    /// The hub's key.
    pub signer: PublicKey,
    /// Division the hub speaks for.
    pub division: DivisionCode,
    /// Over all of the above.
    pub signature: Signature,
}

/// Why 200 bytes are not a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Not 200 bytes.
    #[error("read a receipt of {0} bytes: it has 200")]
    Length(usize),
    /// A field holds what version 1 does not define.
    #[error("read field '{0}' of a receipt")]
    Field(&'static str),
}

impl Receipt {
    /// Signs the statement; `signature` of `self` is ignored and replaced, `signer` set.
    #[must_use]
    pub fn signed(mut self, key: &StationKey, network: NetworkId) -> Self {
        self.signer = key.public();
        self.signature = key.sign(Domain::Receipt, network, &self.to_bytes()[..SIGNED_BYTES]);
        self
    }

    /// The exact bytes.
    pub fn to_bytes(&self) -> [u8; RECEIPT_BYTES] {
        let mut out = Vec::with_capacity(RECEIPT_BYTES);
        let kinds = [VERSION, SUITE, self.lane as u8, self.holds as u8, self.level as u8, 0, 0, 0];
        out.extend_from_slice(&kinds);
        out.extend_from_slice(&self.from.to_le_bytes());
        out.extend_from_slice(&self.to.to_le_bytes());
        out.extend_from_slice(&self.log.0);
        out.extend_from_slice(&self.hash.0);
        out.extend_from_slice(&self.received_ms.to_le_bytes());
        out.extend_from_slice(&self.signer.0);
        out.extend_from_slice(&self.division.get().to_le_bytes());
        out.extend_from_slice(&self.signature.0);
        out.try_into().expect("the fields add up to 200 bytes")
    }

    /// Reads a receipt, signature unchecked.
    ///
    /// # Errors
    /// The length, or the first field that does not read.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReceiptError> {
        let bytes: &[u8; RECEIPT_BYTES] = bytes.try_into().map_err(|_| ReceiptError::Length(bytes.len()))?;
        Self::read(&mut Reader::new(bytes))
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, ReceiptError> {
        let short = |_| ReceiptError::Length(0);
        let kinds: [u8; 8] = reader.array().map_err(short)?;
        if kinds[0] != VERSION || kinds[1] != SUITE || kinds[5..] != [0; 3] {
            return Err(ReceiptError::Field("version, suite or reserved"));
        }
        let receipt = Self {
            lane: Lane::from_byte(kinds[2]).ok_or(ReceiptError::Field("lane"))?,
            holds: Holds::from_byte(kinds[3]).ok_or(ReceiptError::Field("holds"))?,
            level: Level::try_from(kinds[4]).map_err(|_| ReceiptError::Field("level"))?,
            from: reader.u64().map_err(short)?,
            to: reader.u64().map_err(short)?,
            log: LogId(reader.array().map_err(short)?),
            hash: Hash(reader.array().map_err(short)?),
            received_ms: reader.i64().map_err(short)?,
            signer: PublicKey(reader.array().map_err(short)?),
            division: DivisionCode::new(reader.u64().map_err(short)?)
                .map_err(|_| ReceiptError::Field("division"))?,
            signature: Signature(reader.array().map_err(short)?),
        };
        if receipt.from > receipt.to || receipt.to == u64::MAX {
            return Err(ReceiptError::Field("from and to"));
        }
        Ok(receipt)
    }

    /// Checks the signature. Whether the signer may speak for `division` is the registry's question.
    ///
    /// # Errors
    /// An unsound key or a signature that does not hold.
    pub fn verify(&self, network: NetworkId) -> Result<(), VerifyError> {
        let key = verifying_key(&self.signer)?;
        strict(&key, Domain::Receipt, network, &self.to_bytes()[..SIGNED_BYTES], self.signature)
            .map_err(|()| VerifyError::Signature { log: self.log, sequence: self.to })
    }
}
