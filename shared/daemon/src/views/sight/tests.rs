//! What is kept, what the log says now, and what it said at a moment: one answer, whatever came and in which order.

use fengsui_model::{Citation, Correction, DisasterKind, EventKey, Merge, Review, Stage, Verdict};
use fengsui_wire::{
    Endorsement, Kind, Proxy, Role, SignedReview, act_of, merge_body, proxy_body, report_body, review_body,
    withdrawal_body,
};
use proptest::prelude::*;

use super::*;
use crate::ground::{
    AFFECTED, COUNTY, NODE, NOW, Place, ROOT, appoint, code, flood_report, hand, hand_shuffled_over, key,
    province_and_county, station, write,
};
use crate::reviews::citation;
use crate::station::{Happening, ReviewSaying};
use crate::views::{TotalView, figure, reviewed_total, total};

const CITY: u8 = 4;
const REVIEWER: u8 = 5;
const TOWNSHIPS: [u64; 2] = [220_221_100, 220_221_101];
const FLOOD: &str = "20260720-220221-flood";

fn event(text: &str) -> EventKey {
    text.parse().unwrap()
}

/// Two floods of neighbouring days, and the hail that the first may have been.
fn topics() -> [Topic; 3] {
    [FLOOD, "20260721-220221-flood", "20260720-220221-wind_hail"].map(|text| Topic::event(event(text)))
}

/// Somebody's act, whether or not intake would have let it through.
#[derive(Clone, Copy, Debug)]
enum Act {
    Report { day: usize, affected: i64, drill: bool },
    FileFor { day: usize, affected: i64 },
    Review { by_city: bool, report: usize, verdict: u8 },
    Undo { by_city: bool, report: usize, review: usize },
    Withdraw { report: usize },
    Merge,
    Split,
    RevokeReviewer,
}

fn act() -> impl Strategy<Value = Act> {
    let small = 0usize..6;
    prop_oneof![
        4 => (0usize..2, 1i64..99, any::<bool>())
            .prop_map(|(day, affected, drill)| Act::Report { day, affected, drill: drill && affected < 20 }),
        1 => (0usize..2, 1i64..99).prop_map(|(day, affected)| Act::FileFor { day, affected }),
        6 => (any::<bool>(), small.clone(), 0u8..5)
            .prop_map(|(by_city, report, verdict)| Act::Review { by_city, report, verdict }),
        2 => (any::<bool>(), small.clone(), small.clone())
            .prop_map(|(by_city, report, review)| Act::Undo { by_city, report, review }),
        1 => small.prop_map(|report| Act::Withdraw { report }),
        1 => Just(Act::Merge),
        1 => Just(Act::Split),
        1 => Just(Act::RevokeReviewer),
    ]
}

/// Province, county, city and two townships, and what was said so far.
struct Scene {
    places: Vec<Place>,
    reports: Vec<Citation>,
    reviews: Vec<[u8; 32]>,
    merges: Vec<[u8; 32]>,
}

impl Scene {
    fn new() -> Self {
        let (mut root, mut county) = province_and_county();
        appoint(&mut root, CITY, 2_202, Role::Hub);
        appoint(&mut county, NODE, TOWNSHIPS[0], Role::Node);
        appoint(&mut county, REVIEWER, 220_221, Role::Reviewer);
        let (mut city, mut node) = (station(CITY, 2_202), station(NODE, TOWNSHIPS[0]));
        for place in [&mut city, &mut node] {
            hand(&root, place, key(ROOT).public());
            hand(&county, place, key(COUNTY).public());
        }
        let places = vec![root, county, city, node];
        Self { places, reports: Vec::new(), reviews: Vec::new(), merges: Vec::new() }
    }

