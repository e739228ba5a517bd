//! Merged and stable events, and reports filed for others: what counts, in any order of arrival.

use fengsui_wire::{Kind, Proxy, merge_body, proxy_body, report_body, stability_body};
use proptest::prelude::*;

use super::*;
use crate::ground::{
    AFFECTED, COUNTY, NODE, NOW, Place, ROOT, appoint, code, flood_report, hand, hand_shuffled, key,
    province_and_county, station, write,
};
use crate::reckon;
use crate::station::{Happening, HappeningError};

const CITY: u8 = 4;
const TOWNSHIPS: [u64; 2] = [220_221_100, 220_221_101];

fn event(day: u8) -> EventKey {
    format!("202607{:02}-220221-flood", 20 + day).parse().unwrap()
}

fn topic(day: u8) -> Topic {
    Topic::event(event(day))
}

/// Province, county, city and one township with a report on each of the first two events.
fn reported() -> [Place; 4] {
    let (mut root, mut county) = province_and_county();
    appoint(&mut root, CITY, 2_202, Role::Hub);
    appoint(&mut county, NODE, TOWNSHIPS[0], Role::Node);
    let mut node = station(NODE, TOWNSHIPS[0]);
    let mut city = station(CITY, 2_202);
    for place in [&mut node, &mut city] {
        hand(&root, place, key(ROOT).public());
        hand(&county, place, key(COUNTY).public());
    }
    write(&mut node, Kind::Report, report_body(&flood_report(event(0).into(), TOWNSHIPS[0], 0, 10)));
    hand(&node, &mut county, key(NODE).public());
    file(&mut county, 1, TOWNSHIPS[1], 0, 5);
    [root, county, city, node]
}

/// The county files for a township.
fn file(county: &mut Place, day: u8, township: u64, revision: u32, affected: i64) {
    let report = flood_report(event(day).into(), township, revision, affected);
    let proxy = Proxy { report, told_by: "值班室".into(), told_ms: NOW.wall_ms };
    write(county, Kind::Proxy, proxy_body(&proxy));
}

fn total(place: &Place, day: u8) -> i64 {
    let (store, registry) = (place.station.store(), place.station.registry());
    let kept = place.station.total(code(220_221), &topic(day)).unwrap().unwrap();
    let directory = registry.directory().unwrap();
    let folded = reckon::total(store, registry, directory, code(220_221), &topic(day)).unwrap();
    assert_eq!(kept.rollup, folded.rollup, "what is kept is what the log says");
    folded.rollup.total(AFFECTED).unwrap().value
}

fn say(place: &mut Place, day: u8, happening: Happening) -> Result<(), HappeningError> {
    place.station.say_of_event(event(day), &happening, NOW)?;
    place.station.commit(NOW).unwrap();
    Ok(())
}

#[test]
fn a_merge_adds_what_it_merges_and_can_be_taken_back() {
    let [_root, mut county, mut city, node] = reported();
    assert_eq!([total(&county, 0), total(&county, 1)], [10, 5]);
    say(&mut county, 0, Happening::Merge(vec![event(1)])).unwrap();
    assert_eq!([total(&county, 0), total(&county, 1)], [15, 5]);
    hand(&county, &mut city, key(COUNTY).public());
    hand(&node, &mut city, key(NODE).public());
    assert_eq!(total(&city, 0), 15);
    assert_eq!(city.station.course().unwrap().head(event(1)), event(0));
    say(&mut county, 0, Happening::Split).unwrap();
    assert_eq!(total(&county, 0), 10);
    assert!(matches!(say(&mut county, 0, Happening::Split), Err(HappeningError::NothingToUndo)));
    let nobody = say(&mut county, 0, Happening::Merge(vec![event(5)]));
    assert!(matches!(nobody, Err(HappeningError::NoReport(of)) if of == event(5)));
}

#[test]
fn an_event_is_stable_when_its_county_says_so_and_not_before_it_began() {
    let [_root, mut county, mut city, node] = reported();
    hand(&county, &mut city, key(COUNTY).public());
    hand(&node, &mut city, key(NODE).public());
    assert!(
        matches!(say(&mut city, 0, Happening::Stable(NOW.wall_ms)), Err(HappeningError::Refused(of)) if of.check == FOREIGN)
    );
    let before = Happening::Stable(NOW.wall_ms - 365 * 86_400_000);
    assert!(matches!(say(&mut county, 0, before), Err(HappeningError::Refused(of)) if of.check == "BEFORE"));
    assert!(matches!(say(&mut county, 0, Happening::Stable(NOW.wall_ms + 1)), Err(HappeningError::Future)));
    say(&mut county, 0, Happening::Stable(NOW.wall_ms)).unwrap();
    assert!(matches!(say(&mut county, 0, Happening::Stable(NOW.wall_ms)), Err(HappeningError::Already)));
    hand(&county, &mut city, key(COUNTY).public());
    for place in [&county, &city] {
        assert_eq!(
            place.station.course().unwrap().stable(event(0)).map(|(_, since)| since),
            Some(NOW.wall_ms)
        );
    }
    say(&mut county, 0, Happening::Reopen).unwrap();
    assert!(county.station.course().unwrap().stable(event(0)).is_none());
}

