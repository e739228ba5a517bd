//! The registry: who may sign for which division, folded from the verified entries of the lineage and the subtree.
//!
//! It is a function of the *set* of appointments, not of their order: an appointment whose giver is not known yet
//! waits here and stands as soon as its giver does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fengsui_model::{Directory, DivisionCode, Level};
use fengsui_wire::{
    Appointment, Genesis, NetworkId, PublicKey, Receipt, Role, Statement, Verified, statement,
};

/// A key that may sign, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The key.
    pub key: PublicKey,
    /// Division it speaks for.
    pub division: DivisionCode,
    /// Level of that division.
    pub level: Level,
    /// As what.
    pub role: Role,
    /// From when, milliseconds since 1970 UTC, inclusive.
    pub from_ms: i64,
    /// Until when, exclusive; `None`: until revoked.
    pub until_ms: Option<i64>,
    /// Who appointed it; the root itself for the root.
    pub appointed_by: PublicKey,
}

impl Standing {
    /// Whether the appointment is in force at `now_ms`.
    pub fn holds_at(&self, now_ms: i64) -> bool {
        self.from_ms <= now_ms && self.until_ms.is_none_or(|until| now_ms < until)
    }
}

/// What an entry changed in the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learned {
    /// Nothing.
    Nothing,
    /// Keys stand that did not stand before, or stand for another division.
    Standings,
    /// Another directory is in force; scopes may have moved.
    Directory,
}

/// Appointments and directory of one network.
#[derive(Clone, Debug)]
pub struct Registry {
    root: PublicKey,
    network: NetworkId,
    root_division: Option<DivisionCode>,
    directory: Option<Arc<Directory>>,
    /// By appointed key: who appointed it, and the words. The latest in force wins; see `better`.
    appointments: BTreeMap<PublicKey, BTreeMap<PublicKey, Appointment>>,
    standings: BTreeMap<PublicKey, Standing>,
}

impl Registry {
    /// The registry of the network with this pinned root, before anything is known.
    pub fn new(root: PublicKey) -> Self {
        Self {
            root,
            network: NetworkId::of_root(&root),
            root_division: None,
            directory: None,
            appointments: BTreeMap::new(),
            standings: BTreeMap::new(),
        }
    }

    /// The network.
    pub fn network(&self) -> NetworkId {
        self.network
    }

    /// The pinned root.
    pub fn root(&self) -> PublicKey {
        self.root
    }

    /// The directory in force, once it has arrived.
    pub fn directory(&self) -> Option<&Arc<Directory>> {
        self.directory.as_ref()
    }

    /// Version of the directory in force; 0 before there is one.
    pub fn directory_version(&self) -> u32 {
        self.directory.as_ref().map_or(0, |directory| directory.version())
    }

    /// For whom `key` may sign.
    pub fn standing(&self, key: &PublicKey) -> Option<&Standing> {
        self.standings.get(key)
    }

    /// Every key that may sign, by key.
    pub fn standings(&self) -> impl Iterator<Item = &Standing> {
        self.standings.values()
    }

    /// The stations that speak for `division`, nodes and hubs.
    pub fn stations_of(&self, division: DivisionCode) -> impl Iterator<Item = &Standing> {
        let keeps_log = |standing: &&Standing| matches!(standing.role, Role::Node | Role::Hub);
        self.standings.values().filter(keeps_log).filter(move |standing| standing.division == division)
    }

    /// Whether `key` speaks for `ancestor` or a division below it.
    pub fn is_within(&self, key: &PublicKey, ancestor: DivisionCode) -> bool {
        self.standing(key).is_some_and(|standing| self.division_within(standing.division, ancestor))
    }

    /// Whether `key` is a hub above `division`.
    pub fn is_above(&self, key: &PublicKey, division: DivisionCode) -> bool {
        self.standing(key).is_some_and(|standing| {
            standing.role == Role::Hub
                && standing.division != division
                && self.division_within(division, standing.division)
        })
    }

    /// Whether a receipt for entries of `author`'s division is one that its signer may give: a hub above, for its own
    /// division and level. The signature is checked apart.
    pub fn may_receipt(&self, receipt: &Receipt, author: DivisionCode) -> bool {
        let speaks = self
            .standing(&receipt.signer)
            .is_some_and(|signer| signer.division == receipt.division && signer.level == receipt.level);
        speaks && self.is_above(&receipt.signer, author)
    }

