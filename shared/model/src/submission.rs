//! Submission (上报): a county's or city's signed statement to the level above. Which revisions it counts, whom it leaves
//! out and why, and what that adds up to.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    division::DivisionCode,
    report::Stage,
    rollup::{Rollup, Total},
    subject::Subject,
};

/// One revision that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cited {
    /// Whose figures.
    pub division: DivisionCode,
    /// Which revision.
    pub revision: u32,
    /// Hash of its body.
    pub body: [u8; 32],
    /// 代报: the division that filed it in place of `division`. `None`: its own.
    pub filed_by: Option<DivisionCode>,
}

/// Why a division that owes the form is not counted, with the frozen number in signed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Absence {
    /// 缺报: nothing that counts has come.
    Missing = 1,
    /// 待审: its report has not been reviewed yet.
    Waiting = 2,
    /// 退回: its report was returned and not corrected yet.
    Returned = 3,
}

impl Absence {
    /// All, by number.
    pub const ALL: [Self; 3] = [Self::Missing, Self::Waiting, Self::Returned];

    /// As an office says it.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Missing => "缺报",
            Self::Waiting => "待审",
            Self::Returned => "退回",
        }
    }

    /// The one of that number.
    #[must_use]
    pub fn of_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|absence| *absence as u8 == number)
    }
}

/// One total as it is submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// In the smallest unit; `None`: all that is known is that there is some.
    pub value: Option<i64>,
    /// The true total may be greater.
    pub at_least: bool,
}

/// A statement upward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// By which form.
    pub form: u32,
    /// By which version of the catalogue its totals are made; 0: the one that is compiled in.
    pub catalogue: u32,
    /// Whose statement.
    pub division: DivisionCode,
    /// On what.
    pub subject: Subject,
    /// 1 for the first on this subject; each later one replaces those before.
    pub number: u32,
    /// For an event: 初报, 续报 or 核报 of this level. `None` for a month.
    pub stage: Option<Stage>,
    /// Hash of the body of the one before.
    pub follows: Option<[u8; 32]>,
    /// 演练: adds up drills.
    pub drill: bool,
    /// What is counted, in order, each division once.
    pub counted: Vec<Cited>,
    /// Who owes the form and is not counted.
    pub left_out: BTreeMap<DivisionCode, Absence>,
    /// By indicator id: every total that anybody stated anything for.
    pub totals: BTreeMap<u32, Cell>,
}

/// Why a submission contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmissionError {
    /// Out of order, or a division counted twice.
    #[error("take the counted reports: each division once, in rising order")]
    Counted,
    /// Both counted and left out.
    #[error("take division {0}: it is counted and left out")]
    Both(DivisionCode),
    /// Numbers begin with 1, and the first follows none.
    #[error(
        "take submission {0}: the first has number 1 and follows none, each later one names the one before"
    )]
    Number(u32),
    /// An event has stages, a month has none.
    #[error("take the stage of the submission: an event has one, a month has none")]
    Stage,
}

impl Submission {
    /// Whether it holds together by itself.
    ///
    /// # Errors
    /// The first thing that does not.
    pub fn check(&self) -> Result<(), SubmissionError> {
        if self.number == 0 || (self.number == 1) != self.follows.is_none() {
            return Err(SubmissionError::Number(self.number));
        }
        if self.stage.is_some() != self.subject.event().is_some() {
            return Err(SubmissionError::Stage);
        }
        if !self.counted.is_sorted_by(|a, b| a.division < b.division) {
            return Err(SubmissionError::Counted);
        }
        match self.counted.iter().find(|cited| self.left_out.contains_key(&cited.division)) {
            Some(cited) => Err(SubmissionError::Both(cited.division)),
            None => Ok(()),
        }
    }

    /// How many are counted as 本报, as 代报, and left out for each reason.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        let proxies = self.counted.iter().filter(|cited| cited.filed_by.is_some()).count();
        let absent = |of| self.left_out.values().filter(|absence| **absence == of).count();
        Coverage {
            own: self.counted.len() - proxies,
            proxies,
            missing: absent(Absence::Missing),
            waiting: absent(Absence::Waiting),
            returned: absent(Absence::Returned),
        }
    }

    /// What this one changes of the totals of `before`, by indicator id.
    #[must_use]
    pub fn changes(&self, before: &Self) -> BTreeMap<u32, Change> {
        let ids: BTreeSet<u32> = before.totals.keys().chain(self.totals.keys()).copied().collect();
        let change = |id: u32| {
            let change =
                Change { before: before.totals.get(&id).copied(), after: self.totals.get(&id).copied() };
            (change.before != change.after).then_some((id, change))
        };
        ids.into_iter().filter_map(change).collect()
    }
}

