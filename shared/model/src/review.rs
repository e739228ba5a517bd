//! Review (审核): an office's word on a report from below. It accepts, returns with a reason per cell, or corrects the
//! time or kind of the disaster; it never alters what the division signed.

use std::collections::BTreeMap;

use crate::kind::DisasterKind;

/// Cells that one review may return: more is a report to be made anew.
pub const CELLS_MAX: usize = 64;

/// Characters of the reason for one cell: a sentence that a clerk reads in a table.
pub const REASON_CHARS_MAX: usize = 200;

/// Stands for the report as a whole among the cells of a [`Verdict::Return`]; no indicator has this id.
pub const WHOLE_REPORT: u32 = 0;

/// Exactly one revision of one report, whatever log it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Citation {
    /// The report id.
    pub report: [u8; 16],
    /// Which revision.
    pub revision: u32,
    /// Hash of its body.
    pub body: [u8; 32],
}

/// One word of a reviewing office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// What it is about.
    pub cites: Citation,
    /// Rises with every word of this office on this report, its other revisions included.
    pub number: u32,
    /// What it says.
    pub verdict: Verdict,
}

/// What a review says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// 通过: the revision counts among the reviewed.
    Accept,
    /// 退回: the next revision is to correct these cells.
    Return(
        /// By indicator id, or [`WHOLE_REPORT`]: why, in Chinese.
        BTreeMap<u32, String>,
    ),
    /// 勘误: the time or kind of the disaster was another. The figures stay as they were signed.
    Correct(Correction),
    /// 撤销: takes back an earlier review of the same office.
    Undo {
        /// Hash of the body of the review that is taken back.
        review: [u8; 32],
    },
}

/// What a review corrects; at least one of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Correction {
    /// When the disaster began, milliseconds since 1970-01-01 UTC.
    pub occurred_ms: Option<i64>,
    /// What kind it was.
    pub kind: Option<DisasterKind>,
}

/// Why a review says nothing that could be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// A return must name what is wrong.
    #[error("return a report for {0} cells: name 1 to {CELLS_MAX}")]
    Cells(usize),
    /// A reason is empty, too long or not printable.
    #[error(
        "take the reason for field {0}: it is empty, longer than {REASON_CHARS_MAX} characters or not printable"
    )]
    Reason(u32),
    /// Neither time nor kind.
    #[error("correct a report: neither time nor kind is named")]
    Nothing,
}

impl Review {
    /// Whether it holds together by itself.
    ///
    /// # Errors
    /// The first thing that does not.
    pub fn check(&self) -> Result<(), ReviewError> {
        match &self.verdict {
            Verdict::Return(cells) => check_cells(cells),
            Verdict::Correct(Correction { occurred_ms: None, kind: None }) => Err(ReviewError::Nothing),
            Verdict::Accept | Verdict::Correct(_) | Verdict::Undo { .. } => Ok(()),
        }
    }
}

fn check_cells(cells: &BTreeMap<u32, String>) -> Result<(), ReviewError> {
    if cells.is_empty() || cells.len() > CELLS_MAX {
        return Err(ReviewError::Cells(cells.len()));
    }
    let sound = |reason: &str| {
        !reason.trim().is_empty()
            && reason.chars().count() <= REASON_CHARS_MAX
            && !reason.chars().any(char::is_control)
    };
    match cells.iter().find(|(_, reason)| !sound(reason)) {
        Some((id, _)) => Err(ReviewError::Reason(*id)),
        None => Ok(()),
    }
}

impl Verdict {
    /// The frozen number in signed bytes.
    #[must_use]
    pub const fn number(&self) -> u8 {
        match self {
            Self::Accept => 1,
            Self::Return(_) => 2,
            Self::Correct(_) => 3,
            Self::Undo { .. } => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn review(verdict: Verdict) -> Review {
        let cites = Citation { report: [1; 16], revision: 2, body: [3; 32] };
        Review { cites, number: 1, verdict }
    }

    fn returned(cells: &[(u32, &str)]) -> Result<(), ReviewError> {
        let cells = cells.iter().map(|(id, reason)| (*id, (*reason).to_owned())).collect();
        review(Verdict::Return(cells)).check()
    }

    #[test]
    fn a_return_names_cells_and_reasons() {
        assert_eq!(returned(&[(1010, "与灾民台账不符"), (WHOLE_REPORT, "请补充文字说明")]), Ok(()));
        assert_eq!(returned(&[]), Err(ReviewError::Cells(0)));
        let long = "长".repeat(REASON_CHARS_MAX + 1);
        for reason in ["", "  ", "\u{7}", long.as_str()] {
            assert_eq!(returned(&[(1010, reason)]), Err(ReviewError::Reason(1010)), "{reason:?}");
        }
        let many: Vec<(u32, &str)> = (0..=CELLS_MAX as u32).map(|id| (id, "不符")).collect();
        assert_eq!(returned(&many), Err(ReviewError::Cells(CELLS_MAX + 1)));
    }

    #[test]
    fn a_correction_corrects_something() {
        let correct = |correction| review(Verdict::Correct(correction)).check();
        assert_eq!(correct(Correction::default()), Err(ReviewError::Nothing));
        assert_eq!(correct(Correction { occurred_ms: Some(0), kind: None }), Ok(()));
    }
}
