//! Standards, the values set under them, and how far they have been followed.

use std::collections::{BTreeMap, BTreeSet};

use fengsui_model::standard::{
    Clause, Formula, PlaceState, Reached, Setting, Step, governing, percent, place_of,
};
use fengsui_model::{
    Adoption, AidStandard, Date, Directory, DivisionCode, Fen, Level, StandardCode, standard as model,
};
use fengsui_store::{StoreError, StoredEntry};
use fengsui_wire::{Kind, Position, Reason, Statement, statement};
use serde::{Deserialize, Serialize};

use super::{DivisionView, ReasonView, Reference, division};
use crate::clock::shown;
use crate::standards::{self as fold, Issued, Standards, Word};
use crate::station::Station;

/// The signed entry behind a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofView {
    /// Names it on a command line: `show` prints its exact bytes.
    pub entry: String,
    /// Its hash.
    pub hash: String,
    /// Key that signed it.
    pub signer: String,
    /// Signer's clock, Asia/Shanghai.
    pub signed_at: String,
    /// Whether signature and body were checked just now, and hold.
    pub verified: bool,
}

/// One clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClauseView {
    /// Divisions it names.
    pub divisions: Vec<DivisionView>,
    /// Kinds of division it names.
    pub kinds: Vec<String>,
    /// Least value, in yuan.
    pub floor: Option<Fen>,
    /// Least share of the income, like `20%`.
    pub share: Option<String>,
    /// Highest level that may set a value.
    pub set_by: Level,
}

/// One version of a standard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionView {
    /// Its number.
    pub version: u32,
    /// Number of the document.
    pub document: String,
    /// First day in force.
    pub from: Date,
    /// Whether it is the one in force on the day that was asked for.
    pub in_force: bool,
    /// Its entry in the log of the root.
    pub proof: ProofView,
}

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueView {
    /// Who set it.
    pub setter: DivisionView,
    /// In yuan.
    pub value: Fen,
    /// 元/人·月 or 元/人·年.
    pub unit: String,
    /// First day in force.
    pub from: Date,
    /// Number of the setter's document.
    pub document: String,
    /// Last year's income that it was judged by, in yuan.
    pub income: Option<Fen>,
    /// Whether it was; absent where the standard demands no share of the income.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<Formula>,
    /// The setter's entry.
    pub proof: ProofView,
}

/// What holds where this station stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HereView {
    /// The county or area.
    pub place: DivisionView,
    /// Floor there, in yuan.
    pub floor: Option<Fen>,
    /// Share there.
    pub share: Option<String>,
    /// How far it has come.
    pub state: PlaceState,
    /// The value in force.
    pub value: Option<ValueView>,
    /// The value that is set for a later day.
    pub next: Option<ValueView>,
}

/// A standard as this station holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandardView {
    /// Its code.
    pub code: StandardCode,
    /// What it is called.
    pub name: String,
    /// The version shown: in force on the day, or else the first to come.
    pub version: u32,
    /// Title of the document.
    pub title: String,
    /// Number of the document.
    pub document: String,
    /// Date of the document, if it is known.
    pub issued: Option<Date>,
    /// First day in force.
    pub from: Date,
    /// Whether it is in force on the day.
    pub in_force: bool,
    /// What the floors are for.
    pub unit: String,
    /// Whose income the shares are of.
    pub income: String,
    /// Its clauses.
    pub clauses: Vec<ClauseView>,
    /// All versions that stand here, latest first.
    pub versions: Vec<VersionView>,
    /// What holds at this station; absent above the counties.
    pub here: Option<HereView>,
    /// Stations of this hub's subtree that have signed that the latest version arrived, this one not counted.
    pub seen: usize,
    /// Stations appointed in that subtree, this one not counted.
    pub stations: usize,
}

/// One setter's last word under a version, with the places that follow it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetterView {
    /// Who.
    pub division: DivisionView,
    /// How far.
    pub state: PlaceState,
    /// The value, where one is stated.
    pub value: Option<Fen>,
    /// Its unit.
    pub unit: Option<String>,
    /// Last year's income, in yuan, where it is stated.
    pub income: Option<Fen>,
    /// Whether the value was held against it; absent where none is stated, or the version demands no share of the income.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<Formula>,
    /// First day in force, or the day it is prepared for.
    pub day: Option<Date>,
    /// Number of the document.
    pub document: Option<String>,
    /// Places that it speaks for and nobody nearer does.
    pub covers: Vec<DivisionView>,
    /// How many of them are among the counties that the province counts.
    pub counties: usize,
    /// The signed entry.
    pub proof: ProofView,
}

