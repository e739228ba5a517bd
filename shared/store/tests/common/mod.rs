//! What the tests of the store share: signed entries, and a disk that forgets.
#![allow(dead_code, unused_imports, reason = "each test binary uses a part")]

mod disk;

pub use disk::{FakeDisk, Files, Op, Tear};

use fengsui_model::{DivisionCode, Level};
use fengsui_store::{
    Batch, Direction, Engine, Fact, Kept, Memory, NoProjection, OpenReport, Pair, Projector, Source, Space,
    Store, StoreError, View,
};
use fengsui_wire::{
    Draft, Envelope, Flags, Hash, Head, Holds, Incarnation, Kind, Lane, LogId, LogName, NetworkId, Receipt,
    Signature, StationKey,
};

/// A station that writes its log.
pub struct Writer {
    key: StationKey,
    pub network: NetworkId,
    pub name: LogName,
    pub log: LogId,
    heads: [Head; 3],
}

impl Writer {
    pub fn new(seed: u8) -> Self {
        let key = StationKey::from_seed(&[seed; 32]);
        let network = NetworkId::of_root(&StationKey::from_seed(&[250; 32]).public());
        let name = LogName { key: key.public(), incarnation: Incarnation([seed; 16]) };
        Self { log: name.id(network), key, network, name, heads: [Head::EMPTY; 3] }
    }

    pub fn head(&self, lane: Lane) -> Head {
        self.heads[lane as usize]
    }

    pub fn write(&mut self, lane: Lane, body: &[u8]) -> Kept {
        self.write_kind(Kind::Report, lane, body)
    }

    pub fn write_kind(&mut self, kind: Kind, lane: Lane, body: &[u8]) -> Kept {
        let head = self.heads[lane as usize];
        let draft = Draft { lane, clock_ms: 1_700_000_000_000, boot: 7, uptime_s: 60, ..Draft::of(kind) };
        let envelope = Envelope::sign(&self.key, self.network, self.log, head, draft, body);
        self.heads[lane as usize] = Head { next: head.next + 1, hash: envelope.hash() };
        Kept { envelope, body: Some(body.to_vec()) }
    }

    pub fn admitted(&self, entries: Vec<Kept>) -> Fact {
        Fact::Admitted { received_ms: 1_000, source: Source::Own, name: self.name, entries }
    }

    /// `count` entries of `lane` as one fact.
    pub fn fact(&mut self, lane: Lane, count: usize) -> Fact {
        let entries = (0..count).map(|_| {
            let body = format!("entry {}", self.head(lane).next);
            self.write(lane, body.as_bytes())
        });
        let entries = entries.collect();
        self.admitted(entries)
    }

    /// A receipt over this log by the station with `seed`.
    pub fn receipt(&self, seed: u8, lane: Lane, from: u64, to: u64) -> Receipt {
        let key = StationKey::from_seed(&[seed; 32]);
        let receipt = Receipt {
            holds: Holds::Bodies,
            level: Level::County,
            lane,
            from,
            to,
            log: self.log,
            hash: Hash([seed; 32]),
            received_ms: 5,
            signer: key.public(),
            division: DivisionCode::new(220_102).expect("a county's code"),
            signature: Signature([0; 64]),
        };
        receipt.signed(&key, self.network)
    }
}

/// Counts entries per log, so that a projection which saw a fact twice or never shows.
pub struct Counting {
    pub version: u32,
}

impl Projector for Counting {
    fn version(&self) -> u32 {
        self.version
    }

    fn project(&mut self, fact: &Fact, view: &View<'_>, batch: &mut Batch) -> Result<(), StoreError> {
        let (key, add) = match fact {
            Fact::Admitted { name, entries, .. } => (name.to_bytes().to_vec(), entries.len()),
            _ => (b"other".to_vec(), 1),
        };
        let held = view.get(Space::Projection, &key)?;
        let held = held.map_or(0, |bytes| u64::from_be_bytes(bytes.try_into().expect("8 bytes")));
        let count = held + add as u64 * u64::from(self.version);
        batch.put(Space::Projection, key, count.to_be_bytes());
        Ok(())
    }
}

/// Everything a store shows, for comparing two stores.
#[derive(Debug, PartialEq)]
pub struct Dump {
    heads: Vec<(LogName, Lane, Head)>,
    entries: Vec<fengsui_store::StoredEntry>,
    receipts: Vec<Vec<Receipt>>,
    covered: Vec<(LogId, Lane, fengsui_wire::PublicKey, u64)>,
    forks: Vec<fengsui_store::Fork>,
    refused: Vec<fengsui_store::Refused>,
    projection: Vec<Pair>,
    settings: Vec<Option<Vec<u8>>>,
}

