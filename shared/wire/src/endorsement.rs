//! A person's signature on a report or submission. The person's key keeps no log: the station logs the signature inside
//! a review or submission, so it survives being logged again.

use fengsui_model::Citation;

use crate::header::byte_enum;
use crate::keys::{Domain, NetworkId, PublicKey, Signature, StationKey};
use crate::verify::{VerifyError, strict, verifying_key};

byte_enum! {
    /// What a person signs. It is part of what is signed, so that a signature under a return is none under an acceptance.
    Act {
        /// Accepts a revision.
        Accept = 1,
        /// Returns it.
        Return = 2,
        /// Corrects time or kind.
        Correct = 3,
        /// Takes an earlier review back.
        Undo = 4,
        /// Signs a submission upward.
        Submit = 5,
    }
}

/// Who signed, and the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endorsement {
    /// The person's key.
    pub key: PublicKey,
    /// Over act, report id, revision and body hash.
    pub signature: Signature,
}

impl Endorsement {
    /// Signs `cites` as `act`. For a submission the citation names its id, its number and the hash of its body without
    /// an endorsement.
    pub fn sign(key: &StationKey, network: NetworkId, act: Act, cites: &Citation) -> Self {
        Self { key: key.public(), signature: key.sign(Domain::Person, network, &content(act, cites)) }
    }

    /// Checks the signature. Whether the person may sign for an office is the registry's question.
    ///
    /// # Errors
    /// An unsound key or a signature that does not hold.
    pub fn verify(&self, network: NetworkId, act: Act, cites: &Citation) -> Result<(), VerifyError> {
        let key = verifying_key(&self.key)?;
        strict(&key, Domain::Person, network, &content(act, cites), self.signature)
            .map_err(|()| VerifyError::Person(self.key))
    }
}

/// act 1 ‖ report id 16 ‖ revision 4 ‖ body hash 32.
fn content(act: Act, cites: &Citation) -> Vec<u8> {
    [&[act as u8][..], &cites.report, &cites.revision.to_le_bytes(), &cites.body].concat()
}
