//! How far a standard has been followed, place by place.

use super::{Adoption, AidStandard, Setting, Step, check::short, is_county, places_within};
use crate::{
    date::Date,
    directory::Directory,
    division::{DivisionCode, Level},
};

/// How far a place has come with one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceState {
    /// 已执行: a value is in force that keeps to the version.
    InForce,
    /// 已发文: the document is out, or a value is set for a later day.
    Issued,
    /// 准备中: a value is being prepared.
    Preparing,
    /// 逾期: it was to be in force by a day that is past.
    Overdue,
    /// 未达标: the value in force is an earlier one, below what this version demands.
    Below,
    /// 未行动: nothing was said.
    None,
}

impl PlaceState {
    /// All, furthest first.
    pub const ALL: [Self; 6] =
        [Self::InForce, Self::Issued, Self::Preparing, Self::Overdue, Self::Below, Self::None];

    /// As an office writes it.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::InForce => "已执行",
            Self::Issued => "已发文",
            Self::Preparing => "准备中",
            Self::Overdue => "逾期未执行",
            Self::Below => "未达标",
            Self::None => "未行动",
        }
    }
}

/// One place under one version. The numbers point into the list of adoptions that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// Which place.
    pub place: DivisionCode,
    /// One of the counties that the province counts; else it stands beside them.
    pub county: bool,
    /// How far.
    pub state: PlaceState,
    /// The adoption whose value is in force, of the lowest setter that has one.
    pub in_force: Option<usize>,
    /// The adoption that says what comes next, if that is later than what is in force.
    pub next: Option<usize>,
}

/// How far each place below `top` has come with `standard` on `day`, in code order. Places that the standard says nothing
/// about are left out.
///
/// `adoptions` are those that count, each setter's in the order of their numbers.
#[must_use]
pub fn reach(
    standard: &AidStandard,
    directory: &Directory,
    top: DivisionCode,
    adoptions: &[Adoption],
    day: Date,
) -> Vec<Reached> {
    let places = places_within(directory, top).filter(|place| place.exists_on(day));
    let mut reached = Vec::new();
    for place in places {
        let Some(clause) = standard.clause(directory, place.code) else { continue };
        let of_place = || adoptions.iter().enumerate().filter(|(_, said)| said.covers.contains(&place.code));
        let level = |said: &Adoption| directory.get(said.setter).map_or(Level::Province, |of| of.level);
        let in_force = last(of_place().filter(|(_, said)| holds(said, day)), level);
        let keeps = |setting: &Setting| short(standard, clause, setting, "").is_none();
        let to_come = |said: &Adoption| match &said.step {
            Step::Seen => false,
            Step::Preparing { .. } | Step::Issued { .. } => said.version >= standard.version,
            Step::InForce(setting) => setting.from > day && keeps(setting),
        };
        // What the setter said before the value in force is done with.
        let after = |at: usize, said: &Adoption| {
            in_force.is_none_or(|held| adoptions[held].setter != said.setter || at > held)
        };
        let next = last(of_place().filter(|(at, said)| to_come(said) && after(*at, said)), level);
        let followed = in_force.and_then(|at| adoptions[at].setting()).map(keeps);
        let state = match (followed, next.map(|at| &adoptions[at].step)) {
            (Some(true), _) => PlaceState::InForce,
            (_, Some(Step::Preparing { until })) if *until < day => PlaceState::Overdue,
            (_, Some(Step::Preparing { .. })) => PlaceState::Preparing,
            (_, Some(_)) => PlaceState::Issued,
            (Some(false), None) => PlaceState::Below,
            (None, None) => PlaceState::None,
        };
        reached.push(Reached { place: place.code, county: is_county(place), state, in_force, next });
    }
    reached
}

fn holds(said: &Adoption, day: Date) -> bool {
    said.setting().is_some_and(|setting| setting.from <= day)
}

/// The last word of the lowest setter: of two that speak for a place, the nearer one is followed.
fn last<'a>(
    said: impl Iterator<Item = (usize, &'a Adoption)>,
    level: impl Fn(&Adoption) -> Level,
) -> Option<usize> {
    let lowest = said.max_by_key(|(at, said)| (std::cmp::Reverse(level(said)), *at));
    lowest.map(|(at, _)| at)
}
