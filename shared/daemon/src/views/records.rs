//! Targets, inspections and consultations as people and programs see them.

use fengsui_model::submission::Cell;
use fengsui_model::target::{InForce, in_force, reached_permille};
use fengsui_model::{Consultation, DivisionCode, Figure, Indicator, Inspection, Rollup, Targets};
use fengsui_protocol::Registry;
use fengsui_store::StoreError;
use fengsui_wire::Position;
use serde::{Deserialize, Serialize};

use super::{DivisionView, ReasonView, Reference, Sight, division};
use crate::clock::shown;
use crate::records::{self as fold, Record};
use crate::station::Station;
use crate::topic::Topic;

/// A target beside what was reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetView {
    /// Whose target.
    pub division: DivisionView,
    /// Code of the indicator.
    pub code: String,
    /// Its name.
    pub zh: String,
    /// Its unit.
    pub unit: String,
    /// In the smallest unit.
    pub value: i64,
    /// As people write it.
    pub text: String,
    /// The total of what was reported, as people write it; empty: nothing.
    pub actual: String,
    /// How much is reached, in thousandths, rounded down; absent where nothing was reported.
    pub reached_permille: Option<i64>,
    /// The same as people write it: `126.0%`, or `—`.
    pub reached: String,
    /// Who set it.
    pub issuer: DivisionView,
    /// 文号.
    pub document: String,
    /// The signed entry.
    pub entry: String,
}

/// One figure of one place that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleView {
    /// Where.
    pub division: DivisionView,
    /// In one village of it.
    pub village: Option<String>,
    /// Code of the indicator.
    pub code: String,
    /// Its name.
    pub zh: String,
    /// As reported; empty: nothing.
    pub reported: String,
    /// As found.
    pub found: String,
    /// Found less reported, with its sign; empty where one of them is no number, `0` where they agree.
    pub difference: String,
}

/// One inspection (核查).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InspectionView {
    /// Whose record.
    pub division: DivisionView,
    /// Its number.
    pub number: u32,
    /// When the office was there.
    pub date: fengsui_model::Date,
    /// What was counted.
    pub samples: Vec<SampleView>,
    /// How many of them differ from what was reported.
    pub differing: usize,
    /// The finding in words.
    pub finding: Option<String>,
    /// The signed entry.
    pub entry: String,
    /// Key of the station that signed it.
    pub signer: String,
    /// Signer's clock, Asia/Shanghai.
    pub signed_at: String,
    /// A report that it names is not held here.
    pub pending: bool,
    /// Why it does not hold.
    pub reasons: Vec<ReasonView>,
}

/// One consultation (会商核定).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsultationView {
    /// Whose record, and whose total.
    pub division: DivisionView,
    /// Its number.
    pub number: u32,
    /// Code of the indicator.
    pub code: String,
    /// Its name.
    pub zh: String,
    /// Its unit.
    pub unit: String,
    /// When the own total stood so, Asia/Shanghai.
    pub as_of: String,
    /// The own total.
    pub own: String,
    /// How many reports it was made from.
    pub reports: usize,
    /// The other office.
    pub office: String,
    /// Its figure.
    pub theirs: String,
    /// The one that both agree on.
    pub agreed: String,
    /// The other's less the own, with its sign; empty where the own is not counted.
    pub difference: String,
    /// Why they differ.
    pub reason: Option<String>,
    /// The signed entry.
    pub entry: String,
    /// Key of the station that signed it.
    pub signer: String,
    /// Signer's clock, Asia/Shanghai.
    pub signed_at: String,
    /// A report that it names is not held here: the sum is not checked.
    pub pending: bool,
    /// Why it does not hold.
    pub reasons: Vec<ReasonView>,
}

/// The targets in force for `code` on `topic`, beside the totals of `rollup`.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn targets_beside(
    sight: &Sight<'_>,
    code: DivisionCode,
    topic: &Topic,
    rollup: &Rollup,
) -> Result<Vec<TargetView>, StoreError> {
    let actual = |id: u32| rollup.total(id).map(Cell::from);
    let of_code = Asked { sight, topic, records: &standing(sight, topic)? };
    Ok(of_code.targets(code, actual))
}

/// The target in force for one figure of `code`, beside its total.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn target_beside(
    sight: &Sight<'_>,
    code: DivisionCode,
    topic: &Topic,
    indicator: u32,
    actual: Cell,
) -> Result<Option<TargetView>, StoreError> {
    let Some(wanted) = topic.form.by_id(indicator) else { return Ok(None) };
    let asked = Asked { sight, topic, records: &standing(sight, topic)? };
    let all = asked.targets(code, |id| (id == indicator).then_some(actual));
    Ok(all.into_iter().find(|target| target.code == wanted.code))
}

