//! What every engine must do, run over each of them by the same functions.

mod common;

use common::{Counting, FakeDisk, Writer, dump, varied};
use fengsui_store::{
    Batch, Direction, Engine, Fact, Memory, NoProjection, Sled, Source, Space, Store, StoreError,
};
use fengsui_wire::limits::{FORKS_PER_LOG_MAX, QUARANTINE_BYTES_MAX, QUARANTINE_MAX};
use fengsui_wire::{Holds, Kind, Lane, Position};

/// Runs `test` over each engine; the second argument makes one more of the same sort.
fn each(test: impl Fn(&dyn Fn() -> Box<dyn Engine>)) {
    test(&|| Box::new(Memory::new()));
    let dir = tempfile::tempdir().expect("a directory");
    let made = std::cell::Cell::new(0);
    test(&|| {
        made.set(made.get() + 1);
        let path = dir.path().join(made.get().to_string());
        Box::new(Sled::open(&path, 4 << 20).expect("sled opens"))
    });
}

fn store(engine: Box<dyn Engine>) -> Store {
    store_on(&FakeDisk::default(), engine)
}

fn store_on(disk: &FakeDisk, engine: Box<dyn Engine>) -> Store {
    Store::open(Box::new(disk.clone()), engine, Box::new(Counting { version: 1 })).expect("open").0
}

#[test]
fn ranges_go_both_ways_and_stay_in_their_space() {
    each(|engine| {
        let mut engine = engine();
        let mut batch = Batch::new();
        for space in Space::ALL {
            for key in [&b""[..], b"a", b"ab", b"b", &[0xff, 0xff]] {
                batch.put(space, key, [space as u8]);
            }
        }
        engine.apply(batch).expect("apply");
        for space in Space::ALL {
            let keys = |from: &[u8], to: &[u8], limit, direction| -> Vec<Vec<u8>> {
                let pairs = engine.scan(space, from, to, limit, direction).expect("scan");
                assert!(pairs.iter().all(|(_, value)| *value == [space as u8]));
                pairs.into_iter().map(|(key, _)| key).collect()
            };
            let all = keys(b"", b"", 100, Direction::Up);
            assert_eq!(all, [&b""[..], b"a", b"ab", b"b", &[0xff, 0xff]]);
            let down: Vec<_> = keys(b"", b"", 100, Direction::Down).into_iter().rev().collect();
            assert_eq!(down, all);
            assert_eq!(keys(b"a", b"b", 100, Direction::Up), [&b"a"[..], b"ab"]);
            assert_eq!(keys(b"a", b"b", 1, Direction::Down), [b"ab"]);
            assert_eq!(keys(b"b", b"a", 100, Direction::Up), [b""; 0]);
            assert_eq!(keys(b"", b"", 0, Direction::Up), [b""; 0]);
        }
        let mut batch = Batch::new();
        batch.remove(Space::Entries, b"a");
        batch.remove(Space::Entries, b"never there");
        engine.apply(batch).expect("apply");
        assert_eq!(engine.get(Space::Entries, b"a").expect("get"), None);
        assert_eq!(engine.get(Space::Heads, b"a").expect("get"), Some(vec![Space::Heads as u8]));
        engine.sync().expect("sync");
    });
}

#[test]
fn staged_is_not_durable_before_the_commit() {
    each(|engine| {
        let mut store = store(engine());
        let mut writer = Writer::new(1);
        store.stage(writer.fact(Lane::Urgent, 2)).expect("stage");
        store.stage(writer.fact(Lane::Urgent, 1)).expect("stage");
        assert_eq!(store.head(writer.log, Lane::Urgent), writer.head(Lane::Urgent));
        assert_eq!(store.durable_head(writer.log, Lane::Urgent).next, 0);
        assert_eq!(store.entries(writer.log, Lane::Urgent, 0, 9, 9_999).expect("read"), []);
        assert_eq!(store.commit().expect("commit"), 2);
        assert_eq!(store.durable_head(writer.log, Lane::Urgent), writer.head(Lane::Urgent));
        assert_eq!(store.heads(), [(writer.name, Lane::Urgent, writer.head(Lane::Urgent))]);
        assert_eq!(store.name(writer.log), Some(writer.name));
        assert_eq!(store.logs(), [writer.name]);
        let stats = store.stats();
        assert_eq!((stats.facts, stats.entries, stats.logs), (2, 3, 1));
    });
}

