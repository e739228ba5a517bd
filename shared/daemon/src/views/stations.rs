//! The stations below a hub: who is there, who is not, and of whom nobody can tell.

use std::collections::BTreeMap;

use fengsui_model::DivisionCode;
use fengsui_protocol::Standing;
use fengsui_wire::limits::CLOCK_AHEAD_MS_MAX;
use fengsui_wire::{PublicKey, Role, Seen};
use serde::{Deserialize, Serialize};

use super::{DivisionView, division};
use crate::clock::shown;
use crate::links::{Link, Links};
use crate::presence::{Hubs, held};
use crate::station::{SOFTWARE, Station};

/// Whether a station is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// 在线: connected to the hub directly above it.
    Online,
    /// 离线: it was connected, or its hub has waited for it, since the time given.
    Offline,
    /// 未上线: it has not been connected since its hub began.
    Never,
    /// 情况不明: the hub directly above it is itself cut off, so nobody can tell.
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
    /// Since when, milliseconds since 1970 UTC, by the clock of its hub; for `unknown` since when that hub is cut off.
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

/// Every station below `station`, in the order of the directory's codes.
pub fn stations(station: &Station, links: &Links) -> Vec<StationView> {
    let registry = station.registry();
    let own = station.own().key;
    let below = registry
        .standings()
        .filter(|standing| matches!(standing.role, Role::Node | Role::Hub) && standing.key != own)
        .filter(|standing| registry.is_within(&standing.key, station.identity().division));
    let sight = Sight::of(station, links);
    let mut views: Vec<StationView> = below.filter_map(|standing| sight.view(standing)).collect();
    views.sort_by(|a, b| (a.division.code, &a.key).cmp(&(b.division.code, &b.key)));
    views
}

/// All that is known here of who is connected where.
struct Sight<'s> {
    station: &'s Station,
    hubs: Hubs,
    /// Connections to this station.
    links: BTreeMap<PublicKey, Link>,
    /// What hubs below say, by division of the hub and key of the station.
    seen: BTreeMap<DivisionCode, BTreeMap<PublicKey, Seen>>,
    held: BTreeMap<PublicKey, u64>,
}

/// Whether a station is there, and since when.
type There = (Presence, Option<i64>);

impl<'s> Sight<'s> {
    fn of(station: &'s Station, links: &Links) -> Self {
        let mut seen: BTreeMap<DivisionCode, BTreeMap<PublicKey, Seen>> = BTreeMap::new();
        for presence in links.presences().values() {
            // A hub that was appointed for another division since says nothing about the old one.
            let speaks = station.registry().standing(&presence.signer);
            if speaks.is_some_and(|signer| signer.division == presence.division) {
                let of_hub = seen.entry(presence.division).or_default();
                of_hub.extend(presence.stations.iter().map(|seen| (seen.key, seen.clone())));
            }
        }
        Self { station, hubs: Hubs::of(station), links: links.all(), seen, held: held(station) }
    }

    fn view(&self, standing: &Standing) -> Option<StationView> {
        let registry = self.station.registry();
        let hub = self.hubs.above(self.station, standing.division)?;
        let (presence, since_ms) = self.there(standing.key, hub);
        let entries = self.held.get(&standing.key).copied().unwrap_or_default();
        let direct = hub == self.station.identity().division;
        let link = self.links.get(&standing.key).filter(|_| direct);
        let seen = self.seen.get(&hub).and_then(|seen| seen.get(&standing.key)).filter(|_| !direct);
        let software = match (link, seen) {
            (Some(link), _) => Some(link.software.clone()).filter(|software| !software.is_empty()),
            (None, seen) => seen.and_then(|seen| seen.software.clone()),
        };
        let clock_offset_s = match (link, seen) {
            (Some(link), _) => link.clock_offset_ms / 1000,
            (None, seen) => seen.map_or(0, |seen| seen.clock_offset_s.into()),
        };
        Some(StationView {
            division: division(registry, standing.division),
            key: standing.key.to_string(),
            role: format!("{:?}", standing.role).to_lowercase(),
            hub: division(registry, hub),
            presence,
            since_ms,
            since: since_ms.map(shown),
            entries,
            missing: seen.map_or(0, |seen| seen.held.saturating_sub(entries)),
            behind: link.map_or(0, |link| link.behind) + seen.map_or(0, |seen| u64::from(seen.lacks)),
            clock_offset_s,
            clock_wrong: clock_offset_s.saturating_mul(1000).abs() > CLOCK_AHEAD_MS_MAX,
            old_version: software.as_deref().is_some_and(is_old),
            software,
            reason: link.map(|link| link.reason.clone()).unwrap_or_default(),
        })
    }

    /// Whether the station of `key`, directly below the hub of `hub`, is there.
    fn there(&self, key: PublicKey, hub: DivisionCode) -> There {
        if hub == self.station.identity().division {
            return match self.links.get(&key) {
                Some(link) if link.online => (Presence::Online, Some(link.since_ms)),
                Some(link) => (Presence::Offline, Some(link.since_ms)),
                None => (Presence::Never, None),
            };
        }
        // What a hub said before it was cut off says nothing about now.
        let (of_hub, since_ms) = self.hub_there(hub);
        if of_hub != Presence::Online {
            return (Presence::Unknown, since_ms);
        }
        match self.seen.get(&hub).and_then(|seen| seen.get(&key)) {
            Some(seen) if seen.online => (Presence::Online, Some(seen.since_ms)),
            Some(seen) if seen.since_ms != 0 => (Presence::Offline, Some(seen.since_ms)),
            Some(_) => (Presence::Never, None),
            // The hub is there and has not said yet.
            None => (Presence::Unknown, None),
        }
    }

    /// Whether a hub of that division is there: the best of its keys counts.
    fn hub_there(&self, division: DivisionCode) -> There {
        let Some(above) = self.hubs.above(self.station, division) else { return (Presence::Never, None) };
        let hubs = self.station.registry().stations_of(division).filter(|hub| hub.role == Role::Hub);
        hubs.map(|hub| self.there(hub.key, above)).min().unwrap_or((Presence::Never, None))
    }
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
