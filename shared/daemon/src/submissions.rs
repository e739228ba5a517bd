//! Submissions: what counties and cities state upward, and whether it is what the reports they name add up to. A function of
//! the entries held, whatever their order of arrival.

use std::collections::BTreeMap;

use fengsui_model::duty;
use fengsui_model::submission::{Absence, Cell, Cited, cells};
use fengsui_model::{Contribution, Directory, DivisionCode, Form, Indicator, Stage, Submission, fold};
use fengsui_protocol::Registry;
use fengsui_store::StoreError;
use fengsui_wire::{
    Act, Endorsement, Hash, Kind, LogName, Position, Reason, Role, SignedSubmission, Statement, statement,
    submission_citation,
};

use crate::course;
use crate::index;
use crate::reckon::{self, FOREIGN, Judged};
use crate::reviews::{self, Opinions, State};
use crate::seen::Seen;
use crate::topic::Topic;

/// Indicators and divisions that one reason names.
const NAMED_MAX: usize = 5;

/// One submission with what is to be said about it.
#[derive(Clone, Debug)]
pub struct Word {
    /// What it states.
    pub submission: Submission,
    /// The head of the unit who signed it, where one did.
    pub head: Option<Endorsement>,
    /// Where it stands.
    pub position: Position,
    /// Hash of its body: what the next one follows.
    pub body: Hash,
    /// Whose log it stands in.
    pub name: LogName,
    /// When, by the signer's clock.
    pub signed_ms: i64,
    /// A report that it names is not held here yet: nothing is said of it before.
    pub pending: bool,
    /// Why it does not count; empty: it counts, or is pending.
    pub reasons: Vec<Reason>,
}

/// Every submission on `topic`, ordered by division, number and body; what one office has logged twice stands once.
///
/// # Errors
/// When the store cannot be read.
pub fn words<'s>(
    seen: impl Into<Seen<'s>>,
    registry: &Registry,
    topic: &Topic,
) -> Result<Vec<Word>, StoreError> {
    let (seen, mut words) = (seen.into(), Vec::new());
    for position in index::submissions(seen.store(), topic.form.id, &topic.subject)? {
        words.extend(judge(seen, registry, position)?);
    }
    words.sort_by_key(|word| (word.submission.division, word.submission.number, word.body, word.position));
    words.dedup_by_key(|word| (word.submission.division, word.submission.number, word.body));
    Ok(words)
}

/// Reads and judges the entry at `position`, if it is a submission that reads.
///
/// # Errors
/// When the store cannot be read.
pub fn judge<'s>(
    seen: impl Into<Seen<'s>>,
    registry: &Registry,
    position: Position,
) -> Result<Option<Word>, StoreError> {
    let seen = seen.into();
    let (Some(stored), Some(name)) = (seen.entry(position)?, seen.name(position.log)) else {
        return Ok(None);
    };
    let header = *stored.envelope.header();
    let body = stored.body.as_deref().filter(|_| header.draft.kind == Kind::Submission);
    let Some(Ok(Statement::Submission(signed))) = body.map(|body| statement(Kind::Submission, body)) else {
        return Ok(None);
    };
    let SignedSubmission { submission, head } = *signed;
    let stands = registry.stands(&name, position.lane, position.sequence, stored.hash());
    let mut reasons: Vec<Reason> = foreign(registry, &name, &submission, stands).into_iter().collect();
    let at_ms = header.draft.clock_ms;
    let said =
        Said { submission: &submission, head: head.as_ref(), at_ms, directory: header.draft.directory };
    let found = check(seen, registry, &said)?;
    reasons.extend(found.reasons);
    let (body, signed_ms, pending) = (header.body_hash, at_ms, found.pending);
    Ok(Some(Word { submission, head, position, body, name, signed_ms, pending, reasons }))
}

fn reason(check: &str, zh: String, en: String) -> Reason {
    Reason { check: check.into(), zh, en }
}

