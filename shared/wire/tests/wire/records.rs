//! Targets, inspections and consultations: whatever can be said comes back, and what contradicts itself does not read.

use fengsui_model::inspection::Sample;
use fengsui_model::submission::{Cell, Cited};
use fengsui_model::{Consultation, Figure, Inspection, Targets};
use fengsui_wire::{
    Body, Kind, Statement, StatementError, Value, consultation_body, inspection_body, statement, targets_body,
};

use crate::sample::division;

pub fn targets() -> Targets {
    Targets {
        form: 2,
        division: division(22),
        subject: "2026-12".parse().expect("a month"),
        number: 2,
        document: "吉民发〔2026〕3号".into(),
        values: [((division(22), 2_016), 10_000), ((division(220_221), 2_002), 0)].into(),
    }
}

pub fn inspection() -> Inspection {
    let sample = |village: Option<&str>, reported, found, report| Sample {
        division: division(220_221_100),
        village: village.map(str::to_owned),
        indicator: 1_010,
        reported,
        found,
        report,
    };
    Inspection {
        form: 1,
        division: division(220_221),
        subject: "20261121-220221-flood".parse().expect("an event"),
        number: 1,
        date: "2026-11-25".parse().expect("a day"),
        samples: vec![
            sample(None, Figure::Blank, Figure::Some, None),
            sample(Some("前进村"), Figure::Some, Figure::Number(48), Some([3; 32])),
            sample(Some("永丰村"), Figure::Number(70), Figure::Number(68), Some([3; 32])),
        ],
        finding: Some("两户重复统计，已告知更正".into()),
    }
}

pub fn consultation() -> Consultation {
    let cited = |code, filed_by| Cited { division: division(code), revision: 1, body: [2; 32], filed_by };
    Consultation {
        form: 1,
        division: division(220_221),
        subject: "20261121-220221-flood".parse().expect("an event"),
        number: 3,
        indicator: 1_050,
        as_of_ms: 1_795_320_000_000,
        own: Cell { value: Some(1_250), at_least: true },
        counted: vec![cited(220_221_100, None), cited(220_221_101, Some(division(220_221)))],
        office: "农业农村".into(),
        theirs: 1_300,
        agreed: 1_300,
        reason: Some("国有农场由农业部门另计".into()),
    }
}

#[test]
fn what_may_be_missing_may_be_missing() {
    let silent = Inspection { finding: None, ..inspection() };
    let read = statement(Kind::Inspection, &inspection_body(&silent));
    assert_eq!(read, Ok(Statement::Inspection(Box::new(silent))));
    let own = Cell { value: Some(1_300), at_least: false };
    let same = Consultation { own, counted: vec![], reason: None, ..consultation() };
    let read = statement(Kind::Consultation, &consultation_body(&same));
    assert_eq!(read, Ok(Statement::Consultation(Box::new(same))));
    let nothing = Cell { value: None, at_least: true };
    let unknown = Consultation { own: nothing, ..consultation() };
    let read = statement(Kind::Consultation, &consultation_body(&unknown));
    assert_eq!(read, Ok(Statement::Consultation(Box::new(unknown))));
}

/// What a reader says of a sound body after `change`.
fn changed(kind: Kind, bytes: &[u8], change: impl FnOnce(&mut Body)) -> Option<StatementError> {
    let mut body = Body::from_bytes(bytes).expect("own bytes read");
    change(&mut body);
    statement(kind, &body.to_bytes()).err()
}

#[test]
fn what_contradicts_itself_does_not_read() {
    let targets = |change: fn(&mut Body)| changed(Kind::Target, &targets_body(&targets()), change);
    assert_eq!(targets(|body| body.rows.swap(0, 1)), Some(StatementError::Field("indicator")));
    assert_eq!(targets(|body| body.form = 3), Some(StatementError::ReportId));
    let none = targets(|body| body.rows.clear());
    assert!(matches!(none, Some(StatementError::Targets(text)) if text.contains("0 values")));
    let below = targets(|body| body.rows[0].fields[2].value = Value::Integer(-1));
    assert!(matches!(below, Some(StatementError::Targets(text)) if text.contains("-1")));

    let inspection =
        |change: fn(&mut Body)| changed(Kind::Inspection, &inspection_body(&inspection()), change);
    assert_eq!(inspection(|body| body.report_id[0] ^= 1), Some(StatementError::ReportId));
    let order = inspection(|body| body.rows.swap(1, 2));
    assert!(matches!(order, Some(StatementError::Inspection(text)) if text.contains("rising order")));
    let uncited = inspection(|body| body.rows[1].fields.retain(|field| field.id != 6));
    assert!(matches!(uncited, Some(StatementError::Inspection(_))));

    let consultation =
        |change: fn(&mut Body)| changed(Kind::Consultation, &consultation_body(&consultation()), change);
    assert_eq!(consultation(|body| body.report_id[0] ^= 1), Some(StatementError::ReportId));
    let unexplained = consultation(|body| body.fields.retain(|field| field.id != 11));
    assert!(matches!(unexplained, Some(StatementError::Consultation(text)) if text.contains("reason")));
    let twice = consultation(|body| body.rows[1] = body.rows[0].clone());
    assert!(matches!(twice, Some(StatementError::Consultation(text)) if text.contains("rising order")));
}
