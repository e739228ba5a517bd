//! What a figure may be, and what a sum of figures may be.

use super::{Linear, Op};
use crate::{figure::Figure, report::Report};

/// All whole numbers from `lo` to `hi`, both included; `None` is without end on that side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    lo: Option<i128>,
    hi: Option<i128>,
}

impl From<Figure> for Interval {
    fn from(figure: Figure) -> Self {
        match figure {
            Figure::Blank => Self { lo: Some(0), hi: None },
            Figure::Some => Self { lo: Some(1), hi: None },
            Figure::Number(value) => Self::exactly(i128::from(value)),
        }
    }
}

impl Interval {
    pub(super) const fn exactly(value: i128) -> Self {
        Self { lo: Some(value), hi: Some(value) }
    }

    /// What the expression may be. No overflow: a factor has 20 bits, a figure 63, and a report far fewer
    /// than 2^40 figures.
    pub(super) fn of(expression: &Linear, report: &Report) -> Self {
        Self::sum(expression, |field| report.figure(field).into())
    }

    /// The same where a blank is nothing: what went in and out within a month.
    pub(super) fn of_stated(expression: &Linear, report: &Report) -> Self {
        Self::sum(expression, |field| match report.figure(field) {
            Figure::Blank => Self::exactly(0),
            figure => figure.into(),
        })
    }

    fn sum(expression: &Linear, of: impl Fn(u32) -> Self) -> Self {
        let start = Self::exactly(i128::from(expression.constant));
        expression.terms.iter().fold(start, |sum, term| sum.plus(of(term.field).times(i128::from(term.coef))))
    }

    /// The one value it can have, if there is only one.
    pub(super) fn value(self) -> Option<i128> {
        self.lo.filter(|lo| self.hi == Some(*lo))
    }

    /// Above zero whatever the true value is.
    pub(super) fn is_positive(self) -> bool {
        self.lo.is_some_and(|lo| lo > 0)
    }

    /// Not above zero whatever the true value is.
    pub(super) fn is_not_positive(self) -> bool {
        self.hi.is_some_and(|hi| hi <= 0)
    }

    /// Every value of this one is below every value of the other.
    pub(super) fn is_below(self, other: Self) -> bool {
        matches!((self.hi, other.lo), (Some(hi), Some(lo)) if hi < lo)
    }

    /// No pair of values satisfies the relation.
    pub(super) fn breaks(self, op: Op, right: Self) -> bool {
        match op {
            Op::AtLeast => self.is_below(right),
            Op::AtMost => right.is_below(self),
            Op::Equal => self.is_below(right) || right.is_below(self),
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        let add = |left: Option<i128>, right: Option<i128>| Some(left? + right?);
        Self { lo: add(self.lo, other.lo), hi: add(self.hi, other.hi) }
    }

    pub(super) fn times(self, factor: i128) -> Self {
        let scale = |end: Option<i128>| end.map(|end| end * factor);
        match factor {
            0 => Self::exactly(0),
            1.. => Self { lo: scale(self.lo), hi: scale(self.hi) },
            _ => Self { lo: scale(self.hi), hi: scale(self.lo) },
        }
    }
}