fn foreign(registry: &Registry, name: &LogName, of: &Submission, stands: bool) -> Option<Reason> {
    let office = registry.place(&name.key);
    let speaks = office.is_some_and(|hub| hub.role == Role::Hub && hub.division == of.division);
    (!speaks || !stands).then(|| {
        let division = of.division;
        reason(
            FOREIGN,
            format!("签名的站点不是 {division} 的汇总站，不能代其上报"),
            format!("the station that signed is no hub of {division} and cannot submit for it"),
        )
    })
}

/// A submission as it is said, or about to be.
pub(crate) struct Said<'a> {
    /// What it states.
    pub submission: &'a Submission,
    /// Who signed.
    pub head: Option<&'a Endorsement>,
    /// When.
    pub at_ms: i64,
    /// Version of the directory it was written against.
    pub directory: u32,
}

/// What is to be said about it.
#[derive(Default)]
pub(crate) struct Found {
    /// A report that it names is not held.
    pub pending: bool,
    /// Which rules it breaks.
    pub reasons: Vec<Reason>,
}

/// Judges a submission beside the reports it names.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn check<'s>(
    seen: impl Into<Seen<'s>>,
    registry: &Registry,
    said: &Said<'_>,
) -> Result<Found, StoreError> {
    let (seen, of) = (seen.into(), said.submission);
    // Made by the form that its author had: an indicator of another version is neither asked of it nor held against it.
    let catalogue = registry.catalogues().version(of.catalogue).ok();
    let topic = catalogue.and_then(|catalogue| Topic::of(catalogue, of.form, of.subject));
    let Some((topic, directory)) = topic.zip(registry.directory()) else {
        return Ok(Found { pending: true, reasons: Vec::new() });
    };
    let asked =
        reviews::Asked { division: of.division, role: Role::Head, act: Act::Submit, at_ms: said.at_ms };
    let cites = submission_citation(of);
    let mut reasons: Vec<Reason> =
        reviews::person_fault(registry, &asked, said.head, &cites).into_iter().collect();
    reasons.extend(outside(directory, of));
    if said.directory == directory.version() {
        reasons.extend(uncovered(directory, &topic, of));
    }
    let mut named = Vec::new();
    for cited in &of.counted {
        match named_report(seen, registry, &topic, cited)? {
            Some(judged) => named.push(judged),
            None => return Ok(Found { pending: true, reasons }),
        }
    }
    let mut unreviewed = Vec::new();
    for judged in &named {
        let opinions = Opinions::load(seen, registry, &judged.report)?;
        let cites = reviews::cited(judged);
        let waits = judged.filed_by.is_none() && opinions.state(&cites) != State::Accepted;
        if judged.report.division != of.division && waits {
            unreviewed.push(judged.report.division);
        }
        let reviewer = opinions.verdict(of.division, &cites).and_then(|word| word.person);
        if said.head.is_some_and(|head| reviewer.is_some_and(|reviewer| reviewer.key == head.key)) {
            reasons.push(same_person(judged.report.division));
        }
    }
    reasons.extend(broken(&named));
    reasons.extend(listed(
        "UNREVIEWED",
        &unreviewed,
        "所计报告未经审核，或审核已撤销",
        "counts reports that were not reviewed",
    ));
    reasons.extend(unverified(of, &named));
    reasons.extend(sum(directory, &topic, of, &named));
    Ok(Found { pending: false, reasons })
}

/// The report that is cited, where it is held: whatever log it stands in.
pub(crate) fn named_report(
    seen: Seen<'_>,
    registry: &Registry,
    topic: &Topic,
    cited: &Cited,
) -> Result<Option<Judged>, StoreError> {
    let revisions = course::ever(seen, registry, topic, cited.division)?;
    let mut found = None;
    for revision in revisions.iter().filter(|of| (of.revision, of.body.0) == (cited.revision, cited.body)) {
        let judged = reckon::judge(seen, registry, revision.position)?.and_then(Result::ok);
        if let Some(judged) = judged.filter(|judged| judged.filed_by == cited.filed_by) {
            let counts = judged.reasons.is_empty();
            found = Some(judged);
            if counts {
                break;
            }
        }
    }
    Ok(found)
}

