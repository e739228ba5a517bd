//! What the second golden bundle says, in the kinds that the first was too early for: a standard comes down and is followed
//! in every step, a township reports a month and corrects it, rotates its key, and loses the new one.

use std::collections::BTreeMap;

use fengsui_model::standard::{AidStandard, Clause, Income, Period, Setting, Step};
use fengsui_model::{Adoption, Date, Fen, Figure, Level, Report, Stage};
use fengsui_wire::{Draft, Hash, Holds, Kind, Lane, Revocation, Rotation, StandLine, Statement, StationKey};

use crate::scene::{MORNING_MS, Scene, Station, division, first_report};

impl Scene {
    pub fn later() -> Self {
        let mut scene =
            Self { root: StationKey::from_seed(&[1; 32]), entries: Vec::new(), receipts: Vec::new() };
        let mut province = Station::new(1, 0x11, 22);
        let mut county = Station::new(2, 0x22, 220_221);
        let mut town = Station::new(3, 0x33, 220_221_100);
        let mut next = Station::new(4, 0x44, 220_221_100);
        scene.set_up(&mut province, &mut county, &town);
        scene.routine(&mut province, Statement::Standard(Box::new(standard())));
        for (number, step) in (1..).zip(steps()) {
            let said = Adoption { number, step, ..adoption() };
            scene.routine(&mut county, Statement::Adoption(Box::new(said)));
        }
        let genesis = town.genesis(None, scene.network());
        scene.urgent(&mut town, genesis);
        let seen = Adoption { setter: town.division, covers: Vec::new(), ..adoption() };
        scene.routine(&mut town, Statement::Adoption(Box::new(seen)));
        scene.report_months(&mut town);
        scene.rotate(&mut town, &mut next);
        scene.lose(&mut county, &next);
        scene.receipt(&county, Level::County, &town, Lane::Urgent, Holds::Bodies, 0..=1);
        scene.receipt(&county, Level::County, &town, Lane::Routine, Holds::Bodies, 0..=3);
        scene
    }

    /// September, October that was checked against it, and October corrected.
    fn report_months(&mut self, town: &mut Station) {
        self.routine(town, Statement::Report(Box::new(month("2026-09", 410))));
        let september = self.last().0;
        let october = Report { month_before: Some(september), ..month("2026-10", 412) };
        self.routine(town, Statement::Report(Box::new(october.clone())));
        let corrected = Report {
            stage: Stage::Continued,
            revision: 1,
            follows: Some(self.last().0),
            figures: BTreeMap::from([(2010, Figure::Number(413)), (2020, Figure::Some)]),
            ..october
        };
        self.routine(town, Statement::Report(Box::new(corrected)));
    }

    /// The old key vouches for the new one, which begins its log and revokes the old one with all it wrote standing.
    fn rotate(&mut self, town: &mut Station, next: &mut Station) {
        let network = self.network();
        let rotation = Rotation::new(&next.key, network, town.name.key, town.division);
        self.urgent(town, Statement::Rotation(rotation));
        let line = |(lane, head): (&Lane, &fengsui_wire::Head)| StandLine {
            incarnation: town.name.incarnation,
            lane: *lane,
            sequence: head.next - 1,
            hash: head.hash,
        };
        let over = Revocation {
            key: town.name.key,
            at_ms: MORNING_MS + 7_200_000,
            reason: "本站更换密钥".into(),
            successor: Some(next.name.key),
            lines: town.heads.iter().map(line).collect(),
        };
        let genesis = next.genesis(Some(town.name), network);
        self.urgent(next, genesis);
        self.urgent(next, Statement::Revocation(over));
    }

    /// The county revokes the new key and lets nothing of it stand.
    fn lose(&mut self, county: &mut Station, next: &Station) {
        let lost = Revocation {
            key: next.name.key,
            at_ms: MORNING_MS + 10_800_000,
            reason: "机器遗失".into(),
            successor: None,
            lines: Vec::new(),
        };
        self.urgent(county, Statement::Revocation(lost));
    }

    fn routine(&mut self, by: &mut Station, says: Statement) {
        let kind = match says {
            Statement::Standard(_) => Kind::Standard,
            Statement::Adoption(_) => Kind::Adoption,
            _ => Kind::Report,
        };
        let draft = Draft { standards: 1, ..by.draft(kind, Lane::Routine) };
        self.write(by, draft, Some(says), None);
    }

    fn last(&self) -> Hash {
        self.entries.last().expect("something was written").envelope.hash()
    }
}

fn day(text: &str) -> Date {
    text.parse().expect("a day of the scene")
}

fn standard() -> AidStandard {
    let of_districts = Clause {
        divisions: vec![division(2299), division(222_401)],
        kinds: vec!["市辖区".into()],
        floor: Some(Fen(18_000)),
        share_bp: Some(2_000),
        set_by: Level::City,
    };
    let of_counties = Clause {
        divisions: vec![division(22)],
        kinds: Vec::new(),
        floor: Some(Fen(16_000)),
        share_bp: None,
        set_by: Level::County,
    };
    AidStandard {
        code: "urban_dibao".parse().expect("a code of the scene"),
        version: 2,
        name: "城市居民最低生活保障标准".into(),
        title: "关于提高城市居民最低生活保障标准的通知".into(),
        document: "吉民发〔2026〕8号".into(),
        issued: Some(day("2026-11-20")),
        from: day("2027-01-01"),
        recorded_late: false,
        period: Period::Month,
        income: Income::Urban,
        clauses: vec![of_districts, of_counties],
    }
}

fn adoption() -> Adoption {
    Adoption {
        standard: "urban_dibao".parse().expect("a code of the scene"),
        version: 2,
        setter: division(220_221),
        number: 0,
        covers: vec![division(220_221)],
        recorded_late: false,
        step: Step::Seen,
    }
}

/// Every step in which places are covered.
fn steps() -> [Step; 3] {
    let document = || "永民发〔2026〕3号".to_owned();
    let setting = Setting {
        value: Fen(17_050),
        period: Period::Month,
        from: day("2027-01-01"),
        document: document(),
        income: Some(Fen(2_865_000)),
    };
    [
        Step::Preparing { until: day("2026-12-15") },
        Step::Issued { document: document(), date: day("2026-12-10") },
        Step::InForce(setting),
    ]
}

fn month(text: &str, people: i64) -> Report {
    Report {
        form: 2,
        subject: text.parse().expect("a month of the scene"),
        occurred_ms: None,
        narrative: None,
        figures: BTreeMap::from([(2010, Figure::Number(people)), (2020, Figure::Number(0))]),
        ..first_report()
    }
}
