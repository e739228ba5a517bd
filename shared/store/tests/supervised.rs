//! Stores on a real disk: files that are gone, half written, damaged, marked, or in use.

mod common;

use std::fs;
use std::path::Path;
use std::time::Duration;

use common::{Counting, Dump, Writer, dump, varied};
use fengsui_store::{OpenReport, Rebuilt, Store, StoreError, Watchdog};
use fengsui_wire::Lane;

const CACHE_BYTES: u64 = 4 << 20;

fn open(path: &Path) -> Result<(Store, OpenReport), StoreError> {
    let watchdog = Watchdog { limit: Duration::from_secs(20), on_hang: || () };
    Store::open_dir(path, CACHE_BYTES, Box::new(Counting { version: 1 }), watchdog)
}

/// A directory with a store that was closed in order, and what was in it.
fn filled() -> (tempfile::TempDir, Dump) {
    let dir = tempfile::tempdir().expect("a directory");
    let (mut store, report) = open(dir.path()).expect("open");
    assert_eq!(report, OpenReport::default());
    varied(&mut store);
    let expected = dump(&store);
    (dir, expected)
}

fn reopened(dir: &Path, expected: &Dump) -> OpenReport {
    let (store, report) = open(dir).expect("open");
    assert_eq!(dump(&store), *expected);
    assert_eq!(report.damage, []);
    assert!(!dir.join("opening").exists(), "the mark is gone after opening");
    report
}

fn snapshots(dir: &Path) -> Vec<std::path::PathBuf> {
    let names = fs::read_dir(dir.join("sled")).expect("list").map(|entry| entry.expect("entry"));
    names
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("snap."))
        .map(|entry| entry.path())
        .collect()
}

#[test]
fn closed_and_opened_it_is_the_same() {
    let (dir, expected) = filled();
    let report = reopened(dir.path(), &expected);
    assert_eq!((report.rebuilt, report.facts, report.facts_replayed), (None, 15, 0));
}

#[test]
fn two_stores_cannot_share_a_directory() {
    let (dir, expected) = filled();
    let (held, _) = open(dir.path()).expect("open");
    assert!(matches!(open(dir.path()), Err(StoreError::InUse { .. })));
    drop(held);
    reopened(dir.path(), &expected);
}

#[test]
fn a_deleted_engine_is_rebuilt() {
    let (dir, expected) = filled();
    fs::remove_dir_all(dir.path().join("sled")).expect("delete");
    let report = reopened(dir.path(), &expected);
    assert_eq!((report.rebuilt, report.facts_replayed), (Some(Rebuilt::Missing), 15));
}

#[test]
fn an_engine_of_another_layout_is_put_aside_and_rebuilt() {
    for layout in [None, Some([1])] {
        let (dir, expected) = filled();
        let beside = dir.path().join("layout");
        match layout {
            None => fs::remove_file(&beside).expect("delete"),
            Some(layout) => fs::write(&beside, layout).expect("write"),
        }
        let report = reopened(dir.path(), &expected);
        assert_eq!((report.rebuilt, report.facts_replayed), (Some(Rebuilt::Layout), 15));
        assert!(dir.path().join("quarantine-1/db").exists(), "nothing is thrown away");
        assert_eq!(reopened(dir.path(), &expected).rebuilt, None);
    }
}

#[test]
fn an_unfinished_snapshot_is_deleted() {
    let (dir, expected) = filled();
    let planted = dir.path().join("sled/snap.00000000FFFFFFFF.generating");
    fs::write(&planted, b"half of it").expect("plant");
    let report = reopened(dir.path(), &expected);
    assert_eq!(report.rebuilt, None);
    let left = fs::read_dir(dir.path().join("sled"))
        .expect("list")
        .any(|entry| entry.expect("entry").file_name().to_string_lossy().contains("generating"));
    assert!(!left, "it was only stepped over");
}

#[test]
fn a_truncated_snapshot_is_stepped_over() {
    let (dir, expected) = filled();
    // sled writes its snapshot while it opens.
    reopened(dir.path(), &expected);
    let found = snapshots(dir.path());
    assert!(!found.is_empty(), "there is no snapshot to truncate");
    for snapshot in found {
        let file = fs::OpenOptions::new().write(true).open(snapshot).expect("open");
        file.set_len(5).expect("truncate");
    }
    let report = reopened(dir.path(), &expected);
    assert_eq!((report.rebuilt, report.facts_replayed), (None, 0), "sled's log has all of it");
}

#[test]
fn a_left_mark_means_put_aside_and_rebuild() {
    let (dir, expected) = filled();
    for round in 1..=5 {
        fs::write(dir.path().join("opening"), b"").expect("plant");
        let report = reopened(dir.path(), &expected);
        assert_eq!(report.rebuilt, Some(Rebuilt::UnfinishedOpen));
        assert!(dir.path().join(format!("quarantine-{round}")).is_dir());
    }
    let aside = fs::read_dir(dir.path()).expect("list").filter(|entry| {
        entry.as_ref().expect("entry").file_name().to_string_lossy().starts_with("quarantine-")
    });
    assert_eq!(aside.count(), 3, "old ones do not fill the disk");
}

