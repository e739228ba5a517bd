//! A total, open down to the signed entries behind it.

use std::collections::BTreeMap;
use std::sync::Arc;

use fengsui_model::{AddsUp, Date, DivisionCode, EventKey, Indicator, duty};
use fengsui_protocol::Registry;
use fengsui_store::StoreError;
use serde::{Deserialize, Serialize};

use super::retired::{RetiredFigure, retired};
use super::timely::is_late;
use super::{
    ConsultationView, DivisionView, InspectionView, ReasonView, Reference, ReviewCounts, Sight, SitePart,
    SubjectView, TargetView, division,
};
use crate::clock::shown;
use crate::course::{self, Moves};
use crate::failure::{Code, Failure};
use crate::reckon::{self, Judged, Total, Twice};
use crate::reviews::State;
use crate::topic::Topic;

/// What one indicator adds up to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotalFigure {
    /// Code of the indicator.
    pub code: String,
    /// Its name.
    pub zh: String,
    /// Its unit.
    pub unit: String,
    /// In the smallest unit; absent where nobody stated a number.
    pub value: Option<i64>,
    /// Somebody said "some, not counted": the true total is greater.
    pub at_least: bool,
    /// As people write it.
    pub text: String,
    /// Contributors that stated a number.
    pub counted: u32,
    /// Contributors that said "some".
    pub some: u32,
    /// Contributors that left it blank.
    pub blank: u32,
    /// Who stated what, where it was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contributions: Vec<ContributionView>,
}

/// One division's part of a total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContributionView {
    /// Whose.
    pub division: DivisionView,
    /// As stated.
    pub text: String,
    /// The signed entry.
    pub entry: String,
    /// Key that signed it.
    pub signer: String,
    /// The villages or depots that it comes from, where the report names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<SitePart>,
}

/// A report that is in the total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedView {
    /// Whose.
    pub division: DivisionView,
    /// 初报, 续报, 核报; 月报, 更正.
    pub stage: String,
    /// Its number.
    pub revision: u32,
    /// A zero report.
    pub zero: bool,
    /// The signed entry.
    pub entry: String,
    /// Its hash.
    pub hash: String,
    /// Key that signed it.
    pub signer: String,
    /// When this station received it, Asia/Shanghai.
    pub received_at: String,
    /// 代报: who filed it in place of the division.
    #[serde(default)]
    pub filed_by: Option<DivisionView>,
    /// 勘误: the event that it was signed for, where a correction has moved it here.
    #[serde(default)]
    pub corrected_from: Option<EventKey>,
    /// 迟报: the first report of the division came after it was due.
    #[serde(default)]
    pub late: bool,
    /// How the division's latest report stands: `reviewed`, `returned` or `waiting`.
    #[serde(default)]
    pub review: String,
}

/// A report that is held and not in the total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotCountedView {
    /// Whose.
    pub division: DivisionView,
    /// 初报, 续报, 核报; 月报, 更正.
    pub stage: String,
    /// Its number.
    pub revision: u32,
    /// The signed entry.
    pub entry: String,
    /// Why.
    pub reasons: Vec<ReasonView>,
}

/// One number of a division's report that was signed with two contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwiceView {
    /// Whose.
    pub division: DivisionView,
    /// The number.
    pub revision: u32,
    /// The signed entry that stands.
    pub stands: String,
    /// The one that does not.
    pub other: String,
}

/// A report that a correction has moved to another event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedView {
    /// Whose.
    pub division: DivisionView,
    /// The event that it counts in.
    pub to: EventKey,
}

/// An alarm that a counted report raises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmView {
    /// Whose report.
    pub division: DivisionView,
    /// The signed entry.
    pub entry: String,
    /// What the duty room has to know.
    #[serde(flatten)]
    pub reason: ReasonView,
}