/// Who is counted, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Coverage {
    /// 本报: by the division itself.
    pub own: usize,
    /// 代报: filed for it.
    pub proxies: usize,
    /// 缺报.
    pub missing: usize,
    /// 待审.
    pub waiting: usize,
    /// 退回.
    pub returned: usize,
}

impl Coverage {
    /// As an office writes it: `7 本报，1 代报，1 缺报`. What there is none of is left out, but 本报 always stands.
    #[must_use]
    pub fn zh(&self) -> String {
        let parts = [
            (self.own, "本报", true),
            (self.proxies, "代报", false),
            (self.missing, "缺报", false),
            (self.waiting, "待审", false),
            (self.returned, "退回", false),
        ];
        let part = |(count, word, always): (usize, &str, bool)| {
            (always || count > 0).then(|| format!("{count} {word}"))
        };
        parts.into_iter().filter_map(part).collect::<Vec<_>>().join("，")
    }
}

/// One total before and after; `None`: nobody stated anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// As submitted before.
    pub before: Option<Cell>,
    /// As submitted now.
    pub after: Option<Cell>,
}

/// The totals of a fold as they are submitted.
#[must_use]
pub fn cells(rollup: &Rollup) -> BTreeMap<u32, Cell> {
    let stated = rollup.figures.iter().filter(|(_, total)| total.counted > 0 || total.some > 0);
    stated.map(|(id, total)| (*id, Cell::from(total))).collect()
}

impl From<&Total> for Cell {
    fn from(total: &Total) -> Self {
        Self { value: (total.counted > 0).then_some(total.value), at_least: total.at_least }
    }
}

impl Cell {
    /// As people read it, without the unit.
    #[must_use]
    pub fn format(&self, indicator: &crate::form::Indicator) -> String {
        use crate::figure::Figure;
        match (self.value, self.at_least) {
            (None | Some(0), true) => indicator.format(Figure::Some),
            (None, false) => indicator.format(Figure::Blank),
            (Some(value), true) => format!("≥{}", indicator.format(Figure::Number(value))),
            (Some(value), false) => indicator.format(Figure::Number(value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> DivisionCode {
        text.parse().unwrap()
    }

    fn cited(division: &str) -> Cited {
        Cited { division: code(division), revision: 0, body: [1; 32], filed_by: None }
    }

    fn submission() -> Submission {
        let cell = |value| Cell { value: Some(value), at_least: false };
        Submission {
            form: 1,
            catalogue: 0,
            division: code("220221"),
            subject: "20261121-220221-flood".parse().unwrap(),
            number: 1,
            stage: Some(Stage::Initial),
            follows: None,
            drill: false,
            counted: vec![cited("220221100"), cited("220221101")],
            left_out: [(code("220221102"), Absence::Missing), (code("220221103"), Absence::Returned)].into(),
            totals: [(1010, cell(5)), (1011, cell(0))].into(),
        }
    }

    #[test]
    fn coverage_reads_as_an_office_writes_it() {
        let mut submission = submission();
        assert_eq!(submission.coverage().zh(), "2 本报，1 缺报，1 退回");
        submission.counted[1].filed_by = Some(code("220221"));
        submission.left_out.clear();
        assert_eq!(submission.coverage().zh(), "1 本报，1 代报");
        submission.counted.clear();
        assert_eq!(submission.coverage().zh(), "0 本报");
    }

    #[test]
    fn changes_are_named_by_cell() {
        let before = submission();
        let mut after = Submission { number: 2, follows: Some([9; 32]), ..submission() };
        assert_eq!(after.changes(&before), BTreeMap::new());
        after.totals.insert(1010, Cell { value: Some(5), at_least: true });
        after.totals.remove(&1011);
        after.totals.insert(1012, Cell { value: Some(1), at_least: false });
        assert_eq!(after.changes(&before).into_keys().collect::<Vec<_>>(), [1010, 1011, 1012]);
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        assert_eq!(submission().check(), Ok(()));
        let twice = Submission { counted: vec![cited("220221100"); 2], ..submission() };
        assert_eq!(twice.check(), Err(SubmissionError::Counted));
        let both = Submission { counted: vec![cited("220221102")], ..submission() };
        assert_eq!(both.check(), Err(SubmissionError::Both(code("220221102"))));
        for (number, follows) in [(0, None), (2, None), (1, Some([1; 32]))] {
            let wrong = Submission { number, follows, ..submission() };
            assert_eq!(wrong.check(), Err(SubmissionError::Number(number)));
        }
        assert_eq!(Submission { stage: None, ..submission() }.check(), Err(SubmissionError::Stage));
    }
}
