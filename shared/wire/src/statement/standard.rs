//! Aid standards, as the province issues them.

use fengsui_model::standard::{AidStandard, Clause, Income, Period};
use fengsui_model::{Date, DivisionCode, Fen, Level};

use super::fields::Fields;
use super::report::boolean;
use super::{Parts, StatementError, only_parts};
use crate::body::{Body, Field, Row, Value};

const CODE: (u32, &str) = (1, "code");
const VERSION: (u32, &str) = (2, "version");
const NAME: (u32, &str) = (3, "name");
const TITLE: (u32, &str) = (4, "title");
const DOCUMENT: (u32, &str) = (5, "document");
const ISSUED: (u32, &str) = (6, "issued");
const FROM: (u32, &str) = (7, "from");
const LATE: (u32, &str) = (8, "recorded late");
const PERIOD: (u32, &str) = (9, "period");
const INCOME: (u32, &str) = (10, "income");

const CLAUSES: u32 = 1;

const DIVISIONS: (u32, &str) = (1, "divisions");
const KINDS: (u32, &str) = (2, "kinds");
const FLOOR: (u32, &str) = (3, "floor");
const SHARE: (u32, &str) = (4, "share");
const SET_BY: (u32, &str) = (5, "set by");

/// The body of a standard.
pub fn standard_body(standard: &AidStandard) -> Vec<u8> {
    let mut body = Body::default();
    let text = |text: &dyn ToString| Value::Text(text.to_string());
    body.push(CODE.0, text(&standard.code));
    body.push(VERSION.0, Value::Integer(i64::from(standard.version)));
    body.push(NAME.0, text(&standard.name));
    body.push(TITLE.0, text(&standard.title));
    body.push(DOCUMENT.0, text(&standard.document));
    if let Some(date) = standard.issued {
        body.push(ISSUED.0, text(&date));
    }
    body.push(FROM.0, text(&standard.from));
    body.push(LATE.0, Value::Integer(i64::from(standard.recorded_late)));
    body.push(PERIOD.0, Value::Integer(i64::from(standard.period as u8)));
    body.push(INCOME.0, Value::Integer(i64::from(standard.income as u8)));
    body.rows = standard.clauses.iter().map(|clause| Row { table: CLAUSES, fields: row(clause) }).collect();
    body.to_bytes()
}

fn row(clause: &Clause) -> Vec<Field> {
    let mut fields = vec![(SET_BY, Value::Integer(i64::from(clause.set_by as u8)))];
    if !clause.divisions.is_empty() {
        fields.push((DIVISIONS, codes(&clause.divisions)));
    }
    if !clause.kinds.is_empty() {
        fields.push((KINDS, Value::Text(clause.kinds.join(" "))));
    }
    fields.extend(clause.floor.map(|floor| (FLOOR, Value::Integer(floor.0))));
    fields.extend(clause.share_bp.map(|share| (SHARE, Value::Integer(i64::from(share)))));
    fields.into_iter().map(|((id, _), value)| Field { id, value }).collect()
}

pub(super) fn read(body: &Body) -> Result<AidStandard, StatementError> {
    only_parts(body, Parts { report_id: false, form: false, table: Some(CLAUSES) })?;
    let fields = Fields(&body.fields);
    fields.only(&[CODE, VERSION, NAME, TITLE, DOCUMENT, ISSUED, FROM, LATE, PERIOD, INCOME])?;
    let income: u8 = fields.number(INCOME)?;
    let standard = AidStandard {
        code: parsed(&fields, CODE)?,
        version: fields.number(VERSION)?,
        name: fields.text(NAME)?.to_owned(),
        title: fields.text(TITLE)?.to_owned(),
        document: fields.text(DOCUMENT)?.to_owned(),
        issued: date(&fields, ISSUED)?,
        from: date(&fields, FROM)?.ok_or(StatementError::Missing(FROM.1))?,
        recorded_late: boolean(&fields, LATE)?,
        period: period(&fields, PERIOD)?,
        income: one_of(&Income::ALL, income, |income| income as u8, INCOME)?,
        clauses: body.rows.iter().map(|row| clause(&Fields(&row.fields))).collect::<Result<_, _>>()?,
    };
    standard.check().map_err(|error| StatementError::Standard(error.to_string()))?;
    Ok(standard)
}

fn clause(fields: &Fields<'_>) -> Result<Clause, StatementError> {
    fields.only(&[DIVISIONS, KINDS, FLOOR, SHARE, SET_BY])?;
    let kinds = fields.optional_text(KINDS)?.map(|kinds| kinds.split(' ').map(str::to_owned).collect());
    let set_by: u8 = fields.number(SET_BY)?;
    Ok(Clause {
        divisions: read_codes(fields, DIVISIONS)?,
        kinds: kinds.unwrap_or_default(),
        floor: fields.optional_integer(FLOOR)?.map(Fen),
        share_bp: match fields.optional_integer(SHARE)? {
            None => None,
            Some(_) => Some(fields.number(SHARE)?),
        },
        set_by: Level::try_from(set_by).map_err(|_| StatementError::Field(SET_BY.1))?,
    })
}

/// Division codes as one text, a blank between two: a field holds one value, and a list of a few codes needs no table.
pub(super) fn codes(codes: &[DivisionCode]) -> Value {
    let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
    Value::Text(codes.join(" "))
}

/// The codes in such a text; none where there is no field.
pub(super) fn read_codes(
    fields: &Fields<'_>,
    named: (u32, &'static str),
) -> Result<Vec<DivisionCode>, StatementError> {
    let Some(text) = fields.optional_text(named)? else { return Ok(Vec::new()) };
    let codes: Result<_, _> = text.split(' ').map(str::parse).collect();
    codes.map_err(|_| StatementError::Field(named.1))
}

/// A text that must read as a value.
pub(super) fn parsed<T: std::str::FromStr>(
    fields: &Fields<'_>,
    named: (u32, &'static str),
) -> Result<T, StatementError> {
    fields.text(named)?.parse().map_err(|_| StatementError::Field(named.1))
}

/// A date in its one form, `2026-11-21`.
pub(super) fn date(fields: &Fields<'_>, named: (u32, &'static str)) -> Result<Option<Date>, StatementError> {
    let Some(text) = fields.optional_text(named)? else { return Ok(None) };
    let date: Date = text.parse().map_err(|_| StatementError::Field(named.1))?;
    if date.to_string() == text { Ok(Some(date)) } else { Err(StatementError::Field(named.1)) }
}

pub(super) fn period(fields: &Fields<'_>, named: (u32, &'static str)) -> Result<Period, StatementError> {
    one_of(&Period::ALL, fields.number(named)?, |period| period as u8, named)
}

fn one_of<T: Copy>(
    all: &[T],
    number: u8,
    number_of: impl Fn(T) -> u8,
    (_, name): (u32, &'static str),
) -> Result<T, StatementError> {
    all.iter().copied().find(|of| number_of(*of) == number).ok_or(StatementError::Field(name))
}
