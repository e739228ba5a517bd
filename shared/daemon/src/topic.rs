//! A topic: what reports are about and by which form. Whoever asks for a total, a standing report or the revision
//! before names one.

use std::sync::Arc;

use fengsui_model::catalogue::QUICK;
use fengsui_model::{About, Catalogue, Catalogues, EventKey, Form, Period, Subject};

use crate::failure::{Code, Failure};

/// A form, and the event or period its reports are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Which figures, as one version of the catalogue has them.
    pub form: Arc<Form>,
    /// Number of that version.
    pub catalogue: u32,
    /// Of what.
    pub subject: Subject,
}

impl Topic {
    /// The quick report on a disaster event, by the form that is compiled in.
    pub fn event(event: EventKey) -> Self {
        Self { form: Form::quick().clone(), catalogue: 0, subject: event.into() }
    }

    /// A form of that catalogue on `subject`.
    pub fn new(catalogue: &Catalogue, form: &Arc<Form>, subject: Subject) -> Self {
        Self { form: form.clone(), catalogue: catalogue.version, subject }
    }

    /// The form of that number on `subject`; `None` where that catalogue does not have it, or it is about something else.
    pub fn of(catalogue: &Catalogue, form: u32, subject: Subject) -> Option<Self> {
        let form = catalogue.form(form)?;
        form.about.takes(&subject).then(|| Self::new(catalogue, form, subject))
    }

    /// The form of that number on `subject`, by the newest catalogue that has it: for what names no version, whose indicators
    /// mean the same in every one.
    pub fn newest(catalogues: &Catalogues, form: u32, subject: Subject) -> Option<Self> {
        Self::of(catalogues.readable().find(|of| of.form(form).is_some())?, form, subject)
    }

    /// The same form for the month, year or winter before, where this is about one.
    pub fn month_before(&self) -> Option<Self> {
        Some(Self { subject: self.subject.period()?.previous()?.into(), ..self.clone() })
    }

    /// The same form for the month, year or winter after, where this is about one.
    pub fn month_after(&self) -> Option<Self> {
        Some(Self { subject: self.subject.period()?.next()?.into(), ..self.clone() })
    }
}

/// Where a report on `subject` looks for one by the form of that number beside it, the best first.
pub fn beside(catalogue: &Catalogue, other: u32, subject: Subject) -> Vec<Topic> {
    let Some(form) = catalogue.form(other) else { return Vec::new() };
    let subjects = form.about.beside(&subject).into_iter();
    subjects.map(|subject| Topic::new(catalogue, form, subject)).collect()
}

/// The form of that word or Chinese name; the quick report where none is named.
///
/// # Errors
/// Which forms there are.
pub fn form(catalogue: &Catalogue, code: Option<&str>) -> Result<Arc<Form>, Failure> {
    let found = match code {
        None => catalogue.form(QUICK),
        Some(code) => catalogue.form_of_code(code),
    };
    let code = code.unwrap_or_default();
    found.cloned().ok_or_else(|| {
        let known: Vec<String> =
            catalogue.forms.iter().map(|form| format!("{} {}", form.code, form.zh)).collect();
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
