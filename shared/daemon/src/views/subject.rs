//! What a report or total is about, as people and programs see it.

use fengsui_model::{Catalogues, EventKey, Form, Period, Report, Subject};
use serde::{Deserialize, Serialize};

/// A form, and the event or period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectView {
    /// Code of the form; its number where it is not known here.
    pub form: String,
    /// Its Chinese name.
    pub form_zh: String,
    /// Its English name.
    pub form_en: String,
    /// The event, where it is about one.
    pub event: Option<EventKey>,
    /// The month, year or winter, where it is about one.
    pub period: Option<Period>,
}

impl SubjectView {
    /// Of a report.
    pub fn of(catalogues: &Catalogues, report: &Report) -> Self {
        Self::new(catalogues, report.form, report.subject)
    }

    /// Of the form of that number on `subject`.
    pub fn new(catalogues: &Catalogues, form: u32, subject: Subject) -> Self {
        let known = catalogues.newest_form(form);
        let text =
            |of: fn(&Form) -> &String| known.map_or_else(|| form.to_string(), |known| of(known).clone());
        Self {
            form: text(|form| &form.code),
            form_zh: text(|form| &form.zh),
            form_en: text(|form| &form.en),
            event: subject.event().copied(),
            period: subject.period(),
        }
    }

    /// In a line of Chinese: the key of an event; form and month, `城市低保 2026年10月`.
    pub fn zh(&self) -> String {
        match (self.event, self.period) {
            (Some(event), _) => event.to_string(),
            (None, Some(period)) => format!("{} {}", self.form_zh, period.zh()),
            (None, None) => self.form_zh.clone(),
        }
    }

    /// In a line of English: `Urban dibao, October 2026`.
    pub fn en(&self) -> String {
        match (self.event, self.period) {
            (Some(event), _) => format!("{}, {event}", self.form_en),
            (None, Some(period)) => format!("{}, {}", self.form_en, period.en()),
            (None, None) => self.form_en.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_people_say_it() {
        let held = Catalogues::default();
        let month = SubjectView::new(&held, 2, "2026-10".parse().expect("a month"));
        assert_eq!(
            (month.zh().as_str(), month.en().as_str()),
            ("城市低保 2026年10月", "Urban dibao, October 2026")
        );
        let event = SubjectView::new(&held, 1, "20260720-220221-flood".parse().expect("an event"));
        assert_eq!(event.zh(), "20260720-220221-flood");
        assert_eq!(SubjectView::new(&held, 99, "2026-10".parse().expect("a month")).zh(), "99 2026年10月");
    }
}
