//! A disk that forgets what was not synced, tears the last write, fails on demand, and can be set back.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use fengsui_store::Disk;

use crate::random::Random;

/// What of a disk survives a power cut, by file name.
pub type Image = BTreeMap<String, Vec<u8>>;

#[derive(Clone, Debug, Default)]
struct File {
    bytes: Vec<u8>,
    /// Bytes that survive a power cut.
    synced: usize,
}

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<String, File>,
    /// Names that survive a power cut.
    names: BTreeSet<String>,
    /// Writing operations until the next one fails; `None`: none does.
    fuse: Option<u32>,
    syncs: u64,
}

/// One station's disk. Clones are the same disk, as a process sees it before and after its restart.
///
/// Shortening a file counts as durable at once: the journal shortens only torn ends, which tear again.
#[derive(Clone, Debug, Default)]
pub struct FakeDisk(Arc<Mutex<State>>);

impl FakeDisk {
    /// A disk that holds an image, all of it durable.
    pub fn of(image: Image) -> Self {
        let names = image.keys().cloned().collect();
        let whole = |(name, bytes): (String, Vec<u8>)| (name, File { synced: bytes.len(), bytes });
        let state = State { files: image.into_iter().map(whole).collect(), names, ..State::default() };
        Self(Arc::new(Mutex::new(state)))
    }

    /// What a power cut would leave at the least.
    pub fn durable(&self) -> Image {
        let state = self.state();
        let kept = |name: &String| {
            let file = state.files.get(name)?;
            Some((name.clone(), file.bytes[..file.synced].to_vec()))
        };
        state.names.iter().filter_map(kept).collect()
    }

    /// How often anything became durable: while it stays the same, so does [`durable`](Self::durable).
    pub fn syncs(&self) -> u64 {
        self.state().syncs
    }

    /// The writing operation after `more` others fails, and every one after it: the power goes, or the disk does.
    pub fn fail_after(&self, more: u32) {
        self.state().fuse = Some(more);
    }

    /// Whether the fuse has burnt down: whatever stopped, stopped for that.
    pub fn has_failed(&self) -> bool {
        self.state().fuse == Some(0)
    }

    /// Takes the fuse out again.
    pub fn mend(&self) {
        self.state().fuse = None;
    }

    /// Cuts the power: of what was not synced, an arbitrary part of the last write remains, possibly as zeros.
    pub fn cut_power(&self, random: &mut Random) {
        let mut state = self.state();
        let State { files, names, fuse, .. } = &mut *state;
        *fuse = None;
        files.retain(|name, _| names.contains(name));
        for file in files.values_mut() {
            let loose = file.bytes.len() - file.synced;
            let left = if random.chance(500) { 0 } else { random.index(loose + 1) };
            file.bytes.truncate(file.synced + left);
            if random.chance(200) {
                // Sectors that were allocated and never written.
                let synced = file.synced;
                file.bytes[synced..].fill(0);
            }
            file.synced = file.bytes.len();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nothing panics while it holds the disk")
    }

    /// The state, for an operation that writes; an error where the fuse has burnt down.
    fn writing(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        match &mut state.fuse {
            Some(0) => Err(io::Error::other("input/output error")),
            Some(left) => {
                *left -= 1;
                Ok(state)
            }
            None => Ok(state),
        }
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
        Ok(self.state().files.get(name).ok_or_else(none)?.bytes.len() as u64)
    }

    fn read_at(&self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let state = self.state();
        let file = state.files.get(name).ok_or_else(none)?;
        let rest = file.bytes.get(offset as usize..).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        match self.writing()?.files.insert(name.to_owned(), File::default()) {
            None => Ok(()),
            Some(_) => Err(io::Error::from(io::ErrorKind::AlreadyExists)),
        }
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.writing()?.files.get_mut(name).ok_or_else(none)?.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn truncate(&mut self, name: &str, length: u64) -> io::Result<()> {
        let mut state = self.writing()?;
        let file = state.files.get_mut(name).ok_or_else(none)?;
        file.bytes.truncate(length as usize);
        file.synced = file.synced.min(file.bytes.len());
        Ok(())
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        let mut state = self.writing()?;
        let file = state.files.get_mut(name).ok_or_else(none)?;
        file.synced = file.bytes.len();
        state.syncs += 1;
        Ok(())
    }

    fn sync_dir(&mut self) -> io::Result<()> {
        let mut state = self.writing()?;
        state.names = state.files.keys().cloned().collect();
        state.syncs += 1;
        Ok(())
    }
}
