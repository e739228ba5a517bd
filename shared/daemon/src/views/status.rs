//! How a station stands.

use std::collections::BTreeMap;

use fengsui_model::{DivisionCode, Level};
use fengsui_protocol::Standing;
use fengsui_store::StoreError;
use fengsui_wire::{Lane, Position, PublicKey, Role};
use serde::{Deserialize, Serialize};

use super::{DivisionView, Reference, division, entry::lane_word};
use crate::clock::shown;
use crate::failure::Failure;
use crate::index;
use crate::links::{Link, Links};
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

/// One station connected, or appointed to connect.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LinkView {
    /// Its division.
    pub division: Option<DivisionView>,
    /// Its key.
    pub key: String,
    /// What it is.
    pub role: String,
    /// Whether a hub stands between, through which it is heard.
    pub indirect: bool,
    /// Reports and other entries held of it.
    pub entries: u64,
    /// The connection, if there was one since this process began.
    pub link: Option<Link>,
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
    /// Version of the directory here; 0: none yet.
    pub directory: u32,
    /// The own log.
    pub lanes: Vec<LaneView>,
    /// The hub above and the stations below.
    pub links: Vec<LinkView>,
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

/// How `station` stands.
///
/// # Errors
/// When the store cannot be read.
pub fn status(station: &Station, links: &Links) -> Result<StationStatus, Failure> {
    let (store, registry) = (station.store(), station.registry());
    let stats = store.stats();
    let fork = |fork: fengsui_store::Fork| {
        let header = fork.ours.header();
        format!("log {} of key {}: entry {}", header.log.short(), fork.name.key, header.sequence)
    };
    Ok(StationStatus {
        software: SOFTWARE.into(),
        division: division(registry, station.identity().division),
        level: station.level(),
        key: station.own().key.to_string(),
        root: station.identity().root.to_string(),
        log: station.own().id(station.network()).to_string(),
        appointed: registry.standing(&station.own().key).is_some(),
        directory: registry.directory_version(),
        lanes: Lane::ALL.iter().map(|lane| lane_view(station, *lane)).collect::<Result<_, _>>()?,
        links: link_views(station, links),
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

/// Every station within this one's division, and whoever is or was connected.
fn link_views(station: &Station, links: &Links) -> Vec<LinkView> {
    let registry = station.registry();
    let mut links = links.all();
    let own = station.own().key;
    let mut keys: Vec<PublicKey> = registry
        .standings()
        .filter(|standing| matches!(standing.role, Role::Node | Role::Hub) && standing.key != own)
        .filter(|standing| registry.is_within(&standing.key, station.identity().division))
        .map(|standing| standing.key)
        .collect();
    keys.extend(links.keys().filter(|key| !keys.contains(key)).copied().collect::<Vec<_>>());
    let mut entries: BTreeMap<PublicKey, u64> = BTreeMap::new();
    for (name, _, head) in station.store().heads() {
        *entries.entry(name.key).or_default() += head.next;
    }
    let hubs: Vec<&Standing> = hubs_between(station);
    let mut views: Vec<LinkView> = keys
        .into_iter()
        .map(|key| {
            let standing = registry.standing(&key);
            LinkView {
                division: standing.map(|standing| division(registry, standing.division)),
                indirect: standing.is_some_and(|below| is_indirect(station, &hubs, below)),
                role: standing
                    .map_or("unknown".into(), |standing| format!("{:?}", standing.role).to_lowercase()),
                entries: entries.get(&key).copied().unwrap_or_default(),
                link: links.remove(&key),
                key: key.to_string(),
            }
        })
        .collect();
    views.sort_by_key(|view| view.division.as_ref().map(|division| division.code));
    views
}

/// The hubs below this station.
fn hubs_between(station: &Station) -> Vec<&Standing> {
    let own = station.identity().division;
    let below = |hub: &&Standing| hub.division != own && station.registry().is_within(&hub.key, own);
    station.registry().standings().filter(|standing| standing.role == Role::Hub).filter(below).collect()
}

/// Whether another hub lies between this station and that one.
fn is_indirect(station: &Station, hubs: &[&Standing], below: &Standing) -> bool {
    hubs.iter().any(|hub| station.registry().is_above(&hub.key, below.division))
}
