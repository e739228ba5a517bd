//! The journal under power cuts: every point between two writes, every byte of a write, in every way it can tear.

mod common;

use common::{FakeDisk, Op, Tear, Writer, dump, open, open_over};
use fengsui_store::{Damage, Fact, Memory, StoreError, Unread};
use fengsui_wire::{Kind, Lane};

/// A run of a few commits: the operations, and after how many of them how many entries had been promised.
fn run(writer: &mut Writer) -> (Vec<Op>, Vec<(usize, u64)>) {
    let disk = FakeDisk::default();
    let mut promised = Vec::new();
    let (mut store, _) = open(&disk);
    for facts in [1, 2, 3] {
        for _ in 0..facts {
            store.stage(writer.fact(Lane::Urgent, 1)).expect("stage");
        }
        store.commit().expect("commit");
        promised.push((disk.log().len(), store.durable_head(writer.log, Lane::Urgent).next));
    }
    (disk.log(), promised)
}

fn promised_at(promised: &[(usize, u64)], ops: usize) -> u64 {
    promised.iter().rev().find(|(at, _)| *at <= ops).map_or(0, |(_, next)| *next)
}

/// Opens what is left, and checks that it holds what was promised, says nothing of damage, and can go on.
fn check(files: common::Files, promised: u64, what: &str) {
    let disk = FakeDisk::with(files);
    let (mut store, report) = open(&disk);
    assert_eq!(report.damage, [], "{what}");
    let mut writer = Writer::new(1);
    let next = store.durable_head(writer.log, Lane::Urgent).next;
    assert!((promised..=6).contains(&next), "{what}: {next} entries, {promised} promised");
    if next > 0 {
        writer.fact(Lane::Urgent, usize::try_from(next).expect("small"));
    }
    assert_eq!(store.durable_head(writer.log, Lane::Urgent), writer.head(Lane::Urgent), "{what}");
    store.stage(writer.fact(Lane::Urgent, 2)).expect("stage after a power cut");
    store.commit().expect("commit after a power cut");
    let before = dump(&store);
    drop(store);
    let (store, report) = open(&disk);
    assert_eq!((report.damage, report.cut_bytes), (vec![], 0), "{what}, opened again");
    assert_eq!(dump(&store), before, "{what}, opened again");
}

#[test]
fn nothing_promised_is_lost_at_any_cut() {
    let (ops, promised) = run(&mut Writer::new(1));
    let mut cuts = 0;
    for count in 0..=ops.len() {
        let promised = promised_at(&promised, count);
        let length = match ops[..count].last() {
            Some(Op::Append(_, bytes)) => bytes.len(),
            _ => 0,
        };
        for at in 0..=length {
            for tear in [Tear::Cut(at), Tear::Zeros(at), Tear::Hole(at)] {
                let files = FakeDisk::after_power_cut(&common::Files::new(), &ops[..count], tear);
                check(files, promised, &format!("{count} operations, {tear:?}"));
                cuts += 1;
            }
        }
    }
    assert!(cuts > 5_000, "the run wrote too little to be cut: {cuts}");
}

#[test]
fn what_a_killed_process_left_unsynced_is_synced_before_it_is_believed() {
    let (ops, _) = run(&mut Writer::new(1));
    let last = ops.iter().rposition(|op| matches!(op, Op::Append(..))).expect("it wrote");
    // Killed between write and sync: the system still has the bytes.
    let disk = FakeDisk::with(FakeDisk::after_power_cut(
        &common::Files::new(),
        &ops[..=last],
        Tear::Cut(usize::MAX),
    ));
    let (store, _) = open(&disk);
    assert_eq!(store.durable_head(Writer::new(1).log, Lane::Urgent).next, 6);
    assert!(
        disk.log().iter().any(|op| matches!(op, Op::Sync(_))),
        "a power cut now would take back a durable head"
    );
}

#[test]
fn one_commit_is_one_sync_and_none_without_facts() {
    let disk = FakeDisk::default();
    let (mut store, _) = open(&disk);
    let mut writer = Writer::new(1);
    let before = disk.syncs();
    for _ in 0..50 {
        store.stage(writer.fact(Lane::Routine, 1)).expect("stage");
    }
    assert_eq!(disk.syncs(), before);
    assert_eq!(store.commit().expect("commit"), 50);
    assert_eq!(disk.syncs(), before + 1);
    assert_eq!(store.commit().expect("commit"), 0);
    assert_eq!(disk.syncs(), before + 1);
}

