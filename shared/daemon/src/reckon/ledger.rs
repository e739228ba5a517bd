//! One topic's sums, kept: what of each division's revisions stands, and what they add up to. What a report or a review
//! changes is one line of divisions, and not the whole fold.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::Arc;

use fengsui_model::{Directory, DivisionCode, FigureTotal, Form, Ground, Tree};
use fengsui_protocol::Registry;
use fengsui_store::StoreError;

use super::{Judged, Total, contribution};
use crate::course;
use crate::index::Revision;
use crate::seen::Seen;
use crate::topic::Topic;

/// A way to choose what stands of one division's revisions: all that was received, or what was reviewed.
pub(super) trait Choice: Clone + Debug + Default {
    /// Chooses among `revisions`, which are one division's, in ascending order.
    fn of(seen: Seen<'_>, registry: &Registry, revisions: &[Revision]) -> Result<Self, StoreError>;

    /// The real revision that stands.
    fn real(&self) -> Option<&Arc<Judged>>;

    /// The drill that stands, where nothing real does.
    fn drill(&self) -> Option<&Arc<Judged>>;

    /// Newer ones that do not count.
    fn not_counted(&self) -> &[Arc<Judged>];
}

/// What a ledger is read from.
#[derive(Clone, Copy)]
pub(super) struct Pages<'a> {
    pub seen: Seen<'a>,
    pub registry: &'a Registry,
    pub directory: &'a Directory,
    pub topic: &'a Topic,
}

impl<'a> Pages<'a> {
    fn ground(&self) -> Ground<'a> {
        Ground { form: &self.topic.form, directory: self.directory }
    }

    fn choose<C: Choice>(&self, revisions: &[Revision]) -> Result<C, StoreError> {
        C::of(self.seen, self.registry, revisions)
    }
}

/// One topic: which report of each division stands, and what they add up to.
#[derive(Debug)]
pub(super) struct Ledger<C> {
    /// The sums are made by it.
    form: Arc<Form>,
    chosen: BTreeMap<DivisionCode, C>,
    tree: Tree,
    /// Divisions whose revisions are to be looked at again.
    touched: BTreeSet<DivisionCode>,
}

impl<C: Choice> Ledger<C> {
    /// Everything seen on the topic from divisions within `division`.
    pub fn read(pages: Pages<'_>, division: DivisionCode) -> Result<Self, StoreError> {
        let tree = Tree::new(pages.ground(), pages.topic.subject, division);
        let form = pages.topic.form.clone();
        let mut ledger = Self { form, tree, chosen: BTreeMap::new(), touched: BTreeSet::new() };
        let revisions = course::revisions(pages.seen, pages.registry, pages.topic, None)?;
        for of_one in revisions.chunk_by(|a, b| a.division == b.division) {
            let within = |revision: &Revision| pages.directory.is_within(revision.division, division);
            if let Some(first) = of_one.first().filter(|first| within(first)) {
                ledger.set(pages.directory, first.division, pages.choose(of_one)?);
            }
        }
        Ok(ledger)
    }

    /// Whether the sums are made by the form of `topic`: another version of the catalogue begins anew.
    pub fn is_by(&self, topic: &Topic) -> bool {
        Arc::ptr_eq(&self.form, &topic.form)
    }

    /// Divisions that have any report.
    pub fn len(&self) -> usize {
        self.chosen.len()
    }

    /// The revisions of `division` are to be looked at again.
    pub fn touch(&mut self, division: DivisionCode) {
        self.touched.insert(division);
    }

    /// Those of every division within `division` are.
    pub fn touch_within(&mut self, directory: &Directory, division: DivisionCode) {
        let within = self.chosen.keys().filter(|code| directory.is_within(**code, division));
        self.touched.extend(within);
    }

    /// Looks at what was touched.
    pub fn refresh(&mut self, pages: Pages<'_>) -> Result<(), StoreError> {
        // Taken away one by one, so that an error leaves the rest to be looked at.
        while let Some(division) = self.touched.first().copied() {
            let revisions = course::revisions(pages.seen, pages.registry, pages.topic, Some(division))?;
            self.set(pages.directory, division, pages.choose(&revisions)?);
            self.touched.remove(&division);
        }
        Ok(())
    }

    /// What stands of `division`.
    pub fn get(&self, division: DivisionCode) -> Option<&C> {
        self.chosen.get(&division)
    }

    /// What stands of each division within `division`.
    pub fn within(
        &self,
        directory: &Directory,
        division: DivisionCode,
    ) -> impl Iterator<Item = (DivisionCode, &C)> {
        let all = self.chosen.iter().map(|(code, chosen)| (*code, chosen));
        all.filter(move |(code, _)| directory.is_within(*code, division))
    }

    /// Puts `chosen` in the place of what stood of `division`.
    pub fn set(&mut self, directory: &Directory, division: DivisionCode, chosen: C) {
        for (drill, standing) in [(false, chosen.real()), (true, chosen.drill())] {
            let contribution = standing.map(|judged| contribution(judged));
            self.tree.set(directory, division, drill, contribution.as_ref());
        }
        self.chosen.insert(division, chosen);
    }

    /// The totals of one division with the reports behind them.
    pub fn total(&mut self, directory: &Directory, topic: &Topic, division: DivisionCode) -> Total {
        let rollup = self.tree.rollup(Ground { form: &topic.form, directory }, division);
        let (mut real, mut drills, mut not_counted) = (Vec::new(), Vec::new(), Vec::new());
        for (_, chosen) in self.within(directory, division) {
            real.extend(chosen.real().cloned());
            drills.extend(chosen.drill().cloned());
            not_counted.extend(chosen.not_counted().iter().cloned());
        }
        // A drill on a day that became real: the drill is left out, and no township's real figures go with it.
        let standing = if real.is_empty() { drills } else { real };
        Total { rollup, standing, not_counted }
    }

    /// The total of one indicator; `None` where it does not add up or the form does not have it.
    pub fn figure(
        &mut self,
        directory: &Directory,
        topic: &Topic,
        division: DivisionCode,
        indicator: u32,
    ) -> Option<FigureTotal> {
        self.tree.figure(Ground { form: &topic.form, directory }, division, indicator)
    }
}
