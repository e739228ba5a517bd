//! A calendar day, as a person writes it. Day only: it carries no time zone, and nothing here asks what day
//! it is.

use std::{fmt, str::FromStr};

use crate::text::serde_as_text;

/// Years outside this range are slips of the pen: no division or event of the network is older.
const YEAR_MIN: u16 = 1900;
/// Four digits, because the compact form has exactly eight.
const YEAR_MAX: u16 = 9999;

/// A day of the Gregorian calendar between 1900-01-01 and 9999-12-31. Ordered in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// Why a day is not a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// The text is neither `2026-11-21` nor `20261121`.
    #[error("read {0:?} as a date: write it as 2026-11-21 or 20261121")]
    Format(String),
    /// The calendar has no such day.
    #[error("find {year}-{month}-{day} in the calendar")]
    NoSuchDay {
        /// As given.
        year: u16,
        /// As given.
        month: u8,
        /// As given.
        day: u8,
    },
}

impl Date {
    /// A day of the calendar.
    ///
    /// # Errors
    /// [`DateError::NoSuchDay`] when the calendar has no such day, or the year is outside 1900–9999.
    pub const fn new(year: u16, month: u8, day: u8) -> Result<Self, DateError> {
        let known = year >= YEAR_MIN && year <= YEAR_MAX && day >= 1 && day <= days_in(year, month);
        if known { Ok(Self { year, month, day }) } else { Err(DateError::NoSuchDay { year, month, day }) }
    }

    /// 1900–9999.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.year
    }

    /// 1–12.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }

    /// 1–31.
    #[must_use]
    pub const fn day(self) -> u8 {
        self.day
    }

    /// Days from 1970-01-01 to this day; negative before it.
    #[must_use]
    pub const fn days_since_1970(self) -> i64 {
        let years = self.year as i64 - 1;
        // Leap days of all years before this one, from year 1 on.
        let leap_days = years / 4 - years / 100 + years / 400;
        let (mut days, mut month) = (years * 365 + leap_days, 1);
        while month < self.month {
            days += days_in(self.year, month) as i64;
            month += 1;
        }
        days + self.day as i64 - 1 - DAYS_BEFORE_1970
    }

    /// The day that lies so many days after 1970-01-01, or before it; `None` outside 1900–9999.
    #[must_use]
    pub fn from_days_since_1970(days: i64) -> Option<Self> {
        let begins = |year: u16, month: u8| Self::new(year, month, 1).ok().map(Self::days_since_1970);
        // A year has 365 days at least: the year sought is not after this one, and few are between.
        let latest = (days / 365 + 1_971).clamp(YEAR_MIN.into(), YEAR_MAX.into());
        let years = YEAR_MIN..=u16::try_from(latest).ok()?;
        let year = years.rev().find(|year| begins(*year, 1).is_some_and(|first| first <= days))?;
        let month = (1..=12).rev().find(|month| begins(year, *month).is_some_and(|first| first <= days))?;
        Self::new(year, month, u8::try_from(days - begins(year, month)? + 1).ok()?).ok()
    }

    /// Eight digits, `20261121`: the form inside an event key.
    #[must_use]
    pub fn compact(self) -> String {
        format!("{:04}{:02}{:02}", self.year, self.month, self.day)
    }
}

/// Days from the first day of year 1 to 1970-01-01 in this calendar: 1 969 years with 477 leap days.
const DAYS_BEFORE_1970: i64 = 1_969 * 365 + 477;

/// Days in the month; 0 for a month that does not exist, so no day fits in it.
pub(crate) const fn days_in(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Date {
    type Err = DateError;

    /// Reads `2026-11-21` or `20261121`, and nothing between the two.
    fn from_str(text: &str) -> Result<Self, DateError> {
        let wrong = || DateError::Format(text.to_owned());
        let digits = match text.as_bytes() {
            [_, _, _, _, b'-', _, _, b'-', _, _] => text.replace('-', ""),
            _ => text.to_owned(),
        };
        if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong());
        }
        let number: u32 = digits.parse().map_err(|_| wrong())?;
        let part = |divisor: u32, modulus: u32| number / divisor % modulus;
        // Two digits fit u8 and four fit u16 by construction.
        Self::new(part(10_000, 10_000) as u16, part(100, 100) as u8, part(1, 100) as u8)
    }
}

serde_as_text!(Date);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_comes_back_from_its_number() {
        for text in ["1900-01-01", "1969-12-31", "1970-01-01", "2000-02-29", "2026-11-21", "9999-12-31"] {
            let date: Date = text.parse().unwrap();
            assert_eq!(Date::from_days_since_1970(date.days_since_1970()), Some(date));
        }
        let last = Date::new(9999, 12, 31).unwrap().days_since_1970();
        let first = Date::new(1900, 1, 1).unwrap().days_since_1970();
        for outside in [last + 1, first - 1, i64::MIN, i64::MAX] {
            assert_eq!(Date::from_days_since_1970(outside), None);
        }
    }

    #[test]
    fn both_forms_read_as_one_day() {
        let day = Date::new(2026, 11, 21).unwrap();
        assert_eq!("2026-11-21".parse(), Ok(day));
        assert_eq!("20261121".parse(), Ok(day));
        assert_eq!(day.to_string(), "2026-11-21");
        assert_eq!(day.compact(), "20261121");
    }

    #[test]
    fn the_calendar_is_kept() {
        assert!(Date::new(2024, 2, 29).is_ok());
        assert!(Date::new(2000, 2, 29).is_ok());
        for (year, month, day) in [
            (2023, 2, 29),
            (2100, 2, 29),
            (2026, 4, 31),
            (2026, 13, 1),
            (2026, 0, 1),
            (2026, 1, 0),
            (1899, 1, 1),
        ] {
            assert_eq!(Date::new(year, month, day), Err(DateError::NoSuchDay { year, month, day }));
        }
    }

    #[test]
    fn days_are_counted_from_1970() {
        let days = |text: &str| text.parse::<Date>().unwrap().days_since_1970();
        assert_eq!((days("1970-01-01"), days("1970-02-01"), days("1969-12-31")), (0, 31, -1));
        assert_eq!((days("2000-03-01"), days("2026-10-01"), days("1900-01-01")), (11_017, 20_727, -25_567));
    }

    #[test]
    fn a_half_form_is_refused() {
        for text in [
            "",
            "2026-1121",
            "202611-21",
            "2026-11-2",
            "２０２６1121",
            "+2026112",
            "2026--1-21",
            "2026/11/21",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }

    #[test]
    fn days_are_ordered_in_time() {
        let days: Vec<Date> = ["2025-12-31", "2026-01-01", "2026-01-02", "2026-02-01"]
            .iter()
            .map(|t| t.parse().unwrap())
            .collect();
        assert!(days.is_sorted());
    }
}
