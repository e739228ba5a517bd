//! Keys, signatures and the network they belong to.

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};

use crate::hash::{Hash, hex_newtype};

/// An ed25519 public key: who signs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey(pub [u8; 32]);
hex_newtype!(PublicKey);

impl PublicKey {
    /// First eight digits, for a line on a screen.
    pub fn short(&self) -> String {
        self.to_string()[..8].to_owned()
    }

    /// Whether the bytes are a point of the curve that `verify_strict` can ever accept.
    pub fn is_usable(&self) -> bool {
        VerifyingKey::from_bytes(&self.0).is_ok_and(|key| !key.is_weak())
    }
}

/// An ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);
hex_newtype!(Signature);

/// One reporting network: everything signed names it, so a drill network can never feed the real one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NetworkId(pub [u8; 16]);
hex_newtype!(NetworkId);

impl NetworkId {
    /// The network whose root speaks with `root`; pinned at enrolment.
    pub fn of_root(root: &PublicKey) -> Self {
        let hash = Hash::derived("fengsui 2026 network id v1", &root.0);
        let mut id = [0; 16];
        id.copy_from_slice(&hash.0[..16]);
        Self(id)
    }
}

/// What a signature is about. Every signed thing has its own prefix, each ended by a NUL, so that no signed bytes can
/// be read as another kind of statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Header of an entry.
    Entry,
    /// Receipt of a hub.
    Receipt,
    /// Presence of the stations below a hub.
    Presence,
    /// A person's word on a report or submission.
    Person,
    /// A new key's word that it follows an old one.
    Rotation,
}

impl Domain {
    /// The prefix that is signed before the network id.
    pub const fn prefix(self) -> &'static [u8] {
        match self {
            Self::Entry => b"fengsui/entry/v1\0",
            Self::Receipt => b"fengsui/receipt/v1\0",
            Self::Presence => b"fengsui/presence/v1\0",
            Self::Person => b"fengsui/person/v1\0",
            Self::Rotation => b"fengsui/rotation/v1\0",
        }
    }

    /// The exact bytes that are signed: prefix, network id, `content`.
    pub(crate) fn message(self, network: NetworkId, content: &[u8]) -> Vec<u8> {
        [self.prefix(), &network.0, content].concat()
    }
}

/// A station's secret key. Wiped from memory when dropped; has no `Debug`.
#[derive(Clone)]
pub struct StationKey(SigningKey);

impl StationKey {
    /// The key that grows from 32 bytes of entropy.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The seed, for the key file and for the transport's identity only.
    pub fn seed(&self) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.0.to_bytes())
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    pub(crate) fn sign(&self, domain: Domain, network: NetworkId, content: &[u8]) -> Signature {
        Signature(self.0.sign(&domain.message(network, content)).to_bytes())
    }
}
