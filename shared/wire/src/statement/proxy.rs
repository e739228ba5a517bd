//! Proxies (代报): a hub's report in place of a division that is cut off.

use fengsui_model::Report;

use super::fields::Fields;
use super::{StatementError, report};
use crate::body::{Body, Value};

const TOLD_BY: (u32, &str) = (90, "told by");
const TOLD_AT: (u32, &str) = (91, "told at");

/// Characters of who told: an office or a post.
const TOLD_BY_CHARS_MAX: usize = 40;

/// A report filed for another division, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// What is reported, in the name of the division it is about.
    pub report: Report,
    /// Who told: an office or a post, never a name.
    pub told_by: String,
    /// When, milliseconds since 1970 UTC.
    pub told_ms: i64,
}

impl Proxy {
    /// Whether who told is one short line.
    pub fn is_sound(&self) -> bool {
        let chars = self.told_by.chars().count();
        (1..=TOLD_BY_CHARS_MAX).contains(&chars)
            && !self.told_by.trim().is_empty()
            && !self.told_by.chars().any(char::is_control)
    }
}

/// The body of a proxy: that of the report with two fields more.
pub fn proxy_body(proxy: &Proxy) -> Vec<u8> {
    let mut body = report::body(&proxy.report);
    body.push(TOLD_BY.0, Value::Text(proxy.told_by.clone()));
    body.push(TOLD_AT.0, Value::Integer(proxy.told_ms));
    body.to_bytes()
}

pub(super) fn read(body: &Body) -> Result<Proxy, StatementError> {
    let (told, stated) =
        body.fields.iter().cloned().partition(|field| [TOLD_BY.0, TOLD_AT.0].contains(&field.id));
    let told: Vec<_> = told;
    let fields = Fields(&told);
    let report = report::read(&Body { fields: stated, ..body.clone() })?;
    let proxy =
        Proxy { report, told_by: fields.text(TOLD_BY)?.to_owned(), told_ms: fields.integer(TOLD_AT)? };
    if proxy.is_sound() { Ok(proxy) } else { Err(StatementError::Field(TOLD_BY.1)) }
}
