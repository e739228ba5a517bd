//! Reports. Header fields have ids below [`FIGURES_FROM`]; an indicator's figure stands under the indicator's own id.

use std::collections::BTreeMap;

use fengsui_model::{DivisionCode, EventKey, Figure, Report, Stage};

use super::fields::{Fields, code};
use super::{Parts, StatementError, only_parts};
use crate::body::{Body, Value};
use crate::hash::{Hash, hex_newtype};

const DIVISION: (u32, &str) = (1, "division");
const EVENT: (u32, &str) = (2, "event");
const STAGE: (u32, &str) = (3, "stage");
const REVISION: (u32, &str) = (4, "revision");
const FOLLOWS: (u32, &str) = (5, "follows");
const OCCURRED: (u32, &str) = (6, "occurred");
const CUTOFF: (u32, &str) = (7, "cut-off");
const DRILL: (u32, &str) = (8, "drill");
const ZERO: (u32, &str) = (9, "zero report");
const EXPLANATION: (u32, &str) = (10, "explanation");
const NARRATIVE: (u32, &str) = (11, "narrative");
const RELIEF: (u32, &str) = (12, "relief narrative");
const HEADER: &[(u32, &str)] = &[
    DIVISION,
    EVENT,
    STAGE,
    REVISION,
    FOLLOWS,
    OCCURRED,
    CUTOFF,
    DRILL,
    ZERO,
    EXPLANATION,
    NARRATIVE,
    RELIEF,
];

/// Ids from here on are indicators.
const FIGURES_FROM: u32 = 100;

/// What all revisions of one report share. Derived from form, division and event, so that a report which is logged
/// again, on another machine or in another incarnation, is the same report.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReportId(pub [u8; 16]);
hex_newtype!(ReportId);

/// The id of `division`'s report on `event` by `form`.
pub fn report_id(form: u32, division: DivisionCode, event: EventKey) -> ReportId {
    let text = format!("{form}/{division}/{event}");
    let hash = Hash::derived("fengsui 2026 report id v1", text.as_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(&hash.0[..16]);
    ReportId(id)
}

fn id_of(report: &Report) -> ReportId {
    let (form, division, event) = report.identity();
    report_id(form, division, event)
}

/// The body of a report. A blank figure is left out: blank is what is not there.
pub fn report_body(report: &Report) -> Vec<u8> {
    let mut body = Body { report_id: id_of(report).0, form: report.form, ..Body::default() };
    body.push(DIVISION.0, code(report.division));
    body.push(EVENT.0, Value::Text(report.event.to_string()));
    body.push(STAGE.0, Value::Integer(i64::from(report.stage as u8)));
    body.push(REVISION.0, Value::Integer(i64::from(report.revision)));
    if let Some(hash) = report.follows {
        body.push(FOLLOWS.0, Value::Bytes(hash.to_vec()));
    }
    body.push(OCCURRED.0, Value::Integer(report.occurred_ms));
    if let Some(cutoff) = report.cutoff_ms {
        body.push(CUTOFF.0, Value::Integer(cutoff));
    }
    body.push(DRILL.0, Value::Integer(i64::from(report.drill)));
    body.push(ZERO.0, Value::Integer(i64::from(report.zero)));
    for ((id, _), text) in [
        (EXPLANATION, &report.explanation),
        (NARRATIVE, &report.narrative),
        (RELIEF, &report.relief_narrative),
    ] {
        if let Some(text) = text {
            body.push(id, Value::Text(text.clone()));
        }
    }
    for (id, figure) in &report.figures {
        match figure {
            Figure::Blank => {}
            Figure::Some => body.push(*id, Value::Uncounted),
            Figure::Number(value) => body.push(*id, Value::Integer(*value)),
        }
    }
    body.to_bytes()
}

pub(super) fn read(body: &Body) -> Result<Report, StatementError> {
    only_parts(body, Parts { report_id: true, form: true, table: None })?;
    let split = body.fields.partition_point(|field| field.id < FIGURES_FROM);
    let fields = Fields(&body.fields[..split]);
    fields.only(HEADER)?;
    let stage: u8 = fields.number(STAGE)?;
    let report = Report {
        form: body.form,
        division: fields.division(DIVISION)?,
        event: fields.text(EVENT)?.parse().map_err(|_| StatementError::Field(EVENT.1))?,
        stage: Stage::try_from(stage).map_err(|_| StatementError::Field(STAGE.1))?,
        revision: fields.number(REVISION)?,
        follows: fields.optional_bytes(FOLLOWS)?,
        occurred_ms: fields.integer(OCCURRED)?,
        cutoff_ms: fields.optional_integer(CUTOFF)?,
        drill: boolean(&fields, DRILL)?,
        zero: boolean(&fields, ZERO)?,
        explanation: fields.optional_text(EXPLANATION)?.map(str::to_owned),
        narrative: fields.optional_text(NARRATIVE)?.map(str::to_owned),
        relief_narrative: fields.optional_text(RELIEF)?.map(str::to_owned),
        figures: figures(&body.fields[split..])?,
    };
    if body.report_id != id_of(&report).0 {
        return Err(StatementError::ReportId);
    }
    Ok(report)
}

pub(super) fn boolean(fields: &Fields<'_>, named: (u32, &'static str)) -> Result<bool, StatementError> {
    match fields.integer(named)? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(StatementError::Field(named.1)),
    }
}

fn figures(fields: &[crate::body::Field]) -> Result<BTreeMap<u32, Figure>, StatementError> {
    let figure = |field: &crate::body::Field| match field.value {
        Value::Integer(value) => Ok((field.id, Figure::Number(value))),
        Value::Uncounted => Ok((field.id, Figure::Some)),
        _ => Err(StatementError::Field("figure")),
    };
    fields.iter().map(figure).collect()
}
