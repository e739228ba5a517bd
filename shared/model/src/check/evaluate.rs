//! Judges a report: one pure function.

use super::{
    Check, Earlier, Finding, Floor, HeaderTime, Linear, MonthBefore, Op, OtherFigure, Rule, Severity,
    interval::Interval, message, sites,
};
use crate::{
    figure::Figure,
    form::{Answer, Form, Nature},
    period::Period,
    report::{Report, Stage},
    standard::StandardCode,
};

/// Percent of a whole.
const HUNDRED: i128 = 100;

/// Milliseconds of an hour.
const HOUR_MS: i128 = 3_600_000;

/// What a report does not say itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    /// When the report was made, by its author's clock: milliseconds since 1970-01-01 UTC. While it is
    /// being typed: now.
    pub report_time_ms: i64,
}

/// Every check of the form that the report definitely breaks, in the order of the form. `earlier` holds the
/// reports it is compared with; what compares it with one that this machine does not have is not judged. Figures the form does not know are left alone: they
/// belong to a newer catalogue.
#[must_use]
pub fn evaluate(form: &Form, report: &Report, earlier: Earlier<'_>, context: &Context) -> Vec<Finding> {
    let judge = Judge { form, report, earlier, context };
    let mut findings: Vec<Finding> = form.checks.iter().filter_map(|check| judge.check(check)).collect();
    if !report.sites.is_empty() {
        findings.extend(sites::findings(&judge));
    }
    findings
}

/// The alarms alone, which the duty room hears of wherever the report is held: they look at nothing but the report.
#[must_use]
pub fn alarms(form: &Form, report: &Report, context: &Context) -> Vec<Finding> {
    let judge = Judge { form, report, earlier: Earlier::NOTHING, context };
    let alarms = form.checks.iter().filter(|check| check.severity == Severity::Alarm);
    alarms.filter_map(|check| judge.check(check)).collect()
}

/// What every rule looks at.
pub(super) struct Judge<'a> {
    pub(super) form: &'a Form,
    pub(super) report: &'a Report,
    pub(super) earlier: Earlier<'a>,
    pub(super) context: &'a Context,
}

