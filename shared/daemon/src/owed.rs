//! What a station owes now: the next report on an event that lasts, the verified one after it is stable, and whatever came
//! back. Told where a clerk looks anyway, so that nobody has to remember a clock.

use fengsui_model::catalogue::QUICK;
use fengsui_model::duty::Clocks;
use fengsui_model::{DivisionCode, EventKey, Stage};
use fengsui_protocol::{Now, Registry};
use fengsui_store::StoreError;
use serde::{Deserialize, Serialize};

use crate::clock::shown;
use crate::course::{Course, Moves};
use crate::index;
use crate::reckon::{self, FOREIGN, Judged, REVOKED};
use crate::reviews::{Opinions, State, WITHDRAWN, cited};
use crate::standards::day;
use crate::station::Station;
use crate::topic::Topic;
use crate::views::{Reference, SubjectView};

const HOUR_MS: i64 = 60 * 60 * 1000;

/// Time in Jilin, all year round.
const AHEAD_OF_UTC_MS: i64 = 8 * HOUR_MS;

/// What is owed after something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owed {
    /// 更正: the report came back.
    Returned,
    /// 续报 or 零报告, while the event lasts.
    Continued,
    /// 核报, once it is stable.
    Verified,
}

/// One thing that is owed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwedView {
    /// What.
    pub owed: Owed,
    /// By which form, and on what.
    #[serde(flatten)]
    pub subject: SubjectView,
    /// The last report.
    pub entry: String,
    /// When it is or was due, Asia/Shanghai; when it came back.
    pub due_at: String,
    /// That has passed.
    pub overdue: bool,
    /// In one line of Chinese.
    pub zh: String,
    /// In one line of English.
    pub en: String,
}

/// The clocks that run for `division`'s reports on an event, as the catalogue in force at a moment says.
pub fn clocks(registry: &Registry, event: EventKey, division: DivisionCode, at_ms: i64) -> Clocks {
    let form = registry.catalogues().having(day(at_ms), |of| of.form(QUICK).is_some()).form(QUICK);
    let row = registry.directory().and_then(|directory| directory.get(division));
    form.zip(row).map(|(form, row)| Clocks::of(form, &event.into(), row.level)).unwrap_or_default()
}

/// When a division that has reported on an event has to report again, and what; `None`: it has verified, or no clock runs.
pub fn next(clocks: Clocks, judged: &Judged, stable_ms: Option<i64>) -> Option<(Owed, i64)> {
    let (owed, since_ms, within_ms) = match stable_ms {
        None => (Owed::Continued, judged.entry.received_ms, clocks.continued_ms),
        Some(_) if judged.report.stage == Stage::Verified => return None,
        Some(stable_ms) => (Owed::Verified, stable_ms, clocks.verified_ms),
    };
    Some((owed, since_ms.saturating_add(within_ms?)))
}

/// Whether the first report on an event was signed later than its clock allows after the event began. Where only the day
/// is known on which it began, nobody can say.
pub fn came_late(clocks: Clocks, first: &Judged) -> bool {
    let (Some(within_ms), Some(began_ms)) = (clocks.initial_ms, first.report.occurred_ms) else {
        return false;
    };
    // Whoever types no time states the first moment of the day.
    let first_moment = |event: &EventKey| event.date().days_since_1970() * 24 * HOUR_MS - AHEAD_OF_UTC_MS;
    let known = first.report.event().is_some_and(|event| first_moment(event) != began_ms);
    let said_ms = first.entry.envelope.header().draft.clock_ms;
    known && first.report.revision == 0 && said_ms > began_ms.saturating_add(within_ms)
}

/// Since when the event, or the one that it was merged into, is stable.
pub fn stable_since(course: &Course, event: EventKey) -> Option<i64> {
    let of = |event| course.stable(event).map(|(_, since)| since);
    of(event).or_else(|| of(course.head(event)))
}