/// Entries that come together are cut into values of the engine by their size; a reader must not notice.
#[test]
fn entries_come_as_they_went_in_whatever_values_they_were_cut_into() {
    let mut writer = Writer::new(1);
    let sizes = [0, 0, 3_800, 4_096, 1 << 20, 0, 700, 700, 700, 700, 700];
    let write = |size: &usize| writer.write_kind(Kind::Standard, Lane::Bulk, &vec![7; *size]);
    let mut kept: Vec<_> = sizes.iter().map(write).collect();
    kept[0].body = None;
    let engine = common::Shared::default();
    let disk = Box::new(FakeDisk::default());
    let (mut store, _) = Store::open(disk, Box::new(engine.clone()), Box::new(NoProjection)).expect("open");
    store.stage(writer.admitted(kept.clone())).expect("stage");
    store.commit().expect("commit");

    let values = engine.scan(Space::Entries, &[], &[], usize::MAX, Direction::Up).expect("scan");
    let last = |key: &[u8]| u64::from_be_bytes(*key.last_chunk().expect("a key ends with a number"));
    let ends: Vec<u64> = values.iter().map(|(key, _)| last(key)).collect();
    // None and an empty body; three that are long; an empty one with four of 700 bytes, then the last.
    assert_eq!(ends, [1, 2, 3, 4, 9, 10]);

    for from in 0..=kept.len() {
        for count in 0..=kept.len() + 1 {
            let read = store.entries(writer.log, Lane::Bulk, from as u64, count, usize::MAX).expect("read");
            let read: Vec<_> = read.into_iter().map(|entry| (entry.envelope, entry.body)).collect();
            let wanted = kept.iter().skip(from).take(count).cloned();
            assert_eq!(read, wanted.map(|kept| (kept.envelope, kept.body)).collect::<Vec<_>>());
        }
    }
}

#[test]
fn entries_come_as_they_went_in_within_the_bounds() {
    each(|engine| {
        let mut store = store(engine());
        let mut writer = Writer::new(1);
        let mut kept: Vec<_> = (0..5u8).map(|number| writer.write(Lane::Bulk, &[number; 100])).collect();
        kept[3].body = None;
        let peer = Source::Peer(Writer::new(2).name.key);
        let fact = Fact::Admitted { received_ms: -7, source: peer, name: writer.name, entries: kept.clone() };
        store.stage(fact).expect("stage");
        store.commit().expect("commit");
        let read =
            |from, count, bytes| store.entries(writer.log, Lane::Bulk, from, count, bytes).expect("read");
        let all = read(0, 100, usize::MAX);
        assert_eq!(all.len(), 5);
        for (entry, kept) in all.iter().zip(&kept) {
            assert_eq!((&entry.envelope, &entry.body), (&kept.envelope, &kept.body));
            assert_eq!((entry.received_ms, entry.source), (-7, peer));
            assert_eq!(entry.hash(), kept.envelope.hash());
        }
        assert_eq!(read(3, 100, usize::MAX), all[3..]);
        assert_eq!(read(0, 2, usize::MAX), all[..2]);
        assert_eq!(read(0, 100, 2 * 324), all[..2]);
        assert_eq!(read(0, 100, 1), all[..1], "one comes even if it is longer");
        assert_eq!(read(5, 100, usize::MAX), []);
        assert_eq!(read(0, 0, usize::MAX), []);
        let at = Position { log: writer.log, lane: Lane::Bulk, sequence: 4 };
        assert_eq!(store.entry(at).expect("read").as_ref(), all.get(4));
        assert_eq!(store.entry(Position { sequence: 5, ..at }).expect("read"), None);
    });
}

#[test]
fn an_artefact_of_a_mebibyte_fits() {
    each(|engine| {
        let disk = FakeDisk::default();
        let mut store = store_on(&disk, engine());
        let mut writer = Writer::new(1);
        for number in 0..3u8 {
            let body = vec![number; 1024 * 1024];
            let kept = writer.write_kind(Kind::Standard, Lane::Routine, &body);
            store.stage(writer.admitted(vec![kept])).expect("stage");
        }
        store.commit().expect("commit");
        let entries = store.entries(writer.log, Lane::Routine, 0, 9, usize::MAX).expect("read");
        assert_eq!(entries.len(), 3);
        assert_eq!(entries[2].body.as_deref(), Some(&vec![2u8; 1024 * 1024][..]));
        assert_eq!(store.scrub(&mut |_| ()).expect("scrub").faults, []);
    });
}