#[test]
fn a_failed_sync_stops_the_store_for_good() {
    let disk = FakeDisk::default();
    let (mut store, _) = open(&disk);
    let mut writer = Writer::new(1);
    store.stage(writer.fact(Lane::Urgent, 1)).expect("stage");
    store.commit().expect("commit");
    store.stage(writer.fact(Lane::Urgent, 1)).expect("stage");
    disk.fail_next_sync();
    let error = store.commit().expect_err("the sync failed");
    assert_eq!(error.blame(), fengsui_store::Blame::Stop);
    // From here on the disk claims that all is well.
    assert!(matches!(store.commit(), Err(StoreError::Stopped)));
    assert!(matches!(store.stage(writer.fact(Lane::Routine, 1)), Err(StoreError::Stopped)));
    assert!(matches!(store.commit(), Err(StoreError::Stopped)));
    assert_eq!(store.durable_head(writer.log, Lane::Urgent).next, 1);
}

/// Two full segments and a third, of artefacts of one log, one commit each; and where each commit began.
fn long(disk: &FakeDisk) -> Writer {
    let (mut store, _) = open(disk);
    let mut writer = Writer::new(1);
    for number in 0..10u8 {
        let artefact = writer.write_kind(Kind::Standard, Lane::Routine, &vec![number; 1024 * 1024]);
        store.stage(writer.admitted(vec![artefact])).expect("stage");
        store.stage(Writer::new(number + 10).fact(Lane::Urgent, 1)).expect("stage");
        store.commit().expect("commit");
    }
    assert_eq!(disk.files().len(), 3);
    writer
}

#[test]
fn a_byte_flipped_in_an_old_segment_is_told_and_stepped_over() {
    let disk = FakeDisk::default();
    let writer = long(&disk);
    let name = "00000001.journal";
    for offset in [22, 25, 29, 500_000, 1_049_100, 1_050_000] {
        let flipped = FakeDisk::with(disk.files());
        flipped.damage(name, |bytes| bytes[offset] ^= 0x40);
        let untouched = flipped.files();
        let (store, report) = open(&flipped);
        let unread = report.damage.iter().any(|damage| {
            matches!(damage, Damage::Unread { segment: 1, why: Unread::Checksum, offset: at, .. }
                if *at <= offset as u64)
        });
        assert!(unread, "byte {offset}: {:?}", report.damage);
        assert_eq!(report.facts, 19, "byte {offset}: one record is lost, no more");
        assert_eq!(flipped.files(), untouched, "byte {offset}: damaged files are evidence");
        let others =
            (10..20).filter(|seed| store.durable_head(Writer::new(*seed).log, Lane::Urgent).next == 1);
        assert!(others.count() >= 9, "byte {offset}: other logs are not hit");
        // A lane cannot go on without the entry that is lost, and every one after it is named.
        let next = store.durable_head(writer.log, Lane::Routine).next;
        let out = report
            .damage
            .iter()
            .filter(|damage| matches!(damage, Damage::Unread { why: Unread::OutOfChain(_), .. }));
        assert_eq!(out.count() as u64, 9u64.saturating_sub(next), "byte {offset}");
    }
}

#[test]
fn a_store_with_damage_goes_on_in_a_new_segment() {
    let disk = FakeDisk::default();
    let mut writer = Writer::new(1);
    let (mut store, _) = open(&disk);
    for _ in 0..3 {
        store.stage(writer.fact(Lane::Urgent, 1)).expect("stage");
        store.commit().expect("commit");
    }
    drop(store);
    disk.damage("00000001.journal", |bytes| bytes[60] ^= 1);
    let (mut store, report) = open(&disk);
    assert_eq!(report.damage.len(), 3, "the damage, and two entries out of chain");
    // A peer gives the log back.
    store.stage(Writer::new(1).fact(Lane::Urgent, 3)).expect("stage");
    store.commit().expect("commit");
    drop(store);
    let (store, report) = open(&disk);
    assert_eq!(store.durable_head(writer.log, Lane::Urgent), writer.head(Lane::Urgent));
    assert_eq!(report.damage.len(), 1, "the damage is told at every start, what was healed is not");
    assert_eq!(report.cut_bytes, 0);
}

#[test]
fn entries_that_the_journal_holds_twice_count_once() {
    let disk = FakeDisk::default();
    let mut writer = Writer::new(1);
    let (mut store, _) = open(&disk);
    for _ in 0..3 {
        store.stage(writer.fact(Lane::Urgent, 1)).expect("stage");
        store.commit().expect("commit");
    }
    let flip = |bytes: &mut Vec<u8>| bytes[60] ^= 1;
    disk.damage("00000001.journal", flip);
    let (mut store, _) = open(&disk);
    store.stage(Writer::new(1).fact(Lane::Urgent, 5)).expect("stage");
    store.commit().expect("commit");
    // The sector reads again: entries 0 to 2 are now there twice, 3 and 4 once.
    disk.damage("00000001.journal", flip);
    let (twice, report) = open(&disk);
    assert_eq!(report.damage, []);
    assert_eq!(dump(&twice), dump(&store));
    assert_eq!(twice.durable_head(writer.log, Lane::Urgent).next, 5);
}

