//! Whether a statement upward holds: its sum, its signature, and whom it passes over.

use fengsui_model::Stage;
use fengsui_wire::{Endorsement, Kind, report_body, submission_body};
use proptest::prelude::*;

use super::*;
use crate::ground::{
    AFFECTED, COUNTY, NODE, NOW, Place, ROOT, appoint, code, flood_report, hand, hand_shuffled, key,
    province_and_county, station, write,
};
use crate::station::{ReviewSaying, SubmitError};

const TOWNSHIP: u64 = 220_221_100;
const HEAD: u8 = 6;

fn topic() -> Topic {
    Topic::event("20260720-220221-flood".parse().unwrap())
}

/// Province and county, whose township reports `affected` persons in revisions that the county accepts as far as they go.
fn reviewed(affected: &[i64], accepted: usize) -> (Place, Place, Place) {
    let (root, mut county) = province_and_county();
    appoint(&mut county, NODE, TOWNSHIP, Role::Node);
    let mut node = station(NODE, TOWNSHIP);
    hand(&root, &mut node, key(ROOT).public());
    hand(&county, &mut node, key(COUNTY).public());
    for (revision, affected) in (0u32..).zip(affected) {
        let report = flood_report(topic().subject, TOWNSHIP, revision, *affected);
        let at = write(&mut node, Kind::Report, report_body(&report)).header().position();
        hand(&node, &mut county, key(NODE).public());
        if usize::try_from(revision).unwrap() < accepted {
            county.station.review(at, &ReviewSaying::Accept, None, NOW).unwrap();
            county.station.commit(NOW).unwrap();
        }
    }
    (root, county, node)
}

fn submit(county: &mut Place, stage: Option<Stage>) -> Result<Submission, SubmitError> {
    let submitted = county.station.submit_upward(&topic(), stage, None, NOW)?;
    county.station.commit(NOW).unwrap();
    Ok(submitted.0)
}

fn found(place: &Place) -> Vec<Word> {
    words(place.station.store(), place.station.registry(), &topic()).unwrap()
}

fn checks(word: &Word) -> Vec<&str> {
    word.reasons.iter().map(|reason| reason.check.as_str()).collect()
}

#[test]
fn a_statement_counts_what_was_accepted_and_waits_for_what_it_names() {
    let (mut root, mut county, node) = reviewed(&[10, 20], 1);
    let submission = submit(&mut county, None).unwrap();
    assert_eq!(submission.totals[&AFFECTED], Cell { value: Some(10), at_least: false });
    assert_eq!((submission.number, submission.stage), (1, Some(Stage::Initial)));
    assert_eq!(submission.coverage().zh(), "1 本报，7 缺报");
    assert!(matches!(submit(&mut county, None), Err(SubmitError::Unchanged(1))));
    hand(&county, &mut root, key(COUNTY).public());
    assert!(found(&root)[0].pending, "the township's log has not come yet");
    hand(&node, &mut root, key(NODE).public());
    assert!(!found(&root)[0].pending && found(&root)[0].reasons.is_empty());
    assert_eq!(root.station.answer_to(found(&root)[0].position).unwrap(), None);
    assert!(
        matches!(submit(&mut county, Some(Stage::Verified)), Err(SubmitError::Refused(of)) if of[0].check == "VERIFIED")
    );
}

/// Signs a statement as changed software would.
fn forge(county: &mut Place, change: impl FnOnce(&mut Submission)) {
    let (store, registry) = (county.station.store(), county.station.registry());
    let directory = registry.directory().unwrap();
    let mut submission = draft(store, registry, directory, code(220_221), (&topic(), None)).unwrap();
    change(&mut submission);
    write(county, Kind::Submission, submission_body(&SignedSubmission { submission, head: None }));
}

