//! Small signed things that the tests damage.

use fengsui_model::{DivisionCode, Level};
use fengsui_wire::{
    Author, Carried, Draft, Envelope, Flags, Hash, Head, Holds, Incarnation, Kind, Lane, LogId, LogName,
    NetworkId, Receipt, Signature, StationKey,
};

pub fn key() -> StationKey {
    StationKey::from_seed(&[7; 32])
}

pub fn network() -> NetworkId {
    NetworkId::of_root(&StationKey::from_seed(&[1; 32]).public())
}

pub fn name() -> LogName {
    LogName { key: key().public(), incarnation: Incarnation([9; 16]) }
}

pub fn log() -> LogId {
    name().id(network())
}

pub fn author() -> Author {
    Author::new(network(), name()).expect("a sound key")
}

pub fn division(code: u64) -> DivisionCode {
    DivisionCode::new(code).expect("a code")
}

pub fn draft() -> Draft {
    Draft {
        kind: Kind::Report,
        lane: Lane::Routine,
        flags: Flags::RELOGGED.with(Flags::DRILL),
        reach: Level::City,
        addressee: Some(division(220_221)),
        standards: 3,
        directory: 4,
        clock_ms: -5,
        boot: 6,
        uptime_s: 7,
    }
}

/// One entry signed by [`key`] behind `head`.
pub fn signed(head: Head, body: &[u8]) -> Envelope {
    Envelope::sign(&key(), network(), log(), head, draft(), body)
}

/// A chain of entries with these bodies, from sequence `first` on.
pub fn chain(first: u64, bodies: &[&[u8]]) -> Vec<Carried> {
    let hash = if first == 0 { Hash::ZERO } else { Hash([1; 32]) };
    let mut head = Head { next: first, hash };
    let carry = |body: &&[u8]| {
        let envelope = signed(head, body);
        head = Head { next: head.next + 1, hash: envelope.hash() };
        Carried { envelope, body: Some(body.to_vec()) }
    };
    bodies.iter().map(carry).collect()
}

pub fn receipt() -> Receipt {
    let unsigned = Receipt {
        holds: Holds::Bodies,
        level: Level::County,
        lane: Lane::Bulk,
        from: 2,
        to: 5,
        log: log(),
        hash: Hash([4; 32]),
        received_ms: 1_700_000_000_000,
        signer: key().public(),
        division: division(220_221),
        signature: Signature([0; 64]),
    };
    unsigned.signed(&key(), network())
}