/// One place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceView {
    /// Which.
    pub division: DivisionView,
    /// Among the counties that the province counts.
    pub county: bool,
    /// How far.
    pub state: PlaceState,
    /// Who has the last word for it.
    pub setter: Option<DivisionView>,
    /// That word's entry.
    pub entry: Option<String>,
}

/// A unit that stands beside the counties: a development zone, or a city-level unit with areas of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BesideView {
    /// Which.
    pub division: DivisionView,
    /// Places of it.
    pub of: usize,
    /// How many of them follow the version.
    pub in_force: usize,
    /// The state of the place that has come least far.
    pub state: PlaceState,
}

/// Counties by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountsView {
    /// 已执行.
    pub in_force: usize,
    /// 已发文.
    pub issued: usize,
    /// 准备中.
    pub preparing: usize,
    /// 逾期未执行.
    pub overdue: usize,
    /// 未达标.
    pub below: usize,
    /// 未行动.
    pub none: usize,
}

/// How far a version has been followed below this hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachView {
    /// Which standard.
    pub code: StandardCode,
    /// What it is called.
    pub name: String,
    /// Which version.
    pub version: u32,
    /// Number of its document.
    pub document: String,
    /// On which day.
    pub on: Date,
    /// Below which division.
    pub division: DivisionView,
    /// Setting units whose value is in force and keeps to the version.
    pub units: usize,
    /// Those of them whose value was not held against the formula, because no income is stated.
    pub formula_not_judged: usize,
    /// Counties where such a value is in force.
    pub counties: usize,
    /// Counties in all.
    pub of: usize,
    /// The counties by state.
    pub counts: CountsView,
    /// By setting unit.
    pub setters: Vec<SetterView>,
    /// By place, counties and others.
    pub places: Vec<PlaceView>,
    /// What stands beside the counties.
    pub beside: Vec<BesideView>,
    /// Words that are held and not counted, with the reasons.
    pub not_counted: Vec<(ProofView, DivisionView, Vec<ReasonView>)>,
    /// Stations below that have signed that this version or a later one arrived.
    pub seen: usize,
    /// Stations appointed below.
    pub stations: usize,
}

fn proof(station: &Station, position: Position) -> Result<ProofView, StoreError> {
    let verified = station.verified(position)?;
    let signer = station.store().name(position.log).map(|name| name.key.to_string());
    let at = verified.as_ref().map(|entry| shown(entry.header().draft.clock_ms));
    Ok(ProofView {
        entry: Reference::of(&position),
        hash: verified.as_ref().map(|entry| entry.hash().to_string()).unwrap_or_default(),
        signer: signer.unwrap_or_default(),
        signed_at: at.unwrap_or_default(),
        verified: verified.is_some(),
    })
}

