//! Whose word on a report is in effect, and that the order of arrival does not matter.

use fengsui_model::Report;
use fengsui_wire::{Endorsement, StationKey, act_of, report_body, review_body, withdrawal_body};
use proptest::prelude::*;

use super::*;
use crate::ground::{
    COUNTY, NODE, NOW, Place, ROOT, appoint, code, flood_report, hand, hand_shuffled, key,
    province_and_county, station, write,
};
use crate::reckon;
use crate::station::{ReviewError, ReviewSaying, WithdrawError};
use crate::topic::Topic;

const CITY: u8 = 4;
const REVIEWER: u8 = 5;
const TOWNSHIP: u64 = 220_221_100;
const AFFECTED: u32 = crate::ground::AFFECTED;

fn topic() -> Topic {
    Topic::event("20260720-220221-flood".parse().unwrap())
}

fn report(revision: u32, affected: i64) -> Report {
    flood_report(topic().subject, TOWNSHIP, revision, affected)
}

fn write_report(place: &mut Place, report: &Report) -> (Position, Citation) {
    let entry = write(place, Kind::Report, report_body(report));
    (entry.header().position(), citation(report, entry.header().body_hash))
}

/// Province, county and one township with a report of each of these figures.
fn reported(affected: &[i64]) -> (Place, Place, Place, Vec<(Position, Citation)>) {
    let (root, mut county) = province_and_county();
    appoint(&mut county, NODE, TOWNSHIP, Role::Node);
    let mut node = station(NODE, TOWNSHIP);
    hand(&root, &mut node, key(ROOT).public());
    hand(&county, &mut node, key(COUNTY).public());
    let revisions: Vec<(u32, i64)> = (0..).zip(affected.iter().copied()).collect();
    let written: Vec<_> =
        revisions.iter().map(|(at, affected)| write_report(&mut node, &report(*at, *affected))).collect();
    hand(&node, &mut county, key(NODE).public());
    (root, county, node, written)
}

fn say(place: &mut Place, at: Position, saying: &ReviewSaying) -> Result<Review, ReviewError> {
    let said = place.station.review(at, saying, None, NOW)?;
    place.station.commit(NOW).unwrap();
    Ok(said.0)
}

fn returned() -> ReviewSaying {
    ReviewSaying::Return([(AFFECTED, "与台账不符".to_owned())].into())
}

fn states(place: &Place, written: &[(Position, Citation)]) -> Vec<State> {
    let station = &place.station;
    let opinions = Opinions::load(station.store(), station.registry(), &report(0, 0)).unwrap();
    written.iter().map(|(_, cites)| opinions.state(cites)).collect()
}

/// Persons affected: of all received, and of what was reviewed only.
fn totals(place: &Place) -> (i64, i64) {
    let (store, registry) = (place.station.store(), place.station.registry());
    let (directory, division) = (registry.directory().unwrap(), code(220_221));
    let received = reckon::total(store, registry, directory, division, &topic()).unwrap();
    let reviewed = reckon::reviewed(store, registry, directory, division, &topic()).unwrap().total;
    let value = |rollup: &fengsui_model::Rollup| rollup.total(AFFECTED).unwrap().value;
    (value(&received.rollup), value(&reviewed.rollup))
}

#[test]
fn the_reviewed_view_holds_the_latest_revision_that_was_accepted() {
    let (_root, mut county, _node, written) = reported(&[10, 20, 30]);
    assert_eq!((states(&county, &written), totals(&county)), (vec![State::Waiting; 3], (30, 0)));
    say(&mut county, written[1].0, &ReviewSaying::Accept).unwrap();
    assert_eq!(totals(&county), (30, 20));
    say(&mut county, written[2].0, &returned()).unwrap();
    assert_eq!(states(&county, &written), [State::Waiting, State::Accepted, State::Returned]);
    assert_eq!(totals(&county), (30, 20), "what was returned still counts among the received");
    say(&mut county, written[2].0, &ReviewSaying::Undo).unwrap();
    say(&mut county, written[2].0, &ReviewSaying::Accept).unwrap();
    assert_eq!(totals(&county), (30, 30));
}

