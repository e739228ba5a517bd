//! What a hub says of the course of an event: merged, stable, and either taken back.

use fengsui_model::catalogue::QUICK;
use fengsui_model::course::CourseError as Unsound;
use fengsui_model::{EventKey, Merge, Stability};
use fengsui_protocol::Now;
use fengsui_store::StoreError;
use fengsui_wire::{Kind, Lane, Reason, Role, Verified, merge_body, stability_body};

use super::author::down;
use super::{Station, StationError};
use crate::course::{self, Course, Moves, Said, fault};

/// What is to be said of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// These events are part of it.
    Merge(Vec<EventKey>),
    /// The last merge into it is taken back.
    Split,
    /// Its figures are stable since this time, milliseconds since 1970 UTC.
    Stable(i64),
    /// That is taken back.
    Reopen,
}

/// Why it is not said.
#[derive(Debug, thiserror::Error)]
pub enum HappeningError {
    /// This station is no hub, or nobody has appointed it.
    #[error("speak of an event: this station is not appointed as a hub, or there is no directory yet")]
    NotAHub,
    /// Nobody has reported on it.
    #[error("speak of event {0}: there is no report on it")]
    NoReport(EventKey),
    /// It breaks a rule.
    #[error("speak of the event: {}", .0.en)]
    Refused(Reason),
    /// A time that has not come.
    #[error("take the event as stable from a time that has not come yet")]
    Future,
    /// It was said before and is in effect.
    #[error("speak of the event: this was said already")]
    Already,
    /// Nothing of the kind is in effect.
    #[error("take back a word on the event: none of this hub is in effect")]
    NothingToUndo,
    /// It says nothing that could be followed.
    #[error(transparent)]
    Unsound(#[from] Unsound),
    /// The store's word.
    #[error(transparent)]
    Station(#[from] StationError),
}

impl From<StoreError> for HappeningError {
    fn from(error: StoreError) -> Self {
        Self::Station(error.into())
    }
}

impl Station {
    /// The course of every event that is held.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn course(&self) -> Result<Course, StoreError> {
        Course::load(&self.store, &self.registry)
    }

    /// Signs what this hub says of `event`, after judging it as every other hub will.
    ///
    /// # Errors
    /// Why not; nothing is signed then.
    pub fn say_of_event(
        &mut self,
        event: EventKey,
        happening: &Happening,
        now: Now,
    ) -> Result<Verified, HappeningError> {
        let hub = self.registry.standing(&self.own().key).filter(|own| own.role == Role::Hub);
        let (own, directory) =
            hub.map(|hub| hub.division).zip(self.registry.directory()).ok_or(HappeningError::NotAHub)?;
        let course = self.course()?;
        let said = draft(&course, own, event, happening)?;
        self.reported(event, happening)?;
        if let Some(reason) = fault(directory, own, &said) {
            return Err(HappeningError::Refused(reason));
        }
        if matches!(happening, Happening::Stable(since) if *since > now.wall_ms) {
            return Err(HappeningError::Future);
        }
        let (kind, body) = match &said {
            Said::Merge(merge) => {
                merge.check()?;
                (Kind::Merge, merge_body(merge))
            }
            Said::Stability(stability) => {
                stability.check()?;
                (Kind::Stability, stability_body(stability))
            }
        };
        // Up to the root, and down to every station that reports the event.
        let entry = self.write(down(kind, Lane::Urgent, own, body), now)?;
        Ok(entry)
    }

    /// A slip in a key would speak of an event that nobody looks at.
    fn reported(&self, event: EventKey, happening: &Happening) -> Result<(), HappeningError> {
        let merged = match happening {
            Happening::Merge(events) => events.as_slice(),
            _ => &[],
        };
        let is_new = matches!(happening, Happening::Merge(_));
        let spoken_of = merged.iter().chain(Some(&event).filter(|_| !is_new));
        let moves = Moves::load(&self.store, &self.registry)?;
        let known = course::events((&self.store).into(), &moves, QUICK)?;
        for of in spoken_of {
            if !known.contains(of) {
                return Err(HappeningError::NoReport(*of));
            }
        }
        Ok(())
    }
}

fn draft(
    course: &Course,
    own: fengsui_model::DivisionCode,
    event: EventKey,
    happening: &Happening,
) -> Result<Said, HappeningError> {
    let merge = |events, undoes| Said::Merge(Merge { into: event, number: 0, events, undoes });
    let stable = |since_ms, undoes| Said::Stability(Stability { event, number: 0, since_ms, undoes });
    let blank = match happening {
        Happening::Merge(_) | Happening::Split => merge(Vec::new(), None),
        Happening::Stable(_) | Happening::Reopen => stable(None, None),
    };
    let last = course.last(own, &blank);
    let undone = || last.map(|word| word.body.0).ok_or(HappeningError::NothingToUndo);
    let number = course.next_number(own, &blank);
    let mut said = match happening {
        Happening::Merge(events) => {
            let mut events = events.clone();
            events.sort_unstable();
            merge(events, None)
        }
        Happening::Split => merge(Vec::new(), Some(undone()?)),
        Happening::Stable(_) if course.stable(event).is_some() => return Err(HappeningError::Already),
        Happening::Stable(since_ms) => stable(Some(*since_ms), None),
        Happening::Reopen => stable(None, Some(undone()?)),
    };
    match &mut said {
        Said::Merge(of) => of.number = number,
        Said::Stability(of) => of.number = number,
    }
    Ok(said)
}
