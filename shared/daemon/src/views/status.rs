//! How a station stands.

use std::collections::BTreeMap;

use fengsui_model::{DivisionCode, Level};
use fengsui_protocol::Now;
use fengsui_store::StoreError;
use fengsui_wire::{Lane, Position, PublicKey};
use serde::{Deserialize, Serialize};

use super::stations::{Counts, HubView, Only, StationView, by_hub, stations};
use super::{DivisionView, Reference, division, entry::lane_word};
use crate::clock::shown;
use crate::failure::{Code, Failure};
use crate::index;
use crate::links::{Link, Links};
use crate::owed::{OwedView, owed};
use crate::presence::Held;
use crate::station::{SOFTWARE, Station};

/// Forks and quarantined items told at once.
const TOLD_MAX: usize = 100;

/// One lane of the own log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneView {
    /// urgent, routine, bulk.
    pub lane: String,
    /// Entries written.
    pub entries: u64,
    /// Entries each hub above has receipted: division and number.
    pub receipted: Vec<(DivisionView, u64)>,
}

/// A peer that is not a station below: the hub above.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LinkView {
    /// Its division.
    pub division: Option<DivisionView>,
    /// Its key.
    pub key: String,
    /// What it is.
    pub role: String,
    /// Entries held of it.
    pub entries: u64,
    /// The connection.
    pub link: Link,
}

/// How a station stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StationStatus {
    /// Software and version.
    pub software: String,
    /// Division it speaks for.
    pub division: DivisionView,
    /// Its level.
    pub level: Level,
    /// Its key.
    pub key: String,
    /// Root of its network.
    pub root: String,
    /// Own log in use.
    pub log: String,
    /// Whether it is appointed, as far as it knows.
    pub appointed: bool,
    /// Why its key was revoked, as far as it was told; absent: it was not.
    #[serde(default)]
    pub revoked: Option<String>,
    /// The key that takes the place of its own once the hub above has receipted that.
    #[serde(default)]
    pub next_key: Option<String>,
    /// Version of the directory here; 0: none yet.
    pub directory: u32,
    /// The own log.
    pub lanes: Vec<LaneView>,
    /// What is owed now.
    #[serde(default)]
    pub owed: Vec<OwedView>,
    /// The hub above.
    pub links: Vec<LinkView>,
    /// How the stations below are, all of those asked for.
    pub counts: Counts,
    /// The same for each hub that has any of them, a city before its counties; whatever [`Below::only`] leaves out.
    #[serde(default)]
    pub hubs: Vec<HubView>,
    /// The stations below: those asked for.
    pub stations: Vec<StationView>,
    /// Logs held.
    pub logs: u64,
    /// Entries held, of all logs.
    pub entries: u64,
    /// Bytes of the journal.
    pub journal_bytes: u64,
    /// Logs that have forked.
    pub forks: Vec<String>,
    /// Reports that are held and do not read.
    pub unreadable: Vec<String>,
    /// What was refused: when, and why; latest first.
    pub quarantine: Vec<(String, String)>,
}

/// Which stations below a status is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Below {
    /// Only those that are so.
    pub only: Option<Only>,
    /// Only those of this division and below it.
    pub within: Option<DivisionCode>,
}

/// How `station` stands.
///
/// # Errors
/// When the store cannot be read, or `below` names a division that is not in the directory.
pub fn status(station: &Station, links: &Links, below: Below, now: Now) -> Result<StationStatus, Failure> {
    let (store, registry) = (station.store(), station.registry());
    let mut stations = stations(station, links)?;
    if let Some(within) = below.within {
        let directory = registry.directory().filter(|directory| directory.get(within).is_some());
        let Some(directory) = directory else {
            let message =
                format!("区划表中没有 {within} (failed to look within {within}: it is not in the directory)");
            return Err(Failure::new(Code::Usage, message));
        };
        stations.retain(|view| directory.is_within(view.division.code, within));
    }
    let (counts, hubs) = (Counts::of(&stations), by_hub(&stations));
    stations.retain(|view| below.only.is_none_or(|only| only.fits(view)));
    let stats = store.stats();
    let fork = |fork: fengsui_store::Fork| {
        let header = fork.ours.header();
        format!("log {} of key {}: entry {}", header.log.short(), fork.name.key, header.sequence)
    };
    let (own, revoked) = (station.own().key, station.revoked()?);
    Ok(StationStatus {
        software: SOFTWARE.into(),
        division: division(registry, station.identity().division),
        level: station.level(),
        key: own.to_string(),
        root: station.identity().root.to_string(),
        log: station.own().id(station.network()).to_string(),
        appointed: revoked.is_none() && registry.standing(&own).is_some(),
        revoked,
        next_key: registry.heirs_of(own).next().map(|heir| heir.standing.key.to_string()),
        directory: registry.directory_version(),
        lanes: Lane::ALL.iter().map(|lane| lane_view(station, *lane)).collect::<Result<_, _>>()?,
        owed: owed(station, now)?,
        links: link_views(station, links),
        counts,
        hubs,
        stations,
        logs: stats.logs,
        entries: stats.entries,
        journal_bytes: stats.journal_bytes,
        forks: store.forks(TOLD_MAX)?.into_iter().map(fork).collect(),
        unreadable: index::unreadable(store)?.iter().take(TOLD_MAX).map(Reference::of).collect(),
        quarantine: store
            .quarantine(TOLD_MAX)?
            .into_iter()
            .map(|item| (shown(item.at_ms), item.reason))
            .collect(),
    })
}

fn lane_view(station: &Station, lane: Lane) -> Result<LaneView, StoreError> {
    let (store, registry) = (station.store(), station.registry());
    let log = station.own().id(station.network());
    let mut receipted: BTreeMap<(Level, DivisionCode), u64> = BTreeMap::new();
    for receipt in store.receipts(log, lane)? {
        // One for another branch, given before this store was set back, says nothing about what is held here.
        let last = store.entry(Position { log, lane, sequence: receipt.to })?;
        if last.is_some_and(|last| last.hash() == receipt.hash) {
            let next = receipted.entry((receipt.level, receipt.division)).or_default();
            *next = (receipt.to + 1).max(*next);
        }
    }
    let view = |((_, code), next): ((Level, DivisionCode), u64)| (division(registry, code), next);
    Ok(LaneView {
        lane: lane_word(lane).into(),
        entries: station.own_head(lane).next,
        receipted: receipted.into_iter().map(view).collect(),
    })
}

/// Whoever is or was connected and is not below: the hub above.
fn link_views(station: &Station, links: &Links) -> Vec<LinkView> {
    let registry = station.registry();
    let held = Held::of(station);
    let view = |(key, link): (PublicKey, Link)| {
        let standing = registry.standing(&key);
        LinkView {
            division: standing.map(|standing| division(registry, standing.division)),
            role: standing.map_or("unknown".into(), |standing| format!("{:?}", standing.role).to_lowercase()),
            entries: held.entries(&key),
            link,
            key: key.to_string(),
        }
    };
    let own = station.identity().division;
    let links = links.all();
    // A key whose place another one has taken is not waited for.
    let gone = |key: &PublicKey| {
        let next = registry.former(key).and_then(|former| former.revocation.successor);
        next.is_some_and(|next| links.contains_key(&next))
    };
    let above = links.iter().filter(|(key, _)| !registry.is_within(key, own) && !gone(key));
    above.map(|(key, link)| view((*key, link.clone()))).collect()
}
