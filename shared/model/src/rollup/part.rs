//! The ways of adding up, each as something that a division has from its children and closes with its own report. All work
//! in i128, and none depends on the order of the children, so the result depends on the set of reports alone.

use std::collections::BTreeMap;

use super::{Ground, Total};
use crate::{
    division::{Division, DivisionCode, Level},
    figure::Figure,
    form::{AddsUp, Form, Indicator, UnitCondition},
    report::Report,
};

/// What a report states, as far as totals need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stated {
    figures: BTreeMap<u32, Figure>,
    /// Cut-off, or occurrence where there is no cut-off.
    time_ms: i64,
}

impl Stated {
    pub(super) fn of(report: &Report) -> Self {
        let time_ms = report.cutoff_ms.or(report.occurred_ms).unwrap_or_default();
        Self { figures: report.figures.clone(), time_ms }
    }

    fn figure(&self, id: u32) -> Figure {
        self.figures.get(&id).copied().unwrap_or(Figure::Blank)
    }
}

/// What one indicator comes to in one division and below.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    counted: u32,
    some: u32,
    blank: u32,
    /// Of the numbers stated. At most 20 000 summands of 63 bits.
    sum: i128,
    special: Special,
}

/// What a way of adding up needs besides the sum.
#[derive(Debug, Clone, Default)]
enum Special {
    #[default]
    None,
    Greatest(i64),
    Latest(Latest),
    Mean(Mean),
    Units(Units),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Latest {
    time_ms: i64,
    division: DivisionCode,
    figure: Figure,
}

/// Over the figures whose weight is known and above zero. The weight of a figure is what its own report states and what the
/// reports below it state, as far as no division in between states a figure of its own: a county sets a rate, its
/// townships count the persons.
#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    above: i128,
    below: i128,
    counted: u32,
    /// Weight that no division so far has stated a figure for.
    open: i128,
    overflow: bool,
}

/// Units that meet a condition. A unit is the lowest division of the line above the report, itself included, that ranks
/// `level` or higher, provided it is of that level or has nothing of that level below it: a city-level unit whose townships
/// hang on it directly stands for its own county, and a county's own report is no township.
#[derive(Debug, Clone, Copy, Default)]
struct Units {
    counted: u32,
    meeting: u32,
    blank: u32,
    /// What reports say that belong to a unit further up.
    open: Option<Seen>,
}

/// What the reports of one unit say.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    stated: bool,
    met: bool,
}

impl Part {
    /// Takes in what a child comes to.
    pub(super) fn add(&mut self, child: &Self) {
        self.counted += child.counted;
        self.some += child.some;
        self.blank += child.blank;
        self.sum += child.sum;
        self.special.add(&child.special);
    }

    /// Takes in what the division itself states, and closes what ends with it.
    pub(super) fn close(
        &mut self,
        ground: Ground<'_>,
        indicator: &Indicator,
        row: &Division,
        own: Option<&Stated>,
    ) {
        if let Some(own) = own {
            match &indicator.adds_up {
                AddsUp::Parts(parts) => self.state_parts(parts, own),
                _ => self.state(own.figure(indicator.id)),
            }
        }
        match &indicator.adds_up {
            AddsUp::Max => {
                let stated = own.and_then(|own| own.figure(indicator.id).number());
                self.special.add(&stated.map(Special::Greatest).unwrap_or_default());
            }
            AddsUp::Latest => {
                let latest = own.map(|own| (own.figure(indicator.id), own.time_ms));
                let latest = latest.filter(|(figure, _)| !figure.is_blank());
                let latest = latest.map(|(figure, time_ms)| Latest { time_ms, division: row.code, figure });
                self.special.add(&latest.map(Special::Latest).unwrap_or_default());
            }
            AddsUp::WeightedMean { weight } => {
                let Some(own) = own else { return };
                let mut mean = self.special.mean();
                mean.open += i128::from(own.figure(*weight).number().unwrap_or_default());
                mean.state(own.figure(indicator.id));
                self.special = Special::Mean(mean);
            }
            AddsUp::CountUnits { level, condition } => {
                let mut units = self.special.units();
                let seen = own.map(|own| seen(ground.form, own, *condition));
                units.open = merged(units.open, seen);
                if row.level >= *level {
                    units.close(ground.is_unit(row, *level));
                }
                self.special = Special::Units(units);
            }
            AddsUp::Sum | AddsUp::Ratio { .. } | AddsUp::Parts(_) | AddsUp::No => {}
        }
    }

