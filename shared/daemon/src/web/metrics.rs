//! `/metrics`. Labels are bounded: level, lane, direction, form. A province has the same number of lines as a township, and no
//! line names a division, a key or a person.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use fengsui_model::{Form, Level, Severity};
use fengsui_protocol::Now;
use fengsui_store::StoreError;
use fengsui_wire::{Lane, PublicKey};

use super::exposition::{CONTENT_TYPE, Exposition, Kind, seconds};
use super::{Phase, Running, Site};
use crate::index;
use crate::links::Link;
use crate::meter::COMMIT_MICROS;
use crate::reckon;
use crate::station::Station;
use crate::topic::Topic;
use crate::views::lane_word;

/// Events or periods of one form whose alarms are counted: those that a duty room still follows. Their totals are kept.
const SUBJECTS_MAX: usize = 3;

/// Forks counted; beyond it the number is not the news.
const FORKS_COUNTED_MAX: usize = 1_000;

/// What the station's thread is asked at each scrape.
struct Sample {
    level: Level,
    entries: u64,
    logs: u64,
    journal_bytes: u64,
    own: Vec<(Lane, u64)>,
    forks: usize,
    quarantined: u64,
    below: BTreeMap<Level, Below>,
    /// Alarms by the form of the reports that raise them.
    alarms: BTreeMap<String, usize>,
}

/// Stations of one level that are connected to this one.
#[derive(Clone, Copy, Default)]
struct Below {
    online: u64,
    behind: u64,
}

pub(super) async fn page(State(site): State<Site>) -> Response {
    let mut page = Exposition::default();
    page.family("build_info", Kind::Gauge, "Version of the software; always 1.");
    page.sample("build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
    let running = match site.phase() {
        Phase::Running(running) => Some(running),
        Phase::Opening | Phase::Stopping => None,
    };
    page.single("up", Kind::Gauge, "Whether the station runs, its store open.", u8::from(running.is_some()));
    if let Some(running) = running {
        let links = running.desk.links.all();
        let above = links.values().find(|link| link.above).cloned();
        match running.ask(move |station, now| sample(station, &links, now)).await {
            Ok(Ok(found)) => put_sample(&mut page, &found),
            // A scrape without figures is told from a station that is down by the code alone.
            Ok(Err(_)) | Err(_) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        }
        put_uplink(&mut page, above.as_ref());
        put_process(&mut page, &running);
    }
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], page.into_text()).into_response()
}

fn sample(station: &Station, links: &BTreeMap<PublicKey, Link>, now: Now) -> Result<Sample, StoreError> {
    let store = station.store();
    let stats = store.stats();
    Ok(Sample {
        level: station.level(),
        entries: stats.entries,
        logs: stats.logs,
        journal_bytes: stats.journal_bytes,
        own: Lane::ALL.iter().map(|lane| (*lane, station.own_head(*lane).next)).collect(),
        forks: store.forks(FORKS_COUNTED_MAX)?.len(),
        // They are numbered from 0, the latest comes first.
        quarantined: store.quarantine(1)?.first().map_or(0, |refused| refused.number + 1),
        below: below(station, links),
        alarms: alarms(station, now)?,
    })
}

/// Alarms of the reports that count on the latest events and periods of each form that has alarms at all: what the duty
/// room has to know, as a number.
fn alarms(station: &Station, now: Now) -> Result<BTreeMap<String, usize>, StoreError> {
    let (catalogue, division) = (station.catalogue(now), station.identity().division);
    let alarms = |form: &Form| form.checks.iter().any(|check| check.severity == Severity::Alarm);
    let mut found = BTreeMap::new();
    for form in catalogue.forms.iter().filter(|form| alarms(form)) {
        let mut count = 0;
        for subject in index::subjects(station.store(), form.id)?.into_iter().rev().take(SUBJECTS_MAX) {
            let total = station.total(division, &Topic::new(catalogue, form, subject))?;
            let standing = total.map(|total| total.standing).unwrap_or_default();
            count +=
                standing.iter().map(|judged| reckon::alarms(station.registry(), judged).len()).sum::<usize>();
        }
        found.insert(form.code.clone(), count);
    }
    Ok(found)
}