#[test]
fn what_does_not_follow_is_refused_and_changes_nothing() {
    each(|engine| {
        let mut store = store(engine());
        let (mut writer, mut other) = (Writer::new(1), Writer::new(2));
        store.stage(writer.fact(Lane::Urgent, 2)).expect("stage");
        let before = store.head(writer.log, Lane::Urgent);
        let mut refuse = |fact| {
            let error = store.stage(fact).expect_err("it does not fit");
            assert_eq!(error.blame(), fengsui_store::Blame::Data, "{error}");
            error
        };
        let again = Writer::new(1).fact(Lane::Urgent, 2);
        let error = refuse(again);
        assert!(matches!(error, StoreError::NotContiguous { expected, .. } if expected == before));
        let _skipped = writer.write(Lane::Urgent, b"2");
        let fourth = writer.write(Lane::Urgent, b"3");
        refuse(writer.admitted(vec![fourth]));
        // The right number on another branch.
        let mut branch = Writer::new(1);
        branch.write(Lane::Urgent, b"x");
        branch.write(Lane::Urgent, b"y");
        let third = branch.write(Lane::Urgent, b"z");
        refuse(branch.admitted(vec![third]));
        refuse(writer.admitted(vec![]));
        let mixed = vec![other.write(Lane::Urgent, b"a"), other.write(Lane::Bulk, b"b")];
        refuse(other.admitted(mixed));
        let foreign = Writer::new(1).write(Lane::Urgent, b"c");
        assert!(matches!(refuse(other.admitted(vec![foreign])), StoreError::LogName { .. }));
        let mut cut = Writer::new(3).write(Lane::Urgent, b"long body");
        cut.body = Some(b"long".to_vec());
        assert!(matches!(refuse(Writer::new(3).admitted(vec![cut])), StoreError::BodyLength { .. }));
        // Signed all the same, though no decoder takes such a header or receipt.
        let long = Writer::new(4).write(Lane::Urgent, &[0; 64 * 1024 + 1]);
        refuse(Writer::new(4).admitted(vec![long]));
        refuse(Fact::Receipt(writer.receipt(9, Lane::Urgent, 2, 1)));
        let same = Writer::new(1).write(Lane::Urgent, b"entry 0").envelope;
        refuse(Fact::Fork { name: writer.name, ours: same, theirs: same });
        assert_eq!(store.head(writer.log, Lane::Urgent), before);
        assert_eq!(store.commit().expect("commit"), 1);
    });
}

#[test]
fn receipts_are_kept_once_and_cover_without_gaps() {
    each(|engine| {
        let mut store = store(engine());
        let writer = Writer::new(1);
        let mut keep = |receipt| {
            store.stage(Fact::Receipt(receipt)).expect("stage");
            store.commit().expect("commit")
        };
        let receipt = |from, to| writer.receipt(9, Lane::Urgent, from, to);
        assert_eq!(keep(receipt(5, 6)), 1);
        assert_eq!(keep(receipt(3, 9)), 1);
        assert_eq!(keep(receipt(0, 1)), 1);
        assert_eq!(keep(receipt(0, 1)), 0, "a repeat is an answer, not a fact");
        assert_eq!(keep(receipt(1, 1)), 0, "nor is a narrower one");
        let signer = receipt(0, 0).signer;
        assert_eq!(keep(writer.receipt(8, Lane::Urgent, 4, 5)), 1);
        assert_eq!(keep(receipt(2, 2)), 1);
        let later = fengsui_wire::Receipt { received_ms: 99, ..receipt(0, 1) };
        assert_eq!(keep(later), 0, "the time of the first one counts");
        let headers = fengsui_wire::Receipt { holds: Holds::Headers, ..receipt(0, 4) };
        assert_eq!(keep(headers), 1, "a new last sequence is news");
        let narrower = fengsui_wire::Receipt { holds: Holds::Headers, ..receipt(0, 1) };
        assert_eq!(keep(narrower), 0, "headers say less than bodies");
        assert_eq!(store.receipt_heads(), [(writer.log, Lane::Urgent, signer, 10)]);
        let ends = |receipts: Vec<fengsui_wire::Receipt>| -> Vec<_> {
            receipts.iter().map(|receipt| (receipt.from, receipt.to)).collect()
        };
        let from = |next, limit| {
            ends(store.receipts_from(writer.log, Lane::Urgent, signer, next, limit).expect("read"))
        };
        assert_eq!(from(0, 9), [(0, 1), (2, 2), (0, 4), (5, 6), (3, 9)]);
        assert_eq!(from(2, 2), [(2, 2), (0, 4)]);
        assert_eq!(store.receipts(writer.log, Lane::Urgent).expect("read").len(), 6);
        assert_eq!(store.receipts(writer.log, Lane::Bulk).expect("read"), []);
    });
}