/// Everything that this station's own division owes, what came back first, then by the time it is due.
///
/// # Errors
/// When the store cannot be read.
pub fn owed(station: &Station, now: Now) -> Result<Vec<OwedView>, StoreError> {
    let (course, moves) = (station.course()?, Moves::load(station.store(), station.registry())?);
    let mut found = Vec::new();
    for (form, subject) in index::all_subjects(station.store())? {
        let Some(topic) = Topic::of(station.catalogue(now), form, subject) else { continue };
        let Some(judged) = latest(station, &topic)? else { continue };
        // As corrected: the event that the report belongs to says when the next one is due.
        let event = subject.event().map(|event| moves.target(form, judged.report.division, *event));
        let stable = event.and_then(|event| stable_since(&course, event));
        found.extend(of_report(station, stable, (&topic, &judged), now)?);
    }
    found.sort_by(|a, b| (a.owed != Owed::Returned, &a.due_at).cmp(&(b.owed != Owed::Returned, &b.due_at)));
    Ok(found)
}

/// This division's own latest real report on the topic that was not taken back.
fn latest(station: &Station, topic: &Topic) -> Result<Option<Judged>, StoreError> {
    let (store, own) = (station.store(), station.identity().division);
    let passed_over = [FOREIGN, REVOKED, WITHDRAWN];
    for revision in index::revisions(store, topic.form.id, topic.subject, Some(own))?.iter().rev() {
        let judged = reckon::judge(store, station.registry(), revision.position)?.and_then(Result::ok);
        let Some(judged) = judged.filter(|judged| judged.filed_by.is_none() && !judged.report.drill) else {
            continue;
        };
        if judged.reasons.iter().all(|reason| !passed_over.contains(&reason.check.as_str())) {
            return Ok(Some(judged));
        }
    }
    Ok(None)
}

fn of_report(
    station: &Station,
    stable: Option<i64>,
    (topic, judged): (&Topic, &Judged),
    now: Now,
) -> Result<Option<OwedView>, StoreError> {
    let subject = SubjectView::new(station.registry().catalogues(), topic.form.id, topic.subject);
    let view = |owed, due_ms: i64, zh: String, en: String| OwedView {
        owed,
        entry: Reference::of(&judged.revision.position),
        due_at: shown(due_ms),
        overdue: due_ms <= now.wall_ms,
        zh: format!("{} {zh}", subject.zh()),
        en: format!("{}: {en}", subject.en()),
        subject: subject.clone(),
    };
    let opinions = Opinions::load(station.store(), station.registry(), &judged.report)?;
    let cites = cited(judged);
    if opinions.state(&cites) == State::Returned {
        let returned_ms = opinions.counting(&cites).map_or(judged.entry.received_ms, |word| word.signed_ms);
        let zh = format!("{} 被退回，更正后用 submit --update 再报", shown(returned_ms));
        let en = format!("returned at {}: correct it and report again", shown(returned_ms));
        return Ok(Some(view(Owed::Returned, returned_ms, zh, en)));
    }
    // Other forms on an event have no clock of their own.
    let event = topic.subject.event().filter(|_| topic.form.id == QUICK);
    let clock = |event: &EventKey| clocks(station.registry(), *event, judged.report.division, now.wall_ms);
    let next = event.and_then(|event| next(clock(event), judged, stable));
    Ok(next.map(|(owed, due_ms)| {
        let (zh, en) = words(owed, due_ms, now.wall_ms);
        view(owed, due_ms, zh, en)
    }))
}

/// What is owed and by when, or since when.
fn words(owed: Owed, due_ms: i64, now_ms: i64) -> (String, String) {
    let (zh, en) = match owed {
        Owed::Returned => ("更正", "a correction"),
        Owed::Continued => ("续报（无变化的报零报告）", "the next report, or a zero report"),
        Owed::Verified => ("核报", "the verified report"),
    };
    let due = shown(due_ms);
    let hours = (due_ms - now_ms).unsigned_abs() / HOUR_MS.unsigned_abs();
    let (zh_left, en_left) = match hours {
        0..48 => (format!("{hours} 小时"), format!("{hours} h")),
        hours => (format!("{} 天", hours / 24), format!("{} days", hours / 24)),
    };
    match due_ms <= now_ms {
        true => (
            format!("{zh}已逾期 {zh_left}，应于 {due} 前报送"),
            format!("{en} is {en_left} overdue, since {due}"),
        ),
        false => {
            (format!("{zh}应于 {due} 前报送，还有 {zh_left}"), format!("{en} is due by {due}, in {en_left}"))
        }
    }
}

#[cfg(test)]
mod tests;
