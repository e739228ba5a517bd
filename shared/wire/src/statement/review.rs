//! Reviews, and the withdrawal that an author may write before one.

use std::collections::BTreeMap;

use fengsui_model::{Citation, Correction, Review, Verdict};

use super::fields::Fields;
use super::{Parts, StatementError, only_parts};
use crate::body::{Body, Field, Row, Value};
use crate::endorsement::{Act, Endorsement};
use crate::keys::{PublicKey, Signature};

const REVISION: (u32, &str) = (1, "revision");
const BODY: (u32, &str) = (2, "body");
const NUMBER: (u32, &str) = (3, "number");
const VERDICT: (u32, &str) = (4, "verdict");
const OCCURRED: (u32, &str) = (5, "occurred");
const KIND: (u32, &str) = (6, "kind");
const UNDONE: (u32, &str) = (7, "undone");
pub(super) const PERSON: (u32, &str) = (8, "person");
pub(super) const SIGNATURE: (u32, &str) = (9, "signature");

const CELLS: u32 = 1;
const INDICATOR: (u32, &str) = (1, "indicator");
const REASON: (u32, &str) = (2, "reason");

const HEADER: [(u32, &str); 6] = [REVISION, BODY, NUMBER, VERDICT, PERSON, SIGNATURE];

/// A review with the signature of the person who made it, where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedReview {
    /// What is said.
    pub review: Review,
    /// By whom.
    pub person: Option<Endorsement>,
}

impl SignedReview {
    /// What the person has signed.
    pub fn act(&self) -> Act {
        act_of(&self.review.verdict)
    }
}

/// What a person signs who says this.
pub fn act_of(verdict: &Verdict) -> Act {
    match verdict {
        Verdict::Accept => Act::Accept,
        Verdict::Return(_) => Act::Return,
        Verdict::Correct(_) => Act::Correct,
        Verdict::Undo { .. } => Act::Undo,
    }
}

/// The body of a review. It carries the id of the report it is about, so that both can be found together.
pub fn review_body(signed: &SignedReview) -> Vec<u8> {
    let review = &signed.review;
    let mut body = citing(&review.cites);
    body.push(NUMBER.0, Value::Integer(i64::from(review.number)));
    body.push(VERDICT.0, Value::Integer(i64::from(review.verdict.number())));
    match &review.verdict {
        Verdict::Accept => {}
        Verdict::Return(cells) => body.rows = cells.iter().map(row).collect(),
        Verdict::Correct(correction) => {
            if let Some(occurred) = correction.occurred_ms {
                body.push(OCCURRED.0, Value::Integer(occurred));
            }
            if let Some(kind) = correction.kind {
                body.push(KIND.0, Value::Text(kind.to_string()));
            }
        }
        Verdict::Undo { review } => body.push(UNDONE.0, Value::Bytes(review.to_vec())),
    }
    push_person(&mut body, signed.person.as_ref(), [PERSON, SIGNATURE]);
    body.to_bytes()
}

fn citing(cites: &Citation) -> Body {
    let mut body = Body { report_id: cites.report, ..Body::default() };
    body.push(REVISION.0, Value::Integer(i64::from(cites.revision)));
    body.push(BODY.0, Value::Bytes(cites.body.to_vec()));
    body
}

fn row((indicator, reason): (&u32, &String)) -> Row {
    let fields = vec![
        Field { id: INDICATOR.0, value: Value::Integer(i64::from(*indicator)) },
        Field { id: REASON.0, value: Value::Text(reason.clone()) },
    ];
    Row { table: CELLS, fields }
}

pub(super) fn push_person(body: &mut Body, person: Option<&Endorsement>, named: [(u32, &str); 2]) {
    if let Some(person) = person {
        body.push(named[0].0, Value::Bytes(person.key.0.to_vec()));
        body.push(named[1].0, Value::Bytes(person.signature.0.to_vec()));
    }
}

/// Key and signature stand together or not at all.
pub(super) fn read_person(
    fields: &Fields<'_>,
    [person, signature]: [(u32, &'static str); 2],
) -> Result<Option<Endorsement>, StatementError> {
    match (fields.optional_bytes(person)?, fields.optional_bytes(signature)?) {
        (None, None) => Ok(None),
        (Some(key), Some(signature)) => {
            Ok(Some(Endorsement { key: PublicKey(key), signature: Signature(signature) }))
        }
        (None, Some(_)) => Err(StatementError::Missing(person.1)),
        (Some(_), None) => Err(StatementError::Missing(signature.1)),
    }
}

pub(super) fn read(body: &Body) -> Result<SignedReview, StatementError> {
    let fields = Fields(&body.fields);
    let number: u8 = fields.number(VERDICT)?;
    let table = (number == 2).then_some(CELLS);
    only_parts(body, Parts { report_id: true, form: false, table })?;
    let only = |of_verdict: &[(u32, &'static str)]| fields.only(&[&HEADER[..], of_verdict].concat());
    let verdict = match number {
        1 => only(&[]).map(|()| Verdict::Accept)?,
        2 => {
            only(&[])?;
            Verdict::Return(cells(&body.rows)?)
        }
        3 => {
            only(&[OCCURRED, KIND])?;
            Verdict::Correct(correction(&fields)?)
        }
        4 => {
            only(&[UNDONE])?;
            Verdict::Undo { review: fields.bytes(UNDONE)? }
        }
        _ => return Err(StatementError::Field(VERDICT.1)),
    };
    let review = Review { cites: cited(body, &fields)?, number: fields.number(NUMBER)?, verdict };
    review.check().map_err(|error| StatementError::Review(error.to_string()))?;
    Ok(SignedReview { review, person: read_person(&fields, [PERSON, SIGNATURE])? })
}

fn cited(body: &Body, fields: &Fields<'_>) -> Result<Citation, StatementError> {
    Ok(Citation { report: body.report_id, revision: fields.number(REVISION)?, body: fields.bytes(BODY)? })
}

fn correction(fields: &Fields<'_>) -> Result<Correction, StatementError> {
    let kind = fields.optional_text(KIND)?.map(str::parse).transpose();
    Ok(Correction {
        occurred_ms: fields.optional_integer(OCCURRED)?,
        kind: kind.map_err(|_| StatementError::Field(KIND.1))?,
    })
}

/// Each indicator once.
fn cells(rows: &[Row]) -> Result<BTreeMap<u32, String>, StatementError> {
    let mut cells = BTreeMap::new();
    for row in rows {
        let fields = Fields(&row.fields);
        fields.only(&[INDICATOR, REASON])?;
        let reason = fields.text(REASON)?.to_owned();
        if cells.insert(fields.number(INDICATOR)?, reason).is_some() {
            return Err(StatementError::Field(INDICATOR.1));
        }
    }
    Ok(cells)
}

/// The body of a withdrawal: the author takes this revision back.
pub fn withdrawal_body(cites: &Citation) -> Vec<u8> {
    citing(cites).to_bytes()
}

pub(super) fn read_withdrawal(body: &Body) -> Result<Citation, StatementError> {
    only_parts(body, Parts { report_id: true, form: false, table: None })?;
    let fields = Fields(&body.fields);
    fields.only(&[REVISION, BODY])?;
    cited(body, &fields)
}
