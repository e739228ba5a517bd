//! Who owes what (填报义务): the divisions that are missing from a total until they report, and by which day. Data, not
//! code: one table, with lists of divisions where not everybody owes, and bodies outside the tree.

use std::collections::BTreeSet;

use crate::{
    date::Date,
    directory::Directory,
    division::{Division, DivisionCode, Level},
    form::Form,
    period::Period,
    subject::Subject,
    table::{Row, Table, TableError},
};

/// The most days that a due date lies from the beginning or end of its period: a year.
const DAYS_MAX: i64 = 366;

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// Code of the form.
    pub form: String,
    /// Levels of the divisions that owe it, lowest first; none where a body outside the tree does.
    pub levels: Vec<Level>,
    /// Only divisions within these; empty: all.
    pub scope: Vec<DivisionCode>,
    /// A body that is no division: it has no station, and somebody states its figures.
    pub body: Option<String>,
    /// For a one-off survey: the only period in which it is owed. Otherwise each.
    pub only: Option<Period>,
    /// When a report on a period is due; `None` where the clocks of an event say.
    pub due: Option<Due>,
    /// Why, and where it comes from.
    pub note: String,
}

/// A day near a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// So many days after its first day.
    Begin(i64),
    /// So many days after its last day; before it where negative.
    End(i64),
}

impl Due {
    /// The last day on which the report on `period` is in time; `None` beyond the calendar.
    #[must_use]
    pub fn day(self, period: Period) -> Option<Date> {
        let days = match self {
            Self::Begin(days) => period.first_day().days_since_1970() + days,
            Self::End(days) => period.last_day().days_since_1970() + days,
        };
        Date::from_days_since_1970(days)
    }
}

impl Duty {
    /// Whether it holds for that subject.
    fn holds(&self, subject: &Subject) -> bool {
        self.only.is_none_or(|only| subject.period() == Some(only))
    }

    fn owes(&self, directory: &Directory, row: &Division) -> bool {
        let within = |scope: &DivisionCode| directory.is_within(row.code, *scope);
        self.levels.contains(&row.level) && (self.scope.is_empty() || self.scope.iter().any(within))
    }
}

/// The duties of one form on one subject.
fn applying<'f>(form: &'f Form, subject: &Subject) -> Vec<&'f Duty> {
    form.duties.iter().filter(|duty| duty.holds(subject)).collect()
}

/// The last day on which anybody's report by `form` on `subject` is in time; `None` for an event, and where no line names
/// a day.
#[must_use]
pub fn due_day(form: &Form, subject: &Subject) -> Option<Date> {
    let period = subject.period()?;
    applying(form, subject).into_iter().filter_map(|duty| duty.due?.day(period)).max()
}

/// Every division within `division` that owes a report by `form` on `subject`, in code order. A form that no line names is
/// owed by nobody: it is filled in where somebody asks.
#[must_use]
pub fn owing(
    form: &Form,
    subject: &Subject,
    directory: &Directory,
    division: DivisionCode,
) -> BTreeSet<DivisionCode> {
    let held = applying(form, subject);
    let within = directory.iter().filter(|row| directory.is_within(row.code, division));
    within.filter(|row| held.iter().any(|duty| duty.owes(directory, row))).map(|row| row.code).collect()
}

/// Reads the columns `form,levels,scope,body,only,due,note`.
///
/// # Errors
/// [`TableError`] with line and column: an unknown form, level or day, a period that the form is not about, a line that
/// names neither levels nor a body.
pub fn read(text: &str, forms: &[Form]) -> Result<Vec<Duty>, TableError> {
    let table = Table::parse(text, &["form", "levels", "scope", "body", "only", "due", "note"], &[])?;
    table.rows().map(|row| read_duty(&row, forms)).collect()
}

fn read_duty(row: &Row<'_>, forms: &[Form]) -> Result<Duty, TableError> {
    let code = row.text("form")?;
    let form = forms.iter().find(|form| form.code == code);
    let form = form.ok_or_else(|| row.wrong("form", format_args!("no form {code:?}")))?;
    let levels: Vec<Level> = list(row, "levels")?;
    let body = Some(row.cell("body")).filter(|body| !body.is_empty()).map(str::to_owned);
    if levels.is_empty() == body.is_none() {
        return Err(row.wrong("levels", "names either levels or a body outside the tree"));
    }
    let only: Option<Period> = row.read_optional("only")?;
    if only.is_some_and(|only| !form.about.takes_period(only)) {
        return Err(row.wrong("only", format_args!("form {code} is about {}", form.about.en())));
    }
    let scope = list(row, "scope")?;
    Ok(Duty { form: code, levels, scope, body, only, due: read_due(row)?, note: row.text("note")? })
}