/// Every standard that stands here, on `day`.
///
/// # Errors
/// When the store cannot be read.
pub fn standards(station: &Station, day: Date) -> Result<Vec<StandardView>, StoreError> {
    let standards = station.standards()?;
    let codes: Vec<StandardCode> = standards.codes().cloned().collect();
    let views = codes.iter().map(|code| of(station, &standards, code, day));
    Ok(views.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// One of them.
///
/// # Errors
/// When the store cannot be read.
pub fn standard(
    station: &Station,
    code: &StandardCode,
    day: Date,
) -> Result<Option<StandardView>, StoreError> {
    of(station, &station.standards()?, code, day)
}

fn of(
    station: &Station,
    standards: &Standards,
    code: &StandardCode,
    day: Date,
) -> Result<Option<StandardView>, StoreError> {
    let versions = standards.of(code);
    let in_force = standards.in_force(code, day);
    let (Some(shown), Some(latest)) = (in_force.or(versions.first().copied()), versions.last()) else {
        return Ok(None);
    };
    let version = |issued: &&Issued| -> Result<VersionView, StoreError> {
        Ok(VersionView {
            version: issued.standard.version,
            document: issued.standard.document.clone(),
            from: issued.standard.from,
            in_force: in_force.is_some_and(|of| of.standard.version == issued.standard.version),
            proof: proof(station, issued.position)?,
        })
    };
    let (seen, stations) = arrived(station, standards, code, latest.standard.version)?;
    let standard = &shown.standard;
    Ok(Some(StandardView {
        code: code.clone(),
        name: standard.name.clone(),
        version: standard.version,
        title: standard.title.clone(),
        document: standard.document.clone(),
        issued: standard.issued,
        from: standard.from,
        in_force: in_force.is_some(),
        unit: standard.period.unit_zh().into(),
        income: standard.income.zh().into(),
        clauses: standard.clauses.iter().map(|of| clause(station, of)).collect(),
        versions: versions.iter().rev().map(version).collect::<Result<_, _>>()?,
        here: here(station, standards, standard, day)?,
        seen,
        stations,
    }))
}

fn clause(station: &Station, of: &Clause) -> ClauseView {
    ClauseView {
        divisions: of.divisions.iter().map(|code| division(station.registry(), *code)).collect(),
        kinds: of.kinds.clone(),
        floor: of.floor,
        share: of.share_bp.map(percent),
        set_by: of.set_by,
    }
}

/// How many stations below have signed that `version` or a later one arrived, and how many there are.
fn arrived(
    station: &Station,
    standards: &Standards,
    code: &StandardCode,
    version: u32,
) -> Result<(usize, usize), StoreError> {
    let (registry, own) = (station.registry(), station.own().key);
    let keeps_log = |of: &&fengsui_protocol::Standing| {
        matches!(of.role, fengsui_wire::Role::Node | fengsui_wire::Role::Hub) && of.key != own
    };
    let below = |key: &_| registry.is_within(key, station.identity().division);
    let stations: BTreeSet<_> =
        registry.standings().filter(keeps_log).map(|of| of.key).filter(below).collect();
    let seen = fold::seen(station.store(), registry, standards, code)?;
    let seen: BTreeSet<_> =
        seen.iter().filter(|word| word.adoption.version >= version).map(|word| word.signer).collect();
    Ok((seen.intersection(&stations).count(), stations.len()))
}

/// The words that count, those that do not, and where each place stands.
struct Followed {
    counted: Vec<Word>,
    not_counted: Vec<Word>,
    reached: Vec<Reached>,
}

fn followed(
    station: &Station,
    standards: &Standards,
    standard: &AidStandard,
    top: DivisionCode,
    day: Date,
) -> Result<Option<Followed>, StoreError> {
    let Some(directory) = station.registry().directory() else { return Ok(None) };
    let words = fold::words(station.store(), station.registry(), standards, &standard.code)?;
    let (counted, not_counted): (Vec<Word>, Vec<Word>) =
        words.into_iter().partition(|word| word.reasons.is_empty());
    let adoptions: Vec<Adoption> = counted.iter().map(|word| word.adoption.clone()).collect();
    let reached = model::reach(standard, directory, top, &adoptions, day);
    Ok(Some(Followed { counted, not_counted, reached }))
}

fn here(
    station: &Station,
    standards: &Standards,
    standard: &AidStandard,
    day: Date,
) -> Result<Option<HereView>, StoreError> {
    let Some(directory) = station.registry().directory() else { return Ok(None) };
    let place = place_of(directory, station.identity().division).map(|place| place.code);
    let Some((place, clause)) = place.and_then(|code| Some((code, standard.clause(directory, code)?))) else {
        return Ok(None);
    };
    let Some(followed) = followed(station, standards, standard, place, day)? else { return Ok(None) };
    let Some(reached) = followed.reached.iter().find(|of| of.place == place) else { return Ok(None) };
    let value = |at: Option<usize>| match at.map(|at| &followed.counted[at]) {
        Some(word) => value(station, standard, directory, place, word),
        None => Ok(None),
    };
    Ok(Some(HereView {
        place: division(station.registry(), place),
        floor: clause.floor,
        share: clause.share_bp.map(percent),
        state: reached.state,
        value: value(reached.in_force)?,
        next: value(reached.next)?,
    }))
}

fn value(
    station: &Station,
    standard: &AidStandard,
    directory: &Directory,
    place: DivisionCode,
    word: &Word,
) -> Result<Option<ValueView>, StoreError> {
    let Some(setting) = word.adoption.setting() else { return Ok(None) };
    Ok(Some(ValueView {
        setter: division(station.registry(), word.adoption.setter),
        value: setting.value,
        unit: setting.period.unit_zh().into(),
        from: setting.from,
        document: setting.document.clone(),
        income: setting.income,
        formula: model::formula(standard, directory, &[place], setting),
        proof: proof(station, word.position)?,
    }))
}

/// Whether the value that `adoption` states was held against the formula of the version that judges it. `None`: it states
/// none, or the version demands no share of the income.
///
/// # Errors
/// When the store cannot be read.
pub fn formula_of(station: &Station, adoption: &Adoption) -> Result<Option<Formula>, StoreError> {
    let standards = station.standards()?;
    let versions: Vec<_> = standards.of(&adoption.standard).into_iter().map(|of| &of.standard).collect();
    let judged = |setting: &Setting| {
        let standard = governing(&versions, adoption.version, setting.from)?;
        model::formula(standard, station.registry().directory()?, &adoption.covers, setting)
    };
    Ok(adoption.setting().and_then(judged))
}

/// How far `code` has been followed below this hub on `day`: its latest version, or the one that is named. `None` where
/// there is no such version.
///
/// # Errors
/// When the store cannot be read.
pub fn reach(
    station: &Station,
    code: &StandardCode,
    version: Option<u32>,
    day: Date,
) -> Result<Option<ReachView>, StoreError> {
    let standards = station.standards()?;
    let versions = standards.of(code);
    let wanted = |of: &&&Issued| version.is_none_or(|version| of.standard.version == version);
    let Some(issued) = versions.iter().rev().find(wanted) else { return Ok(None) };
    let (standard, top) = (&issued.standard, station.identity().division);
    let Some(directory) = station.registry().directory() else { return Ok(None) };
    let Some(followed) = followed(station, &standards, standard, top, day)? else { return Ok(None) };
    let counties: Vec<&Reached> = followed.reached.iter().filter(|of| of.county).collect();
    let counts = counts(&counties);
    let in_force = followed.reached.iter().filter(|of| of.state == PlaceState::InForce);
    let units: BTreeSet<DivisionCode> =
        in_force.filter_map(deciding).map(|at| followed.counted[at].adoption.setter).collect();
    let (seen, stations) = arrived(station, &standards, code, standard.version)?;
    let setters = setters(station, standard, directory, &followed)?;
    let unjudged =
        |of: &&SetterView| of.state == PlaceState::InForce && of.formula == Some(Formula::NotJudged);
    let unjudged: BTreeSet<DivisionCode> =
        setters.iter().filter(unjudged).map(|of| of.division.code).collect();
    Ok(Some(ReachView {
        code: code.clone(),
        name: standard.name.clone(),
        version: standard.version,
        document: standard.document.clone(),
        on: day,
        division: division(station.registry(), top),
        units: units.len(),
        formula_not_judged: unjudged.len(),
        counties: counts.in_force,
        of: counties.len(),
        counts,
        setters,
        places: followed.reached.iter().map(|of| place(station, &followed, of)).collect(),
        beside: beside(station, directory, &followed.reached),
        not_counted: not_counted(station, &followed.not_counted)?,
        seen,
        stations,
    }))
}

/// The word that decides a place's state.
fn deciding(reached: &Reached) -> Option<usize> {
    match reached.state {
        PlaceState::InForce | PlaceState::Below => reached.in_force,
        _ => reached.next,
    }
}

fn counts(counties: &[&Reached]) -> CountsView {
    let count = |state| counties.iter().filter(|of| of.state == state).count();
    CountsView {
        in_force: count(PlaceState::InForce),
        issued: count(PlaceState::Issued),
        preparing: count(PlaceState::Preparing),
        overdue: count(PlaceState::Overdue),
        below: count(PlaceState::Below),
        none: count(PlaceState::None),
    }
}

fn setters(
    station: &Station,
    standard: &AidStandard,
    directory: &Directory,
    followed: &Followed,
) -> Result<Vec<SetterView>, StoreError> {
    let mut by_word: BTreeMap<usize, Vec<&Reached>> = BTreeMap::new();
    for reached in &followed.reached {
        if let Some(at) = deciding(reached) {
            by_word.entry(at).or_default().push(reached);
        }
    }
    let mut views = Vec::new();
    for (at, places) in by_word {
        let word = &followed.counted[at];
        let (value, day, document) = match &word.adoption.step {
            Step::Seen => continue,
            Step::Preparing { until } => (None, *until, None),
            Step::Issued { document, date } => (None, *date, Some(document.clone())),
            Step::InForce(setting) => (Some(setting), setting.from, Some(setting.document.clone())),
        };
        let codes: Vec<DivisionCode> = places.iter().map(|of| of.place).collect();
        views.push(SetterView {
            division: division(station.registry(), word.adoption.setter),
            state: places[0].state,
            value: value.map(|setting| setting.value),
            unit: value.map(|setting| setting.period.unit_zh().into()),
            income: value.and_then(|setting| setting.income),
            formula: value.and_then(|setting| model::formula(standard, directory, &codes, setting)),
            day: Some(day),
            document,
            covers: places.iter().map(|of| division(station.registry(), of.place)).collect(),
            counties: places.iter().filter(|of| of.county).count(),
            proof: proof(station, word.position)?,
        });
    }
    Ok(views)
}

fn place(station: &Station, followed: &Followed, reached: &Reached) -> PlaceView {
    let word = deciding(reached).map(|at| &followed.counted[at]);
    PlaceView {
        division: division(station.registry(), reached.place),
        county: reached.county,
        state: reached.state,
        setter: word.map(|word| division(station.registry(), word.adoption.setter)),
        entry: word.map(|word| Reference::of(&word.position)),
    }
}

/// A zone is a line of its own; the areas of a city-level unit are one line under its name.
fn beside(station: &Station, directory: &Directory, reached: &[Reached]) -> Vec<BesideView> {
    let mut lines: BTreeMap<DivisionCode, Vec<&Reached>> = BTreeMap::new();
    for of in reached.iter().filter(|of| !of.county) {
        let row = directory.get(of.place);
        let area = row.is_some_and(|row| row.level == Level::Township);
        let line = row.and_then(|row| row.parent).filter(|_| area).unwrap_or(of.place);
        lines.entry(line).or_default().push(of);
    }
    let view = |(code, places): (DivisionCode, Vec<&Reached>)| BesideView {
        division: division(station.registry(), code),
        of: places.len(),
        in_force: places.iter().filter(|of| of.state == PlaceState::InForce).count(),
        state: places.iter().map(|of| of.state).max().unwrap_or(PlaceState::None),
    };
    lines.into_iter().map(view).collect()
}

fn not_counted(
    station: &Station,
    words: &[Word],
) -> Result<Vec<(ProofView, DivisionView, Vec<ReasonView>)>, StoreError> {
    let view = |word: &Word| {
        let reasons = word.reasons.iter().cloned().map(ReasonView::from).collect();
        let setter = division(station.registry(), word.adoption.setter);
        Ok((proof(station, word.position)?, setter, reasons))
    };
    words.iter().map(view).collect()
}

/// Why an entry that is no report is not counted: an adoption that breaks a rule.
pub(super) fn reasons(station: &Station, position: Position) -> Result<Vec<Reason>, StoreError> {
    let judged = fold::judge(station.store(), station.registry(), &station.standards()?, position)?;
    Ok(match judged {
        None => Vec::new(),
        Some(Ok(word)) => word.reasons,
        Some(Err(reasons)) => reasons,
    })
}

/// A standard or adoption in a few lines: what, and the text.
pub(super) fn texts(station: &Station, stored: &StoredEntry) -> Vec<(String, String)> {
    let kind = stored.envelope.header().draft.kind;
    if !matches!(kind, Kind::Standard | Kind::Adoption) {
        return Vec::new();
    }
    let lines = match stored.body.as_deref().map(|body| statement(kind, body)) {
        Some(Ok(Statement::Standard(of))) => vec![
            ("标准", format!("{} {} 第 {} 版", of.code, of.name, of.version)),
            ("文件", format!("{}（{}）", of.title, of.document)),
            ("执行日期", of.from.to_string()),
        ],
        Some(Ok(Statement::Adoption(of))) => {
            let covers: Vec<String> =
                of.covers.iter().map(|code| division(station.registry(), *code).name).collect();
            vec![
                ("标准", format!("{} 第 {} 版", of.standard, of.version)),
                ("进度", step(&of.step)),
                ("适用单位", covers.join("、")),
            ]
        }
        _ => Vec::new(),
    };
    lines.into_iter().filter(|(_, text)| !text.is_empty()).map(|(label, text)| (label.into(), text)).collect()
}

fn step(step: &Step) -> String {
    match step {
        Step::Seen => "已收到".into(),
        Step::Preparing { until } => format!("准备中，{until} 前执行"),
        Step::Issued { document, date } => format!("已发文 {document}（{date}）"),
        Step::InForce(setting) => format!(
            "{} {}，自 {} 起执行，{}",
            setting.value,
            setting.period.unit_zh(),
            setting.from,
            setting.document
        ),
    }
}
