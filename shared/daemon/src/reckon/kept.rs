//! Totals that are kept up to date in memory. They can be thrown away at any time, and are when appointments or divisions
//! change: the log says the same again.

use std::collections::BTreeMap;

use fengsui_model::{Directory, DivisionCode, FigureTotal, Subject};
use fengsui_protocol::Registry;
use fengsui_store::{Store, StoreError};

use super::Total;
use super::ledger::{Choice, Ledger, Pages};
use super::received::Latest;
use super::reviewed::{Accepted, Reviewed};
use crate::topic::Topic;

/// Standing reports kept over all topics: some twenty events or months of the whole province, at two or three kilobytes
/// each. The topic that was not asked for longest goes first.
const REPORTS_MAX: usize = 20_000;

/// Both views of one topic, as far as they were asked for.
#[derive(Debug, Default)]
struct Book {
    received: Option<Ledger<Latest>>,
    reviewed: Option<Ledger<Accepted>>,
    asked: u64,
}

impl Book {
    fn len(&self) -> usize {
        self.received.as_ref().map_or(0, Ledger::len) + self.reviewed.as_ref().map_or(0, Ledger::len)
    }

    fn touch(&mut self, division: DivisionCode) {
        self.received.iter_mut().for_each(|ledger| ledger.touch(division));
        self.reviewed.iter_mut().for_each(|ledger| ledger.touch(division));
    }

    fn touch_within(&mut self, directory: &Directory, division: DivisionCode) {
        self.received.iter_mut().for_each(|ledger| ledger.touch_within(directory, division));
        self.reviewed.iter_mut().for_each(|ledger| ledger.touch_within(directory, division));
    }
}

/// The topics that were asked for.
#[derive(Debug, Default)]
pub struct Kept {
    books: BTreeMap<(u32, Subject), Book>,
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

impl<'a> Held<'a> {
    fn pages(self, topic: &'a Topic) -> Pages<'a> {
        Pages { seen: self.store.into(), registry: self.registry, directory: self.directory, topic }
    }
}

impl Kept {
    /// Nothing that is kept holds any more.
    pub fn forget(&mut self) {
        self.books.clear();
    }

    /// Something was said of the reports of `division`: all of its topics are looked at.
    pub fn touch_all(&mut self, division: DivisionCode) {
        self.books.values_mut().for_each(|book| book.touch(division));
    }

    /// Another person signs for `division`: its word on whatever lies within it is looked at.
    pub fn touch_within(&mut self, directory: &Directory, division: DivisionCode) {
        self.books.values_mut().for_each(|book| book.touch_within(directory, division));
    }

    /// A report of `division` by `form` has come. All of the form's topics are looked at: the report of one month is
    /// judged beside that of the month before.
    pub fn touch(&mut self, form: u32, division: DivisionCode) {
        let of_form = self.books.iter_mut().filter(|((of, _), _)| *of == form);
        of_form.for_each(|(_, book)| book.touch(division));
    }

    /// The totals of `division` on `topic`, of all that was received.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn total(
        &mut self,
        held: Held<'_>,
        topic: &Topic,
        division: DivisionCode,
    ) -> Result<Total, StoreError> {
        Ok(self.received(held, topic)?.total(held.directory, topic, division))
    }

    /// The same of what was reviewed only.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn reviewed_total(
        &mut self,
        held: Held<'_>,
        topic: &Topic,
        division: DivisionCode,
    ) -> Result<Reviewed, StoreError> {
        Ok(self.reviewed(held, topic)?.reviewed(held.directory, topic, division))
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
        Ok(self.received(held, topic)?.figure(held.directory, topic, division, indicator))
    }

    /// The same of what was reviewed only.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn reviewed_figure(
        &mut self,
        held: Held<'_>,
        topic: &Topic,
        division: DivisionCode,
        indicator: u32,
    ) -> Result<Option<FigureTotal>, StoreError> {
        Ok(self.reviewed(held, topic)?.reviewed_figure(held.directory, topic, division, indicator))
    }

    fn received(&mut self, held: Held<'_>, topic: &Topic) -> Result<&mut Ledger<Latest>, StoreError> {
        let kept = self.books.get_mut(&name(topic)).and_then(|book| book.received.take());
        let ledger = up_to_date(kept, held.pages(topic))?;
        Ok(self.book(topic, ledger.len()).received.insert(ledger))
    }

    fn reviewed(&mut self, held: Held<'_>, topic: &Topic) -> Result<&mut Ledger<Accepted>, StoreError> {
        let kept = self.books.get_mut(&name(topic)).and_then(|book| book.reviewed.take());
        let ledger = up_to_date(kept, held.pages(topic))?;
        Ok(self.book(topic, ledger.len()).reviewed.insert(ledger))
    }

    /// The book of `topic`, with room for `wanted` more reports.
    fn book(&mut self, topic: &Topic, wanted: usize) -> &mut Book {
        let reports = |books: &BTreeMap<_, Book>| books.values().map(Book::len).sum::<usize>();
        while reports(&self.books) + wanted > REPORTS_MAX {
            let oldest = self.books.iter().min_by_key(|(_, book)| book.asked).map(|(name, _)| *name);
            match oldest {
                Some(name) => drop(self.books.remove(&name)),
                None => break,
            }
        }
        self.asks += 1;
        let book = self.books.entry(name(topic)).or_default();
        book.asked = self.asks;
        book
    }
}

fn name(topic: &Topic) -> (u32, Subject) {
    (topic.form.id, topic.subject)
}

/// What was kept with what has come since, or all of it read.
fn up_to_date<C: Choice>(kept: Option<Ledger<C>>, pages: Pages<'_>) -> Result<Ledger<C>, StoreError> {
    match kept.filter(|ledger| ledger.is_by(pages.topic)) {
        Some(mut ledger) => ledger.refresh(pages).map(|()| ledger),
        None => Ledger::read(pages, pages.directory.root().code),
    }
}
