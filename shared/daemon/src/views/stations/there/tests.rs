//! Who is there, by the connections and by the words of hubs, however the network is wired.

use fengsui_protocol::Side;
use fengsui_wire::{Flags, Kind, Signature};

use super::*;
use crate::ground::{
    COUNTY, NODE, NOW, Place, ROOT, appoint, code, hand, key, province_and_county, sign, station,
};
use crate::station::SOFTWARE;
use crate::views::stations::stations;

const CITY: u8 = 4;
/// Another township of the county.
const OTHER: u8 = 5;
/// A township of another county of the city.
const FOREIGN: u8 = 6;
/// That county's hub.
const NEIGHBOUR: u8 = 7;

/// Two counties, their city and a province, all with hubs, and three townships.
fn network() -> (Place, Place) {
    let (mut root, _) = province_and_county();
    appoint(&mut root, CITY, 2_202, Role::Hub);
    appoint(&mut root, NEIGHBOUR, 220_282, Role::Hub);
    for (seed, division) in [(NODE, 220_221_100), (OTHER, 220_221_101), (FOREIGN, 220_282_100)] {
        appoint(&mut root, seed, division, Role::Node);
    }
    let mut city = station(CITY, 2_202);
    hand(&root, &mut city, key(ROOT).public());
    (root, city)
}

/// Who is connected, and since when they are or are not.
fn links(of: &[(u8, bool, i64)]) -> Links {
    let links = Links::default();
    for (seed, online, since_ms) in of {
        let key = key(*seed).public();
        match online {
            true => links.greeted(key, Side::Downlink, SOFTWARE.into(), 0, *since_ms),
            false => links.down(key, Side::Downlink, "gone", *since_ms),
        }
    }
    links
}

/// The hub of `seed` says who is connected to it, and since when they are or are not.
fn says(links: &Links, seed: u8, division: u64, stations: &[(u8, bool, i64)]) {
    let seen = |(seed, online, since_ms): &(u8, bool, i64)| Seen {
        key: key(*seed).public(),
        online: *online,
        since_ms: *since_ms,
        held: 3,
        lacks: 2,
        clock_offset_s: 400,
        software: Some("fengsui 0.0.1".into()),
    };
    links.heard(fengsui_wire::Presence {
        signer: key(seed).public(),
        division: code(division),
        made_ms: 1,
        stations: stations.iter().map(seen).collect(),
        signature: Signature([0; 64]),
    });
}

fn view(at: &Place, links: &Links, seed: u8) -> StationView {
    let views = stations(&at.station, links).unwrap();
    views.into_iter().find(|view| view.key == key(seed).public().to_string()).unwrap()
}

fn there(at: &Place, links: &Links, seed: u8) -> There {
    let view = view(at, links, seed);
    (view.presence, view.since_ms)
}

#[test]
fn a_township_at_its_second_parent_is_online_while_its_county_is_down() {
    let (root, city) = network();
    let at_city = links(&[(COUNTY, false, 5), (NODE, true, 7)]);
    says(&at_city, COUNTY, 220_221, &[(NODE, true, 2), (OTHER, true, 2)]);
    assert_eq!(there(&city, &at_city, COUNTY), (Presence::Offline, Some(5)));
    assert_eq!(there(&city, &at_city, NODE), (Presence::Online, Some(7)));
    assert_eq!(there(&city, &at_city, OTHER), (Presence::Unknown, Some(5)), "its county spoke too long ago");

    let at_root = links(&[(CITY, true, 1)]);
    says(&at_root, COUNTY, 220_221, &[(NODE, true, 2), (OTHER, true, 2)]);
    says(&at_root, CITY, 2_202, &[(COUNTY, false, 5), (NODE, true, 7)]);
    assert_eq!(there(&root, &at_root, NODE), (Presence::Online, Some(7)));
    assert_eq!(there(&root, &at_root, OTHER), (Presence::Unknown, Some(5)));
    let seen = view(&root, &at_root, NODE);
    assert_eq!((seen.missing, seen.behind, seen.clock_wrong, seen.old_version), (3, 2, true, true));
    assert_eq!(seen.hub.code, code(220_221), "the directory still says whose it is");
}

