//! The engine on disk: sled, one tree, the space as the first byte of each key.
//!
//! One tree, because a batch is atomic within a tree without the cost of a transaction over several.

use std::any::Any;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::ops::{Bound, ControlFlow};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::disk::sync_directory;
use crate::engine::{Batch, Direction, Engine, EngineError, Space, Visit};

/// How often sled writes out on its own. Not for durability, which it does not give, but because the thread that does
/// it is also the only one that gives space back.
const FLUSH_EVERY_MS: u64 = 1000;

/// sled's threads let go of its files a moment after its last user: whoever opens them again waits for so long.
const CLOSING_MAX: Duration = Duration::from_secs(5);
/// Pause between two looks.
const CLOSING_LOOK: Duration = Duration::from_millis(20);

/// Whether the files are still locked. That can only be a user who has just gone: the directory has a lock of its own, which
/// is taken first. sled says it in words alone.
fn is_closing(error: &sled::Error) -> bool {
    matches!(error, sled::Error::Io(error) if error.to_string().contains("could not acquire lock"))
}

/// A sled database. It is never the only copy of anything.
///
/// Where its files turn out to be damaged while it runs, by an error or a panic of sled, it leaves a mark, so that the
/// next start puts them aside and rebuilds.
#[derive(Debug)]
pub struct Sled {
    db: sled::Db,
    dir: PathBuf,
    mark: Option<PathBuf>,
}

impl Sled {
    /// Opens or makes the database in `dir`, with a cache of about `cache_bytes`. Damaged files can make this return an
    /// error, panic or never return, so [`open_sled`](crate::open_sled) is the door for files of unknown state.
    ///
    /// # Errors
    /// [`EngineError::Corrupt`] for files that do not read; what the system says.
    pub fn open(dir: &Path, cache_bytes: u64) -> Result<Self, EngineError> {
        let config = sled::Config::new()
            .path(dir)
            .cache_capacity(cache_bytes)
            .flush_every_ms(Some(FLUSH_EVERY_MS))
            .mode(sled::Mode::LowSpace);
        let until = Instant::now() + CLOSING_MAX;
        let db = loop {
            match config.open() {
                Err(error) if is_closing(&error) && Instant::now() < until => {
                    std::thread::sleep(CLOSING_LOOK)
                }
                opened => break opened?,
            }
        };
        Ok(Self { db, dir: dir.to_path_buf(), mark: None })
    }

    /// Makes `mark` when the files turn out to be damaged.
    pub(crate) fn marking(self, mark: PathBuf) -> Self {
        Self { mark: Some(mark), ..self }
    }

    /// Runs an operation of sled; a panic in it is an error like any other.
    fn guard<T>(&self, work: impl FnOnce() -> Result<T, EngineError>) -> Result<T, EngineError> {
        let done = catch_unwind(AssertUnwindSafe(work))
            .unwrap_or_else(|panic| Err(EngineError::Corrupt(message(panic.as_ref()).into())));
        if let Err(EngineError::Corrupt(_)) = &done {
            self.distrust();
        }
        done
    }
}

/// What a panic said.
pub(crate) fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    text.or(owned).unwrap_or("no message").to_owned()
}

impl From<sled::Error> for EngineError {
    /// What the environment refuses (space, permission, a lock) is [`Io`](Self::Io). Everything else is the fault of
    /// the files, and rebuilding them helps.
    fn from(error: sled::Error) -> Self {
        use ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
        match error {
            sled::Error::Io(error) if !matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof) => {
                Self::Io(error)
            }
            other => Self::Corrupt(Box::new(other)),
        }
    }
}

fn key_in(space: Space, key: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(key.len() + 1);
    out.push(space as u8);
    out.extend_from_slice(key);
    out
}

/// First key after the range: `to`, or the start of the next space.
fn end_in(space: Space, to: &[u8]) -> Vec<u8> {
    if to.is_empty() { vec![space as u8 + 1] } else { key_in(space, to) }
}

impl Engine for Sled {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        self.guard(|| Ok(self.db.get(key_in(space, key))?.map(|value| value.to_vec())))
    }

    fn visit(
        &self,
        space: Space,
        from: &[u8],
        to: &[u8],
        direction: Direction,
        visit: Visit<'_>,
    ) -> Result<(), EngineError> {
        let (start, end) = (key_in(space, from), end_in(space, to));
        if start >= end {
            return Ok(());
        }
        let mut range = self.db.range::<Vec<u8>, _>((Bound::Included(start), Bound::Excluded(end)));
        let mut next = || match direction {
            Direction::Up => range.next(),
            Direction::Down => range.next_back(),
        };
        // Only sled's part is guarded: a panic of `visit` is its owner's.
        while let Some((key, value)) = self.guard(|| Ok(next().transpose()?))? {
            if let ControlFlow::Break(()) = visit(&key[1..], &value) {
                break;
            }
        }
        Ok(())
    }

    fn apply(&mut self, batch: Batch) -> Result<(), EngineError> {
        let mut out = sled::Batch::default();
        for ((space, key), value) in batch.into_changes() {
            match value {
                Some(value) => out.insert(key_in(space, &key), value),
                None => out.remove(key_in(space, &key)),
            }
        }
        self.guard(|| Ok(self.db.apply_batch(out)?))
    }

    fn distrust(&self) {
        if let Some(mark) = &self.mark {
            // Whoever calls this says already that somebody must look; that the mark may fail adds nothing to it.
            let _ = File::create(mark).and_then(|file| file.sync_all());
        }
    }

    fn sync(&mut self) -> Result<(), EngineError> {
        self.guard(|| Ok(self.db.flush().map(drop)?))?;
        sync_files(&self.dir)?;
        Ok(())
    }
}

/// sled's own flush calls `sync_file_range`, which is not durable: so every file of it, then every directory, is
/// synced here.
fn sync_files(dir: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_files(&entry.path())?;
        } else {
            match File::open(entry.path()) {
                Ok(file) => file.sync_all()?,
                // sled replaces its snapshot while this runs; the new one is listed or comes with the next sync.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    sync_directory(dir)
}