#[test]
fn forks_and_quarantine_are_bounded() {
    each(|engine| {
        let mut store = store(engine());
        let name = Writer::new(1).name;
        let ours = Writer::new(1).write(Lane::Urgent, b"ours").envelope;
        for number in 0..2 * FORKS_PER_LOG_MAX {
            let body = number.to_string();
            let theirs = Writer::new(1).write(Lane::Urgent, body.as_bytes()).envelope;
            for _ in 0..2 {
                store.stage(Fact::Fork { name, ours, theirs }).expect("stage");
            }
            if number % 5 == 0 {
                store.commit().expect("commit");
            }
        }
        store.commit().expect("commit");
        let kept = store.forks(1_000).expect("read").len();
        assert!((FORKS_PER_LOG_MAX / 2..=FORKS_PER_LOG_MAX).contains(&kept), "{kept}");

        for number in 0..QUARANTINE_MAX + 5 {
            let fact = Fact::Quarantined {
                at_ms: number as i64,
                source: Source::Bundle,
                reason: "省".repeat(2_000),
                bytes: vec![7; 2 * QUARANTINE_BYTES_MAX],
            };
            store.stage(fact).expect("stage");
        }
        store.commit().expect("commit");
        let refused = store.quarantine(usize::MAX).expect("read");
        assert_eq!(refused.len(), QUARANTINE_MAX);
        assert_eq!(refused[0].at_ms, QUARANTINE_MAX as i64 + 4);
        assert_eq!(refused[QUARANTINE_MAX - 1].at_ms, 5, "the oldest went first");
        assert_eq!(refused[0].bytes.len(), QUARANTINE_BYTES_MAX);
        assert_eq!(refused[0].reason, "省".repeat(341));
    });
}

#[test]
fn a_rebuilt_engine_is_the_same() {
    each(|engine| {
        let disk = FakeDisk::default();
        let mut first = store_on(&disk, engine());
        varied(&mut first);
        let expected = dump(&first);
        drop(first);
        let (rebuilt, report) =
            Store::open(Box::new(disk), engine(), Box::new(Counting { version: 1 })).expect("open");
        assert_eq!((report.facts, report.facts_replayed), (15, 15));
        assert_eq!(report.damage, []);
        assert_eq!(dump(&rebuilt), expected);
    });
}

#[test]
fn projections_of_other_rules_are_made_again() {
    let disk = FakeDisk::default();
    let engine = common::Shared::default();
    let mut store = store_on(&disk, Box::new(engine.clone()));
    varied(&mut store);
    let count = |store: &Store| {
        let bytes = store.projection_get(&Writer::new(1).name.to_bytes()).expect("read");
        u64::from_be_bytes(bytes.expect("it was projected").try_into().expect("8 bytes"))
    };
    assert_eq!(count(&store), 14);
    drop(store);
    let open = |version| {
        let projector = Box::new(Counting { version });
        Store::open(Box::new(disk.clone()), Box::new(engine.clone()), projector).expect("open")
    };
    let (store, report) = open(2);
    assert_eq!((report.projections_rebuilt, report.facts_replayed), (true, 0));
    assert_eq!(count(&store), 28);
    drop(store);
    let (store, report) = open(2);
    assert!(!report.projections_rebuilt);
    assert_eq!(count(&store), 28);
}

#[test]
fn an_engine_that_does_not_read_is_filled_again() {
    each(|engine| {
        for (space, key, value) in [
            (Space::Meta, &b"layout"[..], &[99][..]),
            (Space::Heads, b"short", b"x"),
            (Space::Logs, b"short", b"x"),
            (Space::Covered, b"short", b"x"),
            (Space::Quarantine, b"short", b"x"),
        ] {
            let disk = FakeDisk::default();
            let mut first = store_on(&disk, engine());
            varied(&mut first);
            let mut foreign = engine();
            let mut batch = Batch::new();
            batch.put(space, key, value);
            foreign.apply(batch).expect("apply");
            let projector = Box::new(Counting { version: 1 });
            let (store, report) = Store::open(Box::new(disk), foreign, projector).expect("open");
            assert!(report.rebuilt.is_some(), "{space:?}");
            assert_eq!(dump(&store), dump(&first), "{space:?}");
        }
    });
}

struct Trespasser;

impl fengsui_store::Projector for Trespasser {
    fn version(&self) -> u32 {
        1
    }

    fn project(
        &mut self,
        _: &Fact,
        _: &fengsui_store::View<'_>,
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        batch.put(Space::Entries, b"mine", b"");
        Ok(())
    }
}

