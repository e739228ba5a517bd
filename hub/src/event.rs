//! Events at a hub: which there are, which are one, which are stable, and who owes a word.

use clap::Subcommand;
use fengsui_daemon::clock::shown;
use fengsui_daemon::commands::{Global, json, show};
use fengsui_daemon::control;
use fengsui_daemon::course::Course;
use fengsui_daemon::failure::{Code, Failure};
use fengsui_daemon::home::HUB_CACHE_BYTES;
use fengsui_daemon::station::{Happening, HappeningError, Station};
use fengsui_daemon::submit::moment;
use fengsui_daemon::topic::Topic;
use fengsui_daemon::views::{self, DivisionView, Reference};
use fengsui_daemon::{index, reckon};
use fengsui_model::catalogue::QUICK;
use fengsui_model::{EventKey, Stage};
use fengsui_protocol::Now;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hub::HubAsk;

/// While an event is open every division that has reported reports again within a day (24小时零报告).
const SILENT_MS: i64 = 24 * 60 * 60 * 1000;
/// From stable to verified at every level together, ten days (`deadlines.csv`; S-PROV1, S-PROV2).
const VERIFIED_WITHIN_MS: i64 = 10 * 24 * 60 * 60 * 1000;

/// Commands under `event`.
#[derive(Subcommand)]
pub(crate) enum EventCommand {
    /// 灾情稳定：停止每日零报告，开始核报计时；由事件所在县签发 (the figures are stable: no more daily zero reports, verification begins)
    Stable {
        /// 灾害事件 (the event)
        event: EventKey,
        /// 自何时起稳定，如 2026-07-23T08:00；缺省为现在 (since when; default: now)
        #[arg(long)]
        since: Option<String>,
    },
    /// 撤销灾情稳定 (takes that back: the event is open again)
    Reopen {
        /// 灾害事件 (the event)
        event: EventKey,
    },
    /// 并案：把时间、地点、灾种相近的事件并入一个，汇总一并计入 (puts near events together: totals of the one count them all)
    Merge {
        /// 并入的事件，以它为准 (the event that stands for all)
        into: EventKey,
        /// 被并入的事件 (the events that are merged into it)
        #[arg(required = true, num_args = 1..)]
        events: Vec<EventKey>,
    },
    /// 撤销最近一次并案 (takes the last merge into the event back)
    Split {
        /// 并入的事件 (the event that stands for all)
        into: EventKey,
    },
}

/// What a command on events asks of the station.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventAsk {
    /// All of them.
    List,
    /// It is stable.
    Stable(EventKey, Option<String>),
    /// It is open again.
    Reopen(EventKey),
    /// These are part of it.
    Merge(EventKey, Vec<EventKey>),
    /// They are not.
    Split(EventKey),
}

/// An event with reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventView {
    /// The event.
    pub event: EventKey,
    /// Kind of disaster, in Chinese.
    pub kind: String,
    /// County or city-level unit.
    pub county: DivisionView,
    /// Divisions that have reported.
    pub divisions: usize,
    /// Revisions in all.
    pub revisions: usize,
    /// The event that stands for it, where it was merged.
    #[serde(default)]
    pub merged_into: Option<EventKey>,
    /// Events that were merged into it.
    #[serde(default)]
    pub merged: Vec<EventKey>,
    /// Since when it is stable, as its county says, Asia/Shanghai.
    #[serde(default)]
    pub stable_since: Option<String>,
    /// By when every level has to have verified.
    #[serde(default)]
    pub verify_by: Option<String>,
    /// While it is open: divisions that have reported and not again within 24 hours. Once it is stable: those that have
    /// not verified.
    #[serde(default)]
    pub owing: Vec<DivisionView>,
}

/// What was said of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaidView {
    /// Which event.
    pub event: EventKey,
    /// 灾情稳定, 已撤销灾情稳定, 已并案, 已撤销并案.
    pub zh: String,
    /// The signed entry.
    pub entry: String,
}

