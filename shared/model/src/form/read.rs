//! Reads a form from its tables, strictly: what is not understood is an error with its line and column.

use std::collections::BTreeMap;

use super::{
    Form, FormTitle, Group,
    indicator::{AddsUp, Indicator, Nature, SCALE_MAX, UnitCondition},
};
use crate::{
    check::read_checks,
    division::Level,
    kind::DisasterKind,
    table::{Row, Table, TableError},
};

/// The text of the three tables that make a form.
#[derive(Debug, Clone, Copy)]
pub struct FormTables<'a> {
    /// Columns `code,zh,en`.
    pub groups: &'a str,
    /// Columns `id,code,zh,en,unit,unit_en,scale,nature,adds_up,reach,group,kinds,loss,note`, and `level,office`
    /// where it matters who fills in what.
    pub indicators: &'a str,
    /// Columns `id,rule,left,op,right,severity,zh,en,source`.
    pub checks: &'a str,
}

/// Why tables do not make a form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// The headings.
    #[error("read the groups of the form: failed to {0}")]
    Groups(TableError),
    /// The indicators.
    #[error("read the indicators of the form: failed to {0}")]
    Indicators(TableError),
    /// The checks.
    #[error("read the checks of the form: failed to {0}")]
    Checks(TableError),
}

/// The largest factor of a ratio: 万元 a month to 元 a year is 120 000. With it i128 holds what is divided.
const RATIO_FACTOR_MAX: i64 = 1_000_000;

const INDICATOR_COLUMNS: [&str; 14] = [
    "id", "code", "zh", "en", "unit", "unit_en", "scale", "nature", "adds_up", "reach", "group", "kinds",
    "loss", "note",
];

/// Left out where whoever reports fills in everything.
const FILLER_COLUMNS: [&str; 2] = ["level", "office"];

/// The form, everything in the order of the tables.
pub(super) fn form(title: FormTitle, tables: FormTables<'_>) -> Result<Form, FormError> {
    let FormTitle { id, code, version, zh, en, about } = title;
    let groups = read_groups(tables.groups).map_err(FormError::Groups)?;
    let indicators = read_indicators(tables.indicators, &groups).map_err(FormError::Indicators)?;
    let checks = read_checks(tables.checks, &indicators).map_err(FormError::Checks)?;
    Ok(Form { id, code, version, zh, en, about, groups, indicators, checks })
}

fn read_groups(text: &str) -> Result<Vec<Group>, TableError> {
    let table = Table::parse(text, &["code", "zh", "en"], &[])?;
    let mut groups: Vec<Group> = Vec::with_capacity(table.rows().len());
    for row in table.rows() {
        let group = Group { code: row.text("code")?, zh: row.text("zh")?, en: row.text("en")? };
        if groups.iter().any(|other| other.code == group.code) {
            return Err(row.wrong("code", "stands twice"));
        }
        groups.push(group);
    }
    Ok(groups)
}

fn read_indicators(text: &str, groups: &[Group]) -> Result<Vec<Indicator>, TableError> {
    let table = Table::parse(text, &INDICATOR_COLUMNS, &FILLER_COLUMNS)?;
    let ids = read_ids(&table)?;
    table.rows().map(|row| read_indicator(&row, &ids, groups)).collect()
}

/// Codes and their ids, before any row that may point to another is read.
fn read_ids(table: &Table) -> Result<BTreeMap<String, u32>, TableError> {
    let mut ids: BTreeMap<String, u32> = BTreeMap::new();
    for row in table.rows() {
        let id: u32 = row.read("id")?;
        if id == 0 || ids.values().any(|other| *other == id) {
            return Err(row.wrong("id", "is zero or stands twice"));
        }
        if ids.insert(row.text("code")?, id).is_some() {
            return Err(row.wrong("code", "stands twice"));
        }
    }
    Ok(ids)
}

fn read_indicator(
    row: &Row<'_>,
    ids: &BTreeMap<String, u32>,
    groups: &[Group],
) -> Result<Indicator, TableError> {
    let scale: u8 = row.read("scale")?;
    if scale > SCALE_MAX {
        return Err(row.wrong("scale", format_args!("at most {SCALE_MAX} decimals are kept")));
    }
    let group = row.text("group")?;
    if !groups.iter().any(|known| known.code == group) {
        return Err(row.wrong("group", format_args!("no group {group:?}")));
    }
    Ok(Indicator {
        id: row.read("id")?,
        code: read_code(row)?,
        zh: row.text("zh")?,
        en: row.text("en")?,
        unit: row.text("unit")?,
        unit_en: row.cell("unit_en").to_owned(),
        scale,
        nature: read_nature(row)?,
        adds_up: read_adds_up(row, ids)?,
        reach: row.read("reach")?,
        group,
        kinds: read_kinds(row, "kinds")?,
        loss: read_yes_no(row, "loss")?,
        filled_by: read_levels(row)?,
        office: row.cell("office").to_owned(),
        note: row.cell("note").to_owned(),
    })
}

