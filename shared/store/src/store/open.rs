//! Opening: bringing the engine to where the journal is.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::apply::{Gather, Outcome};
use super::index::Index;
use super::{Staged, Store};
use crate::disk::{Disk, RealDisk};
use crate::engine::{Batch, Direction, Engine, Space};
use crate::error::StoreError;
use crate::fact::{Fact, FactError};
use crate::journal::{Journal, Place};
use crate::keyspace::{META_APPLIED, META_LAYOUT, META_PROJECTOR};
use crate::project::Projector;
use crate::report::{Damage, OpenReport, Rebuilt, TOLD_MAX, Unread};
use crate::supervised::{Watchdog, open_sled};

/// Version of the keys and values this program writes into an engine. Another one is rebuilt from the journal.
pub(crate) const LAYOUT: [u8; 1] = [2];

/// Journal bytes whose changes are gathered into one batch while the engine catches up.
const REPLAY_BATCH_BYTES: usize = 1024 * 1024;

/// Keys taken away in one batch while a space is emptied.
const CLEAR_KEYS: usize = 10_000;

impl Store {
    /// Opens a store over any disk and engine, and applies to the engine what it lacks of the journal.
    ///
    /// An engine that follows a longer journal than the one found is kept as it is, and the report says so.
    ///
    /// # Errors
    /// When the disk or the engine refuses, or the journal was written by a later version. Damage is no error: the
    /// report names it.
    pub fn open(
        disk: Box<dyn Disk>,
        mut engine: Box<dyn Engine>,
        mut projector: Box<dyn Projector>,
    ) -> Result<(Self, OpenReport), StoreError> {
        let mut report = OpenReport::default();
        let index = sound_index(engine.as_mut(), &mut report)?;
        let mut replay = Replay::begin(engine.as_mut(), projector.as_mut(), index, &mut report)?;
        let applied = replay.applied;
        let (journal, replayed) =
            Journal::open(disk, applied, &mut |place, payload| replay.record(place, payload))?;
        let index = replay.finish(journal.end())?;
        report.facts = replayed.records;
        report.cut_bytes = replayed.cut_bytes;
        report.damage.splice(0..0, replayed.damage);
        let store = Self {
            journal,
            engine,
            projector,
            index,
            pending: Vec::new(),
            staged: Staged::default(),
            facts: report.facts,
            journal_whole: report.damage.is_empty(),
            _lock: None,
        };
        Ok((store, report))
    }

    /// Opens the store in a directory of its own: journal in `journal/`, sled in `sled/`, and a lock that only one
    /// process can hold. sled gets a cache of about `cache_bytes`, and is given up and rebuilt as [`open_sled`] says.
    ///
    /// # Errors
    /// [`StoreError::InUse`] while another store has the directory; [`StoreError::Hung`] when the watchdog's action
    /// returned; otherwise as [`open`](Self::open).
    pub fn open_dir(
        path: impl AsRef<Path>,
        cache_bytes: u64,
        projector: Box<dyn Projector>,
        watchdog: Watchdog,
    ) -> Result<(Self, OpenReport), StoreError> {
        let path = path.as_ref();
        let journal = path.join("journal");
        let disk = RealDisk::new(&journal).map_err(|source| StoreError::File {
            doing: "make",
            path: journal,
            source,
        })?;
        let lock = lock(path)?;
        let opened = open_sled(path, cache_bytes, watchdog)?;
        let (mut store, mut report) = Self::open(Box::new(disk), Box::new(opened.sled), projector)?;
        store._lock = Some(lock);
        let missing = opened.fresh && report.facts > 0;
        report.rebuilt = opened.gave_up.or(report.rebuilt).or(missing.then_some(Rebuilt::Missing));
        Ok((store, report))
    }
}

fn lock(path: &Path) -> Result<File, StoreError> {
    let name = path.join("lock");
    let failed = |source| StoreError::File { doing: "lock", path: name.clone(), source };
    let file = File::create(&name).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.to_path_buf() }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// The index of the engine. An engine that does not read as this program's is emptied, to be filled from the journal.
fn sound_index(engine: &mut dyn Engine, report: &mut OpenReport) -> Result<Index, StoreError> {
    let layout = engine.get(Space::Meta, META_LAYOUT)?;
    let why = match layout.is_none_or(|layout| layout == LAYOUT).then(|| Index::load(engine)) {
        Some(Err(error @ StoreError::Value { .. })) => Rebuilt::Corrupt(error.to_string()),
        Some(loaded) => return loaded,
        None => Rebuilt::Layout,
    };
    for space in Space::ALL {
        clear(engine, space)?;
    }
    report.rebuilt = Some(why);
    Ok(Index::default())
}

