//! How a key hands on to the one that it vouches for.
//!
//! First the old key says who follows it; from then on both may speak, so that whoever hears of it late still knows one of
//! them. When the new key revokes the old one in its own log, the old one is former, and how far it stands is what the new
//! one says: everything it had written. Both are entries, so the result is a function of their set.

use std::collections::{BTreeMap, BTreeSet};

use fengsui_model::{Directory, Level};
use fengsui_wire::{PublicKey, Revocation, Role, Rotation};

use super::settle::{Place, Settled};
use super::{Former, Registry, Standing};

/// Keys that one key may vouch for: a rotation that is begun again uses the same new key, so more than a few is a station
/// gone wrong. Those that come first in its log count.
pub(super) const VOUCHED_MAX: usize = 16;

/// A key that another one vouches for, and that has not taken its place yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heir {
    /// What it will be, and may act as already.
    pub standing: Standing,
    /// The key that vouches for it.
    pub of: PublicKey,
}

impl Registry {
    /// The key of which `key` is to take the place; `None` where it has done so, or follows nobody.
    pub fn vouched_by(&self, key: &PublicKey) -> Option<PublicKey> {
        self.settled.heirs.get(key).map(|heir| heir.of)
    }

    /// Every key that follows another one, with that one: those that have taken over, and those that are to.
    pub fn predecessors(&self) -> BTreeMap<PublicKey, PublicKey> {
        let rotated = self.formers().filter(|former| former.is_rotated());
        let taken = rotated.map(|former| (former.by, former.standing.key));
        self.settled.heirs.values().map(|heir| (heir.standing.key, heir.of)).chain(taken).collect()
    }

    /// The keys that are to take the place of `key` and have not done so yet, by key. More than one is a rotation that was
    /// begun again with another key.
    pub fn heirs_of(&self, key: PublicKey) -> impl Iterator<Item = &Heir> {
        self.settled.heirs.values().filter(move |heir| heir.of == key)
    }

    /// Where `old` says that `new` follows it: log, lane and sequence, each place once.
    pub fn vouchings(
        &self,
        old: &PublicKey,
        new: PublicKey,
    ) -> impl Iterator<Item = (fengsui_wire::LogName, fengsui_wire::Lane, u64)> {
        let said = self.rotations.get(old).into_iter().flatten();
        said.filter(move |(_, rotation)| rotation.key == new).map(|(place, _)| place.at())
    }

    /// Settles who follows the keys in `placed`, which the hubs of `level` have appointed, and who follows those.
    pub(super) fn hand_over(
        &self,
        placed: BTreeSet<PublicKey>,
        level: Level,
        directory: &Directory,
        settled: &mut Settled,
    ) {
        let (mut waiting, mut done) = (placed, BTreeSet::new());
        while let Some(key) = waiting.pop_first() {
            let Some(from) = settled.found(&key).cloned() else { continue };
            // A circle of keys that vouch for one another is walked once.
            if !done.insert(key) {
                continue;
            }
            let vouched = self.vouched(&from, settled);
            let followed = vouched.iter().find_map(|rotation| {
                let heir = self.heir(&from, rotation, level, directory, settled)?;
                let word = self.taking_over(&from, &heir)?;
                Some((heir, word))
            });
            match followed {
                Some((heir, revocation)) => {
                    let next = heir.standing().key;
                    settled.heirs.remove(&next);
                    settled.put(heir);
                    if settled.current.remove(&key).is_some() {
                        settled.former.insert(key, Former { standing: from, revocation, by: next });
                    }
                    waiting.insert(next);
                }
                None => self.stand_by(&from, &vouched, level, directory, settled),
            }
        }
    }

    /// Keys that are vouched for and have not taken over: they may speak beside the old one.
    fn stand_by(
        &self,
        from: &Standing,
        vouched: &[Rotation],
        level: Level,
        directory: &Directory,
        settled: &mut Settled,
    ) {
        for rotation in vouched {
            if settled.place(&rotation.key).is_some() {
                continue;
            }
            match self.heir(from, rotation, level, directory, settled) {
                Some(Found::Current(standing)) => {
                    settled.heirs.insert(standing.key, Heir { standing, of: from.key });
                }
                Some(former @ Found::Former(_)) => settled.put(former),
                None => {}
            }
        }
    }

    /// The rotations that count among those that `from` has signed, in the order of where they stand.
    fn vouched(&self, from: &Standing, settled: &Settled) -> Vec<Rotation> {
        // A person's key has no log, and the root is pinned at every station.
        if !matches!(from.role, Role::Node | Role::Hub) || from.key == self.root {
            return Vec::new();
        }
        let said = self.rotations.get(&from.key).into_iter().flatten();
        let counts = |(place, rotation): &(&Place, &Rotation)| {
            rotation.division == from.division
                && settled.former.get(&from.key).is_none_or(|former| place.is_admitted_by(former))
        };
        said.filter(counts).map(|(_, rotation)| *rotation).collect()
    }

    /// What the key that `from` vouches for is: what it was made already, or else the same as `from`.
    fn heir(
        &self,
        from: &Standing,
        rotation: &Rotation,
        level: Level,
        directory: &Directory,
        settled: &Settled,
    ) -> Option<Found> {
        if let Some(found) = settled.found(&rotation.key) {
            let same = (found.division, found.role) == (from.division, from.role);
            let former = settled.former.get(&rotation.key).cloned();
            return same.then(|| former.map_or_else(|| Found::Current(found.clone()), Found::Former));
        }
        let standing = Standing { key: rotation.key, ..from.clone() };
        Some(match self.revoked(&standing, level, directory, settled) {
            Some(former) => Found::Former(former),
            None => Found::Current(standing),
        })
    }

    /// The word with which the heir has taken the place of `from`: of several the latest, then by content, with the
    /// furthest line of any. A store that was set back between two such words holds less at the second one.
    fn taking_over(&self, from: &Standing, heir: &Found) -> Option<Revocation> {
        let next = heir.standing().key;
        let counts = |(place, word): &(&Place, &Revocation)| {
            place.is_of(&next) && word.successor == Some(next) && heir.admits(place)
        };
        let words =
            || self.revocations.get(&from.key).into_iter().flatten().filter(counts).map(|(_, word)| word);
        let latest = words().max_by_key(|word| (word.at_ms, *word))?;
        let mut lines = BTreeMap::new();
        for line in words().flat_map(|word| &word.lines) {
            let furthest = lines.entry((line.incarnation, line.lane)).or_insert(*line);
            *furthest = (*furthest).max(*line);
        }
        Some(Revocation { lines: lines.into_values().collect(), ..latest.clone() })
    }
}

/// A key with its place.
#[derive(Clone, Debug)]
pub(super) enum Found {
    /// It may sign.
    Current(Standing),
    /// It was revoked.
    Former(Former),
}

impl Found {
    pub fn standing(&self) -> &Standing {
        match self {
            Self::Current(standing) => standing,
            Self::Former(former) => &former.standing,
        }
    }

    fn admits(&self, place: &Place) -> bool {
        match self {
            Self::Current(_) => true,
            Self::Former(former) => place.is_admitted_by(former),
        }
    }
}