#[test]
fn too_much_at_once_waits_for_a_commit() {
    let disk = FakeDisk::default();
    let (mut store, _) = open(&disk);
    let setting = || Fact::Setting { key: "a".to_owned(), value: vec![0; 1024 * 1024] };
    let error = (0..100).find_map(|_| store.stage(setting()).err()).expect("there is a bound");
    assert_eq!(error.blame(), fengsui_store::Blame::Retry);
    assert!(store.commit().expect("commit") >= 8);
    store.stage(setting()).expect("stage after the commit");
    let long = Fact::Setting { key: "a".to_owned(), value: vec![0; 1024 * 1024 + 1] };
    assert_eq!(store.stage(long).expect_err("too long").blame(), fengsui_store::Blame::Data);
}

#[test]
fn damage_is_counted_when_it_is_too_much_to_tell() {
    let disk = FakeDisk::default();
    let mut writer = Writer::new(1);
    let (mut store, _) = open(&disk);
    for _ in 0..fengsui_store::TOLD_MAX + 10 {
        store.stage(writer.fact(Lane::Urgent, 1)).expect("stage");
        store.commit().expect("commit");
    }
    disk.damage("00000001.journal", |bytes| bytes[60] ^= 1);
    let (_, report) = open(&disk);
    assert_eq!(report.damage.len() as u64 + report.untold, writer.head(Lane::Urgent).next);
    assert!(report.untold > 0);
}

#[test]
fn a_missing_segment_is_told() {
    let disk = FakeDisk::default();
    long(&disk);
    disk.remove("00000002.journal");
    let (_, report) = open(&disk);
    assert_eq!(report.damage[0], Damage::MissingSegments { from: 2, to: 2 });
}

/// Runs a store over a memory engine and gives the engine back as it then is.
fn filled_engine(disk: &FakeDisk, facts: Vec<Fact>) -> common::Shared {
    let engine = common::Shared::default();
    let (mut store, _) = open_over(disk, engine.clone());
    for fact in facts {
        store.stage(fact).expect("stage");
        store.commit().expect("commit");
    }
    engine
}

#[test]
fn an_engine_behind_the_journal_catches_up() {
    let disk = FakeDisk::default();
    let mut writer = Writer::new(1);
    let first = writer.fact(Lane::Urgent, 2);
    let engine = filled_engine(&disk, vec![first]);
    let old = engine.copy();
    let (mut store, report) = open_over(&disk, engine);
    assert_eq!(report.facts_replayed, 0);
    store.stage(writer.fact(Lane::Urgent, 2)).expect("stage");
    store.commit().expect("commit");
    let expected = dump(&store);
    drop(store);
    let (store, report) = open_over(&disk, old);
    assert_eq!((report.facts, report.facts_replayed), (2, 1));
    assert_eq!(dump(&store), expected);
}

#[test]
fn an_engine_ahead_of_the_journal_is_kept_and_told() {
    let disk = FakeDisk::default();
    let mut writer = Writer::new(1);
    let facts = vec![writer.fact(Lane::Urgent, 1), writer.fact(Lane::Urgent, 1)];
    let engine = filled_engine(&disk, facts);
    // Half of the last record is gone, though it had been synced and applied.
    disk.damage("00000001.journal", |bytes| bytes.truncate(bytes.len() - 100));
    let before = disk.files();
    let (mut store, report) = open_over(&disk, engine);
    assert!(report.damage.contains(&Damage::EngineAhead { segment: 1 }));
    assert_eq!(report.cut_bytes, 0, "what was durable is never taken for torn");
    assert_eq!(disk.files()["00000001.journal"], before["00000001.journal"]);
    assert_eq!(store.durable_head(writer.log, Lane::Urgent).next, 2);
    store.stage(writer.fact(Lane::Urgent, 1)).expect("stage");
    store.commit().expect("commit");
}

#[test]
fn a_journal_of_a_later_version_is_refused_not_repaired() {
    let disk = FakeDisk::default();
    drop(open(&disk));
    disk.damage("00000001.journal", |bytes| {
        bytes[8] = 2;
        let crc = crc32fast::hash(&bytes[..16]);
        bytes[16..20].copy_from_slice(&crc.to_le_bytes());
    });
    let opened = fengsui_store::Store::open(
        Box::new(disk),
        Box::new(Memory::new()),
        Box::new(fengsui_store::NoProjection),
    );
    let error = opened.map(drop).expect_err("version 2 is not known");
    assert!(matches!(error, StoreError::JournalVersion { segment: 1, version: 2 }));
}
