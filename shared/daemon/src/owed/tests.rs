//! What a township is reminded of, hour by hour.

use fengsui_model::{Report, Stability};
use fengsui_wire::{Kind, Role, report_body, stability_body};

use super::*;
use crate::ground::{
    AFFECTED, COUNTY, NODE, NOW, Place, ROOT, appoint, code, flood_report, hand, key, province_and_county,
    station, write,
};
use crate::station::ReviewSaying;

const TOWNSHIP: u64 = 220_221_100;
const FLOOD: &str = "20260720-220221-flood";

fn event() -> EventKey {
    FLOOD.parse().unwrap()
}

fn places() -> (Place, Place) {
    let (root, mut county) = province_and_county();
    appoint(&mut county, NODE, TOWNSHIP, Role::Node);
    let mut node = station(NODE, TOWNSHIP);
    hand(&root, &mut node, key(ROOT).public());
    hand(&county, &mut node, key(COUNTY).public());
    (county, node)
}

fn after(hours: i64) -> Now {
    Now { wall_ms: NOW.wall_ms + hours * HOUR_MS, ..NOW }
}

fn told(node: &Place, hours: i64) -> Vec<(Owed, bool, String)> {
    let owed = owed(&node.station, after(hours)).unwrap();
    owed.into_iter().map(|of| (of.owed, of.overdue, of.zh)).collect()
}

fn report(node: &mut Place, report: &Report) -> fengsui_wire::Position {
    write(node, Kind::Report, report_body(report)).header().position()
}

#[test]
fn an_open_event_asks_every_day_and_a_stable_one_for_the_verified_report() {
    let (mut county, mut node) = places();
    assert_eq!(told(&node, 0), []);
    let first = flood_report(event().into(), TOWNSHIP, 0, 10);
    report(&mut node, &first);
    let line = |text: &str| format!("{FLOOD} {text}");
    let due = "应于 2026-11-23 12:00:00 前报送";
    let open = |overdue, text: String| vec![(Owed::Continued, overdue, line(&text))];
    assert_eq!(told(&node, 4), open(false, format!("续报（无变化的报零报告）{due}，还有 20 小时")));
    assert_eq!(told(&node, 27), open(true, format!("续报（无变化的报零报告）已逾期 3 小时，{due}")));
    let stable = Stability { event: event(), number: 1, since_ms: Some(NOW.wall_ms), undoes: None };
    write(&mut county, Kind::Stability, stability_body(&stable));
    hand(&county, &mut node, key(COUNTY).public());
    let due = "2026-12-02 12:00:00";
    let stable = |overdue, text: String| vec![(Owed::Verified, overdue, line(&text))];
    assert_eq!(told(&node, 27), stable(false, format!("核报应于 {due} 前报送，还有 8 天")));
    assert_eq!(told(&node, 300), stable(true, format!("核报已逾期 2 天，应于 {due} 前报送")));
    report(&mut node, &Report { stage: Stage::Verified, revision: 1, ..first });
    assert_eq!(told(&node, 300), []);
}

#[test]
fn what_came_back_is_owed_first_and_a_drill_never() {
    let (mut county, mut node) = places();
    let drill = Report {
        drill: true,
        ..flood_report("20260725-220221-flood".parse::<EventKey>().unwrap().into(), TOWNSHIP, 0, 1)
    };
    report(&mut node, &drill);
    report(
        &mut node,
        &flood_report("20260721-220221-flood".parse::<EventKey>().unwrap().into(), TOWNSHIP, 0, 3),
    );
    let at = report(&mut node, &flood_report(event().into(), TOWNSHIP, 0, 10));
    hand(&node, &mut county, key(NODE).public());
    let back = ReviewSaying::Return([(AFFECTED, "与台账不符".to_owned())].into());
    county.station.review(at, &back, None, NOW).unwrap();
    county.station.commit(NOW).unwrap();
    hand(&county, &mut node, key(COUNTY).public());
    let told = told(&node, 1);
    assert_eq!(told.iter().map(|(owed, ..)| *owed).collect::<Vec<_>>(), [Owed::Returned, Owed::Continued]);
    assert!(told[0].2.contains("被退回，更正后用 submit --update 再报"), "{told:?}");
    let english = owed(&node.station, after(1)).unwrap();
    assert!(english[0].en.contains("correct it and report again"), "{english:?}");
    assert_eq!(code(TOWNSHIP), node.station.identity().division);
}

#[test]
fn a_number_that_was_signed_twice_is_told_to_both_until_another_follows() {
    let (mut county, mut node) = places();
    for affected in [10, 20] {
        report(&mut node, &flood_report(event().into(), TOWNSHIP, 0, affected));
    }
    hand(&node, &mut county, key(NODE).public());
    let total = |place: &Place| {
        crate::views::total(&place.station, code(220_221), &Topic::event(event()), None).unwrap()
    };
    let twice = total(&county).twice;
    assert_eq!((twice.len(), twice[0].revision), (1, 0));
    assert_eq!(total(&county).counted[0].entry, twice[0].stands);
    let listed = crate::submit::list(&node.station, 10, NOW).unwrap();
    for entry in &listed.reports {
        let note = entry.notes.iter().find(|note| note.check == crate::reckon::TWICE).unwrap();
        assert!(
            note.zh.contains(&format!("以 {} 为准，不计 {}", twice[0].stands, twice[0].other)),
            "{note:?}"
        );
        assert!(note.en.contains("signed with two contents"), "{note:?}");
    }
    assert!(crate::submit::print::reports(&listed).contains("同号异文"));
    assert!(crate::print::total(&total(&county)).contains("同号异文：220221100 口前镇"));
    report(&mut node, &flood_report(event().into(), TOWNSHIP, 1, 25));
    hand(&node, &mut county, key(NODE).public());
    assert_eq!(total(&county).twice, []);
}

#[test]
fn a_first_report_after_its_clock_is_late_unless_only_the_day_is_known() {
    let (_, mut node) = places();
    let late = |node: &mut Place, occurred: &str, kind: &str| {
        let occurred_ms = crate::submit::moment("occurred", occurred).unwrap();
        let event: EventKey = format!("20261120-220221-{kind}").parse().unwrap();
        let said = Report { occurred_ms: Some(occurred_ms), ..flood_report(event.into(), TOWNSHIP, 0, 10) };
        let position = report(node, &said);
        let registry = node.station.registry();
        let judged = reckon::judge(node.station.store(), registry, position).unwrap().unwrap().unwrap();
        came_late(clocks(registry, event, code(TOWNSHIP), NOW.wall_ms), &judged)
    };
    // The township signs at noon of the 22nd.
    assert!(late(&mut node, "2026-11-20T03:30", "flood"));
    assert!(late(&mut node, "2026-11-22T10:59", "snow"));
    assert!(!late(&mut node, "2026-11-22T11:30", "wind_hail"));
    assert!(!late(&mut node, "2026-11-20T00:00", "geological"), "nobody knows when on that day");
}
