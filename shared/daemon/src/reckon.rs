//! Reckoning: which reports count, and what they add up to. A function of the entries held, whatever their order of
//! arrival; a station judges its own report with the same code before it signs.

mod beside;
mod kept;
mod named;
mod notes;
mod reviewed;
mod words;

use std::sync::Arc;

use fengsui_model::{
    Context, Contribution, Directory, DivisionCode, Earlier, Form, Indicator, Report, Rollup, Severity,
    evaluate, filler, fold, site,
};
use fengsui_protocol::Registry;
use fengsui_store::{Store, StoreError, StoredEntry};
use fengsui_wire::{Flags, Header, LogName, Position, Reason};

use crate::index::{self, Revision};
use crate::reading::Reading;
use crate::reviews;
use crate::topic::Topic;
pub use beside::beside;
use kept::{Latest, Ledger};
use named::Named;
pub use notes::Notes;

pub use kept::{Held, Kept};
pub use reviewed::{Reviewed, reviewed, state};

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
pub fn judge(
    store: &Store,
    registry: &Registry,
    position: Position,
) -> Result<Option<Result<Judged, Vec<Reason>>>, StoreError> {
    let (Some(entry), Some(name)) = (store.entry(position)?, store.name(position.log)) else {
        return Ok(None);
    };
    let Some(reading) = Reading::of(&entry.envelope, entry.body.as_deref()) else { return Ok(None) };
    let mut reasons = judge_reading(store, registry, &name, &reading, None)?;
    let proxy = reading.is_proxy();
    let Ok(report) = reading.report else { return Ok(Some(Err(reasons))) };
    if Form::of_id(report.form).is_none() {
        return Ok(Some(Err(reasons)));
    }
    let body = reading.header.body_hash;
    reasons.extend(reviews::withdrawn(store, registry, &report, body)?);
    let revision = Revision { division: report.division, revision: report.revision, body, position };
    let filer = registry.place(&name.key).filter(|_| proxy).map(|filer| filer.division);
    Ok(Some(Ok(Judged { revision, name, entry, report, filed_by: filer, reasons })))
}

/// Why what `name` has written does not count; none: it counts. `near` was judged just before: where it is the
/// revision that this one follows or the month before it, as in a backlog, it need not be looked up and read again.
///
/// # Errors
/// When the store cannot be read.
pub fn judge_reading(
    store: &Store,
    registry: &Registry,
    name: &LogName,
    reading: &Reading,
    near: Option<&Reading>,
) -> Result<Vec<Reason>, StoreError> {
    let report = match &reading.report {
        Ok(report) => report,
        Err(error) => return Ok(vec![reason("BODY", "内容无法识读", &error.to_string())]),
    };
    let Some(form) = Form::of_id(report.form) else {
        let en = format!("form {} is not known here", report.form);
        return Ok(vec![reason("FORM", "表式无法识别", &en)]);
    };
    let named = Named::find(store, report, near)?;
    let mut reasons = reasons(form, report, named.earlier(), said_at(&reading.header));
    reasons.extend(misfilled(registry, form, report));
    reasons.extend(foreign(registry, name, report).filter(|_| !may_file(registry, name, reading)));
    reasons.extend(revoked(registry, name, reading));
    Ok(reasons)
}

/// What is to be said of the report without counting against it.
///
/// # Errors
/// When the store cannot be read.
pub fn notes(store: &Store, registry: &Registry, reading: &Reading) -> Result<Notes, StoreError> {
    let Ok(report) = &reading.report else { return Ok(Notes::default()) };
    let Some(form) = Form::of_id(report.form) else { return Ok(Notes::default()) };
    let named = Named::find(store, report, None)?;
    let beside = beside(store, registry, form, report)?;
    let earlier = Earlier { beside: &beside, ..named.earlier() };
    Ok(Notes::of(form, report, earlier, said_at(&reading.header)))
}

/// The alarms that a report which was read raises.
pub fn alarms(judged: &Judged) -> Vec<Reason> {
    let Some(form) = Form::of_id(judged.report.form) else { return Vec::new() };
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
pub fn standing(
    store: &Store,
    registry: &Registry,
    topic: &Topic,
    division: DivisionCode,
) -> Result<Option<Judged>, StoreError> {
    let revisions = index::revisions(store, topic.form.id, topic.subject, Some(division))?;
    let latest = latest(store, registry, &revisions)?;
    Ok(latest.real.or(latest.drill).map(Arc::unwrap_or_clone))
}

/// `revisions` are one division's, in ascending order.
fn latest(store: &Store, registry: &Registry, revisions: &[Revision]) -> Result<Latest, StoreError> {
    let (mut latest, mut filed) = (Latest::default(), None);
    for revision in revisions.iter().rev() {
        let Some(Ok(judged)) = judge(store, registry, revision.position)? else { continue };
        let counts = judged.reasons.is_empty();
        if judged.filed_by.is_some() && counts && !judged.report.drill {
            // What a hub filed stands until anything real of the division's own does.
            filed = filed.or(Some(Arc::new(judged)));
            continue;
        }
        let standing = if judged.report.drill { &mut latest.drill } else { &mut latest.real };
        match (counts, standing.is_some()) {
            (true, false) => *standing = Some(Arc::new(judged)),
            (false, false) => latest.not_counted.push(Arc::new(judged)),
            (_, true) => {}
        }
        if latest.real.is_some() {
            // Where something real counts, no drill is totalled; the older ones need not be read.
            latest.drill = None;
            break;
        }
    }
    if latest.real.is_none() && filed.is_some() {
        (latest.real, latest.drill) = (filed, None);
    }
    Ok(latest)
}

/// Totals `topic` for `division` over everything that is held, from the log alone. [`Kept`] says the same without reading
/// it all each time.
///
/// # Errors
/// When the store cannot be read.
pub fn total(
    store: &Store,
    registry: &Registry,
    directory: &Directory,
    division: DivisionCode,
    topic: &Topic,
) -> Result<Total, StoreError> {
    Ok(Ledger::read(store, registry, directory, topic, division)?.total(directory, topic, division))
}

/// Whether this report, by itself, counts a unit of an indicator that is counted and not stated.
pub fn counts_alone(registry: &Registry, judged: &Judged, indicator: &Indicator) -> bool {
    let form = Form::of_id(judged.report.form);
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
