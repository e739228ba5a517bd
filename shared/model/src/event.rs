//! A disaster event (灾害事件): what a chain of one initial, any number of continued and one verified
//! report is about.

use std::{fmt, str::FromStr};

use crate::{
    date::{Date, DateError},
    division::{DivisionCode, DivisionCodeError},
    kind::{DisasterKind, KindError},
    text::serde_as_text,
};

/// Names an event: the day it began, the county it struck and its kind (灾害发生日期 + 县级行政区 +
/// 灾害类型), so two stations that hear of one disaster name it alike without asking anybody. Ordered by
/// day, county, kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventKey {
    date: Date,
    county: DivisionCode,
    kind: DisasterKind,
}

/// Why a text or a triple is not an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// Not three parts with a hyphen between.
    #[error("read {0:?} as an event: write it as 20261121-220221-flood")]
    Format(String),
    /// A province or a township cannot have an event of its own.
    #[error("take {0} as the county of an event: it has 4 or 6 digits")]
    NotCounty(DivisionCode),
    /// The first part.
    #[error(transparent)]
    Date(#[from] DateError),
    /// The second part.
    #[error(transparent)]
    Division(#[from] DivisionCodeError),
    /// The third part.
    #[error(transparent)]
    Kind(#[from] KindError),
}

impl EventKey {
    /// An event. `county` is the lowest hub above the township: six digits, or four where townships hang
    /// directly on a city-level unit (the Changbaishan committee).
    ///
    /// # Errors
    /// [`EventError::NotCounty`] for a code of 2 or 9 digits.
    pub fn new(date: Date, county: DivisionCode, kind: DisasterKind) -> Result<Self, EventError> {
        match county.digits() {
            4 | 6 => Ok(Self { date, county, kind }),
            _ => Err(EventError::NotCounty(county)),
        }
    }

    /// The day the disaster began, by the calendar of the place.
    #[must_use]
    pub const fn date(&self) -> Date {
        self.date
    }

    /// The lowest hub above the stations that report it.
    #[must_use]
    pub const fn county(&self) -> DivisionCode {
        self.county
    }

    /// Its kind, of the first level.
    #[must_use]
    pub const fn kind(&self) -> DisasterKind {
        self.kind
    }
}

impl fmt::Display for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.date.compact(), self.county, self.kind)
    }
}

impl FromStr for EventKey {
    type Err = EventError;

    /// Reads exactly what `Display` writes.
    fn from_str(text: &str) -> Result<Self, EventError> {
        let wrong = || EventError::Format(text.to_owned());
        let (date, rest) = text.split_once('-').ok_or_else(wrong)?;
        let (county, kind) = rest.split_once('-').ok_or_else(wrong)?;
        Self::new(date.parse()?, county.parse()?, kind.parse()?)
    }
}

serde_as_text!(EventKey);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_reads_back_as_written() {
        for text in ["20261121-220221-flood", "20170713-2299-wind_hail"] {
            let event: EventKey = text.parse().unwrap();
            assert_eq!(event.to_string(), text);
            let json = serde_json::to_string(&event).unwrap();
            assert_eq!(serde_json::from_str::<EventKey>(&json).unwrap(), event);
        }
    }

    #[test]
    fn what_is_not_an_event_is_refused() {
        for text in [
            "",
            "20261121",
            "20261121-220221",
            "2026-11-21-220221-flood",
            "20261121-22-flood",
            "20261121-220221100-flood",
            "20261131-220221-flood",
            "20261121-220221-comet",
            "20261121-220221-flood-",
        ] {
            assert!(text.parse::<EventKey>().is_err(), "{text}");
        }
    }

    #[test]
    fn events_are_ordered_by_day_first() {
        let keys: Vec<EventKey> = ["20260101-229900-flood", "20260102-220101-flood", "20260102-220101-snow"]
            .iter()
            .filter_map(|t| t.parse().ok())
            .collect();
        assert_eq!(keys.len(), 3);
        assert!(keys.is_sorted());
    }
}
