//! One question of a form, and how its answers add up.

use crate::{account::Booking, division::Level, kind::DisasterKind};

/// The most decimals an indicator keeps: 1 万元 is 10^6 fen. Nothing finer is ever counted.
pub const SCALE_MAX: u8 = 6;

/// One row of a form (指标).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indicator {
    /// Its number in signed bytes: frozen, never reused, whatever happens to code or name.
    pub id: u32,
    /// The word of the catalogue: `QL010`.
    pub code: String,
    /// 受灾人口.
    pub zh: String,
    /// Population affected.
    pub en: String,
    /// 人, 公顷, 万元 …: what people read and type; empty for a time or a choice.
    pub unit: String,
    /// The unit in English.
    pub unit_en: String,
    /// Decimals kept: a figure is stored in 10^-scale of its unit. 0 for counts, 2 for hectares (0.01 ha),
    /// 3 for kilometres (metres), 6 for 万元 (fen).
    pub scale: u8,
    /// Whether it may fall from one revision to the next, and who states it.
    pub nature: Nature,
    /// How the figures of several divisions make one.
    pub adds_up: AddsUp,
    /// The highest level its figures may travel to.
    pub reach: Level,
    /// Code of the heading it stands under.
    pub group: String,
    /// The kinds of disaster it makes sense for; empty: all.
    pub kinds: Vec<DisasterKind>,
    /// Whether a figure above zero means that the division has suffered, so that it counts as affected.
    pub loss: bool,
    /// The levels that fill it in, lowest first; empty: whoever reports. A division without counties between it
    /// and its townships fills what counties fill.
    pub filled_by: Vec<Level>,
    /// The office that fills it in: 民政, 财政, 应急 …; may be empty.
    pub office: String,
    /// What is counted, for the person who fills it in; may be empty.
    pub note: String,
    /// What other systems call it: one figure may have several codes, and one code several figures.
    pub foreign: Vec<ForeignCode>,
    /// What is typed.
    pub answer: Answer,
    /// Which part it plays in an account of money or goods; `None`: in none.
    pub booking: Option<Booking>,
}

/// What another system calls an indicator.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ForeignCode {
    /// Which system or table: `NNDIMS`, `YZH`, `A01`.
    pub system: String,
    /// Its code there.
    pub code: String,
}

/// What a clerk types as an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A number in the unit.
    Number,
    /// A moment in Asia/Shanghai, kept in milliseconds since 1970-01-01 UTC.
    Time,
    /// One of these words, kept as its place in the list, 0 first: the greater, the graver.
    Choice(Vec<Choice>),
}

/// One word that may be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The word on the command line: `none`.
    pub code: String,
    /// 未启动.
    pub zh: String,
}

/// What sort of figure it is over the life of an event, or from month to month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Nature {
    /// 累计值: from the beginning of the event, or since January, until now. That of an event falls only with an
    /// explanation.
    Cumulative,
    /// 实时值: now, or at the end of the month. Rises and falls.
    Current,
    /// 当月值: within the month.
    Flow,
    /// Counted or computed by the hub from the reports below. No form asks for it, and a figure stated for it is
    /// not used.
    Count,
}

/// How the total of a division comes from the reports within it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddsUp {
    /// The sum.
    Sum,
    /// The largest.
    Max,
    /// The one with the latest cut-off.
    Latest,
    /// The mean, each figure weighted by another indicator: that of the same report and of the reports below it
    /// for which no division in between states a figure of its own.
    WeightedMean {
        /// Id of the weight.
        weight: u32,
    },
    /// The total of one indicator divided by that of another, times a factor that leads to the unit of this one.
    Ratio {
        /// Id of what is divided.
        numerator: u32,
        /// Id of what it is divided by.
        denominator: u32,
        /// 1 for a plain quotient, 100 for a percentage, 10 000 from 万元 to 元.
        factor: i64,
    },
    /// The sum of the totals of other indicators, which different levels fill in: nobody types the whole.
    Parts(
        /// Their ids.
        Vec<u32>,
    ),
    /// How many units of one level meet a condition.
    CountUnits {
        /// Level of the units that are counted.
        level: Level,
        /// What makes a unit count.
        condition: UnitCondition,
    },
    /// Not at all: a total has no such figure.
    No,
}

/// When a unit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitCondition {
    /// Some report within it states a loss above zero, or "some", in an indicator with [`Indicator::loss`].
    AnyLoss,
    /// Some report within it states more than zero, or "some", for the indicator of this id.
    Positive(u32),
}

impl Indicator {
    /// Whether a clerk fills it in; the others are counted by the hub.
    #[must_use]
    pub fn is_entered(&self) -> bool {
        self.nature != Nature::Count
    }

    /// Whether it makes sense for that kind of disaster.
    #[must_use]
    pub fn applies_to(&self, kind: DisasterKind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }
}