#[test]
fn a_projector_writes_into_its_own_space_only() {
    let disk = Box::new(FakeDisk::default());
    let (mut store, _) = Store::open(disk, Box::new(Memory::new()), Box::new(Trespasser)).expect("open");
    store.stage(Writer::new(1).fact(Lane::Urgent, 1)).expect("stage");
    assert!(matches!(store.commit(), Err(StoreError::ProjectorSpace(Space::Entries))));
    assert!(matches!(store.commit(), Ok(0)));
    assert!(matches!(store.stage(Writer::new(2).fact(Lane::Urgent, 1)), Err(StoreError::Stopped)));
}

#[test]
fn a_scrub_finds_what_went_bad_in_the_engine() {
    let disk = FakeDisk::default();
    let mut engine = common::Shared::default();
    let mut writer = Writer::new(1);
    let open = |engine: &common::Shared| {
        let projector = Box::new(NoProjection);
        Store::open(Box::new(disk.clone()), Box::new(engine.clone()), projector).expect("open").0
    };
    let mut store = open(&engine);
    for count in [1, 2, 1] {
        store.stage(writer.fact(Lane::Urgent, count)).expect("stage");
        store.commit().expect("commit");
    }
    let pairs = engine.scan(Space::Entries, &[], &[], 9, Direction::Up).expect("scan");
    assert_eq!(pairs.len(), 3);
    let faults = |engine: &common::Shared| open(engine).scrub(&mut |_| ()).expect("scrub").faults.len();
    assert_eq!(faults(&engine), 0);
    let mut put = |key: &[u8], value: Option<&[u8]>| {
        let mut batch = Batch::new();
        match value {
            Some(value) => batch.put(Space::Entries, key, value),
            None => batch.remove(Space::Entries, key),
        }
        engine.apply(batch).expect("apply");
        faults(&engine)
    };
    for (key, value) in &pairs {
        let mut body = value.clone();
        *body.last_mut().expect("a body") ^= 1;
        assert_eq!(put(key, Some(&body)), 1);
        let mut header = value.clone();
        header[60] ^= 1;
        assert!(put(key, Some(&header)) > 0);
        assert!(put(key, Some(&value[..20])) > 0);
        assert!(put(key, Some(&[&value[..], &[0]].concat())) > 0);
        assert!(put(key, None) > 0);
        assert_eq!(put(key, Some(value)), 0);
    }
}

/// An engine that says nothing and has lost something.
#[test]
fn a_lost_entry_is_an_error_and_not_an_entry_that_never_came() {
    let disk = FakeDisk::default();
    let mut engine = common::Shared::default();
    let mut writer = Writer::new(1);
    let projector = Box::new(NoProjection);
    let (mut store, _) =
        Store::open(Box::new(disk.clone()), Box::new(engine.clone()), projector).expect("open");
    for _ in 0..3 {
        store.stage(writer.fact(Lane::Urgent, 2)).expect("stage");
        store.commit().expect("commit");
    }
    let at = |sequence| Position { log: writer.log, lane: Lane::Urgent, sequence };
    let numbers = |from, count| {
        let entries = store.entries(writer.log, Lane::Urgent, from, count, usize::MAX);
        entries.map(|entries| entries.iter().map(|entry| entry.position().sequence).collect::<Vec<_>>())
    };
    assert_eq!(numbers(1, 9).expect("all is there"), [1, 2, 3, 4, 5]);
    let pairs = engine.scan(Space::Entries, &[], &[], 9, Direction::Up).expect("scan");
    let mut batch = Batch::new();
    batch.remove(Space::Entries, pairs[1].0.clone());
    engine.apply(batch).expect("apply");

    let lost = |error| matches!(error, StoreError::Lost { position } if position == at(2));
    assert!(store.entry(at(1)).expect("it is there").is_some());
    assert!(store.entry(at(2)).is_err_and(lost));
    assert!(numbers(0, 9).is_err_and(lost));
    assert_eq!(numbers(0, 2).expect("what was asked for is there"), [0, 1]);
    assert_eq!(numbers(4, 9).expect("what was asked for is there"), [4, 5]);
    assert!(store.entry(at(6)).expect("it never came").is_none());
    assert!(engine.is_distrusted(), "the next start rebuilds it");
    assert!(!store.scrub(&mut |_| ()).expect("scrub").faults.is_empty());
    assert!(engine.is_distrusted(), "a scrub says so too");

    // Where the journal is damaged, what the engine still has may be the only copy.
    disk.damage("00000001.journal", |bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    });
    drop(store);
    let (store, report) =
        Store::open(Box::new(disk), Box::new(engine.clone()), Box::new(NoProjection)).expect("open");
    assert!(!report.damage.is_empty());
    assert!(store.entry(at(2)).is_err_and(lost));
    assert!(!store.scrub(&mut |_| ()).expect("scrub").faults.is_empty());
    assert!(!engine.is_distrusted());
}
