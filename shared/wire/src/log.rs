//! Logs: one station's append-only record, named by its key and incarnation.

use crate::hash::{Hash, hex_newtype};
use crate::keys::{NetworkId, PublicKey};

/// A random number drawn when a station starts a log it cannot prove to continue: first start, restored image,
/// re-enrolment. So an honest restore is a new log, never a fork of the old one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Incarnation(pub [u8; 16]);
hex_newtype!(Incarnation);

/// Short name of a log: hash of network, key and incarnation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogId(pub [u8; 32]);
hex_newtype!(LogId);

impl LogId {
    /// First eight digits, for a line on a screen.
    pub fn short(&self) -> String {
        self.to_string()[..8].to_owned()
    }
}

/// Full name of a log: who writes it, and in which incarnation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct LogName {
    /// The only writer.
    pub key: PublicKey,
    /// Which life of that writer's store.
    pub incarnation: Incarnation,
}

impl LogName {
    /// Bytes of a name: key, then incarnation.
    pub const BYTES: usize = 48;

    /// The log's id within `network`.
    pub fn id(&self, network: NetworkId) -> LogId {
        let bytes = [&network.0[..], &self.key.0, &self.incarnation.0].concat();
        LogId(Hash::derived("fengsui 2026 log id v1", &bytes).0)
    }

    /// Key, then incarnation.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut out = [0; Self::BYTES];
        out[..32].copy_from_slice(&self.key.0);
        out[32..].copy_from_slice(&self.incarnation.0);
        out
    }

    /// The inverse of [`to_bytes`](Self::to_bytes).
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let mut key = [0; 32];
        let mut incarnation = [0; 16];
        key.copy_from_slice(&bytes[..32]);
        incarnation.copy_from_slice(&bytes[32..]);
        Self { key: PublicKey(key), incarnation: Incarnation(incarnation) }
    }
}