/// Names some divisions or indicators, and how many there are.
fn names(all: &[String]) -> String {
    let named = all.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join("、");
    if all.len() > NAMED_MAX { format!("{named} 等 {} 处", all.len()) } else { named }
}

fn listed(check: &str, divisions: &[DivisionCode], zh: &str, en: &str) -> Option<Reason> {
    let codes: Vec<String> = divisions.iter().map(ToString::to_string).collect();
    (!codes.is_empty()).then(|| {
        let names = names(&codes);
        reason(check, format!("{zh}：{names}"), format!("it {en}: {names}"))
    })
}

fn outside(directory: &Directory, of: &Submission) -> Option<Reason> {
    let codes = of.counted.iter().map(|cited| cited.division).chain(of.left_out.keys().copied());
    let outside: Vec<DivisionCode> = codes.filter(|code| !directory.is_within(*code, of.division)).collect();
    listed("WITHIN", &outside, "列有非本级及下级的单位", "names divisions that are not below its author")
}

/// Divisions that owe the form and are asked: for an event, those of its county.
pub fn owing(directory: &Directory, topic: &Topic, division: DivisionCode) -> Vec<DivisionCode> {
    let county = topic.subject.event().map(|event| event.county());
    let asked = |code: &DivisionCode| county.is_none_or(|county| directory.is_within(*code, county));
    duty::owing(&topic.form, &topic.subject, directory, division).into_iter().filter(asked).collect()
}

/// Nobody who owes a report may be passed over in silence.
fn uncovered(directory: &Directory, topic: &Topic, of: &Submission) -> Option<Reason> {
    let mut uncovered = owing(directory, topic, of.division);
    uncovered.retain(|code| {
        !of.left_out.contains_key(code) && of.counted.iter().all(|cited| cited.division != *code)
    });
    listed(
        "COVERAGE",
        &uncovered,
        "应报单位既未计入也未列为缺报",
        "says nothing of divisions that owe the form",
    )
}

fn same_person(division: DivisionCode) -> Reason {
    reason(
        "PERSON",
        format!("单位负责人与 {division} 报告的审核人是同一把密钥，审核与签发须分开"),
        format!("the head who signed it also reviewed the report of {division}"),
    )
}

fn broken(named: &[Judged]) -> Option<Reason> {
    let broken: Vec<DivisionCode> = named
        .iter()
        .filter(|judged| !judged.reasons.is_empty())
        .map(|judged| judged.report.division)
        .collect();
    listed("CITED", &broken, "所计报告不合规则，不能计入", "counts reports that do not count")
}

/// A county verifies (核报) when all it counts are verified or were filed in place of a township, and nothing waits.
fn unverified(of: &Submission, named: &[Judged]) -> Option<Reason> {
    if of.stage != Some(Stage::Verified) {
        return None;
    }
    let filed =
        |division| of.counted.iter().any(|cited| cited.division == division && cited.filed_by.is_some());
    let open = named.iter().filter(|judged| judged.report.stage != Stage::Verified);
    let open = open.map(|judged| judged.report.division).filter(|division| !filed(*division));
    let waiting = of.left_out.iter().filter(|(_, why)| **why != Absence::Missing).map(|(code, _)| *code);
    let open: Vec<DivisionCode> = open.chain(waiting).collect();
    listed(
        "VERIFIED",
        &open,
        "下级尚未核报，本级不能核报",
        "verifies while divisions below have not verified",
    )
}

