//! Revocations: what of a key's logs stands, and that the key may sign no more.

use super::fields::Fields;
use super::{Parts, StatementError, only_parts};
use crate::body::{Body, Field, Row, Value};
use crate::hash::Hash;
use crate::header::Lane;
use crate::keys::PublicKey;
use crate::log::Incarnation;

const KEY: (u32, &str) = (1, "key");
const AT: (u32, &str) = (2, "at");
const REASON: (u32, &str) = (3, "reason");
const SUCCESSOR: (u32, &str) = (4, "successor");

const LINES: u32 = 1;
const INCARNATION: (u32, &str) = (1, "incarnation");
const LANE: (u32, &str) = (2, "lane");
const SEQUENCE: (u32, &str) = (3, "sequence");
const HASH: (u32, &str) = (4, "hash");

/// The last entry of one lane that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StandLine {
    /// Which log of the key.
    pub incarnation: Incarnation,
    /// Which lane of it.
    pub lane: Lane,
    /// Sequence of the last entry that stands, inclusive.
    pub sequence: u64,
    /// That entry's hash.
    pub hash: Hash,
}

/// "This key speaks no more; of what it has written, this much stands."
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revocation {
    /// Whose key.
    pub key: PublicKey,
    /// When, by the clock of the hub that revokes, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Why, in words, for whoever reads it later.
    pub reason: String,
    /// The key that speaks for the division from then on. `None`: nobody yet.
    pub successor: Option<PublicKey>,
    /// What stands. A lane that is not named has nothing that stands.
    pub lines: Vec<StandLine>,
}

/// The body of a revocation.
pub fn revocation_body(revocation: &Revocation) -> Vec<u8> {
    let mut body = Body::default();
    body.push(KEY.0, Value::Bytes(revocation.key.0.to_vec()));
    body.push(AT.0, Value::Integer(revocation.at_ms));
    body.push(REASON.0, Value::Text(revocation.reason.clone()));
    if let Some(successor) = revocation.successor {
        body.push(SUCCESSOR.0, Value::Bytes(successor.0.to_vec()));
    }
    body.rows = revocation.lines.iter().map(row).collect();
    body.to_bytes()
}

fn row(line: &StandLine) -> Row {
    let field = |(id, _): (u32, &str), value| Field { id, value };
    let fields = vec![
        field(INCARNATION, Value::Bytes(line.incarnation.0.to_vec())),
        field(LANE, Value::Integer(i64::from(line.lane as u8))),
        field(SEQUENCE, Value::Integer(line.sequence.cast_signed())),
        field(HASH, Value::Bytes(line.hash.0.to_vec())),
    ];
    Row { table: LINES, fields }
}

pub(super) fn read(body: &Body) -> Result<Revocation, StatementError> {
    only_parts(body, Parts { report_id: false, form: false, table: Some(LINES) })?;
    let fields = Fields(&body.fields);
    fields.only(&[KEY, AT, REASON, SUCCESSOR])?;
    Ok(Revocation {
        key: PublicKey(fields.bytes(KEY)?),
        at_ms: fields.integer(AT)?,
        reason: fields.text(REASON)?.to_owned(),
        successor: fields.optional_bytes(SUCCESSOR)?.map(PublicKey),
        lines: body.rows.iter().map(|row| line(&Fields(&row.fields))).collect::<Result<_, _>>()?,
    })
}

fn line(fields: &Fields<'_>) -> Result<StandLine, StatementError> {
    fields.only(&[INCARNATION, LANE, SEQUENCE, HASH])?;
    let lane: u8 = fields.number(LANE)?;
    Ok(StandLine {
        incarnation: Incarnation(fields.bytes(INCARNATION)?),
        lane: Lane::from_byte(lane).ok_or(StatementError::Field(LANE.1))?,
        sequence: fields.number(SEQUENCE)?,
        hash: Hash(fields.bytes(HASH)?),
    })
}
