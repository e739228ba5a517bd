//! One signed entry: what it states, who signed it, and how far it has come.

use fengsui_model::{DivisionCode, Figure, Indicator, Level, Report};
use fengsui_store::{Source, StoreError, StoredEntry};
use fengsui_wire::{Flags, Holds, Kind, Lane, LogName, Position, PublicKey, Statement, statement};
use serde::{Deserialize, Serialize};

use super::{DivisionView, ReviewView, SiteView, SubjectView, division};
use crate::clock::shown;
use crate::reading::Reading;
use crate::reckon::{self, Notes};
use crate::standards::Lacked;
use crate::station::Station;

/// How an entry is named on a command line: `<first digits of the log>/<lane>/<sequence>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    log: String,
    lane: Lane,
    sequence: u64,
}

/// Why a text names no entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Not of that form.
    #[error("read '{0}' as an entry: it is written like 1f3a9c2e5b7d8f60/urgent/3")]
    Form(String),
    /// No log begins so.
    #[error("find a log whose id begins with {0}")]
    NoLog(String),
    /// Several do.
    #[error("choose among {1} logs whose ids begin with {0}: give more digits")]
    Ambiguous(String, usize),
    /// The lane is shorter.
    #[error("find entry {0}: the lane does not go so far")]
    NoEntry(String),
}

impl Reference {
    /// The reference of a position: sixteen digits of the log are enough for a province.
    pub fn of(position: &Position) -> String {
        let log = position.log.to_string();
        format!("{}/{}/{}", &log[..16], lane_word(position.lane), position.sequence)
    }

    /// Finds the entry's position among the logs held.
    ///
    /// # Errors
    /// When none or several logs fit.
    pub fn find(&self, station: &Station) -> Result<Position, ReferenceError> {
        let ids = station.store().logs().into_iter().map(|name| name.id(station.network()));
        let fits: Vec<_> = ids.filter(|id| id.to_string().starts_with(&self.log)).collect();
        match fits.as_slice() {
            [log] => Ok(Position { log: *log, lane: self.lane, sequence: self.sequence }),
            [] => Err(ReferenceError::NoLog(self.log.clone())),
            several => Err(ReferenceError::Ambiguous(self.log.clone(), several.len())),
        }
    }
}

impl std::str::FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ReferenceError::Form(text.to_owned());
        let mut parts = text.split('/');
        let (Some(log), Some(lane), Some(sequence), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong());
        };
        let lane = Lane::ALL.iter().copied().find(|of| lane_word(*of) == lane).ok_or_else(wrong)?;
        let hex = log.len() >= 4 && log.len() <= 64 && log.bytes().all(|digit| digit.is_ascii_hexdigit());
        match (hex, sequence.parse()) {
            (true, Ok(sequence)) => Ok(Self { log: log.to_ascii_lowercase(), lane, sequence }),
            _ => Err(wrong()),
        }
    }
}

pub(crate) fn lane_word(lane: Lane) -> &'static str {
    match lane {
        Lane::Urgent => "urgent",
        Lane::Routine => "routine",
        Lane::Bulk => "bulk",
    }
}

/// One figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FigureView {
    /// Code of the indicator.
    pub code: String,
    /// Its name.
    pub zh: String,
    /// In the smallest unit; absent for "some, not counted".
    pub value: Option<i64>,
    /// As people write it, with the unit.
    pub text: String,
}

/// A step of the entry's way, said by whom and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// 已存本机, 已到县, 县已审, 已到市, 已到省.
    pub step: String,
    /// Who says so.
    pub division: DivisionView,
    /// Level of that station.
    pub level: Level,
    /// Key that signed it.
    pub signer: String,
    /// When, milliseconds since 1970 UTC, by the signer's clock.
    pub at_ms: i64,
    /// The same in Asia/Shanghai.
    pub at: String,
    /// Whether the content arrived, or only the header.
    pub bodies: bool,
}

