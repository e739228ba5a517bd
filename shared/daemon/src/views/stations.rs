//! The stations below a hub: who is there, who is not, and of whom nobody can tell.

mod there;

use std::collections::BTreeMap;

use fengsui_store::StoreError;
use fengsui_wire::Role;
use serde::{Deserialize, Serialize};

use super::DivisionView;
use crate::links::Links;
use crate::station::{SOFTWARE, Station};
use there::Sight;

/// Whether a station is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// 在线: connected to this hub, or to one below that is itself there, whichever hub it is wired to.
    Online,
    /// 离线: it was connected, or the last entry of it came, at the time given.
    Offline,
    /// 未上线: it has not been connected since its hub began, and no entry of it is held.
    Never,
    /// 情况不明: the hub directly above it is itself cut off, and no other hub has it: so nobody can tell.
    Unknown,
}

/// One station below.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StationView {
    /// Its division.
    pub division: DivisionView,
    /// Its key.
    pub key: String,
    /// node or hub.
    pub role: String,
    /// Division of the hub directly above it.
    pub hub: DivisionView,
    /// Whether it is there.
    pub presence: Presence,
    /// Since when, milliseconds since 1970 UTC, by the clock of the hub that says so; for `unknown` since when the hub
    /// above it is cut off.
    pub since_ms: Option<i64>,
    /// The same, Asia/Shanghai.
    pub since: Option<String>,
    /// Entries of it that are held here.
    pub entries: u64,
    /// Entries of it that its hub holds and this station does not.
    pub missing: u64,
    /// Entries from above that it lacks.
    pub behind: u64,
    /// Its clock minus that of its hub, seconds, when it greeted last.
    pub clock_offset_s: i64,
    /// The clock is more than five minutes off.
    pub clock_wrong: bool,
    /// Its software, when it greeted last.
    pub software: Option<String>,
    /// That is older than this station's own.
    pub old_version: bool,
    /// Why it is not online, in a sentence; only of stations directly below.
    pub reason: String,
}

/// What a list of stations is narrowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Only {
    /// In reach
    Online,
    /// Was there and is not
    Offline,
    /// Not seen since its hub began
    Never,
    /// Its hub is cut off
    Unknown,
    /// Entries are missing, here or there
    Behind,
    /// The clock is wrong
    Clock,
    /// Older software than here
    Old,
}

impl Only {
    /// Whether `view` is one of these.
    pub fn fits(self, view: &StationView) -> bool {
        match self {
            Self::Online => view.presence == Presence::Online,
            Self::Offline => view.presence == Presence::Offline,
            Self::Never => view.presence == Presence::Never,
            Self::Unknown => view.presence == Presence::Unknown,
            Self::Behind => view.missing + view.behind > 0,
            Self::Clock => view.clock_wrong,
            Self::Old => view.old_version,
        }
    }
}

/// How many stations are how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All.
    pub stations: usize,
    /// Online.
    pub online: usize,
    /// Offline.
    pub offline: usize,
    /// Never seen.
    pub never: usize,
    /// Unknown.
    pub unknown: usize,
    /// With entries missing, here or there.
    pub behind: usize,
    /// With a wrong clock.
    pub clock_wrong: usize,
    /// With older software.
    pub old_version: usize,
}

impl Counts {
    /// Counts `views`.
    pub fn of<'v>(views: impl IntoIterator<Item = &'v StationView>) -> Self {
        let mut counts = Self::default();
        for view in views {
            counts.stations += 1;
            *match view.presence {
                Presence::Online => &mut counts.online,
                Presence::Offline => &mut counts.offline,
                Presence::Never => &mut counts.never,
                Presence::Unknown => &mut counts.unknown,
            } += 1;
            counts.behind += usize::from(Only::Behind.fits(view));
            counts.clock_wrong += usize::from(view.clock_wrong);
            counts.old_version += usize::from(view.old_version);
        }
        counts
    }
}

/// How the stations directly below one hub are, by the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HubView {
    /// The hub's division.
    pub division: DivisionView,
    /// How many of its stations are how.
    pub counts: Counts,
}

/// The hubs above `views`, each before those below it: a city, then its counties.
pub fn by_hub(views: &[StationView]) -> Vec<HubView> {
    let mut hubs: BTreeMap<String, (DivisionView, Vec<&StationView>)> = BTreeMap::new();
    for view in views {
        let (_, of_hub) =
            hubs.entry(view.hub.code.to_string()).or_insert_with(|| (view.hub.clone(), Vec::new()));
        of_hub.push(view);
    }
    hubs.into_values().map(|(division, views)| HubView { division, counts: Counts::of(views) }).collect()
}

/// Every station below `station`, in the order of the directory's codes.
///
/// # Errors
/// When the store cannot be read.
pub fn stations(station: &Station, links: &Links) -> Result<Vec<StationView>, StoreError> {
    let registry = station.registry();
    let own = station.own().key;
    let below = registry
        .standings()
        .filter(|standing| matches!(standing.role, Role::Node | Role::Hub) && standing.key != own)
        .filter(|standing| registry.is_within(&standing.key, station.identity().division));
    let sight = Sight::of(station, links);
    let views = below.filter_map(|standing| sight.view(standing).transpose());
    let mut views = views.collect::<Result<Vec<_>, _>>()?;
    views.sort_by(|a, b| (a.division.code, &a.key).cmp(&(b.division.code, &b.key)));
    Ok(views)
}

/// Whether that software is an older version than this one. What does not read as a version is not called old.
fn is_old(software: &str) -> bool {
    let version = |text: &str| -> Option<Vec<u64>> {
        text.rsplit(' ').next()?.split('.').map(|part| part.parse().ok()).collect()
    };
    version(software).zip(version(SOFTWARE)).is_some_and(|(theirs, ours)| theirs < ours)
}

#[cfg(test)]
mod tests {
    use super::is_old;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(is_old("fengsui 0.0.9"));
        assert!(!is_old(super::SOFTWARE) && !is_old("fengsui 10.0.0"));
        assert!(!is_old("fengsui") && !is_old("fengsui next"), "what is no version is not called old");
    }
}