/// The totals of a division for one event or period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotalView {
    /// Whose.
    pub division: DivisionView,
    /// By which form, and on what.
    #[serde(flatten)]
    pub subject: SubjectView,
    /// A drill.
    pub drill: bool,
    /// The moment as of which it is told, Asia/Shanghai; absent: now.
    #[serde(default)]
    pub as_of: Option<String>,
    /// Whether only what was reviewed is counted; otherwise all that was received is.
    #[serde(default)]
    pub reviewed_only: bool,
    /// How the latest reports of the divisions stand, whether or not they are counted here.
    #[serde(default)]
    pub reviews: ReviewCounts,
    /// Divisions whose report is not counted here because it was not reviewed yet.
    #[serde(default)]
    pub waiting: Vec<DivisionView>,
    /// The same because it was returned.
    #[serde(default)]
    pub returned: Vec<DivisionView>,
    /// 勘误: reports that were signed for this event and count elsewhere.
    #[serde(default)]
    pub moved: Vec<MovedView>,
    /// Indicators that anybody stated.
    pub figures: Vec<TotalFigure>,
    /// Reports it is made from.
    pub counted: Vec<CountedView>,
    /// Figures under numbers that the form in force no longer asks for.
    #[serde(default)]
    pub retired: Vec<RetiredFigure>,
    /// Entries among these that were signed without all the standards issued by then.
    #[serde(default)]
    pub old_standards: Vec<String>,
    /// Divisions that owe the form and have no report that counts. For an event: of its county; whoever lies
    /// elsewhere was not asked.
    pub missing: Vec<DivisionView>,
    /// The last day on which a report on the period is in time; absent for an event, whose clocks say when.
    #[serde(default)]
    pub due: Option<Date>,
    /// That day has passed: whoever is missing is overdue.
    #[serde(default)]
    pub overdue: bool,
    /// Bodies outside the tree of divisions that owe the form: neither reported nor missing here.
    #[serde(default)]
    pub bodies: Vec<String>,
    /// Reports that do not count.
    pub not_counted: Vec<NotCountedView>,
    /// Divisions that signed one number twice: which of the two stands.
    #[serde(default)]
    pub twice: Vec<TwiceView>,
    /// Alarms of the reports that do.
    #[serde(default)]
    pub alarms: Vec<AlarmView>,
    /// Targets in force for the division, beside what was reported.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<TargetView>,
    /// 核查 of places within it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inspections: Vec<InspectionView>,
    /// 会商核定 of offices within it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consultations: Vec<ConsultationView>,
}

/// Totals `topic` for `code` from what is seen; with `open`, who stated that indicator.
///
/// # Errors
/// When there is no directory yet, the division or indicator is unknown, or the store cannot be read.
pub fn total<'s>(
    sight: impl Into<Sight<'s>>,
    code: DivisionCode,
    topic: &Topic,
    open: Option<&str>,
) -> Result<TotalView, Failure> {
    let sight = sight.into();
    askable(&sight, code, topic, open)?;
    let total = sight.total(code, topic)?;
    let mut states = BTreeMap::new();
    for judged in &total.standing {
        let own = judged.report.division == code;
        let state =
            if own { State::Accepted } else { reckon::state(sight.seen(), sight.registry(), judged)? };
        states.insert(judged.report.division, state);
    }
    view(&sight, (code, topic), open, total, &states)
}

/// The same of what was reviewed only: the latest accepted revision of each division.
///
/// # Errors
/// As [`total`].
pub fn reviewed_total<'s>(
    sight: impl Into<Sight<'s>>,
    code: DivisionCode,
    topic: &Topic,
    open: Option<&str>,
) -> Result<TotalView, Failure> {
    let sight = sight.into();
    askable(&sight, code, topic, open)?;
    let found = sight.reviewed(code, topic)?;
    let counted = |division: &DivisionCode| {
        found.total.standing.iter().any(|judged| judged.report.division == *division)
    };
    let left_out = |state: State| {
        let of_state =
            found.states.iter().filter(move |(_, of)| **of == state).map(|(division, _)| *division);
        of_state.filter(|division| !counted(division)).collect::<Vec<_>>()
    };
    let (waiting, returned) = (left_out(State::Waiting), left_out(State::Returned));
    let mut view = view(&sight, (code, topic), open, found.total, &found.states)?;
    view.missing.retain(|of| !waiting.contains(&of.code) && !returned.contains(&of.code));
    let named =
        |codes: Vec<DivisionCode>| codes.into_iter().map(|code| division(sight.registry(), code)).collect();
    Ok(TotalView { reviewed_only: true, waiting: named(waiting), returned: named(returned), ..view })
}