#[test]
fn what_was_said_is_not_said_twice_and_is_taken_back_once() {
    let (_root, mut county, _node, written) = reported(&[10]);
    let at = written[0].0;
    assert!(matches!(say(&mut county, at, &ReviewSaying::Undo), Err(ReviewError::NothingToUndo)));
    assert_eq!(say(&mut county, at, &ReviewSaying::Accept).unwrap().number, 1);
    assert!(matches!(say(&mut county, at, &ReviewSaying::Accept), Err(ReviewError::Already)));
    assert_eq!(say(&mut county, at, &ReviewSaying::Undo).unwrap().number, 2);
    assert_eq!(states(&county, &written), [State::Waiting]);
    assert!(matches!(say(&mut county, at, &ReviewSaying::Undo), Err(ReviewError::NothingToUndo)));
}

#[test]
fn a_withdrawal_is_refused_after_acceptance_and_does_not_count_beside_one() {
    let (_root, mut county, mut node, written) = reported(&[10, 20]);
    node.station.withdraw(written[1].0, NOW).unwrap();
    node.station.commit(NOW).unwrap();
    assert!(matches!(node.station.withdraw(written[1].0, NOW), Err(WithdrawError::Already)));
    hand(&node, &mut county, key(NODE).public());
    assert_eq!(totals(&county).0, 10, "the revision before stands again");
    let refused = say(&mut county, written[1].0, &ReviewSaying::Accept);
    assert!(matches!(refused, Err(ReviewError::Refused(found)) if found[0].check == WITHDRAWN));

    say(&mut county, written[0].0, &ReviewSaying::Accept).unwrap();
    // The node does not know yet: both words cross on the line.
    node.station.withdraw(written[0].0, NOW).unwrap();
    node.station.commit(NOW).unwrap();
    hand(&node, &mut county, key(NODE).public());
    hand(&county, &mut node, key(COUNTY).public());
    for place in [&county, &node] {
        assert_eq!(totals(place), (10, 10), "what was accepted cannot be taken back");
    }
}

#[test]
fn nobody_reviews_who_is_not_above_and_a_higher_hub_stands_beside() {
    let (mut root, mut county, mut node, written) = reported(&[10]);
    appoint(&mut root, CITY, 2_202, Role::Hub);
    let mut city = station(CITY, 2_202);
    hand(&root, &mut city, key(ROOT).public());
    hand(&county, &mut city, key(COUNTY).public());
    hand(&node, &mut city, key(NODE).public());
    say(&mut city, written[0].0, &ReviewSaying::Accept).unwrap();
    assert_eq!(states(&city, &written), [State::Waiting], "the county has not said anything");
    say(&mut county, written[0].0, &returned()).unwrap();
    hand(&county, &mut city, key(COUNTY).public());
    assert_eq!(states(&city, &written), [State::Returned]);

    let forged = Review { cites: written[0].1, number: 9, verdict: Verdict::Accept };
    write(&mut node, Kind::Review, review_body(&SignedReview { review: forged, person: None }));
    hand(&node, &mut county, key(NODE).public());
    assert_eq!(states(&county, &written), [State::Returned]);
    let refused = node.station.review(written[0].0, &ReviewSaying::Accept, None, NOW);
    assert!(matches!(refused, Err(ReviewError::NotAHub)));
}

fn person() -> StationKey {
    key(REVIEWER)
}

