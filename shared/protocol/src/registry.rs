//! The registry: who may sign for which division, folded from the verified entries of the lineage and the subtree.
//!
//! It is a function of the *set* of appointments and revocations, not of their order: an appointment whose giver is not
//! known yet waits here and stands as soon as its giver does, and a revocation that comes first is in force as soon as
//! there is something to revoke.
//!
//! A revoked key is *former*: it may do nothing any more, but it still has a place, because what it wrote up to the line
//! that its revocation names still stands, is replicated, and counts.

mod catalogues;
mod handover;
mod persons;
mod settle;

use std::collections::BTreeMap;
use std::sync::Arc;

use fengsui_model::{CatalogueIssue, Catalogues, Directory, DivisionCode, Level};
use fengsui_wire::{
    Appointment, Genesis, Hash, Lane, LogName, NetworkId, Post, PublicKey, Receipt, Revocation, Role,
    Rotation, Statement, Verified, statement,
};

pub use handover::Heir;
use handover::VOUCHED_MAX;
use settle::{Place, Settled};

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
    /// For a hub: host and UDP port where its children find it, where the appointment says so.
    pub address: Option<String>,
    /// For a hub: the hub that its children turn to when it is down.
    pub second_parent: Option<PublicKey>,
    /// For a person: the office.
    pub post: Option<Post>,
}

impl Standing {
    /// Whether the appointment is in force at `now_ms`.
    pub fn holds_at(&self, now_ms: i64) -> bool {
        self.from_ms <= now_ms && self.until_ms.is_none_or(|until| now_ms < until)
    }
}

/// Begins what a revoked station is told; the reason follows.
const REVOKED: &str = "本站密钥已被撤销：";
/// Ends it.
const REVOKED_EN: &str = "(the key of this station was revoked)";

/// A key that was revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Former {
    /// What it was.
    pub standing: Standing,
    /// The word that ended it; of several, that of the highest hub, and of one hub's the latest.
    pub revocation: Revocation,
    /// Whose word.
    pub by: PublicKey,
}

impl Former {
    /// What whoever still uses the key is told.
    pub fn words(&self) -> String {
        match self.is_rotated() {
            true => format!("{REVOKED}已更换为新密钥 {} {REVOKED_EN}", self.by.short()),
            false => format!("{REVOKED}{} {REVOKED_EN}", self.revocation.reason),
        }
    }

    /// Whether the station itself put another key in its place.
    pub fn is_rotated(&self) -> bool {
        self.revocation.successor == Some(self.by)
    }

    /// The reason in [`words`](Self::words) that a station was told, whatever stands around them; `None` for words about
    /// anything else.
    pub fn reason_in(words: &str) -> Option<&str> {
        let (_, said) = words.split_once(REVOKED)?;
        said.rsplit_once(REVOKED_EN).map(|(reason, _)| reason.trim_end())
    }

    /// First sequence of the lane that does not stand.
    fn end(&self, name: &LogName, lane: Lane) -> u64 {
        let line = self
            .revocation
            .lines
            .iter()
            .find(|line| line.incarnation == name.incarnation && line.lane == lane);
        line.map_or(0, |line| line.sequence.saturating_add(1))
    }

    /// Whether an entry of it stands.
    fn admits(&self, name: &LogName, lane: Lane, sequence: u64, hash: Hash) -> bool {
        let contradicted = self.revocation.lines.iter().any(|line| {
            line.incarnation == name.incarnation
                && line.lane == lane
                && line.sequence == sequence
                && line.hash != hash
        });
        sequence < self.end(name, lane) && !contradicted
    }
}

/// What an entry changed in the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Learned {
    /// Nothing.
    Nothing,
    /// Keys stand that did not stand before, or stand for another division.
    Standings,
    /// Another version of the catalogue is here.
    Catalogue,
    /// Another directory is in force; scopes may have moved.
    Directory,
}