/// Refuses what cannot be asked.
pub(super) fn askable(
    sight: &Sight<'_>,
    code: DivisionCode,
    topic: &Topic,
    open: Option<&str>,
) -> Result<(), Failure> {
    if sight.directory()?.get(code).is_none() {
        return Err(Failure::new(
            Code::Usage,
            format!("failed to total for division {code}: it is not in the directory"),
        ));
    }
    let form = &topic.form;
    if let Some(open) = open.filter(|open| form.by_code(open).is_none()) {
        return Err(Failure::new(
            Code::Usage,
            format!("failed to open indicator {open}: form {} has none", form.code),
        ));
    }
    Ok(())
}

fn view(
    sight: &Sight<'_>,
    (code, topic): (DivisionCode, &Topic),
    open: Option<&str>,
    total: Total,
    states: &BTreeMap<DivisionCode, State>,
) -> Result<TotalView, Failure> {
    let (registry, directory, form) = (sight.registry(), sight.directory()?, &topic.form);
    let moves = sight.moves()?;
    let figure = |indicator: &Indicator| {
        let total_of = total.rollup.total(indicator.id)?;
        let said = total_of.counted > 0 || total_of.some > 0;
        let contributions = match open == Some(indicator.code.as_str()) {
            true => {
                total.standing.iter().filter_map(|judged| contribution(registry, judged, indicator)).collect()
            }
            false => Vec::new(),
        };
        said.then(|| TotalFigure {
            code: indicator.code.clone(),
            zh: indicator.zh.clone(),
            unit: indicator.unit.clone(),
            value: (total_of.counted > 0).then_some(total_of.value),
            at_least: total_of.at_least,
            text: total_of.format(indicator),
            counted: total_of.counted,
            some: total_of.some,
            blank: total_of.blank,
            contributions,
        })
    };
    let missing_in = |missing: &[DivisionCode]| {
        let county = topic.subject.event().map(|event| event.county());
        let asked = |code: &&DivisionCode| county.is_none_or(|county| directory.is_within(**code, county));
        missing.iter().filter(asked).map(|code| division(registry, *code)).collect()
    };
    Ok(TotalView {
        division: division(registry, code),
        subject: SubjectView::new(registry.catalogues(), form.id, topic.subject),
        drill: !total.standing.is_empty() && total.standing.iter().all(|judged| judged.report.drill),
        as_of: sight.as_of_ms().map(shown),
        reviewed_only: false,
        reviews: ReviewCounts::of(states.values().copied()),
        waiting: Vec::new(),
        returned: Vec::new(),
        moved: topic
            .subject
            .event()
            .map(|event| moved(sight, topic, *event, code, &moves))
            .transpose()?
            .unwrap_or_default(),
        figures: form.indicators.iter().filter_map(figure).collect(),
        counted: total
            .standing
            .iter()
            .map(|judged| counted(sight, topic, judged, states, &moves))
            .collect::<Result<_, _>>()?,
        alarms: total.standing.iter().flat_map(|judged| alarms(registry, judged)).collect(),
        retired: retired((registry, directory), code, topic, &total),
        old_standards: old_standards(sight, &total.standing)?,
        missing: missing_in(&total.rollup.coverage.missing),
        twice: twice(sight, topic, code)?,
        due: duty::due_day(form, &topic.subject),
        overdue: false,
        bodies: duty::bodies(form, &topic.subject).map(str::to_owned).collect(),
        not_counted: total.not_counted.iter().map(|judged| not_counted(registry, judged)).collect(),
        targets: super::records::targets_beside(sight, code, topic, &total.rollup)?,
        inspections: super::inspections(sight, code, topic)?,
        consultations: super::consultations(sight, code, topic)?,
    })
}

/// Reports of divisions within `code` that were signed for `event`, or one merged into it, and count elsewhere.
fn moved(
    sight: &Sight<'_>,
    topic: &Topic,
    event: EventKey,
    code: DivisionCode,
    moves: &Moves,
) -> Result<Vec<MovedView>, Failure> {
    let (directory, parts) = (sight.directory()?, sight.course()?.parts(event));
    let out = parts.iter().flat_map(|part| moves.out_of_event(topic.form.id, *part));
    let away = out.filter(|(division, to)| directory.is_within(*division, code) && !parts.contains(to));
    Ok(away.map(|(of, to)| MovedView { division: division(sight.registry(), of), to }).collect())
}

