//! What the hub answers.

use fengsui_daemon::clock::shown;
use fengsui_daemon::commands::{CommonAsk, json};
use fengsui_daemon::control::Ask;
use fengsui_daemon::enrol::ask::EnrolAsk;
use fengsui_daemon::failure::{Code, Failure};
use fengsui_daemon::index;
use fengsui_daemon::links::Links;
use fengsui_daemon::station::{AppointError, Station};
use fengsui_daemon::topic::{self, Topic};
use fengsui_daemon::views::{self, DivisionView};
use fengsui_model::{DivisionCode, EventKey, Form, Level};
use fengsui_protocol::Now;
use fengsui_wire::{Appointment, PublicKey, Role};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::directory;
use crate::standard::StandardAsk;

/// A command to the hub.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HubAsk {
    /// One that nodes know too.
    Common(CommonAsk),
    /// Appoint a key.
    Appoint {
        /// Whose, hexadecimal.
        key: String,
        /// For which division.
        division: DivisionCode,
        /// As what; absent: a node for a township, a hub for every other level.
        role: Option<String>,
        /// Until when, milliseconds since 1970 UTC.
        until_ms: Option<i64>,
    },
    /// About enrolment.
    Enrol(EnrolAsk),
    /// Totals.
    Total {
        /// Whose; absent: this hub's division.
        division: Option<DivisionCode>,
        /// On which event; absent: the latest.
        event: Option<String>,
        /// By which form; absent: the quick report.
        form: Option<String>,
        /// On which month, year or winter; absent: the latest.
        period: Option<String>,
        /// Which indicator to open.
        open: Option<String>,
    },
    /// Events on which there are reports.
    Events,
    /// Issue a directory, as CSV.
    Directory {
        /// The table.
        csv: String,
        /// Its version.
        version: u32,
    },
    /// About standards.
    Standard(StandardAsk),
}

/// An appointment that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appointed {
    /// Whose key.
    pub key: String,
    /// For which division.
    pub division: DivisionView,
    /// As what.
    pub role: String,
    /// The signed entry.
    pub entry: String,
    /// When, Asia/Shanghai.
    pub at: String,
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
}

/// A directory that was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// Its version.
    pub version: u32,
    /// Divisions in it.
    pub divisions: usize,
    /// The signed entry.
    pub entry: String,
}

impl Ask for HubAsk {
    fn answer(self, station: &mut Station, links: &Links, now: Now) -> Result<Value, Failure> {
        match self {
            Self::Common(common) => common.answer(station, links, now),
            Self::Appoint { key, division, role, until_ms } => {
                json(&appoint(station, &key, division, role.as_deref(), until_ms, now)?)
            }
            Self::Enrol(ask) => ask.answer(station, now),
            Self::Total { division, event, form, period, open } => {
                let topic = topic_of(station, form.as_deref(), event.as_deref(), period.as_deref())?;
                let division = division.unwrap_or(station.identity().division);
                json(&views::total(station, division, &topic, open.as_deref())?)
            }
            Self::Events => json(&events(station)?),
            Self::Standard(ask) => ask.answer(station, now),
            Self::Directory { csv, version } => json(&issue(station, &csv, version, now)?),
        }
    }
}

fn appoint(
    station: &mut Station,
    key: &str,
    division: DivisionCode,
    role: Option<&str>,
    until_ms: Option<i64>,
    now: Now,
) -> Result<Appointed, Failure> {
    let wrong = |error: &dyn std::fmt::Display| {
        Failure::new(Code::Usage, format!("failed to appoint {key}: {error}"))
    };
    let parsed: PublicKey = key.parse().map_err(|error: fengsui_wire::HexError| wrong(&error))?;
    let level =
        station.registry().directory().and_then(|directory| directory.get(division)).map(|row| row.level);
    let role = match role {
        None if level == Some(Level::Township) => Role::Node,
        None => Role::Hub,
        Some(word) => role_of(word).ok_or_else(|| wrong(&format!("'{word}' is no role")))?,
    };
    let appointment = Appointment {
        key: parsed,
        division,
        role,
        from_ms: now.wall_ms,
        until_ms,
        address: None,
        second_parent: None,
    };
    let entry = station.appoint(&appointment, now).map_err(appoint_failure)?;
    Ok(Appointed {
        key: parsed.to_string(),
        division: views::division(station.registry(), division),
        role: format!("{role:?}").to_lowercase(),
        entry: views::Reference::of(&entry.header().position()),
        at: shown(now.wall_ms),
    })
}

fn role_of(word: &str) -> Option<Role> {
    Role::ALL.iter().copied().find(|role| format!("{role:?}").to_lowercase() == word)
}

fn appoint_failure(error: AppointError) -> Failure {
    match error {
        AppointError::Station(error) => error.into(),
        AppointError::NoDirectory | AppointError::NotAHub => {
            Failure::new(Code::Unavailable, format!("failed to {error}"))
        }
        error => Failure::new(Code::Refused, format!("failed to {error}")),
    }
}

/// What is meant: as asked, or the latest event or period of the form.
fn topic_of(
    station: &Station,
    form: Option<&str>,
    event: Option<&str>,
    period: Option<&str>,
) -> Result<Topic, Failure> {
    let form = topic::form(form)?;
    if let Some(subject) = topic::subject(form, event, period)? {
        return Ok(Topic { form, subject });
    }
    let subject = index::subjects(station.store(), form.id)?.last().copied();
    subject.map(|subject| Topic { form, subject }).ok_or_else(|| {
        let message = format!("{}还没有任何报告 (there are no reports yet)", form.zh);
        Failure::new(Code::Refused, message)
    })
}

fn events(station: &Station) -> Result<Vec<EventView>, Failure> {
    let form = Form::quick().id;
    let view = |event: EventKey| -> Result<EventView, Failure> {
        let revisions = index::revisions(station.store(), form, event, None)?;
        let divisions = revisions.chunk_by(|a, b| a.division == b.division).count();
        Ok(EventView {
            event,
            kind: event.kind().zh().into(),
            county: views::division(station.registry(), event.county()),
            divisions,
            revisions: revisions.len(),
        })
    };
    index::events(station.store(), form)?.into_iter().map(view).collect()
}

fn issue(station: &mut Station, csv: &str, version: u32, now: Now) -> Result<Issued, Failure> {
    let directory = directory::read(csv, version)?;
    let entry = station.issue_directory(&directory, now).map_err(directory::issue_failure)?;
    let entry = views::Reference::of(&entry.header().position());
    Ok(Issued { version, divisions: directory.len(), entry })
}
