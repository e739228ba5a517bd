//! A hub's word on who is connected below it: made here, signed, and passed up with those of the hubs below.

use std::collections::BTreeMap;
use std::time::Duration;

use fengsui_model::DivisionCode;
use fengsui_wire::{NetworkId, Presence, PublicKey, Role, Seen, Signature, StationKey};

use crate::links::Link;
use crate::session::Desk;
use crate::station::Station;
use crate::worker::Stopped;

/// How often a hub looks whether somebody came or went. A flapping line costs its parent one presence in this time, about
/// 1 kB for a county.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// How often it says how many entries they have, which changes with every report.
const ENTRIES_MS: i64 = 30 * 1000;
/// The same word is signed again after this time: whoever could not take the last one, because it did not know the hub
/// yet, has it then.
const AGAIN_MS: i64 = 5 * 60 * 1000;

/// Says who is connected, for as long as the daemon runs.
///
/// # Errors
/// [`Stopped`] when the station's thread has ended.
pub async fn tell(desk: Desk, key: StationKey, network: NetworkId) -> Result<(), Stopped> {
    let mut stop = desk.stop.clone();
    let mut last: Option<Presence> = None;
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return Ok(()),
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        let links = desk.links.all();
        let made = desk.worker.call(move |station, now| look(station, &links, now.wall_ms)).await?;
        let presence = made.signed(&key, network);
        if last.as_ref().is_none_or(|last| is_news(last, &presence)) {
            desk.links.heard(presence.clone());
            last = Some(presence);
        }
    }
}

fn is_news(last: &Presence, now: &Presence) -> bool {
    let passed_ms = now.made_ms - last.made_ms;
    // A clock that was set back must not silence the hub: whoever heard a later time waits for it to pass.
    !last.same_connections(now) || !last.says_the_same(now) && passed_ms > ENTRIES_MS || passed_ms > AGAIN_MS
}

/// What this hub sees of the stations directly below it. Not signed yet.
fn look(station: &Station, links: &BTreeMap<PublicKey, Link>, made_ms: i64) -> Presence {
    let division = station.identity().division;
    let held = held(station);
    let seen = |key: PublicKey| seen(key, links.get(&key), held.get(&key).copied().unwrap_or_default());
    let below = Hubs::of(station).directly_below(station);
    let stations = below.into_iter().map(seen).collect();
    Presence { signer: station.own().key, division, made_ms, stations, signature: Signature([0; 64]) }
}

fn seen(key: PublicKey, link: Option<&Link>, held: u64) -> Seen {
    let known = link.filter(|link| !link.software.is_empty());
    Seen {
        key,
        online: link.is_some_and(|link| link.online),
        since_ms: link.map_or(0, |link| link.since_ms),
        held,
        lacks: link.map_or(0, |link| u32::try_from(link.behind).unwrap_or(u32::MAX)),
        clock_offset_s: known.map_or(0, |link| clamped(link.clock_offset_ms / 1000)),
        software: known.map(|link| link.software.clone()),
    }
}

fn clamped(seconds: i64) -> i32 {
    seconds.clamp(i32::MIN.into(), i32::MAX.into()) as i32
}

/// Entries held, by author's key.
pub(crate) fn held(station: &Station) -> BTreeMap<PublicKey, u64> {
    let mut held = BTreeMap::new();
    for (name, _, head) in station.store().heads() {
        *held.entry(name.key).or_default() += head.next;
    }
    held
}

/// The divisions that have a hub.
pub(crate) struct Hubs(std::collections::BTreeSet<DivisionCode>);

impl Hubs {
    pub(crate) fn of(station: &Station) -> Self {
        let hubs = station.registry().standings().filter(|standing| standing.role == Role::Hub);
        Self(hubs.map(|hub| hub.division).collect())
    }

    /// The division of the lowest hub above `division`.
    pub(crate) fn above(&self, station: &Station, division: DivisionCode) -> Option<DivisionCode> {
        let directory = station.registry().directory()?;
        directory.lineage(division).into_iter().find(|above| *above != division && self.0.contains(above))
    }

    fn directly_below(&self, station: &Station) -> Vec<PublicKey> {
        let own = station.identity().division;
        let stations = station.registry().standings().filter(|of| matches!(of.role, Role::Node | Role::Hub));
        stations.filter(|of| self.above(station, of.division) == Some(own)).map(|of| of.key).collect()
    }
}
