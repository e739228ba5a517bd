//! Reads a form from its tables, strictly: what is not understood is an error with its line and column.

use std::collections::BTreeMap;

use super::{
    About, Form, FormTitle, Group,
    indicator::{AddsUp, Answer, Choice, ForeignCode, Indicator, Nature, SCALE_MAX, UnitCondition},
};
use crate::{
    account::Booking,
    check::{Beside, Check, read_checks},
    division::Level,
    kind::DisasterKind,
    table::{Row, Table, TableError},
};

/// The text of the three tables that make a form.
#[derive(Debug, Clone, Copy)]
pub struct FormTables<'a> {
    /// Columns `code,zh,en`.
    pub groups: &'a str,
    /// Columns `id,code,zh,en,unit,unit_en,scale,nature,adds_up,reach,group,kinds,loss,note`; `level,office`
    /// where it matters who fills in what; `foreign` and `answer` where there is something to say.
    pub indicators: &'a str,
    /// Columns `id,rule,left,op,right,severity,zh,en,source`.
    pub checks: &'a str,
}

/// Why tables do not make a form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// The list of forms.
    #[error("read the list of forms: failed to {0}")]
    Titles(TableError),
    /// A form of the list has no tables.
    #[error("find the tables of form {0}")]
    NoTables(String),
    /// The headings.
    #[error("read the groups of form {form}: failed to {error}")]
    Groups {
        /// Which form.
        form: String,
        /// Where.
        error: TableError,
    },
    /// The indicators.
    #[error("read the indicators of form {form}: failed to {error}")]
    Indicators {
        /// Which form.
        form: String,
        /// Where.
        error: TableError,
    },
    /// The checks.
    #[error("read the checks of form {form}: failed to {error}")]
    Checks {
        /// Which form.
        form: String,
        /// Where.
        error: TableError,
    },
    /// An id or code of an indicator stands in two forms.
    #[error("read the indicators of form {form}: id or code of {code} stands in another form too")]
    Twice {
        /// The second form.
        form: String,
        /// The indicator.
        code: String,
    },
}

impl FormError {
    /// The table at fault, and what is wrong in it where the reader can say.
    pub(crate) fn place(&self) -> (String, Option<&TableError>) {
        match self {
            Self::Titles(error) => ("forms.csv".to_owned(), Some(error)),
            Self::NoTables(form) => (format!("{form}.csv"), None),
            Self::Groups { form, error } => (format!("{form}-groups.csv"), Some(error)),
            Self::Indicators { form, error } => (format!("{form}.csv"), Some(error)),
            Self::Checks { form, error } => (format!("{form}-checks.csv"), Some(error)),
            Self::Twice { form, .. } => (format!("{form}.csv"), None),
        }
    }
}

/// The largest factor of a ratio: 万元 a month to 元 a year is 120 000. With it i128 holds what is divided.
const RATIO_FACTOR_MAX: i64 = 1_000_000;

const INDICATOR_COLUMNS: [&str; 14] = [
    "id", "code", "zh", "en", "unit", "unit_en", "scale", "nature", "adds_up", "reach", "group", "kinds",
    "loss", "note",
];

/// Left out where whoever reports fills in everything, nobody else has a code for it, all answers are numbers, and no account
/// of money or goods is kept.
const OPTIONAL_COLUMNS: [&str; 5] = ["level", "office", "foreign", "answer", "account"];

/// A form whose checks are not read yet: they may name indicators of other forms.
pub(crate) struct Draft {
    pub(crate) title: FormTitle,
    groups: Vec<Group>,
    pub(crate) indicators: Vec<Indicator>,
}

