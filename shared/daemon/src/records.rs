//! Records that an office signs beside the reports: targets, inspections (核查) and consultations (会商核定). Each stands by itself
//! and uncounts nothing. A function of the entries held, whatever their order of arrival.

use fengsui_model::submission::Cited;
use fengsui_model::{
    Consultation, Contribution, Directory, DivisionCode, Figure, Inspection, Report, Subject, Targets, fold,
};
use fengsui_protocol::Registry;
use fengsui_store::StoreError;
use fengsui_wire::{Kind, LogName, Position, Reason, Role, Statement, statement};

use crate::course;
use crate::index;
use crate::reckon::{self, FOREIGN, Judged};
use crate::seen::Seen;
use crate::submissions::named_report;
use crate::topic::Topic;

/// One record with what is to be said about it.
#[derive(Clone, Debug)]
pub struct Record<T> {
    /// What it says.
    pub says: T,
    /// Where it stands.
    pub position: Position,
    /// Whose log it stands in.
    pub name: LogName,
    /// When, by the signer's clock.
    pub signed_ms: i64,
    /// A report that it names is not held here: what it says of that one is not checked.
    pub pending: bool,
    /// Why it does not hold; empty: it does.
    pub reasons: Vec<Reason>,
}

/// What a kind of record has in common with the others.
pub trait Says: Sized {
    /// In the header.
    const KIND: Kind;

    /// Its part of what a body may say.
    fn of(statement: Statement) -> Option<Self>;

    /// Whose record.
    fn division(&self) -> DivisionCode;

    /// Its number among those of this office on the subject.
    fn number(&self) -> u32;

    /// On what, by which form.
    fn about(&self) -> (u32, Subject);

    /// What is wrong with it beside what this station holds.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn check(&self, held: &Held<'_>) -> Result<Found, StoreError>;
}

/// What a record is judged beside.
pub struct Held<'a> {
    /// Entries.
    pub seen: Seen<'a>,
    /// Who may say what.
    pub registry: &'a Registry,
    /// Who lies below whom.
    pub directory: &'a Directory,
    /// What it is about.
    pub topic: &'a Topic,
}

/// What was found.
#[derive(Default)]
pub struct Found {
    /// A report that it names is not held.
    pub pending: bool,
    /// Which rules it breaks.
    pub reasons: Vec<Reason>,
}

fn reason(check: &str, zh: String, en: String) -> Reason {
    Reason { check: check.into(), zh, en }
}

/// Every record of one kind on `topic`, ordered by division, number and position.
///
/// # Errors
/// When the store cannot be read.
pub fn all<'s, T: Says>(
    seen: impl Into<Seen<'s>>,
    registry: &Registry,
    topic: &Topic,
) -> Result<Vec<Record<T>>, StoreError> {
    let seen = seen.into();
    let mut records = Vec::new();
    for position in index::records(seen.store(), T::KIND, topic.form.id, &topic.subject)? {
        records.extend(judge(seen, registry, position)?);
    }
    records.sort_by_key(|record: &Record<T>| (record.says.division(), record.says.number(), record.position));
    Ok(records)
}

/// Reads and judges the entry at `position`, if it is such a record.
///
/// # Errors
/// When the store cannot be read.
pub fn judge<'s, T: Says>(
    seen: impl Into<Seen<'s>>,
    registry: &Registry,
    position: Position,
) -> Result<Option<Record<T>>, StoreError> {
    let seen = seen.into();
    let (Some(stored), Some(name)) = (seen.entry(position)?, seen.name(position.log)) else {
        return Ok(None);
    };
    let header = *stored.envelope.header();
    let body = stored.body.as_deref().filter(|_| header.draft.kind == T::KIND);
    let Some(says) = body.and_then(|body| statement(T::KIND, body).ok()).and_then(T::of) else {
        return Ok(None);
    };
    let office = registry.place(&name.key).filter(|office| office.role == Role::Hub);
    let speaks = office.is_some_and(|office| office.division == says.division());
    let stands = registry.stands(&name, position.lane, position.sequence, stored.hash());
    let mut found = Found::default();
    if !speaks || !stands {
        let division = says.division();
        found.reasons.push(reason(
            FOREIGN,
            format!("签名的站点不是 {division} 的汇总站"),
            format!("the station that signed is no hub of {division}"),
        ));
    }
    let (form, subject) = says.about();
    match Topic::newest(registry.catalogues(), form, subject).zip(registry.directory()) {
        Some((topic, directory)) => {
            let more = says.check(&Held { seen, registry, directory, topic: &topic })?;
            found.reasons.extend(more.reasons);
            found.pending = more.pending;
        }
        None => found.pending = true,
    }
    let (signed_ms, pending, reasons) = (header.draft.clock_ms, found.pending, found.reasons);
    Ok(Some(Record { says, position, name, signed_ms, pending, reasons }))
}

