//! What the third golden bundle says: offices review, correct, merge and submit what a township reported, take some of it
//! back, and report for another township that is cut off.

use std::collections::BTreeMap;

use fengsui_model::submission::{Absence, Cell, Cited};
use fengsui_model::{
    Citation, Correction, DisasterKind, EventKey, Figure, Level, Merge, Report, Review, Stability, Stage,
    Submission, Verdict,
};
use fengsui_wire::{
    Act, Appointment, Draft, Endorsement, Hash, Holds, Kind, Lane, Post, Proxy, Role, SignedReview,
    SignedSubmission, Statement, StationKey, act_of, report_body, report_id, submission_citation,
};

use crate::scene::{MORNING_MS, Scene, Station, division, first_report};

const HEAVY_RAIN: &str = "20261121-220221-flood";
const NEXT_DAY: &str = "20261122-220221-flood";
const SLIDE: &str = "20261123-220221-flood";
const ONE_MORE: &str = "20261124-220221-flood";

impl Scene {
    /// A county whose reviewer signs.
    pub fn offices() -> Self {
        let mut scene =
            Self { root: StationKey::from_seed(&[1; 32]), entries: Vec::new(), receipts: Vec::new() };
        let mut province = Station::new(1, 0x11, 22);
        let mut county = Station::new(2, 0x22, 220_221);
        let mut town = Station::new(3, 0x33, 220_221_100);
        let (reviewer, head) = (StationKey::from_seed(&[5; 32]), StationKey::from_seed(&[6; 32]));
        scene.set_up(&mut province, &mut county, &town);
        for (role, key, number) in [(Role::Reviewer, &reviewer, 1), (Role::Head, &head, 2)] {
            let post = Some(Post { office: "民政".into(), number });
            let person = Appointment {
                key: key.public(),
                division: county.division,
                role,
                from_ms: MORNING_MS,
                until_ms: None,
                address: None,
                second_parent: None,
                post,
            };
            scene.urgent(&mut county, Statement::Appointment(person));
        }
        let genesis = town.genesis(None, scene.network());
        scene.urgent(&mut town, genesis);
        scene.review_flood(&mut county, &mut town, &reviewer);
        scene.correct_and_merge(&mut county, &mut town, &reviewer);
        scene.submit(&mut county, &head);
        scene.receipt(&county, Level::County, &town, Lane::Urgent, Holds::Bodies, 0..=6);
        scene
    }

    /// The first revision is accepted, the second returned by mistake, the mistake undone; the third is taken back.
    fn review_flood(&mut self, county: &mut Station, town: &mut Station, reviewer: &StationKey) {
        let reports = [1_260, 1_300, 9_999].map(|affected| {
            let revision =
                self.entries.iter().filter(|told| matches!(told.says, Some(Statement::Report(_)))).count();
            let report = report(HEAVY_RAIN, u32::try_from(revision).expect("a few"), affected);
            self.urgent(town, Statement::Report(Box::new(report.clone())));
            cites(&report)
        });
        let accepted = self.review(county, reviewer, (1, reports[0]), Verdict::Accept);
        let back =
            Verdict::Return([(1010, "与灾民台账不符".to_owned()), (0, "请补充说明".to_owned())].into());
        let returned = self.review(county, reviewer, (2, reports[1]), back);
        self.review(county, reviewer, (3, reports[1]), Verdict::Undo { review: returned });
        self.urgent(town, Statement::Withdrawal(reports[2]));
        // A word that nobody's reviewer has signed does not count.
        let review = Review { cites: reports[1], number: 4, verdict: Verdict::Accept };
        self.say_to_town(
            county,
            Kind::Review,
            Statement::Review(Box::new(SignedReview { review, person: None })),
        );
        assert_ne!(accepted, returned, "two words");
    }