/// Why an entry is not counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonView {
    /// Rule.
    pub check: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl From<fengsui_wire::Reason> for ReasonView {
    fn from(reason: fengsui_wire::Reason) -> Self {
        Self { check: reason.check, zh: reason.zh, en: reason.en }
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryView {
    /// Names it on a command line.
    pub reference: String,
    /// Hash of header and signature.
    pub hash: String,
    /// What kind of entry.
    pub kind: String,
    /// Division that the signer speaks for.
    pub division: DivisionView,
    /// Key that signed it.
    pub signer: String,
    /// The exact envelope, hexadecimal: header and signature.
    pub envelope: String,
    /// Whether the signature and the body were checked just now, and hold.
    pub verified: bool,
    /// Signer's clock, Asia/Shanghai.
    pub signed_at: String,
    /// Said again after the store was set back.
    pub relogged: bool,
    /// For reports: the form, and the event or month.
    #[serde(flatten)]
    pub subject: Option<SubjectView>,
    /// For reports: 初报, 续报, 核报; 月报, 更正.
    pub stage: Option<String>,
    /// For reports: its number.
    pub revision: Option<u32>,
    /// A drill.
    pub drill: bool,
    /// A zero report.
    pub zero: bool,
    /// Figures that were stated.
    pub figures: Vec<FigureView>,
    /// Villages or depots that add up to them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<SiteView>,
    /// Texts that were stated: what, and the text.
    pub texts: Vec<(String, String)>,
    /// How far it has come, nearest first.
    pub hops: Vec<Hop>,
    /// For reports: what the offices above said of this revision.
    #[serde(default)]
    pub reviews: Vec<ReviewView>,
    /// Why it is not counted, as the hub answered or as this station finds.
    pub reasons: Vec<ReasonView>,
    /// What this station finds that does not count against it.
    #[serde(default)]
    pub notes: Vec<ReasonView>,
    /// What the duty room has to know.
    #[serde(default)]
    pub alarms: Vec<ReasonView>,
    /// Rules that this station could not judge: neither passed nor found.
    #[serde(default)]
    pub unjudged: Vec<ReasonView>,
}

/// The view of the entry at `position`; `None` when it is not held.
///
/// # Errors
/// When the store cannot be read.
pub fn entry(station: &Station, position: Position) -> Result<Option<EntryView>, StoreError> {
    let (Some(stored), Some(name)) = (station.store().entry(position)?, station.store().name(position.log))
    else {
        return Ok(None);
    };
    let header = *stored.envelope.header();
    let report = match stored.body.as_deref().map(|body| statement(header.draft.kind, body)) {
        Some(Ok(Statement::Report(report))) => Some(*report),
        Some(Ok(Statement::Proxy(proxy))) => Some(proxy.report),
        _ => None,
    };
    let notes = notes(station, &stored)?;
    let envelope = stored.envelope.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let reviews = match &report {
        Some(report) => super::reviews::reviews(station, report, &stored)?,
        None => Vec::new(),
    };
    Ok(Some(EntryView {
        reference: Reference::of(&position),
        hash: stored.hash().to_string(),
        kind: kind_word(header.draft.kind).into(),
        division: author(station, &name),
        signer: name.key.to_string(),
        envelope,
        verified: station.verified(position)?.is_some(),
        signed_at: shown(header.draft.clock_ms),
        relogged: header.draft.flags.has(Flags::RELOGGED),
        subject: report.as_ref().map(|report| SubjectView::of(station.registry().catalogues(), report)),
        stage: report.as_ref().map(|report| report.edition_zh().into()),
        revision: report.as_ref().map(|report| report.revision),
        drill: header.draft.flags.has(Flags::DRILL),
        zero: report.as_ref().is_some_and(|report| report.zero),
        figures: report.as_ref().map(|report| figures(station, report)).unwrap_or_default(),
        sites: report.as_ref().map(|report| sites_of(station, report)).unwrap_or_default(),
        texts: match &report {
            Some(report) => [super::reviews::texts(station, &stored), texts(report)].concat(),
            None => [
                super::standards::texts(station, &stored),
                super::reviews::texts(station, &stored),
                super::records::texts(station, position)?,
            ]
            .concat(),
        },
        hops: with_reviews(hops(station, position, &stored, &name)?, &reviews),
        reviews,
        reasons: reasons(station, position)?,
        notes: notes.soft.into_iter().map(ReasonView::from).collect(),
        alarms: notes.alarms.into_iter().map(ReasonView::from).collect(),
        unjudged: match &report {
            Some(report) => super::unjudged(station, report.division, notes.unjudged),
            None => Vec::new(),
        },
    }))
}

fn author(station: &Station, name: &LogName) -> DivisionView {
    let code = match station.registry().place(&name.key) {
        Some(standing) => standing.division,
        None => station.identity().division,
    };
    division(station.registry(), code)
}

/// What a kind of entry is called.
pub(super) fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Genesis => "genesis",
        Kind::Report => "report",
        Kind::Appointment => "appointment",
        Kind::Directory => "directory",
        Kind::Answer => "answer",
        Kind::Verdict => "verdict",
        Kind::Revocation => "revocation",
        Kind::Review => "review",
        Kind::Submission => "submission",
        Kind::Standard => "standard",
        Kind::Adoption => "adoption",
        Kind::Ledger => "ledger",
        Kind::Blobs => "blobs",
        Kind::Endorsement => "endorsement",
        Kind::Merge => "merge",
        Kind::Withdrawal => "withdrawal",
        Kind::Stability => "stability",
        Kind::Proxy => "proxy",
        Kind::Rotation => "rotation",
        Kind::Catalogue => "catalogue",
        Kind::Target => "target",
        Kind::Inspection => "inspection",
        Kind::Consultation => "consultation",
    }
}

