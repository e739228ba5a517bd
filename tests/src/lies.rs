//! What liars send: frames that no honest station would make.

use fengsui_daemon::station::Station;
use fengsui_wire::{
    Batch, Carried, Draft, Envelope, Evidence, Hash, Head, Holds, Kind, Lane, LogName, Message, NetworkId,
    Receipt, Signature, StationKey,
};

use crate::random::Random;

/// One way of lying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// An entry of the own log under another key's signature.
    BrokenSignature,
    /// An entry in somebody else's log.
    ForgedAuthor,
    /// An entry far beyond the head of the own log.
    Gap,
    /// Another entry in the place of one that was sent already.
    ForkBehind,
    /// Another entry in the place of the one that will come next.
    ForkAhead,
    /// Bytes.
    Garbage,
    /// A receipt for entries that nobody holds.
    EmptyReceipt,
    /// Evidence of a fork in an honest log.
    FalseEvidence,
}

impl Lie {
    /// What a lying child does.
    pub const CHILD: [Self; 6] = [
        Self::BrokenSignature,
        Self::ForgedAuthor,
        Self::Gap,
        Self::ForkBehind,
        Self::ForkAhead,
        Self::Garbage,
    ];
    /// What a lying hub does to its children.
    pub const HUB: [Self; 4] = [Self::EmptyReceipt, Self::FalseEvidence, Self::ForgedAuthor, Self::Garbage];

    /// The frame with which `liar` lies about its own log, or about `victim`'s.
    pub fn frame(self, liar: &Station, victim: &Station, random: &mut Random) -> Vec<u8> {
        let key = &liar.identity().key;
        let (own, other) = (liar.own(), victim.own());
        let log = own.id(liar.network());
        let head = liar.store().durable_head(log, Lane::Urgent);
        let forge = Forge { network: liar.network(), body: random.bytes::<24>() };
        match self {
            Self::BrokenSignature => forge.batch(&StationKey::from_seed(&random.bytes()), own, head),
            Self::ForgedAuthor => {
                let log = other.id(victim.network());
                forge.batch(key, other, victim.store().durable_head(log, Lane::Urgent))
            }
            Self::Gap => forge.batch(
                key,
                own,
                Head { next: head.next + random.between(2, 9), hash: Hash(forge.hash()) },
            ),
            Self::ForkBehind => forge.batch(key, own, before_last(liar, head)),
            Self::ForkAhead => forge.batch(key, own, head),
            Self::Garbage => (0..random.between(1, 300)).map(|_| random.next() as u8).collect(),
            Self::EmptyReceipt => forge.receipt(liar, other, victim, random),
            Self::FalseEvidence => {
                let envelope = forge.envelope(key, other, head);
                Message::Evidence(Box::new(Evidence { name: other, envelope })).to_bytes()
            }
        }
    }
}

/// The head as it was before the last entry.
fn before_last(liar: &Station, head: Head) -> Head {
    let Some(sequence) = head.next.checked_sub(1) else { return head };
    let at = fengsui_wire::Position { log: liar.own().id(liar.network()), lane: Lane::Urgent, sequence };
    let last = liar.store().entry(at).ok().flatten();
    last.map_or(head, |entry| Head { next: sequence, hash: entry.envelope.header().previous })
}

/// Makes entries out of nothing.
struct Forge {
    network: NetworkId,
    body: [u8; 24],
}

impl Forge {
    fn hash(&self) -> [u8; 32] {
        Hash::of(&self.body).0
    }

    fn envelope(&self, key: &StationKey, name: LogName, head: Head) -> Envelope {
        let draft = Draft::of(Kind::Ledger);
        Envelope::sign(key, self.network, name.id(self.network), head, draft, &self.body)
    }

    fn batch(&self, key: &StationKey, name: LogName, head: Head) -> Vec<u8> {
        let carried = Carried { envelope: self.envelope(key, name, head), body: Some(self.body.to_vec()) };
        Message::Batch(Batch { name, lane: Lane::Urgent, entries: vec![carried] }).to_bytes()
    }

    fn receipt(&self, liar: &Station, name: LogName, victim: &Station, random: &mut Random) -> Vec<u8> {
        let log = name.id(self.network);
        let next = victim.store().durable_head(log, Lane::Urgent).next;
        let from = if random.chance(500) { 0 } else { next };
        let receipt = Receipt {
            holds: Holds::Bodies,
            level: liar.level(),
            lane: Lane::Urgent,
            from,
            to: next + random.below(10),
            log,
            hash: Hash(self.hash()),
            received_ms: 0,
            signer: liar.own().key,
            division: liar.identity().division,
            signature: Signature([0; 64]),
        };
        Message::Receipt(Box::new(receipt.signed(&liar.identity().key, self.network))).to_bytes()
    }
}
