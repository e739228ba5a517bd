//! Rotations: a key vouches in its own log for the key that is to take its place.

use fengsui_model::DivisionCode;

use super::fields::{Fields, code};
use super::{Parts, StatementError, only_parts};
use crate::body::{Body, Value};
use crate::keys::{Domain, NetworkId, PublicKey, Signature, StationKey};
use crate::verify::{strict, verifying_key};

const KEY: (u32, &str) = (1, "key");
const DIVISION: (u32, &str) = (2, "division");
const PROOF: (u32, &str) = (3, "proof");

/// "This key goes on for me, and whoever holds it agrees."
///
/// It appoints; it ends nothing. The old key goes on until the new one revokes it in its own log, so that no moment is
/// without a key that everybody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The new key.
    pub key: PublicKey,
    /// The division for which both speak.
    pub division: DivisionCode,
    /// The new key's signature over old key and division: nobody can be given a key that he does not hold.
    pub proof: Signature,
}

impl Rotation {
    /// The rotation from `old` to `new`, to be signed by `old` as an entry.
    pub fn new(new: &StationKey, network: NetworkId, old: PublicKey, division: DivisionCode) -> Self {
        let proof = new.sign(Domain::Rotation, network, &proved(old, division));
        Self { key: new.public(), division, proof }
    }

    /// Whether the new key has agreed to follow `old`, which signed the entry.
    pub fn holds(&self, network: NetworkId, old: PublicKey) -> bool {
        let content = proved(old, self.division);
        self.key != old
            && verifying_key(&self.key)
                .is_ok_and(|key| strict(&key, Domain::Rotation, network, &content, self.proof).is_ok())
    }
}

/// What the new key signs after the prefix and the network: old key 32, division 8.
fn proved(old: PublicKey, division: DivisionCode) -> Vec<u8> {
    [&old.0[..], &division.get().to_le_bytes()].concat()
}

/// The body of a rotation.
pub fn rotation_body(rotation: &Rotation) -> Vec<u8> {
    let mut body = Body::default();
    body.push(KEY.0, Value::Bytes(rotation.key.0.to_vec()));
    body.push(DIVISION.0, code(rotation.division));
    body.push(PROOF.0, Value::Bytes(rotation.proof.0.to_vec()));
    body.to_bytes()
}

pub(super) fn read(body: &Body) -> Result<Rotation, StatementError> {
    only_parts(body, Parts { report_id: false, form: false, table: None })?;
    let fields = Fields(&body.fields);
    fields.only(&[KEY, DIVISION, PROOF])?;
    Ok(Rotation {
        key: PublicKey(fields.bytes(KEY)?),
        division: fields.division(DIVISION)?,
        proof: Signature(fields.bytes(PROOF)?),
    })
}
