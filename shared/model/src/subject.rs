//! What a report is about: a disaster event, or a month.

use std::{fmt, str::FromStr};

use crate::{
    date::Date,
    event::{EventError, EventKey},
    period::{Period, PeriodError},
    text::serde_as_text,
};

/// What a chain of revisions is about. As text an event has three parts and a month two, so neither is ever read as
/// the other. Ordered: events by day, then months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A disaster event.
    Event(EventKey),
    /// A month.
    Period(Period),
}

/// Why a text is neither.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    /// It looks like an event.
    #[error(transparent)]
    Event(#[from] EventError),
    /// It looks like a month.
    #[error(transparent)]
    Period(#[from] PeriodError),
}

impl Subject {
    /// The event, where it is one.
    #[must_use]
    pub const fn event(&self) -> Option<&EventKey> {
        match self {
            Self::Event(event) => Some(event),
            Self::Period(_) => None,
        }
    }

    /// The month, where it is one.
    #[must_use]
    pub const fn period(&self) -> Option<Period> {
        match self {
            Self::Event(_) => None,
            Self::Period(period) => Some(*period),
        }
    }

    /// The day it began.
    #[must_use]
    pub fn first_day(&self) -> Date {
        match self {
            Self::Event(event) => event.date(),
            Self::Period(period) => period.first_day(),
        }
    }
}

impl From<EventKey> for Subject {
    fn from(event: EventKey) -> Self {
        Self::Event(event)
    }
}

impl From<Period> for Subject {
    fn from(period: Period) -> Self {
        Self::Period(period)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(event) => event.fmt(f),
            Self::Period(period) => period.fmt(f),
        }
    }
}

impl FromStr for Subject {
    type Err = SubjectError;

    /// Reads exactly what `Display` writes.
    fn from_str(text: &str) -> Result<Self, SubjectError> {
        match text.bytes().filter(|byte| *byte == b'-').count() {
            1 => Ok(Self::Period(text.parse()?)),
            _ => Ok(Self::Event(text.parse()?)),
        }
    }
}

serde_as_text!(Subject);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_and_a_month_never_look_alike() {
        for (text, month) in [("20261121-220221-flood", false), ("2026-10", true)] {
            let subject: Subject = text.parse().unwrap();
            assert_eq!(subject.to_string(), text);
            assert_eq!((subject.event().is_some(), subject.period().is_some()), (!month, month));
        }
        for text in ["", "2026", "20261121-220221", "2026-10-220221-flood", "2026-13"] {
            assert!(text.parse::<Subject>().is_err(), "{text}");
        }
    }

    #[test]
    fn both_have_a_first_day() {
        let day = |text: &str| text.parse::<Subject>().unwrap().first_day().to_string();
        assert_eq!(
            (day("20261121-220221-flood"), day("2026-10")),
            ("2026-11-21".into(), "2026-10-01".into())
        );
    }
}
