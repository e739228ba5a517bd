//! What one division states about one event or one period: a plain value, without signature and without the names of
//! those who signed.

use std::collections::BTreeMap;

use crate::{
    division::DivisionCode,
    event::EventKey,
    figure::Figure,
    period::{Period, Span},
    site::{Site, SiteKey},
    subject::Subject,
};

/// Characters of a narrative. The city's guidance asks for at most 200 (S-OPS); five times that leaves room
/// for a long disaster and still fits many reports into one frame on a 16 kbit/s line.
pub const NARRATIVE_CHARS_MAX: usize = 1_000;

/// Characters of an explanation of a rise or fall: a reason, not a narrative.
pub const EXPLANATION_CHARS_MAX: usize = 500;

/// Figures of one report. Four times the indicators of the quick form, so catalogues can grow.
pub const FIGURES_MAX: usize = 512;

/// Where a report stands in the chain of its event, with the frozen number in signed bytes. A report on a period is
/// [`Initial`](Self::Initial), and each correction of it [`Continued`](Self::Continued).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Stage {
    /// 初报: the first of an event.
    Initial = 1,
    /// 续报: any number, at least one a day while the event is open.
    Continued = 2,
    /// 核报: the last, after the figures have been verified on the ground.
    Verified = 3,
}

/// A number or word that is no stage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("read {0:?} as a stage: initial, continued or verified")]
pub struct StageError(pub String);

impl Stage {
    /// All three, in the order of an event.
    pub const ALL: [Self; 3] = [Self::Initial, Self::Continued, Self::Verified];

    /// 初报, 续报, 核报.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Initial => "初报",
            Self::Continued => "续报",
            Self::Verified => "核报",
        }
    }

    /// The English word, lower case: also the word on the command line.
    #[must_use]
    pub const fn en(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Continued => "continued",
            Self::Verified => "verified",
        }
    }
}

impl TryFrom<u8> for Stage {
    type Error = StageError;

    fn try_from(number: u8) -> Result<Self, StageError> {
        Self::ALL
            .into_iter()
            .find(|stage| *stage as u8 == number)
            .ok_or_else(|| StageError(number.to_string()))
    }
}

impl std::str::FromStr for Stage {
    type Err = StageError;

    fn from_str(text: &str) -> Result<Self, StageError> {
        Self::ALL.into_iter().find(|stage| stage.en() == text).ok_or_else(|| StageError(text.to_owned()))
    }
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.en())
    }
}

crate::text::serde_as_text!(Stage);

/// One report. Which key signed it and when are the envelope's to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The form its figures belong to, [`crate::Form::id`].
    pub form: u32,
    /// Version of the catalogue whose form it was filled in and checked by; 0: the one that is compiled in.
    pub catalogue: u32,
    /// Whose figures these are (HD009).
    pub division: DivisionCode,
    /// What they are about: an event (HD001, HD004), or a period.
    pub subject: Subject,
    /// 初报, 续报 or 核报 (HD002).
    pub stage: Stage,
    /// Number in the chain, 0 for the first (HD003).
    pub revision: u32,
    /// Hash of the envelope of the revision this one was written after and checked against; `None` for the
    /// first.
    pub follows: Option<[u8; 32]>,
    /// For a period: hash of the envelope of the division's report on the month, year or winter before, from which stocks
    /// and figures since January go on; `None` where there is no such report, and for an event.
    pub month_before: Option<[u8; 32]>,
    /// When the disaster began, milliseconds since 1970-01-01 UTC (HD006); `None` for a period.
    pub occurred_ms: Option<i64>,
    /// To when the figures count, milliseconds since 1970-01-01 UTC (HD010); `None`: until the report was
    /// made.
    pub cutoff_ms: Option<i64>,
    /// 演练: an exercise. Its figures are never added to real ones.
    pub drill: bool,
    /// 零报告: the division reports that it has nothing to report (HD016).
    pub zero: bool,
    /// Why a cumulative figure fell or a figure jumped (HD017).
    pub explanation: Option<String>,
    /// The disaster in words (HD013).
    pub narrative: Option<String>,
    /// The relief work in words (HD014).
    pub relief_narrative: Option<String>,
    /// By indicator id. An indicator that is not here is [`Figure::Blank`].
    pub figures: BTreeMap<u32, Figure>,
    /// Villages of the township or depots of the office, which add up to the figures. Most reports have none.
    pub sites: BTreeMap<SiteKey, Site>,
}

/// Why a report is larger than a report may be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportTooLarge {
    /// A text is longer than its limit.
    #[error("keep the {field} of {chars} characters: {max} are allowed")]
    Text {
        /// Which text.
        field: &'static str,
        /// Its length.
        chars: usize,
        /// Its limit.
        max: usize,
    },
    /// More figures than [`FIGURES_MAX`].
    #[error("keep {0} figures: {FIGURES_MAX} are allowed")]
    Figures(usize),
}

impl Report {
    /// The first report of `division` on `subject` by the form with that id, before anything is stated.
    #[must_use]
    pub const fn blank(form: u32, division: DivisionCode, subject: Subject) -> Self {
        Self {
            form,
            catalogue: 0,
            division,
            subject,
            stage: Stage::Initial,
            revision: 0,
            follows: None,
            month_before: None,
            occurred_ms: None,
            cutoff_ms: None,
            drill: false,
            zero: false,
            explanation: None,
            narrative: None,
            relief_narrative: None,
            figures: BTreeMap::new(),
            sites: BTreeMap::new(),
        }
    }