#[test]
fn the_hub_above_answers_what_does_not_hold() {
    for (check, change) in [
        (
            "SUM",
            (|of| {
                of.totals.insert(AFFECTED, Cell { value: Some(11), at_least: false });
            }) as fn(&mut Submission),
        ),
        ("COVERAGE", |of| of.left_out.clear()),
        ("UNREVIEWED", |of| of.counted[0].revision = 1),
        ("WITHIN", |of| {
            of.left_out.insert(code(220_282), Absence::Missing);
        }),
    ] {
        let (mut root, mut county, node) = reviewed(&[10, 10], 1);
        let second = flood_report(topic().subject, TOWNSHIP, 1, 10);
        let body = Hash::of(&report_body(&second)).0;
        forge(&mut county, |of| {
            change(of);
            if of.counted[0].revision == 1 {
                of.counted[0].body = body;
            }
        });
        hand(&county, &mut root, key(COUNTY).public());
        hand(&node, &mut root, key(NODE).public());
        let word = &found(&root)[0];
        assert_eq!(checks(word), [check]);
        let answer = root.station.answer_to(word.position).unwrap().expect("the province answers");
        assert_eq!(answer.reasons[0].check, check);
    }
}

#[test]
fn a_head_signs_what_stands_and_who_reviewed_may_not() {
    let (mut root, mut county, node) = reviewed(&[10], 1);
    appoint(&mut county, HEAD, 220_221, Role::Head);
    assert!(matches!(submit(&mut county, None), Err(SubmitError::Refused(of)) if of[0].check == "PERSON"));
    let cites = county.station.submission_cited(&topic(), None).unwrap();
    let sign = |seed| Endorsement::sign(&key(seed), county.station.network(), Act::Submit, &cites);
    let (stranger, head) = (sign(9), sign(HEAD));
    let refused = county.station.submit_upward(&topic(), None, Some((cites, stranger)), NOW);
    assert!(matches!(refused, Err(SubmitError::Refused(of)) if of[0].check == "PERSON"));
    let stale = fengsui_model::Citation { revision: 9, ..cites };
    let changed = county.station.submit_upward(&topic(), None, Some((stale, head)), NOW);
    assert!(matches!(changed, Err(SubmitError::Changed)));
    county.station.submit_upward(&topic(), None, Some((cites, head)), NOW).unwrap();
    county.station.commit(NOW).unwrap();
    hand(&county, &mut root, key(COUNTY).public());
    hand(&node, &mut root, key(NODE).public());
    assert_eq!(checks(&found(&root)[0]), [""; 0]);
}

#[test]
fn who_reviewed_as_one_role_cannot_sign_as_the_other() {
    let (_root, mut county, _node) = reviewed(&[10], 0);
    appoint(&mut county, HEAD, 220_221, Role::Reviewer);
    let positions = index::revisions(county.station.store(), 1, topic().subject, None).unwrap();
    let (act, cites) = county.station.review_cited(positions[0].position, &ReviewSaying::Accept).unwrap();
    let person = Endorsement::sign(&key(HEAD), county.station.network(), act, &cites);
    county.station.review(positions[0].position, &ReviewSaying::Accept, Some(person), NOW).unwrap();
    county.station.commit(NOW).unwrap();
    let cites = county.station.submission_cited(&topic(), None).unwrap();
    let head = Endorsement::sign(&key(HEAD), county.station.network(), Act::Submit, &cites);
    let refused = county.station.submit_upward(&topic(), None, Some((cites, head)), NOW);
    let Err(SubmitError::Refused(reasons)) = refused else { panic!("{refused:?}") };
    assert_eq!(reasons.iter().map(|of| of.check.as_str()).collect::<Vec<_>>(), ["PERSON", "PERSON"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn the_order_of_arrival_does_not_matter(
        figures in proptest::collection::vec(1i64..99, 1..4),
        wrong in any::<bool>(),
        seeds in any::<[u64; 2]>(),
    ) {
        let (root, mut county, node) = reviewed(&figures, 1);
        forge(&mut county, |of| {
            if wrong {
                of.totals.remove(&AFFECTED);
            }
        });
        let told = seeds.map(|seed| {
            let mut reader = station(8, 22);
            hand_shuffled(&[&root, &county, &node], &mut reader, seed);
            format!("{:?}", crate::views::submissions(&reader.station, &topic()).unwrap())
        });
        prop_assert_eq!(&told[0], &told[1]);
        prop_assert_eq!(told[0].contains("\"SUM\""), wrong);
    }
}