pub fn dump(store: &Store) -> Dump {
    let mut entries = Vec::new();
    let scrub = store.scrub(&mut |entry| entries.push(entry.clone())).expect("scrub");
    assert_eq!(scrub.faults, []);
    let heads = store.heads();
    let lanes: std::collections::BTreeSet<_> =
        entries.iter().map(|entry| (entry.position().log, entry.position().lane)).collect();
    Dump {
        receipts: lanes.iter().map(|(log, lane)| store.receipts(*log, *lane).expect("read")).collect(),
        covered: store.receipt_heads(),
        forks: store.forks(1_000).expect("read"),
        refused: store.quarantine(5_000).expect("read"),
        projection: store.projection_scan(&[], &[], 10_000, Direction::Up).expect("read"),
        settings: vec![store.setting("a").expect("read"), store.setting("b").expect("read")],
        heads,
        entries,
    }
}

/// A store in memory over `disk`.
pub fn open(disk: &FakeDisk) -> (Store, OpenReport) {
    open_over(disk, Memory::new())
}

pub fn open_over(disk: &FakeDisk, engine: impl Engine + 'static) -> (Store, OpenReport) {
    Store::open(Box::new(disk.clone()), Box::new(engine), Box::new(NoProjection)).expect("open")
}

/// Every kind of fact, over two logs and all lanes.
pub fn varied(store: &mut Store) {
    let (mut one, mut two) = (Writer::new(1), Writer::new(2));
    for lane in [Lane::Urgent, Lane::Routine, Lane::Bulk] {
        store.stage(one.fact(lane, 3)).expect("stage");
        store.stage(two.fact(lane, 2)).expect("stage");
    }
    store.commit().expect("commit");
    let fork = (Writer::new(1).write(Lane::Urgent, b"other"), Writer::new(1).write(Lane::Urgent, b"entry 0"));
    let facts = [
        Fact::Receipt(one.receipt(9, Lane::Urgent, 0, 1)),
        Fact::Receipt(one.receipt(9, Lane::Urgent, 2, 2)),
        Fact::Receipt(one.receipt(8, Lane::Bulk, 1, 2)),
        Fact::Setting { key: "a".to_owned(), value: b"1".to_vec() },
        Fact::Setting { key: "a".to_owned(), value: b"2".to_vec() },
        Fact::Fork { name: one.name, ours: fork.1.envelope, theirs: fork.0.envelope },
        Fact::Quarantined {
            at_ms: 3,
            source: Source::Peer(two.name.key),
            reason: "not signed".to_owned(),
            bytes: vec![1, 2, 3],
        },
        one.fact(Lane::Urgent, 4),
        one.fact(Lane::Urgent, 1),
    ];
    for fact in facts {
        store.stage(fact).expect("stage");
    }
    assert_eq!(store.commit().expect("commit"), 9);
}

/// An engine in memory that outlives the store over it.
#[derive(Clone, Default)]
pub struct Shared(std::sync::Arc<std::sync::Mutex<Memory>>, std::sync::Arc<std::sync::atomic::AtomicBool>);

impl Shared {
    /// As it is now, apart from the original.
    pub fn copy(&self) -> Self {
        let memory = self.0.lock().expect("no panic inside").clone();
        Self(std::sync::Arc::new(std::sync::Mutex::new(memory)), std::sync::Arc::default())
    }

    /// Whether somebody has found it wrong since this was last asked.
    pub fn is_distrusted(&self) -> bool {
        self.1.swap(false, std::sync::atomic::Ordering::Relaxed)
    }
}

impl Engine for Shared {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, fengsui_store::EngineError> {
        self.0.lock().expect("no panic inside").get(space, key)
    }

    fn visit(
        &self,
        space: Space,
        from: &[u8],
        to: &[u8],
        direction: Direction,
        visit: fengsui_store::Visit<'_>,
    ) -> Result<(), fengsui_store::EngineError> {
        self.copy().0.lock().expect("no panic inside").visit(space, from, to, direction, visit)
    }

    fn apply(&mut self, batch: Batch) -> Result<(), fengsui_store::EngineError> {
        self.0.lock().expect("no panic inside").apply(batch)
    }

    fn sync(&mut self) -> Result<(), fengsui_store::EngineError> {
        Ok(())
    }

    fn distrust(&self) {
        self.1.store(true, std::sync::atomic::Ordering::Relaxed);
    }
}
