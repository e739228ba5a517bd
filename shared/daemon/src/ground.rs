//! Ground for tests: stations that hand each other their entries by hand.

use std::collections::VecDeque;

use fengsui_model::directory::JILIN_2019_CSV;
use fengsui_model::{Directory, DivisionCode, Figure, Form, Level, Report, Stage, Subject};
use fengsui_protocol::Now;
use fengsui_store::{Memory, RealDisk, Store};
use fengsui_wire::{Appointment, Carried, Flags, Kind, Lane, LogName, PublicKey, Role, StationKey, Verified};

use crate::index::Index;
use crate::reading::Fresh;
use crate::station::{AppendError, Identity, Station, Writing};

/// 2026-11-22, noon in Changchun.
pub const NOW: Now = Now { steady_ms: 0, wall_ms: 1_795_320_000_000 };
pub const ROOT: u8 = 1;
pub const COUNTY: u8 = 2;
pub const NODE: u8 = 3;

pub fn code(code: u64) -> DivisionCode {
    DivisionCode::new(code).unwrap()
}

pub fn key(seed: u8) -> StationKey {
    StationKey::from_seed(&[seed; 32])
}

pub struct Place {
    pub station: Station,
    _dir: tempfile::TempDir,
}

pub fn station(seed: u8, division: u64) -> Place {
    let dir = tempfile::TempDir::new().unwrap();
    let fresh = Fresh::default();
    let disk = Box::new(RealDisk::new(dir.path()).unwrap());
    let (store, _) = Store::open(disk, Box::new(Memory::new()), Box::new(Index::handing(&fresh))).unwrap();
    let identity = Identity { key: key(seed), root: key(ROOT).public(), division: code(division) };
    let station = Station::open(store, fresh, identity, Box::new(move || [seed; 16]), NOW).unwrap();
    Place { station, _dir: dir }
}

/// Gives `to` all that `from` holds of the log of `author`, as a stick would.
pub fn hand(from: &Place, to: &mut Place, author: PublicKey) {
    let names = from.station.store().logs().into_iter().filter(|name| name.key == author);
    for name in names.collect::<Vec<_>>() {
        for lane in Lane::ALL {
            let log = name.id(from.station.network());
            let entries = from.station.store().entries(log, *lane, 0, usize::MAX, usize::MAX).unwrap();
            for entry in entries {
                let carried = Carried { envelope: entry.envelope, body: entry.body };
                to.station.import(name, carried, NOW).unwrap();
                to.station.commit(NOW).unwrap();
            }
        }
    }
}

pub fn appoint(by: &mut Place, seed: u8, division: u64, role: Role) {
    let appointment = Appointment {
        key: key(seed).public(),
        division: code(division),
        role,
        from_ms: 0,
        until_ms: None,
        address: None,
        second_parent: None,
        post: None,
    };
    by.station.appoint(&appointment, NOW).unwrap();
    by.station.commit(NOW).unwrap();
}

/// The province with its directory, and the county of Yongji, which knows it.
pub fn province_and_county() -> (Place, Place) {
    let (mut root, mut county) = (station(ROOT, 22), station(COUNTY, 220_221));
    let directory = Directory::from_csv(JILIN_2019_CSV, 1).unwrap();
    root.station.issue_directory(&directory, NOW).unwrap();
    root.station.commit(NOW).unwrap();
    appoint(&mut root, COUNTY, 220_221, Role::Hub);
    hand(&root, &mut county, key(ROOT).public());
    (root, county)
}

/// Signs without asking any rule, as changed software would.
pub fn sign(place: &mut Place, kind: Kind, flags: Flags, body: Vec<u8>) {
    let addressee = Some(place.station.identity().division);
    let writing = Writing { kind, lane: Lane::Routine, flags, reach: Level::Province, addressee, body };
    place.station.write(writing, NOW).unwrap();
    place.station.commit(NOW).unwrap();
}

/// Population affected.
pub const AFFECTED: u32 = 1010;

/// A quick report that states how many persons are affected.
pub fn flood_report(subject: Subject, division: u64, revision: u32, affected: i64) -> Report {
    Report {
        stage: if revision == 0 { Stage::Initial } else { Stage::Continued },
        revision,
        occurred_ms: Some(0),
        figures: [(AFFECTED, Figure::Number(affected))].into(),
        ..Report::blank(Form::quick().id, code(division), subject)
    }
}

/// Signs into the urgent lane without asking any rule, addressed to the township of most tests.
pub fn write(place: &mut Place, kind: Kind, body: Vec<u8>) -> Verified {
    let writing = Writing {
        kind,
        lane: Lane::Urgent,
        flags: Flags::default(),
        reach: Level::Province,
        addressee: Some(code(220_221_100)),
        body,
    };
    let entry = place.station.write(writing, NOW).unwrap();
    place.station.commit(NOW).unwrap();
    entry
}

/// Gives `to` everything that `from` hold, in an order drawn from `seed` in which only lanes are chains.
pub fn hand_shuffled(from: &[&Place], to: &mut Place, seed: u64) {
    hand_shuffled_over(from, to, seed, 0, |_, _| {});
}

/// The same, each entry `apart_ms` later than the one before; `look` is shown `to` after each, with the time.
pub fn hand_shuffled_over(
    from: &[&Place],
    to: &mut Place,
    mut seed: u64,
    apart_ms: i64,
    mut look: impl FnMut(&Place, i64),
) {
    let mut lanes: Vec<VecDeque<(LogName, Carried)>> = Vec::new();
    for place in from {
        let station = &place.station;
        let own = station.own();
        for lane in Lane::ALL {
            let entries =
                station.store().entries(own.id(station.network()), *lane, 0, usize::MAX, usize::MAX);
            let carried = |entry: fengsui_store::StoredEntry| {
                (own, Carried { envelope: entry.envelope, body: entry.body })
            };
            lanes.push(entries.unwrap().into_iter().map(carried).collect());
        }
    }
    let mut now = NOW;
    while lanes.iter().any(|lane| !lane.is_empty()) {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from(seed >> 33).unwrap() % lanes.len();
        let Some((name, carried)) = lanes[at].pop_front() else { continue };
        now.wall_ms += apart_ms;
        let kept = (name, Carried { envelope: carried.envelope, body: carried.body.clone() });
        match to.station.import(name, carried, now) {
            // Its appointment has not come yet: it waits with whoever holds it.
            Err(AppendError::Unknown(_)) => lanes[at].push_front(kept),
            imported => assert!(imported.is_ok(), "{imported:?}"),
        }
        to.station.commit(now).unwrap();
        look(to, now.wall_ms);
    }
}
