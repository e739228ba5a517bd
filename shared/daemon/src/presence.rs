//! A hub's word on who is connected below it: made here, signed, and passed up with those of the hubs below.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fengsui_model::DivisionCode;
use fengsui_store::StoreError;
use fengsui_wire::limits::PRESENCE_STATIONS_MAX;
use fengsui_wire::{
    Lane, LogName, NetworkId, Position, Presence, PublicKey, Role, Seen, Signature, StationKey,
};

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

/// What this hub sees of the stations directly below it, and who else from below is connected to it, as a
/// township is whose county is down. Not signed yet.
fn look(station: &Station, links: &BTreeMap<PublicKey, Link>, made_ms: i64) -> Presence {
    let division = station.identity().division;
    let held = Held::of(station);
    let directly = Hubs::of(station).directly_below(station);
    // Those that nobody else speaks for come first, where there are more than one presence takes.
    let room = PRESENCE_STATIONS_MAX.saturating_sub(directly.len());
    let others: Vec<PublicKey> = links
        .iter()
        .filter(|(key, link)| link.online && !directly.contains(key) && is_below(station, key))
        .map(|(key, _)| *key)
        .take(room)
        .collect();
    let stations = directly.into_iter().chain(others).map(|key| seen(key, links.get(&key), &held)).collect();
    Presence { signer: station.own().key, division, made_ms, stations, signature: Signature([0; 64]) }
}

/// Whether `key` is a station of a division below this hub's.
fn is_below(station: &Station, key: &PublicKey) -> bool {
    let (registry, own) = (station.registry(), station.identity().division);
    registry.standing(key).is_some_and(|of| of.division != own) && registry.is_within(key, own)
}

fn seen(key: PublicKey, link: Option<&Link>, held: &Held<'_>) -> Seen {
    let known = link.filter(|link| !link.software.is_empty());
    let since_ms = match link {
        Some(link) => link.since_ms,
        // An entry that cannot be read costs one station its time, never the others the word on them; whoever reads it
        // to serve or to verify it says so.
        None => held.newest_ms(&key).unwrap_or_default().unwrap_or_default(),
    };
    Seen {
        key,
        online: link.is_some_and(|link| link.online),
        since_ms,
        held: held.entries(&key),
        lacks: link.map_or(0, |link| u32::try_from(link.behind).unwrap_or(u32::MAX)),
        clock_offset_s: known.map_or(0, |link| clamped(link.clock_offset_ms / 1000)),
        software: known.map(|link| link.software.clone()),
    }
}

fn clamped(seconds: i64) -> i32 {
    seconds.clamp(i32::MIN.into(), i32::MAX.into()) as i32
}

/// What is held, by author's key.
pub(crate) struct Held<'s> {
    station: &'s Station,
    /// Each lane of each log, and how many entries of it are held.
    lanes: BTreeMap<PublicKey, Vec<(LogName, Lane, u64)>>,
}

impl<'s> Held<'s> {
    pub(crate) fn of(station: &'s Station) -> Self {
        let mut lanes: BTreeMap<PublicKey, Vec<_>> = BTreeMap::new();
        for (name, lane, head) in station.store().heads() {
            lanes.entry(name.key).or_default().push((name, lane, head.next));
        }
        Self { station, lanes }
    }

    fn lanes(&self, author: &PublicKey) -> &[(LogName, Lane, u64)] {
        self.lanes.get(author).map_or(&[], Vec::as_slice)
    }

    /// How many entries of `author`, of all lanes and logs.
    pub(crate) fn entries(&self, author: &PublicKey) -> u64 {
        self.lanes(author).iter().map(|(_, _, next)| next).sum()
    }

