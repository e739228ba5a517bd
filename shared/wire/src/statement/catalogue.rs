//! The catalogue of forms, as the province issues it: its tables as text.

use std::collections::BTreeMap;

use fengsui_model::CatalogueIssue;

use super::fields::Fields;
use super::standard::date;
use super::{Parts, StatementError, only_parts};
use crate::body::{Body, Field, Row, Value};

const VERSION: (u32, &str) = (1, "version");
const DOCUMENT: (u32, &str) = (2, "document");
const FROM: (u32, &str) = (3, "from");

const FILES: u32 = 1;

const NAME: (u32, &str) = (1, "name");
const TEXT: (u32, &str) = (2, "text");

/// The body of a catalogue.
pub fn catalogue_body(issue: &CatalogueIssue) -> Vec<u8> {
    let mut body = Body::default();
    body.push(VERSION.0, Value::Integer(i64::from(issue.version)));
    body.push(DOCUMENT.0, Value::Text(issue.document.clone()));
    body.push(FROM.0, Value::Text(issue.from.to_string()));
    body.rows =
        issue.files.iter().map(|(name, text)| Row { table: FILES, fields: row(name, text) }).collect();
    body.to_bytes()
}

fn row(name: &str, text: &str) -> Vec<Field> {
    let field = |(id, _): (u32, &str), text: &str| Field { id, value: Value::Text(text.to_owned()) };
    vec![field(NAME, name), field(TEXT, text)]
}

pub(super) fn read(body: &Body) -> Result<CatalogueIssue, StatementError> {
    only_parts(body, Parts { report_id: false, form: false, table: Some(FILES) })?;
    let fields = Fields(&body.fields);
    fields.only(&[VERSION, DOCUMENT, FROM])?;
    let issue = CatalogueIssue {
        version: fields.number(VERSION)?,
        document: fields.text(DOCUMENT)?.to_owned(),
        from: date(&fields, FROM)?.ok_or(StatementError::Missing(FROM.1))?,
        files: files(body)?,
    };
    issue.check().map_err(|error| StatementError::Catalogue(error.to_string()))?;
    Ok(issue)
}

/// Rising by name, so that there is one way to write them.
fn files(body: &Body) -> Result<BTreeMap<String, String>, StatementError> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for row in &body.rows {
        let fields = Fields(&row.fields);
        fields.only(&[NAME, TEXT])?;
        let name = fields.text(NAME)?;
        if files.last_key_value().is_some_and(|(last, _)| last.as_str() >= name) {
            return Err(StatementError::Field(NAME.1));
        }
        files.insert(name.to_owned(), fields.text(TEXT)?.to_owned());
    }
    Ok(files)
}
