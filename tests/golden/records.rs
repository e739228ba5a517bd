//! What the third golden bundle says: a township reports with its villages, a county with its depots; the province sets
//! targets; the county looks at a village and agrees with another office.

use std::collections::BTreeMap;

use fengsui_model::inspection::Sample;
use fengsui_model::submission::{Cell, Cited};
use fengsui_model::{
    Consultation, Figure, Inspection, Level, Report, Site, SiteKey, SiteKind, Subject, Targets,
};
use fengsui_wire::{Hash, Holds, Kind, Lane, Statement, StationKey, report_body};

use crate::scene::{MORNING_MS, Scene, Station, division, first_report};

impl Scene {
    pub fn records() -> Self {
        let mut scene =
            Self { root: StationKey::from_seed(&[1; 32]), entries: Vec::new(), receipts: Vec::new() };
        let mut province = Station::new(1, 0x11, 22);
        let mut county = Station::new(2, 0x22, 220_221);
        let mut town = Station::new(3, 0x33, 220_221_100);
        scene.set_up(&mut province, &mut county, &town);
        let genesis = town.genesis(None, scene.network());
        scene.urgent(&mut town, genesis);
        let report = with_villages();
        let body = Hash::of(&report_body(&report)).0;
        scene.urgent(&mut town, Statement::Report(Box::new(report)));
        scene.record(&mut county, Kind::Report, Statement::Report(Box::new(with_depots())));
        scene.record(&mut province, Kind::Target, Statement::Targets(Box::new(targets())));
        scene.record(&mut county, Kind::Inspection, Statement::Inspection(Box::new(inspection(body))));
        let agreed = Statement::Consultation(Box::new(consultation(body)));
        scene.record(&mut county, Kind::Consultation, agreed);
        scene.receipt(&county, Level::County, &town, Lane::Urgent, Holds::Bodies, 0..=1);
        scene
    }

    fn record(&mut self, by: &mut Station, kind: Kind, says: Statement) {
        let draft = by.draft(kind, Lane::Routine);
        self.write(by, draft, Some(says), None);
    }
}

fn month() -> Subject {
    "2026-11".parse().expect("a month of the scene")
}

fn site(kind: SiteKind, key: &str, name: &str, figures: &[(u32, Figure)]) -> (SiteKey, Site) {
    let figures = figures.iter().copied().collect();
    (SiteKey { kind, key: key.into() }, Site { name: name.into(), figures })
}

/// One village has not counted: the sum reads "at least".
fn with_villages() -> Report {
    let villages = [
        site(SiteKind::Village, "220221100201", "永丰村", &[(1010, Figure::Number(1_200))]),
        site(SiteKind::Village, "前进村", "前进村", &[(1010, Figure::Number(60)), (1020, Figure::Number(0))]),
        site(SiteKind::Village, "新兴村", "新兴村", &[(1050, Figure::Some)]),
    ];
    let mut report = first_report();
    report.figures.insert(1050, Figure::Some);
    Report { sites: villages.into(), ..report }
}

fn with_depots() -> Report {
    let stated = |opening, closing| {
        [(3311, Figure::Number(opening)), (3315, Figure::Number(30)), (3316, Figure::Number(closing))]
    };
    Report {
        figures: BTreeMap::from(stated(100, 70)),
        sites: [site(SiteKind::Depot, "01", "永吉县中心库", &stated(100, 70))].into(),
        ..Report::blank(23, division(220_221), month())
    }
}

fn targets() -> Targets {
    Targets {
        form: 2,
        division: division(22),
        subject: month(),
        number: 1,
        document: "吉民发〔2026〕3号".into(),
        values: [((division(22), 2_016), 10_000), ((division(220_221), 2_002), 1_200)].into(),
    }
}

fn inspection(report: [u8; 32]) -> Inspection {
    let sample = |village: Option<&str>, reported, found| Sample {
        division: division(220_221_100),
        village: village.map(str::to_owned),
        indicator: 1_010,
        reported,
        found,
        report: Some(report),
    };
    Inspection {
        form: 1,
        division: division(220_221),
        subject: first_report().subject,
        number: 1,
        date: "2026-11-24".parse().expect("a day of the scene"),
        samples: vec![
            sample(None, Figure::Number(1_260), Figure::Some),
            sample(Some("永丰村"), Figure::Number(1_200), Figure::Number(1_138)),
        ],
        finding: Some("62 人重复统计".into()),
    }
}

fn consultation(report: [u8; 32]) -> Consultation {
    let cited = Cited { division: division(220_221_100), revision: 0, body: report, filed_by: None };
    Consultation {
        form: 1,
        division: division(220_221),
        subject: first_report().subject,
        number: 1,
        indicator: 1_010,
        as_of_ms: MORNING_MS + 3_600_000,
        own: Cell { value: Some(1_260), at_least: false },
        counted: vec![cited],
        office: "公安".into(),
        theirs: 1_198,
        agreed: 1_198,
        reason: Some("重复统计 62 人".into()),
    }
}