/// Every target in force on `topic` within `code`, beside what was reported.
///
/// # Errors
/// When there is no directory yet, the division is unknown, or the store cannot be read.
pub fn targets<'s>(
    sight: impl Into<Sight<'s>>,
    code: DivisionCode,
    topic: &Topic,
) -> Result<Vec<TargetView>, crate::failure::Failure> {
    targets_within(&sight.into(), code, topic)
}

/// The same for whoever has a sight.
pub(super) fn targets_within(
    sight: &Sight<'_>,
    code: DivisionCode,
    topic: &Topic,
) -> Result<Vec<TargetView>, crate::failure::Failure> {
    super::total::askable(sight, code, topic, None)?;
    let directory = sight.directory()?;
    let records = standing(sight, topic)?;
    let set = records.iter().flat_map(|record| record.says.values.keys().map(|(division, _)| *division));
    let within = set.filter(|division| directory.is_within(*division, code));
    let divisions: std::collections::BTreeSet<DivisionCode> = within.collect();
    let asked = Asked { sight, topic, records: &records };
    let mut views = Vec::new();
    for division in divisions {
        let total = sight.total(division, topic)?;
        views.extend(asked.targets(division, |id| total.rollup.total(id).map(Cell::from)));
    }
    Ok(views)
}

fn standing(sight: &Sight<'_>, topic: &Topic) -> Result<Vec<Record<Targets>>, StoreError> {
    let mut records = fold::all::<Targets>(sight.seen(), sight.registry(), topic)?;
    records.retain(|record| record.reasons.is_empty());
    Ok(records)
}

struct Asked<'a> {
    sight: &'a Sight<'a>,
    topic: &'a Topic,
    records: &'a [Record<Targets>],
}

impl Asked<'_> {
    /// In the order of the form.
    fn targets(&self, code: DivisionCode, actual: impl Fn(u32) -> Option<Cell>) -> Vec<TargetView> {
        let Some(directory) = self.sight.registry().directory() else { return Vec::new() };
        let found = in_force(directory, self.records.iter().map(|record| &record.says), code);
        let in_order = self.topic.form.indicators.iter();
        let found = in_order.filter_map(|indicator| Some((indicator, *found.get(&indicator.id)?)));
        found.map(|(indicator, of)| self.view(code, indicator, of, actual(indicator.id))).collect()
    }

    fn view(
        &self,
        code: DivisionCode,
        indicator: &Indicator,
        of: InForce<'_>,
        actual: Option<Cell>,
    ) -> TargetView {
        let registry = self.sight.registry();
        let permille = actual.and_then(|actual| reached_permille(actual, of.value));
        let at_least = actual.is_some_and(|actual| actual.at_least);
        let record = self.records.iter().find(|record| std::ptr::eq(&record.says, of.targets));
        TargetView {
            division: division(registry, code),
            code: indicator.code.clone(),
            zh: indicator.zh.clone(),
            unit: indicator.unit.clone(),
            value: of.value,
            text: indicator.format(of.value),
            actual: actual.map(|actual| actual.format(indicator)).unwrap_or_default(),
            reached_permille: permille,
            reached: permille.map_or_else(|| "—".into(), |permille| percent(permille, at_least)),
            issuer: division(registry, of.targets.division),
            document: of.targets.document.clone(),
            entry: record.map(|record| Reference::of(&record.position)).unwrap_or_default(),
        }
    }
}

/// `126.0%`; with "at least" where somebody has not counted.
fn percent(permille: i64, at_least: bool) -> String {
    let sign = if at_least { "≥" } else { "" };
    format!("{sign}{}.{}%", permille / 10, permille % 10)
}

/// A figure's code and name; its number where the form does not have it.
fn names(topic: &Topic, id: u32) -> (String, String) {
    topic
        .form
        .by_id(id)
        .map_or_else(|| (id.to_string(), String::new()), |of| (of.code.clone(), of.zh.clone()))
}

fn format(topic: &Topic, id: u32, figure: Figure) -> String {
    topic.form.by_id(id).map(|indicator| indicator.format(figure)).unwrap_or_default()
}

/// A difference as people write it: `+3`, `-2`, `0`.
fn signed(topic: &Topic, id: u32, difference: i64) -> String {
    let text = format(topic, id, Figure::Number(difference));
    if difference > 0 { format!("+{text}") } else { text }
}

