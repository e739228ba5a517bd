//! Whether an adoption keeps to what was set above it. One pure function: the level that types a value asks it before it
//! signs, and every hub above asks it again.

use super::{Adoption, AidStandard, Clause, Setting, Step, is_place, percent};
use crate::{
    date::Date,
    directory::Directory,
    division::{DivisionCode, Level},
};

/// Rule of a finding that may vanish by itself: the standard or its version has not arrived here yet.
pub const PENDING: &str = "STANDARD";

/// A rule that an adoption breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its word: `FLOOR`, `FORMULA`, `INCOME`, `SCOPE`, `SETTER`, `PAST`, [`PENDING`].
    pub rule: &'static str,
    /// For an office.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

/// What an adoption is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// All versions of the standard that are held, rising.
    pub versions: &'a [&'a AidStandard],
    /// Who exists.
    pub directory: &'a Directory,
    /// The day it was signed; `None`: the signer's clock cannot be right, and no rule about days is judged.
    pub signed_on: Option<Date>,
}

/// The version that judges what takes effect on `day`: the latest in force then, or where none is, the one that is
/// followed: a county may raise its value ahead of the date set for all.
#[must_use]
pub fn governing<'a>(versions: &[&'a AidStandard], follows: u32, day: Date) -> Option<&'a AidStandard> {
    let in_force = versions.iter().filter(|standard| standard.from <= day);
    let latest = in_force.max_by_key(|standard| standard.version);
    latest.or_else(|| versions.iter().find(|standard| standard.version == follows)).copied()
}

/// Every rule that the adoption breaks; none: it counts.
#[must_use]
pub fn check(adoption: &Adoption, ground: &Ground<'_>) -> Vec<Finding> {
    let followed = ground.versions.iter().find(|standard| standard.version == adoption.version);
    let Some(followed) = followed else { return vec![pending(adoption)] };
    let mut findings: Vec<Finding> = past(adoption, ground).into_iter().collect();
    let standard = match adoption.setting() {
        Some(setting) => governing(ground.versions, adoption.version, setting.from).unwrap_or(followed),
        None => followed,
    };
    for place in &adoption.covers {
        findings.extend(at_place(adoption, standard, *place, ground.directory));
    }
    findings
}

fn pending(adoption: &Adoption) -> Finding {
    let (code, version) = (&adoption.standard, adoption.version);
    Finding {
        rule: PENDING,
        zh: format!("本站尚未收到标准 {code} 第 {version} 版"),
        en: format!("version {version} of standard {code} has not arrived here"),
    }
}

/// A day that was past when it was signed, unless the adoption says that it is entered late.
fn past(adoption: &Adoption, ground: &Ground<'_>) -> Option<Finding> {
    let signed = ground.signed_on?;
    let (day, zh, en) = match &adoption.step {
        Step::Preparing { until } => (until, "准备期限", "the day it is prepared for"),
        Step::InForce(setting) if !adoption.recorded_late => (&setting.from, "执行日期", "the first day"),
        _ => return None,
    };
    (*day < signed).then(|| Finding {
        rule: "PAST",
        zh: format!("{zh} {day} 早于签发日 {signed}；确已执行、现在补录的，应注明补录"),
        en: format!("{en}, {day}, is before the day of signing, {signed}; what already holds must say so"),
    })
}

fn at_place(
    adoption: &Adoption,
    standard: &AidStandard,
    place: DivisionCode,
    directory: &Directory,
) -> Option<Finding> {
    let name = name(directory, place);
    let is_place = directory.get(place).is_some_and(|division| is_place(directory, division));
    let clause = standard.clause(directory, place).filter(|_| is_place);
    let Some(clause) = clause else {
        return Some(Finding {
            rule: "SCOPE",
            zh: format!("{}第 {} 版不适用于 {name}", standard.name, standard.version),
            en: format!("version {} of {} does not speak of {name}", standard.version, standard.code),
        });
    };
    let level = directory.get(adoption.setter).map(|setter| setter.level);
    let below = directory.is_within(place, adoption.setter);
    // A township, or an area run by its city, sets nothing.
    let may = level.is_some_and(|level| level > Level::Township && level <= clause.set_by);
    if !below || !may {
        let setter = self::name(directory, adoption.setter);
        return Some(Finding {
            rule: "SETTER",
            zh: format!("{name} 的标准不由 {setter} 制定"),
            en: format!("{setter} does not set the value of {name}"),
        });
    }
    adoption.setting().and_then(|setting| short(standard, clause, setting, &name))
}

/// What the value falls short of.
pub(super) fn short(
    standard: &AidStandard,
    clause: &Clause,
    setting: &Setting,
    place: &str,
) -> Option<Finding> {
    let yearly = i128::from(setting.value.0) * setting.period.in_year();
    let (unit_zh, unit_en) = (setting.period.unit_zh(), setting.period.unit_en());
    let (code, version, value) = (&standard.code, standard.version, setting.value);
    let words = format!("（{}第 {version} 版，{}）", standard.name, standard.document);
    if let Some(floor) = clause.floor
        && yearly < i128::from(floor.0) * standard.period.in_year()
    {
        let (floor_zh, floor_en) = (standard.period.unit_zh(), standard.period.unit_en());
        return Some(Finding {
            rule: "FLOOR",
            zh: format!("{place} 定为 {value} {unit_zh}，低于规定的最低线 {floor} {floor_zh}{words}"),
            en: format!(
                "{value} {unit_en} at {place} is below the floor of {floor} {floor_en} in version {version} of {code}"
            ),
        });
    }
    let share = clause.share_bp?;
    let (income_zh, income_en, part) = (standard.income.zh(), standard.income.en(), percent(share));
    let Some(income) = setting.income else {
        // Where there is a floor, a value above it can stand until the income is published.
        return clause.floor.is_none().then(|| Finding {
            rule: "INCOME",
            zh: format!("{place} 未填{income_zh}，无法按 {part} 核对{words}"),
            en: format!("{income_en} at {place} is not stated; {code} is judged as {part} of it"),
        });
    };
    let enough = yearly * i128::from(super::WHOLE_BP) >= i128::from(share) * i128::from(income.0);
    let least = clause.least(standard.period, Some(income), setting.period)?;
    (!enough).then(|| Finding {
        rule: "FORMULA",
        zh: format!(
            "{place} 定为 {value} {unit_zh}，低于{income_zh} {income} 元的 {part}，即 {least} {unit_zh}{words}"
        ),
        en: format!(
            "{value} {unit_en} at {place} is below {part} of {income_en}, {income} yuan: at least {least} in version {version} of {code}"
        ),
    })
}

/// Whether a value was held against the share of the income that its standard demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Formula {
    /// 已按公式核对.
    Judged,
    /// 公式未核对: the income is not stated, so only the floor was judged.
    NotJudged,
}

/// How far `setting` was judged by the formula of `standard` at `places`. `None`: it demands no share of the income at any.
#[must_use]
pub fn formula(
    standard: &AidStandard,
    directory: &Directory,
    places: &[DivisionCode],
    setting: &Setting,
) -> Option<Formula> {
    let share = |place: &DivisionCode| standard.clause(directory, *place)?.share_bp;
    places.iter().find_map(share)?;
    Some(if setting.income.is_some() { Formula::Judged } else { Formula::NotJudged })
}

pub(super) fn name(directory: &Directory, code: DivisionCode) -> String {
    directory.get(code).map_or_else(|| code.to_string(), |division| format!("{code} {}", division.name))
}
