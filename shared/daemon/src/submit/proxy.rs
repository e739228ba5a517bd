//! 代报: a hub's report for a division below that is cut off, from what somebody there has told.

use fengsui_model::{DivisionCode, Earlier, MonthBefore, Report};
use fengsui_protocol::Now;
use fengsui_wire::{Kind, Proxy, proxy_body};

use super::{Submitted, Typed, Written, late, left_out, refuse_hard, writing};
use crate::clock::shown;
use crate::failure::{Code, Failure};
use crate::index;
use crate::reckon::{self, Notes};
use crate::station::{Station, Writing};
use crate::topic::{self, Topic};
use crate::views::{self, ReasonView, SubjectView};

/// Who told, and when.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Told {
    /// An office or a post, never a name.
    pub by: String,
    /// When, in Asia/Shanghai.
    pub at: String,
}

/// Checks what was typed as a report of `division`, and signs and keeps it in this hub's log unless `dry_run`.
///
/// # Errors
/// Why not, in Chinese and English.
pub fn file_for(
    station: &mut Station,
    division: DivisionCode,
    typed: &Typed,
    told: &Told,
    dry_run: bool,
    now: Now,
) -> Result<Submitted, Failure> {
    let refused = |message: String| Failure::new(Code::Refused, message);
    if !station.registry().is_above(&station.own().key, division) {
        let message = format!(
            "{division} 不是本站下级，不能代报 (failed to file for {division}: it is not below this hub)"
        );
        return Err(refused(message));
    }
    let catalogue = station.catalogue(now).clone();
    let form = &topic::form(&catalogue, typed.form.as_deref())?;
    let subject = topic::subject(form, typed.event.as_deref(), typed.period.as_deref())?;
    let subject = subject.ok_or_else(|| {
        Failure::new(Code::Usage, "代报须用 --event 或 --period 指明事件或月份 (name the event or month)")
    })?;
    let topic = super::placed(station, Topic::new(&catalogue, form, subject))?;
    let previous = previous(station, &topic, division)?;
    let written =
        Written { previous: previous.as_ref().map(|(report, hash)| (report, *hash)), month_before: None };
    let report = typed.report(division, &topic, written)?;
    let said_ms = if crate::clock::is_plausible(now.wall_ms) { now.wall_ms } else { i64::MAX };
    let beside = reckon::beside(station.store(), station.registry(), form, &report)?;
    let floors = reckon::floors(station.store(), station.registry(), form, &report)?;
    let followed = previous.as_ref().map(|(report, _)| report);
    let earlier = Earlier { beside: &beside, floors: &floors, followed, month_before: MonthBefore::None };
    refuse_hard(station, form, &report, earlier, said_ms)?;
    let held = reckon::unnamed(station.store(), station.registry(), form, &report)?;
    let notes = Notes::of(form, &report, earlier, held.as_ref(), said_ms);
    let mut warnings: Vec<ReasonView> = notes.soft.into_iter().map(ReasonView::from).collect();
    warnings.extend(late(form, &report, said_ms));
    warnings.extend(followed.and_then(|previous| left_out(form, &report, previous)));
    let told_ms = super::moment("--told-at", &told.at)?;
    let proxy = Proxy { report, told_by: told.by.trim().to_owned(), told_ms };
    if !proxy.is_sound() || told_ms > said_ms {
        let message =
            "代报须写明何人（岗位，不写姓名）何时告知 (say who told, by post and not by name, and when)";
        return Err(refused(message.into()));
    }
    let mut submitted = Submitted {
        entry: None,
        subject: SubjectView::of(station.registry().catalogues(), &proxy.report),
        stage: proxy.report.edition_zh().into(),
        revision: proxy.report.revision,
        saved_at: shown(now.wall_ms),
        sites: views::sites(form, &proxy.report),
        warnings,
        alarms: notes.alarms.into_iter().map(ReasonView::from).collect(),
        unjudged: views::unjudged(station, division, notes.unjudged),
    };
    if !dry_run {
        let body = proxy_body(&proxy);
        // Down to the division too: it sees what was said for it.
        let writing =
            Writing { kind: Kind::Proxy, addressee: Some(division), body, ..writing(&proxy.report) };
        let entry = station.write(writing, now)?;
        submitted.entry = Some(views::Reference::of(&entry.header().position()));
    }
    Ok(submitted)
}

/// What this office has filed for the division before.
fn previous(
    station: &Station,
    topic: &Topic,
    division: DivisionCode,
) -> Result<Option<(Report, [u8; 32])>, Failure> {
    let (store, registry) = (station.store(), station.registry());
    let own = Some(station.identity().division);
    for revision in index::revisions(store, topic.form.id, topic.subject, Some(division))?.iter().rev() {
        let Some(Ok(judged)) = reckon::judge(store, registry, revision.position)? else { continue };
        if judged.filed_by.is_some() && judged.filed_by == own {
            return Ok(Some((judged.report, judged.entry.hash().0)));
        }
    }
    Ok(None)
}
