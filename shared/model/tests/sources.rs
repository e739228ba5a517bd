//! Every row of the collected catalogue is either in a form or has a reason not to be, and what is in it says what the
//! catalogue says. So nothing is lost or renamed without somebody having decided it.

use std::collections::{BTreeMap, BTreeSet};

use fengsui_model::{DisasterKind, Form, Report};

const INDICATORS: &str = include_str!("../../../deploy/data/sources/disaster-indicators.csv");
const CHECKS: &str = include_str!("../../../deploy/data/sources/disaster-checks.csv");
const KINDS: &str = include_str!("../../../deploy/data/sources/disaster-kinds.csv");
const HEADER: &str = include_str!("../../../deploy/data/forms/quick-header.csv");
const UNMAPPED: &str = include_str!("../../../deploy/data/forms/quick-unmapped.csv");

const AID_INDICATORS: &str = include_str!("../../../deploy/data/sources/aid-indicators.csv");
const AID_CHECKS: &str = include_str!("../../../deploy/data/sources/aid-checks.csv");
const AID_UNMAPPED: &str = include_str!("../../../deploy/data/forms/aid-unmapped.csv");

/// The forms made from the catalogue of aid: each is one of its groups.
const AID_FORMS: [&str; 3] = ["urban_dibao", "rural_dibao", "tekun"];

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

fn unmapped(table: &str) -> BTreeSet<String> {
    let rows = rows(table);
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
    let reasons = unmapped(UNMAPPED);
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
    fn fields(report: Report) -> [&'static str; 15] {
        let Report {
            form: _,
            division: _,
            subject: _,
            stage: _,
            revision: _,
            follows: _,
            month_before: _,
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
            "subject",
            "stage",
            "revision",
            "follows",
            "month_before",
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
        subject: "20261121-220221-flood".parse().unwrap(),
        stage: fengsui_model::Stage::Initial,
        revision: 0,
        follows: None,
        month_before: None,
        occurred_ms: Some(0),
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

#[test]
fn every_figure_of_the_aid_groups_is_in_its_form_and_says_what_the_catalogue_says() {
    let source = rows(AID_INDICATORS);
    for code in AID_FORMS {
        let form = Form::of_code(code).unwrap();
        let group: Vec<&Row> = source.iter().filter(|row| row["group"] == code).collect();
        assert_eq!(group.len(), form.indicators.len(), "{code}");
        for row in group {
            let indicator = form.by_code(&row["code"]).unwrap();
            let said = [&indicator.zh, &indicator.en, &indicator.unit];
            assert_eq!(said, [&row["zh"], &row["en"], &row["unit"]], "{}", row["code"]);
            let scale = match (row["type"].as_str(), row["unit"].as_str()) {
                ("integer", _) => 0,
                ("money", "万元") => 6,
                _ => 2,
            };
            assert_eq!(indicator.scale, scale, "{}", row["code"]);
        }
    }
}

#[test]
fn every_check_of_aid_is_in_a_form_or_has_a_reason_and_never_both() {
    let source = rows(AID_CHECKS);
    let forms = AID_FORMS.map(|code| Form::of_code(code).unwrap());
    let checks = forms.iter().flat_map(|form| &form.checks).filter(|check| !check.id.starts_with("FS"));
    let mut mapped = BTreeSet::new();
    for check in checks {
        let row = source.iter().find(|row| row["id"] == check.id).unwrap();
        // A row of the catalogue without a source of its own is named itself.
        let from =
            if row["source"].is_empty() { format!("aid-checks {}", check.id) } else { row["source"].clone() };
        assert_eq!(check.source, from, "{}", check.id);
        mapped.insert(check.id.clone());
    }
    let reasons = unmapped(AID_UNMAPPED);
    assert_eq!(mapped.intersection(&reasons).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(mapped.union(&reasons).cloned().collect::<BTreeSet<_>>(), ids(&source, "id"));
}

#[test]
fn numbers_in_signed_bytes_are_frozen() {
    let ids: Vec<(u32, &str)> = Form::all().iter().map(|form| (form.id, form.code.as_str())).collect();
    assert_eq!(ids, [(1, "quick"), (2, "urban_dibao"), (3, "rural_dibao"), (4, "tekun")]);
    for (code, prefix, base) in
        [("urban_dibao", "UD", 2_000), ("rural_dibao", "RD", 2_100), ("tekun", "TK", 2_200)]
    {
        for indicator in &Form::of_code(code).unwrap().indicators {
            let number: u32 = indicator.code.strip_prefix(prefix).unwrap().parse().unwrap();
            assert_eq!(indicator.id, base + number, "{}", indicator.code);
        }
    }
}

#[test]
fn somebody_fills_in_every_figure_of_aid_that_is_not_computed() {
    for form in AID_FORMS.map(|code| Form::of_code(code).unwrap()) {
        for indicator in &form.indicators {
            assert_eq!(indicator.is_entered(), !indicator.filled_by.is_empty(), "{}", indicator.code);
            assert!(!indicator.office.is_empty(), "{}", indicator.code);
        }
    }
}