    fn state(&mut self, figure: Figure) {
        match figure {
            Figure::Blank => self.blank += 1,
            Figure::Some => self.some += 1,
            Figure::Number(value) => {
                self.counted += 1;
                self.sum += i128::from(value);
            }
        }
    }

    /// The sum of several figures. A contributor that states one part as a number and another as "some" is in both counts.
    fn state_parts(&mut self, ids: &[u32], own: &Stated) {
        let stated: Vec<Figure> = ids.iter().map(|id| own.figure(*id)).collect();
        self.some += u32::from(stated.contains(&Figure::Some));
        self.counted += u32::from(stated.iter().any(|figure| figure.number().is_some()));
        self.blank += u32::from(stated.iter().all(|figure| figure.is_blank()));
        self.sum += stated.iter().filter_map(|figure| figure.number()).map(i128::from).sum::<i128>();
    }

    /// How many stated what, without a value yet.
    fn counts(&self) -> Total {
        Total {
            counted: self.counted,
            some: self.some,
            blank: self.blank,
            at_least: self.some > 0,
            ..Total::default()
        }
    }

    /// The total in `division`; `part_of` gives the part of another indicator there.
    pub(super) fn total<'p>(
        &self,
        ground: Ground<'_>,
        indicator: &Indicator,
        division: DivisionCode,
        part_of: impl Fn(u32) -> Option<&'p Self>,
    ) -> Total {
        match &indicator.adds_up {
            AddsUp::Sum | AddsUp::Parts(_) => self.counts().with(self.sum),
            AddsUp::Max => self.counts().with(self.special.greatest().map_or(0, i128::from)),
            // An earlier number is never passed off as the latest word: where the latest says "some", that is the total.
            AddsUp::Latest => match self.special.latest().map(|latest| latest.figure) {
                Some(Figure::Number(value)) => {
                    Total { at_least: false, ..self.counts().with(i128::from(value)) }
                }
                _ => self.counts(),
            },
            AddsUp::WeightedMean { .. } => self.special.mean().total(self.counts()),
            AddsUp::Ratio { numerator, denominator, factor } => {
                let pair = (part_of(*numerator), part_of(*denominator));
                let (Some(above), Some(below)) = pair else { return Total::default() };
                let exponents =
                    (u32::from(indicator.scale) + ground.scale_of(*denominator), ground.scale_of(*numerator));
                ratio(above, below, *factor, exponents)
            }
            AddsUp::CountUnits { level, .. } => self.special.units().total(ground, division, *level),
            AddsUp::No => Total::default(),
        }
    }
}

impl Special {
    fn add(&mut self, other: &Self) {
        match (&mut *self, other) {
            (_, Self::None) => {}
            (Self::None, other) => *self = other.clone(),
            (Self::Greatest(held), Self::Greatest(other)) => *held = (*held).max(*other),
            (Self::Latest(held), Self::Latest(other)) => {
                // Of equals the greater division is taken.
                let rank = |latest: &Latest| (latest.time_ms, latest.division);
                if rank(other) > rank(held) {
                    *held = *other;
                }
            }
            (Self::Mean(held), Self::Mean(other)) => held.add(other),
            (Self::Units(held), Self::Units(other)) => held.add(other),
            // One indicator has one way of adding up.
            (_, _) => {}
        }
    }

    const fn greatest(&self) -> Option<i64> {
        match self {
            Self::Greatest(value) => Some(*value),
            _ => None,
        }
    }

    const fn latest(&self) -> Option<Latest> {
        match self {
            Self::Latest(latest) => Some(*latest),
            _ => None,
        }
    }

    fn mean(&self) -> Mean {
        match self {
            Self::Mean(mean) => *mean,
            _ => Mean::default(),
        }
    }

    fn units(&self) -> Units {
        match self {
            Self::Units(units) => *units,
            _ => Units::default(),
        }
    }
}

impl Mean {
    fn add(&mut self, other: &Self) {
        match self.above.checked_add(other.above) {
            Some(above) => self.above = above,
            None => self.overflow = true,
        }
        self.below += other.below;
        self.counted += other.counted;
        self.open += other.open;
        self.overflow |= other.overflow;
    }

