//! Review in one step: every waiting report in which nothing was found is accepted, each with a signed review of its own;
//! what is left waits for somebody to look at it, with the reason.

use std::path::Path;

use fengsui_daemon::commands::{Global, json, show, view};
use fengsui_daemon::control;
use fengsui_daemon::failure::{Code, Failure};
use fengsui_daemon::home::HUB_CACHE_BYTES;
use fengsui_daemon::person::{Signed, ToSign};
use fengsui_daemon::print::{edition, reasons, table};
use fengsui_daemon::station::{ReviewSaying, Station};
use fengsui_daemon::topic;
use fengsui_daemon::views::{self, ReasonView, Reference, WaitingView};
use fengsui_model::{DivisionCode, Subject};
use fengsui_protocol::Now;
use fengsui_wire::Position;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::about::About;
use crate::hub::HubAsk;
use crate::review::{ReviewAsk, failure};

/// Which of the waiting reports.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Scope {
    /// On what, by which form; nothing named: all.
    pub about: About,
    /// Of which division and those below it.
    pub within: Option<DivisionCode>,
}

/// A report that was, or would be, accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedView {
    /// The report.
    #[serde(flatten)]
    pub report: WaitingView,
    /// The signed entry of the review; absent after a dry run.
    pub review: Option<String>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanView {
    /// Nothing was signed.
    pub dry_run: bool,
    /// Reports in which nothing was found.
    pub accepted: Vec<AcceptedView>,
    /// Reports that somebody has to look at; why stands in each.
    pub left: Vec<WaitingView>,
}

/// A report with what the reviewer has signed for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Endorsed {
    /// The report's entry.
    pub entry: String,
    /// By the reviewer, where one signs.
    pub signed: Option<Signed>,
}

/// Runs `review --accept-clean` and prints what came of it.
///
/// # Errors
/// Why not; nothing is signed then.
pub(crate) fn run(global: &Global, scope: &Scope, key: Option<&Path>, dry_run: bool) -> Result<(), Failure> {
    let ask = |ask| control::ask(&global.home(), HUB_CACHE_BYTES, HubAsk::Review(ask));
    if dry_run {
        let value = ask(ReviewAsk::Clean(scope.clone()))?;
        return show(global, &value, |of: CleanView| text(&of));
    }
    let found: CleanView = view(ask(ReviewAsk::Clean(scope.clone()))?)?;
    let mut endorsed = Vec::new();
    for accepted in found.accepted {
        let entry = accepted.report.entry;
        let signed = match key {
            Some(file) => {
                let to_sign: ToSign = view(ask(ReviewAsk::prepare_accept(&entry))?)?;
                Some(to_sign.signed(file)?)
            }
            None => None,
        };
        endorsed.push(Endorsed { entry, signed });
    }
    let value = ask(ReviewAsk::AcceptClean(scope.clone(), endorsed))?;
    show(global, &value, |of: CleanView| text(&of))
}

/// What would be accepted.
pub(crate) fn look(station: &Station, scope: &Scope) -> Result<Value, Failure> {
    let (clean, left) = sorted(station, scope)?;
    let accepted = clean.into_iter().map(|report| AcceptedView { report, review: None }).collect();
    json(&CleanView { dry_run: true, accepted, left })
}

/// Accepts those of `endorsed` that still wait and in which nothing is found, all in one commit.
pub(crate) fn accept(
    station: &mut Station,
    scope: &Scope,
    endorsed: Vec<Endorsed>,
    now: Now,
) -> Result<Value, Failure> {
    let (clean, mut left) = sorted(station, scope)?;
    let mut accepted = Vec::new();
    for report in clean {
        let Some(signed) = endorsed.iter().find(|of| of.entry == report.entry) else {
            // It came after the reviewer had signed: it waits for the next time.
            left.push(report);
            continue;
        };
        let person = signed.signed.as_ref().map(Signed::endorsement).transpose()?;
        let position = position(station, &report.entry)?;
        let (_, entry) = station.review(position, &ReviewSaying::Accept, person, now).map_err(failure)?;
        let review = Some(Reference::of(&entry.header().position()));
        accepted.push(AcceptedView { report, review });
    }
    json(&CleanView { dry_run: false, accepted, left })
}