impl Judge<'_> {
    pub(super) fn check(&self, check: &Check) -> Option<Finding> {
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
                let kind = self.report.event()?.kind();
                some_of(
                    fields
                        .iter()
                        .copied()
                        .filter(|field| !kinds.contains(&kind) && self.report.figure(*field).is_positive()),
                )
            }
            Rule::Floor { field, standard } => {
                let stated = self.report.figure(*field).number()?;
                (stated < self.floor(standard)?.month.0).then(|| vec![*field])
            }
            Rule::OfKind { field } => (!self.is_of_kind(*field)).then(|| vec![*field]),
            Rule::Closes { field, sum } => {
                let now = self.figure(*field);
                let broken = !self.report.figure(*field).is_blank()
                    && now.breaks(Op::Equal, Interval::of_stated(sum, self.report));
                let summed = sum.terms.iter().map(|term| term.field);
                broken.then(|| std::iter::once(*field).chain(summed).collect())
            }
            Rule::Carried { field, flow, yearly } => {
                let carried = self.carried(*field, flow, *yearly)?;
                let now = Interval::from(self.report.figure(*field));
                let broken = !self.report.figure(*field).is_blank() && now.breaks(Op::Equal, carried);
                let flows = flow.terms.iter().map(|term| term.field);
                broken.then(|| std::iter::once(*field).chain(flows).collect())
            }
            Rule::MonthBefore { fields } => {
                let held = matches!(self.earlier.month_before, MonthBefore::Held(_));
                some_of(fields.iter().copied().filter(|field| !held && self.needs_month_before(*field)))
            }
            Rule::Jump { fields, percent } => {
                some_of(fields.iter().copied().filter(|field| self.jumps(*field, *percent)))
            }
            Rule::Sharp { fields, rise, fall } => {
                let sharp = |field: &u32| {
                    self.percent(*field).is_some_and(|percent| percent > *rise || percent < -*fall)
                };
                some_of(fields.iter().copied().filter(sharp))
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
            Rule::EachAtMost { fields, limit } => {
                let limit_is = self.interval(limit);
                let over = fields.iter().copied().filter(|field| limit_is.is_below(self.figure(*field)));
                let over = some_of(over)?;
                Some(over.into_iter().chain(fields_of([limit])).collect())
            }
            Rule::Falling { fields } => {
                let stated: Vec<u32> =
                    fields.iter().copied().filter(|of| !self.report.figure(*of).is_blank()).collect();
                let rises = |pair: &&[u32]| self.figure(pair[0]).is_below(self.figure(pair[1]));
                stated.windows(2).find(rises).map(<[u32]>::to_vec)
            }
            Rule::Ratio { numerator, denominator, op, percent } => {
                let above = self.figure(*numerator).times(HUNDRED);
                let broken = above.breaks(*op, self.figure(*denominator).times(i128::from(*percent)));
                broken.then(|| vec![*numerator, *denominator])
            }
            Rule::Approx { field, products, percent } => {
                let (stated, computed) = (self.number(*field)?, self.products(products)?);
                let broken = (stated - computed).abs().checked_mul(HUNDRED)?
                    > computed.checked_mul(i128::from(*percent))?;
                let factors = products.iter().flat_map(|(one, other)| [*one, *other]);
                broken.then(|| std::iter::once(*field).chain(factors).collect())
            }
            Rule::Within { fields, hours } => {
                let last = i128::from(self.report.occurred_ms?) + i128::from(*hours) * HOUR_MS;
                some_of(
                    fields.iter().copied().filter(|field| self.number(*field).is_some_and(|at| at > last)),
                )
            }
            Rule::Beside { left, op, other, percent } => {
                let beside = Interval::from(self.other(other)?);
                let stated = left.terms.iter().any(|term| !self.report.figure(term.field).is_blank());
                let broken =
                    self.interval(left).times(HUNDRED).breaks(*op, beside.times(i128::from(*percent)));
                (stated && broken).then(|| fields_of([left]))
            }
            Rule::Waits { .. } => None,
        }
    }

    /// A fall that is explained is the reviewer's to judge: it does not stop the signature.
    fn severity(&self, check: &Check) -> Severity {
        if check.from_verified && self.report.stage != Stage::Verified {
            return Severity::Soft;
        }
        match check.rule {
            Rule::NotFalling { .. } if self.is_explained() && check.severity == Severity::Hard => {
                Severity::Soft
            }
            _ => check.severity,
        }
    }

    /// By how many percent the figure differs from that of the revision before, cut to a whole number away from nought, so
    /// that a little more than the limit is more than the limit. `None` where one of them is no number, or it was nought.
    pub(super) fn percent(&self, field: u32) -> Option<i64> {
        let (before, now) = (self.earlier.followed?.figure(field).number()?, self.number(field)?);
        let before = i128::from(before);
        let change = (now - before).checked_mul(HUNDRED)?;
        let away = if change < 0 { 1 - before } else { before - 1 };
        (before > 0).then(|| i64::try_from((change + away) / before).ok())?
    }

    pub(super) fn is_explained(&self) -> bool {
        self.report.explanation.as_deref().is_some_and(|text| !text.trim().is_empty())
    }

    /// The month the report is about, and the report on the month before, where it is here.
    pub(super) fn months(&self) -> Option<(Period, &Report)> {
        match self.earlier.month_before {
            MonthBefore::Held(report) => Some((self.report.period()?, report)),
            MonthBefore::None | MonthBefore::Waiting => None,
        }
    }

    /// What the figure must be, going on from the month before; `None` where that is not known.
    pub(super) fn carried(&self, field: u32, flow: &Linear, yearly: bool) -> Option<Interval> {
        let before = match yearly && self.report.period()?.is_january() {
            true => Interval::exactly(0),
            false => self.months()?.1.figure(field).into(),
        };
        Some(before.plus(Interval::of_stated(flow, self.report)))
    }

    fn needs_month_before(&self, field: u32) -> bool {
        let Some(period) = self.report.period() else { return false };
        let yearly = self.form.by_id(field).is_some_and(|of| of.nature == Nature::Cumulative);
        let begins_anew = yearly && period.is_january();
        !begins_anew && !self.report.figure(field).is_blank()
    }

    fn jumps(&self, field: u32, percent: i64) -> bool {
        let Some((_, before)) = self.months() else { return false };
        let (Some(before), Some(now)) = (before.figure(field).number(), self.report.figure(field).number())
        else {
            return false;
        };
        let (before, change) = (i128::from(before), i128::from(now) - i128::from(before));
        before > 0 && change.abs() * 100 > before * i128::from(percent) && !self.is_explained()
    }

    /// What the other form's report states, where it is here and states anything.
    pub(super) fn other(&self, other: &OtherFigure) -> Option<Figure> {
        let report = self.earlier.beside.iter().find(|report| report.form == other.form)?;
        Some(report.figure(other.indicator.id)).filter(|figure| !figure.is_blank())
    }

    fn number(&self, field: u32) -> Option<i128> {
        self.report.figure(field).number().map(i128::from)
    }

    /// `None` where a factor is no number, or the sum is beyond anything that could be meant.
    pub(super) fn products(&self, products: &[(u32, u32)]) -> Option<i128> {
        products.iter().try_fold(0_i128, |sum, (one, other)| {
            sum.checked_add(self.number(*one)?.checked_mul(self.number(*other)?)?)
        })
    }

    fn figure(&self, field: u32) -> Interval {
        self.report.figure(field).into()
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

    /// The floor of that standard, where one is held.
    pub(super) fn floor(&self, standard: &StandardCode) -> Option<&Floor> {
        self.earlier.floors.iter().find(|floor| floor.standard == *standard)
    }

    /// What nobody has chosen, or the first word, is of every kind.
    fn is_of_kind(&self, field: u32) -> bool {
        let chosen = self.report.figure(field).number().and_then(|place| usize::try_from(place).ok());
        let (Some(event), Some(place)) = (self.report.event(), chosen.filter(|place| *place > 0)) else {
            return true;
        };
        let word = self.form.by_id(field).and_then(|of| match &of.answer {
            Answer::Choice(choices) => choices.get(place),
            Answer::Number | Answer::Time => None,
        });
        let kind = event.kind();
        word.is_some_and(|word| word.code.split_once('-').is_some_and(|(of, _)| of == kind.code()))
    }

    fn falls(&self, field: u32) -> bool {
        self.earlier.followed.is_some_and(|followed| {
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
            HeaderTime::Occurred => self.report.occurred_ms,
            HeaderTime::Cutoff => self.report.cutoff_ms,
            HeaderTime::Reported => Some(self.context.report_time_ms),
            HeaderTime::MonthBegin => self.report.period().map(Period::begins_ms),
            HeaderTime::MonthEnd => self.report.period().map(Period::ends_ms),
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
