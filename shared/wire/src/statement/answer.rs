//! Answers: a hub's word to the author of an entry that it keeps but does not count.

use super::fields::Fields;
use super::{Parts, StatementError, only_parts};
use crate::body::{Body, Field, Row, Value};
use crate::cursor::Position;
use crate::hash::Hash;
use crate::header::Lane;
use crate::log::LogId;

const ENTRY: (u32, &str) = (1, "entry");
const LOG: (u32, &str) = (2, "log");
const LANE: (u32, &str) = (3, "lane");
const SEQUENCE: (u32, &str) = (4, "sequence");

const REASONS: u32 = 1;
const CHECK: (u32, &str) = (1, "check");
const ZH: (u32, &str) = (2, "zh");
const EN: (u32, &str) = (3, "en");

/// One reason, in both languages; `check` is the rule's id, or a word where the body did not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Rule that is broken.
    pub check: String,
    /// For the clerk.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

/// "This entry is kept, and not counted, because …"
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Where the entry stands.
    pub position: Position,
    /// Its hash.
    pub entry: Hash,
    /// Why; at least one.
    pub reasons: Vec<Reason>,
}

/// The body of an answer. It carries the id of the report it answers, so that both can be found together.
pub fn answer_body(answer: &Answer, report_id: [u8; 16]) -> Vec<u8> {
    let mut body = Body { report_id, ..Body::default() };
    body.push(ENTRY.0, Value::Bytes(answer.entry.0.to_vec()));
    body.push(LOG.0, Value::Bytes(answer.position.log.0.to_vec()));
    body.push(LANE.0, Value::Integer(i64::from(answer.position.lane as u8)));
    body.push(SEQUENCE.0, Value::Integer(answer.position.sequence.cast_signed()));
    body.rows = answer.reasons.iter().map(row).collect();
    body.to_bytes()
}

fn row(reason: &Reason) -> Row {
    let text = |(id, _): (u32, &str), text: &String| Field { id, value: Value::Text(text.clone()) };
    let fields = vec![text(CHECK, &reason.check), text(ZH, &reason.zh), text(EN, &reason.en)];
    Row { table: REASONS, fields }
}

pub(super) fn read(body: &Body) -> Result<Answer, StatementError> {
    only_parts(body, Parts { report_id: true, form: false, table: Some(REASONS) })?;
    let fields = Fields(&body.fields);
    fields.only(&[ENTRY, LOG, LANE, SEQUENCE])?;
    let lane: u8 = fields.number(LANE)?;
    let position = Position {
        log: LogId(fields.bytes(LOG)?),
        lane: Lane::from_byte(lane).ok_or(StatementError::Field(LANE.1))?,
        sequence: fields.number(SEQUENCE)?,
    };
    let reasons: Vec<_> =
        body.rows.iter().map(|row| reason(&Fields(&row.fields))).collect::<Result<_, _>>()?;
    if reasons.is_empty() {
        return Err(StatementError::Missing("reason"));
    }
    Ok(Answer { position, entry: Hash(fields.bytes(ENTRY)?), reasons })
}

fn reason(fields: &Fields<'_>) -> Result<Reason, StatementError> {
    fields.only(&[CHECK, ZH, EN])?;
    Ok(Reason {
        check: fields.text(CHECK)?.to_owned(),
        zh: fields.text(ZH)?.to_owned(),
        en: fields.text(EN)?.to_owned(),
    })
}