    /// A slide that was called a flood counts where it belongs; the floods of two days are one, a third was taken for
    /// part of it and is not; one of them is stable, and open again.
    fn correct_and_merge(&mut self, county: &mut Station, town: &mut Station, reviewer: &StationKey) {
        let slide = report(SLIDE, 0, 40);
        self.urgent(town, Statement::Report(Box::new(slide.clone())));
        let kind = DisasterKind::all().find(|kind| kind.code() == "geological").expect("a kind of the scene");
        let corrected = Correction { kind: Some(kind), occurred_ms: None };
        self.review(county, reviewer, (1, cites(&slide)), Verdict::Correct(corrected));
        let corrected = Correction { kind: None, occurred_ms: Some(MORNING_MS + 86_400_000) };
        self.review(county, reviewer, (2, cites(&slide)), Verdict::Correct(corrected));
        let filed = Report { division: division(220_221_101), ..report(NEXT_DAY, 0, 30) };
        let proxy = Proxy { report: filed, told_by: "双河镇值班室".into(), told_ms: MORNING_MS };
        self.urgent(county, Statement::Proxy(Box::new(proxy)));
        let other = report(ONE_MORE, 0, 7);
        self.urgent(town, Statement::Report(Box::new(other)));
        let merge = |events: &[&str], number, undoes| {
            let events = events.iter().map(|text| event(text)).collect();
            Statement::Merge(Merge { into: event(HEAVY_RAIN), number, events, undoes })
        };
        self.urgent(county, merge(&[NEXT_DAY], 1, None));
        self.urgent(county, merge(&[ONE_MORE], 2, None));
        let undone = self.last_body();
        self.urgent(county, merge(&[], 3, Some(undone)));
        let stable = |number, since_ms, undoes| {
            Statement::Stability(Stability { event: event(HEAVY_RAIN), number, since_ms, undoes })
        };
        self.urgent(county, stable(1, Some(MORNING_MS + 172_800_000), None));
        let undone = self.last_body();
        self.urgent(county, stable(2, None, Some(undone)));
    }

    /// What was reviewed goes up under the head's signature.
    fn submit(&mut self, county: &mut Station, head: &StationKey) {
        let own = |report: &Report| Cited {
            division: report.division,
            revision: report.revision,
            body: Hash::of(&report_body(report)).0,
            filed_by: None,
        };
        let filed = Report { division: division(220_221_101), ..report(NEXT_DAY, 0, 30) };
        let told = self.entries.iter().find(|told| matches!(told.says, Some(Statement::Proxy(_))));
        let body = told.map(|told| told.envelope.header().body_hash.0).expect("a proxy of the scene");
        let submission = Submission {
            form: 1,
            catalogue: 0,
            division: county.division,
            subject: event(HEAVY_RAIN).into(),
            number: 1,
            stage: Some(Stage::Initial),
            follows: None,
            drill: false,
            counted: vec![
                own(&report(HEAVY_RAIN, 0, 1_260)),
                Cited { body, filed_by: Some(county.division), ..own(&filed) },
            ],
            left_out: BTreeMap::from([(county.division, Absence::Waiting)]),
            totals: BTreeMap::from([
                (1010, Cell { value: Some(1_290), at_least: false }),
                (1013, Cell { value: None, at_least: true }),
            ]),
        };
        let cites = submission_citation(&submission);
        let head = Some(Endorsement::sign(head, self.network(), Act::Submit, &cites));
        self.urgent(county, Statement::Submission(Box::new(SignedSubmission { submission, head })));
    }

    /// Signs a word on the report under the reviewer's key; the hash of its body.
    fn review(
        &mut self,
        by: &mut Station,
        reviewer: &StationKey,
        (number, cites): (u32, Citation),
        verdict: Verdict,
    ) -> [u8; 32] {
        let person = Some(Endorsement::sign(reviewer, self.network(), act_of(&verdict), &cites));
        let review = Review { cites, number, verdict };
        self.say_to_town(by, Kind::Review, Statement::Review(Box::new(SignedReview { review, person })));
        self.last_body()
    }

    fn say_to_town(&mut self, by: &mut Station, kind: Kind, says: Statement) {
        let draft = Draft { addressee: Some(division(220_221_100)), ..by.draft(kind, Lane::Urgent) };
        self.write(by, draft, Some(says), None);
    }

    fn last_body(&self) -> [u8; 32] {
        self.entries.last().expect("something was written").envelope.header().body_hash.0
    }
}

fn event(text: &str) -> EventKey {
    text.parse().expect("an event of the scene")
}

fn report(about: &str, revision: u32, affected: i64) -> Report {
    Report {
        subject: event(about).into(),
        revision,
        stage: if revision == 0 { Stage::Initial } else { Stage::Continued },
        narrative: None,
        figures: BTreeMap::from([(1010, Figure::Number(affected)), (1013, Figure::Some)]),
        ..first_report()
    }
}

fn cites(report: &Report) -> Citation {
    let (form, division, subject) = report.identity();
    let body = Hash::of(&report_body(report)).0;
    Citation { report: report_id(form, division, subject).0, revision: report.revision, body }
}