/// A larger store, so that its pages lie all over the file.
fn filled_well() -> (tempfile::TempDir, Dump) {
    let dir = tempfile::tempdir().expect("a directory");
    let (mut store, _) = open(dir.path()).expect("open");
    let mut writer = Writer::new(1);
    for _ in 0..30 {
        store.stage(writer.fact(Lane::Routine, 50)).expect("stage");
        store.commit().expect("commit");
    }
    let expected = dump(&store);
    (dir, expected)
}

/// Damaged files can make sled fail, panic, hang, read on, or notice only when a page is wanted: whichever it is, the
/// store has everything at the latest at the second start.
#[test]
fn flipped_bytes_in_the_engine_lose_nothing() {
    for place in 1..10 {
        let (dir, expected) = filled_well();
        let db = dir.path().join("sled/db");
        let mut bytes = fs::read(&db).expect("read");
        let written = bytes.iter().rposition(|byte| *byte != 0).expect("sled wrote something");
        for at in [0, 1, 2] {
            bytes[written * place / 10 + at] ^= 0xff;
        }
        fs::write(&db, bytes).expect("write");
        if place % 2 == 0 {
            // Without snapshots sled reads the whole file while it opens.
            snapshots(dir.path()).into_iter().for_each(|name| fs::remove_file(name).expect("delete"));
        }
        let watchdog = Watchdog { limit: Duration::from_secs(5), on_hang: || () };
        let projector = Box::new(Counting { version: 1 });
        match Store::open_dir(dir.path(), CACHE_BYTES, projector, watchdog) {
            Ok((store, _)) if store.scrub(&mut |_| ()).is_ok_and(|report| report.faults.is_empty()) => {
                assert_eq!(dump(&store), expected, "at {place} tenths");
            }
            Ok((store, _)) => {
                drop(store);
                assert_eq!(reopened(dir.path(), &expected).rebuilt, Some(Rebuilt::Marked));
            }
            // As after the abort that the default would do: the mark is there, and the lock is not.
            Err(StoreError::Hung { .. }) => {
                assert_eq!(reopened(dir.path(), &expected).rebuilt, Some(Rebuilt::UnfinishedOpen));
            }
            Err(StoreError::Engine(_)) => {
                assert_eq!(reopened(dir.path(), &expected).rebuilt, Some(Rebuilt::Marked));
            }
            Err(error) => panic!("at {place} tenths: {error}"),
        }
    }
}

#[test]
fn engine_files_cut_or_overwritten_lose_nothing() {
    for name in ["db", "conf"] {
        for keep in [0, 5, 40] {
            let (dir, expected) = filled();
            let file = dir.path().join("sled").join(name);
            let bytes = fs::read(&file).expect("read");
            fs::write(&file, &bytes[..keep.min(bytes.len())]).expect("cut");
            reopened(dir.path(), &expected);
            fs::write(&file, [0xa5; 64]).expect("overwrite");
            reopened(dir.path(), &expected);
        }
    }
}

#[test]
fn damage_met_while_running_is_rebuilt_at_the_next_start() {
    let (dir, expected) = filled();
    fs::write(dir.path().join("damaged"), b"").expect("plant");
    assert_eq!(reopened(dir.path(), &expected).rebuilt, Some(Rebuilt::Marked));
    assert_eq!(reopened(dir.path(), &expected).rebuilt, None);
}

#[test]
fn a_hung_open_is_told_and_leaves_its_mark() {
    use std::sync::atomic::{AtomicBool, Ordering};
    static TOLD: AtomicBool = AtomicBool::new(false);
    let (dir, expected) = filled();
    let watchdog = Watchdog { limit: Duration::ZERO, on_hang: || TOLD.store(true, Ordering::SeqCst) };
    let opened = Store::open_dir(dir.path(), CACHE_BYTES, Box::new(Counting { version: 1 }), watchdog);
    assert!(matches!(opened, Err(StoreError::Hung { .. })));
    assert!(TOLD.load(Ordering::SeqCst));
    // The thread that was too slow still has the files; a real process would have ended here.
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(reopened(dir.path(), &expected).rebuilt, Some(Rebuilt::UnfinishedOpen));
}

#[test]
fn a_torn_journal_on_a_real_disk_is_cut() {
    let (dir, expected) = filled();
    let segment = dir.path().join("journal/00000001.journal");
    let mut bytes = fs::read(&segment).expect("read");
    bytes.extend_from_slice(&[9; 77]);
    fs::write(&segment, bytes).expect("write");
    assert_eq!(reopened(dir.path(), &expected).cut_bytes, 77);
    assert_eq!(reopened(dir.path(), &expected).cut_bytes, 0);
}

#[test]
fn a_journal_that_rolls_over_is_read_in_order() {
    let dir = tempfile::tempdir().expect("a directory");
    let (mut store, _) = open(dir.path()).expect("open");
    let mut writer = Writer::new(1);
    for _ in 0..200 {
        let kept = writer.write(Lane::Bulk, &[7; 60_000]);
        store.stage(writer.admitted(vec![kept])).expect("stage");
        store.commit().expect("commit");
    }
    let expected = dump(&store);
    drop(store);
    assert!(fs::read_dir(dir.path().join("journal")).expect("list").count() >= 3);
    fs::remove_dir_all(dir.path().join("sled")).expect("delete");
    reopened(dir.path(), &expected);
}
