//! Adoption: what a division below says of a standard. It has arrived; a value is being prepared; the document is out;
//! the value is in force.

use super::{Fen, Period, StandardCode, is_line};
use crate::{date::Date, division::DivisionCode};

/// Divisions that one adoption covers: every county and zone of the largest province.
pub const COVERS_MAX: usize = 256;

/// A value that was put in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// For one person and `period`.
    pub value: Fen,
    /// What the value is for. It may differ from the standard's: yearly amounts are compared.
    pub period: Period,
    /// First day it holds.
    pub from: Date,
    /// Number of the setter's document (文号).
    pub document: String,
    /// Last year's income, for a year, by which a formula is judged; `None`: not stated.
    pub income: Option<Fen>,
}

/// How far the division has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// 已收到: the station holds the standard. Its own machine says so, nobody need type it.
    Seen,
    /// 准备提标: a value is being prepared.
    Preparing {
        /// By which day it is to be in force.
        until: Date,
    },
    /// 已发文: the document is out; the value is stated when it takes effect.
    Issued {
        /// Its number.
        document: String,
        /// Its date.
        date: Date,
    },
    /// 已执行: the value holds, from its day on.
    InForce(Setting),
}

impl Step {
    /// The frozen number of the step in signed bytes.
    #[must_use]
    pub const fn number(&self) -> u8 {
        match self {
            Self::Seen => 1,
            Self::Preparing { .. } => 2,
            Self::Issued { .. } => 3,
            Self::InForce(_) => 4,
        }
    }
}

/// What one division says of one standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adoption {
    /// Of which standard.
    pub standard: StandardCode,
    /// The version that it follows, or that was seen.
    pub version: u32,
    /// Who says so; for a value, who sets it.
    pub setter: DivisionCode,
    /// Rises with every word of this setter on this standard; the greatest is its last word. 0 where it is only seen.
    pub number: u32,
    /// The [places](super::is_place) for which it holds: rising, each once. None where it is only seen.
    pub covers: Vec<DivisionCode>,
    /// The value held before it was entered here; without this word a day that is past is refused.
    pub recorded_late: bool,
    /// How far.
    pub step: Step,
}

/// Why an adoption says nothing that could be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdoptionError {
    /// No place, too many, or out of order; or places where a standard is only seen.
    #[error(
        "take what the adoption covers: 1 to {COVERS_MAX} places in rising order, none where it is only seen"
    )]
    Covers,
    /// A value or income that cannot be.
    #[error("take the amounts of the adoption: they are above zero and at most 100 million yuan")]
    Amount,
    /// The document number is empty, too long or not printable.
    #[error("take the document number of the adoption: it is empty, too long or not printable")]
    Document,
}

impl Adoption {
    /// Whether it holds together by itself.
    ///
    /// # Errors
    /// The first thing that does not.
    pub fn check(&self) -> Result<(), AdoptionError> {
        let rising = self.covers.is_sorted_by(|a, b| a < b);
        let seen = self.step == Step::Seen;
        if !rising || self.covers.is_empty() != seen || self.covers.len() > COVERS_MAX {
            return Err(AdoptionError::Covers);
        }
        match &self.step {
            Step::Seen | Step::Preparing { .. } => Ok(()),
            Step::Issued { document, .. } if is_line(document) => Ok(()),
            Step::Issued { .. } => Err(AdoptionError::Document),
            Step::InForce(setting) => setting.check(),
        }
    }

    /// The value, where one is stated.
    #[must_use]
    pub const fn setting(&self) -> Option<&Setting> {
        match &self.step {
            Step::InForce(setting) => Some(setting),
            _ => None,
        }
    }
}

impl Setting {
    fn check(&self) -> Result<(), AdoptionError> {
        if !self.value.is_amount() || !self.income.is_none_or(Fen::is_amount) {
            return Err(AdoptionError::Amount);
        }
        if is_line(&self.document) { Ok(()) } else { Err(AdoptionError::Document) }
    }
}
