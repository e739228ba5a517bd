//! The oracle: what every station should hold, say and total, kept beside the world and compared with it.
//!
//! It learns what exists from the authors' own stores after their commits, and never asks the code under test to judge
//! itself: totals are added up here by a model of their own.
//!
//! | rule | where it is checked |
//! |---|---|
//! | a receipt is sent for durable entries only | [`Oracle::receipt`], on every receipt |
//! | what was called kept survives a power cut | [`Oracle::observe`], after every start |
//! | a replica is a prefix of its author's log | [`Oracle::observe`], after every commit |
//! | bodies stay within reach and addressee | [`Oracle::observe`] |
//! | directories go forward | [`Oracle::observe`] |
//! | a receipted entry is somewhere | [`Oracle::audit`] |
//! | nobody honest is accused | [`Oracle::audit`], [`Oracle::alarm`] |
//! | the same entries give the same totals, received and reviewed | [`Oracle::audit`] |
//! | everything arrives | [`Oracle::arrived`], at the end |
//!
//! What is promised when a disk is put back to an earlier image: entries that another station held by then survive; what
//! only the rolled-back disk held is gone, and that is the one loss allowed. Images are put back at places of which none
//! is above another, so that at most one holder of an entry is rolled back.

mod end;
mod reviews;
mod totals;

pub use reviews::{Cited, Opinion, Verdict};

use std::collections::{BTreeMap, BTreeSet};

use fengsui_daemon::station::Station;
use fengsui_model::{DivisionCode, EventKey, Figure, Level};
use fengsui_store::{Source, Store, StoredEntry};
use fengsui_wire::{Hash, Head, Holds, Kind, Lane, LogId, LogName, NetworkId, Position, PublicKey, Receipt};

use crate::alarm::Line;
use crate::shape::Shape;
use crate::story::Violation;

/// A report that an honest clerk has signed.
#[derive(Clone, Debug)]
pub struct Said {
    /// Whose.
    pub division: DivisionCode,
    /// About what.
    pub event: EventKey,
    /// Its number.
    pub revision: u32,
    /// What it states.
    pub figures: BTreeMap<u32, Figure>,
    /// It keeps every hard check.
    pub sound: bool,
    /// Its node said "saved".
    pub saved: bool,
    /// Its node was put back past it before anybody else held it: it may be gone.
    pub lost: bool,
}

impl Said {
    /// The revision as reviews name it; `body` is its hash.
    fn cited(&self, body: Hash) -> Cited {
        (self.division, self.event, self.revision, body)
    }
}

/// Names a report revision wherever it is logged: place of the author, hash of the body.
pub type SaidKey = (usize, Hash);

/// What one station holds, as of its last commit.
#[derive(Debug, Default)]
struct View {
    heads: BTreeMap<(LogName, Lane), Head>,
    entries: BTreeSet<Hash>,
    reports: BTreeSet<SaidKey>,
    opinions: BTreeSet<SaidKey>,
    withdrawals: BTreeSet<SaidKey>,
    directory: u32,
}

/// Everything that should be true.
pub struct Oracle {
    shape: Shape,
    network: NetworkId,
    /// Entries that authors have made durable; several for one position where a store was put back.
    truth: BTreeMap<Position, BTreeSet<Hash>>,
    said: BTreeMap<SaidKey, Said>,
    opinions: BTreeMap<SaidKey, Opinion>,
    withdrawals: BTreeMap<SaidKey, Cited>,
    views: Vec<View>,
    /// Entries for which an honest hub has sent a receipt, with the place of their author.
    receipted: BTreeMap<Hash, usize>,
    /// Stretches receipted before, so that repeats are not counted.
    receipts: BTreeSet<(PublicKey, LogId, Lane, u64)>,
    liar: Option<usize>,
    put_back: BTreeSet<usize>,
    /// Entries of honest stations' own logs.
    pub entries: u64,
}

impl Oracle {
    /// An oracle over stations that are all still to start.
    pub fn new(shape: Shape, liar: Option<usize>) -> Self {
        let views = shape.places.iter().map(|_| View::default()).collect();
        Self {
            network: NetworkId::of_root(&shape.places[0].identity.root),
            shape,
            truth: BTreeMap::new(),
            said: BTreeMap::new(),
            opinions: BTreeMap::new(),
            withdrawals: BTreeMap::new(),
            views,
            receipted: BTreeMap::new(),
            receipts: BTreeSet::new(),
            liar,
            put_back: BTreeSet::new(),
            entries: 0,
        }
    }

    /// A clerk has signed a report; nothing is durable yet.
    pub fn signed(&mut self, place: usize, body: Hash, said: Said) {
        self.said.entry((place, body)).or_insert(said);
    }

    /// How many receipts, and entries under them, were promised so far.
    pub fn promised(&self) -> (u64, u64) {
        (self.receipts.len() as u64, self.receipted.len() as u64)
    }

