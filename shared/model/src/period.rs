//! A period (期间): the month, year or winter that a report is about.

use std::{fmt, str::FromStr};

use crate::{
    date::{Date, DateError},
    text::serde_as_text,
};

/// How far the clocks of the province are ahead of UTC. The whole country keeps one time (Asia/Shanghai), without
/// summer time since 1992.
pub(crate) const ZONE_MS: i64 = 8 * 3_600 * 1_000;

/// Milliseconds of a day.
pub(crate) const DAY_MS: i64 = 24 * 3_600 * 1_000;

/// The last month of a year.
const DECEMBER: u8 = 12;

/// The month in which a winter year begins: the survey of who will need aid starts in September (冬春救助工作规程).
const WINTER_BEGINS: u8 = 9;

/// The last month of a winter year: in single-crop areas aid goes on to July, and what was done is reported after it.
const WINTER_ENDS: u8 = 8;

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

/// A calendar month, a calendar year, or the winter year (冬春年度) that begins in September; between 1900 and 9999.
/// Ordered by the year in which it begins, and months among themselves in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    year: u16,
    span: Span,
}

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Span {
    /// 年度: from January to December.
    Year,
    /// 月: from 1 for January to 12.
    Month(u8),
    /// 冬春年度: from September to August of the next year.
    Winter,
}

/// Why a text is not a period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// Neither `2026-10`, `2026` nor `2026-2027`.
    #[error("read {0:?} as a period: write a month as 2026-10, a year as 2026, a winter as 2026-2027")]
    Format(String),
    /// The calendar has no such month or year.
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
        Ok(Self { year, span: Span::Month(month) })
    }

    /// A year of the calendar.
    ///
    /// # Errors
    /// [`PeriodError::Date`] where the year is outside 1900–9999.
    pub fn of_year(year: u16) -> Result<Self, PeriodError> {
        Date::new(year, 1, 1)?;
        Ok(Self { year, span: Span::Year })
    }

    /// The winter year that begins in September of `year`.
    ///
    /// # Errors
    /// [`PeriodError::Date`] where it begins or ends outside 1900–9999.
    pub fn winter(year: u16) -> Result<Self, PeriodError> {
        Date::new(year, WINTER_BEGINS, 1)?;
        Date::new(year.saturating_add(1), WINTER_ENDS, 1)?;
        Ok(Self { year, span: Span::Winter })
    }

    /// The winter year that holds `day`; `None` at the end of the calendar.
    #[must_use]
    pub fn winter_of(day: Date) -> Option<Self> {
        let year = if day.month() >= WINTER_BEGINS { day.year() } else { day.year() - 1 };
        Self::winter(year).ok()
    }

    /// How long it is.
    #[must_use]
    pub const fn span(self) -> Span {
        self.span
    }

    /// The year in which it begins, 1900–9999.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.year
    }

    /// Whether what is counted since January begins anew in it.
    #[must_use]
    pub const fn is_january(self) -> bool {
        matches!(self.span, Span::Month(1))
    }

    /// The month, year or winter before; `None` before the calendar begins.
    #[must_use]
    pub fn previous(self) -> Option<Self> {
        let before = self.year.checked_sub(1)?;
        match self.span {
            Span::Year => Self::of_year(before).ok(),
            Span::Month(1) => Self::new(before, DECEMBER).ok(),
            Span::Month(month) => Self::new(self.year, month - 1).ok(),
            Span::Winter => Self::winter(before).ok(),
        }
    }

    /// The month, year or winter after; `None` after the calendar ends.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        match self.span {
            Span::Year => Self::of_year(self.year + 1).ok(),
            Span::Month(DECEMBER) => Self::new(self.year + 1, 1).ok(),
            Span::Month(month) => Self::new(self.year, month + 1).ok(),
            Span::Winter => Self::winter(self.year + 1).ok(),
        }
    }

    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> Date {
        let month = match self.span {
            Span::Year => 1,
            Span::Month(month) => month,
            Span::Winter => WINTER_BEGINS,
        };
        Date::new(self.year, month, 1).expect("a period is made from the calendar only")
    }

    /// Its last day.
    #[must_use]
    pub fn last_day(self) -> Date {
        let (year, month) = match self.span {
            Span::Year => (self.year, DECEMBER),
            Span::Month(month) => (self.year, month),
            Span::Winter => (self.year + 1, WINTER_ENDS),
        };
        Date::new(year, month, crate::date::days_in(year, month))
            .expect("a period is made from the calendar only")
    }

    /// Its first instant in Asia/Shanghai, milliseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn begins_ms(self) -> i64 {
        self.first_day().days_since_1970() * DAY_MS - ZONE_MS
    }

    /// The first instant after it in Asia/Shanghai, milliseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn ends_ms(self) -> i64 {
        (self.last_day().days_since_1970() + 1) * DAY_MS - ZONE_MS
    }

    /// As an office writes it: 2026年10月, 2026年度, 2026—2027年度冬春.
    #[must_use]
    pub fn zh(self) -> String {
        match self.span {
            Span::Year => format!("{}年度", self.year),
            Span::Month(month) => format!("{}年{month}月", self.year),
            Span::Winter => format!("{}—{}年度冬春", self.year, self.year + 1),
        }
    }

    /// October 2026; year 2026; winter 2026-2027.
    #[must_use]
    pub fn en(self) -> String {
        match self.span {
            Span::Year => format!("year {}", self.year),
            Span::Month(month) => format!("{} {}", MONTHS_EN[usize::from(month) - 1], self.year),
            Span::Winter => format!("winter {self}"),
        }
    }
}

