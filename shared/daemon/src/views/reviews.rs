//! Reviews as people and programs see them: on one report, and what waits to be reviewed.

use fengsui_model::review::WHOLE_REPORT;
use fengsui_model::{Level, Report, Verdict};
use fengsui_store::{StoreError, StoredEntry};
use fengsui_wire::{Position, Reason, Statement, statement};
use serde::{Deserialize, Serialize};

use super::{DivisionView, ReasonView, Reference, SubjectView, division};
use crate::clock::shown;
use crate::course;
use crate::index;
use crate::reading::Reading;
use crate::reckon::{self, FOREIGN, Judged, Notes};
use crate::reviews::{Opinions, State, WITHDRAWN, Word, citation, cited, judge};
use crate::station::Station;

/// Why one cell was returned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellView {
    /// Code of the indicator; empty for the report as a whole.
    pub code: String,
    /// Its name.
    pub zh: String,
    /// Why.
    pub reason: String,
}

/// The person who signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonView {
    /// Office and number, never a name; the key's first digits where nobody has appointed it.
    pub post: String,
    /// The key.
    pub key: String,
}

/// One review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewView {
    /// `accept`, `return`, `correct` or `undo`.
    pub verdict: String,
    /// Who reviewed.
    pub division: DivisionView,
    /// Level of that office.
    pub level: Level,
    /// Cells that were returned.
    pub cells: Vec<CellView>,
    /// What was corrected, in Chinese.
    pub correction: Option<String>,
    /// The signed entry.
    pub entry: String,
    /// Key of the station that signed it.
    pub signer: String,
    /// The person, where one signed.
    pub person: Option<PersonView>,
    /// When, milliseconds since 1970 UTC, by the signer's clock.
    pub at_ms: i64,
    /// The same in Asia/Shanghai.
    pub at: String,
    /// Nothing later takes it back, and it counts.
    pub in_effect: bool,
    /// Why it does not count.
    pub reasons: Vec<ReasonView>,
}

/// A report that waits for this office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingView {
    /// Whose.
    pub division: DivisionView,
    /// By which form, and on what.
    #[serde(flatten)]
    pub subject: SubjectView,
    /// 初报, 续报, 核报; 月报, 更正.
    pub stage: String,
    /// Its number.
    pub revision: u32,
    /// A drill.
    pub drill: bool,
    /// A zero report.
    pub zero: bool,
    /// The signed entry.
    pub entry: String,
    /// When this station received it, Asia/Shanghai.
    pub received_at: String,
    /// Hard findings: it does not count, and its author was answered.
    pub reasons: Vec<ReasonView>,
    /// What is to be looked at: alarms first.
    pub notes: Vec<ReasonView>,
}

/// How many of a total's divisions are reviewed, returned, waiting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewCounts {
    /// 已审.
    pub reviewed: usize,
    /// 退回.
    pub returned: usize,
    /// 待审.
    pub waiting: usize,
}

impl ReviewCounts {
    /// Of the states of the divisions' latest reports.
    pub fn of(states: impl IntoIterator<Item = State>) -> Self {
        let mut counts = Self::default();
        for state in states {
            match state {
                State::Accepted => counts.reviewed += 1,
                State::Returned => counts.returned += 1,
                State::Waiting => counts.waiting += 1,
            }
        }
        counts
    }
}

/// Every review of this revision, and every correction of its report, ordered by level and time.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn reviews(
    station: &Station,
    report: &Report,
    stored: &StoredEntry,
) -> Result<Vec<ReviewView>, StoreError> {
    let opinions = Opinions::load(station.store(), station.registry(), report)?;
    let cites = citation(report, stored.envelope.header().body_hash);
    let on = |word: &&Word| {
        word.review.cites == cites || matches!(word.review.verdict, Verdict::Correct(_)) && word.in_effect
    };
    let mut views: Vec<ReviewView> =
        opinions.words().iter().filter(on).map(|word| view(station, report.form, word)).collect();
    views.sort_by_key(|view| (view.level, view.at_ms));
    Ok(views)
}

