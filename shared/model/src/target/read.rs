//! The file in which targets are set: a table with one value a row.

use std::collections::BTreeMap;

use super::Targets;
use crate::{
    directory::Directory,
    division::DivisionCode,
    figure::{Figure, FigureError},
    form::{Answer, Form, Indicator},
    subject::{Subject, SubjectError},
    table::{Row, Table, TableError},
};

/// Columns that must be there; a period, or the key of an event, in `period`.
const COLUMNS: [&str; 5] = ["form", "period", "indicator", "division", "value"];

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetFault {
    /// No such form.
    #[error("find form {0:?}")]
    Form(String),
    /// Not a period.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// A period that the form is not about.
    #[error("set a target for {0}: the form is about something else")]
    OtherSubject(Subject),
    /// Not a code, or not in the directory.
    #[error("find division {0:?}")]
    Division(String),
    /// Not below the division that sets it.
    #[error("set a target for {0}: it is not within the division that sets it")]
    Outside(DivisionCode),
    /// Not an indicator of the form, or no number.
    #[error("find indicator {0:?} in the form")]
    Indicator(String),
    /// Not a value in the indicator's unit.
    #[error(transparent)]
    Value(#[from] FigureError),
    /// Blank, or "some".
    #[error("take {0:?} as a target: it is a number")]
    NoNumber(String),
    /// One target twice.
    #[error("set one target twice")]
    Twice,
}

/// Why the file is not a list of targets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetFileError {
    /// Not a table with these columns.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A row says what cannot be.
    #[error("read line {line}, column {column:?}: failed to {fault}")]
    Row {
        /// Counted from 1, the heading included.
        line: u64,
        /// Which cell.
        column: &'static str,
        /// What is wrong.
        fault: TargetFault,
    },
}

/// Reads the columns `form,period,indicator,division,value`, where a value may carry its unit: the targets that `issuer` sets,
/// one for each form and period, in the order of the file, without number and document.
///
/// # Errors
/// The first row that cannot be, with line and column.
pub fn read(
    text: &str,
    issuer: DivisionCode,
    directory: &Directory,
    forms: &[&Form],
) -> Result<Vec<Targets>, TargetFileError> {
    let table = Table::parse(text, &COLUMNS, &[])?;
    let mut all: Vec<Targets> = Vec::new();
    for row in table.rows() {
        let at = |column: &'static str| {
            let line = row.line();
            move |fault: TargetFault| TargetFileError::Row { line, column, fault }
        };
        let form = form_of(&row, forms).map_err(at("form"))?;
        let subject = subject_of(&row, form).map_err(at("period"))?;
        let division = division_of(&row, issuer, directory).map_err(at("division"))?;
        let indicator = indicator_of(&row, form).map_err(at("indicator"))?;
        let value = value_of(&row, indicator).map_err(at("value"))?;
        let held = all.iter().position(|of| (of.form, of.subject) == (form.id, subject));
        let held = held.unwrap_or_else(|| {
            let (document, values) = (String::new(), BTreeMap::new());
            all.push(Targets { form: form.id, division: issuer, subject, number: 0, document, values });
            all.len() - 1
        });
        if all[held].values.insert((division, indicator.id), value).is_some() {
            return Err(at("value")(TargetFault::Twice));
        }
    }
    Ok(all)
}

fn form_of<'f>(row: &Row<'_>, forms: &[&'f Form]) -> Result<&'f Form, TargetFault> {
    let text = row.cell("form");
    let found = forms.iter().find(|form| form.code == text || form.zh == text);
    found.copied().ok_or_else(|| TargetFault::Form(text.to_owned()))
}

fn subject_of(row: &Row<'_>, form: &Form) -> Result<Subject, TargetFault> {
    let subject: Subject = row.cell("period").parse()?;
    if form.about.takes(&subject) { Ok(subject) } else { Err(TargetFault::OtherSubject(subject)) }
}

fn division_of(
    row: &Row<'_>,
    issuer: DivisionCode,
    directory: &Directory,
) -> Result<DivisionCode, TargetFault> {
    let text = row.cell("division");
    let known = text.parse().ok().filter(|code| directory.get(*code).is_some());
    let code: DivisionCode = known.ok_or_else(|| TargetFault::Division(text.to_owned()))?;
    if directory.is_within(code, issuer) { Ok(code) } else { Err(TargetFault::Outside(code)) }
}

fn indicator_of<'f>(row: &Row<'_>, form: &'f Form) -> Result<&'f Indicator, TargetFault> {
    let text = row.cell("indicator");
    let found = form.by_code(text).or_else(|| form.by_zh(text));
    let found = found.filter(|indicator| indicator.answer == Answer::Number);
    found.ok_or_else(|| TargetFault::Indicator(text.to_owned()))
}

fn value_of(row: &Row<'_>, indicator: &Indicator) -> Result<i64, TargetFault> {
    let text = row.cell("value");
    match indicator.parse(text)? {
        Figure::Number(value) => Ok(value),
        Figure::Blank | Figure::Some => Err(TargetFault::NoNumber(text.to_owned())),
    }
}
