//! Reckoning: which reports count, and what they add up to. A function of the entries held, whatever their order of
//! arrival; a station judges its own report with the same code before it signs.

mod beside;
mod catalogue;
mod closed;
mod floors;
mod kept;
mod ledger;
mod month_before;
mod named;
mod notes;
mod received;
mod reviewed;
mod twice;
mod words;

use std::sync::Arc;

use fengsui_model::{
    Context, Contribution, Directory, DivisionCode, Earlier, FigureTotal, Form, Indicator, NoForm, Report,
    Rollup, Severity, evaluate, filler, fold, site,
};
use fengsui_protocol::Registry;
use fengsui_store::{StoreError, StoredEntry};
use fengsui_wire::{Flags, Header, LogName, Position, Reason};

use crate::index::{self, Revision};
use crate::reading::Reading;
use crate::reviews;
use crate::seen::Seen;
use crate::standards::signed_on;
use crate::topic::Topic;
pub use beside::beside;
use catalogue::form_of;
pub use catalogue::{CATALOGUE, WAITS, waits};
pub use closed::{CLOSED, closed};
pub use floors::floors;
use ledger::{Choice, Ledger, Pages};
pub use month_before::unnamed;
use named::Named;
pub use notes::Notes;
use received::Latest;

pub use kept::{Held, Kept};
pub use reviewed::{Reviewed, reviewed, state};
pub use twice::{TWICE, Twice, twice};

/// Id of the rule that a station reports for its own division only.
pub const FOREIGN: &str = "DIVISION";
/// Id of the rule that a revoked station's word ends with its revocation.
pub const REVOKED: &str = "REVOKED";

/// Id of the rule that a figure is stated by a level that fills it in.
pub const FILLER: &str = "FILLER";

/// One revision of a report with what is to be said about it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Where it stands.
    pub revision: Revision,
    /// Who wrote it.
    pub name: LogName,
    /// As stored.
    pub entry: StoredEntry,
    /// What it states.
    pub report: Report,
    /// 代报: the division whose hub filed it in place of the report's own. `None`: its own.
    pub filed_by: Option<DivisionCode>,
    /// Why it does not count; empty: it counts.
    pub reasons: Vec<Reason>,
}

/// The total of a division for one event or month.
#[derive(Clone, Debug)]
pub struct Total {
    /// Figures and coverage.
    pub rollup: Rollup,
    /// The standing report of each division that is counted.
    pub standing: Vec<Arc<Judged>>,
    /// Reports that are held and not counted, with the reasons; the latest of each division where none counts, and all
    /// that are newer than the one that does.
    pub not_counted: Vec<Arc<Judged>>,
}

/// Hard findings on a report as reasons.
///
/// `report_ms` is when it was signed, `earlier` holds the reports it names, as far as they are known.
pub fn reasons(form: &Form, report: &Report, earlier: Earlier<'_>, report_ms: i64) -> Vec<Reason> {
    let earlier_stage = earlier.followed.filter(|_| report.event().is_some()).map(|followed| followed.stage);
    let mut reasons: Vec<Reason> = evaluate(form, report, earlier, &Context { report_time_ms: report_ms })
        .into_iter()
        .filter(|finding| finding.severity == Severity::Hard)
        .map(|finding| Reason { check: finding.check, zh: finding.zh, en: finding.en })
        .collect();
    if let Some(followed) = earlier_stage.filter(|followed| report.stage < *followed) {
        let (zh, en) = words::stage_order(report.stage, followed);
        reasons.push(reason("STAGE", &zh, &en));
    }
    if let Err(error) = report.check_limits() {
        reasons.push(reason("LIMIT", "文字说明或指标数超过规定", &error.to_string()));
    }
    if let Err(fault) = site::check(form, report) {
        reasons.push(reason("SITES", &words::site_fault(&fault), &fault.to_string()));
    }
    if !form.about.takes(&report.subject) {
        let (zh, en) = words::other_subject(form, report);
        reasons.push(reason("SUBJECT", &zh, &en));
    }
    if let Some(id) = report.figures.keys().find(|id| form.by_id(**id).is_none()) {
        let en = format!("field {id} is not in form {} version {}", form.code, form.version);
        reasons.push(reason("FIELD", &format!("本表没有编号为 {id} 的指标"), &en));
    }
    reasons
}

/// Figures that another level fills in, as one reason; `None` where there are none.
pub fn misfilled(registry: &Registry, form: &Form, report: &Report) -> Option<Reason> {
    let levels = filler::levels(registry.directory().map(AsRef::as_ref), report.division);
    let wrong = filler::misfilled(form, &levels, report);
    (!wrong.is_empty()).then(|| {
        let (zh, en) = words::misfilled(&levels, &wrong);
        reason(FILLER, &zh, &en)
    })
}

