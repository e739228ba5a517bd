//! The one place where an envelope becomes a verified entry.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use ed25519_dalek::VerifyingKey;

use crate::batch::Carried;
use crate::envelope::{ENVELOPE_BYTES, Envelope};
use crate::hash::Hash;
use crate::keys::{Domain, NetworkId, PublicKey, Signature};
use crate::log::{LogId, LogName};

/// Entries that one thread verifies before it looks for help: half a millisecond's work. What a township sends in a day is
/// less, so that a node never starts the other threads.
const SHARE: usize = 12;

/// Threads that verify entries now. Help is sought from idle cores only: where several connections bring entries at
/// once, each is verified by its own thread, and handing shares around would only cost.
static BUSY: AtomicUsize = AtomicUsize::new(0);

/// An entry, or why it is none and what was taken for one.
type Verdict = Result<Verified, Box<(VerifyError, Envelope)>>;

/// The writer of a log, with its key unpacked once for many verifications.
#[derive(Clone, Debug)]
pub struct Author {
    name: LogName,
    log: LogId,
    network: NetworkId,
    key: VerifyingKey,
}

/// Why an envelope is not this author's entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Not a point of the curve, or one of small order.
    #[error("use key {0}: it is not a sound ed25519 key")]
    Key(PublicKey),
    /// The header names another log, or the log of another network.
    #[error("verify entry {sequence} of log {found}: expected log {expected}")]
    Log {
        /// Log of the author.
        expected: LogId,
        /// Log in the header.
        found: LogId,
        /// Sequence in the header.
        sequence: u64,
    },
    /// Not signed by the author for this network.
    #[error("verify the signature of entry {sequence} of log {log}")]
    Signature {
        /// Log in the header.
        log: LogId,
        /// Sequence in the header.
        sequence: u64,
    },
    /// A presence that its signer has not signed.
    #[error("verify the signature of the presence of hub {0}")]
    Presence(PublicKey),
    /// A review or submission that the person it names has not signed.
    #[error("verify the signature of person {0}")]
    Person(PublicKey),
    /// The bytes beside the envelope are not the body that was signed.
    #[error("verify the body of entry {sequence} of log {log}: hash or length differ from the header")]
    Body {
        /// Log in the header.
        log: LogId,
        /// Sequence in the header.
        sequence: u64,
    },
}

impl Author {
    /// Unpacks the key of `name`.
    ///
    /// # Errors
    /// [`VerifyError::Key`] for bytes that `verify_strict` could never accept.
    pub fn new(network: NetworkId, name: LogName) -> Result<Self, VerifyError> {
        let key = verifying_key(&name.key)?;
        Ok(Self { log: name.id(network), name, network, key })
    }

    /// Name of the author's log.
    pub fn name(&self) -> LogName {
        self.name
    }

    /// Id of the author's log.
    pub fn log(&self) -> LogId {
        self.log
    }

    /// Checks that `envelope` is an entry of this author's log in this network, and that `body`, where given, is the
    /// body it signs. `None` is for a body that stays below: the header alone still proves the chain.
    ///
    /// # Errors
    /// What does not hold; the entry is then not admitted.
    pub fn verify(&self, envelope: Envelope, body: Option<Vec<u8>>) -> Result<Verified, VerifyError> {
        let header = envelope.header();
        let (log, sequence) = (header.log, header.sequence);
        if log != self.log {
            return Err(VerifyError::Log { expected: self.log, found: log, sequence });
        }
        if let Some(body) = &body
            && (body.len() != header.body_length as usize || Hash::of(body) != header.body_hash)
        {
            return Err(VerifyError::Body { log, sequence });
        }
        strict(&self.key, Domain::Entry, self.network, envelope.header_bytes(), envelope.signature())
            .map_err(|()| VerifyError::Signature { log, sequence })?;
        Ok(Verified { name: self.name, envelope, body })
    }

    /// The same for many entries, on all cores that are idle; they come back in order.
    ///
    /// # Errors
    /// The first entry that does not hold, and why.
    pub fn verify_all(&self, carried: Vec<Carried>) -> Result<Vec<Verified>, Box<(VerifyError, Envelope)>> {
        let threads = match carried.len().div_ceil(SHARE) {
            // Not even the question how many there are: it starts them.
            0 | 1 => 1,
            wanted => rayon::current_num_threads().saturating_sub(BUSY.load(Relaxed)).clamp(1, wanted),
        };
        BUSY.fetch_add(threads, Relaxed);
        let verified = self.verify_on(threads, carried);
        BUSY.fetch_sub(threads, Relaxed);
        // All are verified before the first error is looked for: which one that is must not depend on who was faster.
        verified.into_iter().flatten().collect()
    }