/// Words with a bar between; empty for none.
fn list<T: std::str::FromStr<Err: std::fmt::Display>>(
    row: &Row<'_>,
    column: &str,
) -> Result<Vec<T>, TableError> {
    let words = row.cell(column).split('|').filter(|word| !word.is_empty());
    words
        .map(|word| word.parse().map_err(|e: T::Err| row.wrong(column, format_args!("failed to {e}"))))
        .collect()
}

/// `begin+44`, `end+0`, `end-92`; empty for none.
fn read_due(row: &Row<'_>) -> Result<Option<Due>, TableError> {
    let text = row.cell("due");
    if text.is_empty() {
        return Ok(None);
    }
    let days = |rest: &str| rest.parse::<i64>().ok().filter(|days| days.abs() <= DAYS_MAX);
    let begin = text.strip_prefix("begin").and_then(days).map(Due::Begin);
    let due = begin.or_else(|| text.strip_prefix("end").and_then(days).map(Due::End));
    due.map(Some).ok_or_else(|| row.wrong("due", "a day is written as begin+44 or end-92"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::JILIN_2019_CSV;

    fn jilin() -> Directory {
        Directory::from_csv(JILIN_2019_CSV, 1).unwrap()
    }

    fn forms() -> Vec<Form> {
        Form::all().iter().map(|form| (**form).clone()).collect()
    }

    fn owed(form: &str, subject: &str, division: &str) -> Vec<String> {
        let form = Form::of_code(form).unwrap();
        let owing = owing(form, &subject.parse().unwrap(), &jilin(), division.parse().unwrap());
        owing.into_iter().map(|code| code.to_string()).collect()
    }

    #[test]
    fn every_form_in_use_is_owed_and_the_optional_ones_are_not() {
        for form in Form::all() {
            let subject = form.about.example();
            assert_eq!(owed(&form.code, subject, "22").is_empty(), form.optional, "{}", form.code);
        }
    }

    #[test]
    fn levels_and_scope_say_who_owes() {
        let quick = owed("quick", "20260720-220221-flood", "220221");
        assert!(quick.len() == 8 && quick.iter().all(|code| code.len() == 9), "{quick:?}");
        assert_eq!(owed("disability", "2026-10", "220221"), ["220221"]);
        let observed = owed("workflow", "2026-10", "22");
        assert!(observed.contains(&"220182".to_owned()) && observed.contains(&"222424100".to_owned()));
        assert!(
            observed.iter().all(|code| ["220182", "220822", "222424"].contains(&&code[..6])),
            "{observed:?}"
        );
    }

    #[test]
    fn who_fills_in_a_figure_of_a_period_owes_the_form() {
        for form in Form::all().iter().filter(|form| form.about != crate::About::Event) {
            let owing: BTreeSet<Level> =
                form.duties.iter().flat_map(|duty| duty.levels.iter().copied()).collect();
            let lowest = form.indicators.iter().flat_map(|of| &of.filled_by).min();
            assert_eq!(owing.iter().min(), lowest, "{}", form.code);
        }
    }

    #[test]
    fn a_due_day_counts_from_the_period() {
        let due = |form: &str, period: &str| {
            due_day(Form::of_code(form).unwrap(), &period.parse().unwrap()).unwrap().to_string()
        };
        assert_eq!(due("winter", "2026-2027"), "2026-10-15");
        assert_eq!(due("urban_dibao", "2026-10"), "2026-10-31");
        assert_eq!(due("annual_loss", "2026"), "2026-09-30");
        assert_eq!(due("annual_base", "2025"), "2026-02-28");
        assert_eq!(due_day(Form::quick(), &"20260720-220221-flood".parse().unwrap()), None);
    }

    #[test]
    fn a_one_off_survey_is_owed_once() {
        let text = "form,levels,scope,body,only,due,note\nwinter,county,,,2026-2027,end+0,once\n";
        let duty = &read(text, &forms()).unwrap()[0];
        let holds = |period: &str| duty.holds(&period.parse().unwrap());
        assert_eq!((holds("2026-2027"), holds("2027-2028")), (true, false));
    }

    #[test]
    fn a_wrong_line_names_its_column() {
        for (line, column) in [
            ("x,county,,,,,n", "form"),
            ("quick,village,,,,,n", "levels"),
            ("quick,,,,,,n", "levels"),
            ("quick,county,,某站,,,n", "levels"),
            ("quick,county,22x,,,,n", "scope"),
            ("winter,county,,,2026-10,,n", "only"),
            ("winter,county,,,,october,n", "due"),
            ("winter,county,,,,end+367,n", "due"),
            ("winter,county,,,,,", "note"),
        ] {
            let error =
                read(&format!("form,levels,scope,body,only,due,note\n{line}\n"), &forms()).unwrap_err();
            assert!(matches!(&error, TableError::Cell { column: at, .. } if at == column), "{line}: {error}");
        }
    }
}