fn sites_of(station: &Station, report: &Report) -> Vec<SiteView> {
    let form = station.registry().catalogues().form_of(report);
    form.map(|form| super::sites(form, report)).unwrap_or_default()
}

fn figures(station: &Station, report: &Report) -> Vec<FigureView> {
    let Ok(form) = station.registry().catalogues().form_of(report) else { return Vec::new() };
    let view = |indicator: &Indicator| figure_view(indicator, report.figure(indicator.id));
    form.indicators.iter().filter_map(view).collect()
}

/// A figure that was stated; `None` for a blank.
pub(super) fn figure_view(indicator: &Indicator, figure: Figure) -> Option<FigureView> {
    (figure != Figure::Blank).then(|| FigureView {
        code: indicator.code.clone(),
        zh: indicator.zh.clone(),
        value: figure.number(),
        text: with_unit(indicator.format(figure), figure, &indicator.unit),
    })
}

fn with_unit(text: String, figure: Figure, unit: &str) -> String {
    match figure {
        Figure::Number(_) => format!("{text} {unit}"),
        _ => text,
    }
}

fn texts(report: &Report) -> Vec<(String, String)> {
    let catalogue =
        (report.catalogue > 0).then(|| ("填报目录".to_owned(), format!("第 {} 版", report.catalogue)));
    let texts = [
        ("数据骤变说明", &report.explanation),
        ("灾情文字说明", &report.narrative),
        ("救灾工作文字说明", &report.relief_narrative),
    ];
    let stated = texts.into_iter().filter_map(|(zh, text)| Some((zh.to_owned(), text.clone()?)));
    catalogue.into_iter().chain(stated).collect()
}

/// Why the entry is not counted. This station judges by itself; where it agrees with the hub's answer, the hub's words
/// are shown, for they are what the office above has signed.
fn reasons(station: &Station, position: Position) -> Result<Vec<ReasonView>, StoreError> {
    let found = match reckon::judge(station.store(), station.registry(), position)? {
        Some(Ok(judged)) => judged.reasons,
        Some(Err(reasons)) => reasons,
        None => [
            super::standards::reasons(station, position)?,
            super::submissions::reasons(station, position)?,
            super::reviews::reasons(station, position)?,
            crate::records::verdict(station.store(), station.registry(), position)?.reasons,
        ]
        .concat(),
    };
    let said = match found.is_empty() {
        true => None,
        false => station.answer_to(position)?.map(|answer| answer.reasons),
    };
    Ok(said.unwrap_or(found).into_iter().map(ReasonView::from).collect())
}

