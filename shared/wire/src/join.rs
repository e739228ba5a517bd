//! Enrolment in the field: the code that an operator hands over, and the one exchange that a code opens.
//!
//! The secret never crosses the line. Both ends derive a key from it; the joining station proves that it knows that key by
//! a keyed hash over both ends' public keys, the network and the division, so a proof is of no use to another machine, at
//! another hub, or for another division.

mod code;
mod exchange;

use fengsui_model::DivisionCode;
use zeroize::Zeroize;

use crate::hash::{Hash, hex_newtype};
use crate::keys::{NetworkId, PublicKey};

pub use code::{JOIN_ADDRESS_BYTES_MAX, JoinCode, JoinCodeError};
pub use exchange::{
    JOIN_FRAME_BYTES_MAX, JOIN_VERSION, Join, JoinMessage, JoinMessageError, Joined, Refusal, Refused,
};

/// Names an invitation at the hub that gave it, and on its screens. Derived from the secret; the secret cannot be had from
/// it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct InviteId(pub [u8; 8]);
hex_newtype!(InviteId);

/// What a join code is worth: 16 random bytes. Wiped when dropped, and never printed but within the code.
#[derive(Clone, PartialEq, Eq)]
pub struct JoinSecret([u8; 16]);

impl JoinSecret {
    /// From entropy.
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The invitation's name.
    pub fn id(&self) -> InviteId {
        let hash = Hash::derived("fengsui 2026 invite id v1", &self.0);
        let mut id = [0; 8];
        id.copy_from_slice(&hash.0[..8]);
        InviteId(id)
    }

    /// What a hub keeps instead of the secret: with it a proof can be checked, and the code cannot be printed again.
    pub fn key(&self) -> JoinKey {
        JoinKey(Hash::derived("fengsui 2026 join key v1", &self.0).0)
    }

    fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl Drop for JoinSecret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for JoinSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JoinSecret")
    }
}

/// Checks proofs of one secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct JoinKey(pub [u8; 32]);

impl JoinKey {
    /// The proof that `station` knows the secret, towards `hub`, for `division`.
    pub fn proof(
        &self,
        station: PublicKey,
        hub: PublicKey,
        network: NetworkId,
        division: DivisionCode,
    ) -> Proof {
        let said = [&station.0[..], &hub.0, &network.0, &division.get().to_le_bytes()].concat();
        Proof(*blake3::keyed_hash(&self.0, &said).as_bytes())
    }
}

impl std::fmt::Debug for JoinKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JoinKey")
    }
}

/// A keyed hash. Compared without telling, by the time it takes, how far it is right.
#[derive(Clone, Copy, Debug)]
pub struct Proof(pub [u8; 32]);

impl PartialEq for Proof {
    fn eq(&self, other: &Self) -> bool {
        blake3::Hash::from_bytes(self.0) == blake3::Hash::from_bytes(other.0)
    }
}

impl Eq for Proof {}
