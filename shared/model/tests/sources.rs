//! Every row of the collected catalogue is either in a form or has a reason not to be, and what is in it says what the
//! catalogue says. So nothing is lost or renamed without somebody having decided it.

use std::collections::{BTreeMap, BTreeSet};

use fengsui_model::{
    About, DisasterKind, Form, Indicator, Level, Report, Severity, check::Check, form::Answer,
};

const DISASTER_INDICATORS: &str = include_str!("../../../deploy/data/sources/disaster-indicators.csv");
const DISASTER_CHECKS: &str = include_str!("../../../deploy/data/sources/disaster-checks.csv");
const AID_INDICATORS: &str = include_str!("../../../deploy/data/sources/aid-indicators.csv");
const AID_CHECKS: &str = include_str!("../../../deploy/data/sources/aid-checks.csv");
const KINDS: &str = include_str!("../../../deploy/data/sources/disaster-kinds.csv");

/// Which field of a report carries a header row.
const HEADER: &str = include_str!("../../../deploy/data/forms/quick-header.csv");
/// Rows that are in no form, what each waits for, and why.
const UNMAPPED: &str = include_str!("../../../deploy/data/forms/unmapped.csv");
/// Where a form says something else than the sources, and what the sources lack.
const CORRECTED: &str = include_str!("../../../deploy/data/forms/corrected.csv");

/// What a row that is in no form may wait for.
const WAITS_FOR: [&str; 6] = ["construction", "field", "form", "ledger", "standard", "workflow"];

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

fn both(one: &str, other: &str) -> Vec<Row> {
    rows(one).into_iter().chain(rows(other)).collect()
}

fn source_indicators() -> Vec<Row> {
    both(DISASTER_INDICATORS, AID_INDICATORS)
}

fn source_checks() -> Vec<Row> {
    both(DISASTER_CHECKS, AID_CHECKS)
}

/// What the corrections say of one cell: what the source has, and what the form has.
fn corrections() -> BTreeMap<(String, String), (String, String)> {
    let rows = rows(CORRECTED);
    let count = rows.len();
    let mut cells = BTreeMap::new();
    for mut row in rows {
        assert!(!row["reason"].trim().is_empty(), "{row:?}");
        let mut take = |column: &str| row.remove(column).unwrap();
        cells.insert((take("code"), take("column")), (take("source"), take("ours")));
    }
    assert_eq!(cells.len(), count, "one correction of a cell");
    cells
}

/// Every indicator with the form it stands in.
fn indicators() -> impl Iterator<Item = (&'static Form, &'static Indicator)> {
    Form::all().iter().flat_map(|form| form.indicators.iter().map(move |indicator| (&**form, indicator)))
}

/// Every check of the sources, with the form it stands in. FS: what the system itself adds.
fn checks() -> impl Iterator<Item = (&'static Form, &'static Check)> {
    let all = Form::all().iter().flat_map(|form| form.checks.iter().map(move |check| (&**form, check)));
    all.filter(|(_, check)| !check.id.starts_with("FS"))
}

#[test]
fn every_row_is_mapped_or_has_a_reason_and_never_both() {
    let mut mapped = ids(&rows(HEADER), "id");
    mapped.extend(indicators().map(|(_, indicator)| indicator.code.clone()));
    mapped.extend(checks().map(|(_, check)| check.id.clone()));
    let mut source = ids(&source_indicators(), "code");
    source.extend(ids(&source_checks(), "id"));
    let unmapped = rows(UNMAPPED);
    for row in &unmapped {
        assert!(
            WAITS_FOR.contains(&row["waits_for"].as_str()) && !row["reason"].trim().is_empty(),
            "{row:?}"
        );
    }
    let reasons = ids(&unmapped, "id");
    assert_eq!(mapped.intersection(&reasons).collect::<Vec<_>>(), Vec::<&String>::new());
    let said: BTreeSet<String> = mapped.union(&reasons).cloned().collect();
    assert_eq!(source.difference(&said).collect::<Vec<_>>(), Vec::<&String>::new());
    // What the sources do not have was added by somebody who said why, or repeats a row of the quick report.
    let corrections = corrections();
    let said_added = |code: &str| corrections.contains_key(&(code.to_owned(), "added".to_owned()));
    // Of a form that the sources lack altogether one line speaks for all rows.
    let form_of = |code: &str| {
        let (form, _) = indicators().find(|(_, of)| of.code == code)?;
        Some(form.code.as_str())
    };
    let added = |code: &String| said_added(code) || form_of(code).is_some_and(said_added);
    let more: Vec<&String> =
        said.difference(&source).filter(|code| !added(code) && repeated(code).is_none()).collect();
    assert_eq!(more, Vec::<&String>::new());
}

