//! The directory of divisions, as the province issues it.

use fengsui_model::{Date, Directory, Division, Level};

use super::fields::{Fields, code};
use super::{Parts, StatementError, only_parts};
use crate::body::{Body, Field, Row, Value};

const VERSION: (u32, &str) = (1, "version");
const DIVISIONS: u32 = 1;

const CODE: (u32, &str) = (1, "code");
const NAME: (u32, &str) = (2, "name");
const LEVEL: (u32, &str) = (3, "level");
const PARENT: (u32, &str) = (4, "parent");
const KIND: (u32, &str) = (5, "kind");
const VILLAGES: (u32, &str) = (6, "villages");
const FROM: (u32, &str) = (7, "from");
const UNTIL: (u32, &str) = (8, "until");

/// The body of a directory.
pub fn directory_body(directory: &Directory) -> Vec<u8> {
    let mut body = Body::default();
    body.push(VERSION.0, Value::Integer(i64::from(directory.version())));
    body.rows = directory.iter().map(|division| Row { table: DIVISIONS, fields: row(division) }).collect();
    body.to_bytes()
}

fn row(division: &Division) -> Vec<Field> {
    let mut fields = vec![
        (CODE, code(division.code)),
        (NAME, Value::Text(division.name.clone())),
        (LEVEL, Value::Integer(i64::from(division.level as u8))),
        (KIND, Value::Text(division.kind.clone())),
        (VILLAGES, Value::Integer(i64::from(division.villages))),
    ];
    fields.extend(division.parent.map(|parent| (PARENT, code(parent))));
    fields.extend(division.from.map(|date| (FROM, Value::Text(date.to_string()))));
    fields.extend(division.until.map(|date| (UNTIL, Value::Text(date.to_string()))));
    fields.into_iter().map(|((id, _), value)| Field { id, value }).collect()
}

pub(super) fn read(body: &Body) -> Result<Directory, StatementError> {
    only_parts(body, Parts { report_id: false, form: false, table: Some(DIVISIONS) })?;
    let fields = Fields(&body.fields);
    fields.only(&[VERSION])?;
    let divisions = body.rows.iter().map(|row| division(&Fields(&row.fields))).collect::<Result<_, _>>()?;
    Directory::from_divisions(divisions, fields.number(VERSION)?)
        .map_err(|error| StatementError::Directory(error.to_string()))
}

fn division(fields: &Fields<'_>) -> Result<Division, StatementError> {
    fields.only(&[CODE, NAME, LEVEL, PARENT, KIND, VILLAGES, FROM, UNTIL])?;
    let level: u8 = fields.number(LEVEL)?;
    Ok(Division {
        code: fields.division(CODE)?,
        name: fields.text(NAME)?.to_owned(),
        level: Level::try_from(level).map_err(|_| StatementError::Field(LEVEL.1))?,
        parent: match fields.optional_integer(PARENT)? {
            None => None,
            Some(_) => Some(fields.division(PARENT)?),
        },
        kind: fields.text(KIND)?.to_owned(),
        villages: fields.number(VILLAGES)?,
        from: date(fields, FROM)?,
        until: date(fields, UNTIL)?,
    })
}

fn date(fields: &Fields<'_>, named: (u32, &'static str)) -> Result<Option<Date>, StatementError> {
    let date = fields.optional_text(named)?.map(str::parse).transpose();
    date.map_err(|_| StatementError::Field(named.1))
}