    /// A division that states a figure speaks for the weight that is open below it.
    fn state(&mut self, figure: Figure) {
        if figure.is_blank() {
            return;
        }
        let weight = std::mem::take(&mut self.open);
        let Some(value) = figure.number().filter(|_| weight > 0) else { return };
        // 2^63 · 2^63 · 20 000 is above i128: what a bad figure could do is an overflow, not a wrong mean.
        let product = i128::from(value).checked_mul(weight);
        match product.and_then(|product| self.above.checked_add(product)) {
            Some(above) => {
                self.above = above;
                self.below += weight;
                self.counted += 1;
            }
            None => self.overflow = true,
        }
    }

    /// A mean is no lower bound, so it is never "at least".
    fn total(&self, counts: Total) -> Total {
        let counts = Total { counted: self.counted, ..counts };
        if self.overflow {
            return counts.overflowed();
        }
        Total { at_least: false, ..counts.with(divide(self.above, self.below).unwrap_or_default()) }
    }
}

impl Units {
    fn add(&mut self, other: &Self) {
        self.counted += other.counted;
        self.meeting += other.meeting;
        self.blank += other.blank;
        self.open = merged(self.open, other.open);
    }

    /// What is open belongs to this division; `counts`: it is a unit.
    fn close(&mut self, counts: bool) {
        match self.open.take().filter(|_| counts) {
            Some(Seen { stated: true, met }) => {
                self.counted += 1;
                self.meeting += u32::from(met);
            }
            Some(Seen { stated: false, .. }) => self.blank += 1,
            None => {}
        }
    }

    fn total(mut self, ground: Ground<'_>, division: DivisionCode, level: Level) -> Total {
        // Asked for a township: its county is the unit, and lies above what was asked for.
        let above = ground.directory.lineage(division);
        let unit = above.iter().filter_map(|code| ground.directory.get(*code)).find(|row| row.level >= level);
        self.close(unit.is_some_and(|row| ground.is_unit(row, level)));
        Total { value: self.meeting.into(), counted: self.counted, blank: self.blank, ..Total::default() }
    }
}

/// What a report says towards a condition.
fn seen(form: &Form, own: &Stated, condition: UnitCondition) -> Seen {
    let judge = |figures: &mut dyn Iterator<Item = Figure>| {
        figures.filter(|figure| !figure.is_blank()).fold(Seen::default(), |seen, figure| Seen {
            stated: true,
            met: seen.met || figure.is_positive(),
        })
    };
    match condition {
        UnitCondition::Positive(id) => judge(&mut std::iter::once(own.figure(id))),
        UnitCondition::AnyLoss => {
            let losses = form.indicators.iter().filter(|indicator| indicator.loss);
            judge(&mut losses.map(|indicator| own.figure(indicator.id)))
        }
    }
}

fn merged(held: Option<Seen>, other: Option<Seen>) -> Option<Seen> {
    match (held, other) {
        (Some(a), Some(b)) => Some(Seen { stated: a.stated || b.stated, met: a.met || b.met }),
        (one, none) => one.or(none),
    }
}

/// Computed from the two totals, never from ratios. Where the denominator is zero there is no ratio. `exponents` are the
/// powers of ten that bring both to the scale of the ratio.
fn ratio(above: &Part, below: &Part, factor: i64, exponents: (u32, u32)) -> Total {
    let counts = Total { at_least: above.some > 0 && below.some == 0, ..above.counts() };
    let fits = |part: &Part| i64::try_from(part.sum).is_ok();
    if !fits(above) || !fits(below) {
        return counts.overflowed();
    }
    // Scales have at most 6 decimals and a factor 20 bits: 63 bits times 10^12 times 2^20 fits.
    let numerator = above.sum * i128::from(factor) * 10_i128.pow(exponents.0);
    let denominator = below.sum * 10_i128.pow(exponents.1);
    match divide(numerator, denominator) {
        Some(ratio) => counts.with(ratio),
        None => Total { counted: 0, at_least: false, ..counts },
    }
}

impl Total {
    /// With that value; one that does not fit is held at the end of the range and flagged.
    fn with(self, value: i128) -> Self {
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