/// The row of the quick report that a row of the annual losses repeats.
fn repeated(code: &str) -> Option<&'static Indicator> {
    let row = Form::of_code("annual_loss")?.by_code(code)?;
    let quick = row.foreign.iter().find(|of| of.system == "QL")?;
    Form::quick().by_code(&quick.code)
}

#[test]
fn annual_losses_repeat_the_quick_report() {
    for row in &Form::of_code("annual_loss").unwrap().indicators {
        let quick = repeated(&row.code).unwrap();
        let plain = |text: &str| text.replace("（累计值）", "").replace(" (cumulative)", "");
        assert_eq!((&row.zh, &row.en), (&plain(&quick.zh), &plain(&quick.en)), "{}", row.code);
        assert_eq!(
            (&row.unit, row.scale, &row.group),
            (&quick.unit, quick.scale, &quick.group),
            "{}",
            row.code
        );
        assert_eq!(row.code[2..], quick.code[2..]);
    }
}

#[test]
fn names_and_units_are_those_of_the_sources_or_the_deviation_is_named() {
    let source: BTreeMap<String, Row> =
        source_indicators().into_iter().map(|row| (row["code"].clone(), row)).collect();
    let mut corrections = corrections();
    for (form, indicator) in indicators() {
        let Some(row) = source.get(&indicator.code) else { continue };
        for (column, ours) in [("zh", &indicator.zh), ("en", &indicator.en), ("unit", &indicator.unit)] {
            let corrected = corrections.remove(&(indicator.code.clone(), column.to_owned()));
            let (theirs, expected) = corrected.unwrap_or((row[column].clone(), row[column].clone()));
            assert_eq!((&theirs, &expected), (&row[column], ours), "{} {column}", indicator.code);
        }
        let scale = corrections.remove(&(indicator.code.clone(), "scale".to_owned()));
        assert_eq!(scale.is_none(), decimals_agree(row, indicator), "{} {:?}", indicator.code, row["type"]);
        if let Some((theirs, ours)) = scale {
            assert_eq!((theirs, ours), (row["type"].clone(), indicator.scale.to_string()));
        }
        let group = &row["group"];
        let tail = group.split_once('.').map_or("", |(_, tail)| tail);
        // What the paper has in its head is asked for as a figure.
        let head = group == "header";
        assert!(head || *group == form.code || indicator.group == tail, "{}: {group}", indicator.code);
    }
    corrections.retain(|(code, column), _| {
        !["added", "severity", "rule"].contains(&column.as_str()) || {
            let known = indicators().any(|(form, of)| of.code == *code || form.code == *code)
                || checks().any(|(_, of)| of.id == *code);
            assert!(known, "{code}");
            false
        }
    });
    assert_eq!(corrections, BTreeMap::new(), "a correction of what is as the sources have it");
}

/// Whether the decimals kept are those that the source's type asks for.
fn decimals_agree(row: &Row, indicator: &Indicator) -> bool {
    match (row["type"].as_str(), row["unit"].as_str()) {
        ("integer", _) => indicator.scale == 0,
        ("money", "万元") => indicator.scale == 6,
        ("money" | "percent", _) => indicator.scale == 2,
        ("datetime", _) => indicator.answer == Answer::Time,
        ("enum", _) => matches!(indicator.answer, Answer::Choice(_)),
        _ => indicator.scale > 0,
    }
}