fn reason(check: &str, zh: &str, en: &str) -> Reason {
    Reason { check: check.into(), zh: zh.into(), en: en.into() }
}

/// Reads and judges the entry at `position`, if it is a report. `Ok(Err(reasons))` where it does not read.
///
/// # Errors
/// When the store cannot be read.
pub fn judge<'s>(
    seen: impl Into<Seen<'s>>,
    registry: &Registry,
    position: Position,
) -> Result<Option<Result<Judged, Vec<Reason>>>, StoreError> {
    let seen = seen.into();
    let (Some(entry), Some(name)) = (seen.entry(position)?, seen.name(position.log)) else {
        return Ok(None);
    };
    let Some(reading) = Reading::of(&entry.envelope, entry.body.as_deref()) else { return Ok(None) };
    let mut reasons = judge_reading(seen, registry, &name, &reading, None)?;
    let proxy = reading.is_proxy();
    let Ok(report) = reading.report else { return Ok(Some(Err(reasons))) };
    if matches!(registry.catalogues().form_of(&report), Err(NoForm::NoSuchForm { .. })) {
        return Ok(Some(Err(reasons)));
    }
    let body = reading.header.body_hash;
    reasons.extend(reviews::withdrawn(seen, registry, &report, body)?);
    let revision = Revision { division: report.division, revision: report.revision, body, position };
    let filer = registry.place(&name.key).filter(|_| proxy).map(|filer| filer.division);
    Ok(Some(Ok(Judged { revision, name, entry, report, filed_by: filer, reasons })))
}

/// Why what `name` has written does not count; none: it counts. `near` was judged just before: where it is the
/// revision that this one follows or the month before it, as in a backlog, it need not be looked up and read again.
///
/// # Errors
/// When the store cannot be read.
pub fn judge_reading<'s>(
    seen: impl Into<Seen<'s>>,
    registry: &Registry,
    name: &LogName,
    reading: &Reading,
    near: Option<&Reading>,
) -> Result<Vec<Reason>, StoreError> {
    let report = match &reading.report {
        Ok(report) => report,
        Err(error) => return Ok(vec![reason("BODY", "内容无法识读", &error.to_string())]),
    };
    let form = match form_of(registry.catalogues(), report) {
        Ok(form) => form,
        Err(reason) => return Ok(vec![reason]),
    };
    let named = Named::find(seen.into(), report, near)?;
    let mut reasons = reasons(form, report, named.earlier(), said_at(&reading.header));
    reasons.extend(closed(form, report, signed_on(&reading.header)).and_then(Result::err));
    reasons.extend(misfilled(registry, form, report));
    reasons.extend(foreign(registry, name, report).filter(|_| !may_file(registry, name, reading)));
    reasons.extend(revoked(registry, name, reading));
    Ok(reasons)
}

/// What is to be said of the report without counting against it.
///
/// # Errors
/// When the store cannot be read.
pub fn notes<'s>(
    seen: impl Into<Seen<'s>>,
    registry: &Registry,
    reading: &Reading,
) -> Result<Notes, StoreError> {
    let Ok(report) = &reading.report else { return Ok(Notes::default()) };
    let Ok(form) = form_of(registry.catalogues(), report) else { return Ok(Notes::default()) };
    let seen = seen.into();
    let named = Named::find(seen, report, None)?;
    let beside = beside(seen, registry, form, report)?;
    let floors = floors(seen, registry, form, report)?;
    let earlier = Earlier { beside: &beside, floors: &floors, ..named.earlier() };
    let held = unnamed(seen, registry, form, report)?;
    let mut notes = Notes::of(form, report, earlier, held.as_ref(), said_at(&reading.header));
    if !reading.is_proxy() {
        notes.soft.extend(twice::note(seen, registry, report, reading.header.body_hash)?);
    }
    notes.soft.extend(closed(form, report, signed_on(&reading.header)).and_then(Result::ok));
    Ok(notes)
}

/// The alarms that a report which was read raises.
pub fn alarms(registry: &Registry, judged: &Judged) -> Vec<Reason> {
    let Ok(form) = form_of(registry.catalogues(), &judged.report) else { return Vec::new() };
    let context = Context { report_time_ms: said_at(judged.entry.envelope.header()) };
    notes::reasons_of(fengsui_model::alarms(form, &judged.report, &context))
}