#[test]
fn once_a_reviewer_is_appointed_a_review_needs_that_persons_signature() {
    let (_root, mut county, _node, written) = reported(&[10]);
    appoint(&mut county, REVIEWER, 220_221, Role::Reviewer);
    let (at, saying) = (written[0].0, ReviewSaying::Accept);
    assert!(matches!(say(&mut county, at, &saying), Err(ReviewError::Person(_))));
    let network = county.station.network();
    let (act, cites) = county.station.review_cited(at, &saying).unwrap();
    for (signer, act) in [(key(9), act), (person(), fengsui_wire::Act::Return)] {
        let wrong = Endorsement::sign(&signer, network, act, &cites);
        let refused = county.station.review(at, &saying, Some(wrong), NOW);
        assert!(matches!(refused, Err(ReviewError::Person(_))));
    }
    // Changed software signs it all the same: no hub counts it.
    let review = Review { cites, number: 1, verdict: Verdict::Accept };
    write(&mut county, Kind::Review, review_body(&SignedReview { review, person: None }));
    assert_eq!(states(&county, &written), [State::Waiting]);
    let signed = Endorsement::sign(&person(), network, act, &cites);
    county.station.review(at, &saying, Some(signed), NOW).unwrap();
    county.station.commit(NOW).unwrap();
    assert_eq!(states(&county, &written), [State::Accepted]);

    let revoked_before = county.station.revoke(
        person().public(),
        "调离",
        fengsui_protocol::Now { wall_ms: NOW.wall_ms + 1, ..NOW },
    );
    assert!(revoked_before.is_ok());
    county.station.commit(NOW).unwrap();
    assert_eq!(states(&county, &written), [State::Accepted], "it was signed before the key was revoked");
}

/// What somebody says, in the order in which it is said.
#[derive(Clone, Copy, Debug)]
enum Act {
    Accept,
    Return,
    Undo { number: u8 },
    Withdraw,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        Just(Act::Accept),
        Just(Act::Return),
        (0u8..6).prop_map(|number| Act::Undo { number }),
        Just(Act::Withdraw)
    ]
}

/// Says it whether or not intake would have let it through: what counts is decided by whoever holds it.
fn perform(
    offices: &mut [&mut Place; 3],
    said: &mut Vec<[u8; 32]>,
    (who, revision, act): (usize, usize, Act),
    written: &[(Position, Citation)],
) {
    let cites = written[revision].1;
    let verdict = match act {
        Act::Withdraw => {
            write(offices[2], Kind::Withdrawal, withdrawal_body(&cites));
            return;
        }
        Act::Accept => Verdict::Accept,
        Act::Return => Verdict::Return([(AFFECTED, "不符".to_owned())].into()),
        Act::Undo { number } => {
            Verdict::Undo { review: said.get(usize::from(number)).copied().unwrap_or_default() }
        }
    };
    let number = u32::try_from(said.len() / 2).unwrap();
    let review = Review { cites, number, verdict };
    let person =
        Some(Endorsement::sign(&person(), offices[0].station.network(), act_of(&review.verdict), &cites));
    let entry = write(offices[who], Kind::Review, review_body(&SignedReview { review, person }));
    said.push(entry.header().body_hash.0);
}

fn seen(place: &Place, written: &[(Position, Citation)]) -> String {
    let total = crate::views::total(&place.station, code(22), &topic(), Some("QL010")).unwrap();
    let reviewed = crate::views::reviewed_total(&place.station, code(22), &topic(), None).unwrap();
    let shown: Vec<_> = written
        .iter()
        .map(|(at, _)| crate::views::entry(&place.station, *at).unwrap().unwrap().reviews)
        .collect();
    format!("{:?} {:?} {:?} {shown:?}", states(place, written), total, reviewed)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_order_of_arrival_does_not_matter(
        acts in proptest::collection::vec((0usize..2, 0usize..2, act()), 1..10),
        seeds in any::<[u64; 2]>(),
    ) {
        let (mut root, mut county, mut node, written) = reported(&[10, 20]);
        appoint(&mut root, CITY, 2_202, Role::Hub);
        appoint(&mut county, REVIEWER, 220_221, Role::Reviewer);
        let mut city = station(CITY, 2_202);
        hand(&root, &mut city, key(ROOT).public());
        let mut said = Vec::new();
        for act in acts {
            perform(&mut [&mut county, &mut city, &mut node], &mut said, act, &written);
        }
        let from = [&root, &county, &city, &node];
        let told = seeds.map(|seed| {
            let mut reader = station(8, 22);
            hand_shuffled(&from, &mut reader, seed);
            seen(&reader, &written)
        });
        prop_assert_eq!(&told[0], &told[1]);
    }
}
