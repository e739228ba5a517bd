//! Who owes what (填报义务): the divisions that are missing from a total until they report, and by which day. Data, not
//! code: one table, with lists of divisions where not everybody owes, and bodies outside the tree.

use std::collections::BTreeSet;

use crate::{
    date::Date,
    directory::Directory,
    division::{Division, DivisionCode, Level},
    form::{About, Form},
    period::Period,
    subject::Subject,
    table::{Row, Table, TableError},
};

const HOUR_MS: i64 = 60 * 60 * 1_000;

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
    /// First day of the subjects for which it holds; `None`: it always has.
    pub from: Option<Date>,
    /// Last day of the subjects for which it holds; `None`: until another version of the catalogue says so.
    pub until: Option<Date>,
    /// After which day a report on a period is taken with a reason only; `None`: never.
    pub closes: Option<Due>,
    /// When a report on a period is due; `None` where the clocks of an event say.
    pub due: Option<Due>,
    /// By when reports on an event follow each other.
    pub clocks: Clocks,
    /// Why, and where it comes from.
    pub note: String,
}

/// How long after something the reports on an event are due, milliseconds; `None`: no clock runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clocks {
    /// 初报, after the event began.
    pub initial_ms: Option<i64>,
    /// 续报 or 零报告, after the report before, until the event is stable.
    pub continued_ms: Option<i64>,
    /// 核报, after the event is stable.
    pub verified_ms: Option<i64>,
}

impl Clocks {
    /// The clocks of `form` on `subject` for divisions of that level: of the line that names the level, or else of the first
    /// that has any, for whoever reports adds to what others owe.
    #[must_use]
    pub fn of(form: &Form, subject: &Subject, level: Level) -> Self {
        let held = applying(form, subject);
        let running = |duty: &&&Duty| duty.clocks != Self::default();
        let own = held.iter().filter(|duty| duty.levels.contains(&level)).find(running);
        own.or_else(|| held.iter().find(running)).map(|duty| duty.clocks).unwrap_or_default()
    }
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
        let day = subject.first_day();
        self.only.is_none_or(|only| subject.period() == Some(only))
            && self.from.is_none_or(|from| from <= day)
            && self.until.is_none_or(|until| day <= until)
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

/// The last day on which a report by `form` on `subject` is taken without a reason; `None` where the period never closes.
#[must_use]
pub fn closing_day(form: &Form, subject: &Subject) -> Option<Date> {
    let period = subject.period()?;
    let closing = applying(form, subject).into_iter().map(|duty| duty.closes?.day(period));
    // One line that never closes keeps it open for all: nobody could tell whose report it is that comes late.
    closing.collect::<Option<Vec<Date>>>()?.into_iter().max()
}

/// The bodies outside the tree of divisions that owe `form` on `subject`: no total can name them as missing or reported.
pub fn bodies<'f>(form: &'f Form, subject: &Subject) -> impl Iterator<Item = &'f str> {
    applying(form, subject).into_iter().filter_map(|duty| duty.body.as_deref())
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

