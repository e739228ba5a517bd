//! Events at a hub: which there are, which are one, which are stable, and who owes a word.

use std::collections::BTreeSet;

use clap::Subcommand;
use fengsui_daemon::clock::shown;
use fengsui_daemon::commands::{Global, json, show};
use fengsui_daemon::control;
use fengsui_daemon::course::{self, Course, Moves};
use fengsui_daemon::failure::{Code, Failure};
use fengsui_daemon::home::HUB_CACHE_BYTES;
use fengsui_daemon::owed::{self, Owed};
use fengsui_daemon::reckon;
use fengsui_daemon::station::{Happening, HappeningError, Station};
use fengsui_daemon::submit::moment;
use fengsui_daemon::views::{self, DivisionView, Reference, Sight};
use fengsui_model::EventKey;
use fengsui_model::catalogue::QUICK;
use fengsui_protocol::Now;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hub::HubAsk;

const HOUR_MS: i64 = 60 * 60 * 1_000;

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
    /// All of them, as of a moment in milliseconds since 1970 UTC; absent: now.
    List(Option<i64>),
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
    /// The moment as of which it is told, Asia/Shanghai; absent: now.
    #[serde(default)]
    pub as_of: Option<String>,
    /// Divisions that have reported.
    pub divisions: usize,
    /// Revisions in all.
    pub revisions: usize,
    /// 勘误: events to which reports that were signed for this one have been corrected.
    #[serde(default)]
    pub moved_to: Vec<EventKey>,
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
    /// While it is open: hours within which whoever has reported reports again.
    #[serde(default)]
    pub continue_within_h: Option<i64>,
    /// While it is open: divisions that have reported and not again within that time. Once it is stable: those that have
    /// not verified.
    #[serde(default)]
    pub owing: Vec<DivisionView>,
    /// 迟报: divisions whose first report was signed later than its clock allows.
    #[serde(default)]
    pub late: Vec<DivisionView>,
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
            Self::List(as_of_ms) => {
                let sight = Sight::new(station, as_of_ms, now)?;
                return json(&events(&sight, as_of_ms.unwrap_or(now.wall_ms))?);
            }
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

fn events(sight: &Sight<'_>, at_ms: i64) -> Result<Vec<EventView>, Failure> {
    let (course, moves, form) = (sight.course()?, sight.moves()?, QUICK);
    let events = course::events(sight.seen(), &moves, form)?;
    let told = Told { sight, course: &course, moves: &moves, at_ms };
    events.into_iter().filter_map(|event| told.view(event).transpose()).collect()
}

/// What events are told from.
struct Told<'a> {
    sight: &'a Sight<'a>,
    course: &'a Course,
    moves: &'a Moves,
    at_ms: i64,
}

impl Told<'_> {
    /// One event; `None` where no report belongs to it, as far as is seen.
    fn view(&self, event: EventKey) -> Result<Option<EventView>, Failure> {
        let (seen, registry, form) = (self.sight.seen(), self.sight.registry(), QUICK);
        let revisions = seen.among(course::of_event(seen, self.moves, (form, event), None)?)?;
        let moved = self.moves.out_of_event(form, event).map(|(_, to)| to).collect();
        if revisions.is_empty() && BTreeSet::is_empty(&moved) {
            return Ok(None);
        }
        let divisions = revisions.chunk_by(|a, b| a.division == b.division);
        let stable = owed::stable_since(self.course, event);
        let (mut owing, mut late) = (Vec::new(), Vec::new());
        for of_one in divisions.clone() {
            let Some(division) = of_one.first().map(|first| first.division) else { continue };
            let standing = reckon::standing_of(seen, registry, of_one)?;
            let clocks = owed::clocks(registry, event, division, self.at_ms);
            let next = standing.and_then(|judged| owed::next(clocks, &judged, stable));
            // Once the event is stable it is owed from then on; before, when a day has passed.
            if next.is_some_and(|(owed, due_ms)| owed == Owed::Verified || due_ms < self.at_ms) {
                owing.push(views::division(registry, division));
            }
            let first =
                of_one.first().map(|first| reckon::judge(seen, registry, first.position)).transpose()?;
            if matches!(first.flatten(), Some(Ok(first)) if owed::came_late(clocks, &first)) {
                late.push(views::division(registry, division));
            }
        }
        let head = self.course.head(event);
        let merged = self.course.parts(event).into_iter().filter(|part| *part != event).collect();
        Ok(Some(EventView {
            event,
            kind: event.kind().zh().into(),
            county: views::division(registry, event.county()),
            as_of: self.sight.as_of_ms().map(shown),
            divisions: divisions.count(),
            revisions: revisions.len(),
            moved_to: moved.into_iter().collect(),
            merged_into: (head != event).then_some(head),
            merged,
            stable_since: stable.map(shown),
            verify_by: stable
                .zip(owed::clocks(registry, event, event.county(), self.at_ms).verified_ms)
                .map(|(since, within)| shown(since.saturating_add(within))),
            continue_within_h: owed::clocks(registry, event, event.county(), self.at_ms)
                .continued_ms
                .map(|within| within / HOUR_MS),
            owing,
            late,
        }))
    }
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
