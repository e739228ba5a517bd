//! Which versions stand, and whose word counts, among stations that hand each other their entries by hand.

use fengsui_model::standard::{AidStandard, Clause, Income, Period, Setting, Step};
use fengsui_model::{Adoption, Fen, Level};
use fengsui_wire::{Flags, Kind, Role, adoption_body, standard_body};

use super::*;
use crate::ground::{
    COUNTY, NODE, NOW, Place, ROOT, appoint, code, hand, key, province_and_county, sign, station,
};
use crate::station::{AdoptError, Saying};

fn standard(version: u32, from: &str, floor: i64) -> AidStandard {
    let clause = Clause {
        divisions: vec![code(22)],
        kinds: vec![],
        floor: Some(Fen(floor)),
        share_bp: None,
        set_by: Level::City,
    };
    AidStandard {
        code: "urban_dibao".parse().unwrap(),
        version,
        name: "城市低保标准".into(),
        title: "方案".into(),
        document: "文号".into(),
        issued: None,
        from: from.parse().unwrap(),
        recorded_late: false,
        period: Period::Month,
        income: Income::Urban,
        clauses: vec![clause],
    }
}

fn issue(root: &mut Place, standard: &AidStandard) {
    root.station.issue_standard(standard, NOW).unwrap();
    root.station.commit(NOW).unwrap();
}

fn floors(place: &Place) -> Vec<(u32, i64)> {
    let standards = place.station.standards().unwrap();
    let code = "urban_dibao".parse().unwrap();
    let floor = |of: &&Issued| (of.standard.version, of.standard.clauses[0].floor.unwrap().0);
    standards.of(&code).iter().map(floor).collect()
}

fn value(fen: i64) -> Step {
    Step::InForce(Setting {
        value: Fen(fen),
        period: Period::Month,
        from: "2026-12-01".parse().unwrap(),
        document: "永政发".into(),
        income: None,
    })
}

fn say(county: &mut Place, step: Step) -> Result<Adoption, AdoptError> {
    let standard = "urban_dibao".parse().unwrap();
    let saying = Saying { standard, covers: vec![], recorded_late: false, step };
    let (adoption, _) = county.station.adopt(saying, NOW)?;
    county.station.commit(NOW).unwrap();
    Ok(adoption)
}

fn words_at(place: &Place) -> Vec<Word> {
    let station = &place.station;
    let standards = station.standards().unwrap();
    words(station.store(), station.registry(), &standards, &"urban_dibao".parse().unwrap()).unwrap()
}

#[test]
fn an_older_an_equal_and_a_past_version_are_passed_over() {
    let (mut root, mut county) = province_and_county();
    issue(&mut root, &standard(1, "2026-11-22", 16_000));
    issue(&mut root, &standard(3, "2026-12-01", 18_000));
    for rolled_back in [standard(2, "2026-12-01", 100), standard(3, "2026-11-30", 100)] {
        assert!(root.station.issue_standard(&rolled_back, NOW).is_err());
        sign(&mut root, Kind::Standard, Flags::default(), standard_body(&rolled_back));
    }
    sign(&mut root, Kind::Standard, Flags::default(), standard_body(&standard(4, "2026-11-21", 100)));
    hand(&root, &mut county, key(ROOT).public());
    for place in [&root, &county] {
        assert_eq!(floors(place), [(1, 16_000), (3, 18_000)]);
    }
    // Said again after a setback, its day may be past by then.
    let again = standard_body(&standard(4, "2026-11-21", 20_000));
    sign(&mut root, Kind::Standard, Flags::RELOGGED, again);
    assert_eq!(floors(&root), [(1, 16_000), (3, 18_000), (4, 20_000)]);
}

#[test]
fn a_standard_of_anybody_but_the_root_is_none() {
    let (root, mut county) = province_and_county();
    sign(&mut county, Kind::Standard, Flags::default(), standard_body(&standard(1, "2026-12-01", 100)));
    assert!(county.station.issue_standard(&standard(1, "2026-12-01", 100), NOW).is_err());
    assert_eq!((floors(&county), floors(&root)), (vec![], vec![]));
}

#[test]
fn a_header_states_how_many_versions_its_author_held() {
    let (mut root, mut county) = province_and_county();
    issue(&mut root, &standard(1, "2026-12-01", 16_000));
    hand(&root, &mut county, key(ROOT).public());
    let adopted = "urban_dibao".parse().unwrap();
    let saying = Saying { standard: adopted, covers: vec![], recorded_late: false, step: value(16_000) };
    let (_, entry) = county.station.adopt(saying, NOW).unwrap();
    assert_eq!(entry.header().draft.standards, 1);
    county.station.commit(NOW).unwrap();
    let reached = crate::views::reach(
        &county.station,
        &"urban_dibao".parse().unwrap(),
        None,
        day(NOW.wall_ms).unwrap(),
    );
    assert_eq!(reached.unwrap().unwrap().counts.issued, 1, "set for a day that is to come");
}

#[test]
fn a_value_is_judged_again_when_a_stricter_version_comes() {
    let (mut root, mut county) = province_and_county();
    issue(&mut root, &standard(1, "2026-11-22", 16_000));
    hand(&root, &mut county, key(ROOT).public());
    assert!(
        matches!(say(&mut county, value(15_999)), Err(AdoptError::Refused(found)) if found[0].check == "FLOOR")
    );
    assert_eq!(say(&mut county, value(17_000)).unwrap().number, 1);
    hand(&county, &mut root, key(COUNTY).public());
    assert!(words_at(&root)[0].reasons.is_empty());
    let position = words_at(&root)[0].position;
    assert_eq!(root.station.answer_to(position).unwrap(), None);
    issue(&mut root, &standard(2, "2026-12-01", 18_000));
    let answer =
        root.station.answer_to(position).unwrap().expect("the value is below what holds on its first day");
    assert_eq!(answer.reasons[0].check, "FLOOR");
}

#[test]
fn a_station_below_cannot_take_the_countys_words() {
    let (mut root, mut county) = province_and_county();
    issue(&mut root, &standard(1, "2026-11-22", 16_000));
    hand(&root, &mut county, key(ROOT).public());
    let first = say(&mut county, value(17_000)).unwrap();
    appoint(&mut county, NODE, 220_221_100, Role::Node);
    let mut node = station(NODE, 220_221_100);
    let last = Adoption { number: u32::MAX, ..first.clone() };
    for copied in [&first, &last] {
        sign(&mut node, Kind::Adoption, Flags::default(), adoption_body(copied));
    }
    hand(&node, &mut county, key(NODE).public());
    let counted: Vec<_> = words_at(&county).into_iter().filter(|word| word.reasons.is_empty()).collect();
    assert_eq!(counted.len(), 1);
    assert_eq!((counted[0].signer, &counted[0].adoption), (key(COUNTY).public(), &first));
    assert_eq!(words_at(&county).iter().filter(|word| word.is_foreign()).count(), 2);
    assert_eq!(say(&mut county, value(18_000)).unwrap().number, 2);
}
