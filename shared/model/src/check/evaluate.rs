//! Judges a report: one pure function.

use super::{Check, Finding, HeaderTime, Linear, Rule, Severity, interval::Interval, message};
use crate::{figure::Figure, form::Form, report::Report};

/// What a report does not say itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    /// When the report was made, by its author's clock: milliseconds since 1970-01-01 UTC. While it is
    /// being typed: now.
    pub report_time_ms: i64,
}

/// Every check of the form that the report definitely breaks, in the order of the form. `followed` is the
/// report whose envelope [`Report::follows`] names, `None` where there is none or this machine does not
/// have it: then what compares the two is not judged. Figures the form does not know are left alone: they
/// belong to a newer catalogue.
#[must_use]
pub fn evaluate(form: &Form, report: &Report, followed: Option<&Report>, context: &Context) -> Vec<Finding> {
    let judge = Judge { form, report, followed, context };
    form.checks.iter().filter_map(|check| judge.check(check)).collect()
}

/// What every rule looks at.
pub(super) struct Judge<'a> {
    pub(super) form: &'a Form,
    pub(super) report: &'a Report,
    pub(super) followed: Option<&'a Report>,
    pub(super) context: &'a Context,
}

impl Judge<'_> {
    fn check(&self, check: &Check) -> Option<Finding> {
        let fields = self.broken(&check.rule)?;
        let severity = self.severity(check);
        let details = message::details(self, &check.rule, &fields);
        Some(Finding {
            check: check.id.clone(),
            severity,
            zh: format!("{}（{}）", check.zh, details.zh),
            en: format!("{} ({})", check.en, details.en),
            fields,
        })
    }

    /// `None` where the rule holds or cannot be judged; otherwise the figures to look at.
    fn broken(&self, rule: &Rule) -> Option<Vec<u32>> {
        match rule {
            Rule::Compare { left, op, right } => {
                let broken =
                    self.stated(left, right) && self.interval(left).breaks(*op, self.interval(right));
                broken.then(|| fields_of([left, right]))
            }
            Rule::Implies { left, right } => {
                let broken = self.interval(left).is_positive()
                    && right.iter().all(|field| self.is_not_positive(*field));
                broken.then(|| fields_of([left]).into_iter().chain(right.iter().copied()).collect())
            }
            Rule::Iff { left, right } => {
                let (one, other) = (self.interval(left), self.interval(right));
                let broken = one.is_positive() && other.is_not_positive()
                    || one.is_not_positive() && other.is_positive();
                broken.then(|| fields_of([left, right]))
            }
            Rule::KindOnly { fields, kinds } => {
                let kind = self.report.event.kind();
                some_of(
                    fields
                        .iter()
                        .copied()
                        .filter(|field| !kinds.contains(&kind) && self.report.figure(*field).is_positive()),
                )
            }
            Rule::NotFalling { fields } => some_of(fields.iter().copied().filter(|field| self.falls(*field))),
            Rule::HeaderBefore { earlier, later } => {
                let broken = matches!((self.time(*earlier), self.time(*later)), (Some(earlier), Some(later)) if earlier > later);
                broken.then(Vec::new)
            }
            Rule::Bound { fields, min, max } => {
                some_of(fields.iter().copied().filter(|field| self.is_outside(*field, *min, *max)))
            }
            Rule::ZeroReport => some_of(
                self.report
                    .figures
                    .keys()
                    .copied()
                    .filter(|field| self.report.zero && self.is_not_zero(*field)),
            ),
        }
    }

    /// A fall that is explained is the reviewer's to judge: it does not stop the signature.
    fn severity(&self, check: &Check) -> Severity {
        let explained = self.report.explanation.as_deref().is_some_and(|text| !text.trim().is_empty());
        match check.rule {
            Rule::NotFalling { .. } if explained && check.severity == Severity::Hard => Severity::Soft,
            _ => check.severity,
        }
    }

    fn interval(&self, expression: &Linear) -> Interval {
        Interval::of(expression, self.report)
    }

    fn is_not_positive(&self, field: u32) -> bool {
        Interval::from(self.report.figure(field)).is_not_positive()
    }

    /// Silence never breaks a rule: one figure at least is stated.
    fn stated(&self, left: &Linear, right: &Linear) -> bool {
        left.terms.iter().chain(&right.terms).any(|term| !self.report.figure(term.field).is_blank())
    }

    fn falls(&self, field: u32) -> bool {
        self.followed.is_some_and(|followed| {
            Interval::from(self.report.figure(field)).is_below(followed.figure(field).into())
        })
    }

    fn is_outside(&self, field: u32, min: i64, max: i64) -> bool {
        let figure = self.report.figure(field);
        let (value, min, max) =
            (Interval::from(figure), Interval::exactly(i128::from(min)), Interval::exactly(i128::from(max)));
        !figure.is_blank() && (value.is_below(min) || max.is_below(value))
    }

    /// Blank and zero agree with a zero report; a negative number is as much a contradiction as a positive
    /// one.
    fn is_not_zero(&self, field: u32) -> bool {
        !matches!(self.report.figure(field), Figure::Blank | Figure::Number(0))
    }

    pub(super) fn time(&self, time: HeaderTime) -> Option<i64> {
        match time {
            HeaderTime::Occurred => Some(self.report.occurred_ms),
            HeaderTime::Cutoff => self.report.cutoff_ms,
            HeaderTime::Reported => Some(self.context.report_time_ms),
        }
    }
}

/// The fields of the expressions in their order, each once.
fn fields_of<const N: usize>(expressions: [&Linear; N]) -> Vec<u32> {
    let mut fields = Vec::new();
    for term in expressions.into_iter().flat_map(|expression| &expression.terms) {
        if !fields.contains(&term.field) {
            fields.push(term.field);
        }
    }
    fields
}

fn some_of(fields: impl Iterator<Item = u32>) -> Option<Vec<u32>> {
    let fields: Vec<u32> = fields.collect();
    (!fields.is_empty()).then_some(fields)
}
