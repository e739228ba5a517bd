//! The course of an event: which events are one (并案), and since when its figures are stable (灾情稳定). Both are signed by
//! an office and can be taken back.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::EventKey;

/// Events that one word may put together: a flood that went through every county of a province.
pub const MERGED_MAX: usize = 128;

/// Events that were one disaster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// The event that stands for all of them.
    pub into: EventKey,
    /// Rises with every word of this office on merging into `into`.
    pub number: u32,
    /// What is merged into it, rising; none where a merge is taken back.
    pub events: Vec<EventKey>,
    /// Hash of the body of the merge that this one takes back.
    pub undoes: Option<[u8; 32]>,
}

/// The figures of an event are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stability {
    /// Which event.
    pub event: EventKey,
    /// Rises with every word of this office on it.
    pub number: u32,
    /// Since when, milliseconds since 1970-01-01 UTC; `None` where a word is taken back.
    pub since_ms: Option<i64>,
    /// Hash of the body of the word that this one takes back.
    pub undoes: Option<[u8; 32]>,
}

/// Why a word on the course of an event says nothing that could be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CourseError {
    /// Nothing to merge, too much, out of order, or an event into itself.
    #[error(
        "merge events: name 1 to {MERGED_MAX} others in rising order, and none when a merge is taken back"
    )]
    Events,
    /// It says both that figures are stable and that they are not, or neither.
    #[error("take the word on stability: it states a time, or takes an earlier word back")]
    Stability,
}

impl Merge {
    /// Whether it holds together by itself.
    ///
    /// # Errors
    /// [`CourseError::Events`].
    pub fn check(&self) -> Result<(), CourseError> {
        let rising = self.events.is_sorted_by(|a, b| a < b);
        let others = !self.events.contains(&self.into);
        let counts = self.events.is_empty() == self.undoes.is_some() && self.events.len() <= MERGED_MAX;
        if rising && others && counts { Ok(()) } else { Err(CourseError::Events) }
    }
}

impl Stability {
    /// Whether it holds together by itself.
    ///
    /// # Errors
    /// [`CourseError::Stability`].
    pub fn check(&self) -> Result<(), CourseError> {
        match self.since_ms.is_some() == self.undoes.is_some() {
            true => Err(CourseError::Stability),
            false => Ok(()),
        }
    }
}

/// Which event each merged event is part of: the merges that are in effect, followed to their end. The result depends on
/// the set of pairs alone. Where an event is merged into two, the lesser key stands for it; a circle merges nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merged(BTreeMap<EventKey, EventKey>);

impl Merged {
    /// From pairs of a merged event and the event it is merged into.
    #[must_use]
    pub fn of(pairs: impl IntoIterator<Item = (EventKey, EventKey)>) -> Self {
        let mut into: BTreeMap<EventKey, EventKey> = BTreeMap::new();
        for (event, target) in pairs {
            let stands = into.entry(event).or_insert(target);
            *stands = target.min(*stands);
        }
        Self(into)
    }

    /// The event that stands for `event`: itself, where it is merged into none.
    #[must_use]
    pub fn head(&self, event: EventKey) -> EventKey {
        let (mut at, mut seen) = (event, BTreeSet::from([event]));
        while let Some(next) = self.0.get(&at) {
            if !seen.insert(*next) {
                return event;
            }
            at = *next;
        }
        at
    }

    /// The events whose reports `head` stands for, itself included, rising; only itself where it is merged into
    /// another.
    #[must_use]
    pub fn parts(&self, head: EventKey) -> Vec<EventKey> {
        let others = self.0.keys().copied().filter(|event| *event != head && self.head(*event) == head);
        let parts: BTreeSet<EventKey> = others.chain([head]).collect();
        parts.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event(day: u8) -> EventKey {
        format!("202607{:02}-220221-flood", day + 1).parse().unwrap()
    }

    fn merged(pairs: &[(u8, u8)]) -> Merged {
        Merged::of(pairs.iter().map(|(from, into)| (event(*from), event(*into))))
    }

    #[test]
    fn merges_are_followed_to_their_end() {
        let merged = merged(&[(1, 0), (2, 1)]);
        assert_eq!([0, 1, 2, 3].map(|day| merged.head(event(day))), [0, 0, 0, 3].map(event));
        assert_eq!(merged.parts(event(0)), [0, 1, 2].map(event));
        assert_eq!(merged.parts(event(1)), [event(1)]);
    }

    #[test]
    fn a_circle_merges_nothing() {
        let merged = merged(&[(0, 1), (1, 0)]);
        assert_eq!([0, 1].map(|day| merged.head(event(day))), [0, 1].map(event));
        assert_eq!(merged.parts(event(0)), [event(0)]);
    }

    #[test]
    fn words_that_say_nothing_are_refused() {
        let merge = Merge { into: event(0), number: 1, events: vec![event(1)], undoes: None };
        assert_eq!(merge.check(), Ok(()));
        for events in [vec![], vec![event(0)], vec![event(2), event(1)], vec![event(1); 2]] {
            assert_eq!(Merge { events, ..merge.clone() }.check(), Err(CourseError::Events));
        }
        let undo = Merge { events: vec![], undoes: Some([1; 32]), ..merge };
        assert_eq!(undo.check(), Ok(()));
        let stable = Stability { event: event(0), number: 1, since_ms: Some(0), undoes: None };
        assert_eq!(stable.check(), Ok(()));
        assert_eq!(Stability { since_ms: None, ..stable }.check(), Err(CourseError::Stability));
        assert_eq!(Stability { undoes: Some([1; 32]), ..stable }.check(), Err(CourseError::Stability));
    }

    proptest! {
        #[test]
        fn every_event_is_part_of_exactly_its_head(pairs in proptest::collection::vec((0u8..6, 0u8..6), 0..12)) {
            let forward = merged(&pairs);
            let turned: Vec<(u8, u8)> = pairs.iter().rev().copied().collect();
            prop_assert_eq!(&forward, &merged(&turned));
            for day in 0..6 {
                let event = event(day);
                let head = forward.head(event);
                prop_assert!(forward.parts(head).contains(&event));
                prop_assert_eq!(forward.head(head), head);
            }
        }
    }
}