fn twice(sight: &Sight<'_>, topic: &Topic, code: DivisionCode) -> Result<Vec<TwiceView>, Failure> {
    let (seen, registry, directory) = (sight.seen(), sight.registry(), sight.directory()?);
    let found = reckon::twice(seen, registry, &course::revisions(seen, registry, topic, None)?)?;
    let within = found.into_iter().filter(|of| directory.is_within(of.stands.division, code));
    let view = |of: Twice| TwiceView {
        division: division(registry, of.stands.division),
        revision: of.stands.revision,
        stands: Reference::of(&of.stands.position),
        other: Reference::of(&of.other.position),
    };
    Ok(within.map(view).collect())
}

fn contribution(registry: &Registry, judged: &Judged, indicator: &Indicator) -> Option<ContributionView> {
    let figure = judged.report.figure(indicator.id);
    let text = match &indicator.adds_up {
        // Nobody states it: a division is counted for what else its report says.
        AddsUp::CountUnits { .. } => reckon::counts_alone(registry, judged, indicator).then(|| "计 1".into()),
        AddsUp::WeightedMean { weight } => stated_of(registry, judged, &[indicator.id, *weight]),
        AddsUp::Ratio { numerator, denominator, .. } => {
            stated_of(registry, judged, &[*numerator, *denominator])
        }
        AddsUp::Parts(parts) => stated_of(registry, judged, parts),
        _ => (!figure.is_blank()).then(|| indicator.format(figure)),
    };
    text.map(|text| ContributionView {
        division: division(registry, judged.report.division),
        text,
        entry: Reference::of(&judged.revision.position),
        signer: judged.name.key.to_string(),
        sites: super::site::parts(indicator, &judged.report),
    })
}

/// What the report states of the figures that another is computed from; `None` where it states none of them.
fn stated_of(registry: &Registry, judged: &Judged, sources: &[u32]) -> Option<String> {
    let form = registry.catalogues().form_of(&judged.report).ok()?;
    let stated = |id: &u32| {
        let (indicator, figure) = (form.by_id(*id)?, judged.report.figure(*id));
        let text = || format!("{} {} {}", indicator.code, indicator.format(figure), indicator.unit);
        (!figure.is_blank()).then(text)
    };
    let stated: Vec<String> = sources.iter().filter_map(stated).collect();
    (!stated.is_empty()).then(|| stated.join("，"))
}

fn alarms(registry: &Registry, judged: &Judged) -> impl Iterator<Item = AlarmView> {
    reckon::alarms(registry, judged).into_iter().map(|reason| AlarmView {
        division: division(registry, judged.report.division),
        entry: Reference::of(&judged.revision.position),
        reason: reason.into(),
    })
}

fn old_standards(sight: &Sight<'_>, standing: &[Arc<Judged>]) -> Result<Vec<String>, StoreError> {
    let standards = sight.standards()?;
    let lacks = |judged: &&Arc<Judged>| standards.lacked(judged.entry.envelope.header()).is_some();
    Ok(standing.iter().filter(lacks).map(|judged| Reference::of(&judged.revision.position)).collect())
}

fn counted(
    sight: &Sight<'_>,
    topic: &Topic,
    judged: &Judged,
    states: &BTreeMap<DivisionCode, State>,
    moves: &Moves,
) -> Result<CountedView, StoreError> {
    let registry = sight.registry();
    let signed = judged.report.event();
    let moved = |event: &EventKey| moves.target(judged.report.form, judged.report.division, *event) != *event;
    Ok(CountedView {
        division: division(registry, judged.report.division),
        stage: judged.report.edition_zh().into(),
        revision: judged.report.revision,
        zero: judged.report.zero,
        entry: Reference::of(&judged.revision.position),
        hash: judged.entry.hash().to_string(),
        signer: judged.name.key.to_string(),
        received_at: shown(judged.entry.received_ms),
        filed_by: judged.filed_by.map(|filer| division(registry, filer)),
        corrected_from: signed.copied().filter(moved),
        late: is_late(sight, topic, judged)?,
        review: states.get(&judged.report.division).map(|state| state.en().into()).unwrap_or_default(),
    })
}

fn not_counted(registry: &Registry, judged: &Judged) -> NotCountedView {
    NotCountedView {
        division: division(registry, judged.report.division),
        stage: judged.report.edition_zh().into(),
        revision: judged.report.revision,
        entry: Reference::of(&judged.revision.position),
        reasons: judged.reasons.iter().cloned().map(ReasonView::from).collect(),
    }
}