    fn perform(&mut self, act: Act) {
        let number = u32::try_from(self.reviews.len() + self.reports.len() + self.merges.len()).unwrap();
        match act {
            Act::Report { day, affected, drill } => {
                let mut report = flood_report(topics()[day].subject, TOWNSHIPS[0], number, affected);
                report.drill = drill;
                let entry = write(&mut self.places[3], Kind::Report, report_body(&report));
                self.reports.push(citation(&report, entry.header().body_hash));
            }
            Act::FileFor { day, affected } => {
                let report = flood_report(topics()[day].subject, TOWNSHIPS[day], number, affected);
                let proxy = Proxy { report, told_by: "值班室".into(), told_ms: NOW.wall_ms };
                write(&mut self.places[1], Kind::Proxy, proxy_body(&proxy));
            }
            Act::Review { by_city, report, verdict } => {
                let corrected = Correction { kind: Some(hail()), ..Correction::default() };
                let verdict = match verdict {
                    0 | 1 => Verdict::Accept,
                    2 => Verdict::Return([(AFFECTED, "不符".to_owned())].into()),
                    3 => Verdict::Correct(corrected),
                    _ => Verdict::Correct(Correction {
                        occurred_ms: Some(1_784_593_800_000),
                        ..Correction::default()
                    }),
                };
                self.review(by_city, report, number, verdict);
            }
            Act::Undo { by_city, report, review } => {
                let Some(review) = self.reviews.get(review).copied() else { return };
                self.review(by_city, report, number, Verdict::Undo { review });
            }
            Act::Withdraw { report } => {
                let Some(cites) = self.reports.get(report) else { return };
                write(&mut self.places[3], Kind::Withdrawal, withdrawal_body(cites));
            }
            Act::Merge => {
                let events = vec![event("20260721-220221-flood")];
                self.merge(Merge { into: event(FLOOD), number, events, undoes: None });
            }
            Act::Split => {
                let undoes = self.merges.last().copied();
                if undoes.is_some() {
                    self.merge(Merge { into: event(FLOOD), number, events: Vec::new(), undoes });
                }
            }
            Act::RevokeReviewer => {
                // At the second time it is gone already.
                let _ = self.places[1].station.revoke(key(REVIEWER).public(), "调离", NOW);
            }
        }
    }

    fn review(&mut self, by_city: bool, report: usize, number: u32, verdict: Verdict) {
        let Some(cites) = self.reports.get(report).copied() else { return };
        let network = self.places[0].station.network();
        let person = (!by_city).then(|| Endorsement::sign(&key(REVIEWER), network, act_of(&verdict), &cites));
        let body = review_body(&SignedReview { review: Review { cites, number, verdict }, person });
        let entry = write(&mut self.places[if by_city { 2 } else { 1 }], Kind::Review, body);
        self.reviews.push(entry.header().body_hash.0);
    }

    fn merge(&mut self, merge: Merge) {
        let entry = write(&mut self.places[1], Kind::Merge, merge_body(&merge));
        self.merges.push(entry.header().body_hash.0);
    }
}

fn hail() -> DisasterKind {
    topics()[2].subject.event().unwrap().kind()
}

/// Every total of two divisions as it is kept; `None` before there is a directory.
fn kept(place: &Place) -> Option<Vec<TotalView>> {
    told(|division, topic, reviewed| match reviewed {
        false => total(&place.station, division, topic, Some("QL010")).ok(),
        true => reviewed_total(&place.station, division, topic, Some("QL010")).ok(),
    })
}

fn told(of: impl Fn(DivisionCode, &Topic, bool) -> Option<TotalView>) -> Option<Vec<TotalView>> {
    let mut told = Vec::new();
    for division in [22, 220_221, TOWNSHIPS[0]].map(code) {
        for topic in topics() {
            told.extend([of(division, &topic, false)?, of(division, &topic, true)?]);
        }
    }
    Some(told)
}

