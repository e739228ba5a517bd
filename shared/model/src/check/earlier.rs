//! The earlier reports that a report goes on from.

use crate::report::Report;

/// What this machine holds of the earlier reports that a report names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Earlier<'a> {
    /// The report whose envelope [`Report::follows`] names; `None` where there is none or this machine does not have
    /// it: then what compares the two is not judged.
    pub followed: Option<&'a Report>,
    /// The report whose envelope [`Report::month_before`] names.
    pub month_before: MonthBefore<'a>,
}

/// The report on the month before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MonthBefore<'a> {
    /// The report names none.
    #[default]
    None,
    /// It names one that this machine does not have: what compares the two waits for it.
    Waiting,
    /// Here it is.
    Held(&'a Report),
}

impl<'a> Earlier<'a> {
    /// Nothing earlier: the first report on an event, or on the first month.
    pub const NOTHING: Self = Self { followed: None, month_before: MonthBefore::None };

    /// After this revision of the same report.
    #[must_use]
    pub const fn followed(report: Option<&'a Report>) -> Self {
        Self { followed: report, month_before: MonthBefore::None }
    }
}