/// Whether a record holds, whichever of the three it is; nothing to say of other entries.
///
/// # Errors
/// When the store cannot be read.
pub fn verdict<'s>(
    seen: impl Into<Seen<'s>>,
    registry: &Registry,
    position: Position,
) -> Result<Found, StoreError> {
    fn found<T>(record: Record<T>) -> Found {
        Found { pending: record.pending, reasons: record.reasons }
    }
    let seen = seen.into();
    let targets = judge::<Targets>(seen, registry, position)?.map(found);
    let inspection = judge::<Inspection>(seen, registry, position)?.map(found);
    let consultation = judge::<Consultation>(seen, registry, position)?.map(found);
    Ok(targets.or(inspection).or(consultation).unwrap_or_default())
}

/// What every record says in the same words.
macro_rules! common {
    ($kind:ident, $name:ident) => {
        const KIND: Kind = Kind::$kind;

        fn of(statement: Statement) -> Option<Self> {
            match statement {
                Statement::$name(record) => Some(*record),
                _ => None,
            }
        }

        fn division(&self) -> DivisionCode {
            self.division
        }

        fn number(&self) -> u32 {
            self.number
        }

        fn about(&self) -> (u32, Subject) {
            (self.form, self.subject)
        }
    };
}

impl Says for Targets {
    common!(Target, Targets);

    fn check(&self, held: &Held<'_>) -> Result<Found, StoreError> {
        let fault = self.check_scope(&held.topic.form, held.directory).err();
        let reasons = fault.map(|fault| {
            let zh = "目标所定的单位或指标不存在，或不在其辖区内".to_owned();
            reason("SCOPE", zh, format!("it cannot {fault}"))
        });
        Ok(Found { pending: false, reasons: reasons.into_iter().collect() })
    }
}

impl Says for Inspection {
    common!(Inspection, Inspection);

    /// Places are within the office's own, and what it says was reported is what the report that it names states.
    fn check(&self, held: &Held<'_>) -> Result<Found, StoreError> {
        let mut found = Found::default();
        for sample in &self.samples {
            let (division, own) = (sample.division, self.division);
            if !held.directory.is_within(division, own) {
                let zh = format!("{division} 不在 {own} 辖区内");
                found.reasons.push(reason("WITHIN", zh, format!("{division} is not within {own}")));
            }
            let Some(body) = sample.report else { continue };
            let Some(report) = report_of(held, division, body)? else {
                found.pending = true;
                continue;
            };
            if reported(&report, sample.village.as_deref(), sample.indicator) != sample.reported {
                let zh = format!("{division} 的上报数与所引报告不符");
                let en = format!("what {division} is said to have reported is not what the report states");
                found.reasons.push(reason("CITED", zh, en));
            }
        }
        Ok(found)
    }
}

/// The report whose body has that hash, where it is held.
fn report_of(held: &Held<'_>, division: DivisionCode, body: [u8; 32]) -> Result<Option<Report>, StoreError> {
    let revisions = course::revisions(held.seen, held.registry, held.topic, Some(division))?;
    for revision in revisions.iter().filter(|revision| revision.body.0 == body) {
        if let Some(Ok(judged)) = reckon::judge(held.seen, held.registry, revision.position)? {
            return Ok(Some(judged.report));
        }
    }
    Ok(None)
}

/// What a report states of one figure, as a whole or for one village of that name.
pub fn reported(report: &Report, village: Option<&str>, indicator: u32) -> Figure {
    match village {
        None => report.figure(indicator),
        Some(name) => {
            let site = report.sites.iter().find(|(key, site)| site.name == name || key.key == name);
            site.and_then(|(_, site)| site.figures.get(&indicator).copied()).unwrap_or_default()
        }
    }
}

impl Says for Consultation {
    common!(Consultation, Consultation);

    /// The own total is that of the reports it names: whoever holds them recomputes it.
    fn check(&self, held: &Held<'_>) -> Result<Found, StoreError> {
        let mut named: Vec<Judged> = Vec::new();
        let outside = |cited: &&Cited| !held.directory.is_within(cited.division, self.division);
        let mut reasons: Vec<Reason> = Vec::new();
        if let Some(cited) = self.counted.iter().find(outside) {
            let (division, own) = (cited.division, self.division);
            let zh = format!("{division} 不在 {own} 辖区内");
            reasons.push(reason("WITHIN", zh, format!("{division} is not within {own}")));
        }
        for cited in &self.counted {
            match named_report(held.seen, held.registry, held.topic, cited)? {
                Some(judged) => named.push(judged),
                None => return Ok(Found { pending: true, reasons }),
            }
        }
        let contributions: Vec<Contribution<'_>> = named.iter().map(reckon::contribution).collect();
        let rollup = fold(&held.topic.form, held.directory, self.division, self.subject, &contributions);
        let total = rollup.total(self.indicator);
        if total.is_none_or(|total| fengsui_model::submission::Cell::from(total) != self.own) {
            let zh = "本级数与所列报告的合计不符".to_owned();
            reasons.push(reason("SUM", zh, "the own total is not that of the reports it names".into()));
        }
        Ok(Found { pending: false, reasons })
    }
}

#[cfg(test)]
mod tests;
