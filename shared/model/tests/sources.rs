//! Every row of the collected catalogue is either in the quick form or has a reason not to be, and what is in it says what the
//! catalogue says. So nothing is lost or renamed without somebody having decided it.

use std::collections::{BTreeMap, BTreeSet};

use fengsui_model::{DisasterKind, Form, Report};

const INDICATORS: &str = include_str!("../../../deploy/data/sources/disaster-indicators.csv");
const CHECKS: &str = include_str!("../../../deploy/data/sources/disaster-checks.csv");
const KINDS: &str = include_str!("../../../deploy/data/sources/disaster-kinds.csv");
const HEADER: &str = include_str!("../../../deploy/data/forms/quick-header.csv");
const UNMAPPED: &str = include_str!("../../../deploy/data/forms/quick-unmapped.csv");

type Row = BTreeMap<String, String>;

fn rows(text: &str) -> Vec<Row> {
    csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .unwrap()
}

fn ids(rows: &[Row], column: &str) -> BTreeSet<String> {
    let ids: BTreeSet<String> = rows.iter().map(|row| row[column].clone()).collect();
    assert_eq!(ids.len(), rows.len(), "{column} names one row");
    ids
}

fn unmapped() -> BTreeSet<String> {
    let rows = rows(UNMAPPED);
    assert!(rows.iter().all(|row| !row["reason"].trim().is_empty()));
    ids(&rows, "id")
}

/// The header and the quick groups, which this form is made from.
fn source_indicators() -> Vec<Row> {
    let mut rows = rows(INDICATORS);
    rows.retain(|row| row["group"] == "header" || row["group"].starts_with("quick."));
    rows
}

#[test]
fn every_row_is_mapped_or_has_a_reason_and_never_both() {
    let form = Form::quick();
    let mut mapped = ids(&rows(HEADER), "id");
    mapped.extend(form.indicators.iter().map(|indicator| indicator.code.clone()));
    // FS: the checks that the system itself needs, beyond the catalogue.
    mapped.extend(form.checks.iter().map(|check| check.id.clone()).filter(|id| !id.starts_with("FS")));
    let mut source = ids(&source_indicators(), "code");
    source.extend(ids(&rows(CHECKS), "id"));
    let reasons = unmapped();
    assert_eq!(mapped.intersection(&reasons).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(mapped.union(&reasons).cloned().collect::<BTreeSet<_>>(), source);
}

#[test]
fn names_and_units_are_those_of_the_catalogue() {
    let form = Form::quick();
    let source = source_indicators();
    let indicators = source.iter().filter(|row| row["group"] != "header");
    for row in indicators {
        let indicator = form.by_code(&row["code"]).unwrap();
        let group = format!("quick.{}", indicator.group);
        assert_eq!(
            [&indicator.zh, &indicator.en, &indicator.unit, &group],
            [&row["zh"], &row["en"], &row["unit"], &row["group"]]
        );
        let scale_is_right = match row["type"].as_str() {
            "integer" => indicator.scale == 0,
            "money" => indicator.scale == 6,
            _ => indicator.scale > 0,
        };
        assert!(scale_is_right, "{}", indicator.code);
    }
    for row in rows(HEADER) {
        assert!(
            source.iter().any(|header| header["code"] == row["id"] && header["zh"] == row["zh"]),
            "{}",
            row["id"]
        );
    }
}

#[test]
fn checks_say_what_the_catalogue_says() {
    let source = rows(CHECKS);
    for check in Form::quick().checks.iter().filter(|check| !check.id.starts_with("FS")) {
        let row = source.iter().find(|row| row["id"] == check.id).unwrap();
        assert_eq!((&check.zh, &check.source), (&row["message_zh"], &row["source"]), "{}", check.id);
    }
}

#[test]
fn header_rows_name_fields_of_a_report() {
    // Taken apart without `..`: a new field of a report does not compile until somebody decides where it belongs.
    fn fields(report: Report) -> [&'static str; 14] {
        let Report {
            form: _,
            division: _,
            event: _,
            stage: _,
            revision: _,
            follows: _,
            occurred_ms: _,
            cutoff_ms: _,
            drill: _,
            zero: _,
            explanation: _,
            narrative: _,
            relief_narrative: _,
            figures: _,
        } = report;
        [
            "form",
            "division",
            "event",
            "stage",
            "revision",
            "follows",
            "occurred_ms",
            "cutoff_ms",
            "drill",
            "zero",
            "explanation",
            "narrative",
            "relief_narrative",
            "figures",
        ]
    }
    let known = fields(Report {
        form: Form::quick().id,
        division: "220221100".parse().unwrap(),
        event: "20261121-220221-flood".parse().unwrap(),
        stage: fengsui_model::Stage::Initial,
        revision: 0,
        follows: None,
        occurred_ms: 0,
        cutoff_ms: None,
        drill: false,
        zero: false,
        explanation: None,
        narrative: None,
        relief_narrative: None,
        figures: BTreeMap::new(),
    });
    for row in rows(HEADER) {
        assert!(known.contains(&row["field"].as_str()), "{}", row["field"]);
    }
}

#[test]
fn kinds_are_those_of_the_catalogue() {
    let source: Vec<[String; 3]> =
        rows(KINDS).iter().map(|row| ["code", "zh", "en"].map(|column| row[column].clone())).collect();
    let kinds: Vec<[String; 3]> =
        DisasterKind::all().map(|kind| [kind.code(), kind.zh(), kind.en()].map(str::to_owned)).collect();
    assert_eq!(kinds, source);
}
