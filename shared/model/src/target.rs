//! Targets (目标): what a level wants the divisions below it to reach, by form, indicator and period. They come down, and
//! stand beside what was reported.

mod read;

use std::collections::BTreeMap;

pub use read::{TargetFault, TargetFileError, read};

use crate::{
    directory::Directory,
    division::DivisionCode,
    figure::FIGURE_MAX,
    form::{Answer, Form},
    subject::Subject,
    submission::Cell,
};

/// Values of one entry: three indicators for every township of the province. With it the entry stays below the bound of an
/// ordinary body.
pub const VALUES_MAX: usize = 1_200;

/// Characters of the number of a document.
pub const DOCUMENT_CHARS_MAX: usize = 40;

/// The targets that one document sets for one form and period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Targets {
    /// Of which form.
    pub form: u32,
    /// Who sets them.
    pub division: DivisionCode,
    /// For which period, or event.
    pub subject: Subject,
    /// 1 for the first of this office on this subject. What a later one sets replaces what an earlier one has set for the
    /// same division and indicator; the rest stands.
    pub number: u32,
    /// 文号.
    pub document: String,
    /// By division and indicator, in the smallest unit.
    pub values: BTreeMap<(DivisionCode, u32), i64>,
}

/// Why targets cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetsError {
    /// Numbers begin with 1.
    #[error("take number 0: the first targets have number 1")]
    Number,
    /// None, or too many.
    #[error("take {0} values: 1 to {VALUES_MAX} are allowed")]
    Values(usize),
    /// No number of a document.
    #[error("take {0:?} as the number of a document: 1 to {DOCUMENT_CHARS_MAX} characters of one line")]
    Document(String),
    /// Below zero or beyond what a figure may be.
    #[error("take {0} as a value")]
    Value(i64),
    /// For a division that is not below the one that sets it, nor itself.
    #[error("set a target for {0}: it is not within the division that sets it")]
    Outside(DivisionCode),
    /// For an indicator that the form does not have, or that is no number.
    #[error("set a target for indicator {0}: the form has no such number")]
    Indicator(u32),
}

impl Targets {
    /// Whether they hold together by themselves.
    ///
    /// # Errors
    /// The first thing that does not.
    pub fn check(&self) -> Result<(), TargetsError> {
        if self.number == 0 {
            return Err(TargetsError::Number);
        }
        if self.values.is_empty() || self.values.len() > VALUES_MAX {
            return Err(TargetsError::Values(self.values.len()));
        }
        let chars = self.document.chars().count();
        let line = !self.document.trim().is_empty() && !self.document.chars().any(char::is_control);
        if !(1..=DOCUMENT_CHARS_MAX).contains(&chars) || !line {
            return Err(TargetsError::Document(self.document.clone()));
        }
        let wrong = self.values.values().find(|value| !(0..=FIGURE_MAX).contains(*value));
        wrong.map_or(Ok(()), |value| Err(TargetsError::Value(*value)))
    }

    /// Whether they are for divisions and indicators that there are.
    ///
    /// # Errors
    /// The first that is not.
    pub fn check_scope(&self, form: &Form, directory: &Directory) -> Result<(), TargetsError> {
        for (division, indicator) in self.values.keys() {
            if !directory.is_within(*division, self.division) {
                return Err(TargetsError::Outside(*division));
            }
            let number = form.by_id(*indicator).is_some_and(|of| of.answer == Answer::Number);
            if !number {
                return Err(TargetsError::Indicator(*indicator));
            }
        }
        Ok(())
    }
}

/// A target that is in force, and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InForce<'t> {
    /// In the smallest unit.
    pub value: i64,
    /// What set it.
    pub targets: &'t Targets,
}

/// The targets in force for one division, by indicator: of several the word of the highest level counts, and of one office the
/// one with the greatest number.
#[must_use]
pub fn in_force<'t>(
    directory: &Directory,
    all: impl IntoIterator<Item = &'t Targets>,
    division: DivisionCode,
) -> BTreeMap<u32, InForce<'t>> {
    let rank = |targets: &Targets| {
        let level = directory.get(targets.division).map(|row| row.level);
        (level, std::cmp::Reverse(targets.division), targets.number)
    };
    let mut found: BTreeMap<u32, InForce<'t>> = BTreeMap::new();
    for targets in all {
        for ((_, indicator), value) in targets.values.iter().filter(|((of, _), _)| *of == division) {
            let new = InForce { value: *value, targets };
            let held = found.entry(*indicator).or_insert(new);
            if rank(targets) > rank(held.targets) {
                *held = new;
            }
        }
    }
    found
}

/// How much of a target is reached, in thousandths, rounded down; `None` where nothing was reported or the target is nothing.
/// Where the total is "at least", so is this.
#[must_use]
pub fn reached_permille(actual: Cell, target: i64) -> Option<i64> {
    let actual = i128::from(actual.value?);
    let permille = (actual * 1_000).checked_div(i128::from(target))?;
    i64::try_from(permille).ok()
}

#[cfg(test)]
mod tests;