    fn verify_on(&self, threads: usize, mut carried: Vec<Carried>) -> Vec<Vec<Verdict>> {
        let share = carried.len().div_ceil(threads);
        let verify = |Carried { envelope, body }| {
            self.verify(envelope, body).map_err(|error| Box::new((error, envelope)))
        };
        let verify = |share: Vec<Carried>| share.into_iter().map(verify).collect::<Vec<_>>();
        let mut shares = Vec::new();
        while carried.len() > share {
            shares.push(carried.split_off((carried.len() - 1) / share * share));
        }
        if shares.is_empty() {
            return vec![verify(carried)];
        }
        let (mut own, mut others) = (Vec::new(), vec![Vec::new(); shares.len()]);
        rayon::in_place_scope(|scope| {
            // They were cut off from the end.
            for (verdicts, share) in others.iter_mut().rev().zip(shares) {
                scope.spawn(move |_| *verdicts = verify(share));
            }
            own = verify(carried);
        });
        others.insert(0, own);
        others
    }
}

pub(crate) fn verifying_key(key: &PublicKey) -> Result<VerifyingKey, VerifyError> {
    match VerifyingKey::from_bytes(&key.0) {
        Ok(point) if !point.is_weak() => Ok(point),
        _ => Err(VerifyError::Key(*key)),
    }
}

/// The verdict on every signature of the network. Never batch verification: batch and single can disagree on hostile
/// signatures, and two hubs must not.
pub(crate) fn strict(
    key: &VerifyingKey,
    domain: Domain,
    network: NetworkId,
    content: &[u8],
    signature: Signature,
) -> Result<(), ()> {
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    key.verify_strict(&domain.message(network, content), &signature).map_err(|_| ())
}

/// An entry whose signature and body were checked against its author. Only [`Author::verify`] makes one.
#[derive(Clone, Debug)]
pub struct Verified {
    envelope: Envelope,
    body: Option<Vec<u8>>,
    name: LogName,
}

impl Verified {
    /// The envelope as received.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// The decoded header.
    pub fn header(&self) -> &crate::Header {
        self.envelope.header()
    }

    /// The body's exact bytes, where it may travel this far.
    pub fn body(&self) -> Option<&[u8]> {
        self.body.as_deref()
    }

    /// The entry's hash.
    pub fn hash(&self) -> Hash {
        self.envelope.hash()
    }

    /// Bytes of envelope and body.
    pub fn size(&self) -> usize {
        ENVELOPE_BYTES + self.body.as_ref().map_or(0, Vec::len)
    }

    /// The log it belongs to.
    pub fn name(&self) -> LogName {
        self.name
    }

    /// Gives up the parts for storing.
    pub fn into_parts(self) -> (Envelope, Option<Vec<u8>>) {
        (self.envelope, self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Draft, Head, Incarnation, Kind, StationKey};

    #[test]
    fn every_entry_is_verified_once_and_in_order_however_many_threads_share() {
        let (key, network) = (StationKey::from_seed(&[3; 32]), NetworkId([5; 16]));
        let name = LogName { key: key.public(), incarnation: Incarnation([1; 16]) };
        let author = Author::new(network, name).expect("a sound key");
        let entry = |sequence: u64| {
            let head = Head { next: sequence, hash: Hash([7; 32]) };
            let envelope =
                Envelope::sign(&key, network, author.log(), head, Draft::of(Kind::Report), b"body");
            Carried { envelope, body: Some(b"body".to_vec()) }
        };
        for (threads, count) in (1..=5).flat_map(|threads| (0..=20).map(move |count| (threads, count))) {
            let verified = author.verify_on(threads, (0..count).map(entry).collect());
            let sequence = |verdict: &Verdict| verdict.as_ref().expect("a sound entry").header().sequence;
            let sequences: Vec<u64> = verified.iter().flatten().map(sequence).collect();
            assert_eq!(sequences, (0..count).collect::<Vec<_>>(), "{threads} threads");
        }
    }
}
