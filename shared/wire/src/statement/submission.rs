//! Submissions: what a county or city states to the level above.

use std::collections::BTreeMap;

use fengsui_model::submission::{Absence, Cell, Cited};
use fengsui_model::{Citation, DivisionCode, Stage, Submission};

use super::fields::{Fields, code};
use super::report::{boolean, push_catalogue, read_catalogue, report_id};
use super::review::{push_person, read_person};
use super::{StatementError, only_tables};
use crate::body::{Body, Field, Row, Value};
use crate::endorsement::Endorsement;
use crate::hash::Hash;

const DIVISION: (u32, &str) = (1, "division");
const EVENT: (u32, &str) = (2, "event");
const NUMBER: (u32, &str) = (3, "number");
const STAGE: (u32, &str) = (4, "stage");
const FOLLOWS: (u32, &str) = (5, "follows");
const DRILL: (u32, &str) = (6, "drill");
const PERSON: (u32, &str) = (7, "person");
const SIGNATURE: (u32, &str) = (8, "signature");
const CATALOGUE: (u32, &str) = (9, "catalogue");

pub(super) const COUNTED: u32 = 1;
const REVISION: (u32, &str) = (2, "revision");
const BODY: (u32, &str) = (3, "body");
const FILED_BY: (u32, &str) = (4, "filed by");

const LEFT_OUT: u32 = 2;
const WHY: (u32, &str) = (2, "why");

const TOTALS: u32 = 3;
const INDICATOR: (u32, &str) = (1, "indicator");
const VALUE: (u32, &str) = (2, "value");
const AT_LEAST: (u32, &str) = (3, "at least");

/// A submission with the signature of the head of the unit, where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedSubmission {
    /// What is stated.
    pub submission: Submission,
    /// By whom it was signed.
    pub head: Option<Endorsement>,
}

/// What the head of the unit signs: the id of the submission, its number, and the hash of its body without a signature.
pub fn submission_citation(submission: &Submission) -> Citation {
    let body = submission_body(&SignedSubmission { submission: submission.clone(), head: None });
    let id = report_id(submission.form, submission.division, submission.subject);
    Citation { report: id.0, revision: submission.number, body: Hash::of(&body).0 }
}

/// The body of a submission.
pub fn submission_body(signed: &SignedSubmission) -> Vec<u8> {
    let of = &signed.submission;
    let id = report_id(of.form, of.division, of.subject);
    let mut body = Body { report_id: id.0, form: of.form, ..Body::default() };
    body.push(DIVISION.0, code(of.division));
    body.push(EVENT.0, Value::Text(of.subject.to_string()));
    body.push(NUMBER.0, Value::Integer(i64::from(of.number)));
    if let Some(stage) = of.stage {
        body.push(STAGE.0, Value::Integer(i64::from(stage as u8)));
    }
    if let Some(follows) = of.follows {
        body.push(FOLLOWS.0, Value::Bytes(follows.to_vec()));
    }
    body.push(DRILL.0, Value::Integer(i64::from(of.drill)));
    push_person(&mut body, signed.head.as_ref(), [PERSON, SIGNATURE]);
    push_catalogue(&mut body, CATALOGUE, of.catalogue);
    let left_out = of.left_out.iter().map(|(division, why)| left_out(*division, *why));
    let totals = of.totals.iter().map(|(id, cell)| total(*id, *cell));
    body.rows = of.counted.iter().map(counted).chain(left_out).chain(totals).collect();
    body.to_bytes()
}

fn field((id, _): (u32, &str), value: Value) -> Field {
    Field { id, value }
}

/// A report that is counted, as a row.
pub(super) fn counted(cited: &Cited) -> Row {
    let mut fields = vec![
        field(DIVISION, code(cited.division)),
        field(REVISION, Value::Integer(i64::from(cited.revision))),
        field(BODY, Value::Bytes(cited.body.to_vec())),
    ];
    fields.extend(cited.filed_by.map(|division| field(FILED_BY, code(division))));
    Row { table: COUNTED, fields }
}

fn left_out(division: DivisionCode, why: Absence) -> Row {
    let why = Value::Integer(i64::from(why as u8));
    Row { table: LEFT_OUT, fields: vec![field(DIVISION, code(division)), field(WHY, why)] }
}

