//! Targets, inspections and consultations against the page.

use fengsui_model::inspection::Sample;
use fengsui_model::submission::{Cell, Cited};
use fengsui_model::{Consultation, Inspection, Subject, Targets};
use fengsui_wire::{consultation_body, inspection_body, targets_body};

use super::*;

fn month() -> Subject {
    "2026-12".parse().expect("a month")
}

fn bytes(byte: u8) -> Value {
    Value::Bytes(vec![byte; 32])
}

fn head(number: i64) -> [(&'static str, Value); 3] {
    [("division", Value::Integer(22)), ("event", text("2026-12")), ("number", Value::Integer(number))]
}

#[test]
fn targets_have_the_fields_of_the_page() {
    let [fields, columns] = &tables("Target")[..] else { panic!("the page has two tables of targets") };
    let values = [((division(220_221), 2_002), 7)].into();
    let targets = Targets {
        form: 2,
        division: division(22),
        subject: month(),
        number: 3,
        document: "文".into(),
        values,
    };
    let body = read(&targets_body(&targets));
    assert_eq!((body.form, body.report_id), (2, report_id(2, division(22), month()).0));
    check_fields(fields, &body.fields, &[&head(3)[..], &[("document", text("文"))]].concat());
    assert_eq!((body.rows.len(), body.rows[0].table), (1, 1));
    let expected = [
        ("division", Value::Integer(220_221)),
        ("indicator", Value::Integer(2_002)),
        ("value", Value::Integer(7)),
    ];
    check_fields(columns, &body.rows[0].fields, &expected);
}

#[test]
fn inspections_have_the_fields_of_the_page() {
    let [fields, columns] = &tables("Inspection")[..] else {
        panic!("the page has two tables of inspections")
    };
    let sample = Sample {
        division: division(220_221_100),
        village: Some("永丰村".into()),
        indicator: 2_002,
        reported: Figure::Number(5),
        found: Figure::Number(4),
        report: Some([6; 32]),
    };
    let inspection = Inspection {
        form: 2,
        division: division(22),
        subject: month(),
        number: 3,
        date: "2026-12-31".parse().expect("a day"),
        samples: vec![sample],
        finding: Some("无".into()),
    };
    let body = read(&inspection_body(&inspection));
    assert_eq!((body.form, body.report_id), (2, report_id(2, division(22), month()).0));
    let more = [("date", text("2026-12-31")), ("finding", text("无"))];
    check_fields(fields, &body.fields, &[&head(3)[..], &more].concat());
    assert_eq!((body.rows.len(), body.rows[0].table), (1, 1));
    let expected = [
        ("division", Value::Integer(220_221_100)),
        ("village", text("永丰村")),
        ("indicator", Value::Integer(2_002)),
        ("reported", Value::Integer(5)),
        ("found", Value::Integer(4)),
        ("report", bytes(6)),
    ];
    check_fields(columns, &body.rows[0].fields, &expected);
}

#[test]
fn consultations_have_the_fields_of_the_page() {
    let fields = table("Consultation");
    let cited = Cited { division: division(220_221), revision: 4, body: [5; 32], filed_by: None };
    let consultation = Consultation {
        form: 2,
        division: division(22),
        subject: month(),
        number: 3,
        indicator: 2_002,
        as_of_ms: 5,
        own: Cell { value: Some(6), at_least: true },
        counted: vec![cited],
        office: "医保".into(),
        theirs: 9,
        agreed: 10,
        reason: Some("因".into()),
    };
    let body = read(&consultation_body(&consultation));
    assert_eq!((body.form, body.report_id), (2, report_id(2, division(22), month()).0));
    let more = [
        ("indicator", Value::Integer(2_002)),
        ("as of", Value::Integer(5)),
        ("own", Value::Integer(6)),
        ("at least", Value::Integer(1)),
        ("office", text("医保")),
        ("theirs", Value::Integer(9)),
        ("agreed", Value::Integer(10)),
        ("reason", text("因")),
    ];
    check_fields(&fields, &body.fields, &[&head(3)[..], &more].concat());
    assert_eq!((body.rows.len(), body.rows[0].table), (1, 1));
    let expected =
        [("division", Value::Integer(220_221)), ("revision", Value::Integer(4)), ("body", bytes(5))];
    // A counted report is written as in a submission.
    check_fields(&tables("Submission")[1][..3], &body.rows[0].fields, &expected);
}
