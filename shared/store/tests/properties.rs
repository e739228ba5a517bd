//! What must hold for any fact, any overlay and any history.

mod common;

use std::collections::BTreeMap;

use common::{FakeDisk, Files, Tear, Writer, dump, open};
use fengsui_store::{Batch, Direction, Engine, Fact, Kept, Memory, Source, Space, View};
use fengsui_wire::{Lane, PublicKey};
use proptest::prelude::*;

fn source() -> impl Strategy<Value = Source> {
    prop_oneof![
        Just(Source::Own),
        Just(Source::Bundle),
        any::<[u8; 32]>().prop_map(|key| Source::Peer(PublicKey(key))),
    ]
}

fn bytes(max: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..max)
}

fn admitted() -> impl Strategy<Value = Fact> {
    let bodies = prop::collection::vec((bytes(300), any::<bool>()), 0..5);
    (bodies, source(), any::<i64>()).prop_map(|(bodies, source, received_ms)| {
        let mut writer = Writer::new(1);
        let kept = |(body, present): (Vec<u8>, bool)| {
            let kept = writer.write(Lane::Routine, &body);
            Kept { body: kept.body.filter(|_| present), ..kept }
        };
        let entries = bodies.into_iter().map(kept).collect();
        Fact::Admitted { received_ms, source, name: Writer::new(1).name, entries }
    })
}

fn fact() -> impl Strategy<Value = Fact> {
    let envelope = |body: Vec<u8>| Writer::new(1).write(Lane::Bulk, &body).envelope;
    prop_oneof![
        admitted(),
        (any::<u32>(), any::<u32>()).prop_map(|(from, more)| {
            let (from, more) = (u64::from(from), u64::from(more));
            Fact::Receipt(Writer::new(1).receipt(3, Lane::Bulk, from, from + more))
        }),
        (bytes(9), bytes(9)).prop_map(move |(ours, theirs)| Fact::Fork {
            name: Writer::new(1).name,
            ours: envelope(ours),
            theirs: envelope(theirs),
        }),
        (any::<i64>(), source(), ".{0,40}", bytes(99))
            .prop_map(|(at_ms, source, reason, bytes)| Fact::Quarantined { at_ms, source, reason, bytes }),
        (".{0,40}", bytes(99)).prop_map(|(key, value)| Fact::Setting { key, value }),
    ]
}

proptest! {
    #[test]
    fn a_fact_reads_as_it_was_written(fact in fact()) {
        let bytes = fact.to_bytes().expect("it is short");
        prop_assert_eq!(Fact::from_bytes(&bytes), Ok(fact));
        for cut in 0..bytes.len() {
            prop_assert!(Fact::from_bytes(&bytes[..cut]).is_err());
        }
        prop_assert!(Fact::from_bytes(&[&bytes[..], &[0]].concat()).is_err());
    }

    #[test]
    fn no_bytes_make_reading_panic(fact in fact(), at in any::<prop::sample::Index>(), to in any::<u8>(), noise in bytes(400)) {
        let _ = Fact::from_bytes(&noise);
        let mut bytes = fact.to_bytes().expect("it is short");
        let at = at.index(bytes.len());
        bytes[at] = to;
        if let Ok(other) = Fact::from_bytes(&bytes) {
            prop_assert_eq!(other.to_bytes(), Ok(bytes));
        }
    }

    #[test]
    fn a_view_is_the_engine_with_the_changes_made(
        below in prop::collection::btree_map(bytes(3), any::<u8>(), 0..30),
        above in prop::collection::btree_map(bytes(3), any::<Option<u8>>(), 0..30),
        from in bytes(3), to in bytes(3), limit in 0usize..12, down in any::<bool>(),
    ) {
        let mut engine = Memory::new();
        let mut lower = Batch::new();
        for (key, value) in &below {
            lower.put(Space::Projection, key.as_slice(), [*value]);
        }
        engine.apply(lower).expect("memory");
        let mut upper = Batch::new();
        let mut model: BTreeMap<_, _> = below.into_iter().collect();
        for (key, value) in above {
            upper.put(Space::Meta, key.as_slice(), [0]);
            match value {
                Some(value) => {
                    upper.put(Space::Projection, key.as_slice(), [value]);
                    model.insert(key, value);
                }
                None => {
                    upper.remove(Space::Projection, key.as_slice());
                    model.remove(&key);
                }
            }
        }
        let view = View::new(&engine, &upper);
        for (key, value) in &model {
            prop_assert_eq!(view.get(Space::Projection, key).expect("memory"), Some(vec![*value]));
        }
        let inside = |key: &[u8]| key >= from.as_slice() && (to.is_empty() || key < to.as_slice());
        let mut expected: Vec<_> = model.iter().filter(|(key, _)| inside(key))
            .map(|(key, value)| (key.clone(), vec![*value])).collect();
        let direction = if down { expected.reverse(); Direction::Down } else { Direction::Up };
        expected.truncate(limit);
        prop_assert_eq!(view.scan(Space::Projection, &from, &to, limit, direction).expect("memory"), expected);
    }
}

