//! What the bundle of the catalogue says: the province issues a version, a township reports by it, and corrects by a version
//! that has not come.

use std::collections::BTreeMap;

use fengsui_model::{CatalogueIssue, Figure, Level, Report, Stage};
use fengsui_wire::{Holds, Kind, Lane, Statement, StationKey};

use crate::scene::{Scene, Station, first_report};

impl Scene {
    pub fn catalogue() -> Self {
        let mut scene =
            Self { root: StationKey::from_seed(&[1; 32]), entries: Vec::new(), receipts: Vec::new() };
        let mut province = Station::new(1, 0x11, 22);
        let mut county = Station::new(2, 0x22, 220_221);
        let mut town = Station::new(3, 0x33, 220_221_100);
        scene.set_up(&mut province, &mut county, &town);
        let draft = province.draft(Kind::Catalogue, Lane::Routine);
        scene.write(&mut province, draft, Some(Statement::Catalogue(Box::new(issue()))), None);
        let genesis = town.genesis(None, scene.network());
        scene.urgent(&mut town, genesis);
        let first = Report { catalogue: 1, figures: [(1199, Figure::Number(2))].into(), ..first_report() };
        scene.urgent(&mut town, Statement::Report(Box::new(first.clone())));
        let follows = scene.entries.last().map(|told| told.envelope.hash().0);
        let second = Report { catalogue: 2, stage: Stage::Continued, revision: 1, follows, ..first };
        scene.urgent(&mut town, Statement::Report(Box::new(second)));
        scene.receipt(&county, Level::County, &town, Lane::Urgent, Holds::Bodies, 0..=2);
        scene
    }
}

/// Two tables of it: what tables say is no matter of the bytes.
fn issue() -> CatalogueIssue {
    let files = [("forms.csv", "id,code\n1,quick\n"), ("quick.csv", "id,code,zh\n1199,QL199,被困车内人员\n")];
    CatalogueIssue {
        version: 1,
        document: "吉应急〔2026〕9号".into(),
        from: "2026-11-21".parse().expect("a day of the scene"),
        files: BTreeMap::from(files.map(|(name, text)| (name.into(), text.into()))),
    }
}