fn notes(station: &Station, stored: &StoredEntry) -> Result<Notes, StoreError> {
    let Some(reading) = Reading::of(&stored.envelope, stored.body.as_deref()) else {
        return Ok(Notes::default());
    };
    let mut notes = reckon::notes(station.store(), station.registry(), &reading)?;
    notes.soft.extend(station.standards()?.lacked(&reading.header).map(Lacked::note));
    Ok(notes)
}

/// How far the entry has come: saved here, and the first receipt of each hub above that covers it.
fn hops(
    station: &Station,
    position: Position,
    stored: &StoredEntry,
    name: &LogName,
) -> Result<Vec<Hop>, StoreError> {
    let own = Holder {
        division: station.identity().division,
        level: station.level(),
        signer: station.own().key,
        at_ms: stored.received_ms,
        bodies: stored.body.is_some(),
    };
    let here = match stored.source {
        Source::Own => hop(station, "已存本机", &own),
        _ => hop(station, arrived(own.level), &own),
    };
    let mut hops = vec![here];
    for signer in signers(station, name) {
        let covering =
            station.store().receipts_from(position.log, position.lane, signer, position.sequence, 1)?;
        let Some(receipt) = covering.first().filter(|receipt| receipt.from <= position.sequence) else {
            continue;
        };
        // A hub may have receipted another branch, before this store was set back: that is no word on this entry.
        let last = Position { sequence: receipt.to, ..position };
        if station.store().entry(last)?.is_none_or(|last| last.hash() != receipt.hash) {
            continue;
        }
        let holder = Holder {
            division: receipt.division,
            level: receipt.level,
            signer,
            at_ms: receipt.received_ms,
            bodies: receipt.holds == Holds::Bodies,
        };
        hops.push(hop(station, arrived(receipt.level), &holder));
    }
    hops.sort_by_key(|hop| (hop.level, hop.at_ms));
    Ok(hops)
}

/// The steps with those that a review took: 县已审 after 已到县.
fn with_reviews(mut hops: Vec<Hop>, reviews: &[ReviewView]) -> Vec<Hop> {
    for review in reviews.iter().filter(|review| review.in_effect) {
        let said = match review.verdict.as_str() {
            "accept" => "已审",
            "return" => "已退回",
            _ => continue,
        };
        let step = Hop {
            step: format!("{}{said}", office(review.level)),
            division: review.division.clone(),
            level: review.level,
            signer: review.signer.clone(),
            at_ms: review.at_ms,
            at: review.at.clone(),
            bodies: true,
        };
        let after = hops.iter().rposition(|hop| hop.level <= step.level).map_or(0, |at| at + 1);
        hops.insert(after, step);
    }
    hops
}

/// The one word for an office of that level.
fn office(level: Level) -> &'static str {
    match level {
        Level::Township => "乡",
        Level::County => "县",
        Level::City => "市",
        Level::Province => "省",
    }
}

struct Holder {
    division: DivisionCode,
    level: Level,
    signer: PublicKey,
    at_ms: i64,
    bodies: bool,
}

fn hop(station: &Station, step: &str, holder: &Holder) -> Hop {
    Hop {
        step: step.into(),
        division: division(station.registry(), holder.division),
        level: holder.level,
        signer: holder.signer.to_string(),
        at_ms: holder.at_ms,
        at: shown(holder.at_ms),
        bodies: holder.bodies,
    }
}

fn arrived(level: Level) -> &'static str {
    match level {
        Level::Township => "已存本机",
        Level::County => "已到县",
        Level::City => "已到市",
        Level::Province => "已到省",
    }
}

/// Hubs whose receipts of this log are kept here.
fn signers(station: &Station, name: &LogName) -> Vec<PublicKey> {
    let log = name.id(station.network());
    let signers: std::collections::BTreeSet<PublicKey> = station
        .store()
        .receipt_heads()
        .into_iter()
        .filter(|(of, ..)| *of == log)
        .map(|(_, _, signer, _)| signer)
        .collect();
    signers.into_iter().collect()
}