#[test]
fn a_station_that_moved_to_the_province_is_online_whatever_its_county_says() {
    let (root, _) = network();
    let at_root = links(&[(COUNTY, true, 1), (NODE, true, 9)]);
    says(&at_root, COUNTY, 220_221, &[(NODE, false, 5), (OTHER, false, 0)]);
    assert_eq!(there(&root, &at_root, NODE), (Presence::Online, Some(9)));
    assert_eq!(there(&root, &at_root, OTHER), (Presence::Never, None));
    let seen = view(&root, &at_root, NODE);
    assert_eq!(
        (seen.behind, seen.clock_wrong, seen.old_version),
        (0, false, false),
        "its own greeting counts"
    );

    at_root.down(key(NODE).public(), Side::Downlink, "gone", 11);
    assert_eq!(there(&root, &at_root, NODE), (Presence::Offline, Some(11)), "the later word counts");
}

#[test]
fn a_county_wired_past_its_city_is_there_and_so_are_its_townships() {
    let (root, city) = network();
    let at_root = links(&[(CITY, true, 1), (COUNTY, true, 3)]);
    says(&at_root, CITY, 2_202, &[(COUNTY, false, 0), (NEIGHBOUR, true, 2)]);
    says(&at_root, COUNTY, 220_221, &[(NODE, true, 4), (OTHER, false, 6)]);
    assert_eq!(there(&root, &at_root, COUNTY), (Presence::Online, Some(3)));
    assert_eq!(there(&root, &at_root, NODE), (Presence::Online, Some(4)));
    assert_eq!(there(&root, &at_root, OTHER), (Presence::Offline, Some(6)));
    assert_eq!(there(&root, &at_root, NEIGHBOUR), (Presence::Online, Some(2)), "by the word of the city");

    let at_city = links(&[]);
    assert_eq!(there(&city, &at_city, NODE), (Presence::Unknown, None), "the city cannot see past itself");
}

#[test]
fn a_hub_speaks_only_for_those_below_it() {
    let (root, _) = network();
    let at_root = links(&[(CITY, false, 8), (NEIGHBOUR, true, 1)]);
    let all = [(CITY, true, 2), (COUNTY, true, 2), (NEIGHBOUR, true, 2), (NODE, true, 2), (FOREIGN, true, 2)];
    says(&at_root, NEIGHBOUR, 220_282, &all);
    says(&at_root, COUNTY, 220_221, &all);
    says(&at_root, CITY, 2_202, &[]);
    assert_eq!(there(&root, &at_root, CITY), (Presence::Offline, Some(8)));
    assert_eq!(there(&root, &at_root, COUNTY).0, Presence::Unknown);
    assert_eq!(there(&root, &at_root, NODE).0, Presence::Unknown);
    assert_eq!(there(&root, &at_root, FOREIGN), (Presence::Online, Some(2)));

    // Nor for the division for which it was appointed before.
    let elsewhere = links(&[(NEIGHBOUR, true, 1)]);
    says(&elsewhere, NEIGHBOUR, 220_221, &[(NODE, true, 2)]);
    assert_eq!(there(&root, &elsewhere, NODE).0, Presence::Unknown);
}

#[test]
fn after_a_restart_a_station_is_gone_since_its_newest_entry_came() {
    let (mut root, _) = network();
    let mut node = station(NODE, 220_221_100);
    hand(&root, &mut node, key(ROOT).public());
    sign(&mut node, Kind::Report, Flags::default(), vec![1]);
    hand(&node, &mut root, key(NODE).public());
    let at_root = links(&[(CITY, true, 1), (COUNTY, true, 1)]);
    says(&at_root, COUNTY, 220_221, &[(NODE, false, 0), (OTHER, false, 0)]);
    let since = (Presence::Offline, Some(NOW.wall_ms));
    assert_eq!(there(&root, &at_root, NODE), since);
    assert_eq!(there(&root, &at_root, OTHER), (Presence::Never, None), "nothing of it is held");
    assert_eq!(there(&root, &links(&[]), NODE).0, Presence::Unknown, "its hub is waited for first");
}