/// Appointments, directory and catalogue of one network: what the offices above have laid down about who says what.
#[derive(Clone, Debug)]
pub struct Registry {
    root: PublicKey,
    network: NetworkId,
    root_division: Option<DivisionCode>,
    directory: Option<Arc<Directory>>,
    catalogues: catalogues::Laid,
    /// By appointed key: where it was said, by whom, and the words.
    appointments: BTreeMap<PublicKey, BTreeMap<Place, Appointment>>,
    /// The same by revoked key.
    revocations: BTreeMap<PublicKey, BTreeMap<Place, Revocation>>,
    /// By key that vouches for another: where it did, and the words, whose proofs hold.
    rotations: BTreeMap<PublicKey, BTreeMap<Place, Rotation>>,
    settled: Settled,
}

impl Registry {
    /// The registry of the network with this pinned root, before anything is known.
    pub fn new(root: PublicKey) -> Self {
        Self {
            root,
            network: NetworkId::of_root(&root),
            root_division: None,
            directory: None,
            catalogues: catalogues::Laid::default(),
            appointments: BTreeMap::new(),
            revocations: BTreeMap::new(),
            rotations: BTreeMap::new(),
            settled: Settled::default(),
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

    /// The versions of the catalogue that have arrived: which form a report is filled in and judged by.
    pub fn catalogues(&self) -> &Arc<Catalogues> {
        self.catalogues.standing()
    }

    /// For whom `key` may sign. `None` for a key that was revoked.
    pub fn standing(&self, key: &PublicKey) -> Option<&Standing> {
        self.settled.current.get(key).or_else(|| self.settled.heirs.get(key).map(|heir| &heir.standing))
    }

    /// Every key that may sign, by key, without those that are vouched for and have not taken over yet: a station is
    /// counted once.
    pub fn standings(&self) -> impl Iterator<Item = &Standing> {
        self.settled.current.values()
    }

    /// What `key` was before it was revoked.
    pub fn former(&self, key: &PublicKey) -> Option<&Former> {
        self.settled.former.get(key)
    }

    /// Every revoked key, by key.
    pub fn formers(&self) -> impl Iterator<Item = &Former> {
        self.settled.former.values()
    }

    /// For whom `key` signs or has signed: where its entries belong.
    pub fn place(&self, key: &PublicKey) -> Option<&Standing> {
        self.settled.place(key)
    }

    /// First sequence of a lane that does not stand, because its writer was revoked; `u64::MAX` for a writer that was not.
    pub fn end(&self, name: &LogName, lane: Lane) -> u64 {
        self.former(&name.key).map_or(u64::MAX, |former| former.end(name, lane))
    }

    /// Whether an entry is none of those that a revocation leaves out. Says nothing about who was never appointed.
    pub fn stands(&self, name: &LogName, lane: Lane, sequence: u64, hash: Hash) -> bool {
        self.former(&name.key).is_none_or(|former| former.admits(name, lane, sequence, hash))
    }

    /// Whether `key` spoke for `division` and was revoked: its logs are that division's history.
    pub fn is_former_of(&self, key: &PublicKey, division: DivisionCode) -> bool {
        self.former(key).is_some_and(|former| former.standing.division == division)
    }

    /// The stations that speak for `division`, nodes and hubs.
    pub fn stations_of(&self, division: DivisionCode) -> impl Iterator<Item = &Standing> {
        let keeps_log = |standing: &&Standing| matches!(standing.role, Role::Node | Role::Hub);
        self.standings().filter(keeps_log).filter(move |standing| standing.division == division)
    }

    /// Everybody who signs, or once signed, for `division` as `role`.
    pub fn persons(&self, division: DivisionCode, role: Role) -> impl Iterator<Item = &Standing> {
        let all = self.standings().chain(self.formers().map(|former| &former.standing));
        all.filter(move |standing| standing.division == division && standing.role == role)
    }

    /// Whether `key` may sign for `division` as `role` at a time, milliseconds since 1970 UTC. A word from before a
    /// revocation stands.
    pub fn signs_at(&self, key: &PublicKey, division: DivisionCode, role: Role, at_ms: i64) -> bool {
        let revoked = self.former(key).is_some_and(|former| former.revocation.at_ms <= at_ms);
        let person = self.place(key).filter(|person| person.division == division && person.role == role);
        !revoked && person.is_some_and(|person| person.holds_at(at_ms))
    }

    /// The lowest division above `division` that has a hub.
    pub fn first_hub_above(&self, division: DivisionCode) -> Option<DivisionCode> {
        self.directory.as_ref()?.lineage(division).into_iter().find(|code| self.settled.hubs.contains(code))
    }

    /// Whether `key` speaks, or spoke, for `ancestor` or a division below it.
    pub fn is_within(&self, key: &PublicKey, ancestor: DivisionCode) -> bool {
        self.place(key).is_some_and(|standing| self.division_within(standing.division, ancestor))
    }

    /// Whether `key` is, or was, a hub above `division`.
    pub fn is_above(&self, key: &PublicKey, division: DivisionCode) -> bool {
        self.place(key).is_some_and(|standing| {
            standing.role == Role::Hub
                && standing.division != division
                && self.division_within(division, standing.division)
        })
    }

    /// Whether a receipt for entries of `author`'s division is one that its signer may give: a hub above, for its own
    /// division and level. The signature is checked apart.
    pub fn may_receipt(&self, receipt: &Receipt, author: DivisionCode) -> bool {
        // A receipt that was given before its signer was revoked is still evidence.
        let speaks = self
            .place(&receipt.signer)
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
        self.learn_all([entry])
    }

    /// The same for many at once: who stands is computed once, at the end.
    pub fn learn_all<'e>(&mut self, entries: impl IntoIterator<Item = &'e Verified>) -> Learned {
        let mut learned = Learned::Nothing;
        for entry in entries {
            learned = learned.max(self.take(entry));
        }
        match learned {
            Learned::Nothing => Learned::Nothing,
            Learned::Directory | Learned::Catalogue => {
                self.resettle();
                learned
            }
            Learned::Standings if self.resettle() => Learned::Standings,
            Learned::Standings => Learned::Nothing,
        }
    }

    /// Keeps what an entry says; what it may have changed.
    fn take(&mut self, entry: &Verified) -> Learned {
        let Some(body) = entry.body() else { return Learned::Nothing };
        let author = entry.name().key;
        let said = |news: bool| if news { Learned::Standings } else { Learned::Nothing };
        match statement(entry.header().draft.kind, body) {
            Ok(Statement::Genesis(genesis)) => said(self.take_root(author, &genesis)),
            Ok(Statement::Directory(directory)) => self.take_directory(author, *directory),
            Ok(Statement::Catalogue(issue)) => self.take_catalogue(entry, &issue),
            Ok(Statement::Appointment(appointment)) => {
                let given = self.appointments.entry(appointment.key).or_default();
                said(given.insert(Place::of(entry), appointment).is_none())
            }
            Ok(Statement::Revocation(revocation)) => {
                let given = self.revocations.entry(revocation.key).or_default();
                said(given.insert(Place::of(entry), revocation).is_none())
            }
            Ok(Statement::Rotation(rotation)) if rotation.holds(self.network, author) => {
                let (given, place) = (self.rotations.entry(author).or_default(), Place::of(entry));
                let news = given.insert(place, rotation).is_none();
                // What is let go is the same whatever the order of arrival: the last in the order of places.
                let gone = (given.len() > VOUCHED_MAX).then(|| given.pop_last()).flatten();
                said(news && gone.is_none_or(|(gone, _)| gone != place))
            }
            _ => Learned::Nothing,
        }
    }

    fn take_root(&mut self, author: PublicKey, genesis: &Genesis) -> bool {
        let news = author == self.root && self.root_division.is_none();
        if news {
            self.root_division = Some(genesis.division);
        }
        news
    }

    fn take_directory(&mut self, author: PublicKey, directory: Directory) -> Learned {
        // Only forward: an older directory that arrives late, or is replayed, never replaces a newer one.
        if author != self.root || directory.version() <= self.directory_version() {
            return Learned::Nothing;
        }
        self.directory = Some(Arc::new(directory));
        Learned::Directory
    }

    fn take_catalogue(&mut self, entry: &Verified, issue: &CatalogueIssue) -> Learned {
        let news = entry.name().key == self.root && self.catalogues.take(entry, issue);
        if news { Learned::Catalogue } else { Learned::Nothing }
    }

    /// Computes anew who stands; `true` if that changed.
    fn resettle(&mut self) -> bool {
        let settled = self.settle();
        let changed = settled != self.settled;
        self.settled = settled;
        changed
    }
}
