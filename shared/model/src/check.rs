//! Checks (逻辑校验): a closed set of typed rules in exact arithmetic, judged by one pure function on every
//! machine alike.
//!
//! # What a figure that is not a number means
//!
//! Every figure is the interval of what it may be: a number is itself, "some" is 1 of the smallest unit or
//! more, a blank is 0 or more. A finding arises only if the rule is broken *whatever* the true values are.
//! So "some" satisfies "more than zero", a blank satisfies everything it can, and a part that is larger
//! than its whole is found even while other parts are blank. A rule none of whose figures is stated is not
//! judged at all: silence never breaks a rule.
//!
//! A rule that looks at something which this machine does not have is not judged either; [`unjudged`] names it, so that
//! nobody takes silence for a pass.
//!
//! One exception: what goes in and out within a month. A stock that changes must say by what, so there a blank is
//! nothing, and a stock that moved while both are blank is found.

mod earlier;
mod evaluate;
mod interval;
mod message;
mod read;
mod sites;
mod unjudged;

pub use earlier::{Earlier, Floor, MonthBefore};
pub use evaluate::{Context, alarms, evaluate};
pub(crate) use read::{Beside, read_checks};
pub use unjudged::{Missing, Unjudged, unjudged};

use crate::{form::Indicator, kind::DisasterKind, standard::StandardCode};

/// A rule of a form, with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The word of the catalogue: `DC01`.
    pub id: String,
    /// What must hold.
    pub rule: Rule,
    /// What happens where it does not.
    pub severity: Severity,
    /// Softly so until the report is the last of its event (核报), whose figures have been verified on the ground.
    pub from_verified: bool,
    /// The rule in Chinese, as a clerk reads it.
    pub zh: String,
    /// The rule in English.
    pub en: String,
    /// Where the rule comes from.
    pub source: String,
}

/// What a broken rule means. Ordered by weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// 提示: may be signed with a reason.
    Soft,
    /// 错误: cannot be signed; received from elsewhere, it is stored, not counted, and answered.
    Hard,
    /// 报警: nothing is wrong with the report, the duty room has to know now.
    Alarm,
}

