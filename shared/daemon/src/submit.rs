//! Intake: from what is typed at a station to a checked, signed report of its division. The same at a township and at a
//! hub, whose own figures (本级) stand beside those of the divisions below it.

mod args;
mod draft;
mod own;
pub mod print;
mod proxy;
mod sites;
mod typed;
mod withdraw;

pub use args::Submit;
pub use draft::Drafts;
pub use own::{Reports, list};
pub use proxy::{Told, file_for};
pub use sites::TypedSite;
pub use typed::{Cell, Typed, Written, moment, stage};
pub use withdraw::{Withdrawn, withdraw};

use std::sync::Arc;

use fengsui_model::{About, Catalogue, Earlier, Form, Level, MonthBefore, Report, Subject};
use fengsui_protocol::Now;
use fengsui_wire::{Flags, Kind, Lane, report_body};
use serde::{Deserialize, Serialize};

use crate::clock::{is_plausible, shown};
use crate::failure::{Code, Failure};
use crate::index;
use crate::reckon::{self, Judged, Notes};
use crate::standards::day;
use crate::station::{Station, Writing};
use crate::topic::{self, Topic};
use crate::views::{self, ReasonView, SiteView, SubjectView};

/// A report that was checked, signed and kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// The entry; absent after a dry run.
    pub entry: Option<String>,
    /// By which form, and on what.
    #[serde(flatten)]
    pub subject: SubjectView,
    /// 初报, 续报, 核报; 月报, 更正.
    pub stage: String,
    /// Its number.
    pub revision: u32,
    /// When it was saved, Asia/Shanghai.
    pub saved_at: String,
    /// Villages or depots, as they were read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<SiteView>,
    /// Findings that do not forbid it.
    pub warnings: Vec<ReasonView>,
    /// What the duty room has to know now; nothing is wrong with the report.
    #[serde(default)]
    pub alarms: Vec<ReasonView>,
    /// Rules that could not be judged here.
    #[serde(default)]
    pub unjudged: Vec<ReasonView>,
}

/// Checks what was typed, and signs and keeps it unless `dry_run`. What breaks a hard rule is refused, and nothing is
/// written.
///
/// # Errors
/// What does not read or breaks a rule, in Chinese and English.
pub fn submit(station: &mut Station, typed: &Typed, dry_run: bool, now: Now) -> Result<Submitted, Failure> {
    let division = station.identity().division;
    let catalogue = station.catalogue(now).clone();
    let topic = topic_of(station, &catalogue, typed)?;
    let previous = previous(station, &topic, typed.drill)?;
    let drill = typed.drill.unwrap_or(previous.as_ref().is_some_and(|(report, _)| report.drill));
    let month_before = month_before(station, &topic, drill)?;
    let written = Written {
        previous: previous.as_ref().map(|(report, hash)| (report, *hash)),
        month_before: month_before.as_ref().map(|judged| judged.entry.hash().0),
    };
    let report = typed.report(division, &topic, written)?;
    // A clock that cannot be right must not stand in the way of a disaster report; the entry says that it is unsure.
    let said_ms = if is_plausible(now.wall_ms) { now.wall_ms } else { i64::MAX };
    let beside = reckon::beside(station.store(), station.registry(), &topic.form, &report)?;
    let floors = reckon::floors(station.store(), station.registry(), &topic.form, &report)?;
    let earlier = Earlier {
        beside: &beside,
        floors: &floors,
        followed: previous.as_ref().map(|(report, _)| report),
        month_before: month_before.as_ref().map_or(MonthBefore::None, |it| MonthBefore::Held(&it.report)),
    };
    refuse_hard(station, &topic.form, &report, earlier, said_ms)?;
    let notes = Notes::of(&topic.form, &report, earlier, None, said_ms);
    let mut warnings: Vec<ReasonView> = notes.soft.into_iter().map(ReasonView::from).collect();
    warnings.extend(late(&topic.form, &report, said_ms));
    warnings.extend(earlier.followed.and_then(|previous| left_out(&topic.form, &report, previous)));
    warnings.extend(next_month(station, &topic, &report)?);
    let mut submitted = Submitted {
        entry: None,
        subject: SubjectView::of(station.registry().catalogues(), &report),
        stage: report.edition_zh().into(),
        revision: report.revision,
        saved_at: shown(now.wall_ms),
        sites: views::sites(&topic.form, &report),
        warnings,
        alarms: notes.alarms.into_iter().map(ReasonView::from).collect(),
        unjudged: views::unjudged(station, report.division, notes.unjudged),
    };
    if !dry_run {
        let entry = station.write(writing(&report), now)?;
        submitted.entry = Some(views::Reference::of(&entry.header().position()));
    }
    Ok(submitted)
}

/// A disaster report is urgent, a monthly one is not; the figures of both reach the root.
fn writing(report: &Report) -> Writing {
    Writing {
        kind: Kind::Report,
        lane: match report.subject {
            Subject::Event(_) => Lane::Urgent,
            Subject::Period(_) => Lane::Routine,
        },
        flags: if report.drill { Flags::DRILL } else { Flags::default() },
        reach: Level::Province,
        addressee: None,
        body: report_body(report),
    }
}

