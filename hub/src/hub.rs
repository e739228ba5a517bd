//! What the hub answers.

use fengsui_daemon::clock::shown;
use fengsui_daemon::commands::{CommonAsk, json};
use fengsui_daemon::control::Ask;
use fengsui_daemon::enrol::ask::EnrolAsk;
use fengsui_daemon::failure::{Code, Failure};
use fengsui_daemon::links::Links;
use fengsui_daemon::station::{AppointError, Station};
use fengsui_daemon::submit;
use fengsui_daemon::views::{self, DivisionView, Sight};
use fengsui_model::{DivisionCode, Level};
use fengsui_protocol::Now;
use fengsui_wire::{Appointment, PublicKey, Role};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::about::About;
use crate::as_of;
use crate::catalogue::CatalogueAsk;
use crate::directory;
use crate::event::EventAsk;
use crate::review::ReviewAsk;
use crate::standard::StandardAsk;
use crate::submission::SubmissionAsk;

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
        /// Office of a reviewer or head.
        #[serde(default)]
        office: Option<String>,
        /// From when, milliseconds since 1970 UTC; absent: now.
        #[serde(default)]
        from_ms: Option<i64>,
        /// Until when, milliseconds since 1970 UTC.
        until_ms: Option<i64>,
    },
    /// About the catalogue of forms.
    Catalogue(CatalogueAsk),
    /// About enrolment.
    Enrol(EnrolAsk),
    /// Totals.
    Total {
        /// Whose; absent: this hub's division.
        division: Option<DivisionCode>,
        /// On what, by which form.
        about: About,
        /// Which indicator to open.
        open: Option<String>,
        /// Only what was reviewed.
        #[serde(default)]
        reviewed: bool,
        /// As of when, milliseconds since 1970 UTC; absent: now.
        #[serde(default)]
        as_of_ms: Option<i64>,
    },
    /// One indicator's total.
    Figure {
        /// Its code.
        indicator: String,
        /// Whose; absent: this hub's division.
        division: Option<DivisionCode>,
        /// On what, by which form.
        about: About,
        /// Only what was reviewed.
        #[serde(default)]
        reviewed: bool,
        /// As of when, milliseconds since 1970 UTC; absent: now.
        #[serde(default)]
        as_of_ms: Option<i64>,
    },
    /// Money and goods from level to level.
    Funds(crate::funds::FundsAsk),
    /// File a report for a division below.
    FileFor {
        /// Which.
        division: DivisionCode,
        /// As typed.
        typed: Box<fengsui_daemon::submit::Typed>,
        /// Who told, and when.
        told: fengsui_daemon::submit::Told,
        /// Check only.
        dry_run: bool,
    },
    /// About events.
    Event(EventAsk),
    /// Issue a directory, as CSV.
    Directory {
        /// The table.
        csv: String,
        /// Its version.
        version: u32,
    },
    /// About reviews.
    Review(ReviewAsk),
    /// About submissions.
    Submission(SubmissionAsk),
    /// About targets.
    Target(crate::target::TargetAsk),
    /// About inspections and consultations.
    Inspect(crate::inspect::InspectAsk),
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
    /// Office and number of a reviewer or head.
    #[serde(default)]
    pub post: Option<String>,
    /// The signed entry.
    pub entry: String,
    /// When, Asia/Shanghai.
    pub at: String,
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
            Self::Appoint { key, division, role, office, from_ms, until_ms } => {
                let wanted = Wanted { role: role.as_deref(), office: office.as_deref(), from_ms, until_ms };
                json(&appoint(station, &key, division, &wanted, now)?)
            }
            Self::Catalogue(ask) => ask.answer(station, now),
            Self::Enrol(ask) => ask.answer(station, links, now),
            Self::Total { division, about, open, reviewed, as_of_ms } => {
                let topic = about.topic(station, as_of::at(as_of_ms, now))?;
                let division = division.unwrap_or(station.identity().division);
                let sight = Sight::new(station, as_of_ms, now)?;
                let of = if reviewed { views::reviewed_total } else { views::total };
                let total = of(sight, division, &topic, open.as_deref())?;
                json(&total.at(as_of_ms.unwrap_or(now.wall_ms)))
            }
            Self::Figure { indicator, division, about, reviewed, as_of_ms } => {
                let topic = about.topic(station, as_of::at(as_of_ms, now))?;
                let division = division.unwrap_or(station.identity().division);
                let sight = Sight::new(station, as_of_ms, now)?;
                json(&views::figure(sight, division, &topic, &indicator, reviewed)?)
            }
            Self::Funds(funds) => funds.answer(station, now),
            Self::FileFor { division, typed, told, dry_run } => {
                let filed = submit::file_for(station, division, &typed, &told, dry_run, now)?;
                json(&filed)
            }
            Self::Event(ask) => ask.answer(station, now),
            Self::Review(ask) => ask.answer(station, now),
            Self::Submission(ask) => ask.answer(station, now),
            Self::Target(ask) => ask.answer(station, now),
            Self::Inspect(ask) => ask.answer(station, now),
            Self::Standard(ask) => ask.answer(station, now),
            Self::Directory { csv, version } => json(&issue(station, &csv, version, now)?),
        }
    }
}

/// As what, and for how long.
struct Wanted<'a> {
    role: Option<&'a str>,
    office: Option<&'a str>,
    from_ms: Option<i64>,
    until_ms: Option<i64>,
}

fn appoint(
    station: &mut Station,
    key: &str,
    division: DivisionCode,
    wanted: &Wanted<'_>,
    now: Now,
) -> Result<Appointed, Failure> {
    let wrong = |error: &dyn std::fmt::Display| {
        Failure::new(Code::Usage, format!("failed to appoint {key}: {error}"))
    };
    let parsed: PublicKey = key.parse().map_err(|error: fengsui_wire::HexError| wrong(&error))?;
    let level =
        station.registry().directory().and_then(|directory| directory.get(division)).map(|row| row.level);
    let role = match wanted.role {
        None if level == Some(Level::Township) => Role::Node,
        None => Role::Hub,
        Some(word) => role_of(word).ok_or_else(|| wrong(&format!("'{word}' is no role")))?,
    };
    let post = crate::person::post(station, &parsed, division, role, wanted.office)?;
    let appointment = Appointment {
        key: parsed,
        division,
        role,
        from_ms: wanted.from_ms.unwrap_or(now.wall_ms),
        until_ms: wanted.until_ms,
        address: None,
        second_parent: None,
        post: post.clone(),
    };
    let entry = station.appoint(&appointment, now).map_err(appoint_failure)?;
    Ok(Appointed {
        key: parsed.to_string(),
        division: views::division(station.registry(), division),
        role: format!("{role:?}").to_lowercase(),
        post: post.map(|post| post.to_string()),
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

fn issue(station: &mut Station, csv: &str, version: u32, now: Now) -> Result<Issued, Failure> {
    let directory = directory::read(csv, version)?;
    let entry = station.issue_directory(&directory, now).map_err(directory::issue_failure)?;
    let entry = views::Reference::of(&entry.header().position());
    Ok(Issued { version, divisions: directory.len(), entry })
}