pub(crate) fn view(station: &Station, form: u32, word: &Word) -> ReviewView {
    let verdict = match word.review.verdict {
        Verdict::Accept => "accept",
        Verdict::Return(_) => "return",
        Verdict::Correct(_) => "correct",
        Verdict::Undo { .. } => "undo",
    };
    ReviewView {
        verdict: verdict.into(),
        division: division(station.registry(), word.division),
        level: word.level,
        cells: cells(station, form, &word.review.verdict),
        correction: correction(&word.review.verdict),
        entry: Reference::of(&word.position),
        signer: word.name.key.to_string(),
        person: word.person.map(|person| person_view(station, &person.key)),
        at_ms: word.signed_ms,
        at: shown(word.signed_ms),
        in_effect: word.in_effect && word.reasons.is_empty(),
        reasons: word.reasons.iter().cloned().map(ReasonView::from).collect(),
    }
}

pub(crate) fn person_view(station: &Station, key: &fengsui_wire::PublicKey) -> PersonView {
    let post = station.registry().place(key).and_then(|person| person.post.as_ref());
    PersonView { post: post.map_or_else(|| key.short(), ToString::to_string), key: key.to_string() }
}

fn cells(station: &Station, form: u32, verdict: &Verdict) -> Vec<CellView> {
    let Verdict::Return(cells) = verdict else { return Vec::new() };
    let form = station.registry().catalogues().newest_form(form);
    let view = |(id, reason): (&u32, &String)| {
        let indicator = form.and_then(|form| form.by_id(*id));
        let (code, zh) = match indicator {
            Some(indicator) => (indicator.code.clone(), indicator.zh.clone()),
            None if *id == WHOLE_REPORT => (String::new(), "整份报告".into()),
            None => (id.to_string(), String::new()),
        };
        CellView { code, zh, reason: reason.clone() }
    };
    cells.iter().map(view).collect()
}

fn correction(verdict: &Verdict) -> Option<String> {
    let Verdict::Correct(correction) = verdict else { return None };
    let time = correction.occurred_ms.map(|at| format!("灾害发生时间应为 {}", shown(at)));
    let kind = correction.kind.map(|kind| format!("灾种应为{}", kind.zh()));
    Some(time.into_iter().chain(kind).collect::<Vec<_>>().join("，"))
}

/// Why a review, or a word on the course of an event, does not count; nothing for other entries.
pub(super) fn reasons(station: &Station, position: Position) -> Result<Vec<Reason>, StoreError> {
    let (store, registry) = (station.store(), station.registry());
    if let Some(spoken) = course::judge(store, registry, position)? {
        return Ok(spoken.reasons);
    }
    // A review is addressed to the division whose report it is about.
    let stored = store.entry(position)?;
    let author = stored.and_then(|stored| stored.envelope.header().draft.addressee);
    let word = author.map(|author| judge(store, registry, author, position)).transpose()?.flatten();
    Ok(word.map(|word| word.reasons).unwrap_or_default())
}

