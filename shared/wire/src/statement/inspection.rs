//! Inspections (核查): what an office counted on the ground, beside what was reported.

use fengsui_model::inspection::Sample;
use fengsui_model::{Figure, Inspection};

use super::fields::{Fields, code};
use super::report::report_id;
use super::{StatementError, only_tables};
use crate::body::{Body, Field, Row, Value};

const DIVISION: (u32, &str) = (1, "division");
const EVENT: (u32, &str) = (2, "event");
const NUMBER: (u32, &str) = (3, "number");
const DATE: (u32, &str) = (4, "date");
const FINDING: (u32, &str) = (5, "finding");

const SAMPLES: u32 = 1;
const VILLAGE: (u32, &str) = (2, "village");
const INDICATOR: (u32, &str) = (3, "indicator");
const REPORTED: (u32, &str) = (4, "reported");
const FOUND: (u32, &str) = (5, "found");
const REPORT: (u32, &str) = (6, "report");

/// The body of an inspection. It carries the id of the office's own report on the subject.
pub fn inspection_body(of: &Inspection) -> Vec<u8> {
    let id = report_id(of.form, of.division, of.subject);
    let mut body = Body { report_id: id.0, form: of.form, ..Body::default() };
    body.push(DIVISION.0, code(of.division));
    body.push(EVENT.0, Value::Text(of.subject.to_string()));
    body.push(NUMBER.0, Value::Integer(i64::from(of.number)));
    body.push(DATE.0, Value::Text(of.date.to_string()));
    if let Some(finding) = &of.finding {
        body.push(FINDING.0, Value::Text(finding.clone()));
    }
    body.rows = of.samples.iter().map(row).collect();
    body.to_bytes()
}

fn row(sample: &Sample) -> Row {
    let mut fields = vec![Field { id: DIVISION.0, value: code(sample.division) }];
    let mut push = |(id, _): (u32, &str), value: Option<Value>| {
        fields.extend(value.map(|value| Field { id, value }));
    };
    push(VILLAGE, sample.village.clone().map(Value::Text));
    push(INDICATOR, Some(Value::Integer(i64::from(sample.indicator))));
    push(REPORTED, figure(sample.reported));
    push(FOUND, figure(sample.found));
    push(REPORT, sample.report.map(|hash| Value::Bytes(hash.to_vec())));
    Row { table: SAMPLES, fields }
}

/// A blank is a field that is not there.
const fn figure(figure: Figure) -> Option<Value> {
    match figure {
        Figure::Blank => None,
        Figure::Some => Some(Value::Uncounted),
        Figure::Number(value) => Some(Value::Integer(value)),
    }
}

pub(super) fn read(body: &Body) -> Result<Inspection, StatementError> {
    only_tables(body, (true, true), &[SAMPLES])?;
    let fields = Fields(&body.fields);
    fields.only(&[DIVISION, EVENT, NUMBER, DATE, FINDING])?;
    let inspection = Inspection {
        form: body.form,
        division: fields.division(DIVISION)?,
        subject: fields.text(EVENT)?.parse().map_err(|_| StatementError::Field(EVENT.1))?,
        number: fields.number(NUMBER)?,
        date: fields.text(DATE)?.parse().map_err(|_| StatementError::Field(DATE.1))?,
        samples: body.rows.iter().map(|row| sample(&Fields(&row.fields))).collect::<Result<_, _>>()?,
        finding: fields.optional_text(FINDING)?.map(str::to_owned),
    };
    inspection.check().map_err(|error| StatementError::Inspection(error.to_string()))?;
    if body.report_id != report_id(inspection.form, inspection.division, inspection.subject).0 {
        return Err(StatementError::ReportId);
    }
    Ok(inspection)
}

fn sample(fields: &Fields<'_>) -> Result<Sample, StatementError> {
    fields.only(&[DIVISION, VILLAGE, INDICATOR, REPORTED, FOUND, REPORT])?;
    Ok(Sample {
        division: fields.division(DIVISION)?,
        village: fields.optional_text(VILLAGE)?.map(str::to_owned),
        indicator: fields.number(INDICATOR)?,
        reported: stated(fields, REPORTED)?,
        found: stated(fields, FOUND)?,
        report: fields.optional_bytes(REPORT)?,
    })
}

fn stated(fields: &Fields<'_>, named: (u32, &'static str)) -> Result<Figure, StatementError> {
    match fields.is_uncounted(named) {
        true => Ok(Figure::Some),
        false => Ok(fields.optional_integer(named)?.map_or(Figure::Blank, Figure::Number)),
    }
}