/// The totals are those of the reports that are named.
fn sum(directory: &Directory, topic: &Topic, of: &Submission, named: &[Judged]) -> Option<Reason> {
    let contributions: Vec<Contribution<'_>> = named.iter().map(reckon::contribution).collect();
    let rollup = fold(&topic.form, directory, of.division, of.subject, &contributions);
    let wrong = differences(&topic.form, &of.totals, &cells(&rollup));
    (!wrong.is_empty()).then(|| {
        let text = |(indicator, stated, found): &(&Indicator, Option<Cell>, Option<Cell>)| {
            let text =
                |cell: &Option<Cell>| cell.map_or_else(|| "未填".into(), |cell| cell.format(indicator));
            format!("{} {} 上报 {}，应为 {}", indicator.code, indicator.zh, text(stated), text(found))
        };
        let zh: Vec<String> = wrong.iter().map(text).collect();
        let en: Vec<String> = wrong.iter().map(|(indicator, ..)| indicator.code.clone()).collect();
        reason(
            "SUM",
            format!("合计与所列报告不符：{}", names(&zh)),
            format!("the totals are not those of the reports it names: {}", names(&en)),
        )
    })
}

/// Indicators whose totals differ, in the order of the form.
pub fn differences<'f>(
    form: &'f Form,
    stated: &BTreeMap<u32, Cell>,
    found: &BTreeMap<u32, Cell>,
) -> Vec<(&'f Indicator, Option<Cell>, Option<Cell>)> {
    let pair = |indicator: &'f Indicator| {
        let (stated, found) = (stated.get(&indicator.id).copied(), found.get(&indicator.id).copied());
        (stated != found).then_some((indicator, stated, found))
    };
    form.indicators.iter().filter_map(pair).collect()
}

/// What the division of a hub would state on `topic` now: what was reviewed, and who is left out and why.
///
/// # Errors
/// When the store cannot be read.
pub fn draft<'s>(
    seen: impl Into<Seen<'s>>,
    registry: &Registry,
    directory: &Directory,
    division: DivisionCode,
    (topic, stage): (&Topic, Option<Stage>),
) -> Result<Submission, StoreError> {
    let seen = seen.into();
    let found = reckon::reviewed(seen, registry, directory, division, topic)?;
    let standing = &found.total.standing;
    let counted: Vec<Cited> = standing.iter().map(|judged| cited(judged)).collect();
    let is_counted = |code: &DivisionCode| counted.iter().any(|cited| cited.division == *code);
    let owing = owing(directory, topic, division).into_iter().map(|code| (code, Absence::Missing));
    let states = found.states.iter().filter_map(|(code, state)| match state {
        State::Waiting => Some((*code, Absence::Waiting)),
        State::Returned => Some((*code, Absence::Returned)),
        State::Accepted => None,
    });
    let left_out = owing.chain(states).filter(|(code, _)| !is_counted(code)).collect();
    let before = words(seen, registry, topic)?;
    let before = before.iter().rfind(|word| word.submission.division == division);
    let default = match before.map(|word| word.submission.stage) {
        None => Stage::Initial,
        // What comes after a verified statement corrects it.
        Some(Some(Stage::Verified)) => Stage::Verified,
        Some(_) => Stage::Continued,
    };
    Ok(Submission {
        form: topic.form.id,
        catalogue: topic.catalogue,
        division,
        subject: topic.subject,
        number: before.map_or(1, |word| word.submission.number.saturating_add(1)),
        stage: topic.subject.event().map(|_| stage.unwrap_or(default)),
        follows: before.map(|word| word.body.0),
        drill: !standing.is_empty() && standing.iter().all(|judged| judged.report.drill),
        counted,
        left_out,
        totals: cells(&found.total.rollup),
    })
}

fn cited(judged: &Judged) -> Cited {
    let (division, revision) = (judged.report.division, judged.report.revision);
    Cited { division, revision, body: judged.revision.body.0, filed_by: judged.filed_by }
}

#[cfg(test)]
mod tests;
