//! Who stands, computed from what was said: from the root down, level by level of those who say it. Whoever appoints or
//! revokes is settled before what it says is weighed, since it stands on a higher level than those it speaks about.

use std::collections::{BTreeMap, BTreeSet};

use fengsui_model::{Directory, DivisionCode, Level};
use fengsui_wire::{Appointment, Hash, Lane, LogName, PublicKey, Revocation, Role, Verified};

use super::handover::{Found, Heir};
use super::{Former, Registry, Standing};

/// Where something was said. The hash keeps two branches of a forked log apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    name: LogName,
    lane: Lane,
    sequence: u64,
    hash: Hash,
}

impl Place {
    pub fn of(entry: &Verified) -> Self {
        let header = entry.header();
        let (name, lane) = (entry.name(), header.draft.lane);
        Self { name, lane, sequence: header.sequence, hash: entry.hash() }
    }

    /// Log, lane and sequence.
    pub fn at(&self) -> (LogName, Lane, u64) {
        (self.name, self.lane, self.sequence)
    }

    /// Whether `key` said it.
    pub fn is_of(&self, key: &PublicKey) -> bool {
        self.name.key == *key
    }

    /// Whether it stands although its writer was revoked.
    pub fn is_admitted_by(&self, former: &Former) -> bool {
        former.admits(&self.name, self.lane, self.sequence, self.hash)
    }
}

/// Keys that may sign, and keys that might once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Settled {
    pub current: BTreeMap<PublicKey, Standing>,
    pub former: BTreeMap<PublicKey, Former>,
    /// Divisions for which a hub stands.
    pub hubs: BTreeSet<DivisionCode>,
    /// Keys that may sign because another one vouches for them, until they take its place.
    pub heirs: BTreeMap<PublicKey, Heir>,
}

impl Settled {
    pub fn place(&self, key: &PublicKey) -> Option<&Standing> {
        self.found(key).or_else(|| self.heirs.get(key).map(|heir| &heir.standing))
    }

    /// The same, of those that stand or have stood by themselves.
    pub fn found(&self, key: &PublicKey) -> Option<&Standing> {
        self.current.get(key).or_else(|| self.former.get(key).map(|former| &former.standing))
    }

    /// Places a key that has no place yet.
    pub fn put(&mut self, found: Found) {
        let key = found.standing().key;
        if self.found(&key).is_some() {
            return;
        }
        match found {
            Found::Current(standing) => drop(self.current.insert(key, standing)),
            Found::Former(former) => drop(self.former.insert(key, former)),
        }
    }

    /// The hub whose word stands at `place`: one that stands, or one that was revoked later than it said this.
    fn hub(&self, place: &Place) -> Option<&Standing> {
        let key = &place.name.key;
        let before = |former: &&Former| place.is_admitted_by(former);
        let former = || self.former.get(key).filter(before).map(|former| &former.standing);
        self.current.get(key).or_else(former).filter(|hub| hub.role == Role::Hub)
    }
}

impl Registry {
    pub(super) fn settle(&self) -> Settled {
        let mut settled = Settled { current: self.root_only(), ..Settled::default() };
        // Without a directory nobody can be below anybody.
        let (Some(division), Some(directory)) = (self.root_division, &self.directory) else { return settled };
        if directory.root().code != division {
            return settled;
        }
        for level in Level::ALL.iter().rev() {
            // The highest giver's word stands, so that a county cannot take back what the province gave.
            let found: Vec<Standing> = self
                .appointments
                .keys()
                .filter(|key| settled.place(key).is_none())
                .filter_map(|key| self.appointed(*key, *level, directory, &settled))
                .collect();
            let placed = found.iter().map(|standing| standing.key).collect();
            for standing in found {
                settled.put(match self.revoked(&standing, *level, directory, &settled) {
                    Some(former) => Found::Former(former),
                    None => Found::Current(standing),
                });
            }
            self.hand_over(placed, *level, directory, &mut settled);
        }
        let hubs = settled.current.values().filter(|standing| standing.role == Role::Hub);
        settled.hubs = hubs.map(|hub| hub.division).collect();
        settled
    }

    fn root_only(&self) -> BTreeMap<PublicKey, Standing> {
        let standing = |division| Standing {
            key: self.root,
            division,
            level: Level::Province,
            role: Role::Hub,
            from_ms: i64::MIN,
            until_ms: None,
            appointed_by: self.root,
            address: None,
            second_parent: None,
            post: None,
        };
        self.root_division.map(|division| (self.root, standing(division))).into_iter().collect()
    }

    /// What the hubs of `level` made of `key`. Of several words the one that begins latest stands; equal beginnings are
    /// decided by content, so that the order of arrival does not matter.
    fn appointed(
        &self,
        key: PublicKey,
        level: Level,
        directory: &Directory,
        settled: &Settled,
    ) -> Option<Standing> {
        let valid = |(place, appointment): (&Place, &Appointment)| {
            let giver = settled.hub(place).filter(|giver| giver.level == level)?;
            let division = directory.get(appointment.division)?;
            let below = may_speak_of(appointment.role, division.code, giver.division, directory);
            let standing = Standing {
                key,
                division: division.code,
                level: division.level,
                role: appointment.role,
                from_ms: appointment.from_ms,
                until_ms: appointment.until_ms,
                appointed_by: giver.key,
                address: appointment.address.clone(),
                second_parent: appointment.second_parent,
                post: appointment.post.clone(),
            };
            below.then(|| (rank(appointment), giver.key, standing))
        };
        let words = self.appointments.get(&key)?.iter().filter_map(valid);
        words.max_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1))).map(|(_, _, standing)| standing)
    }

    /// The word that revokes what a hub of `level` gave: of a hub above the division, and of no lower level than the
    /// giver's.
    pub(super) fn revoked(
        &self,
        standing: &Standing,
        level: Level,
        directory: &Directory,
        settled: &Settled,
    ) -> Option<Former> {
        let valid = |(place, revocation): (&Place, &Revocation)| {
            let hub = settled.hub(place).filter(|hub| hub.level >= level)?;
            let above = may_speak_of(standing.role, standing.division, hub.division, directory);
            above.then(|| (hub.level, revocation.clone(), hub.key))
        };
        let words = self.revocations.get(&standing.key)?.iter().filter_map(valid);
        // `at` comes before the rest, so that a later word of one hub corrects its earlier one.
        let word = words.max_by(|a, b| (a.0, a.1.at_ms, &a.1, a.2).cmp(&(b.0, b.1.at_ms, &b.1, b.2)));
        word.map(|(_, revocation, by)| Former { standing: standing.clone(), revocation, by })
    }
}

/// Whether a hub of `own` may say who speaks for `division` as `role`: stations of divisions below it; persons of its own
/// too, for an office names its own people.
fn may_speak_of(role: Role, division: DivisionCode, own: DivisionCode, directory: &Directory) -> bool {
    let person = matches!(role, Role::Reviewer | Role::Head);
    (person || division != own) && directory.is_within(division, own)
}

/// Later beginnings first; then content.
fn rank(word: &Appointment) -> impl Ord + use<> {
    let post = word.post.clone();
    (word.from_ms, word.division, word.role, word.until_ms, word.address.clone(), word.second_parent, post)
}
