//! Reports. Header fields have ids below [`FIGURES_FROM`]; an indicator's figure stands under the indicator's own id.

use std::collections::BTreeMap;

use fengsui_model::{DivisionCode, Figure, Report, Site, SiteKey, SiteKind, Stage, Subject};

use super::fields::{Fields, code};
use super::{StatementError, only_tables};
use crate::body::{Body, Field, Row, Value};
use crate::hash::{Hash, hex_newtype};

const DIVISION: (u32, &str) = (1, "division");
/// An event or a month: the two never look alike.
const EVENT: (u32, &str) = (2, "event");
const STAGE: (u32, &str) = (3, "stage");
const REVISION: (u32, &str) = (4, "revision");
const FOLLOWS: (u32, &str) = (5, "follows");
const OCCURRED: (u32, &str) = (6, "occurred");
const CUTOFF: (u32, &str) = (7, "cut-off");
const DRILL: (u32, &str) = (8, "drill");
const ZERO: (u32, &str) = (9, "zero report");
const EXPLANATION: (u32, &str) = (10, "explanation");
const NARRATIVE: (u32, &str) = (11, "narrative");
const RELIEF: (u32, &str) = (12, "relief narrative");
const MONTH_BEFORE: (u32, &str) = (13, "month before");
const CATALOGUE: (u32, &str) = (14, "catalogue");
const HEADER: &[(u32, &str)] = &[
    DIVISION,
    EVENT,
    STAGE,
    REVISION,
    FOLLOWS,
    OCCURRED,
    CUTOFF,
    DRILL,
    ZERO,
    EXPLANATION,
    NARRATIVE,
    RELIEF,
    MONTH_BEFORE,
    CATALOGUE,
];

/// Of a site: its key, and its name where that is another.
const KEY: (u32, &str) = (1, "key");
const NAME: (u32, &str) = (2, "name");

/// Ids from here on are indicators.
const FIGURES_FROM: u32 = 100;

/// What all revisions of one report share. Derived from form, division and event or month, so that a report which is logged
/// again, on another machine or in another incarnation, is the same report.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReportId(pub [u8; 16]);
hex_newtype!(ReportId);