fn total(id: u32, cell: Cell) -> Row {
    let value = cell.value.map_or(Value::Uncounted, Value::Integer);
    let fields = vec![
        field(INDICATOR, Value::Integer(i64::from(id))),
        field(VALUE, value),
        field(AT_LEAST, Value::Integer(i64::from(cell.at_least))),
    ];
    Row { table: TOTALS, fields }
}

pub(super) fn read(body: &Body) -> Result<SignedSubmission, StatementError> {
    only_tables(body, (true, true), &[COUNTED, LEFT_OUT, TOTALS])?;
    let fields = Fields(&body.fields);
    fields.only(&[DIVISION, EVENT, NUMBER, STAGE, FOLLOWS, DRILL, PERSON, SIGNATURE, CATALOGUE])?;
    let stage = fields.optional_integer(STAGE)?.map(|number| {
        let stage = u8::try_from(number).ok().and_then(|number| Stage::try_from(number).ok());
        stage.ok_or(StatementError::Field(STAGE.1))
    });
    let rows =
        |table: u32| body.rows.iter().filter(move |row| row.table == table).map(|row| Fields(&row.fields));
    let submission = Submission {
        form: body.form,
        catalogue: read_catalogue(&fields, CATALOGUE)?,
        division: fields.division(DIVISION)?,
        subject: fields.text(EVENT)?.parse().map_err(|_| StatementError::Field(EVENT.1))?,
        number: fields.number(NUMBER)?,
        stage: stage.transpose()?,
        follows: fields.optional_bytes(FOLLOWS)?,
        drill: boolean(&fields, DRILL)?,
        counted: rows(COUNTED).map(|row| read_counted(&row)).collect::<Result<_, _>>()?,
        left_out: read_once(rows(LEFT_OUT).map(|row| read_left_out(&row)), DIVISION)?,
        totals: read_once(rows(TOTALS).map(|row| read_total(&row)), INDICATOR)?,
    };
    submission.check().map_err(|error| StatementError::Submission(error.to_string()))?;
    if body.report_id != report_id(submission.form, submission.division, submission.subject).0 {
        return Err(StatementError::ReportId);
    }
    Ok(SignedSubmission { submission, head: read_person(&fields, [PERSON, SIGNATURE])? })
}

pub(super) fn read_counted(fields: &Fields<'_>) -> Result<Cited, StatementError> {
    fields.only(&[DIVISION, REVISION, BODY, FILED_BY])?;
    let filed_by = fields.optional_integer(FILED_BY)?.map(|_| fields.division(FILED_BY)).transpose()?;
    Ok(Cited {
        division: fields.division(DIVISION)?,
        revision: fields.number(REVISION)?,
        body: fields.bytes(BODY)?,
        filed_by,
    })
}

fn read_left_out(fields: &Fields<'_>) -> Result<(DivisionCode, Absence), StatementError> {
    fields.only(&[DIVISION, WHY])?;
    let why = Absence::of_number(fields.number(WHY)?).ok_or(StatementError::Field(WHY.1))?;
    Ok((fields.division(DIVISION)?, why))
}

fn read_total(fields: &Fields<'_>) -> Result<(u32, Cell), StatementError> {
    fields.only(&[INDICATOR, VALUE, AT_LEAST])?;
    Ok((fields.number(INDICATOR)?, read_cell(fields, VALUE, AT_LEAST)?))
}

/// A total: a number, or uncounted where all that is known is that there is some; and whether it is "at least".
pub(super) fn read_cell(
    fields: &Fields<'_>,
    value: (u32, &'static str),
    at_least: (u32, &'static str),
) -> Result<Cell, StatementError> {
    let stated = match fields.is_uncounted(value) {
        true => None,
        false => Some(fields.integer(value)?),
    };
    Ok(Cell { value: stated, at_least: boolean(fields, at_least)? })
}

/// Each key once.
fn read_once<K: Ord, V>(
    rows: impl Iterator<Item = Result<(K, V), StatementError>>,
    named: (u32, &'static str),
) -> Result<BTreeMap<K, V>, StatementError> {
    let mut read = BTreeMap::new();
    for row in rows {
        let (key, value) = row?;
        if read.insert(key, value).is_some() {
            return Err(StatementError::Field(named.1));
        }
    }
    Ok(read)
}