/// Runs a command under `event` and prints what the station answers.
///
/// # Errors
/// Why not.
pub(crate) fn run(global: &Global, command: &EventCommand) -> Result<(), Failure> {
    let ask = match command {
        EventCommand::Stable { event, since } => EventAsk::Stable(*event, since.clone()),
        EventCommand::Reopen { event } => EventAsk::Reopen(*event),
        EventCommand::Merge { into, events } => EventAsk::Merge(*into, events.clone()),
        EventCommand::Split { into } => EventAsk::Split(*into),
    };
    let value = control::ask(&global.home(), HUB_CACHE_BYTES, HubAsk::Event(ask))?;
    show(global, &value, |of: SaidView| format!("{}：{}\n条目 {}", of.zh, of.event, of.entry))
}

impl EventAsk {
    /// Does it.
    pub(crate) fn answer(self, station: &mut Station, now: Now) -> Result<Value, Failure> {
        let (event, happening, zh) = match self {
            Self::List => return json(&events(station, now)?),
            Self::Stable(event, since) => {
                let since = since.as_deref().map(|text| moment("--since", text)).transpose()?;
                (event, Happening::Stable(since.unwrap_or(now.wall_ms)), "灾情稳定")
            }
            Self::Reopen(event) => (event, Happening::Reopen, "已撤销灾情稳定"),
            Self::Merge(event, events) => (event, Happening::Merge(events), "已并案"),
            Self::Split(event) => (event, Happening::Split, "已撤销并案"),
        };
        let entry = station.say_of_event(event, &happening, now).map_err(failure)?;
        json(&SaidView { event, zh: zh.into(), entry: Reference::of(&entry.header().position()) })
    }
}

fn events(station: &Station, now: Now) -> Result<Vec<EventView>, Failure> {
    let course = station.course()?;
    let events = index::events(station.store(), QUICK)?;
    events.into_iter().map(|event| view(station, &course, event, now)).collect()
}

fn view(station: &Station, course: &Course, event: EventKey, now: Now) -> Result<EventView, Failure> {
    let (store, registry) = (station.store(), station.registry());
    let revisions = index::revisions(store, QUICK, event, None)?;
    let divisions = revisions.chunk_by(|a, b| a.division == b.division);
    let stable = course.stable(event).map(|(_, since)| since);
    let mut owing = Vec::new();
    for of_one in divisions.clone() {
        let Some(division) = of_one.first().map(|first| first.division) else { continue };
        let standing = reckon::standing(store, registry, &Topic::event(event), division)?;
        let owes = standing.is_some_and(|judged| match stable {
            None => now.wall_ms.saturating_sub(judged.entry.received_ms) > SILENT_MS,
            Some(_) => judged.report.stage != Stage::Verified,
        });
        if owes {
            owing.push(views::division(registry, division));
        }
    }
    let head = course.head(event);
    let merged = course.parts(event).into_iter().filter(|part| *part != event).collect();
    Ok(EventView {
        event,
        kind: event.kind().zh().into(),
        county: views::division(registry, event.county()),
        divisions: divisions.count(),
        revisions: revisions.len(),
        merged_into: (head != event).then_some(head),
        merged,
        stable_since: stable.map(shown),
        verify_by: stable.map(|since| shown(since.saturating_add(VERIFIED_WITHIN_MS))),
        owing,
    })
}

fn failure(error: HappeningError) -> Failure {
    let zh = match &error {
        HappeningError::Station(_) => String::new(),
        HappeningError::NotAHub => "本站尚未获得汇总站授权，或尚无区划表".into(),
        HappeningError::NoReport(event) => format!("{event} 还没有任何报告，请核对事件编号"),
        HappeningError::Refused(reason) => reason.zh.clone(),
        HappeningError::Future => "稳定时间不能晚于现在".into(),
        HappeningError::Already => "已签发过灾情稳定".into(),
        HappeningError::NothingToUndo => "本站没有可撤销的并案或灾情稳定".into(),
        HappeningError::Unsound(_) => "并案须列出一个以上其他事件，且不重复".into(),
    };
    match error {
        HappeningError::Station(error) => error.into(),
        HappeningError::NotAHub => Failure::new(Code::Unavailable, format!("{zh} (failed to {error})")),
        error => Failure::new(Code::Refused, format!("未签发：{zh} (failed to {error})")),
    }
}
