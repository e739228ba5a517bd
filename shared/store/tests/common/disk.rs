//! A disk that loses what was not synced, tears the last write, and can fail a sync.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use fengsui_store::Disk;

/// Contents by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What was done to the disk.
#[derive(Clone, Debug)]
pub enum Op {
    Create(String),
    Append(String, Vec<u8>),
    Truncate(String, usize),
    Sync(String),
    SyncDir,
}

/// What a power cut makes of the bytes of the last, unsynced append.
#[derive(Clone, Copy, Debug)]
pub enum Tear {
    /// This many arrive.
    Cut(usize),
    /// This many arrive, and the length of all: the rest reads as zeros.
    Zeros(usize),
    /// This many read as zeros, and the rest arrive: sectors in the wrong order.
    Hole(usize),
}

#[derive(Default)]
struct State {
    files: Files,
    log: Vec<Op>,
    /// The sync with this number fails, and all others claim to succeed.
    fail_sync: Option<usize>,
    syncs: usize,
}

#[derive(Clone, Default)]
pub struct FakeDisk(Arc<Mutex<State>>);

impl FakeDisk {
    pub fn with(files: Files) -> Self {
        let disk = Self::default();
        disk.state().files = files;
        disk
    }

    pub fn files(&self) -> Files {
        self.state().files.clone()
    }

    pub fn log(&self) -> Vec<Op> {
        self.state().log.clone()
    }

    pub fn syncs(&self) -> usize {
        self.state().syncs
    }

    pub fn fail_next_sync(&self) {
        let mut state = self.state();
        state.fail_sync = Some(state.syncs);
    }

    /// Changes one file behind the store's back.
    pub fn damage(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        change(self.state().files.get_mut(name).expect("the file is there"));
    }

    pub fn remove(&self, name: &str) {
        self.state().files.remove(name);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics while it holds the disk")
    }

    /// The disk, that held `before` durably, after a power cut behind the last of `ops`: only what was synced is there,
    /// and of the last append, where it was not synced, what `tear` leaves.
    pub fn after_power_cut(before: &Files, ops: &[Op], tear: Tear) -> Files {
        let mut now = before.clone();
        let mut durable = before.clone();
        let mut names: BTreeSet<_> = before.keys().cloned().collect();
        for op in ops {
            match op {
                Op::Create(name) => drop(now.insert(name.clone(), Vec::new())),
                Op::Append(name, bytes) => now.get_mut(name).expect("created").extend(bytes),
                Op::Truncate(name, length) => now.get_mut(name).expect("created").truncate(*length),
                Op::Sync(name) => drop(durable.insert(name.clone(), now[name].clone())),
                Op::SyncDir => names = now.keys().cloned().collect(),
            }
        }
        if let Some(Op::Append(name, bytes)) = ops.last() {
            let file = durable.entry(name.clone()).or_default();
            let mut torn = bytes.clone();
            match tear {
                Tear::Cut(count) => torn.truncate(count),
                Tear::Zeros(count) => torn.iter_mut().skip(count).for_each(|byte| *byte = 0),
                Tear::Hole(count) => torn.iter_mut().take(count).for_each(|byte| *byte = 0),
            }
            file.extend(torn);
        }
        durable.retain(|name, _| names.contains(name));
        for name in names {
            durable.entry(name).or_default();
        }
        durable
    }
}

fn none() -> io::Error {
    io::Error::from(io::ErrorKind::NotFound)
}

impl Disk for FakeDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.state().files.keys().cloned().collect())
    }

    fn size(&self, name: &str) -> io::Result<u64> {
        Ok(self.state().files.get(name).ok_or_else(none)?.len() as u64)
    }

    fn read_at(&self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let state = self.state();
        let file = state.files.get(name).ok_or_else(none)?;
        let rest = file.get(offset as usize..).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        if state.files.insert(name.to_owned(), Vec::new()).is_some() {
            return Err(io::Error::from(io::ErrorKind::AlreadyExists));
        }
        state.log.push(Op::Create(name.to_owned()));
        Ok(())
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        state.files.get_mut(name).ok_or_else(none)?.extend_from_slice(bytes);
        state.log.push(Op::Append(name.to_owned(), bytes.to_vec()));
        Ok(())
    }

    fn truncate(&mut self, name: &str, length: u64) -> io::Result<()> {
        let mut state = self.state();
        state.files.get_mut(name).ok_or_else(none)?.truncate(length as usize);
        state.log.push(Op::Truncate(name.to_owned(), length as usize));
        Ok(())
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        let number = state.syncs;
        state.syncs += 1;
        if state.fail_sync == Some(number) {
            return Err(io::Error::other("input/output error"));
        }
        state.log.push(Op::Sync(name.to_owned()));
        Ok(())
    }

    fn sync_dir(&mut self) -> io::Result<()> {
        self.state().log.push(Op::SyncDir);
        Ok(())
    }
}
