//! Whether a station is there: what the connections here and the words of the hubs below say of it together.
//!
//! Who is online follows the connections, whatever they are wired like: a township may be at its second parent, a county
//! at the province beside its city's hub. Who is not online is told by the hub directly above it in the directory, because
//! that one waits for it.

use std::collections::BTreeMap;

use fengsui_model::DivisionCode;
use fengsui_protocol::Standing;
use fengsui_store::StoreError;
use fengsui_wire::limits::CLOCK_AHEAD_MS_MAX;
use fengsui_wire::{PublicKey, Role, Seen};

use super::{Presence, StationView, is_old};
use crate::clock::shown;
use crate::links::{Link, Links};
use crate::presence::{Held, Hubs};
use crate::station::Station;
use crate::views::division;

/// All that is known here of who is connected where.
pub(super) struct Sight<'s> {
    station: &'s Station,
    hubs: Hubs,
    /// Connections to this station.
    links: BTreeMap<PublicKey, Link>,
    /// What hubs below say of a station, by its key.
    words: BTreeMap<PublicKey, Vec<Word>>,
    /// Who is online, and who says so; nobody: it is connected to this station.
    online: BTreeMap<PublicKey, Option<PublicKey>>,
    held: Held<'s>,
}

/// What one hub says of one station.
struct Word {
    /// The hub's key.
    by: PublicKey,
    /// Division of the hub.
    hub: DivisionCode,
    seen: Seen,
}

/// Whether a station is there, and since when.
type There = (Presence, Option<i64>);

impl<'s> Sight<'s> {
    pub(super) fn of(station: &'s Station, links: &Links) -> Self {
        let words = words(station, links);
        let links = links.all();
        let online = online(station, &links, &words);
        Self { station, hubs: Hubs::of(station), links, words, online, held: Held::of(station) }
    }

    /// What is known of one station below; `None` where the directory has no hub above it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn view(&self, standing: &Standing) -> Result<Option<StationView>, StoreError> {
        let (registry, key) = (self.station.registry(), standing.key);
        let Some(hub) = self.hubs.above(self.station, standing.division) else { return Ok(None) };
        let (presence, since_ms) = self.there(key, hub)?;
        let entries = self.held.entries(&key);
        let (link, seen) = self.witness(key, hub);
        let software = match (link, seen) {
            (Some(link), _) => Some(link.software.clone()).filter(|software| !software.is_empty()),
            (None, seen) => seen.and_then(|seen| seen.software.clone()),
        };
        let clock_offset_s = match (link, seen) {
            (Some(link), _) => link.clock_offset_ms / 1000,
            (None, seen) => seen.map_or(0, |seen| seen.clock_offset_s.into()),
        };
        // Whichever hub holds most: what a county has that is down now is missing no less.
        let held_below = self.words(&key).map(|word| word.seen.held).max();
        Ok(Some(StationView {
            division: division(registry, standing.division),
            key: key.to_string(),
            role: format!("{:?}", standing.role).to_lowercase(),
            hub: division(registry, hub),
            presence,
            since_ms,
            since: since_ms.map(shown),
            entries,
            missing: held_below.unwrap_or_default().saturating_sub(entries),
            behind: link.map_or(0, |link| link.behind) + seen.map_or(0, |seen| u64::from(seen.lacks)),
            clock_offset_s,
            clock_wrong: clock_offset_s.saturating_mul(1000).abs() > CLOCK_AHEAD_MS_MAX,
            old_version: software.as_deref().is_some_and(is_old),
            software,
            reason: link.map(|link| link.reason.clone()).unwrap_or_default(),
        }))
    }

    /// Whoever knows the station best: whoever it is connected to now, else the hub of `hub` directly above it.
    fn witness(&self, key: PublicKey, hub: DivisionCode) -> (Option<&Link>, Option<&Seen>) {
        match self.online.get(&key) {
            Some(None) => (self.links.get(&key), None),
            Some(Some(by)) => (None, self.words(&key).find(|word| word.by == *by).map(|word| &word.seen)),
            None if hub == self.own() => (self.links.get(&key), None),
            None => (None, self.word_of(&key, hub)),
        }
    }

    fn own(&self) -> DivisionCode {
        self.station.identity().division
    }

    fn words(&self, key: &PublicKey) -> impl Iterator<Item = &Word> {
        self.words.get(key).into_iter().flatten()
    }

    /// What the hub of that division says; of two keys that speak for it, the one that is there.
    fn word_of(&self, key: &PublicKey, hub: DivisionCode) -> Option<&Seen> {
        let of_hub = self.words(key).filter(|word| word.hub == hub);
        of_hub.max_by_key(|word| self.online.contains_key(&word.by)).map(|word| &word.seen)
    }

    /// Whether the station of `key`, by the directory directly below the hub of `hub`, is there.
    fn there(&self, key: PublicKey, hub: DivisionCode) -> Result<There, StoreError> {
        let (link, seen) = self.witness(key, hub);
        if self.online.contains_key(&key) {
            let since_ms = link.map(|link| link.since_ms).or(seen.map(|seen| seen.since_ms));
            return Ok((Presence::Online, since_ms));
        }
        if hub == self.own() {
            return self.gone(key, None);
        }
        // What a hub said before it was cut off says nothing about now.
        let (of_hub, since_ms) = self.hub_there(hub)?;
        match seen {
            Some(seen) if of_hub == Presence::Online => {
                self.gone(key, Some(seen.since_ms).filter(|since_ms| *since_ms != 0))
            }
            // The hub is there and has not said yet.
            None if of_hub == Presence::Online => Ok((Presence::Unknown, None)),
            _ => Ok((Presence::Unknown, since_ms)),
        }
    }

    /// Since when a station is gone that nobody has: the latest that its hub or its connection here says; where neither
    /// has seen it since it began, when its newest entry came.
    fn gone(&self, key: PublicKey, said_ms: Option<i64>) -> Result<There, StoreError> {
        let since_ms = match said_ms.max(self.links.get(&key).map(|link| link.since_ms)) {
            Some(since_ms) => Some(since_ms),
            None => self.held.newest_ms(&key)?,
        };
        Ok((since_ms.map_or(Presence::Never, |_| Presence::Offline), since_ms))
    }

    /// Whether a hub of that division is there: the best of its keys counts.
    fn hub_there(&self, division: DivisionCode) -> Result<There, StoreError> {
        let mut best = (Presence::Never, None);
        let Some(above) = self.hubs.above(self.station, division) else { return Ok(best) };
        let hubs = self.station.registry().stations_of(division).filter(|hub| hub.role == Role::Hub);
        for hub in hubs {
            best = best.min(self.there(hub.key, above)?);
        }
        Ok(best)
    }
}

