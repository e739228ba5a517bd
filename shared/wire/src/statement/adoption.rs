//! Adoption of a standard: it has arrived, a value is prepared, its document is out, or it is in force.

use fengsui_model::Fen;
use fengsui_model::standard::{Adoption, Setting, Step};

use super::fields::{Fields, code};
use super::report::boolean;
use super::standard::{codes, date, parsed, period, read_codes};
use super::{Parts, StatementError, only_parts};
use crate::body::{Body, Value};

const STANDARD: (u32, &str) = (1, "standard");
const VERSION: (u32, &str) = (2, "version");
const SETTER: (u32, &str) = (3, "setter");
const NUMBER: (u32, &str) = (4, "number");
const COVERS: (u32, &str) = (5, "covers");
const LATE: (u32, &str) = (6, "recorded late");
const STEP: (u32, &str) = (7, "step");
const UNTIL: (u32, &str) = (8, "until");
const DOCUMENT: (u32, &str) = (9, "document");
const DATE: (u32, &str) = (10, "date");
const VALUE: (u32, &str) = (11, "value");
const PERIOD: (u32, &str) = (12, "period");
const FROM: (u32, &str) = (13, "from");
const INCOME: (u32, &str) = (14, "income");

const HEADER: [(u32, &str); 7] = [STANDARD, VERSION, SETTER, NUMBER, COVERS, LATE, STEP];

/// The body of an adoption.
pub fn adoption_body(adoption: &Adoption) -> Vec<u8> {
    let mut body = Body::default();
    let text = |text: &dyn ToString| Value::Text(text.to_string());
    body.push(STANDARD.0, text(&adoption.standard));
    body.push(VERSION.0, Value::Integer(i64::from(adoption.version)));
    body.push(SETTER.0, code(adoption.setter));
    body.push(NUMBER.0, Value::Integer(i64::from(adoption.number)));
    if !adoption.covers.is_empty() {
        body.push(COVERS.0, codes(&adoption.covers));
    }
    body.push(LATE.0, Value::Integer(i64::from(adoption.recorded_late)));
    body.push(STEP.0, Value::Integer(i64::from(adoption.step.number())));
    match &adoption.step {
        Step::Seen => {}
        Step::Preparing { until } => body.push(UNTIL.0, text(until)),
        Step::Issued { document, date } => {
            body.push(DOCUMENT.0, text(document));
            body.push(DATE.0, text(date));
        }
        Step::InForce(setting) => push_setting(&mut body, setting),
    }
    body.to_bytes()
}

fn push_setting(body: &mut Body, setting: &Setting) {
    body.push(DOCUMENT.0, Value::Text(setting.document.clone()));
    body.push(VALUE.0, Value::Integer(setting.value.0));
    body.push(PERIOD.0, Value::Integer(i64::from(setting.period as u8)));
    body.push(FROM.0, Value::Text(setting.from.to_string()));
    if let Some(income) = setting.income {
        body.push(INCOME.0, Value::Integer(income.0));
    }
}

pub(super) fn read(body: &Body) -> Result<Adoption, StatementError> {
    only_parts(body, Parts { report_id: false, form: false, table: None })?;
    let fields = Fields(&body.fields);
    let adoption = Adoption {
        standard: parsed(&fields, STANDARD)?,
        version: fields.number(VERSION)?,
        setter: fields.division(SETTER)?,
        number: fields.number(NUMBER)?,
        covers: read_codes(&fields, COVERS)?,
        recorded_late: boolean(&fields, LATE)?,
        step: step(&fields)?,
    };
    adoption.check().map_err(|error| StatementError::Adoption(error.to_string()))?;
    Ok(adoption)
}

fn step(fields: &Fields<'_>) -> Result<Step, StatementError> {
    let only = |of_step: &[(u32, &'static str)]| fields.only(&[&HEADER[..], of_step].concat());
    let day = |named: (u32, &'static str)| date(fields, named)?.ok_or(StatementError::Missing(named.1));
    let number: u8 = fields.number(STEP)?;
    match number {
        1 => only(&[]).map(|()| Step::Seen),
        2 => {
            only(&[UNTIL])?;
            Ok(Step::Preparing { until: day(UNTIL)? })
        }
        3 => {
            only(&[DOCUMENT, DATE])?;
            Ok(Step::Issued { document: fields.text(DOCUMENT)?.to_owned(), date: day(DATE)? })
        }
        4 => {
            only(&[DOCUMENT, VALUE, PERIOD, FROM, INCOME])?;
            Ok(Step::InForce(Setting {
                value: Fen(fields.integer(VALUE)?),
                period: period(fields, PERIOD)?,
                from: day(FROM)?,
                document: fields.text(DOCUMENT)?.to_owned(),
                income: fields.optional_integer(INCOME)?.map(Fen),
            }))
        }
        _ => Err(StatementError::Field(STEP.1)),
    }
}