/// The closed set of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// `left op right`.
    Compare {
        /// Left side.
        left: Linear,
        /// How the sides relate.
        op: Op,
        /// Right side.
        right: Linear,
    },
    /// If `left` is above zero, at least one of `right` is.
    Implies {
        /// The condition.
        left: Linear,
        /// Ids, of which one is enough.
        right: Vec<u32>,
    },
    /// Both are above zero, or neither.
    Iff {
        /// One side.
        left: Linear,
        /// The other.
        right: Linear,
    },
    /// The figures are above zero only in disasters of these kinds.
    KindOnly {
        /// Ids.
        fields: Vec<u32>,
        /// Where they make sense.
        kinds: Vec<DisasterKind>,
    },
    /// The word that is chosen is one of the kind of disaster: its code begins with that of the kind and a dash, or it is
    /// the first, which says nothing.
    OfKind {
        /// Id of an indicator that asks for a choice.
        field: u32,
    },
    /// The figures are not below those of the revision the report follows. With an explanation in the
    /// report the finding remains for the reviewer, softly.
    NotFalling {
        /// Ids.
        fields: Vec<u32>,
    },
    /// The figure is what the expression comes to, where a blank counts as nothing: what is left is what there was and came,
    /// less what went. Not judged where the figure is blank.
    Closes {
        /// Id of what is left.
        field: u32,
        /// What there was and came, less what went.
        sum: Linear,
    },
    /// The figure is that of the month before plus `flow`; not judged without the report of the month before.
    Carried {
        /// Id of what is carried from month to month.
        field: u32,
        /// What went in, less what went out.
        flow: Linear,
        /// Counted since January: begins at nothing each January, where no earlier report is needed.
        yearly: bool,
    },
    /// Where one of the figures is stated, there is a report of the month before to compare it with. Of those
    /// that begin anew each January, not in January.
    MonthBefore {
        /// Ids.
        fields: Vec<u32>,
    },
    /// Each figure is within so many percent of that of the month before, or the report explains.
    Jump {
        /// Ids.
        fields: Vec<u32>,
        /// Above 0.
        percent: i64,
    },
    /// No figure rises or falls sharply against the revision that the report follows. The reviewer sees old, new and percent
    /// also where the report explains it.
    Sharp {
        /// Ids.
        fields: Vec<u32>,
        /// Percent above which a rise is sharp; above 0.
        rise: i64,
        /// Percent above which a fall is; 1 to 100.
        fall: i64,
    },
    /// One time is not after another; not judged where one of them is not stated.
    HeaderBefore {
        /// The earlier, or equal.
        earlier: HeaderTime,
        /// The later.
        later: HeaderTime,
    },
    /// Each figure lies between two values, both included.
    Bound {
        /// Ids.
        fields: Vec<u32>,
        /// In the smallest unit.
        min: i64,
        /// In the smallest unit.
        max: i64,
    },
    /// A zero report (零报告) states nothing above zero and no "some".
    ZeroReport,
    /// None of the figures is above the limit.
    EachAtMost {
        /// Ids.
        fields: Vec<u32>,
        /// What none may exceed.
        limit: Linear,
    },
    /// Each figure is at most the one before it in the list, as far as they are stated.
    Falling {
        /// Ids, the greatest first.
        fields: Vec<u32>,
    },
    /// `numerator / denominator op percent`, by cross-multiplication.
    Ratio {
        /// Id of what is divided.
        numerator: u32,
        /// Id of what it is divided by.
        denominator: u32,
        /// How the quotient relates.
        op: Op,
        /// To what, in percent.
        percent: i64,
    },
    /// The figure is within so many percent of a sum of products; judged only where all of them are numbers.
    Approx {
        /// Id.
        field: u32,
        /// Pairs of ids whose figures are multiplied.
        products: Vec<(u32, u32)>,
        /// How far the figure may be from their sum.
        percent: i64,
    },
    /// The times lie at most so many hours after the disaster began.
    Within {
        /// Ids of indicators that ask for a time.
        fields: Vec<u32>,
        /// After [`crate::Report::occurred_ms`].
        hours: i64,
    },
    /// `left op percent of a figure that the same division states in another form`. Never hard: the other report may be
    /// corrected at any time, and must not uncount this one.
    Beside {
        /// Left side.
        left: Linear,
        /// How the sides relate.
        op: Op,
        /// The other figure.
        other: OtherFigure,
        /// 100 for the figure itself.
        percent: i64,
    },
    /// The figure, an amount for one person and a month, is not below the floor that a standard sets where the division lies.
    /// Never hard: the standard may come later, and must not uncount what somebody signed.
    Floor {
        /// Id of an indicator in yuan.
        field: u32,
        /// Which standard.
        standard: StandardCode,
    },
    /// Nothing yet: the input does not exist in this system so far. The rule is listed, so that nobody takes it for
    /// judged.
    Waits {
        /// Ids of the figures that it will look at.
        fields: Vec<u32>,
        /// For what.
        input: Missing,
    },
}

/// A figure of another form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherFigure {
    /// Number of the form.
    pub form: u32,
    /// Its Chinese name.
    pub form_zh: String,
    /// Its English name.
    pub form_en: String,
    /// Which figure of it.
    pub indicator: Box<Indicator>,
}

/// A sum of figures, each times a whole number, plus a constant; all in the smallest unit of one scale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linear {
    /// The figures.
    pub terms: Vec<Term>,
    /// Added to their sum.
    pub constant: i64,
}

/// One figure, taken `coef` times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// At most [`COEF_MAX`] either way.
    pub coef: i64,
    /// Id of the indicator.
    pub field: u32,
}

/// The largest factor in an expression: with it, i128 holds any sum of figures a report can carry.
pub const COEF_MAX: i64 = 1_000_000;

/// How two sides relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `==`
    Equal,
}

/// A time that a check can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderTime {
    /// [`crate::Report::occurred_ms`].
    Occurred,
    /// [`crate::Report::cutoff_ms`].
    Cutoff,
    /// [`Context::report_time_ms`].
    Reported,
    /// [`crate::Period::begins_ms`].
    MonthBegin,
    /// [`crate::Period::ends_ms`].
    MonthEnd,
}

/// A rule that is definitely broken.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// Id of the check.
    pub check: String,
    /// How much it weighs here.
    pub severity: Severity,
    /// Ids of the figures to look at, in the order of the rule; empty where a time is at fault.
    pub fields: Vec<u32>,
    /// The rule and the figures, in Chinese.
    pub zh: String,
    /// The rule and the figures, in English.
    pub en: String,
}

#[cfg(test)]
mod tests;
