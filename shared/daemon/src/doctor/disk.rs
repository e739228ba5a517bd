//! The disk under the station: how much is free, how long it takes to keep something, how large the store has grown.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{Check, Outcome};
use crate::home::Home;

const SPACE: (&str, &str) = ("space", "磁盘空间");
const SYNC: (&str, &str) = ("sync", "落盘速度");
const STORE: (&str, &str) = ("store", "数据库");

/// Less than this is a failure: the journal of ten years is 120 MB, and a full disk stops the station.
const FREE_MB_MIN: u64 = 200;
/// Less than this should be looked at.
const FREE_MB_GOOD: u64 = 1_024;
/// Commits measured: their median is not moved by one that waited for somebody else.
const ROUNDS: usize = 9;
/// Bytes of each: one report.
const ROUND_BYTES: usize = 4_096;
/// Beyond this a clerk waits noticeably, and a hub commits fewer than five times a second.
const SYNC_GOOD: Duration = Duration::from_millis(200);
/// sled keeps what it has written for a while, and has been seen to grow without end.
const DATABASE_TIMES_MAX: u64 = 10;
/// A fresh database is larger than its journal, and no trouble.
const DATABASE_MB_SMALL: u64 = 256;
const MB: u64 = 1_000_000;

pub(super) fn checks(home: &Home) -> Vec<Check> {
    vec![space(home.dir()), sync(home.dir()), store(home.dir())]
}

fn space(dir: &Path) -> Check {
    let free_mb = match rustix::fs::statvfs(dir) {
        Ok(found) => found.f_bavail.saturating_mul(found.f_frsize) / MB,
        Err(error) => return unreadable(SPACE, dir, &error),
    };
    let outcome = match free_mb {
        free if free < FREE_MB_MIN => Outcome::Failed,
        free if free < FREE_MB_GOOD => Outcome::Warning,
        _ => Outcome::Ok,
    };
    let check = Check::new(SPACE, outcome, format!("剩余 {free_mb} MB"), format!("{free_mb} MB free"));
    match outcome {
        Outcome::Ok => check,
        _ => check.advise(
            "请清理磁盘或把站点目录移到更大的盘；写满后本站会停止",
            "free some space or move the directory: a full disk stops the station",
        ),
    }
}

fn unreadable(name: (&str, &str), dir: &Path, error: &dyn std::fmt::Display) -> Check {
    let dir = dir.display();
    let check = Check::new(
        name,
        Outcome::Failed,
        format!("{dir} 不能读写：{error}"),
        format!("failed to use {dir}: {error}"),
    );
    check.advise("请核对站点目录及其属主", "look at the directory and who owns it")
}

fn sync(dir: &Path) -> Check {
    let median = match measure(dir) {
        Ok(median) => median,
        Err(error) => return unreadable(SYNC, dir, &error),
    };
    let ms = format!("{}.{:02}", median.as_millis(), median.subsec_micros() % 1_000 / 10);
    let (zh, en) = (format!("写入并落盘 {ms} 毫秒（中位数）"), format!("{ms} ms to write and sync, median"));
    if in_memory(dir) {
        return Check::new(
            SYNC,
            Outcome::Warning,
            format!("{zh}，但目录在内存盘上"),
            format!("{en}, in memory"),
        )
        .advise("断电后数据不在，正式站点请放在硬盘上", "nothing survives a power cut: use a disk");
    }
    match median > SYNC_GOOD {
        false => Check::new(SYNC, Outcome::Ok, zh, en),
        true => Check::new(SYNC, Outcome::Warning, zh, en)
            .advise("磁盘很慢或快坏了，请检查硬盘", "the disk is slow or failing: look at it"),
    }
}

/// Median time of writing a page and having it on the disk, in the directory where the journal does the same.
fn measure(dir: &Path) -> std::io::Result<Duration> {
    let path = dir.join("doctor.probe");
    let result = (|| {
        let mut file = std::fs::File::create(&path)?;
        let mut took = Vec::new();
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            file.write_all(&[0x5a; ROUND_BYTES])?;
            file.sync_data()?;
            took.push(begun.elapsed());
        }
        took.sort_unstable();
        Ok(took[ROUNDS / 2])
    })();
    let _ = std::fs::remove_file(&path);
    result
}

/// Whether the directory lies in memory, where a sync is fast and worth nothing.
#[cfg(target_os = "linux")]
fn in_memory(dir: &Path) -> bool {
    /// `TMPFS_MAGIC` and `RAMFS_MAGIC` of the Linux headers.
    const IN_MEMORY: [u64; 2] = [0x0102_1994, 0x8584_58f6];
    rustix::fs::statfs(dir).is_ok_and(|found| IN_MEMORY.contains(&(found.f_type as u64 & 0xffff_ffff)))
}

/// Elsewhere nobody has asked yet.
#[cfg(not(target_os = "linux"))]
fn in_memory(_: &Path) -> bool {
    false
}

fn store(dir: &Path) -> Check {
    let (journal, database) = (bytes(&dir.join("journal")), bytes(&dir.join("sled")));
    let zh = format!("日志文件 {} MB，数据库 {} MB", journal / MB, database / MB);
    let en = format!("journal {} MB, database {} MB", journal / MB, database / MB);
    match database / MB > DATABASE_MB_SMALL && database > journal.saturating_mul(DATABASE_TIMES_MAX) {
        false => Check::new(STORE, Outcome::Ok, zh, en),
        true => Check::new(STORE, Outcome::Warning, zh, en).advise(
            "数据库偏大：停站后把 sled 目录改名，启动时会由日志文件重建",
            "the database has grown: stop the station and rename sled; it is rebuilt from the journal",
        ),
    }
}

/// Bytes of all files below `dir`. What goes away while being counted is not counted.
fn bytes(dir: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => bytes(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_is_measured_and_leaves_nothing() {
        let dir = tempfile::tempdir().expect("a directory");
        assert!(measure(dir.path()).expect("it is writable") > Duration::ZERO);
        assert_eq!(std::fs::read_dir(dir.path()).expect("it reads").count(), 0);
    }

    #[test]
    fn a_directory_that_is_not_there_fails() {
        let gone = Path::new("no-such-directory");
        assert_eq!([space(gone).outcome, sync(gone).outcome], [Outcome::Failed, Outcome::Failed]);
    }

    #[test]
    fn sizes_are_those_of_all_files_below() {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(dir.path().join("inner")).expect("a directory within");
        for (name, length) in [("a", 10), ("inner/b", 7)] {
            std::fs::write(dir.path().join(name), vec![0; length]).expect("a file");
        }
        assert_eq!(bytes(dir.path()), 17);
    }
}
