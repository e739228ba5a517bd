//! The reports that a report is compared with: those it goes on from, and those of other forms beside it.

use crate::{
    report::Report,
    standard::{Fen, StandardCode},
};

/// What this machine holds of the reports that a report is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Earlier<'a> {
    /// The report whose envelope [`Report::follows`] names; `None` where there is none or this machine does not have
    /// it: then what compares the two is not judged.
    pub followed: Option<&'a Report>,
    /// The report whose envelope [`Report::month_before`] names.
    pub month_before: MonthBefore<'a>,
    /// Standing reports of the same division by other forms, on what [`crate::About::beside`] says: at most one of each form.
    pub beside: &'a [Report],
    /// Floors that were in force where the division lies on the last day of the period: at most one of each standard.
    pub floors: &'a [Floor],
}

/// What a standard in force asks for at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Floor {
    /// Which standard.
    pub standard: StandardCode,
    /// Which version of it.
    pub version: u32,
    /// For one person and a month.
    pub month: Fen,
    /// Number of the document.
    pub document: String,
}

/// The report on the month before; of a year or a winter, that on the one before.
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
    pub const NOTHING: Self =
        Self { followed: None, month_before: MonthBefore::None, beside: &[], floors: &[] };

    /// After this revision of the same report.
    #[must_use]
    pub const fn followed(report: Option<&'a Report>) -> Self {
        Self { followed: report, ..Self::NOTHING }
    }
}