/// Every inspection on `topic` of an office within `code`, or of one that looked at places within it.
///
/// # Errors
/// When the store cannot be read.
pub fn inspections(
    sight: &Sight<'_>,
    code: DivisionCode,
    topic: &Topic,
) -> Result<Vec<InspectionView>, StoreError> {
    let registry = sight.registry();
    let Some(directory) = registry.directory() else { return Ok(Vec::new()) };
    let concerns = |record: &Record<Inspection>| {
        let mut places = record.says.samples.iter().map(|sample| sample.division);
        directory.is_within(record.says.division, code) || places.any(|of| directory.is_within(of, code))
    };
    let records = fold::all::<Inspection>(sight.seen(), registry, topic)?;
    Ok(records.iter().filter(|of| concerns(of)).map(|of| inspection(registry, topic, of)).collect())
}

fn inspection(registry: &Registry, topic: &Topic, record: &Record<Inspection>) -> InspectionView {
    let of = &record.says;
    let sample = |sample: &fengsui_model::inspection::Sample| {
        let (code, zh) = names(topic, sample.indicator);
        SampleView {
            division: division(registry, sample.division),
            village: sample.village.clone(),
            code,
            zh,
            reported: format(topic, sample.indicator, sample.reported),
            found: format(topic, sample.indicator, sample.found),
            difference: sample
                .difference()
                .map(|difference| signed(topic, sample.indicator, difference))
                .unwrap_or_default(),
        }
    };
    InspectionView {
        division: division(registry, of.division),
        number: of.number,
        date: of.date,
        samples: of.samples.iter().map(sample).collect(),
        differing: of.samples.iter().filter(|sample| sample.found != sample.reported).count(),
        finding: of.finding.clone(),
        entry: Reference::of(&record.position),
        signer: record.name.key.to_string(),
        signed_at: shown(record.signed_ms),
        pending: record.pending,
        reasons: record.reasons.iter().cloned().map(ReasonView::from).collect(),
    }
}

/// Every consultation on `topic` of an office within `code`.
///
/// # Errors
/// When the store cannot be read.
pub fn consultations(
    sight: &Sight<'_>,
    code: DivisionCode,
    topic: &Topic,
) -> Result<Vec<ConsultationView>, StoreError> {
    let registry = sight.registry();
    let Some(directory) = registry.directory() else { return Ok(Vec::new()) };
    let records = fold::all::<Consultation>(sight.seen(), registry, topic)?;
    let within = records.iter().filter(|record| directory.is_within(record.says.division, code));
    Ok(within.map(|record| consultation(registry, topic, record)).collect())
}

fn consultation(registry: &Registry, topic: &Topic, record: &Record<Consultation>) -> ConsultationView {
    let of = &record.says;
    let (code, zh) = names(topic, of.indicator);
    let indicator = topic.form.by_id(of.indicator);
    let difference = of.own.value.map(|own| of.theirs.saturating_sub(own));
    ConsultationView {
        division: division(registry, of.division),
        number: of.number,
        code,
        zh,
        unit: indicator.map(|indicator| indicator.unit.clone()).unwrap_or_default(),
        as_of: shown(of.as_of_ms),
        own: indicator.map(|indicator| of.own.format(indicator)).unwrap_or_default(),
        reports: of.counted.len(),
        office: of.office.clone(),
        theirs: format(topic, of.indicator, Figure::Number(of.theirs)),
        agreed: format(topic, of.indicator, Figure::Number(of.agreed)),
        difference: difference.map(|of_both| signed(topic, of.indicator, of_both)).unwrap_or_default(),
        reason: of.reason.clone(),
        entry: Reference::of(&record.position),
        signer: record.name.key.to_string(),
        signed_at: shown(record.signed_ms),
        pending: record.pending,
        reasons: record.reasons.iter().cloned().map(ReasonView::from).collect(),
    }
}

/// What a record says, for whoever looks at the entry alone; nothing for other entries.
pub(super) fn texts(station: &Station, position: Position) -> Result<Vec<(String, String)>, StoreError> {
    let (store, registry) = (station.store(), station.registry());
    let topic = |of: (u32, fengsui_model::Subject)| Topic::newest(registry.catalogues(), of.0, of.1);
    if let Some(record) = fold::judge::<Targets>(store, registry, position)? {
        let of = &record.says;
        let values = format!("{} 项，{}", of.values.len(), of.document);
        return Ok(vec![("目标".into(), values)]);
    }
    if let Some(record) = fold::judge::<Inspection>(store, registry, position)? {
        let about = topic((record.says.form, record.says.subject));
        let view = about.map(|topic| inspection(registry, &topic, &record));
        return Ok(view.map(|view| crate::print::records::inspection_lines(&view)).unwrap_or_default());
    }
    if let Some(record) = fold::judge::<Consultation>(store, registry, position)? {
        let about = topic((record.says.form, record.says.subject));
        let view = about.map(|topic| consultation(registry, &topic, &record));
        let line = view.map(|view| ("会商核定".to_owned(), crate::print::records::agreed(&view)));
        return Ok(line.into_iter().collect());
    }
    Ok(Vec::new())
}
