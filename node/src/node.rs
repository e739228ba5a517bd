//! What the township station answers.

use std::collections::BTreeSet;

use fengsui_daemon::clock::{is_plausible, shown};
use fengsui_daemon::commands::{CommonAsk, json};
use fengsui_daemon::control::Ask;
use fengsui_daemon::failure::{Code, Failure};
use fengsui_daemon::index;
use fengsui_daemon::links::Links;
use fengsui_daemon::reckon;
use fengsui_daemon::station::{Station, Writing};
use fengsui_daemon::views::{self, EntryView, ReasonView};
use fengsui_model::{Context, EventKey, Form, Level, Report, Severity, evaluate};
use fengsui_wire::{Flags, Kind, Lane, LogId, LogName, Position, report_body};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::intake::Typed;

/// A command to the station.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeAsk {
    /// One that hubs know too.
    Common(CommonAsk),
    /// Sign and keep a report.
    Submit {
        /// As typed.
        typed: Box<Typed>,
        /// Check only.
        dry_run: bool,
    },
    /// The latest reports.
    List(usize),
    /// The standards that have arrived; only this one.
    Standards(Option<fengsui_model::StandardCode>),
}

/// A report that was checked, signed and kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// The entry; absent after a dry run.
    pub entry: Option<String>,
    /// The event.
    pub event: EventKey,
    /// 初报, 续报, 核报.
    pub stage: String,
    /// Its number.
    pub revision: u32,
    /// When it was saved, Asia/Shanghai.
    pub saved_at: String,
    /// Findings that do not forbid it.
    pub warnings: Vec<ReasonView>,
}

/// This station's reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reports {
    /// How many there are in all.
    pub total: usize,
    /// The latest of them, latest first.
    pub reports: Vec<EntryView>,
}

impl Ask for NodeAsk {
    fn answer(
        self,
        station: &mut Station,
        links: &Links,
        now: fengsui_protocol::Now,
    ) -> Result<Value, Failure> {
        match self {
            Self::Common(common) => common.answer(station, links, now),
            Self::Submit { typed, dry_run } => json(&submit(station, &typed, dry_run, now)?),
            Self::Standards(code) => crate::standards::answer(station, code.as_ref(), now),
            Self::List(limit) => json(&list(station, limit)?),
        }
    }
}

fn submit(
    station: &mut Station,
    typed: &Typed,
    dry_run: bool,
    now: fengsui_protocol::Now,
) -> Result<Submitted, Failure> {
    let division = station.identity().division;
    let event = event(station, typed)?;
    let previous = previous(station, &event, typed.drill)?;
    let before = previous.as_ref().map(|(report, hash)| (report, *hash));
    let report = typed.report(division, event, before)?;
    // A clock that cannot be right must not stand in the way of a disaster report; the entry says that it is unsure.
    let said_ms = if is_plausible(now.wall_ms) { now.wall_ms } else { i64::MAX };
    let warnings = check(&report, previous.as_ref().map(|(report, _)| report), said_ms)?;
    let mut submitted = Submitted {
        entry: None,
        event,
        stage: report.stage.zh().into(),
        revision: report.revision,
        saved_at: shown(now.wall_ms),
        warnings,
    };
    if !dry_run {
        let entry = station.write(writing(&report), now)?;
        submitted.entry = Some(views::Reference::of(&entry.header().position()));
    }
    Ok(submitted)
}

/// A disaster report is urgent, and its figures reach the root.
fn writing(report: &Report) -> Writing {
    Writing {
        kind: Kind::Report,
        lane: Lane::Urgent,
        flags: if report.drill { Flags::DRILL } else { Flags::default() },
        reach: Level::Province,
        addressee: None,
        body: report_body(report),
    }
}

/// The event that is meant: as typed, or the latest one this station has reported on.
fn event(station: &Station, typed: &Typed) -> Result<EventKey, Failure> {
    if let Some(text) = &typed.event {
        let event: EventKey = text.parse().map_err(|error: fengsui_model::event::EventError| {
            let hint = "事件应写成 日期-县代码-灾种，如 20260720-220221-flood";
            Failure::new(Code::Usage, format!("event '{text}': {hint} (failed to {error})"))
        })?;
        return placed(station, event);
    }
    let events = index::events(station.store(), Form::quick().id)?;
    let own = |event: &&EventKey| {
        let revisions =
            index::revisions(station.store(), Form::quick().id, event, Some(station.identity().division));
        revisions.is_ok_and(|revisions| !revisions.is_empty())
    };
    events.iter().rev().find(own).copied().ok_or_else(|| {
        Failure::new(Code::Usage, "请用 --event 指明灾害事件，如 20260720-220221-flood (name the event once)")
    })
}