    fn division_within(&self, division: DivisionCode, ancestor: DivisionCode) -> bool {
        division == ancestor
            || self.directory.as_ref().is_some_and(|directory| directory.is_within(division, ancestor))
    }

    /// Takes in what a verified entry says about divisions and keys. Entries that say nothing about them, or whose
    /// author may not say it, change nothing.
    pub fn learn(&mut self, entry: &Verified) -> Learned {
        let Some(body) = entry.body() else { return Learned::Nothing };
        let author = entry.name().key;
        match statement(entry.header().draft.kind, body) {
            Ok(Statement::Genesis(genesis)) => self.learn_root(author, &genesis),
            Ok(Statement::Directory(directory)) => self.learn_directory(author, *directory),
            Ok(Statement::Appointment(appointment)) => self.learn_appointment(author, appointment),
            _ => Learned::Nothing,
        }
    }

    fn learn_root(&mut self, author: PublicKey, genesis: &Genesis) -> Learned {
        if author != self.root || self.root_division.is_some() {
            return Learned::Nothing;
        }
        self.root_division = Some(genesis.division);
        self.resettle()
    }

    fn learn_directory(&mut self, author: PublicKey, directory: Directory) -> Learned {
        // Only forward: an older directory that arrives late, or is replayed, never replaces a newer one.
        if author != self.root || directory.version() <= self.directory_version() {
            return Learned::Nothing;
        }
        self.directory = Some(Arc::new(directory));
        self.resettle();
        Learned::Directory
    }

    fn learn_appointment(&mut self, author: PublicKey, appointment: Appointment) -> Learned {
        let given = self.appointments.entry(appointment.key).or_default();
        match given.get(&author) {
            Some(earlier) if !replaces(&appointment, earlier) => return Learned::Nothing,
            _ => given.insert(author, appointment),
        };
        self.resettle()
    }

    /// Computes all standings anew, from the root down: a giver stands before what it gives.
    fn resettle(&mut self) -> Learned {
        let mut standings = BTreeMap::new();
        let (Some(division), Some(directory)) = (self.root_division, self.directory.clone()) else {
            // Without a directory nobody can be below anybody.
            return self.settle(self.root_only());
        };
        if directory.root().code != division {
            return self.settle(self.root_only());
        }
        standings.extend(self.root_only());
        let mut waiting: BTreeSet<PublicKey> = self.appointments.keys().copied().collect();
        loop {
            let found: Vec<Standing> =
                waiting.iter().filter_map(|key| self.stands(*key, &directory, &standings)).collect();
            if found.is_empty() {
                return self.settle(standings);
            }
            for standing in found {
                waiting.remove(&standing.key);
                standings.insert(standing.key, standing);
            }
        }
    }

    fn settle(&mut self, standings: BTreeMap<PublicKey, Standing>) -> Learned {
        if standings == self.standings {
            return Learned::Nothing;
        }
        self.standings = standings;
        Learned::Standings
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
        };
        self.root_division.map(|division| (self.root, standing(division))).into_iter().collect()
    }

    /// The standing that `key` has from a giver among `standings`: the giver of the highest level, so that a county
    /// cannot take back what the province gave.
    fn stands(
        &self,
        key: PublicKey,
        directory: &Directory,
        standings: &BTreeMap<PublicKey, Standing>,
    ) -> Option<Standing> {
        let given = self.appointments.get(&key)?;
        let valid = |(giver, appointment): (&PublicKey, &Appointment)| {
            let giver = standings.get(giver).filter(|giver| giver.role == Role::Hub)?;
            let division = directory.get(appointment.division)?;
            let below = division.code != giver.division && directory.is_within(division.code, giver.division);
            below.then_some(Standing {
                key,
                division: division.code,
                level: division.level,
                role: appointment.role,
                from_ms: appointment.from_ms,
                until_ms: appointment.until_ms,
                appointed_by: giver.key,
            })
        };
        given.iter().filter_map(valid).max_by_key(|standing| {
            (standings.get(&standing.appointed_by).map(|giver| giver.level), standing.from_ms)
        })
    }
}

/// Of two appointments of one key by one giver, the one that begins later stands; equal beginnings are decided by
/// content, so that the order of arrival does not matter.
fn replaces(new: &Appointment, old: &Appointment) -> bool {
    let rank =
        |a: &Appointment| (a.from_ms, a.division, a.role, a.until_ms, a.address.clone(), a.second_parent);
    rank(new) > rank(old)
}
