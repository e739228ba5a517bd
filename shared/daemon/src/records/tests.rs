//! Whether a record holds: what it quotes, what it adds up, and for whom it speaks.

use fengsui_model::inspection::Sample;
use fengsui_model::submission::Cell;
use fengsui_wire::{
    Hash, Kind, Role, Verified, consultation_body, inspection_body, report_body, targets_body,
};
use proptest::prelude::*;

use super::*;
use crate::ground::{
    AFFECTED, COUNTY, NODE, NOW, Place, ROOT, appoint, code, flood_report, hand, hand_shuffled, key,
    province_and_county, station, write,
};

const TOWNSHIP: u64 = 220_221_100;

fn subject() -> Subject {
    "20260720-220221-flood".parse().unwrap()
}

/// Province and county, whose township has reported twelve persons; and the hash of that report's body.
fn reported_flood() -> (Place, Place, Place, [u8; 32]) {
    let (root, mut county) = province_and_county();
    appoint(&mut county, NODE, TOWNSHIP, Role::Node);
    let mut node = station(NODE, TOWNSHIP);
    hand(&root, &mut node, key(ROOT).public());
    hand(&county, &mut node, key(COUNTY).public());
    let body = report_body(&flood_report(subject(), TOWNSHIP, 0, 12));
    write(&mut node, Kind::Report, body.clone());
    hand(&node, &mut county, key(NODE).public());
    (root, county, node, Hash::of(&body).0)
}

fn inspection(report: [u8; 32]) -> Inspection {
    let sample = Sample {
        division: code(TOWNSHIP),
        village: None,
        indicator: AFFECTED,
        reported: Figure::Number(12),
        found: Figure::Number(10),
        report: Some(report),
    };
    Inspection {
        form: 1,
        division: code(220_221),
        subject: subject(),
        number: 1,
        date: "2026-07-25".parse().unwrap(),
        samples: vec![sample],
        finding: None,
    }
}

fn consultation(report: [u8; 32]) -> Consultation {
    let cited = Cited { division: code(TOWNSHIP), revision: 0, body: report, filed_by: None };
    Consultation {
        form: 1,
        division: code(220_221),
        subject: subject(),
        number: 1,
        indicator: AFFECTED,
        as_of_ms: NOW.wall_ms,
        own: Cell { value: Some(12), at_least: false },
        counted: vec![cited],
        office: "公安".into(),
        theirs: 12,
        agreed: 12,
        reason: None,
    }
}

fn targets() -> Targets {
    Targets {
        form: 1,
        division: code(220_221),
        subject: subject(),
        number: 1,
        document: "永应急〔2026〕1号".into(),
        values: [((code(TOWNSHIP), AFFECTED), 0)].into(),
    }
}

fn found(place: &Place, entry: &Verified) -> Found {
    verdict(place.station.store(), place.station.registry(), entry.header().position()).unwrap()
}

fn checks(found: &Found) -> Vec<&str> {
    found.reasons.iter().map(|reason| reason.check.as_str()).collect()
}

#[test]
fn a_record_waits_for_the_report_that_it_names() {
    let (mut root, mut county, node, report) = reported_flood();
    let inspected = write(&mut county, Kind::Inspection, inspection_body(&inspection(report)));
    let agreed = write(&mut county, Kind::Consultation, consultation_body(&consultation(report)));
    hand(&county, &mut root, key(COUNTY).public());
    for entry in [&inspected, &agreed] {
        assert!(found(&root, entry).pending && checks(&found(&root, entry)).is_empty());
    }
    hand(&node, &mut root, key(NODE).public());
    for entry in [&inspected, &agreed] {
        assert!(!found(&root, entry).pending && checks(&found(&root, entry)).is_empty());
        assert_eq!(root.station.answer_to(entry.header().position()).unwrap(), None);
    }
}

#[test]
fn the_hub_above_answers_what_does_not_hold() {
    let (.., report) = reported_flood();
    let sample = |change: fn(&mut Sample)| {
        let mut of = inspection(report);
        change(&mut of.samples[0]);
        (Kind::Inspection, inspection_body(&of))
    };
    let agreed = |change: fn(&mut Consultation)| {
        let mut of = consultation(report);
        change(&mut of);
        (Kind::Consultation, consultation_body(&of))
    };
    let set = |change: fn(&mut Targets)| {
        let mut of = targets();
        change(&mut of);
        (Kind::Target, targets_body(&of))
    };
    for (check, (kind, body)) in [
        ("CITED", sample(|of| of.reported = Figure::Number(11))),
        (
            "WITHIN",
            sample(|of| (of.division, of.reported, of.report) = (code(220_282_100), Figure::Blank, None)),
        ),
        ("SUM", agreed(|of| (of.own.value, of.theirs, of.agreed) = (Some(13), 13, 13))),
        ("FOREIGN", agreed(|of| of.division = code(2_202))),
        ("SCOPE", set(|of| of.values = [((code(220_282), AFFECTED), 0)].into())),
        ("SCOPE", set(|of| of.values = [((code(220_221), 9_999), 0)].into())),
    ] {
        let (mut root, mut county, node, _) = reported_flood();
        let entry = write(&mut county, kind, body);
        hand(&county, &mut root, key(COUNTY).public());
        hand(&node, &mut root, key(NODE).public());
        let check = if check == "FOREIGN" { FOREIGN } else { check };
        assert_eq!(checks(&found(&root, &entry)), [check]);
        let answer = root.station.answer_to(entry.header().position()).unwrap();
        assert_eq!(answer.expect("the province answers").reasons[0].check, check);
    }
}

#[test]
fn what_a_county_sets_holds_below_it() {
    let (mut root, mut county, ..) = reported_flood();
    let entry = write(&mut county, Kind::Target, targets_body(&targets()));
    hand(&county, &mut root, key(COUNTY).public());
    assert!(checks(&found(&root, &entry)).is_empty());
    let topic = Topic::newest(root.station.registry().catalogues(), 1, subject()).unwrap();
    let held = all::<Targets>(root.station.store(), root.station.registry(), &topic).unwrap();
    assert_eq!(held.iter().map(|record| &record.says).collect::<Vec<_>>(), [&targets()]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn the_order_of_arrival_does_not_matter(wrong in any::<bool>(), seeds in any::<[u64; 2]>()) {
        let (root, mut county, node, report) = reported_flood();
        let mut of = consultation(report);
        if wrong {
            (of.own.value, of.theirs, of.agreed) = (Some(1), 1, 1);
        }
        write(&mut county, Kind::Consultation, consultation_body(&of));
        write(&mut county, Kind::Inspection, inspection_body(&inspection(report)));
        let told = seeds.map(|seed| {
            let mut reader = station(8, 22);
            hand_shuffled(&[&root, &county, &node], &mut reader, seed);
            let topic = Topic::newest(reader.station.registry().catalogues(), 1, subject()).unwrap();
            format!("{:?}", crate::views::total(&reader.station, code(22), &topic, None).unwrap())
        });
        prop_assert_eq!(&told[0], &told[1]);
        prop_assert_eq!(told[0].contains("\"SUM\""), wrong);
    }
}