/// Refuses an event in a county that does not exist: one wrong digit would found an event that nobody looks at. Without
/// a directory there is nothing to compare with, and no report may wait for one.
fn placed(station: &Station, event: EventKey) -> Result<EventKey, Failure> {
    let county = event.county();
    match station.registry().directory() {
        Some(directory) if directory.get(county).is_none() => {
            let message =
                format!("event '{event}': 区划表里没有 {county} (division {county} is not in the directory)");
            Err(Failure::new(Code::Usage, message))
        }
        _ => Ok(event),
    }
}

/// This division's latest revision on the event, whether or not it counts: the next one follows it. What another
/// division's station has signed in this one's name is passed over. Drill and real are chains of their own: where the
/// clerk does not say which, the latest of either goes on.
fn previous(
    station: &Station,
    event: &EventKey,
    drill: Option<bool>,
) -> Result<Option<(Report, [u8; 32])>, Failure> {
    let (store, registry) = (station.store(), station.registry());
    let own = station.identity().division;
    for revision in index::revisions(store, Form::quick().id, event, Some(own))?.iter().rev() {
        let Some(Ok(judged)) = reckon::judge(store, registry, revision.position)? else { continue };
        let ours = judged.reasons.iter().all(|reason| reason.check != reckon::FOREIGN);
        if ours && drill.is_none_or(|drill| drill == judged.report.drill) {
            return Ok(Some((judged.report, judged.entry.hash().0)));
        }
    }
    Ok(None)
}

/// Refuses what breaks a hard rule; gives back the rest as warnings.
fn check(report: &Report, previous: Option<&Report>, now_ms: i64) -> Result<Vec<ReasonView>, Failure> {
    let form = Form::quick();
    let hard = reckon::reasons(form, report, previous, now_ms);
    if !hard.is_empty() {
        let lines: Vec<String> = hard
            .iter()
            .map(|reason| format!("{}  {}\n      {}", reason.check, reason.zh, reason.en))
            .collect();
        let message = format!("未保存，请更正 (not saved):\n{}", lines.join("\n"));
        return Err(Failure::new(Code::Refused, message));
    }
    let soft = evaluate(form, report, previous, &Context { report_time_ms: now_ms })
        .into_iter()
        .filter(|finding| finding.severity != Severity::Hard);
    let soft = soft.map(|finding| ReasonView { check: finding.check, zh: finding.zh, en: finding.en });
    Ok(soft.chain(previous.and_then(|previous| left_out(form, report, previous))).collect())
}

/// A warning when figures that the revision before stated are blank now: whoever meant to change one figure and forgot
/// `--update` would take all others out of the totals.
fn left_out(form: &Form, report: &Report, previous: &Report) -> Option<ReasonView> {
    let gone: Vec<String> = form
        .indicators
        .iter()
        .filter(|of| !previous.figure(of.id).is_blank() && report.figure(of.id).is_blank())
        .map(|of| format!("{} {}", of.code, of.zh))
        .collect();
    (!gone.is_empty()).then(|| ReasonView {
        check: "BLANK".into(),
        zh: format!("上一版填了、这一版空白：{}；只改几项请加 --update", gone.join("、")),
        en: format!("stated before and blank now: {}; --update keeps what is not given", gone.join(", ")),
    })
}

/// Every report this station, or a machine before it, has signed, those included that do not read or speak for another division: their author
/// must see why they are not counted.
fn list(station: &Station, limit: usize) -> Result<Reports, Failure> {
    let (store, form) = (station.store(), Form::quick().id);
    let (key, division) = (station.own().key, station.identity().division);
    // What the machines before this one wrote is this station's history too.
    let ours = |name: &LogName| name.key == key || station.registry().is_former_of(&name.key, division);
    let logs = store.logs().into_iter().filter(ours);
    let own: BTreeSet<LogId> = logs.map(|name| name.id(station.network())).collect();
    let mut positions: Vec<Position> = Vec::new();
    for event in index::events(store, form)?.iter().rev() {
        let of_event = index::revisions(store, form, event, None)?;
        positions.extend(of_event.iter().rev().map(|revision| revision.position));
    }
    positions.extend(index::unreadable(store)?.into_iter().rev());
    positions.retain(|position| own.contains(&position.log));
    let shown = positions.iter().take(limit);
    let views = shown.map(|position| views::entry(station, *position)).collect::<Result<Vec<_>, _>>()?;
    Ok(Reports { total: positions.len(), reports: views.into_iter().flatten().collect() })
}