/// When the report says it was signed. A clock that is known to be wrong says nothing: no rule about times may then stand
/// in the way of a disaster report.
fn said_at(header: &Header) -> i64 {
    match header.draft.flags.has(Flags::CLOCK_UNSURE) {
        true => i64::MAX,
        false => header.draft.clock_ms,
    }
}

/// Whether this is a hub's report for a division below it.
fn may_file(registry: &Registry, name: &LogName, reading: &Reading) -> bool {
    let above = |report: &Report| registry.is_above(&name.key, report.division);
    reading.is_proxy() && reading.report.as_ref().is_ok_and(above)
}

/// A station may report for its own division only.
fn foreign(registry: &Registry, name: &LogName, report: &Report) -> Option<Reason> {
    let standing = registry.place(&name.key)?;
    (standing.division != report.division).then(|| {
        let (own, other) = (standing.division, report.division);
        reason(
            FOREIGN,
            &format!("本站代表 {own}，不能代 {other} 报送"),
            &format!("the station speaks for {own} and cannot report for {other}"),
        )
    })
}

/// What a station wrote after the line that its revocation names does not count, wherever it is held.
fn revoked(registry: &Registry, name: &LogName, reading: &Reading) -> Option<Reason> {
    let header = &reading.header;
    let stands = registry.stands(name, header.draft.lane, header.sequence, reading.hash);
    (!stands).then(|| {
        reason(
            REVOKED,
            "本站密钥已被撤销，此条在撤销之后",
            "the key of the station was revoked before this entry",
        )
    })
}

/// The standing report of `division` on `topic`: the greatest real revision that counts, or else the greatest drill.
///
/// # Errors
/// When the store cannot be read.
pub fn standing<'s>(
    seen: impl Into<Seen<'s>>,
    registry: &Registry,
    topic: &Topic,
    division: DivisionCode,
) -> Result<Option<Judged>, StoreError> {
    let seen = seen.into();
    let revisions = index::revisions(seen.store(), topic.form.id, topic.subject, Some(division))?;
    standing_of(seen, registry, &revisions)
}

/// The report that stands among `revisions` of one division, in ascending order.
///
/// # Errors
/// When the store cannot be read.
pub fn standing_of<'s>(
    seen: impl Into<Seen<'s>>,
    registry: &Registry,
    revisions: &[Revision],
) -> Result<Option<Judged>, StoreError> {
    let latest = Latest::of(seen.into(), registry, revisions)?;
    Ok(latest.real.or(latest.drill).map(Arc::unwrap_or_clone))
}

/// Totals `topic` for `division` over everything that is seen, from the log alone. [`Kept`] says the same without reading
/// it all each time.
///
/// # Errors
/// When the store cannot be read.
pub fn total<'s>(
    seen: impl Into<Seen<'s>>,
    registry: &Registry,
    directory: &Directory,
    division: DivisionCode,
    topic: &Topic,
) -> Result<Total, StoreError> {
    let pages = Pages { seen: seen.into(), registry, directory, topic };
    Ok(Ledger::<Latest>::read(pages, division)?.total(directory, topic, division))
}

/// One indicator's total on a topic for a division, from the log alone: of all that is seen, or of what was reviewed. `None`
/// where it does not add up or the form does not have it.
///
/// # Errors
/// When the store cannot be read.
pub fn figure<'s>(
    seen: impl Into<Seen<'s>>,
    registry: &Registry,
    directory: &Directory,
    (division, topic, indicator): (DivisionCode, &Topic, u32),
    reviewed: bool,
) -> Result<Option<FigureTotal>, StoreError> {
    let pages = Pages { seen: seen.into(), registry, directory, topic };
    match reviewed {
        false => Ok(Ledger::<Latest>::read(pages, division)?.figure(directory, topic, division, indicator)),
        true => Ok(Ledger::read(pages, division)?.reviewed_figure(directory, topic, division, indicator)),
    }
}

/// Whether this report, by itself, counts a unit of an indicator that is counted and not stated.
pub fn counts_alone(registry: &Registry, judged: &Judged, indicator: &Indicator) -> bool {
    let form = form_of(registry.catalogues(), &judged.report).ok();
    registry.directory().zip(form).is_some_and(|(directory, form)| {
        let alone = [contribution(judged)];
        let rollup = fold(form, directory, judged.report.division, judged.report.subject, &alone);
        rollup.total(indicator.id).is_some_and(|total| total.counted > 0 && total.value > 0)
    })
}

pub(crate) fn contribution(judged: &Judged) -> Contribution<'_> {
    Contribution {
        division: judged.report.division,
        revision: judged.report.revision,
        entry: judged.entry.hash().0,
        report: &judged.report,
    }
}