#[test]
fn what_was_filed_for_a_township_stands_until_its_own_report_comes() {
    let [_root, mut county, _city, mut node] = reported();
    file(&mut county, 0, TOWNSHIPS[0], 7, 99);
    assert_eq!(total(&county, 0), 10, "its own report was there before, and has a lower number");
    file(&mut county, 2, TOWNSHIPS[0], 3, 40);
    assert_eq!(total(&county, 2), 40);
    write(&mut node, Kind::Report, report_body(&flood_report(event(2).into(), TOWNSHIPS[0], 0, 41)));
    hand(&node, &mut county, key(NODE).public());
    assert_eq!(total(&county, 2), 41);
    // A township cannot file for its neighbour.
    let report = flood_report(event(2).into(), TOWNSHIPS[1], 0, 1_000);
    let proxy = Proxy { report, told_by: "邻乡".into(), told_ms: NOW.wall_ms };
    write(&mut node, Kind::Proxy, proxy_body(&proxy));
    hand(&node, &mut county, key(NODE).public());
    assert_eq!(total(&county, 2), 41);
}

/// What an office says, whether or not intake would have let it through.
#[derive(Clone, Copy, Debug)]
enum Act {
    Merge { into: u8, from: u8 },
    Split { into: u8, undone: u8 },
    Stable { day: u8 },
    File { day: u8, township: usize, affected: i64 },
    Report { day: u8, affected: i64 },
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (0u8..3, 0u8..3).prop_map(|(into, from)| Act::Merge { into, from }),
        (0u8..3, 0u8..4).prop_map(|(into, undone)| Act::Split { into, undone }),
        (0u8..3).prop_map(|day| Act::Stable { day }),
        (0u8..3, 0usize..2, 1i64..99).prop_map(|(day, township, affected)| Act::File {
            day,
            township,
            affected
        }),
        (0u8..3, 1i64..99).prop_map(|(day, affected)| Act::Report { day, affected }),
    ]
}

fn perform(places: &mut [Place; 4], said: &mut Vec<[u8; 32]>, (by_city, act): (bool, Act)) {
    let number = u32::try_from(said.len()).unwrap();
    let office = if by_city { &mut places[2] } else { &mut places[1] };
    let entry = match act {
        Act::Merge { into, from } if into != from => {
            let merge = Merge { into: event(into), number, events: vec![event(from)], undoes: None };
            write(office, Kind::Merge, merge_body(&merge))
        }
        Act::Merge { .. } => return,
        Act::Split { into, undone } => {
            let Some(undone) = said.get(usize::from(undone)) else { return };
            let merge = Merge { into: event(into), number, events: vec![], undoes: Some(*undone) };
            write(office, Kind::Merge, merge_body(&merge))
        }
        Act::Stable { day } => {
            let since_ms = Some(NOW.wall_ms);
            let stable = Stability { event: event(day), number, since_ms, undoes: None };
            write(office, Kind::Stability, stability_body(&stable))
        }
        Act::File { day, township, affected } => {
            return file(&mut places[1], day, TOWNSHIPS[township], number, affected);
        }
        Act::Report { day, affected } => {
            let report = flood_report(event(day).into(), TOWNSHIPS[0], number, affected);
            write(&mut places[3], Kind::Report, report_body(&report))
        }
    };
    said.push(entry.header().body_hash.0);
}

fn seen(place: &Place) -> String {
    let station = &place.station;
    let days = (0..3).map(|day| {
        let course = station.course().unwrap();
        let stable = course.stable(event(day)).map(|(word, since)| (word.position, since));
        let received = crate::views::total(station, code(22), &topic(day), None).unwrap();
        let reviewed = crate::views::reviewed_total(station, code(22), &topic(day), None).unwrap();
        total(place, day);
        format!("{:?} {stable:?} {received:?} {reviewed:?}", course.head(event(day)))
    });
    days.collect::<Vec<_>>().join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    #[test]
    fn the_order_of_arrival_does_not_matter(
        acts in proptest::collection::vec((any::<bool>(), act()), 1..10),
        seeds in any::<[u64; 2]>(),
    ) {
        let mut places = reported();
        let mut said = Vec::new();
        acts.into_iter().for_each(|act| perform(&mut places, &mut said, act));
        let from = [&places[0], &places[1], &places[2], &places[3]];
        let told = seeds.map(|seed| {
            let mut reader = station(8, 22);
            hand_shuffled(&from, &mut reader, seed);
            seen(&reader)
        });
        prop_assert_eq!(&told[0], &told[1]);
    }
}