/// The id of `division`'s report on `subject` by `form`.
pub fn report_id(form: u32, division: DivisionCode, subject: impl Into<Subject>) -> ReportId {
    let text = format!("{form}/{division}/{}", subject.into());
    let hash = Hash::derived("fengsui 2026 report id v1", text.as_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(&hash.0[..16]);
    ReportId(id)
}

fn id_of(report: &Report) -> ReportId {
    let (form, division, subject) = report.identity();
    report_id(form, division, subject)
}

/// The body of a report. A blank figure is left out: blank is what is not there.
pub fn report_body(report: &Report) -> Vec<u8> {
    body(report).to_bytes()
}

pub(super) fn body(report: &Report) -> Body {
    let mut body = Body { report_id: id_of(report).0, form: report.form, ..Body::default() };
    body.push(DIVISION.0, code(report.division));
    body.push(EVENT.0, Value::Text(report.subject.to_string()));
    body.push(STAGE.0, Value::Integer(i64::from(report.stage as u8)));
    body.push(REVISION.0, Value::Integer(i64::from(report.revision)));
    if let Some(hash) = report.follows {
        body.push(FOLLOWS.0, Value::Bytes(hash.to_vec()));
    }
    if let Some(occurred) = report.occurred_ms {
        body.push(OCCURRED.0, Value::Integer(occurred));
    }
    if let Some(cutoff) = report.cutoff_ms {
        body.push(CUTOFF.0, Value::Integer(cutoff));
    }
    body.push(DRILL.0, Value::Integer(i64::from(report.drill)));
    body.push(ZERO.0, Value::Integer(i64::from(report.zero)));
    for ((id, _), text) in [
        (EXPLANATION, &report.explanation),
        (NARRATIVE, &report.narrative),
        (RELIEF, &report.relief_narrative),
    ] {
        if let Some(text) = text {
            body.push(id, Value::Text(text.clone()));
        }
    }
    if let Some(hash) = report.month_before {
        body.push(MONTH_BEFORE.0, Value::Bytes(hash.to_vec()));
    }
    push_catalogue(&mut body, CATALOGUE, report.catalogue);
    body.fields.extend(stated(&report.figures));
    body.rows = report.sites.iter().map(site_row).collect();
    body
}

/// Figures as fields. A blank one is left out.
fn stated(figures: &BTreeMap<u32, Figure>) -> impl Iterator<Item = Field> {
    figures.iter().filter_map(|(id, figure)| {
        let value = match figure {
            Figure::Blank => return None,
            Figure::Some => Value::Uncounted,
            Figure::Number(value) => Value::Integer(*value),
        };
        Some(Field { id: *id, value })
    })
}

/// A village or depot: a row of the table with the number of its kind.
fn site_row((key, site): (&SiteKey, &Site)) -> Row {
    let text = |(id, _): (u32, &str), text: &str| Field { id, value: Value::Text(text.to_owned()) };
    let name = (site.name != key.key).then(|| text(NAME, &site.name));
    let fields = [text(KEY, &key.key)].into_iter().chain(name).chain(stated(&site.figures)).collect();
    Row { table: key.kind as u32, fields }
}

fn sites(rows: &[Row]) -> Result<BTreeMap<SiteKey, Site>, StatementError> {
    let mut sites = BTreeMap::new();
    let mut last = None;
    for row in rows {
        let split = row.fields.partition_point(|field| field.id < FIGURES_FROM);
        let fields = Fields(&row.fields[..split]);
        fields.only(&[KEY, NAME])?;
        let kind = SiteKind::of_number(row.table).ok_or(StatementError::Unknown(row.table))?;
        let key = SiteKey { kind, key: fields.text(KEY)?.to_owned() };
        let name = fields.optional_text(NAME)?;
        if name == Some(key.key.as_str()) {
            return Err(StatementError::Field(NAME.1));
        }
        if last.as_ref().is_some_and(|last| *last >= key) {
            return Err(StatementError::Field(KEY.1));
        }
        let name = name.unwrap_or(&key.key).to_owned();
        last = Some(key.clone());
        sites.insert(key, Site { name, figures: figures(&row.fields[split..])? });
    }
    Ok(sites)
}

pub(super) fn read(body: &Body) -> Result<Report, StatementError> {
    only_tables(body, (true, true), &SiteKind::ALL.map(|kind| kind as u32))?;
    let split = body.fields.partition_point(|field| field.id < FIGURES_FROM);
    let fields = Fields(&body.fields[..split]);
    fields.only(HEADER)?;
    let stage: u8 = fields.number(STAGE)?;
    let report = Report {
        form: body.form,
        catalogue: read_catalogue(&fields, CATALOGUE)?,
        division: fields.division(DIVISION)?,
        subject: fields.text(EVENT)?.parse().map_err(|_| StatementError::Field(EVENT.1))?,
        stage: Stage::try_from(stage).map_err(|_| StatementError::Field(STAGE.1))?,
        revision: fields.number(REVISION)?,
        follows: fields.optional_bytes(FOLLOWS)?,
        month_before: fields.optional_bytes(MONTH_BEFORE)?,
        occurred_ms: fields.optional_integer(OCCURRED)?,
        cutoff_ms: fields.optional_integer(CUTOFF)?,
        drill: boolean(&fields, DRILL)?,
        zero: boolean(&fields, ZERO)?,
        explanation: fields.optional_text(EXPLANATION)?.map(str::to_owned),
        narrative: fields.optional_text(NARRATIVE)?.map(str::to_owned),
        relief_narrative: fields.optional_text(RELIEF)?.map(str::to_owned),
        figures: figures(&body.fields[split..])?,
        sites: sites(&body.rows)?,
    };
    check_subject(&report)?;
    if body.report_id != id_of(&report).0 {
        return Err(StatementError::ReportId);
    }
    Ok(report)
}

/// Nothing for the built-in catalogue, so that what was signed before there was another has the same bytes still.
pub(super) fn push_catalogue(body: &mut Body, (id, _): (u32, &str), version: u32) {
    if version > 0 {
        body.push(id, Value::Integer(i64::from(version)));
    }
}

/// 0 where nothing is said; a 0 that is said has another encoding of the same, and is refused.
pub(super) fn read_catalogue(fields: &Fields<'_>, named: (u32, &'static str)) -> Result<u32, StatementError> {
    match fields.optional_integer(named)? {
        None => Ok(0),
        Some(0) => Err(StatementError::Field(named.1)),
        Some(_) => fields.number(named),
    }
}

/// An event has a time at which it began and no month before it; for a month it is the other way round.
fn check_subject(report: &Report) -> Result<(), StatementError> {
    match (report.subject, report.occurred_ms, report.month_before) {
        (Subject::Event(_), None, _) => Err(StatementError::Missing(OCCURRED.1)),
        (Subject::Event(_), _, Some(_)) => Err(StatementError::Field(MONTH_BEFORE.1)),
        (Subject::Period(_), Some(_), _) => Err(StatementError::Field(OCCURRED.1)),
        _ => Ok(()),
    }
}

pub(super) fn boolean(fields: &Fields<'_>, named: (u32, &'static str)) -> Result<bool, StatementError> {
    match fields.integer(named)? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(StatementError::Field(named.1)),
    }
}

fn figures(fields: &[Field]) -> Result<BTreeMap<u32, Figure>, StatementError> {
    let figure = |field: &Field| match field.value {
        Value::Integer(value) => Ok((field.id, Figure::Number(value))),
        Value::Uncounted => Ok((field.id, Figure::Some)),
        _ => Err(StatementError::Field("figure")),
    };
    fields.iter().map(figure).collect()
}