    /// The author of each receipted entry that no disk holds any more.
    pub fn lost(&self) -> impl Iterator<Item = usize> {
        let nowhere = |hash: &Hash| self.views.iter().all(|view| !view.entries.contains(hash));
        self.receipted.iter().filter(move |(hash, _)| nowhere(hash)).map(|(_, author)| *author)
    }

    /// Looks at what a station holds after a commit, or after it was switched on: everything held before must be
    /// there, and what is new must be what its author wrote.
    ///
    /// # Errors
    /// What is not so.
    pub fn observe(&mut self, place: usize, station: &Station) -> Result<(), Violation> {
        let store = station.store();
        let mut seen = BTreeSet::new();
        for (name, lane, head) in store.heads() {
            seen.insert((name, lane));
            let before = self.views[place].heads.get(&(name, lane)).copied().unwrap_or_default();
            if head == before {
                continue;
            }
            self.still_there(place, store, name, lane, before, head)?;
            let log = name.id(self.network);
            let mut previous = before.hash;
            for entry in read(store.entries(log, lane, before.next, usize::MAX, usize::MAX))? {
                if entry.envelope.header().previous != previous {
                    let at = entry.position().sequence;
                    return Err(
                        self.wrong(place, format!("holds entry {at} after one that it does not follow"))
                    );
                }
                previous = entry.hash();
                self.check(place, &name, &entry)?;
            }
            self.views[place].heads.insert((name, lane), head);
        }
        if let Some((name, lane)) = self.views[place].heads.keys().find(|lane| !seen.contains(lane)) {
            return Err(
                self.wrong(place, format!("has lost the whole {lane:?} lane of key {}", name.key.short()))
            );
        }
        let version = station.registry().directory_version();
        let before = std::mem::replace(&mut self.views[place].directory, version);
        match version < before {
            true => Err(self.wrong(place, format!("went back from directory {before} to {version}"))),
            false => Ok(()),
        }
    }

    /// What was held under the old head is held under the new one: the chain vouches for all before it.
    fn still_there(
        &self,
        place: usize,
        store: &Store,
        name: LogName,
        lane: Lane,
        before: Head,
        head: Head,
    ) -> Result<(), Violation> {
        let Some(last) = before.next.checked_sub(1) else { return Ok(()) };
        let at = Position { log: name.id(self.network), lane, sequence: last };
        let held = read(store.entry(at))?.map(|entry| entry.hash());
        if head.next < before.next || held != Some(before.hash) {
            let words = format!(
                "has lost entries it called kept: the {lane:?} lane of key {} was at {} and is at {}",
                name.key.short(),
                before.next,
                head.next
            );
            return Err(self.wrong(place, words));
        }
        Ok(())
    }

    fn check(&mut self, place: usize, name: &LogName, entry: &StoredEntry) -> Result<(), Violation> {
        let (at, hash) = (entry.position(), entry.hash());
        let Some(author) = self.shape.place_of(&name.key) else {
            return Err(self.wrong(place, format!("holds entry {} of an unknown key", at.sequence)));
        };
        let header = *entry.envelope.header();
        if author == place && entry.source == Source::Own {
            let new = self.truth.entry(at).or_default().insert(hash);
            self.entries += u64::from(new && self.is_honest(author));
        } else if self.is_honest(author) && !self.truth.get(&at).is_some_and(|known| known.contains(&hash)) {
            let words = format!(
                "holds an entry that its author never wrote: {:?} {} of {}",
                at.lane,
                at.sequence,
                self.shape.name(author)
            );
            return Err(self.wrong(place, words));
        }
        self.check_body(place, author, entry)?;
        self.views[place].entries.insert(hash);
        if entry.body.is_some() {
            self.hold(place, header.draft.kind, (author, header.body_hash));
        }
        Ok(())
    }

    /// `place` holds the body of something that was said on purpose.
    fn hold(&mut self, place: usize, kind: Kind, key: SaidKey) {
        let view = &mut self.views[place];
        match kind {
            Kind::Report => {
                if let Some(said) = self.said.get_mut(&key) {
                    said.saved |= key.0 == place;
                    view.reports.insert(key);
                }
            }
            Kind::Review if self.opinions.contains_key(&key) => {
                view.opinions.insert(key);
            }
            Kind::Withdrawal if self.withdrawals.contains_key(&key) => {
                view.withdrawals.insert(key);
            }
            _ => {}
        }
    }