#[test]
fn checks_say_what_the_sources_say() {
    let source: BTreeMap<String, Row> =
        source_checks().into_iter().map(|row| (row["id"].clone(), row)).collect();
    let corrections = corrections();
    for (form, check) in checks() {
        let row = &source[&check.id];
        // A row without a source of its own is named itself.
        let from =
            if row["source"].is_empty() { format!("aid-checks {}", check.id) } else { row["source"].clone() };
        assert_eq!(check.source, from, "{} {}", form.code, check.id);
        if let Some(message) = row.get("message_zh") {
            assert_eq!(&check.zh, message, "{} {}", form.code, check.id);
        }
        let corrected = corrections.get(&(check.id.clone(), "severity".to_owned()));
        let expected = corrected.map_or(row["severity"].as_str(), |(theirs, ours)| {
            assert_eq!(theirs, &row["severity"], "{}", check.id);
            ours.as_str()
        });
        let severity = match expected.split([' ', ',']).next().unwrap() {
            "error" if row["severity"].contains("verified") => (Severity::Hard, true),
            "error" | "auto" | "hard" => (Severity::Hard, false),
            "warning" | "soft" => (Severity::Soft, false),
            "alarm" => (Severity::Alarm, false),
            other => panic!("{}: {other}", check.id),
        };
        assert_eq!((check.severity, check.from_verified), severity, "{} {}", form.code, check.id);
    }
}

#[test]
fn header_rows_name_fields_of_a_report() {
    // Taken apart without `..`: a new field of a report does not compile until somebody decides where it belongs.
    fn fields(report: Report) -> [&'static str; 17] {
        let Report {
            form: _,
            catalogue: _,
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
            sites: _,
        } = report;
        [
            "form",
            "catalogue",
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
            "sites",
        ]
    }
    let known = fields(Report {
        form: Form::quick().id,
        catalogue: 0,
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
        sites: BTreeMap::new(),
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
fn numbers_in_signed_bytes_are_frozen() {
    let forms: Vec<(u32, &str)> = Form::all().iter().map(|form| (form.id, form.code.as_str())).collect();
    let frozen = [
        (1, "quick"),
        (2, "urban_dibao"),
        (3, "rural_dibao"),
        (4, "tekun"),
        (5, "relief"),
        (6, "winter"),
        (7, "annual_loss"),
        (8, "annual_rebuild"),
        (9, "annual_base"),
        (10, "medical_aid"),
        (11, "temporary_aid"),
        (12, "disability"),
        (13, "children"),
        (14, "disaster_victims"),
        (15, "charity"),
        (16, "special_aid"),
        (17, "workflow"),
        (18, "early_warning"),
        (19, "service_network"),
        (20, "a01"),
        (21, "d01"),
        (22, "z01"),
        (23, "relief_stock"),
    ];
    assert_eq!(forms, frozen);
    let bases = BTreeMap::from([
        ("HD", 900),
        ("QL", 1_000),
        ("QR", 1_200),
        ("AL", 1_300),
        ("AB", 1_400),
        ("WN", 1_500),
        ("WD", 1_600),
        ("AN", 1_700),
        ("UD", 2_000),
        ("RD", 2_100),
        ("TK", 2_200),
        ("MA", 2_300),
        ("TA", 2_400),
        ("DS", 2_500),
        ("OR", 2_600),
        ("DV", 2_700),
        ("CH", 2_800),
        ("SP", 2_900),
        ("WF", 3_000),
        ("EW", 3_100),
        ("SN", 3_200),
        ("RS", 3_300),
        ("A01", 5_000),
        ("D01", 5_100),
        ("Z01", 5_200),
    ]);
    for (_, indicator) in indicators() {
        let (prefix, number) = indicator.code.split_at(indicator.code.len() - 3);
        assert_eq!(indicator.id, bases[prefix] + number.parse::<u32>().unwrap(), "{}", indicator.code);
    }
}

#[test]
fn the_optional_set_is_that_of_the_special_tables() {
    let optional: Vec<&str> =
        Form::all().iter().filter(|form| form.optional).map(|form| form.code.as_str()).collect();
    assert_eq!(optional, ["a01", "d01", "z01"]);
}

#[test]
fn somebody_fills_in_every_figure_that_is_not_computed() {
    for (form, indicator) in indicators() {
        assert!(!indicator.office.is_empty(), "{}", indicator.code);
        if form.about != About::Event {
            assert_eq!(indicator.is_entered(), !indicator.filled_by.is_empty(), "{}", indicator.code);
        }
    }
}

#[test]
fn every_figure_reaches_the_root() {
    assert!(indicators().all(|(_, indicator)| indicator.reach == Level::Province));
}
