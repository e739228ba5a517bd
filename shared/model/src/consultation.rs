//! Consultation (会商核定): offices that have counted the same thing sit down together. An own total as it stood at one
//! moment, the figure of the other office, and the one that both agree on; a difference is explained.

use crate::{
    division::DivisionCode,
    figure::FIGURE_MAX,
    subject::Subject,
    submission::{Cell, Cited},
};

/// Characters of the name of an office: 农业农村, 住房和城乡建设.
pub const OFFICE_CHARS_MAX: usize = 20;

/// Characters of an explanation.
pub const REASON_CHARS_MAX: usize = 500;

/// One record on one figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consultation {
    /// By which form the own total was made.
    pub form: u32,
    /// Whose record, and whose total.
    pub division: DivisionCode,
    /// On what.
    pub subject: Subject,
    /// 1 for the first of this office on this subject. Of several on one figure with one other office the greatest is the last
    /// word.
    pub number: u32,
    /// Which figure.
    pub indicator: u32,
    /// The moment at which the own total stood so, milliseconds since 1970-01-01 UTC.
    pub as_of_ms: i64,
    /// The own total.
    pub own: Cell,
    /// The reports that it was made from, in order, each division once.
    pub counted: Vec<Cited>,
    /// The other office.
    pub office: String,
    /// Its figure, in the smallest unit.
    pub theirs: i64,
    /// The one that both agree on.
    pub agreed: i64,
    /// Why the figures differ; there wherever any two of the three do.
    pub reason: Option<String>,
}

/// Why a record cannot be taken as one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsultationError {
    /// Numbers begin with 1.
    #[error("take number 0: the first record has number 1")]
    Number,
    /// Out of order, or a division counted twice.
    #[error("take the counted reports: each division once, in rising order")]
    Counted,
    /// No name of an office.
    #[error("take {0:?} as an office: 1 to {OFFICE_CHARS_MAX} characters of one line")]
    Office(String),
    /// Below zero or beyond what a figure may be.
    #[error("take {0} as a figure")]
    Figure(i64),
    /// A difference without a word on it.
    #[error("take figures that differ without a reason")]
    NoReason,
    /// Too long, or empty.
    #[error("keep a reason of {0} characters: 1 to {REASON_CHARS_MAX} are allowed")]
    Reason(usize),
}

impl Consultation {
    /// Whether it holds together by itself.
    ///
    /// # Errors
    /// The first thing that does not.
    pub fn check(&self) -> Result<(), ConsultationError> {
        if self.number == 0 {
            return Err(ConsultationError::Number);
        }
        if !self.counted.is_sorted_by(|a, b| a.division < b.division) {
            return Err(ConsultationError::Counted);
        }
        let chars = self.office.chars().count();
        let line = !self.office.trim().is_empty() && !self.office.chars().any(char::is_control);
        if !(1..=OFFICE_CHARS_MAX).contains(&chars) || !line {
            return Err(ConsultationError::Office(self.office.clone()));
        }
        if let Some(wrong) = [self.theirs, self.agreed].into_iter().find(|of| !(0..=FIGURE_MAX).contains(of))
        {
            return Err(ConsultationError::Figure(wrong));
        }
        match &self.reason {
            None if self.differs() => Err(ConsultationError::NoReason),
            None => Ok(()),
            Some(text) => match text.chars().count() {
                1..=REASON_CHARS_MAX => Ok(()),
                chars => Err(ConsultationError::Reason(chars)),
            },
        }
    }

    /// Whether the three figures are not one.
    #[must_use]
    pub fn differs(&self) -> bool {
        let own = Cell { value: Some(self.theirs), at_least: false };
        self.own != own || self.theirs != self.agreed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consultation() -> Consultation {
        Consultation {
            form: 1,
            division: "220221".parse().unwrap(),
            subject: "20261121-220221-flood".parse().unwrap(),
            number: 1,
            indicator: 1050,
            as_of_ms: 5,
            own: Cell { value: Some(1_250), at_least: false },
            counted: vec![],
            office: "农业农村".into(),
            theirs: 1_300,
            agreed: 1_300,
            reason: Some("农业部门另计国有农场".into()),
        }
    }

    #[test]
    fn a_difference_needs_a_reason() {
        assert_eq!(consultation().check(), Ok(()));
        let silent = Consultation { reason: None, ..consultation() };
        assert_eq!(silent.check(), Err(ConsultationError::NoReason));
        let same = Consultation { own: Cell { value: Some(1_300), at_least: false }, ..silent.clone() };
        assert_eq!((same.differs(), same.check()), (false, Ok(())));
        let at_least = Consultation { own: Cell { value: Some(1_300), at_least: true }, ..silent };
        assert_eq!(at_least.check(), Err(ConsultationError::NoReason), "somebody has not counted");
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let of = |change: fn(&mut Consultation)| {
            let mut of = consultation();
            change(&mut of);
            of.check()
        };
        assert_eq!(of(|of| of.number = 0), Err(ConsultationError::Number));
        assert_eq!(of(|of| of.theirs = -1), Err(ConsultationError::Figure(-1)));
        assert_eq!(of(|of| of.agreed = FIGURE_MAX + 1), Err(ConsultationError::Figure(FIGURE_MAX + 1)));
        assert_eq!(of(|of| of.office = " ".into()), Err(ConsultationError::Office(" ".into())));
        assert_eq!(of(|of| of.reason = Some(String::new())), Err(ConsultationError::Reason(0)));
        let twice = |of: &mut Consultation| {
            let cited = Cited { division: of.division, revision: 0, body: [0; 32], filed_by: None };
            of.counted = vec![cited; 2];
        };
        assert_eq!(of(twice), Err(ConsultationError::Counted));
    }
}
