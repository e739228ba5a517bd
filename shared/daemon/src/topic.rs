//! A topic: what reports are about and by which form. Whoever asks for a total, a standing report or the revision
//! before names one.

use fengsui_model::{About, EventKey, Form, Period, Subject};

use crate::failure::{Code, Failure};

/// A form, and the event or period its reports are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Which figures.
    pub form: &'static Form,
    /// Of what.
    pub subject: Subject,
}

impl Topic {
    /// The quick report on a disaster event.
    pub fn event(event: EventKey) -> Self {
        Self { form: Form::quick(), subject: event.into() }
    }

    /// The form of that number on `subject`; `None` where the form is not known here, or is about something else.
    pub fn of(form: u32, subject: Subject) -> Option<Self> {
        let form = Form::of_id(form)?;
        form.about.takes(&subject).then_some(Self { form, subject })
    }

    /// The same form for the month, year or winter before, where this is about one.
    pub fn month_before(&self) -> Option<Self> {
        Some(Self { subject: self.subject.period()?.previous()?.into(), ..*self })
    }

    /// The same form for the month, year or winter after, where this is about one.
    pub fn month_after(&self) -> Option<Self> {
        Some(Self { subject: self.subject.period()?.next()?.into(), ..*self })
    }
}

/// Where a report on `subject` looks for one of the form of that number beside it, the best first.
pub fn beside(other: u32, subject: Subject) -> impl Iterator<Item = Topic> {
    let form = Form::of_id(other);
    let found =
        form.map(|form| form.about.beside(&subject).into_iter().map(move |subject| Topic { form, subject }));
    found.into_iter().flatten()
}

/// The form of that word or Chinese name; the quick report where none is named.
///
/// # Errors
/// Which forms there are.
pub fn form(code: Option<&str>) -> Result<&'static Form, Failure> {
    let Some(code) = code else { return Ok(Form::quick()) };
    Form::of_code(code).ok_or_else(|| {
        let known: Vec<String> =
            Form::all().iter().map(|form| format!("{} {}", form.code, form.zh)).collect();
        let known = known.join("、");
        Failure::new(
            Code::Usage,
            format!("--form {code}: 没有这张报表，可填 {known} (not one of these forms)"),
        )
    })
}

/// The event or period of that form that was typed; `None` where neither was.
///
/// # Errors
/// Which of the two does not read, or does not belong to the form.
pub fn subject(form: &Form, event: Option<&str>, period: Option<&str>) -> Result<Option<Subject>, Failure> {
    let wrong = |message: String| Failure::new(Code::Usage, message);
    match (form.about, event, period) {
        (About::Event, _, Some(period)) => Err(wrong(format!(
            "--period {period}: {}按灾害事件报送，请用 --event (form {} is about an event; name the form of a period with --form)",
            form.zh, form.code
        ))),
        (About::Event, Some(text), None) => {
            let event: EventKey = text.parse().map_err(|error: fengsui_model::event::EventError| {
                let hint = "事件应写成 日期-县代码-灾种，如 20260720-220221-flood";
                wrong(format!("event '{text}': {hint} (failed to {error})"))
            })?;
            Ok(Some(event.into()))
        }
        (about, Some(event), _) => Err(wrong(format!(
            "--event {event}: {}{}报送，请用 --period，如 {} (form {} is about {}: name it with --period)",
            form.zh,
            about.zh(),
            about.example(),
            form.code,
            about.en()
        ))),
        (about, None, Some(text)) => {
            let written = match about {
                About::Month => "月份",
                About::Winter => "冬春年度",
                About::Event | About::Year => "年度",
            };
            let hint = || format!("period '{text}': {written}应写成 {}", about.example());
            let period: Period = text.parse().map_err(|error: fengsui_model::period::PeriodError| {
                wrong(format!("{} (failed to {error})", hint()))
            })?;
            if !about.takes_period(period) {
                return Err(wrong(format!("{} (form {} is about {})", hint(), form.code, about.en())));
            }
            Ok(Some(period.into()))
        }
        (_, None, None) => Ok(None),
    }
}
