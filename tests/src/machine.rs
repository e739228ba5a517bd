//! One station with its disk, its sessions and its clock: what a power cut takes, and what it leaves.

use std::collections::BTreeMap;

use fengsui_daemon::index::Index;
use fengsui_daemon::reading::Fresh;
use fengsui_daemon::station::{Identity, SessionId, Station};
use fengsui_protocol::{Now, Session};
use fengsui_store::{Memory, NoProjection, Store};

use crate::clock;
use crate::disk::{FakeDisk, Image};
use crate::engine::SharedEngine;
use crate::random::Random;
use crate::story::Violation;

/// A live session and where it leads.
#[derive(Debug)]
pub struct End {
    /// Its state.
    pub session: Session,
    /// Its line.
    pub link: usize,
    /// Its end of the line.
    pub end: usize,
    /// It has ended the connection: what still arrives is not read.
    pub closed: bool,
    /// For when a deadline event is in the queue.
    pub armed: u64,
}

/// A copy of disk and engine that somebody may put back.
#[derive(Clone, Debug)]
pub struct Backup {
    /// When it was made.
    pub at_ms: u64,
    disk: Image,
    engine: Memory,
}

/// A station in its place.
pub struct Machine {
    /// The running station; `None` while it is off.
    pub station: Option<Station>,
    /// Its disk.
    pub disk: FakeDisk,
    /// Its engine.
    pub engine: SharedEngine,
    /// An earlier state of the engine, to fall back to at a crash.
    pub engine_before: Memory,
    /// Sessions of the running station.
    pub sessions: BTreeMap<SessionId, End>,
    /// Number of this run.
    pub boot: u64,
    /// A commit is in the queue.
    pub commit_due: bool,
    /// How far its wall clock is ahead, milliseconds.
    pub skew_ms: i64,
    /// Copies that may be put back.
    pub backups: Vec<Backup>,
    /// Follows the durable bytes of the disk, to ask what a power cut would leave.
    mirror: SharedEngine,
    /// The store that a cut would leave, and after which sync.
    cut: Option<(u64, Store)>,
}

impl Machine {
    /// A new machine, switched off.
    pub fn new(random: &mut Random) -> Self {
        let skew = random.below(clock::SKEW_MS_MAX).cast_signed();
        Self {
            station: None,
            disk: FakeDisk::default(),
            engine: SharedEngine::default(),
            engine_before: Memory::new(),
            sessions: BTreeMap::new(),
            boot: 0,
            commit_due: false,
            skew_ms: if random.chance(500) { skew } else { -skew },
            backups: Vec::new(),
            mirror: SharedEngine::default(),
            cut: None,
        }
    }

    /// Its time.
    pub fn now(&self, steady_ms: u64) -> Now {
        clock::now(steady_ms, self.skew_ms)
    }

    /// Switches it on.
    ///
    /// # Errors
    /// When what it finds on its disk is damaged, which no fault of the simulator explains.
    pub fn start(
        &mut self,
        identity: &Identity,
        steady_ms: u64,
        random: &mut Random,
    ) -> Result<(), Violation> {
        let fresh = Fresh::default();
        let (disk, engine) = (Box::new(self.disk.clone()), Box::new(self.engine.clone()));
        let opened = Store::open(disk, engine, Box::new(Index::handing(&fresh)));
        let (store, report) = opened.map_err(|error| Violation(format!("a store does not open: {error}")))?;
        if !report.damage.is_empty() {
            return Err(Violation(format!("a journal is damaged after a power cut: {:?}", report.damage)));
        }
        let mut draws = Random::new(random.next());
        let entropy = Box::new(move || draws.bytes());
        let station = Station::open(store, fresh, identity.clone(), entropy, self.now(steady_ms));
        self.station = Some(station.map_err(|error| Violation(format!("a station does not open: {error}")))?);
        self.boot += 1;
        self.commit_due = false;
        Ok(())
    }

    /// Cuts the power.
    pub fn stop(&mut self, random: &mut Random) {
        self.station = None;
        self.sessions.clear();
        self.boot += 1;
        self.disk.cut_power(random);
    }

    /// Copies what is durable.
    pub fn back_up(&mut self, at_ms: u64) {
        self.backups.push(Backup { at_ms, disk: self.disk.durable(), engine: self.engine.copy() });
    }

    /// Puts a copy back into the machine, which is off.
    pub fn restore(&mut self, backup: &Backup, keeps_engine: bool) {
        self.disk = FakeDisk::of(backup.disk.clone());
        let engine = if keeps_engine { backup.engine.clone() } else { Memory::new() };
        self.engine.replace(engine);
        self.engine_before = Memory::new();
        self.mirror = SharedEngine::default();
        self.cut = None;
    }

    /// The store as it would open if the power went now.
    ///
    /// # Errors
    /// When it would not open.
    pub fn after_power_cut(&mut self) -> Result<&Store, Violation> {
        let syncs = self.disk.syncs();
        let store = match self.cut.take() {
            Some((at, store)) if at == syncs => store,
            _ => {
                let disk = Box::new(FakeDisk::of(self.disk.durable()));
                let opened = Store::open(disk, Box::new(self.mirror.clone()), Box::new(NoProjection));
                opened.map_err(|error| Violation(format!("a cut store does not open: {error}")))?.0
            }
        };
        Ok(&self.cut.insert((syncs, store)).1)
    }
}
