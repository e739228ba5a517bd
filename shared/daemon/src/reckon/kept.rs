//! Totals that are kept up to date in memory: what a report changes is one line of divisions, and not the whole fold. They
//! can be thrown away at any time, and are when appointments or divisions change: the log says the same again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fengsui_model::{Directory, DivisionCode, FigureTotal, Form, Ground, Subject, Tree};
use fengsui_protocol::Registry;
use fengsui_store::{Store, StoreError};

use super::{Judged, Total, contribution, latest};
use crate::course;
use crate::index::Revision;
use crate::topic::Topic;

/// Standing reports kept over all topics: some twenty events or months of the whole province, at two or three kilobytes
/// each. The topic that was not asked for longest goes first.
const REPORTS_MAX: usize = 20_000;

/// What of one division's revisions stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Latest {
    /// The greatest real revision that counts.
    pub real: Option<Arc<Judged>>,
    /// The greatest drill that counts, where nothing real does.
    pub drill: Option<Arc<Judged>>,
    /// Newer ones that do not count.
    pub not_counted: Vec<Arc<Judged>>,
}

/// One topic: which report of each division stands, and what they add up to.
#[derive(Debug)]
pub(super) struct Ledger {
    /// The sums are made by it: another version of the catalogue begins anew.
    form: Arc<Form>,
    latest: BTreeMap<DivisionCode, Latest>,
    tree: Tree,
    /// Divisions whose revisions are to be looked at again.
    touched: BTreeSet<DivisionCode>,
    asked: u64,
}

impl Ledger {
    /// Everything held on `topic` from divisions within `division`.
    pub fn read(
        store: &Store,
        registry: &Registry,
        directory: &Directory,
        topic: &Topic,
        division: DivisionCode,
    ) -> Result<Self, StoreError> {
        let form = topic.form.clone();
        let ground = Ground { form: &form, directory };
        let tree = Tree::new(ground, topic.subject, division);
        let mut ledger = Self { form, tree, latest: BTreeMap::new(), touched: BTreeSet::new(), asked: 0 };
        let revisions = course::revisions(store, registry, topic, None)?;
        for of_one in revisions.chunk_by(|a, b| a.division == b.division) {
            let within = |revision: &Revision| directory.is_within(revision.division, division);
            if let Some(first) = of_one.first().filter(|first| within(first)) {
                ledger.set(directory, first.division, latest(store, registry, of_one)?);
            }
        }
        Ok(ledger)
    }

    fn set(&mut self, directory: &Directory, division: DivisionCode, latest: Latest) {
        for (drill, standing) in [(false, &latest.real), (true, &latest.drill)] {
            self.tree.set(directory, division, drill, standing.as_deref().map(contribution).as_ref());
        }
        self.latest.insert(division, latest);
    }

    fn refresh(
        &mut self,
        store: &Store,
        registry: &Registry,
        directory: &Directory,
        topic: &Topic,
    ) -> Result<(), StoreError> {
        // Taken away one by one, so that an error leaves the rest to be looked at.
        while let Some(division) = self.touched.first().copied() {
            let revisions = course::revisions(store, registry, topic, Some(division))?;
            self.set(directory, division, latest(store, registry, &revisions)?);
            self.touched.remove(&division);
        }
        Ok(())
    }

    /// The totals of one division with the reports behind them.
    pub fn total(&mut self, directory: &Directory, division: DivisionCode) -> Total {
        let rollup = self.tree.rollup(Ground { form: &self.form, directory }, division);
        let within = self.latest.iter().filter(|(code, _)| directory.is_within(**code, division));
        let (mut real, mut drills, mut not_counted) = (Vec::new(), Vec::new(), Vec::new());
        for (_, latest) in within {
            real.extend(latest.real.clone());
            drills.extend(latest.drill.clone());
            not_counted.extend(latest.not_counted.iter().cloned());
        }
        // A drill on a day that became real: the drill is left out, and no township's real figures go with it.
        let standing = if real.is_empty() { drills } else { real };
        Total { rollup, standing, not_counted }
    }
}

/// The ledgers of the topics that were asked for.
#[derive(Debug, Default)]
pub struct Kept {
    ledgers: BTreeMap<(u32, Subject), Ledger>,
    asks: u64,
}

/// What a station totals from.
#[derive(Clone, Copy)]
pub struct Held<'a> {
    /// Its entries.
    pub store: &'a Store,
    /// Who may say what.
    pub registry: &'a Registry,
    /// Who lies below whom.
    pub directory: &'a Directory,
}

impl Kept {
    /// Nothing that is kept holds any more.
    pub fn forget(&mut self) {
        self.ledgers.clear();
    }

    /// Something was said of the reports of `division`: all of its topics are looked at.
    pub fn touch_all(&mut self, division: DivisionCode) {
        for ledger in self.ledgers.values_mut() {
            ledger.touched.insert(division);
        }
    }

    /// A report of `division` by `form` has come. All of the form's topics are looked at: the report of one month is
    /// judged beside that of the month before.
    pub fn touch(&mut self, form: u32, division: DivisionCode) {
        for (_, ledger) in self.ledgers.iter_mut().filter(|((of, _), _)| *of == form) {
            ledger.touched.insert(division);
        }
    }

    /// The totals of `division` on `topic`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn total(
        &mut self,
        held: Held<'_>,
        topic: &Topic,
        division: DivisionCode,
    ) -> Result<Total, StoreError> {
        Ok(self.ledger(held, topic)?.total(held.directory, division))
    }

    /// The total of one indicator; `None` where it does not add up or the form does not have it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn figure(
        &mut self,
        held: Held<'_>,
        topic: &Topic,
        division: DivisionCode,
        indicator: u32,
    ) -> Result<Option<FigureTotal>, StoreError> {
        let Ledger { form, tree, .. } = self.ledger(held, topic)?;
        Ok(tree.figure(Ground { form, directory: held.directory }, division, indicator))
    }

    fn ledger(&mut self, held: Held<'_>, topic: &Topic) -> Result<&mut Ledger, StoreError> {
        let Held { store, registry, directory } = held;
        let name = (topic.form.id, topic.subject);
        let kept = self.ledgers.remove(&name).filter(|ledger| Arc::ptr_eq(&ledger.form, &topic.form));
        let held = match kept {
            Some(ledger) => ledger,
            None => Ledger::read(store, registry, directory, topic, directory.root().code)?,
        };
        self.make_room(held.latest.len());
        self.asks += 1;
        let ledger = self.ledgers.entry(name).or_insert(held);
        ledger.asked = self.asks;
        ledger.refresh(store, registry, directory, topic)?;
        Ok(ledger)
    }

    fn make_room(&mut self, wanted: usize) {
        let reports =
            |ledgers: &BTreeMap<_, Ledger>| ledgers.values().map(|of| of.latest.len()).sum::<usize>();
        while reports(&self.ledgers) + wanted > REPORTS_MAX {
            let oldest = self.ledgers.iter().min_by_key(|(_, ledger)| ledger.asked).map(|(name, _)| *name);
            match oldest {
                Some(name) => drop(self.ledgers.remove(&name)),
                None => break,
            }
        }
    }
}