/// The waiting reports within `scope`: those in which nothing was found, and the others.
fn sorted(station: &Station, scope: &Scope) -> Result<(Vec<WaitingView>, Vec<WaitingView>), Failure> {
    let waiting = waiting(station, scope)?.into_iter();
    Ok(waiting.partition(|of| of.reasons.is_empty() && of.notes.is_empty()))
}

/// The waiting reports within `scope`, the longest first.
///
/// # Errors
/// When it names what does not exist, or the store cannot be read.
pub(crate) fn waiting(station: &Station, scope: &Scope) -> Result<Vec<WaitingView>, Failure> {
    let About { event, form, period } = &scope.about;
    // The newest, in force or not: what waits may have been filled in by any.
    let catalogue = station.registry().catalogues().in_force(None);
    let form = form.as_deref().map(|form| topic::form(catalogue, Some(form))).transpose()?;
    let subject = match (&form, event, period) {
        (None, None, Some(_)) => {
            let message = "--period 须同时用 --form 指明报表 (name the form of the period)";
            return Err(Failure::new(Code::Usage, message));
        }
        (form, event, period) => {
            let form = form.clone().map_or_else(|| topic::form(catalogue, None), Ok)?;
            topic::subject(&form, event.as_deref(), period.as_deref())?
        }
    };
    let directory = station.registry().directory();
    if let Some(within) = scope.within.filter(|within| directory.is_none_or(|of| of.get(*within).is_none())) {
        let message =
            format!("区划表中没有 {within} (failed to look within {within}: it is not in the directory)");
        return Err(Failure::new(Code::Usage, message));
    }
    let asked = |of: &WaitingView| {
        let about = of.subject.event.map(Subject::from).or(of.subject.period.map(Subject::from));
        let within = scope.within.zip(directory);
        form.as_ref().is_none_or(|form| form.code == of.subject.form)
            && subject.is_none_or(|subject| about == Some(subject))
            && within.is_none_or(|(within, directory)| directory.is_within(of.division.code, within))
    };
    Ok(views::waiting(station)?.into_iter().filter(asked).collect())
}

fn position(station: &Station, entry: &str) -> Result<Position, Failure> {
    let wrong = |error: &dyn std::error::Error| Failure::caused(Code::Usage, error);
    let reference: Reference = entry.parse().map_err(|error: views::ReferenceError| wrong(&error))?;
    reference.find(station).map_err(|error| wrong(&error))
}

fn text(of: &CleanView) -> String {
    let verb = if of.dry_run { "可以通过" } else { "已审核通过" };
    let mut text = format!("{verb} {} 份，须逐份查看 {} 份\n", of.accepted.len(), of.left.len());
    let row = |accepted: &AcceptedView| {
        let review = accepted.review.clone().unwrap_or_default();
        [line(&accepted.report), vec![review]].concat()
    };
    let rows: Vec<_> = of.accepted.iter().map(row).collect();
    if !rows.is_empty() {
        text.push_str(&table(&["单位", "事件或期间", "报告", "条目", "审核条目"], &rows, &[]));
    }
    for left in &of.left {
        let title = format!("未处理  {}", line(left).join("  "));
        let why: Vec<ReasonView> = left.reasons.iter().chain(&left.notes).cloned().collect();
        match why.is_empty() {
            true => text.push_str(&format!("{title}\n  签名后才收到，请再审一次\n")),
            false => text.push_str(&reasons(&title, &why)),
        }
    }
    text
}

fn line(of: &WaitingView) -> Vec<String> {
    vec![of.division.to_string(), of.subject.zh(), edition(&of.stage, of.revision), of.entry.clone()]
}