/// One step of a station's life.
#[derive(Clone, Debug)]
enum Step {
    Stage(Lane, usize),
    Commit,
    /// The process is killed; what the system has, it keeps.
    Kill,
    /// The power fails at some operation since the last start, and the last write tears.
    PowerCut(prop::sample::Index, prop::sample::Index, u8),
}

fn step() -> impl Strategy<Value = Step> {
    let lane = prop::sample::select(Lane::ALL);
    prop_oneof![
        4 => (lane, 1usize..4).prop_map(|(lane, count)| Step::Stage(lane, count)),
        4 => Just(Step::Commit),
        1 => Just(Step::Kill),
        2 => (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0u8..3)
            .prop_map(|(at, byte, how)| Step::PowerCut(at, byte, how)),
    ]
}

/// How far each lane had come when the disk had done so many operations.
type Promised = Vec<(usize, [u64; 3])>;

/// Entries the author may write in one history: what one lane could get at most.
const AUTHORED: usize = 120;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn no_history_loses_what_was_promised(steps in prop::collection::vec(step(), 1..40)) {
        let mut author = Writer::new(1);
        let log = author.log;
        let written: Vec<Vec<Kept>> = Lane::ALL.iter()
            .map(|lane| (0..AUTHORED).map(|number| author.write(*lane, &[number as u8])).collect())
            .collect();
        let heads = |store: &fengsui_store::Store| {
            [0, 1, 2].map(|lane| store.durable_head(log, Lane::ALL[lane]).next)
        };

        let mut before = Files::new();
        let mut disk = FakeDisk::default();
        let (mut store, _) = open(&disk);
        let mut promised: Promised = vec![(0, [0; 3])];
        for step in steps {
            let files = match step {
                Step::Stage(lane, count) => {
                    let next = store.head(log, lane).next as usize;
                    let entries = written[lane as usize][next..next + count].to_vec();
                    store.stage(author.admitted(entries)).expect("stage");
                    continue;
                }
                Step::Commit => {
                    store.commit().expect("commit");
                    promised.push((disk.log().len(), heads(&store)));
                    continue;
                }
                Step::Kill => disk.files(),
                Step::PowerCut(at, byte, how) => {
                    let mut ops = disk.log();
                    ops.truncate(at.index(ops.len() + 1));
                    promised.retain(|(count, _)| *count <= ops.len());
                    let byte = byte.index(1_000);
                    let tear = [Tear::Cut(byte), Tear::Zeros(byte), Tear::Hole(byte)][how as usize];
                    FakeDisk::after_power_cut(&before, &ops, tear)
                }
            };
            let least = promised.last().expect("the start promised nothing").1;
            before = files.clone();
            disk = FakeDisk::with(files);
            let (next, report) = open(&disk);
            store = next;
            prop_assert_eq!(report.damage, vec![]);
            let now = heads(&store);
            prop_assert!(now.iter().zip(least).all(|(now, least)| *now >= least), "{:?} < {:?}", now, least);
            promised = vec![(0, now)];
            for lane in Lane::ALL {
                let held = store.entries(log, *lane, 0, usize::MAX, usize::MAX).expect("read");
                prop_assert_eq!(held.len() as u64, now[*lane as usize]);
                for (held, kept) in held.iter().zip(&written[*lane as usize]) {
                    prop_assert_eq!(&held.envelope, &kept.envelope);
                    prop_assert_eq!(&held.body, &kept.body);
                }
            }
        }
        store.commit().expect("commit");
        let expected = dump(&store);
        prop_assert_eq!(dump(&open(&disk).0), expected);
    }
}
