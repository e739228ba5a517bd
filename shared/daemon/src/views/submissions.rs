//! Submissions as people and programs see them: beside what this station itself finds.

use fengsui_model::submission::{Absence, Cell, cells};
use fengsui_model::{Form, Indicator, Level, Submission};
use fengsui_store::StoreError;
use fengsui_wire::{Position, Reason};
use serde::{Deserialize, Serialize};

use super::reviews::person_view;
use super::{DivisionView, PersonView, ReasonView, Reference, Sight, SubjectView, division};
use crate::clock::shown;
use crate::failure::Failure;
use crate::station::Station;
use crate::submissions::{self as fold, Word, differences};
use crate::topic::Topic;

/// Who is counted, in numbers and as an office writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageView {
    /// 本报.
    pub own: usize,
    /// 代报.
    pub proxies: usize,
    /// 缺报.
    pub missing: usize,
    /// 待审.
    pub waiting: usize,
    /// 退回.
    pub returned: usize,
    /// `7 本报，1 代报，1 缺报`.
    pub text: String,
}

/// One total: as submitted, and as this station finds it now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmittedFigure {
    /// Code of the indicator.
    pub code: String,
    /// Its name.
    pub zh: String,
    /// Its unit.
    pub unit: String,
    /// As submitted, in the smallest unit; absent where no number was stated.
    pub value: Option<i64>,
    /// As submitted, as people write it.
    pub text: String,
    /// What this station finds in the reviewed reports now.
    pub here: Option<i64>,
    /// The same as people write it.
    pub here_text: String,
    /// Whether the two differ.
    pub differs: bool,
}

/// A total that a later submission changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeView {
    /// Code of the indicator.
    pub code: String,
    /// Its name.
    pub zh: String,
    /// As submitted before; empty: nothing.
    pub before: String,
    /// As submitted now; empty: nothing.
    pub after: String,
}

/// One submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmissionView {
    /// Whose.
    pub division: DivisionView,
    /// Level of that division.
    pub level: Option<Level>,
    /// By which form, and on what.
    #[serde(flatten)]
    pub subject: SubjectView,
    /// Its number; each replaces those before.
    pub number: u32,
    /// 初报, 续报, 核报 of that level; absent for a month.
    pub stage: Option<String>,
    /// A drill.
    pub drill: bool,
    /// Who is counted.
    pub coverage: CoverageView,
    /// Who is left out, and why.
    pub left_out: Vec<(DivisionView, String)>,
    /// Its totals beside this station's own.
    pub figures: Vec<SubmittedFigure>,
    /// What it changed.
    pub changes: Vec<ChangeView>,
    /// The signed entry.
    pub entry: String,
    /// Key of the station that signed it.
    pub signer: String,
    /// The head of the unit, where one signed.
    pub head: Option<PersonView>,
    /// 截至: it states what had been reviewed by then; the signer's clock, Asia/Shanghai.
    pub signed_at: String,
    /// A report that it names has not arrived here: its sum is not checked yet.
    pub pending: bool,
    /// Why it does not hold.
    pub reasons: Vec<ReasonView>,
}

/// The last submission on `topic` of every division that this station holds one of, lowest levels first.
///
/// # Errors
/// When the store cannot be read.
pub fn submissions<'s>(sight: impl Into<Sight<'s>>, topic: &Topic) -> Result<Vec<SubmissionView>, Failure> {
    let sight = sight.into();
    let words = fold::words(sight.seen(), sight.registry(), topic)?;
    let mut views = Vec::new();
    for of_one in words.chunk_by(|a, b| a.submission.division == b.submission.division) {
        let Some((last, earlier)) = of_one.split_last() else { continue };
        let before = earlier.iter().rev().find(|word| Some(word.body.0) == last.submission.follows);
        views.push(view(&sight, topic, last, before.map(|word| &word.submission))?);
    }
    views.sort_by_key(|view| (view.level, view.division.code));
    Ok(views)
}

pub(crate) fn view(
    sight: &Sight<'_>,
    topic: &Topic,
    word: &Word,
    before: Option<&Submission>,
) -> Result<SubmissionView, Failure> {
    let (registry, of) = (sight.registry(), &word.submission);
    let named = |code| division(registry, code);
    let row = registry.directory().and_then(|directory| directory.get(of.division));
    let left_out = |(code, why): (&_, &Absence)| (named(*code), why.zh().to_owned());
    Ok(SubmissionView {
        division: named(of.division),
        level: row.map(|row| row.level),
        subject: SubjectView::new(registry.catalogues(), of.form, of.subject),
        number: of.number,
        stage: of.stage.map(|stage| stage.zh().into()),
        drill: of.drill,
        coverage: coverage(of),
        left_out: of.left_out.iter().map(left_out).collect(),
        figures: figures(sight, topic, of)?,
        changes: before.map(|before| changes(&topic.form, of, before)).unwrap_or_default(),
        entry: Reference::of(&word.position),
        signer: word.name.key.to_string(),
        head: word.head.map(|head| person_view(sight.station(), &head.key)),
        signed_at: shown(word.signed_ms),
        pending: word.pending,
        reasons: word.reasons.iter().cloned().map(ReasonView::from).collect(),
    })
}

fn coverage(of: &Submission) -> CoverageView {
    let counts = of.coverage();
    CoverageView {
        own: counts.own,
        proxies: counts.proxies,
        missing: counts.missing,
        waiting: counts.waiting,
        returned: counts.returned,
        text: counts.zh(),
    }
}

/// Submitted totals beside those of the reports that are reviewed here now: a report that was corrected since then shows
/// as a difference until the division submits again.
fn figures(sight: &Sight<'_>, topic: &Topic, of: &Submission) -> Result<Vec<SubmittedFigure>, Failure> {
    let here = match sight.registry().directory() {
        Some(_) => cells(&sight.reviewed(of.division, topic)?.total.rollup),
        None => of.totals.clone(),
    };
    let text = |indicator: &Indicator, cell: Option<&Cell>| cell.map(|cell| cell.format(indicator));
    let figure = |indicator: &Indicator| {
        let (stated, found) = (of.totals.get(&indicator.id), here.get(&indicator.id));
        (stated.is_some() || found.is_some()).then(|| SubmittedFigure {
            code: indicator.code.clone(),
            zh: indicator.zh.clone(),
            unit: indicator.unit.clone(),
            value: stated.and_then(|cell| cell.value),
            text: text(indicator, stated).unwrap_or_default(),
            here: found.and_then(|cell| cell.value),
            here_text: text(indicator, found).unwrap_or_default(),
            differs: stated != found,
        })
    };
    Ok(topic.form.indicators.iter().filter_map(figure).collect())
}

fn changes(form: &Form, of: &Submission, before: &Submission) -> Vec<ChangeView> {
    let text = |indicator: &Indicator, cell: Option<Cell>| {
        cell.map(|cell| cell.format(indicator)).unwrap_or_default()
    };
    let change = |(indicator, before, after): (&Indicator, Option<Cell>, Option<Cell>)| ChangeView {
        code: indicator.code.clone(),
        zh: indicator.zh.clone(),
        before: text(indicator, before),
        after: text(indicator, after),
    };
    differences(form, &before.totals, &of.totals).into_iter().map(change).collect()
}

/// Why a submission does not hold; nothing for other entries.
pub(super) fn reasons(station: &Station, position: Position) -> Result<Vec<Reason>, StoreError> {
    let word = fold::judge(station.store(), station.registry(), position)?;
    Ok(word.map(|word| word.reasons).unwrap_or_default())
}