    /// The figure of that indicator; [`Figure::Blank`] when the report does not mention it.
    #[must_use]
    pub fn figure(&self, id: u32) -> Figure {
        self.figures.get(&id).copied().unwrap_or_default()
    }

    /// The event it is about, where it is about one.
    #[must_use]
    pub const fn event(&self) -> Option<&EventKey> {
        self.subject.event()
    }

    /// The month, year or winter it is about, where it is about one.
    #[must_use]
    pub const fn period(&self) -> Option<Period> {
        self.subject.period()
    }

    /// What an office calls this revision: 初报, 续报 or 核报 of an event; 月报, 年报 or
    /// 冬春报, and 更正 for what corrects it.
    #[must_use]
    pub const fn edition_zh(&self) -> &'static str {
        match (self.subject, self.revision) {
            (Subject::Event(_), _) => self.stage.zh(),
            (Subject::Period(period), 0) => match period.span() {
                Span::Month(_) => "月报",
                Span::Year => "年报",
                Span::Winter => "冬春报",
            },
            (Subject::Period(_), _) => "更正",
        }
    }

    /// What all revisions of one report share: the form, the division and the event or month. The report id is
    /// a hash of it.
    #[must_use]
    pub const fn identity(&self) -> (u32, DivisionCode, Subject) {
        (self.form, self.division, self.subject)
    }

    /// Checks the lengths of the texts and the number of figures: refused where they are typed, and not
    /// counted by who receives them.
    ///
    /// # Errors
    /// [`ReportTooLarge`] for the first that is over its limit.
    pub fn check_limits(&self) -> Result<(), ReportTooLarge> {
        let texts = [
            ("explanation", &self.explanation, EXPLANATION_CHARS_MAX),
            ("narrative", &self.narrative, NARRATIVE_CHARS_MAX),
            ("relief narrative", &self.relief_narrative, NARRATIVE_CHARS_MAX),
        ];
        for (field, text, max) in texts {
            let chars = text.as_deref().unwrap_or_default().chars().count();
            if chars > max {
                return Err(ReportTooLarge::Text { field, chars, max });
            }
        }
        if self.figures.len() > FIGURES_MAX {
            return Err(ReportTooLarge::Figures(self.figures.len()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::Form;

    fn report() -> Report {
        Report {
            occurred_ms: Some(0),
            ..Report::blank(
                Form::quick().id,
                "220221100".parse().unwrap(),
                "20261121-220221-flood".parse().unwrap(),
            )
        }
    }

    #[test]
    fn a_figure_nobody_wrote_is_blank_not_zero() {
        let mut report = report();
        assert_eq!(report.figure(1010), Figure::Blank);
        report.figures.insert(1010, Figure::Number(0));
        assert_eq!(report.figure(1010), Figure::Number(0));
    }

    #[test]
    fn a_revision_does_not_change_the_identity() {
        let first = report();
        let later = Report { revision: 3, stage: Stage::Verified, zero: true, ..first.clone() };
        assert_eq!(first.identity(), later.identity());
    }

    #[test]
    fn a_month_is_reported_and_corrected() {
        let month = Report { subject: "2026-10".parse().unwrap(), occurred_ms: None, ..report() };
        let corrected = Report { revision: 1, stage: Stage::Continued, ..month.clone() };
        let edition = |text: &str| Report { subject: text.parse().unwrap(), ..month.clone() }.edition_zh();
        assert_eq!((edition("2026"), edition("2026-2027")), ("年报", "冬春报"));
        assert_eq!((month.edition_zh(), corrected.edition_zh()), ("月报", "更正"));
        assert_eq!((month.event(), month.period()), (None, "2026-10".parse().ok()));
        assert_eq!((report().edition_zh(), report().period()), ("初报", None));
        assert_ne!(month.identity(), report().identity());
    }

    #[test]
    fn limits_count_characters_not_bytes() {
        let mut report = report();
        report.narrative = Some("水".repeat(NARRATIVE_CHARS_MAX));
        assert_eq!(report.check_limits(), Ok(()));
        report.explanation = Some("水".repeat(EXPLANATION_CHARS_MAX + 1));
        let chars = EXPLANATION_CHARS_MAX + 1;
        let error = ReportTooLarge::Text { field: "explanation", chars, max: EXPLANATION_CHARS_MAX };
        assert_eq!(report.check_limits(), Err(error));
    }

    #[test]
    fn a_report_has_a_limited_number_of_figures() {
        let mut report = report();
        report.figures = (0..FIGURES_MAX as u32).map(|id| (id, Figure::Some)).collect();
        assert_eq!(report.check_limits(), Ok(()));
        report.figures.insert(u32::MAX, Figure::Some);
        assert_eq!(report.check_limits(), Err(ReportTooLarge::Figures(FIGURES_MAX + 1)));
    }

    #[test]
    fn stages_keep_their_numbers() {
        for stage in Stage::ALL {
            assert_eq!(Stage::try_from(stage as u8), Ok(stage));
            assert_eq!(stage.to_string().parse(), Ok(stage));
        }
        assert_eq!((Stage::Initial as u8, Stage::Verified as u8), (1, 3));
        assert!(Stage::try_from(0).is_err() && Stage::try_from(4).is_err());
    }
}
