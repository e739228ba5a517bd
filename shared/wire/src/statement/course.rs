//! The course of an event: merges, and the word that its figures are stable.

use fengsui_model::{EventKey, Merge, Stability};

use super::fields::Fields;
use super::{Parts, StatementError, only_parts};
use crate::body::{Body, Field, Row, Value};

const EVENT: (u32, &str) = (1, "event");
const NUMBER: (u32, &str) = (2, "number");
const SINCE: (u32, &str) = (3, "since");
const UNDONE: (u32, &str) = (4, "undone");

const MERGED: u32 = 1;

fn begun(event: EventKey, number: u32, undoes: Option<[u8; 32]>) -> Body {
    let mut body = Body::default();
    body.push(EVENT.0, Value::Text(event.to_string()));
    body.push(NUMBER.0, Value::Integer(i64::from(number)));
    if let Some(undone) = undoes {
        body.push(UNDONE.0, Value::Bytes(undone.to_vec()));
    }
    body
}

/// The body of a merge.
pub fn merge_body(merge: &Merge) -> Vec<u8> {
    let mut body = begun(merge.into, merge.number, merge.undoes);
    let row = |event: &EventKey| {
        let fields = vec![Field { id: EVENT.0, value: Value::Text(event.to_string()) }];
        Row { table: MERGED, fields }
    };
    body.rows = merge.events.iter().map(row).collect();
    body.to_bytes()
}

/// The body of the word that an event is stable.
pub fn stability_body(stability: &Stability) -> Vec<u8> {
    let mut body = begun(stability.event, stability.number, stability.undoes);
    if let Some(since) = stability.since_ms {
        body.push(SINCE.0, Value::Integer(since));
    }
    body.to_bytes()
}

fn event(fields: &Fields<'_>) -> Result<EventKey, StatementError> {
    fields.text(EVENT)?.parse().map_err(|_| StatementError::Field(EVENT.1))
}

pub(super) fn read_merge(body: &Body) -> Result<Merge, StatementError> {
    only_parts(body, Parts { report_id: false, form: false, table: Some(MERGED) })?;
    let fields = Fields(&body.fields);
    fields.only(&[EVENT, NUMBER, UNDONE])?;
    let merged = |row: &Row| {
        let fields = Fields(&row.fields);
        fields.only(&[EVENT]).and_then(|()| event(&fields))
    };
    let merge = Merge {
        into: event(&fields)?,
        number: fields.number(NUMBER)?,
        events: body.rows.iter().map(merged).collect::<Result<_, _>>()?,
        undoes: fields.optional_bytes(UNDONE)?,
    };
    merge.check().map_err(|error| StatementError::Course(error.to_string()))?;
    Ok(merge)
}

pub(super) fn read_stability(body: &Body) -> Result<Stability, StatementError> {
    only_parts(body, Parts { report_id: false, form: false, table: None })?;
    let fields = Fields(&body.fields);
    fields.only(&[EVENT, NUMBER, SINCE, UNDONE])?;
    let stability = Stability {
        event: event(&fields)?,
        number: fields.number(NUMBER)?,
        since_ms: fields.optional_integer(SINCE)?,
        undoes: fields.optional_bytes(UNDONE)?,
    };
    stability.check().map_err(|error| StatementError::Course(error.to_string()))?;
    Ok(stability)
}
