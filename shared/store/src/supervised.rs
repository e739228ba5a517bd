//! Opening sled when nobody knows what state its files are in.
//!
//! Damaged files can make sled's `open` return an error, panic, or never return. Since the journal holds everything,
//! the answer to all three is the same: put the directory aside and begin an empty one.

use std::fs::{self, File};
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::disk::sync_directory;
use crate::engine::EngineError;
use crate::error::StoreError;
use crate::report::Rebuilt;
use crate::store::LAYOUT;
use crate::tree::{Sled, message};

/// How long sled may take to open. Ten years of a township open in under a second; damaged files were seen to keep it
/// busy for minutes without end.
pub const OPEN_WATCHDOG: Duration = Duration::from_secs(30);

/// Directories put aside that are kept for a person to look at; the oldest is deleted first. They hold nothing that the
/// journal does not.
const ASIDE_MAX: usize = 3;

const DIR: &str = "sled";
const OPENING: &str = "opening";
const DAMAGED: &str = "damaged";
const ASIDE: &str = "quarantine-";
/// Says by which layout the files were written. It stands beside them: whoever finds another one need not open them.
const WRITTEN_BY: &str = "layout";

/// What happens when sled does not open in time.
#[derive(Clone, Copy, Debug)]
pub struct Watchdog {
    /// How long it may take.
    pub limit: Duration,
    /// What is done then. A hung thread cannot be ended, so the default ends the process; the next start finds the
    /// `opening` mark and rebuilds. If this returns, opening fails with [`StoreError::Hung`].
    pub on_hang: fn(),
}

impl Default for Watchdog {
    fn default() -> Self {
        Self { limit: OPEN_WATCHDOG, on_hang: || std::process::abort() }
    }
}

/// A sled that opened.
#[derive(Debug)]
pub struct Opened {
    /// The engine.
    pub sled: Sled,
    /// Whether there were no files before, or they were put aside.
    pub fresh: bool,
    /// Why files were put aside.
    pub gave_up: Option<Rebuilt>,
}

/// Opens sled in `path/sled`, under these rules:
///
/// 1. The mark `opening` of a start that did not come through, `damaged` of a run that met damage, or a `layout` that is
///    not this program's means that the files are put aside (`quarantine-<n>`).
/// 2. `snap.*.generating`, which a kill leaves behind and which sled would take for its snapshot, is deleted.
/// 3. sled opens in a thread of its own; a panic is caught, and `watchdog` acts when it does not come back.
/// 4. On an error of its files or a panic the snapshots are put aside and it is tried once more, since sled can read
///    its log without them; after that the files are put aside.
///
/// # Errors
/// When the system refuses, or the watchdog's action returned.
pub fn open_sled(path: &Path, cache_bytes: u64, watchdog: Watchdog) -> Result<Opened, StoreError> {
    let home = Home { path, cache_bytes, watchdog };
    let gave_up = home.verdict_of_last_run();
    if gave_up.is_some() {
        home.put_aside()?;
    }
    let fresh = !home.dir().exists();
    if fresh {
        home.write(WRITTEN_BY, &LAYOUT)?;
    } else {
        home.delete_unfinished_snapshots()?;
    }
    home.write(OPENING, &[])?;
    home.remove_mark(DAMAGED)?;
    let (sled, why) = match home.try_open()? {
        Ok(sled) => (sled, None),
        Err(_) => home.open_without_snapshots()?,
    };
    home.remove_mark(OPENING)?;
    let (fresh, sled) = (fresh || why.is_some(), sled.marking(path.join(DAMAGED)));
    Ok(Opened { sled, fresh, gave_up: gave_up.or(why) })
}

/// The data directory in which sled lives.
struct Home<'a> {
    path: &'a Path,
    cache_bytes: u64,
    watchdog: Watchdog,
}

