//! What the reports of a form are about.

use crate::{
    period::{Period, Span},
    subject::Subject,
};

/// How many years back base figures still serve as a yardstick: those of last year arrive in spring, and one office may
/// have skipped a year.
const YEARS_BACK: u16 = 2;

/// What the reports of a form are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum About {
    /// A disaster event, in a chain of reports while it lasts.
    Event,
    /// A calendar month, in one report that may be corrected.
    Month,
    /// A calendar year, likewise.
    Year,
    /// A winter year from September to August, likewise: needs in autumn, what was done afterwards.
    Winter,
}

impl About {
    /// Whether a report of the form may be about `subject`.
    #[must_use]
    pub const fn takes(self, subject: &Subject) -> bool {
        match subject {
            Subject::Event(_) => matches!(self, Self::Event),
            Subject::Period(period) => self.takes_period(*period),
        }
    }

    /// Whether a report of the form may be about `period`.
    #[must_use]
    pub const fn takes_period(self, period: Period) -> bool {
        match (self, period.span()) {
            (Self::Month, Span::Month(_)) | (Self::Year, Span::Year) | (Self::Winter, Span::Winter) => true,
            (Self::Event | Self::Month | Self::Year | Self::Winter, _) => false,
        }
    }

    /// Where a report on `subject` looks for a report of such a form beside it, the best first: the same event, the year
    /// of its day or one of the two before, the winter that holds its day.
    #[must_use]
    pub fn beside(self, subject: &Subject) -> Vec<Subject> {
        if self.takes(subject) {
            return vec![*subject];
        }
        let day = subject.first_day();
        let years = || (0..=YEARS_BACK).filter_map(|back| Period::of_year(day.year() - back).ok());
        match self {
            Self::Year => years().map(Subject::from).collect(),
            Self::Winter => Period::winter_of(day).map(Subject::from).into_iter().collect(),
            Self::Month => Period::new(day.year(), day.month()).map(Subject::from).into_iter().collect(),
            Self::Event => Vec::new(),
        }
    }

    /// How an office says it: 按灾害事件, 按月.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Event => "按灾害事件",
            Self::Month => "按月",
            Self::Year => "按年度",
            Self::Winter => "按冬春年度",
        }
    }

    /// With its article: an event, a month.
    #[must_use]
    pub const fn en(self) -> &'static str {
        match self {
            Self::Event => "an event",
            Self::Month => "a month",
            Self::Year => "a year",
            Self::Winter => "a winter",
        }
    }

    /// How such a subject is written.
    #[must_use]
    pub const fn example(self) -> &'static str {
        match self {
            Self::Event => "20260720-220221-flood",
            Self::Month => "2026-10",
            Self::Year => "2026",
            Self::Winter => "2026-2027",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [About; 4] = [About::Event, About::Month, About::Year, About::Winter];

    #[test]
    fn each_takes_its_own_example_only() {
        for about in ALL {
            let taken: Vec<About> =
                ALL.into_iter().filter(|other| about.takes(&other.example().parse().unwrap())).collect();
            assert_eq!(taken, [about]);
        }
    }

    #[test]
    fn a_report_beside_is_looked_for_where_it_belongs() {
        let beside = |about: About, subject: &str| {
            let found = about.beside(&subject.parse().unwrap());
            found.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(beside(About::Event, "20260720-220221-flood"), ["20260720-220221-flood"]);
        assert_eq!(beside(About::Year, "20260720-220221-flood"), ["2026", "2025", "2024"]);
        assert_eq!(beside(About::Winter, "2027-01"), ["2026-2027"]);
        assert_eq!(beside(About::Event, "2027-01"), [""; 0]);
        assert_eq!(beside(About::Year, "19000101-220221-flood"), ["1900"]);
    }
}
