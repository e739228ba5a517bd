//! The few file operations the journal needs, inside one directory.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// One directory of flat files. Everything the journal does to a disk goes through here, so that a test can put a disk
/// in its place that forgets unsynced bytes, tears the last write and fails a sync.
///
/// Nothing is durable before [`sync`](Self::sync) for a file's bytes and length, and [`sync_dir`](Self::sync_dir) for
/// its name. After an error of `append`, `truncate` or a sync the state of the file is unknown, and the journal does
/// not try again.
pub trait Disk: Send {
    /// Names of all files, in any order. Directories are left out.
    ///
    /// # Errors
    /// What the system says.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Length of a file in bytes.
    ///
    /// # Errors
    /// What the system says; `NotFound` when there is none.
    fn size(&self, name: &str) -> io::Result<u64>;

    /// Reads from `offset` on into `into`, and says how many bytes there were: fewer than asked only at the end.
    ///
    /// # Errors
    /// What the system says.
    fn read_at(&self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize>;

    /// Makes an empty file.
    ///
    /// # Errors
    /// `AlreadyExists`, or what the system says.
    fn create(&mut self, name: &str) -> io::Result<()>;

    /// Writes all of `bytes` at the end of an existing file.
    ///
    /// # Errors
    /// What the system says; some of the bytes may have been written.
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Shortens a file to `length` bytes.
    ///
    /// # Errors
    /// What the system says.
    fn truncate(&mut self, name: &str, length: u64) -> io::Result<()>;

    /// Makes a file's bytes and length durable (`fdatasync`).
    ///
    /// # Errors
    /// What the system says. The bytes are then lost even if a later call succeeds.
    fn sync(&mut self, name: &str) -> io::Result<()>;

    /// Makes the names of created files durable.
    ///
    /// # Errors
    /// What the system says.
    fn sync_dir(&mut self) -> io::Result<()>;
}

/// A directory of the file system.
#[derive(Debug)]
pub struct RealDisk {
    dir: PathBuf,
    /// The file last written to: the journal writes one segment at a time.
    open: Option<(String, File)>,
}

impl RealDisk {
    /// The disk of `path`; makes the directory, and makes its name durable, when it is not there.
    ///
    /// # Errors
    /// What the system says.
    pub fn new(path: impl AsRef<Path>) -> io::Result<Self> {
        let dir = path.as_ref().to_path_buf();
        make_directory(&dir)?;
        Ok(Self { dir, open: None })
    }

    fn file(&mut self, name: &str) -> io::Result<&File> {
        if self.open.as_ref().is_none_or(|(open, _)| open != name) {
            let file = OpenOptions::new().append(true).open(self.dir.join(name))?;
            self.open = Some((name.to_owned(), file));
        }
        let (_, file) = self.open.as_ref().expect("the file was opened above");
        Ok(file)
    }
}

/// Makes a directory and those above it, each with a durable name.
fn make_directory(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    make_directory(parent)?;
    fs::create_dir(path)?;
    sync_directory(parent)
}

/// Makes the names in a directory durable.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

impl Disk for RealDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                names.extend(entry.file_name().into_string().ok());
            }
        }
        Ok(names)
    }

    fn size(&self, name: &str) -> io::Result<u64> {
        Ok(fs::metadata(self.dir.join(name))?.len())
    }

    fn read_at(&self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let file = File::open(self.dir.join(name))?;
        let mut read = 0;
        while read < into.len() {
            match file.read_at(&mut into[read..], offset + read as u64) {
                Ok(0) => break,
                Ok(count) => read += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(read)
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        OpenOptions::new().write(true).create_new(true).open(self.dir.join(name)).map(drop)
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.file(name)?.write_all(bytes)
    }

    fn truncate(&mut self, name: &str, length: u64) -> io::Result<()> {
        self.file(name)?.set_len(length)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.file(name)?.sync_data()
    }

    fn sync_dir(&mut self) -> io::Result<()> {
        sync_directory(&self.dir)
    }
}
