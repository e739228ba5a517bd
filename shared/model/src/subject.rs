//! What a report is about: a disaster event, or a period.

use std::{fmt, str::FromStr};

use crate::{
    date::Date,
    event::{EventError, EventKey},
    period::{Period, PeriodError},
    text::serde_as_text,
};

/// What a chain of revisions is about. As text an event has three parts and a period one or two, so neither is ever read
/// as the other. Ordered: events by day, then periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A disaster event.
    Event(EventKey),
    /// A month, a year or a winter.
    Period(Period),
}

/// Why a text is neither.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    /// It looks like an event.
    #[error(transparent)]
    Event(#[from] EventError),
    /// It looks like a period.
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

    /// The period, where it is one.
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
            0 | 1 => Ok(Self::Period(text.parse()?)),
            _ => Ok(Self::Event(text.parse()?)),
        }
    }
}

serde_as_text!(Subject);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_and_a_period_never_look_alike() {
        let texts =
            [("20261121-220221-flood", false), ("2026-10", true), ("2026", true), ("2026-2027", true)];
        for (text, period) in texts {
            let subject: Subject = text.parse().unwrap();
            assert_eq!(subject.to_string(), text);
            assert_eq!((subject.event().is_some(), subject.period().is_some()), (!period, period));
        }
        for text in ["", "20261121", "20261121-220221", "2026-10-220221-flood", "2026-13"] {
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