/// What an entry of one of these kinds says, line by line.
pub(super) fn texts(station: &Station, stored: &StoredEntry) -> Vec<(String, String)> {
    let kind = stored.envelope.header().draft.kind;
    let read = stored.body.as_deref().and_then(|body| statement(kind, body).ok());
    let catalogues = station.registry().catalogues();
    let line = |label: &str, text: String| (label.to_owned(), text);
    let hex = |bytes: &[u8]| bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
    match read {
        Some(Statement::Review(signed)) => {
            let (review, verdict) = (&signed.review, &signed.review.verdict);
            let zh = match verdict {
                Verdict::Accept => "审核通过".to_owned(),
                Verdict::Return(cells) => format!("退回，{} 处", cells.len()),
                Verdict::Correct(_) => correction(verdict).unwrap_or_default(),
                Verdict::Undo { review } => format!("撤销审核 {}", hex(review)),
            };
            let about = format!("第 {} 版，正文 {}", review.cites.revision, hex(&review.cites.body));
            vec![line("审核", zh), line("所审报告", about)]
        }
        Some(Statement::Withdrawal(cites)) => {
            vec![line("撤回", format!("第 {} 版，正文 {}", cites.revision, hex(&cites.body)))]
        }
        Some(Statement::Submission(signed)) => {
            let of = &signed.submission;
            let stage = of.stage.map(|stage| stage.zh()).unwrap_or_default();
            let about = format!(
                "{} 第 {} 次{stage}",
                SubjectView::new(catalogues, of.form, of.subject).zh(),
                of.number
            );
            vec![line("上报", about), line("计入", of.coverage().zh())]
        }
        Some(Statement::Proxy(proxy)) => {
            vec![line("代报", format!("{}，{}告知", proxy.told_by, shown(proxy.told_ms)))]
        }
        Some(Statement::Merge(merge)) if merge.undoes.is_some() => {
            vec![line("撤销并案", merge.into.to_string())]
        }
        Some(Statement::Merge(merge)) => {
            let events: Vec<String> = merge.events.iter().map(ToString::to_string).collect();
            vec![line("并案", format!("{} 并入 {}", events.join("、"), merge.into))]
        }
        Some(Statement::Stability(stable)) => {
            let since =
                stable.since_ms.map_or_else(|| "撤销".into(), |since| format!("自 {} 起", shown(since)));
            vec![line("灾情稳定", format!("{} {since}", stable.event))]
        }
        _ => Vec::new(),
    }
}

/// What waits for this office, the longest first: of each division below whose lowest hub this is, the latest revision of
/// each report, unless it was accepted or returned.
///
/// # Errors
/// When the store cannot be read.
pub fn waiting(station: &Station) -> Result<Vec<WaitingView>, StoreError> {
    let (store, registry) = (station.store(), station.registry());
    let own = Some(station.identity().division);
    let mut found: Vec<Judged> = Vec::new();
    for (form, subject) in index::all_subjects(store)? {
        if registry.catalogues().newest_form(form).is_none() {
            continue;
        }
        let revisions = index::revisions(store, form, subject, None)?;
        for of_one in revisions.chunk_by(|a, b| a.division == b.division) {
            let ours = of_one.first().is_some_and(|of| registry.first_hub_above(of.division) == own);
            if ours && let Some(judged) = latest(station, of_one)? {
                found.push(judged);
            }
        }
    }
    found.sort_by_key(|judged| (judged.entry.received_ms, judged.revision));
    found.into_iter().map(|judged| waiting_view(station, judged)).collect()
}

/// The latest revision that is its author's own and not taken back, if it waits.
fn latest(station: &Station, revisions: &[index::Revision]) -> Result<Option<Judged>, StoreError> {
    let (store, registry) = (station.store(), station.registry());
    for revision in revisions.iter().rev() {
        let Some(Ok(judged)) = reckon::judge(store, registry, revision.position)? else { continue };
        if judged.filed_by.is_some() {
            continue;
        }
        let passed_over = |check: &str| [FOREIGN, WITHDRAWN, reckon::REVOKED].contains(&check);
        if judged.reasons.iter().any(|reason| passed_over(&reason.check)) {
            continue;
        }
        let opinions = Opinions::load(store, registry, &judged.report)?;
        let waits = opinions.state(&cited(&judged)) == State::Waiting;
        return Ok(waits.then_some(judged));
    }
    Ok(None)
}

fn waiting_view(station: &Station, judged: Judged) -> Result<WaitingView, StoreError> {
    let reading = Reading::of(&judged.entry.envelope, judged.entry.body.as_deref());
    let notes = match &reading {
        Some(reading) => reckon::notes(station.store(), station.registry(), reading)?,
        None => Notes::default(),
    };
    Ok(WaitingView {
        division: division(station.registry(), judged.report.division),
        subject: SubjectView::of(station.registry().catalogues(), &judged.report),
        stage: judged.report.edition_zh().into(),
        revision: judged.report.revision,
        drill: judged.report.drill,
        zero: judged.report.zero,
        entry: Reference::of(&judged.revision.position),
        received_at: shown(judged.entry.received_ms),
        reasons: judged.reasons.into_iter().map(ReasonView::from).collect(),
        notes: notes.alarms.into_iter().chain(notes.soft).map(ReasonView::from).collect(),
    })
}