/// All forms that `titles` lists, in its order.
pub(crate) fn catalogue(titles: &str, tables: &[(String, FormTables<'_>)]) -> Result<Vec<Form>, FormError> {
    let titles = read_titles(titles).map_err(FormError::Titles)?;
    let mut drafts: Vec<Draft> = Vec::with_capacity(titles.len());
    let mut checks = Vec::with_capacity(titles.len());
    for title in titles {
        let found = tables.iter().find(|(code, _)| *code == title.code);
        let (_, tables) = found.ok_or_else(|| FormError::NoTables(title.code.clone()))?;
        let draft = draft(title, *tables)?;
        if let Some(code) = shared_with(&draft, &drafts) {
            return Err(FormError::Twice { form: draft.title.code, code });
        }
        drafts.push(draft);
        checks.push(tables.checks);
    }
    let read: Vec<Vec<_>> = drafts
        .iter()
        .zip(checks)
        .map(|(draft, text)| checked(draft, text, &drafts))
        .collect::<Result<_, _>>()?;
    Ok(drafts.into_iter().zip(read).map(|(draft, checks)| finished(draft, checks)).collect())
}

/// The words of the forms that a table of titles lists, in its order: the columns are those of `forms.csv`.
///
/// # Errors
/// [`FormError::Titles`] with line and column.
pub fn read_codes(titles: &str) -> Result<Vec<String>, FormError> {
    let titles = read_titles(titles).map_err(FormError::Titles)?;
    Ok(titles.into_iter().map(|title| title.code).collect())
}

/// The form, everything in the order of the tables; its checks name its own indicators only.
pub(super) fn form(title: FormTitle, tables: FormTables<'_>) -> Result<Form, FormError> {
    let draft = draft(title, tables)?;
    let checks = checked(&draft, tables.checks, &[])?;
    Ok(finished(draft, checks))
}

fn draft(title: FormTitle, tables: FormTables<'_>) -> Result<Draft, FormError> {
    let form = || title.code.clone();
    let groups = read_groups(tables.groups).map_err(|error| FormError::Groups { form: form(), error })?;
    let indicators = read_indicators(tables.indicators, &groups)
        .map_err(|error| FormError::Indicators { form: form(), error })?;
    Ok(Draft { title, groups, indicators })
}

fn checked(draft: &Draft, text: &str, all: &[Draft]) -> Result<Vec<Check>, FormError> {
    read_checks(text, &draft.indicators, Beside(all))
        .map_err(|error| FormError::Checks { form: draft.title.code.clone(), error })
}

fn finished(draft: Draft, checks: Vec<Check>) -> Form {
    let Draft { title, groups, indicators } = draft;
    let FormTitle { id, code, version, zh, en, about, optional } = title;
    Form { id, code, version, zh, en, about, optional, groups, indicators, checks, duties: Vec::new() }
}

/// The first indicator that an earlier form has too: ids and codes are those of the whole catalogue.
fn shared_with(draft: &Draft, earlier: &[Draft]) -> Option<String> {
    let taken = |of: &&Indicator| {
        let mut others = earlier.iter().flat_map(|draft| &draft.indicators);
        others.any(|other| other.id == of.id || other.code == of.code)
    };
    draft.indicators.iter().find(taken).map(|of| of.code.clone())
}

fn read_titles(text: &str) -> Result<Vec<FormTitle>, TableError> {
    let table = Table::parse(text, &["id", "code", "version", "zh", "en", "about", "set"], &[])?;
    let mut titles: Vec<FormTitle> = Vec::with_capacity(table.rows().len());
    for row in table.rows() {
        let title = FormTitle {
            id: row.read("id")?,
            code: row.text("code")?,
            version: row.read("version")?,
            zh: row.text("zh")?,
            en: row.text("en")?,
            about: read_about(&row)?,
            optional: read_set(&row)?,
        };
        if titles.iter().any(|other| other.id == title.id || other.code == title.code || other.zh == title.zh)
        {
            return Err(row.wrong("id", "id, code or name stands twice"));
        }
        titles.push(title);
    }
    Ok(titles)
}

fn read_about(row: &Row<'_>) -> Result<About, TableError> {
    match row.cell("about") {
        "event" => Ok(About::Event),
        "month" => Ok(About::Month),
        "year" => Ok(About::Year),
        "winter" => Ok(About::Winter),
        other => Err(row.wrong("about", format_args!("{other:?} is neither event, month, year nor winter"))),
    }
}

fn read_set(row: &Row<'_>) -> Result<bool, TableError> {
    match row.cell("set") {
        "standard" => Ok(false),
        "optional" => Ok(true),
        other => Err(row.wrong("set", format_args!("{other:?} is neither standard nor optional"))),
    }
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
    let table = Table::parse(text, &INDICATOR_COLUMNS, &OPTIONAL_COLUMNS)?;
    let ids = read_ids(&table)?;
    let mut indicators: Vec<Indicator> = Vec::with_capacity(table.rows().len());
    for row in table.rows() {
        let indicator = read_indicator(&row, &ids, groups)?;
        let account = |of: &Indicator| of.booking.as_ref().map(|booking| booking.account.clone());
        let shares = |of: &&Indicator| account(of).is_some() && account(of) == account(&indicator);
        let first = indicators.iter().find(shares);
        if first.is_some_and(|of| (of.scale, &of.unit) != (indicator.scale, &indicator.unit)) {
            return Err(row.wrong("account", "is counted in another unit than the rest of the account"));
        }
        indicators.push(indicator);
    }
    Ok(indicators)
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
    if row.cell("unit").is_empty() && row.cell("answer").is_empty() {
        return Err(row.wrong("unit", "must not be empty for a number"));
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
        unit: row.cell("unit").to_owned(),
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
        foreign: read_foreign(row)?,
        answer: read_answer(row)?,
        booking: read_booking(row, groups)?,
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

/// `SYSTEM:CODE` with a bar between; empty for none.
fn read_foreign(row: &Row<'_>) -> Result<Vec<ForeignCode>, TableError> {
    let words = row.cell("foreign").split('|').filter(|word| !word.is_empty());
    let one = |word: &str| match word.split_once(':') {
        Some((system, code)) if !system.is_empty() && !code.is_empty() => {
            Ok(ForeignCode { system: system.to_owned(), code: code.to_owned() })
        }
        _ => Err(row.wrong("foreign", format_args!("{word:?} is not SYSTEM:CODE"))),
    };
    words.map(one).collect()
}

/// Empty for a number, `time`, or `choice:` and two or more of `word=名` with a bar between. Neither of the two keeps
/// decimals.
fn read_answer(row: &Row<'_>) -> Result<Answer, TableError> {
    let text = row.cell("answer");
    if !text.is_empty() && row.cell("scale") != "0" {
        return Err(row.wrong("scale", "a time or a choice keeps no decimals"));
    }
    match (text, text.strip_prefix("choice:")) {
        ("", _) => Ok(Answer::Number),
        ("time", _) => Ok(Answer::Time),
        (_, Some(words)) => {
            let choice = |word: &str| {
                let (code, zh) =
                    word.split_once('=').filter(|(code, zh)| !code.is_empty() && !zh.is_empty())?;
                Some(Choice { code: code.to_owned(), zh: zh.to_owned() })
            };
            let choices: Option<Vec<Choice>> = words.split('|').map(choice).collect();
            let choices = choices.filter(|choices| choices.len() > 1);
            choices
                .map(Answer::Choice)
                .ok_or_else(|| row.wrong("answer", "choices are written as word=名|word=名"))
        }
        _ => Err(row.wrong("answer", format_args!("{text:?} is neither time nor choice:…"))),
    }
}

/// `GROUP/PART`, as `funds/received`: the heading that names the account, and the part; empty for none.
fn read_booking(row: &Row<'_>, groups: &[Group]) -> Result<Option<Booking>, TableError> {
    let text = row.cell("account");
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = |reason: String| row.wrong("account", reason);
    let (account, part) = text.split_once('/').ok_or_else(|| wrong(format!("{text:?} is not GROUP/PART")))?;
    if !groups.iter().any(|group| group.code == account) {
        return Err(wrong(format!("no group {account:?}")));
    }
    let part = part.parse().map_err(|error| wrong(format!("failed to {error}")))?;
    Ok(Some(Booking { account: account.to_owned(), part }))
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