    /// When the newest entry of `author` was received here, milliseconds since 1970 UTC; `None`: none is held. Reads one
    /// entry of each lane: for those of whom nothing else is known.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn newest_ms(&self, author: &PublicKey) -> Result<Option<i64>, StoreError> {
        let mut newest = None;
        for (name, lane, next) in self.lanes(author) {
            let log = name.id(self.station.network());
            let last = Position { log, lane: *lane, sequence: next.saturating_sub(1) };
            newest = newest.max(self.station.store().entry(last)?.map(|entry| entry.received_ms));
        }
        Ok(newest)
    }
}

/// The divisions that have a hub.
pub(crate) struct Hubs(BTreeSet<DivisionCode>);

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

    fn directly_below(&self, station: &Station) -> BTreeSet<PublicKey> {
        let own = station.identity().division;
        let stations = station.registry().standings().filter(|of| matches!(of.role, Role::Node | Role::Hub));
        stations.filter(|of| self.above(station, of.division) == Some(own)).map(|of| of.key).collect()
    }
}

#[cfg(test)]
mod tests {
    use fengsui_wire::{Flags, Kind};

    use super::*;
    use crate::ground::{
        COUNTY, NODE, NOW, Place, ROOT, appoint, hand, hand_shuffled_over, key, province_and_county, sign,
        station,
    };

    const CITY: u8 = 4;
    const OTHER: u8 = 5;

    /// The city's hub, which knows the county below it and two townships below that.
    fn city() -> Place {
        let (mut root, _) = province_and_county();
        appoint(&mut root, CITY, 2_202, Role::Hub);
        appoint(&mut root, NODE, 220_221_100, Role::Node);
        appoint(&mut root, OTHER, 220_221_101, Role::Node);
        let mut city = station(CITY, 2_202);
        hand(&root, &mut city, key(ROOT).public());
        city
    }

    fn link(online: bool, since_ms: i64) -> Link {
        Link { online, since_ms, software: "fengsui 0.1.0".into(), ..Link::default() }
    }

    fn told(city: &Place, links: &[(u8, Link)]) -> Vec<(PublicKey, bool, i64)> {
        let links = links.iter().map(|(seed, link)| (key(*seed).public(), link.clone())).collect();
        let made = look(&city.station, &links, 9).signed(&key(CITY), city.station.network());
        made.stations.iter().map(|seen| (seen.key, seen.online, seen.since_ms)).collect()
    }

    #[test]
    fn who_is_connected_past_its_hub_is_told_of_as_long_as_it_is() {
        let city = city();
        let county = (key(COUNTY).public(), false, 5);
        let above = Link { above: true, ..link(true, 3) };
        let links = [(ROOT, above), (COUNTY, link(false, 5)), (NODE, link(true, 7)), (OTHER, link(false, 8))];
        let mut expected = vec![county, (key(NODE).public(), true, 7)];
        expected.sort();
        assert_eq!(told(&city, &links), expected, "the township that left is the county's to speak of");
        assert_eq!(told(&city, &links[..2]), [county]);
    }

    #[test]
    fn after_a_restart_a_station_is_gone_since_its_newest_entry_came() {
        let mut city = city();
        assert_eq!(told(&city, &[]), [(key(COUNTY).public(), false, 0)], "nothing of it is held");
        let mut county = station(COUNTY, 220_221);
        hand(&city, &mut county, key(ROOT).public());
        appoint(&mut county, 6, 220_221_102, Role::Node);
        sign(&mut county, Kind::Report, Flags::default(), vec![1]);
        let mut newest_ms = 0;
        hand_shuffled_over(&[&county], &mut city, 1, 1_000, |_, at_ms| newest_ms = at_ms);
        assert!(newest_ms > NOW.wall_ms, "its lanes came one after the other");
        assert_eq!(told(&city, &[]), [(key(COUNTY).public(), false, newest_ms)]);
        assert_eq!(told(&city, &[(COUNTY, link(false, 5))]), [(key(COUNTY).public(), false, 5)]);
        let written: u64 = Lane::ALL.iter().map(|lane| county.station.own_head(*lane).next).sum();
        assert_eq!(Held::of(&city.station).entries(&key(COUNTY).public()), written);
    }
}
