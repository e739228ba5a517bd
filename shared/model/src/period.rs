//! A month (月份): what a monthly report is about.

use std::{fmt, str::FromStr};

use crate::{
    date::{Date, DateError},
    text::serde_as_text,
};

/// How far the clocks of the province are ahead of UTC. The whole country keeps one time (Asia/Shanghai), without
/// summer time since 1992.
const ZONE_MS: i64 = 8 * 3_600 * 1_000;

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 3_600 * 1_000;

/// The last month of a year.
const DECEMBER: u8 = 12;

/// Names of the months, January first.
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A calendar month between 1900-01 and 9999-12. Ordered in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    year: u16,
    month: u8,
}

/// Why a text is not a month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// Not four digits, a hyphen and two digits.
    #[error("read {0:?} as a month: write it as 2026-10")]
    Format(String),
    /// The calendar has no such month.
    #[error(transparent)]
    Date(#[from] DateError),
}

impl Period {
    /// A month of the calendar, from 1 for January to 12.
    ///
    /// # Errors
    /// [`PeriodError::Date`] where the calendar has no such month, or the year is outside 1900–9999.
    pub fn new(year: u16, month: u8) -> Result<Self, PeriodError> {
        Date::new(year, month, 1)?;
        Ok(Self { year, month })
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

    /// Whether what is counted since January begins anew in it.
    #[must_use]
    pub const fn is_january(self) -> bool {
        self.month == 1
    }

    /// The month before; `None` before 1900-01.
    #[must_use]
    pub fn previous(self) -> Option<Self> {
        match self.month {
            1 => Self::new(self.year - 1, DECEMBER).ok(),
            month => Self::new(self.year, month - 1).ok(),
        }
    }

    /// The month after; `None` after 9999-12.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        match self.month {
            DECEMBER => Self::new(self.year + 1, 1).ok(),
            month => Self::new(self.year, month + 1).ok(),
        }
    }

    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> Date {
        Date::new(self.year, self.month, 1).expect("a period is made from a month of the calendar only")
    }

    /// Its first instant in Asia/Shanghai, milliseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn begins_ms(self) -> i64 {
        self.first_day().days_since_1970() * DAY_MS - ZONE_MS
    }

    /// The first instant after it in Asia/Shanghai, milliseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn ends_ms(self) -> i64 {
        let days = i64::from(crate::date::days_in(self.year, self.month));
        self.begins_ms() + days * DAY_MS
    }

    /// As an office writes it: 2026年10月.
    #[must_use]
    pub fn zh(self) -> String {
        format!("{}年{}月", self.year, self.month)
    }

    /// October 2026.
    #[must_use]
    pub fn en(self) -> String {
        format!("{} {}", MONTHS_EN[usize::from(self.month) - 1], self.year)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    /// Reads exactly what `Display` writes.
    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let wrong = || PeriodError::Format(text.to_owned());
        let (year, month) = text.split_once('-').ok_or_else(wrong)?;
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if (year.len(), month.len()) != (4, 2) || !digits(year) || !digits(month) {
            return Err(wrong());
        }
        Self::new(year.parse().map_err(|_| wrong())?, month.parse().map_err(|_| wrong())?)
    }
}

serde_as_text!(Period);

#[cfg(test)]
mod tests {
    use super::*;

    fn period(text: &str) -> Period {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_reads_back_as_written() {
        for text in ["2026-10", "1900-01", "9999-12"] {
            assert_eq!(period(text).to_string(), text);
        }
        assert_eq!(
            (period("2026-10").zh(), period("2026-10").en()),
            ("2026年10月".into(), "October 2026".into())
        );
    }

    #[test]
    fn what_is_no_month_is_refused() {
        for text in ["", "2026", "2026-1", "202610", "2026-13", "2026-00", "1899-12", "2026-10-01", "+026-10"]
        {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    #[test]
    fn months_follow_each_other_over_the_year() {
        assert_eq!(period("2026-01").previous(), Some(period("2025-12")));
        assert_eq!(period("2026-12").next(), Some(period("2027-01")));
        assert_eq!((period("1900-01").previous(), period("9999-12").next()), (None, None));
        assert!(period("2025-12") < period("2026-01"));
        for text in ["2026-03", "2024-02"] {
            assert_eq!(period(text).ends_ms(), period(text).next().unwrap().begins_ms());
        }
    }

    #[test]
    fn a_month_begins_at_midnight_of_the_province() {
        // 1969-12-31T16:00Z is midnight in Changchun.
        assert_eq!(period("1970-01").begins_ms(), -8 * 3_600_000);
        assert_eq!(period("2026-10").begins_ms(), 1_790_784_000_000);
        assert_eq!(period("2024-02").ends_ms() - period("2024-02").begins_ms(), 29 * DAY_MS);
    }
}