    /// Up to the reach; down to the addressee and below, and through the hubs on the way to it.
    fn check_body(&self, place: usize, author: usize, entry: &StoredEntry) -> Result<(), Violation> {
        let draft = entry.envelope.header().draft;
        let is_above = self.shape.above(author).contains(&place);
        let is_below = self.shape.above(place).contains(&author);
        let may = match entry.body {
            None => place == author || is_above || is_below,
            Some(_) if place == author => true,
            Some(_) if is_above => self.shape.places[place].level <= draft.reach,
            Some(_) if is_below => draft.addressee.is_some_and(|to| {
                let known = self.shape.places.iter().position(|place| place.identity.division == to);
                known.is_some_and(|to| self.shape.is_within(place, to) || self.shape.is_within(to, place))
            }),
            Some(_) => false,
        };
        if may || !self.is_honest(author) {
            return Ok(());
        }
        let words = format!(
            "holds what it may not: {:?} entry {} of {}, reach {}, addressee {:?}",
            draft.lane,
            entry.envelope.header().sequence,
            self.shape.name(author),
            draft.reach,
            draft.addressee.map(DivisionCode::get),
        );
        Err(self.wrong(place, words))
    }

    /// A hub is sending a receipt of its own: if the power went now, the entries would be there.
    ///
    /// # Errors
    /// When they would not.
    pub fn receipt(&mut self, place: usize, receipt: &Receipt, cut: &Store) -> Result<(), Violation> {
        let from = receipt.from;
        let count = usize::try_from(receipt.to.saturating_sub(from)).unwrap_or(usize::MAX).saturating_add(1);
        let held = read(cut.entries(receipt.log, receipt.lane, from, count, usize::MAX))?;
        let whole = held.len() == count && held.last().is_some_and(|last| last.hash() == receipt.hash);
        let bodies = receipt.holds == Holds::Headers || held.iter().all(|entry| entry.body.is_some());
        if !whole || !bodies {
            let words = format!(
                "receipts {:?} {from} to {} of log {} and would not hold it after a power cut",
                receipt.lane,
                receipt.to,
                receipt.log.short()
            );
            return Err(self.wrong(place, words));
        }
        let author = cut.name(receipt.log).and_then(|name| self.shape.place_of(&name.key));
        if let Some(author) = author.filter(|author| self.is_honest(*author)) {
            self.receipted.extend(held.iter().map(|entry| (entry.hash(), author)));
        }
        self.receipts.insert((receipt.signer, receipt.log, receipt.lane, receipt.to));
        Ok(())
    }

    /// The disk of `place` was put back, and the station is on again.
    ///
    /// # Errors
    /// As [`observe`](Self::observe).
    pub fn put_back(&mut self, place: usize, station: &Station) -> Result<(), Violation> {
        self.views[place] = View::default();
        self.put_back.insert(place);
        self.observe(place, station)?;
        let views = &self.views;
        for (key, said) in self.said.iter_mut().filter(|((author, _), _)| *author == place) {
            said.lost |= views.iter().all(|view| !view.reports.contains(key));
        }
        Ok(())
    }

    /// A line of level ERROR: right only where a fork is named of one who lied or was put back.
    ///
    /// # Errors
    /// When somebody would be called for nothing.
    pub fn alarm(&self, place: usize, line: &Line) -> Result<(), Violation> {
        let logs = self.views.iter().flat_map(|view| view.heads.keys());
        let of = |(name, _): &&(LogName, Lane)| name.id(self.network).short() == line.log;
        let named = logs.filter(|_| !line.log.is_empty()).find(of);
        let author = named.and_then(|(name, _)| self.shape.place_of(&name.key));
        match author {
            Some(author) if self.may_fork(author) => Ok(()),
            _ => Err(self.wrong(place, format!("logs an error nobody has earned: {}", line.text))),
        }
    }

    /// The slower checks, over everything.
    ///
    /// # Errors
    /// What is not so.
    pub fn audit(&self, running: &[(usize, &Station)]) -> Result<(), Violation> {
        if let Some(author) = self.lost().next() {
            let words = format!("a receipted entry of {} is nowhere any more", self.shape.name(author));
            return Err(Violation(words));
        }
        for (place, station) in running {
            for fork in read(station.store().forks(usize::MAX))? {
                let author = self.shape.place_of(&fork.name.key);
                if !author.is_some_and(|author| self.may_fork(author)) {
                    return Err(
                        self.wrong(*place, format!("accuses honest key {} of a fork", fork.name.key.short()))
                    );
                }
            }
            if self.is_honest(*place) {
                self.totals(*place, station)?;
            }
        }
        Ok(())
    }

    fn is_honest(&self, place: usize) -> bool {
        self.liar != Some(place)
    }

    fn may_fork(&self, place: usize) -> bool {
        !self.is_honest(place) || self.put_back.contains(&place)
    }

    fn is_hub(&self, place: usize) -> bool {
        self.shape.places[place].level != Level::Township
    }

    fn wrong(&self, place: usize, words: impl std::fmt::Display) -> Violation {
        Violation(format!("{} {words}", self.shape.name(place)))
    }
}

fn read<T>(answer: Result<T, fengsui_store::StoreError>) -> Result<T, Violation> {
    answer.map_err(|error| Violation(format!("a store cannot be read: {error}")))
}
