//! Ground for tests: stations that hand each other their entries by hand.

use fengsui_model::directory::JILIN_2019_CSV;
use fengsui_model::{Directory, DivisionCode, Level};
use fengsui_protocol::Now;
use fengsui_store::{Memory, RealDisk, Store};
use fengsui_wire::{Appointment, Carried, Flags, Kind, Lane, PublicKey, Role, StationKey};

use crate::index::Index;
use crate::reading::Fresh;
use crate::station::{Identity, Station, Writing};

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