/// Connections from below, by the level that the directory gives each. One whose division it does not know, or whose
/// appointment has ended, is in no level.
fn below(station: &Station, links: &BTreeMap<PublicKey, Link>) -> BTreeMap<Level, Below> {
    let registry = station.registry();
    let mut found: BTreeMap<Level, Below> = Level::ALL.map(|level| (level, Below::default())).into();
    for (key, link) in links.iter().filter(|(_, link)| !link.above) {
        let row = registry
            .standing(key)
            .and_then(|standing| registry.directory().and_then(|of| of.get(standing.division)));
        if let Some(of_level) = row.and_then(|row| found.get_mut(&row.level)) {
            of_level.online += u64::from(link.online);
            of_level.behind += link.behind;
        }
    }
    found
}

fn put_sample(page: &mut Exposition, found: &Sample) {
    page.family("station_info", Kind::Gauge, "Level of the station; always 1.");
    page.sample("station_info", &[("level", level_word(found.level))], 1);
    page.single("entries", Kind::Gauge, "Entries held, of all logs.", found.entries);
    page.single("logs", Kind::Gauge, "Logs held.", found.logs);
    page.single("journal_bytes", Kind::Gauge, "Bytes of the journal.", found.journal_bytes);
    page.family("own_entries", Kind::Gauge, "Entries that this station has signed in its present log.");
    for (lane, entries) in &found.own {
        page.sample("own_entries", &[("lane", lane_word(*lane))], entries);
    }
    page.single("forks", Kind::Gauge, "Entries of which two versions with one number are held.", found.forks);
    page.single("quarantined", Kind::Gauge, "Items refused and put aside since set-up.", found.quarantined);
    page.family("connections_online", Kind::Gauge, "Stations below that are connected.");
    for (level, of_level) in &found.below {
        page.sample("connections_online", &[("level", level_word(*level))], of_level.online);
    }
    page.family("alarms", Kind::Gauge, "Alarms of the reports that count, on the latest events and periods.");
    for (form, count) in &found.alarms {
        page.sample("alarms", &[("form", form.as_str())], count);
    }
    page.family("behind_entries", Kind::Gauge, "Entries that stations below still lack.");
    for (level, of_level) in &found.below {
        page.sample("behind_entries", &[("level", level_word(*level))], of_level.behind);
    }
}

/// The hub above. Where there is none, these lines are absent rather than 0.
fn put_uplink(page: &mut Exposition, above: Option<&Link>) {
    let Some(above) = above else { return };
    page.single("uplink_online", Kind::Gauge, "Whether the hub above is connected.", u8::from(above.online));
    let help = "Entries that the hub above still lacks, when it was last connected.";
    page.single("uplink_behind_entries", Kind::Gauge, help, above.behind);
    if above.online {
        let offset = above.clock_offset_ms;
        let sign = if offset < 0 { "-" } else { "" };
        let offset = format!("{sign}{}", seconds(offset.unsigned_abs().saturating_mul(1_000)));
        let help = "Clock of the hub above minus this one's, at the greeting.";
        page.single("uplink_clock_offset_seconds", Kind::Gauge, help, offset);
        let (sent, received) = (above.bytes_sent, above.bytes_received);
        let help = "UDP payload over the present connection to the hub above.";
        page.family("uplink_bytes", Kind::Gauge, help);
        page.sample("uplink_bytes", &[("direction", "sent")], sent);
        page.sample("uplink_bytes", &[("direction", "received")], received);
        let rtt = seconds(above.rtt_ms.saturating_mul(1_000));
        page.single("uplink_round_trip_seconds", Kind::Gauge, "Round trip to the hub above.", rtt);
    }
}

fn put_process(page: &mut Exposition, running: &Running) {
    let meter = running.desk.worker.meter();
    let help = "Connections that were tried and not admitted.";
    page.single("refused_connections_total", Kind::Counter, help, meter.refusals());
    let commits = meter.commits();
    let help = "Time of commits that wrote something, from the first byte to after the sync.";
    page.seconds("commit_seconds", help, &COMMIT_MICROS, &commits.classes, commits.micros);
}

fn level_word(level: Level) -> &'static str {
    match level {
        Level::Township => "township",
        Level::County => "county",
        Level::City => "city",
        Level::Province => "province",
    }
}
