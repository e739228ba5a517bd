//! The ways of adding up. All work in i128 and in code order, so the result depends on the set of reports
//! alone.

use std::collections::{BTreeMap, BTreeSet};

use super::{Contribution, Total};
use crate::{
    directory::Directory,
    division::{DivisionCode, Level},
    figure::Figure,
    form::{AddsUp, Form, Indicator, UnitCondition},
    report::Report,
};

/// What every way of adding up looks at.
pub(super) struct Adding<'a> {
    pub(super) directory: &'a Directory,
    pub(super) form: &'a Form,
    pub(super) standing: &'a BTreeMap<DivisionCode, Contribution<'a>>,
}

impl Adding<'_> {
    pub(super) fn total(&self, indicator: &Indicator) -> Total {
        match &indicator.adds_up {
            AddsUp::Sum => self.sum(indicator.id),
            AddsUp::Max => self
                .stated(indicator.id)
                .with(self.numbers(indicator.id).map(|(_, value)| i128::from(value)).max()),
            AddsUp::Latest => self.latest(indicator.id),
            AddsUp::WeightedMean { weight } => self.weighted_mean(indicator.id, *weight),
            AddsUp::Ratio { numerator, denominator, factor } => {
                self.ratio(indicator, (*numerator, *denominator), *factor)
            }
            AddsUp::Parts(parts) => self.parts(parts),
            AddsUp::CountUnits { level, condition } => self.count_units(*level, *condition),
            AddsUp::No => Total::default(),
        }
    }

    fn sum(&self, id: u32) -> Total {
        // At most 20 000 summands of 63 bits.
        self.stated(id).with(Some(self.numbers(id).map(|(_, value)| i128::from(value)).sum()))
    }

    /// The number with the latest cut-off, or occurrence where there is no cut-off; the greater division
    /// code where two are equal. An earlier number is never passed off as the latest word: where the latest
    /// says "some", that is the total.
    fn latest(&self, id: u32) -> Total {
        // In code order, and of equals the last is taken.
        let stated = self.standing.values().filter(|contribution| !contribution.report.figure(id).is_blank());
        let time = |report: &Report| report.cutoff_ms.or(report.occurred_ms).unwrap_or_default();
        let latest = stated.max_by_key(|contribution| time(contribution.report));
        match latest.map(|contribution| contribution.report.figure(id)) {
            Some(Figure::Number(value)) => {
                Total { at_least: false, ..self.stated(id).with(Some(i128::from(value))) }
            }
            _ => self.stated(id),
        }
    }

    /// The sum of several totals. A contributor that states one part as a number and another as "some" is in both
    /// counts.
    fn parts(&self, ids: &[u32]) -> Total {
        let mut total = Total::default();
        for contribution in self.standing.values() {
            let stated: Vec<Figure> = ids.iter().map(|id| contribution.report.figure(*id)).collect();
            let some = stated.contains(&Figure::Some);
            total.some += u32::from(some);
            total.at_least |= some;
            total.counted += u32::from(stated.iter().any(|figure| figure.number().is_some()));
            total.blank += u32::from(stated.iter().all(|figure| figure.is_blank()));
        }
        let sums = ids.iter().flat_map(|id| self.numbers(*id)).map(|(_, value)| i128::from(value));
        total.with(Some(sums.sum()))
    }

    /// Over the figures whose weight is known and above zero. The weight of a figure is what its own report states and
    /// what the reports below it state, as far as no division in between states a figure of its own: a county sets
    /// a rate, its townships count the persons. A mean is no lower bound, so it is never "at least".
    fn weighted_mean(&self, id: u32, weight: u32) -> Total {
        let weights = self.weights(id, weight);
        let stating =
            self.standing.iter().filter_map(|(code, of)| Some((code, of.report.figure(id).number()?)));
        let pairs = stating.filter_map(|(code, value)| Some((i128::from(value), *weights.get(code)?)));
        let (mut above, mut below, mut counted) = (0_i128, 0_i128, 0_u32);
        for (value, weight) in pairs.filter(|(_, weight)| *weight > 0) {
            // 2^63 · 2^63 · 20 000 is above i128: what a bad figure could do is an overflow, not a wrong
            // mean.
            let Some(sum) = value.checked_mul(weight).and_then(|product| above.checked_add(product)) else {
                return Total { counted, ..self.stated(id) }.overflowed();
            };
            (above, below, counted) = (sum, below + weight, counted + 1);
        }
        Total { at_least: false, counted, ..self.stated(id).with(divide(above, below)) }
    }

    /// By division that states `id`: the weight that falls to it.
    fn weights(&self, id: u32, weight: u32) -> BTreeMap<DivisionCode, i128> {
        let states = |code: &DivisionCode| {
            self.standing.get(code).is_some_and(|contribution| !contribution.report.figure(id).is_blank())
        };
        let mut weights = BTreeMap::new();
        for contribution in self.standing.values() {
            let Some(value) = contribution.report.figure(weight).number() else { continue };
            let mut line =
                std::iter::once(contribution.division).chain(self.directory.lineage(contribution.division));
            if let Some(nearest) = line.find(states) {
                *weights.entry(nearest).or_insert(0) += i128::from(value);
            }
        }
        weights
    }

    /// Computed from the two totals, never from ratios. Where the denominator is zero there is no ratio.
    fn ratio(&self, indicator: &Indicator, (numerator, denominator): (u32, u32), factor: i64) -> Total {
        let (above, below) = (self.sum(numerator), self.sum(denominator));
        let base = Total { at_least: above.at_least && !below.at_least, ..self.stated(numerator) };
        if above.overflow || below.overflow {
            return base.overflowed();
        }
        let scale_of = |id| self.form.by_id(id).map_or(0, |indicator| u32::from(indicator.scale));
        // Scales have at most 6 decimals and a factor 20 bits: 63 bits times 10^12 times 2^20 fits.
        let shift = 10_i128.pow(u32::from(indicator.scale) + scale_of(denominator));
        let above = i128::from(above.value) * i128::from(factor) * shift;
        let below = i128::from(below.value) * 10_i128.pow(scale_of(numerator));
        match divide(above, below) {
            Some(ratio) => base.with(Some(ratio)),
            None => Total { counted: 0, at_least: false, ..base },
        }
    }

    /// Units that meet the condition. A unit is the lowest division of the line above the report, itself
    /// included, that ranks `level` or higher, provided it is of that level or has nothing of that level
    /// below it: a city-level unit whose townships hang on it directly stands for its own county, and a
    /// county's own report is no township.
    fn count_units(&self, level: Level, condition: UnitCondition) -> Total {
        let (mut units, mut meeting) = (BTreeSet::new(), BTreeSet::new());
        let mut blank = BTreeSet::new();
        for contribution in self.standing.values() {
            let Some(unit) = self.unit(contribution.division, level) else { continue };
            match self.meets(contribution.report, condition) {
                None => blank.extend([unit]),
                Some(false) => units.extend([unit]),
                Some(true) => {
                    units.insert(unit);
                    meeting.insert(unit);
                }
            }
        }
        let blank = blank.difference(&units).count();
        Total {
            value: count(meeting.len()).into(),
            counted: count(units.len()),
            blank: count(blank),
            ..Total::default()
        }
    }

    fn unit(&self, division: DivisionCode, level: Level) -> Option<DivisionCode> {
        let line = std::iter::once(division).chain(self.directory.lineage(division));
        let unit =
            line.filter_map(|code| self.directory.get(code)).find(|division| division.level >= level)?;
        let stands =
            unit.level == level || self.directory.children(unit.code).all(|child| child.level < level);
        stands.then_some(unit.code)
    }

    /// `None` where the report states nothing that bears on the condition.
    fn meets(&self, report: &Report, condition: UnitCondition) -> Option<bool> {
        let judged = |figures: &mut dyn Iterator<Item = Figure>| {
            let stated = figures.filter(|figure| !figure.is_blank()).map(Figure::is_positive);
            stated.fold(None, |met, positive| Some(met.unwrap_or(false) || positive))
        };
        match condition {
            UnitCondition::Positive(id) => judged(&mut std::iter::once(report.figure(id))),
            UnitCondition::AnyLoss => {
                let losses = self.form.indicators.iter().filter(|indicator| indicator.loss);
                judged(&mut losses.map(|indicator| report.figure(indicator.id)))
            }
        }
    }

    /// How many stated what, without a value yet.
    fn stated(&self, id: u32) -> Total {
        let mut total = Total::default();
        for contribution in self.standing.values() {
            match contribution.report.figure(id) {
                Figure::Blank => total.blank += 1,
                Figure::Some => (total.some, total.at_least) = (total.some + 1, true),
                Figure::Number(_) => total.counted += 1,
            }
        }
        total
    }

    fn numbers(&self, id: u32) -> impl Iterator<Item = (&Report, i64)> {
        self.standing.values().filter_map(move |contribution| {
            Some((contribution.report, contribution.report.figure(id).number()?))
        })
    }
}

impl Total {
    /// With that value; one that does not fit is held at the end of the range and flagged.
    fn with(self, value: Option<i128>) -> Self {
        let value = value.unwrap_or_default();
        match i64::try_from(value) {
            Ok(value) => Self { value, ..self },
            Err(_) => Self { value: if value < 0 { i64::MIN } else { i64::MAX }, ..self }.flagged(),
        }
    }

    fn overflowed(self) -> Self {
        Self { value: i64::MAX, ..self }.flagged()
    }

    fn flagged(self) -> Self {
        Self { overflow: true, at_least: true, ..self }
    }
}

/// The quotient rounded half away from zero, as money and areas are rounded by hand; `None` for a
/// denominator of zero.
fn divide(above: i128, below: i128) -> Option<i128> {
    let (quotient, rest) = (above.checked_div(below)?, above.checked_rem(below)?);
    let away = rest.unsigned_abs() >= below.unsigned_abs() - rest.unsigned_abs();
    let direction = if (above < 0) == (below < 0) { 1 } else { -1 };
    Some(if rest != 0 && away { quotient + direction } else { quotient })
}

/// A directory has at most 20 000 divisions.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