/// What hubs below say of the stations below them, by key of the station.
fn words(station: &Station, links: &Links) -> BTreeMap<PublicKey, Vec<Word>> {
    let (registry, own) = (station.registry(), station.identity().division);
    let mut words: BTreeMap<PublicKey, Vec<Word>> = BTreeMap::new();
    for presence in links.presences().values() {
        let (by, hub) = (presence.signer, presence.division);
        // A hub that was appointed for another division since says nothing about the old one.
        let speaks = registry.standing(&by).is_some_and(|signer| signer.division == hub);
        if !speaks || hub == own || !registry.is_within(&by, own) {
            continue;
        }
        for seen in &presence.stations {
            // Nor may one speak for stations that are not below it. So words lead downwards only.
            if registry.standing(&seen.key).is_some_and(|of| registry.is_above(&by, of.division)) {
                words.entry(seen.key).or_default().push(Word { by, hub, seen: seen.clone() });
            }
        }
    }
    words
}

/// Who is online: whoever is connected to this station, and whoever a hub has that is itself online.
fn online(
    station: &Station,
    links: &BTreeMap<PublicKey, Link>,
    words: &BTreeMap<PublicKey, Vec<Word>>,
) -> BTreeMap<PublicKey, Option<PublicKey>> {
    let (registry, own) = (station.registry(), station.identity().division);
    let mut said: BTreeMap<PublicKey, Vec<PublicKey>> = BTreeMap::new();
    for (key, words) in words {
        let online = words.iter().filter(|word| word.seen.online);
        online.for_each(|word| said.entry(word.by).or_default().push(*key));
    }
    let here = links.iter().filter(|(key, link)| link.online && !link.above && registry.is_within(key, own));
    let mut online: BTreeMap<PublicKey, Option<PublicKey>> = here.map(|(key, _)| (*key, None)).collect();
    let mut ask: Vec<PublicKey> = online.keys().copied().collect();
    while let Some(hub) = ask.pop() {
        for key in said.remove(&hub).unwrap_or_default() {
            online.entry(key).or_insert_with(|| {
                ask.push(key);
                Some(hub)
            });
        }
    }
    online
}

#[cfg(test)]
mod tests;