/// Reads the columns `form,levels,scope,body,only,due,note`, and `from,until,closes,initial,continued,verified` where they
/// are there.
///
/// # Errors
/// [`TableError`] with line and column: an unknown form, level, day or span, a period that the form is not about, clocks of
/// a form that is not about an event, a line that names neither levels nor a body.
pub fn read(text: &str, forms: &[Form]) -> Result<Vec<Duty>, TableError> {
    let optional = ["from", "until", "closes", "initial", "continued", "verified"];
    let table = Table::parse(text, &["form", "levels", "scope", "body", "only", "due", "note"], &optional)?;
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
    let (from, until): (Option<Date>, Option<Date>) =
        (row.read_optional("from")?, row.read_optional("until")?);
    if from.zip(until).is_some_and(|(from, until)| until < from) {
        return Err(row.wrong("until", "is before the first day"));
    }
    let (scope, note) = (list(row, "scope")?, row.text("note")?);
    let (due, closes) = (read_due(row, "due")?, read_due(row, "closes")?);
    let clocks = Clocks {
        initial_ms: read_span(row, "initial")?,
        continued_ms: read_span(row, "continued")?,
        verified_ms: read_span(row, "verified")?,
    };
    if clocks != Clocks::default() && form.about != About::Event {
        return Err(row.wrong("initial", format_args!("form {code} is not about an event")));
    }
    Ok(Duty { form: code, levels, scope, body, only, from, until, closes, due, clocks, note })
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
fn read_due(row: &Row<'_>, column: &str) -> Result<Option<Due>, TableError> {
    let text = row.cell(column);
    if text.is_empty() {
        return Ok(None);
    }
    let days = |rest: &str| rest.parse::<i64>().ok().filter(|days| days.abs() <= DAYS_MAX);
    let begin = text.strip_prefix("begin").and_then(days).map(Due::Begin);
    let due = begin.or_else(|| text.strip_prefix("end").and_then(days).map(Due::End));
    due.map(Some).ok_or_else(|| row.wrong(column, "a day is written as begin+44 or end-92"))
}

/// `2h`, `10d`, in milliseconds; `None` for an empty cell.
fn read_span(row: &Row<'_>, column: &str) -> Result<Option<i64>, TableError> {
    let text = row.cell(column);
    if text.is_empty() {
        return Ok(None);
    }
    let count = |rest: &str, hours: i64| {
        let count = rest.parse::<i64>().ok()?;
        (1..=DAYS_MAX * 24 / hours).contains(&count).then(|| count * hours * HOUR_MS)
    };
    let span = text.strip_suffix('h').and_then(|rest| count(rest, 1));
    let span = span.or_else(|| text.strip_suffix('d').and_then(|rest| count(rest, 24)));
    span.map(Some).ok_or_else(|| row.wrong(column, "a span is written as 2h or 10d"))
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
    fn an_event_has_its_clocks_and_a_period_has_none() {
        let flood = "20260720-220221-flood".parse().unwrap();
        let clocks = |level| Clocks::of(Form::quick(), &flood, level);
        let hours = |hours: i64| Some(hours * HOUR_MS);
        let township = Clocks { initial_ms: hours(1), continued_ms: hours(24), verified_ms: hours(10 * 24) };
        assert_eq!(clocks(Level::Township), township);
        assert_eq!(clocks(Level::County), township, "whoever adds to it keeps the same clocks");
        let monthly = Form::of_code("urban_dibao").unwrap();
        assert_eq!(Clocks::of(monthly, &"2026-10".parse().unwrap(), Level::County), Clocks::default());
    }

    #[test]
    fn a_clock_that_does_not_read_is_named() {
        let wrong = |form: &str, initial: &str| {
            let text =
                format!("form,levels,scope,body,only,due,note,initial\n{form},county,,,,,n,{initial}\n");
            let error = read(&text, &forms()).unwrap_err();
            error.to_string()
        };
        for span in ["2", "h", "0h", "-1h", "1w", "367d", "1.5h"] {
            assert!(wrong("quick", span).contains("2h or 10d"), "{span}");
        }
        assert!(wrong("winter", "2h").contains("not about an event"));
    }

    /// The survey of one line, with these dates and this closing day.
    fn dated(from: &str, until: &str, closes: &str) -> Form {
        let text = format!(
            "form,levels,scope,body,only,due,note,from,until,closes\nwinter,county,,,,end+0,n,{from},{until},{closes}\n"
        );
        let winter = forms().into_iter().find(|form| form.code == "winter").unwrap();
        Form { duties: read(&text, &forms()).unwrap(), ..winter }
    }

    #[test]
    fn a_dated_duty_holds_for_the_subjects_of_its_days() {
        let owed = |form: &Form, period: &str| {
            !owing(form, &period.parse().unwrap(), &jilin(), "22".parse().unwrap()).is_empty()
        };
        // A winter begins in September.
        let form = dated("2026-09-01", "2027-08-31", "");
        let held = ["2025-2026", "2026-2027", "2027-2028"].map(|period| owed(&form, period));
        assert_eq!(held, [false, true, false]);
        let later = dated("2027-09-01", "", "");
        assert_eq!((owed(&later, "2026-2027"), owed(&later, "2030-2031")), (false, true));
    }

    #[test]
    fn a_period_closes_where_every_line_closes() {
        let closing =
            |form: &Form| closing_day(form, &"2026-2027".parse().unwrap()).map(|day| day.to_string());
        assert_eq!(closing(&dated("", "", "end+60")).as_deref(), Some("2027-10-30"));
        assert_eq!(closing(&dated("", "", "")), None);
        let mut mixed = dated("", "", "end+60");
        mixed.duties.push(Duty { closes: None, ..mixed.duties[0].clone() });
        assert_eq!(closing(&mixed), None, "a line that never closes keeps it open");
        assert_eq!(closing_day(Form::quick(), &"20260720-220221-flood".parse().unwrap()), None);
        let builtin =
            Form::all().iter().filter_map(|form| closing_day(form, &form.about.example().parse().unwrap()));
        assert_eq!(builtin.count(), 0, "only an issued catalogue closes a period");
    }

    #[test]
    fn a_body_outside_the_tree_is_named() {
        let charity = Form::of_code("charity").unwrap();
        assert_eq!(bodies(charity, &"2026-10".parse().unwrap()).collect::<Vec<_>>(), ["省慈善总会"]);
        assert_eq!(bodies(Form::quick(), &"20260720-220221-flood".parse().unwrap()).count(), 0);
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
        for (line, column) in [
            ("winter,county,,,,,n,2027,,", "from"),
            ("winter,county,,,,,n,2027-01-01,2026-12-31,", "until"),
            ("winter,county,,,,,n,,,later", "closes"),
        ] {
            let text = format!("form,levels,scope,body,only,due,note,from,until,closes\n{line}\n");
            let error = read(&text, &forms()).unwrap_err();
            assert!(matches!(&error, TableError::Cell { column: at, .. } if at == column), "{line}: {error}");
        }
    }
}
