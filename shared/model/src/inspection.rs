//! Inspection (核查): an office goes to places, counts, and signs what it found beside what was reported. It changes no
//! report; whoever reported wrongly corrects it.

use crate::{date::Date, division::DivisionCode, figure::Figure, site::SITE_CHARS_MAX, subject::Subject};

/// Figures of one record: twenty places with ten figures each.
pub const SAMPLES_MAX: usize = 200;

/// Characters of a finding in words.
pub const FINDING_CHARS_MAX: usize = 500;

/// One figure of one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Whose report was looked at.
    pub division: DivisionCode,
    /// In one village of it; `None`: the division as a whole.
    pub village: Option<String>,
    /// Which figure.
    pub indicator: u32,
    /// As reported; blank where nothing was.
    pub reported: Figure,
    /// As counted on the ground, in the smallest unit.
    pub found: Figure,
    /// Hash of the body of the report; `None` exactly where there is none.
    pub report: Option<[u8; 32]>,
}

impl Sample {
    fn place(&self) -> (DivisionCode, Option<&str>, u32) {
        (self.division, self.village.as_deref(), self.indicator)
    }

    /// What was found less what was reported; `None` where one of them is no number.
    #[must_use]
    pub fn difference(&self) -> Option<i64> {
        Some(self.found.number()?.saturating_sub(self.reported.number()?))
    }
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// By which form the figures were reported.
    pub form: u32,
    /// Whose record.
    pub division: DivisionCode,
    /// On what.
    pub subject: Subject,
    /// 1 for the first of this office on this subject. Each stands by itself.
    pub number: u32,
    /// When the office was there.
    pub date: Date,
    /// What was counted, rising by division, village and indicator.
    pub samples: Vec<Sample>,
    /// The finding in words.
    pub finding: Option<String>,
}

/// Why a record cannot be taken as one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InspectionError {
    /// Numbers begin with 1.
    #[error("take number 0: the first record has number 1")]
    Number,
    /// It names no place, or too many.
    #[error("take {0} figures: 1 to {SAMPLES_MAX} are allowed")]
    Samples(usize),
    /// Out of order, or one place and figure twice.
    #[error("take the places of the inspection: each figure of a place once, in rising order")]
    Order,
    /// A place with a name that is no line of text.
    #[error("take {0:?} as a village")]
    Village(String),
    /// A figure that nobody counted, or that cites a report that states nothing.
    #[error(
        "take indicator {1} of {0}: what was found must be stated, and what was reported needs its report"
    )]
    Sample(DivisionCode, u32),
    /// Too long.
    #[error("keep a finding of {0} characters: {FINDING_CHARS_MAX} are allowed")]
    Finding(usize),
}

impl Inspection {
    /// Whether it holds together by itself.
    ///
    /// # Errors
    /// The first thing that does not.
    pub fn check(&self) -> Result<(), InspectionError> {
        if self.number == 0 {
            return Err(InspectionError::Number);
        }
        if self.samples.is_empty() || self.samples.len() > SAMPLES_MAX {
            return Err(InspectionError::Samples(self.samples.len()));
        }
        if !self.samples.is_sorted_by(|a, b| a.place() < b.place()) {
            return Err(InspectionError::Order);
        }
        for sample in &self.samples {
            if let Some(village) = sample.village.as_ref().filter(|village| !is_line(village)) {
                return Err(InspectionError::Village(village.clone()));
            }
            let uncited = sample.report.is_none() && !sample.reported.is_blank();
            if sample.found.is_blank() || uncited {
                return Err(InspectionError::Sample(sample.division, sample.indicator));
            }
        }
        let chars = self.finding.as_deref().unwrap_or_default().chars().count();
        if chars > FINDING_CHARS_MAX { Err(InspectionError::Finding(chars)) } else { Ok(()) }
    }
}

fn is_line(text: &str) -> bool {
    let chars = text.chars().count();
    (1..=SITE_CHARS_MAX).contains(&chars) && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(division: &str, village: Option<&str>, found: Figure) -> Sample {
        Sample {
            division: division.parse().unwrap(),
            village: village.map(str::to_owned),
            indicator: 1010,
            reported: Figure::Number(70),
            found,
            report: Some([1; 32]),
        }
    }

    fn inspection() -> Inspection {
        Inspection {
            form: 1,
            division: "220221".parse().unwrap(),
            subject: "20261121-220221-flood".parse().unwrap(),
            number: 1,
            date: "2026-11-25".parse().unwrap(),
            samples: vec![
                sample("220221100", None, Figure::Number(70)),
                sample("220221100", Some("永丰村"), Figure::Number(68)),
            ],
            finding: None,
        }
    }

    #[test]
    fn what_was_found_stands_beside_what_was_reported() {
        let inspection = inspection();
        assert_eq!(inspection.check(), Ok(()));
        let differences: Vec<_> = inspection.samples.iter().map(Sample::difference).collect();
        assert_eq!(differences, [Some(0), Some(-2)]);
        assert_eq!(sample("220221100", None, Figure::Some).difference(), None);
    }

    #[test]
    fn what_says_nothing_is_refused() {
        let with = |samples| Inspection { samples, ..inspection() }.check();
        assert_eq!(with(vec![]), Err(InspectionError::Samples(0)));
        let twice = vec![sample("220221100", None, Figure::Some); 2];
        assert_eq!(with(twice), Err(InspectionError::Order));
        let code = "220221100".parse().unwrap();
        assert_eq!(
            with(vec![sample("220221100", None, Figure::Blank)]),
            Err(InspectionError::Sample(code, 1010))
        );
        let uncited = Sample { report: None, ..sample("220221100", None, Figure::Some) };
        assert_eq!(with(vec![uncited]), Err(InspectionError::Sample(code, 1010)));
        let village = sample("220221100", Some("两\n行"), Figure::Some);
        assert_eq!(with(vec![village]), Err(InspectionError::Village("两\n行".into())));
        assert_eq!(Inspection { number: 0, ..inspection() }.check(), Err(InspectionError::Number));
        let long = Some("长".repeat(FINDING_CHARS_MAX + 1));
        let found = Inspection { finding: long, ..inspection() }.check();
        assert_eq!(found, Err(InspectionError::Finding(FINDING_CHARS_MAX + 1)));
    }
}