/// What is meant: as typed, or the latest event this station has reported on. A period is always named: a slip would
/// correct a report that nobody meant.
fn topic_of(station: &Station, catalogue: &Catalogue, typed: &Typed) -> Result<Topic, Failure> {
    let form = topic::form(catalogue, typed.form.as_deref())?;
    let subject = topic::subject(&form, typed.event.as_deref(), typed.period.as_deref())?;
    match (subject, form.about) {
        (Some(subject), _) => placed(station, Topic::new(catalogue, &form, subject)),
        (None, About::Event) => latest_event(station, catalogue, &form),
        (None, about) => Err(Failure::new(
            Code::Usage,
            format!(
                "{}{}报送，请用 --period 指明期间，如 {} (name the {})",
                form.zh,
                about.zh(),
                about.example(),
                about.en().trim_start_matches("a ")
            ),
        )),
    }
}

fn latest_event(station: &Station, catalogue: &Catalogue, form: &Arc<Form>) -> Result<Topic, Failure> {
    let (store, division) = (station.store(), station.identity().division);
    let own = |subject: &&Subject| {
        let revisions = index::revisions(store, form.id, **subject, Some(division));
        revisions.is_ok_and(|revisions| !revisions.is_empty())
    };
    let subjects = index::subjects(store, form.id)?;
    let latest = subjects.iter().rev().find(own);
    latest.map(|subject| Topic::new(catalogue, form, *subject)).ok_or_else(|| {
        Failure::new(Code::Usage, "请用 --event 指明灾害事件，如 20260720-220221-flood (name the event once)")
    })
}

/// Refuses an event in a county that does not exist: one wrong digit would found an event that nobody looks at. Without
/// a directory there is nothing to compare with, and no report may wait for one.
fn placed(station: &Station, topic: Topic) -> Result<Topic, Failure> {
    let directory = station.registry().directory();
    match topic.subject.event().zip(directory) {
        Some((event, directory)) if directory.get(event.county()).is_none() => {
            let county = event.county();
            let message =
                format!("event '{event}': 区划表里没有 {county} (division {county} is not in the directory)");
            Err(Failure::new(Code::Usage, message))
        }
        _ => Ok(topic),
    }
}

/// This division's latest revision on the topic, whether or not it counts: the next one follows it. What another
/// division's station has signed in this one's name is passed over. Drill and real are chains of their own: where the
/// clerk does not say which, the latest of either goes on.
fn previous(
    station: &Station,
    topic: &Topic,
    drill: Option<bool>,
) -> Result<Option<(Report, [u8; 32])>, Failure> {
    let (store, registry) = (station.store(), station.registry());
    let own = station.identity().division;
    for revision in index::revisions(store, topic.form.id, topic.subject, Some(own))?.iter().rev() {
        let Some(Ok(judged)) = reckon::judge(store, registry, revision.position)? else { continue };
        // What a hub filed for this division is not its own word: its chain begins by itself.
        let own = judged.filed_by.is_none();
        let ours = own && judged.reasons.iter().all(|reason| reason.check != reckon::FOREIGN);
        if ours && drill.is_none_or(|drill| drill == judged.report.drill) {
            return Ok(Some((judged.report, judged.entry.hash().0)));
        }
    }
    Ok(None)
}

/// The report on the month before that stands: a real one is never compared with a drill.
fn month_before(station: &Station, topic: &Topic, drill: bool) -> Result<Option<Judged>, Failure> {
    match topic.month_before() {
        Some(before) => of_month(station, &before, drill),
        None => Ok(None),
    }
}

fn of_month(station: &Station, topic: &Topic, drill: bool) -> Result<Option<Judged>, Failure> {
    let own = station.identity().division;
    let standing = reckon::standing(station.store(), station.registry(), topic, own)?;
    Ok(standing.filter(|judged| judged.report.drill == drill))
}

/// Refuses what breaks a hard rule, and names all of them.
fn refuse_hard(
    station: &Station,
    form: &Form,
    report: &Report,
    earlier: Earlier<'_>,
    now_ms: i64,
) -> Result<(), Failure> {
    let mut hard = reckon::reasons(form, report, earlier, now_ms);
    hard.extend(reckon::closed(form, report, day(now_ms)).and_then(Result::err));
    hard.extend(reckon::misfilled(station.registry(), form, report));
    if !hard.is_empty() {
        let lines: Vec<String> = hard
            .iter()
            .map(|reason| format!("{}  {}\n      {}", reason.check, reason.zh, reason.en))
            .collect();
        let message = format!("未保存，请更正 (not saved):\n{}", lines.join("\n"));
        return Err(Failure::new(Code::Refused, message));
    }
    Ok(())
}

/// What is to be said of a report that gives its reason for coming after its period was closed.
fn late(form: &Form, report: &Report, now_ms: i64) -> Option<ReasonView> {
    reckon::closed(form, report, day(now_ms)).and_then(Result::ok).map(ReasonView::from)
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

/// A warning when a month is corrected after the next one was reported: that one was checked against what stood then,
/// and has to be checked again.
fn next_month(station: &Station, topic: &Topic, report: &Report) -> Result<Option<ReasonView>, Failure> {
    let Some(after) = topic.month_after() else { return Ok(None) };
    let next = of_month(station, &after, report.drill)?;
    Ok(next.and_then(|_| after.subject.period()).map(|month| ReasonView {
        check: "NEXT".into(),
        zh: format!("{}的报表已按更正前的数据报送，请核对并更正", month.zh()),
        en: format!(
            "{} was reported from the figures before this correction: check and correct it",
            month.en()
        ),
    }))
}
