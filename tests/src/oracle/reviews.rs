//! Reviews and withdrawals by a model of their own: which word of an office is in effect, and what it makes of a report.

use std::collections::{BTreeMap, BTreeSet};

use fengsui_daemon::station::Station;
use fengsui_model::{DivisionCode, EventKey};
use fengsui_wire::Hash;

use super::{Oracle, Said, SaidKey};

/// A revision of a division's report, as a review names it.
pub type Cited = (DivisionCode, EventKey, u32, Hash);

/// What an honest hub has said of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    /// Of which revision.
    pub cites: Cited,
    /// Its number among the words of that office on that report.
    pub number: u32,
    /// What.
    pub verdict: Verdict,
}

/// What a word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is right.
    Accept,
    /// It is wrong.
    Return,
    /// The word with this body is taken back.
    Undo(Hash),
}

impl Oracle {
    /// A hub has signed a review; nothing is durable yet.
    pub fn reviewed(&mut self, place: usize, body: Hash, opinion: Opinion) {
        self.opinions.insert((place, body), opinion);
    }

    /// A clerk has taken a report back; nothing is durable yet.
    pub fn withdrawn(&mut self, place: usize, body: Hash, cites: Cited) {
        self.withdrawals.insert((place, body), cites);
    }

    /// Whether the lowest hub above the division accepts the revision, as far as `place` knows; `None`: it has said nothing
    /// that is in effect.
    pub(super) fn accepts(&self, place: usize, cites: &Cited) -> Option<bool> {
        let author = self.shape.places.iter().position(|at| at.identity.division == cites.0)?;
        let office = self.shape.places[author].parent?;
        let mut words: Vec<(u32, Hash, Verdict, u32, Hash)> = self.views[place]
            .opinions
            .iter()
            .filter(|(of, _)| *of == office)
            .filter_map(|key| Some((key.1, self.opinions.get(key)?)))
            .filter(|(_, said)| (said.cites.0, said.cites.1) == (cites.0, cites.1))
            .map(|(body, said)| (said.number, body, said.verdict, said.cites.2, said.cites.3))
            .collect();
        words.sort_by_key(|(number, body, ..)| std::cmp::Reverse((*number, *body)));
        let mut taken_back = BTreeSet::new();
        for (_, body, verdict, revision, of) in words {
            if taken_back.contains(&body) {
                continue;
            }
            match verdict {
                Verdict::Undo(word) => {
                    taken_back.insert(word);
                }
                _ if (revision, of) == (cites.2, cites.3) => return Some(verdict == Verdict::Accept),
                _ => {}
            }
        }
        None
    }

    /// Whether the author's own withdrawal of the revision has its effect at `place`: one that crossed an acceptance on the
    /// line has none.
    pub(super) fn is_withdrawn(&self, place: usize, cites: &Cited) -> bool {
        let said = |key| self.withdrawals.get(key).is_some_and(|of| of == cites);
        self.views[place].withdrawals.iter().any(said) && self.accepts(place, cites) != Some(true)
    }

    /// The revision of each division that stands among those that were accepted and that `place` holds. Its own counts
    /// without: nobody reviews himself.
    pub(super) fn accepted(&self, place: usize, event: &EventKey) -> BTreeMap<DivisionCode, &Said> {
        let own = self.shape.places[place].identity.division;
        let accepted = |cites: &Cited| match cites.0 == own {
            true => !self.is_withdrawn(place, cites),
            false => self.accepts(place, cites) == Some(true),
        };
        self.greatest(place, event, accepted)
    }

    /// Whether the hubs above each division are, for `station`, those that this world has appointed: before that the word of
    /// another office counts.
    pub(super) fn knows_offices(&self, station: &Station) -> bool {
        self.shape.nodes().into_iter().all(|node| {
            let office = self.shape.places[node].parent.map(|hub| self.shape.places[hub].identity.division);
            station.registry().first_hub_above(self.shape.places[node].identity.division) == office
        })
    }

    /// A review that an honest hub holds and its author does not, in words: it is addressed to the division.
    pub(super) fn review_missing(&self) -> Option<String> {
        let node = |key: &SaidKey| {
            let division = self.opinions.get(key)?.cites.0;
            self.shape.places.iter().position(|at| at.identity.division == division)
        };
        self.views.iter().enumerate().filter(|(place, _)| self.is_honest(*place)).find_map(|(place, view)| {
            view.opinions.iter().filter(|key| self.shape.is_within(place, key.0)).find_map(|key| {
                let author = node(key).filter(|author| !self.views[*author].opinions.contains(key))?;
                let (office, author) = (self.shape.name(key.0), self.shape.name(author));
                Some(format!("{author} lacks a review of {office}"))
            })
        })
    }
}