impl Span {
    /// The one before and this one, as a clerk calls them in Chinese: 上月, 本月.
    #[must_use]
    pub const fn before_and_now_zh(self) -> (&'static str, &'static str) {
        match self {
            Self::Year => ("上年", "本年"),
            Self::Month(_) => ("上月", "本月"),
            Self::Winter => ("上年度", "本年度"),
        }
    }

    /// What it is called in English: month, year, winter.
    #[must_use]
    pub const fn en(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month(_) => "month",
            Self::Winter => "winter",
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.span {
            Span::Year => write!(f, "{:04}", self.year),
            Span::Month(month) => write!(f, "{:04}-{month:02}", self.year),
            Span::Winter => write!(f, "{:04}-{:04}", self.year, self.year + 1),
        }
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    /// Reads exactly what `Display` writes. Two digits after the hyphen are a month, four are the second year of a
    /// winter.
    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let wrong = || PeriodError::Format(text.to_owned());
        let (year, rest) = text.split_once('-').map_or((text, None), |(year, rest)| (year, Some(rest)));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if year.len() != 4 || !digits(year) || !digits(rest.unwrap_or_default()) {
            return Err(wrong());
        }
        let year: u16 = year.parse().map_err(|_| wrong())?;
        match rest {
            None => Self::of_year(year),
            Some(month) if month.len() == 2 => Self::new(year, month.parse().map_err(|_| wrong())?),
            Some(second) if second.len() == 4 && second.parse() == Ok(year + 1) => Self::winter(year),
            Some(_) => Err(wrong()),
        }
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
    fn a_period_reads_back_as_written() {
        for text in ["2026-10", "1900-01", "9999-12", "2026", "1900", "2026-2027", "9998-9999"] {
            assert_eq!(period(text).to_string(), text);
        }
        for (text, zh, en) in [
            ("2026-10", "2026年10月", "October 2026"),
            ("2026", "2026年度", "year 2026"),
            ("2026-2027", "2026—2027年度冬春", "winter 2026-2027"),
        ] {
            assert_eq!((period(text).zh(), period(text).en()), (zh.into(), en.into()));
        }
    }

    #[test]
    fn what_is_no_period_is_refused() {
        for text in [
            "",
            "26",
            "2026-1",
            "202610",
            "2026-13",
            "2026-00",
            "1899-12",
            "2026-10-01",
            "+026-10",
            "1899",
            "2026-",
            "2026-2028",
            "2026-2026",
            "9999-10000",
            "1899-1900",
            "2026-202",
        ] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    #[test]
    fn periods_follow_each_other() {
        assert_eq!(period("2026-01").previous(), Some(period("2025-12")));
        assert_eq!(period("2026-12").next(), Some(period("2027-01")));
        assert_eq!((period("1900-01").previous(), period("9999-12").next()), (None, None));
        assert_eq!((period("1900").previous(), period("9999").next()), (None, None));
        assert_eq!(period("2026-2027").previous(), Some(period("2025-2026")));
        assert_eq!(period("9998-9999").next(), None);
        assert!(period("2025-12") < period("2026-01"));
        for text in ["2026-03", "2024-02", "2024", "2026-2027"] {
            assert_eq!(period(text).ends_ms(), period(text).next().unwrap().begins_ms());
        }
        for text in ["9999-12", "9999", "9998-9999"] {
            assert!(period(text).ends_ms() > period(text).begins_ms());
        }
    }

    #[test]
    fn a_winter_runs_from_september_to_august() {
        let days = |text: &str| (period(text).first_day().to_string(), period(text).last_day().to_string());
        assert_eq!(days("2026-2027"), ("2026-09-01".into(), "2027-08-31".into()));
        assert_eq!(days("2026"), ("2026-01-01".into(), "2026-12-31".into()));
        let winter = |day: &str| Period::winter_of(day.parse().unwrap()).map(|of| of.to_string());
        assert_eq!(winter("2026-09-01").as_deref(), Some("2026-2027"));
        assert_eq!(winter("2027-08-31").as_deref(), Some("2026-2027"));
        assert_eq!(winter("1900-01-01"), None);
    }

    #[test]
    fn a_month_begins_at_midnight_of_the_province() {
        // 1969-12-31T16:00Z is midnight in Changchun.
        assert_eq!(period("1970-01").begins_ms(), -8 * 3_600_000);
        assert_eq!(period("2026-10").begins_ms(), 1_790_784_000_000);
        assert_eq!(period("2024-02").ends_ms() - period("2024-02").begins_ms(), 29 * DAY_MS);
    }
}