impl Home<'_> {
    fn dir(&self) -> PathBuf {
        self.path.join(DIR)
    }

    /// What the marks say about the run before this one.
    fn verdict_of_last_run(&self) -> Option<Rebuilt> {
        let marked = |name, why| self.path.join(name).exists().then_some(why);
        let foreign = || fs::read(self.path.join(WRITTEN_BY)).ok().is_none_or(|layout| layout != LAYOUT);
        marked(OPENING, Rebuilt::UnfinishedOpen)
            .or_else(|| marked(DAMAGED, Rebuilt::Marked))
            .or_else(|| (self.dir().exists() && foreign()).then_some(Rebuilt::Layout))
    }

    /// Second and third try, after damage was found.
    fn open_without_snapshots(&self) -> Result<(Sled, Option<Rebuilt>), StoreError> {
        self.put_snapshots_aside()?;
        let why = match self.try_open()? {
            Ok(sled) => return Ok((sled, None)),
            Err(why) => why,
        };
        self.put_aside()?;
        match self.try_open()? {
            Ok(sled) => Ok((sled, Some(why))),
            Err(Rebuilt::Corrupt(text) | Rebuilt::Panicked(text)) => {
                Err(EngineError::Other(text.into()).into())
            }
            Err(_) => Err(EngineError::Other("an empty directory does not open".into()).into()),
        }
    }

    /// Outer error: the system refused, or it hung. Inner: the files are damaged.
    fn try_open(&self) -> Result<Result<Sled, Rebuilt>, StoreError> {
        let (answer, question) = mpsc::channel();
        let (dir, cache_bytes) = (self.dir(), self.cache_bytes);
        let failed = self.failed("open");
        thread::Builder::new()
            .name("open-sled".to_owned())
            .spawn(move || {
                let opened = catch_unwind(AssertUnwindSafe(|| Sled::open(&dir, cache_bytes)));
                // When the watchdog has acted nobody listens any more, and that is fine.
                let _ = answer.send(opened);
            })
            .map_err(|source| failed(self.dir(), source))?;
        match question.recv_timeout(self.watchdog.limit) {
            Ok(Ok(Ok(sled))) => Ok(Ok(sled)),
            Ok(Ok(Err(EngineError::Corrupt(error)))) => Ok(Err(Rebuilt::Corrupt(error.to_string()))),
            Ok(Ok(Err(error))) => {
                self.remove_mark(OPENING)?;
                Err(error.into())
            }
            Ok(Err(panic)) => Ok(Err(Rebuilt::Panicked(message(panic.as_ref())))),
            Err(_) => {
                (self.watchdog.on_hang)();
                Err(StoreError::Hung { limit: self.watchdog.limit })
            }
        }
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<(), StoreError> {
        let path = self.path.join(name);
        File::create(&path)
            .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
            .and_then(|()| sync_directory(self.path))
            .map_err(|source| self.failed("make")(path, source))
    }

    fn remove_mark(&self, name: &str) -> Result<(), StoreError> {
        let mark = self.path.join(name);
        match fs::remove_file(&mark) {
            Ok(()) => sync_directory(self.path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
        .map_err(|source| self.failed("remove")(mark, source))
    }

    fn put_aside(&self) -> Result<(), StoreError> {
        if !self.dir().exists() {
            return Ok(());
        }
        let mut aside = self.asides()?;
        let number = aside.last().map_or(1, |(last, _)| last + 1);
        let to = self.path.join(format!("{ASIDE}{number}"));
        fs::rename(self.dir(), &to)
            .and_then(|()| sync_directory(self.path))
            .map_err(|source| self.failed("put aside")(self.dir(), source))?;
        aside.push((number, to));
        let surplus = aside.len().saturating_sub(ASIDE_MAX);
        aside.into_iter().take(surplus).try_for_each(|(_, old)| {
            fs::remove_dir_all(&old).map_err(|source| self.failed("delete")(old, source))
        })
    }

    /// Directories put aside so far, oldest first.
    fn asides(&self) -> Result<Vec<(u64, PathBuf)>, StoreError> {
        let mut found: Vec<_> = self
            .names(self.path)?
            .into_iter()
            .filter_map(|name| Some((name.strip_prefix(ASIDE)?.parse().ok()?, self.path.join(name))))
            .collect();
        found.sort();
        Ok(found)
    }

    fn delete_unfinished_snapshots(&self) -> Result<(), StoreError> {
        for name in self.names(&self.dir())? {
            if name.starts_with("snap.") && name.ends_with(".generating") {
                let file = self.dir().join(name);
                fs::remove_file(&file).map_err(|source| self.failed("delete")(file, source))?;
            }
        }
        Ok(())
    }

    fn put_snapshots_aside(&self) -> Result<(), StoreError> {
        for name in self.names(&self.dir())? {
            if name.starts_with("aside.snap.") {
                let old = self.dir().join(&name);
                fs::remove_file(&old).map_err(|source| self.failed("delete")(old, source))?;
            }
            if name.starts_with("snap.") {
                let file = self.dir().join(&name);
                let to = self.dir().join(format!("aside.{name}"));
                fs::rename(&file, to).map_err(|source| self.failed("put aside")(file, source))?;
            }
        }
        Ok(())
    }

    fn names(&self, dir: &Path) -> Result<Vec<String>, StoreError> {
        let list = || -> io::Result<Vec<String>> {
            let names = fs::read_dir(dir)?.map(|entry| Ok(entry?.file_name().into_string().ok()));
            Ok(names.collect::<io::Result<Vec<_>>>()?.into_iter().flatten().collect())
        };
        list().map_err(|source| self.failed("list")(dir.to_path_buf(), source))
    }

    fn failed(&self, doing: &'static str) -> impl FnOnce(PathBuf, io::Error) -> StoreError + use<> {
        move |path, source| StoreError::File { doing, path, source }
    }
}