/// A code is a word of letters and digits, because expressions are made of codes.
fn read_code(row: &Row<'_>) -> Result<String, TableError> {
    let code = row.text("code")?;
    let word = code.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && code.starts_with(|first: char| first.is_ascii_alphabetic());
    if word { Ok(code) } else { Err(row.wrong("code", "is not a letter followed by letters and digits")) }
}

fn read_nature(row: &Row<'_>) -> Result<Nature, TableError> {
    match row.cell("nature") {
        "cumulative" => Ok(Nature::Cumulative),
        "current" => Ok(Nature::Current),
        "flow" => Ok(Nature::Flow),
        "count" => Ok(Nature::Count),
        other => {
            let reason = format_args!("{other:?} is neither cumulative, current, flow nor count");
            Err(row.wrong("nature", reason))
        }
    }
}

fn read_yes_no(row: &Row<'_>, column: &str) -> Result<bool, TableError> {
    match row.cell(column) {
        "yes" => Ok(true),
        "no" => Ok(false),
        other => Err(row.wrong(column, format_args!("{other:?} is neither yes nor no"))),
    }
}

/// Levels with a bar between; empty for none.
fn read_levels(row: &Row<'_>) -> Result<Vec<Level>, TableError> {
    let words = row.cell("level").split('|').filter(|word| !word.is_empty());
    words.map(|word| word.parse().map_err(|e| row.wrong("level", format_args!("failed to {e}")))).collect()
}

/// Kinds with a bar between; empty for none.
pub(crate) fn read_kinds(row: &Row<'_>, column: &str) -> Result<Vec<DisasterKind>, TableError> {
    let words = row.cell(column).split('|').filter(|word| !word.is_empty());
    words.map(|word| word.parse().map_err(|e| row.wrong(column, format_args!("failed to {e}")))).collect()
}

/// `sum`, `max`, `latest`, `no`, `mean:WEIGHT`, `ratio:NUMERATOR/DENOMINATOR`, the same with `*FACTOR`,
/// `parts:CODE|CODE`, `count:LEVEL:loss` or `count:LEVEL:CODE`.
fn read_adds_up(row: &Row<'_>, ids: &BTreeMap<String, u32>) -> Result<AddsUp, TableError> {
    let wrong = |reason: String| row.wrong("adds_up", reason);
    let id = |code: &str| ids.get(code).copied().ok_or_else(|| wrong(format!("no indicator {code:?}")));
    let (word, rest) = row.cell("adds_up").split_once(':').unwrap_or((row.cell("adds_up"), ""));
    match (word, rest) {
        ("sum", "") => Ok(AddsUp::Sum),
        ("max", "") => Ok(AddsUp::Max),
        ("latest", "") => Ok(AddsUp::Latest),
        ("no", "") => Ok(AddsUp::No),
        ("mean", weight) => Ok(AddsUp::WeightedMean { weight: id(weight)? }),
        ("ratio", parts) => {
            let form = || wrong("a ratio is written as ratio:A/B or ratio:A/B*100".to_owned());
            let (numerator, rest) = parts.split_once('/').ok_or_else(form)?;
            let (denominator, factor) = rest.split_once('*').unwrap_or((rest, "1"));
            let factor: i64 = factor.parse().map_err(|_| form())?;
            if !(1..=RATIO_FACTOR_MAX).contains(&factor) {
                return Err(wrong(format!("a factor is between 1 and {RATIO_FACTOR_MAX}")));
            }
            Ok(AddsUp::Ratio { numerator: id(numerator)?, denominator: id(denominator)?, factor })
        }
        ("parts", parts) => Ok(AddsUp::Parts(parts.split('|').map(id).collect::<Result<_, _>>()?)),
        ("count", parts) => {
            let (level, condition) = parts
                .split_once(':')
                .ok_or_else(|| wrong("a count is written as count:level:loss".to_owned()))?;
            let level = level.parse().map_err(|e| wrong(format!("failed to {e}")))?;
            let condition = if condition == "loss" {
                UnitCondition::AnyLoss
            } else {
                UnitCondition::Positive(id(condition)?)
            };
            Ok(AddsUp::CountUnits { level, condition })
        }
        _ => Err(wrong(format!("no way of adding up is called {:?}", row.cell("adds_up")))),
    }
}