fn clear(engine: &mut dyn Engine, space: Space) -> Result<(), StoreError> {
    loop {
        let pairs = engine.scan(space, &[], &[], CLEAR_KEYS, Direction::Up)?;
        if pairs.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new();
        for (key, _) in pairs {
            batch.remove(space, key);
        }
        engine.apply(batch)?;
    }
}

/// The engine on its way to the journal's end.
struct Replay<'a> {
    engine: &'a mut dyn Engine,
    projector: &'a mut dyn Projector,
    report: &'a mut OpenReport,
    /// Where the engine was at the start.
    applied: Place,
    /// Where it is with `batch`.
    reached: Place,
    index: Index,
    /// Set while projections are made again from facts that the engine has: heads as they were at that fact.
    past: Option<Index>,
    batch: Batch,
    batch_bytes: usize,
}

impl<'a> Replay<'a> {
    fn begin(
        engine: &'a mut dyn Engine,
        projector: &'a mut dyn Projector,
        index: Index,
        report: &'a mut OpenReport,
    ) -> Result<Self, StoreError> {
        let applied = engine.get(Space::Meta, META_APPLIED)?;
        let applied = applied.and_then(|bytes| Place::from_bytes(&bytes)).unwrap_or_default();
        let version = engine.get(Space::Meta, META_PROJECTOR)?;
        let current = version.as_deref() == Some(&projector.version().to_be_bytes());
        if !current {
            let mut batch = Batch::new();
            batch.remove(Space::Meta, META_PROJECTOR);
            batch.put(Space::Meta, META_LAYOUT, LAYOUT);
            engine.apply(batch)?;
            clear(engine, Space::Projection)?;
        }
        report.projections_rebuilt = !current && applied > Place::default();
        Ok(Self {
            engine,
            projector,
            applied,
            reached: applied,
            index,
            past: report.projections_rebuilt.then(Index::default),
            report,
            batch: Batch::new(),
            batch_bytes: 0,
        })
    }

    fn record(&mut self, place: Place, payload: &[u8]) -> Result<(), StoreError> {
        let known = place <= self.applied;
        if known && self.past.is_none() {
            return Ok(());
        }
        let outcome = match Fact::from_bytes(payload) {
            Ok(fact) => self.fact(&fact, known)?,
            Err(error @ FactError::Version(_)) => return Err(error.into()),
            Err(error) => {
                self.unread(place, payload, Unread::Fact(error));
                return Ok(());
            }
        };
        if let Outcome::OutOfChain(at) = outcome {
            self.unread(place, payload, Unread::OutOfChain(at));
        }
        self.report.facts_replayed += u64::from(!known);
        self.reached = self.reached.max(place);
        self.batch_bytes += payload.len();
        if self.batch_bytes >= REPLAY_BATCH_BYTES { self.flush() } else { Ok(()) }
    }

    fn fact(&mut self, fact: &Fact, known: bool) -> Result<Outcome, StoreError> {
        let batch = std::mem::take(&mut self.batch);
        let index = if known { self.past.as_mut() } else { None };
        let past = index.is_some();
        let mut gather = Gather::onto(&*self.engine, index.unwrap_or(&mut self.index), batch);
        let outcome = if past {
            gather.projections(fact, self.projector)?
        } else {
            gather.fact(fact, self.projector)?
        };
        self.batch = gather.into_batch();
        Ok(outcome)
    }

    fn unread(&mut self, end: Place, payload: &[u8], why: Unread) {
        if self.report.damage.len() >= TOLD_MAX {
            self.report.untold += 1;
            return;
        }
        self.report.damage.push(Damage::Unread {
            segment: end.segment,
            offset: end.offset - payload.len() as u64,
            bytes: payload.len() as u64,
            why,
        });
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        let mut batch = std::mem::take(&mut self.batch);
        self.batch_bytes = 0;
        if self.reached > self.applied {
            batch.put(Space::Meta, META_APPLIED, self.reached.to_bytes());
        }
        Ok(self.engine.apply(batch)?)
    }

    /// Writes what is left, and that the projections are complete.
    fn finish(mut self, end: Place) -> Result<Index, StoreError> {
        self.reached = self.reached.max(end);
        let version = self.projector.version().to_be_bytes();
        self.batch.put(Space::Meta, META_PROJECTOR, version);
        self.flush()?;
        // A peer may have given back what was lost, further on in the journal.
        let index = &self.index;
        self.report.damage.retain(|damage| match damage {
            Damage::Unread { why: Unread::OutOfChain(at), .. } => {
                index.head(at.log, at.lane).next <= at.sequence
            }
            _ => true,
        });
        Ok(self.index)
    }
}
