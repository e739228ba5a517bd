//! Targets (目标): what a level wants the divisions below it to reach.

use std::collections::BTreeMap;

use fengsui_model::{DivisionCode, Targets};

use super::fields::{Fields, code};
use super::report::report_id;
use super::{StatementError, only_tables};
use crate::body::{Body, Field, Row, Value};

const DIVISION: (u32, &str) = (1, "division");
const EVENT: (u32, &str) = (2, "event");
const NUMBER: (u32, &str) = (3, "number");
const DOCUMENT: (u32, &str) = (4, "document");

const VALUES: u32 = 1;
const INDICATOR: (u32, &str) = (2, "indicator");
const VALUE: (u32, &str) = (3, "value");

/// The body of targets. It carries the id of the issuer's own report on the subject.
pub fn targets_body(of: &Targets) -> Vec<u8> {
    let id = report_id(of.form, of.division, of.subject);
    let mut body = Body { report_id: id.0, form: of.form, ..Body::default() };
    body.push(DIVISION.0, code(of.division));
    body.push(EVENT.0, Value::Text(of.subject.to_string()));
    body.push(NUMBER.0, Value::Integer(i64::from(of.number)));
    body.push(DOCUMENT.0, Value::Text(of.document.clone()));
    body.rows = of.values.iter().map(row).collect();
    body.to_bytes()
}

fn row(((division, indicator), value): (&(DivisionCode, u32), &i64)) -> Row {
    let fields = vec![
        Field { id: DIVISION.0, value: code(*division) },
        Field { id: INDICATOR.0, value: Value::Integer(i64::from(*indicator)) },
        Field { id: VALUE.0, value: Value::Integer(*value) },
    ];
    Row { table: VALUES, fields }
}

pub(super) fn read(body: &Body) -> Result<Targets, StatementError> {
    only_tables(body, (true, true), &[VALUES])?;
    let fields = Fields(&body.fields);
    fields.only(&[DIVISION, EVENT, NUMBER, DOCUMENT])?;
    let targets = Targets {
        form: body.form,
        division: fields.division(DIVISION)?,
        subject: fields.text(EVENT)?.parse().map_err(|_| StatementError::Field(EVENT.1))?,
        number: fields.number(NUMBER)?,
        document: fields.text(DOCUMENT)?.to_owned(),
        values: values(&body.rows)?,
    };
    targets.check().map_err(|error| StatementError::Targets(error.to_string()))?;
    if body.report_id != report_id(targets.form, targets.division, targets.subject).0 {
        return Err(StatementError::ReportId);
    }
    Ok(targets)
}

/// Rising by division and indicator, each once.
fn values(rows: &[Row]) -> Result<BTreeMap<(DivisionCode, u32), i64>, StatementError> {
    let mut values: BTreeMap<(DivisionCode, u32), i64> = BTreeMap::new();
    for row in rows {
        let fields = Fields(&row.fields);
        fields.only(&[DIVISION, INDICATOR, VALUE])?;
        let key = (fields.division(DIVISION)?, fields.number(INDICATOR)?);
        if values.last_key_value().is_some_and(|(last, _)| *last >= key) {
            return Err(StatementError::Field(INDICATOR.1));
        }
        values.insert(key, fields.integer(VALUE)?);
    }
    Ok(values)
}
