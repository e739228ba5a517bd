//! Consultations (会商核定): an own total as it stood at one moment, beside the figure of another office.

use fengsui_model::Consultation;

use super::fields::{Fields, code};
use super::report::report_id;
use super::submission::{COUNTED, counted, read_cell, read_counted};
use super::{StatementError, only_tables};
use crate::body::{Body, Value};

const DIVISION: (u32, &str) = (1, "division");
const EVENT: (u32, &str) = (2, "event");
const NUMBER: (u32, &str) = (3, "number");
const INDICATOR: (u32, &str) = (4, "indicator");
const AS_OF: (u32, &str) = (5, "as of");
const OWN: (u32, &str) = (6, "own");
const AT_LEAST: (u32, &str) = (7, "at least");
const OFFICE: (u32, &str) = (8, "office");
const THEIRS: (u32, &str) = (9, "theirs");
const AGREED: (u32, &str) = (10, "agreed");
const REASON: (u32, &str) = (11, "reason");
const FIELDS: [(u32, &str); 11] =
    [DIVISION, EVENT, NUMBER, INDICATOR, AS_OF, OWN, AT_LEAST, OFFICE, THEIRS, AGREED, REASON];

/// The body of a consultation. It carries the id of the office's own report on the subject.
pub fn consultation_body(of: &Consultation) -> Vec<u8> {
    let id = report_id(of.form, of.division, of.subject);
    let mut body = Body { report_id: id.0, form: of.form, ..Body::default() };
    body.push(DIVISION.0, code(of.division));
    body.push(EVENT.0, Value::Text(of.subject.to_string()));
    body.push(NUMBER.0, Value::Integer(i64::from(of.number)));
    body.push(INDICATOR.0, Value::Integer(i64::from(of.indicator)));
    body.push(AS_OF.0, Value::Integer(of.as_of_ms));
    body.push(OWN.0, of.own.value.map_or(Value::Uncounted, Value::Integer));
    body.push(AT_LEAST.0, Value::Integer(i64::from(of.own.at_least)));
    body.push(OFFICE.0, Value::Text(of.office.clone()));
    body.push(THEIRS.0, Value::Integer(of.theirs));
    body.push(AGREED.0, Value::Integer(of.agreed));
    if let Some(reason) = &of.reason {
        body.push(REASON.0, Value::Text(reason.clone()));
    }
    body.rows = of.counted.iter().map(counted).collect();
    body.to_bytes()
}

pub(super) fn read(body: &Body) -> Result<Consultation, StatementError> {
    only_tables(body, (true, true), &[COUNTED])?;
    let fields = Fields(&body.fields);
    fields.only(&FIELDS)?;
    let consultation = Consultation {
        form: body.form,
        division: fields.division(DIVISION)?,
        subject: fields.text(EVENT)?.parse().map_err(|_| StatementError::Field(EVENT.1))?,
        number: fields.number(NUMBER)?,
        indicator: fields.number(INDICATOR)?,
        as_of_ms: fields.integer(AS_OF)?,
        own: read_cell(&fields, OWN, AT_LEAST)?,
        counted: body.rows.iter().map(|row| read_counted(&Fields(&row.fields))).collect::<Result<_, _>>()?,
        office: fields.text(OFFICE)?.to_owned(),
        theirs: fields.integer(THEIRS)?,
        agreed: fields.integer(AGREED)?,
        reason: fields.optional_text(REASON)?.map(str::to_owned),
    };
    consultation.check().map_err(|error| StatementError::Consultation(error.to_string()))?;
    if body.report_id != report_id(consultation.form, consultation.division, consultation.subject).0 {
        return Err(StatementError::ReportId);
    }
    Ok(consultation)
}
