//! A small network as its entries make it: writers whose logs chain, a directory, appointments.

use fengsui_model::{Directory, DivisionCode};
use fengsui_wire::{
    Appointment, Author, Draft, Envelope, Genesis, Head, Incarnation, Kind, Lane, LogName, NetworkId,
    PublicKey, Revocation, Role, Rotation, StandLine, StationKey, Verified, appointment_body, genesis_body,
    revocation_body, rotation_body,
};

const DIVISIONS: &str = "code,name,level,parent,kind,villages
22,吉林省,province,,省,0
2202,吉林市,city,22,市,0
2203,四平市,city,22,市,0
220221,永吉县,county,2202,县,0
220322,梨树县,county,2203,县,0
220221100,口前镇,township,220221,镇,24
220221101,双河镇,township,220221,镇,15
";

pub fn key(seed: u8) -> StationKey {
    StationKey::from_seed(&[seed; 32])
}

pub fn public(seed: u8) -> PublicKey {
    key(seed).public()
}

pub const ROOT: u8 = 1;

/// One writer's log, so that entries chain as they do in life.
pub struct Log {
    key: StationKey,
    head: Head,
}

impl Log {
    pub fn of(seed: u8) -> Self {
        Self { key: key(seed), head: Head::EMPTY }
    }

    pub fn write(&mut self, kind: Kind, body: Vec<u8>) -> Verified {
        let network = NetworkId::of_root(&public(ROOT));
        let name = LogName { key: self.key.public(), incarnation: Incarnation([9; 16]) };
        let draft = Draft::of(kind);
        let envelope = Envelope::sign(&self.key, network, name.id(network), self.head, draft, &body);
        self.head = Head { next: self.head.next + 1, hash: envelope.hash() };
        Author::new(network, name)
            .and_then(|author| author.verify(envelope, Some(body)))
            .expect("just signed")
    }

    pub fn appoint(&mut self, seed: u8, division: u64, role: Role, from_ms: i64) -> Verified {
        let appointment = Appointment {
            key: public(seed),
            division: code(division),
            role,
            from_ms,
            until_ms: None,
            address: None,
            second_parent: None,
        };
        self.write(Kind::Appointment, appointment_body(&appointment))
    }
}

impl Log {
    /// Revokes a key; `stands` is the last entry of its urgent lane that stands.
    pub fn revoke(&mut self, seed: u8, stands: Option<&Verified>, at_ms: i64) -> Verified {
        self.end(seed, stands, at_ms, None)
    }

    /// Takes the place of a key that has vouched for this one; `stands` as above.
    pub fn take_over(&mut self, seed: u8, stands: Option<&Verified>, at_ms: i64) -> Verified {
        let own = self.key.public();
        self.end(seed, stands, at_ms, Some(own))
    }

    /// Vouches for another key.
    pub fn rotate(&mut self, seed: u8, division: u64) -> Verified {
        let network = NetworkId::of_root(&public(ROOT));
        let rotation = Rotation::new(&key(seed), network, self.key.public(), code(division));
        self.write(Kind::Rotation, rotation_body(&rotation))
    }

    fn end(
        &mut self,
        seed: u8,
        stands: Option<&Verified>,
        at_ms: i64,
        successor: Option<PublicKey>,
    ) -> Verified {
        let line = |entry: &Verified| StandLine {
            incarnation: entry.name().incarnation,
            lane: Lane::Urgent,
            sequence: entry.header().sequence,
            hash: entry.hash(),
        };
        let revocation = Revocation {
            key: public(seed),
            at_ms,
            reason: "机器遗失".into(),
            successor,
            lines: stands.map(line).into_iter().collect(),
        };
        self.write(Kind::Revocation, revocation_body(&revocation))
    }
}

pub fn code(number: u64) -> DivisionCode {
    DivisionCode::new(number).expect("a division code")
}

pub fn directory(version: u32) -> Directory {
    Directory::from_csv(DIVISIONS, version).expect("a directory")
}

pub fn genesis(log: &mut Log, division: u64) -> Verified {
    let name = LogName { key: log.key.public(), incarnation: Incarnation([9; 16]) };
    log.write(Kind::Genesis, genesis_body(&Genesis { name, division: code(division), continues: None }))
}