/// The same as of a moment, without the word that it is.
fn as_of(place: &Place, at_ms: i64) -> Option<Vec<TotalView>> {
    let now = Now { wall_ms: i64::MAX, ..NOW };
    let sight = || Sight::new(&place.station, Some(at_ms), now).unwrap();
    let view = |division, topic: &Topic, reviewed| match reviewed {
        false => total(sight(), division, topic, Some("QL010")).ok(),
        true => reviewed_total(sight(), division, topic, Some("QL010")).ok(),
    };
    let told = told(view)?;
    Some(told.into_iter().map(|of| TotalView { as_of: None, ..of }).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn the_log_says_what_was_kept_then(
        acts in proptest::collection::vec(act(), 4..14),
        seed in any::<u64>(),
    ) {
        let mut scene = Scene::new();
        acts.into_iter().for_each(|act| scene.perform(act));
        let from: Vec<&Place> = scene.places.iter().collect();
        let (mut reader, mut seen) = (station(8, 22), Vec::new());
        hand_shuffled_over(&from, &mut reader, seed, 60_000, |place, at_ms| seen.push((at_ms, kept(place))));
        for (at_ms, kept) in seen.iter().rev().step_by(3) {
            prop_assert_eq!(kept, &as_of(&reader, *at_ms), "at {}", at_ms);
        }
        let figure = |topic: &Topic, reviewed| {
            figure(&reader.station, code(22), topic, "QL010", reviewed).map(|of| (of.value, of.reports))
        };
        for topic in topics() {
            let of = |view: TotalView| {
                let value = view.figures.iter().find(|of| of.code == "QL010").and_then(|of| of.value);
                (value, u32::try_from(view.counted.len()).unwrap())
            };
            let received = total(&reader.station, code(22), &topic, None).unwrap();
            let reviewed = reviewed_total(&reader.station, code(22), &topic, None).unwrap();
            prop_assert_eq!(figure(&topic, false).unwrap(), of(received));
            prop_assert_eq!(figure(&topic, true).unwrap(), of(reviewed));
        }
    }
}

/// Persons affected in each of the three events, and who is said to have been moved.
fn counted(place: &Place) -> Vec<(Option<i64>, usize)> {
    let of = |topic: Topic| {
        let view = total(&place.station, code(220_221), &topic, None).unwrap();
        (view.figures.iter().find(|of| of.code == "QL010").and_then(|of| of.value), view.moved.len())
    };
    topics().map(of).to_vec()
}

#[test]
fn a_corrected_report_counts_where_it_belongs_until_that_is_taken_back() {
    let mut scene = Scene::new();
    scene.perform(Act::Report { day: 0, affected: 30, drill: false });
    let [_, county, _, node] = scene.places.as_mut_slice() else { panic!("four places") };
    hand(node, county, key(NODE).public());
    county.station.revoke(key(REVIEWER).public(), "调离", NOW).unwrap();
    assert_eq!(counted(county), [(Some(30), 0), (None, 0), (None, 0)]);
    let at = crate::index::revisions(county.station.store(), 1, event(FLOOD), None).unwrap()[0].position;
    let correct = |occurred_ms, kind| ReviewSaying::Correct(Correction { occurred_ms, kind });
    let later = Now { wall_ms: NOW.wall_ms + 60_000, ..NOW };
    county.station.review(at, &correct(None, Some(hail())), None, later).unwrap();
    county.station.commit(later).unwrap();
    assert_eq!(counted(county), [(None, 1), (None, 0), (Some(30), 0)]);
    let view = total(&county.station, code(22), &topics()[2], None).unwrap();
    assert_eq!(view.counted[0].corrected_from, Some(event(FLOOD)));
    assert!(view.missing.iter().all(|of| of.code != code(TOWNSHIPS[0])), "it has reported");
    // As of the minute before, nobody had corrected anything.
    let before = Sight::new(&county.station, Some(NOW.wall_ms), later).unwrap();
    assert_eq!(total(before, code(22), &topics()[0], None).unwrap().counted.len(), 1);
    // Next day's noon, and the kind as it was corrected before.
    county.station.review(at, &correct(Some(1_784_606_400_000), None), None, later).unwrap();
    county.station.commit(later).unwrap();
    assert_eq!(counted(county), [(None, 1), (None, 0), (None, 0)]);
    let both = Topic::event(event("20260721-220221-wind_hail"));
    let view = total(&county.station, code(22), &both, None).unwrap();
    assert_eq!((view.counted.len(), view.counted[0].stage.as_str()), (1, Stage::Initial.zh()));
    for expected in [[(None, 1), (None, 0), (Some(30), 0)], [(Some(30), 0), (None, 0), (None, 0)]] {
        county.station.review(at, &ReviewSaying::Undo, None, later).unwrap();
        county.station.commit(later).unwrap();
        assert_eq!(counted(county), expected);
    }
}

#[test]
fn a_moment_before_everything_says_so_and_one_to_come_is_refused() {
    let mut scene = Scene::new();
    scene.perform(Act::Report { day: 0, affected: 30, drill: false });
    let county = &scene.places[1].station;
    let before = Sight::new(county, Some(NOW.wall_ms - 1), NOW).unwrap();
    let refused = total(before, code(22), &topics()[0], None).unwrap_err();
    assert!(refused.message.contains("截至该时刻本站尚未收到区划表"), "{refused}");
    let refused = Sight::new(county, Some(NOW.wall_ms + 1), NOW).err().unwrap();
    assert!(refused.message.contains("不能晚于现在"), "{refused}");
    assert!(matches!(
        scene.places[1].station.say_of_event(event(FLOOD), &Happening::Split, NOW),
        Err(crate::station::HappeningError::NothingToUndo)
    ));
}
