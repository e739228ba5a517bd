//! From where a question is answered: from all that the station holds now, or from what it held at a moment.

use std::sync::Arc;

use fengsui_model::{Directory, DivisionCode, FigureTotal};
use fengsui_protocol::{Now, Registry};
use fengsui_store::StoreError;

use crate::course::{Course, Moves};
use crate::failure::{Code, Failure};
use crate::reckon::{self, Reviewed, Total};
use crate::seen::Seen;
use crate::standards::Standards;
use crate::station::Station;
use crate::topic::Topic;

/// What a question sees of a station.
pub struct Sight<'s> {
    station: &'s Station,
    registry: Arc<Registry>,
    seen: Seen<'s>,
}

impl<'s> From<&'s Station> for Sight<'s> {
    fn from(station: &'s Station) -> Self {
        Self { station, registry: station.registry().clone(), seen: station.store().into() }
    }
}

impl<'s> Sight<'s> {
    /// What `station` had durably received by `as_of_ms`, milliseconds since 1970 UTC, inclusive: reports, reviews and
    /// appointments alike. `None`: now.
    ///
    /// # Errors
    /// When that moment has not come yet, or the store cannot be read.
    pub fn new(station: &'s Station, as_of_ms: Option<i64>, now: Now) -> Result<Self, Failure> {
        let Some(at_ms) = as_of_ms else { return Ok(station.into()) };
        if at_ms > now.wall_ms {
            let message = "--as-of 不能晚于现在 (the moment has not come yet)";
            return Err(Failure::new(Code::Usage, message));
        }
        Ok(Self::of(station, Seen::by(station.store(), at_ms))?)
    }

    /// What is seen of the store of `station`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn of(station: &'s Station, seen: Seen<'s>) -> Result<Self, StoreError> {
        let registry = match seen.until_ms() {
            None => station.registry().clone(),
            Some(_) => Arc::new(station.registry_of(seen)?),
        };
        Ok(Self { station, registry, seen })
    }

    /// The station.
    pub fn station(&self) -> &'s Station {
        self.station
    }

    /// The entries that are seen.
    pub fn seen(&self) -> Seen<'s> {
        self.seen
    }

    /// Appointments and directory that were in force.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The moment, milliseconds since 1970 UTC; `None`: now.
    pub fn as_of_ms(&self) -> Option<i64> {
        self.seen.until_ms()
    }

    /// The directory that was in force.
    ///
    /// # Errors
    /// When none had arrived.
    pub fn directory(&self) -> Result<&Directory, Failure> {
        self.registry.directory().map(AsRef::as_ref).ok_or_else(|| {
            let message = match self.as_of_ms() {
                None => "failed to total: the directory of divisions has not arrived yet",
                Some(_) => {
                    "截至该时刻本站尚未收到区划表 (failed to total: the directory of divisions had not arrived by then)"
                }
            };
            Failure::new(Code::Unavailable, message)
        })
    }

    /// The totals of all that was received.
    ///
    /// # Errors
    /// As [`directory`](Self::directory), and when the store cannot be read.
    pub fn total(&self, division: DivisionCode, topic: &Topic) -> Result<Total, Failure> {
        let directory = self.directory()?;
        let kept = if self.as_of_ms().is_none() { self.station.total(division, topic)? } else { None };
        match kept {
            Some(kept) => Ok(kept),
            None => Ok(reckon::total(self.seen(), &self.registry, directory, division, topic)?),
        }
    }

    /// The totals of what was reviewed.
    ///
    /// # Errors
    /// As [`total`](Self::total).
    pub fn reviewed(&self, division: DivisionCode, topic: &Topic) -> Result<Reviewed, Failure> {
        let directory = self.directory()?;
        let kept =
            if self.as_of_ms().is_none() { self.station.reviewed_total(division, topic)? } else { None };
        match kept {
            Some(kept) => Ok(kept),
            None => Ok(reckon::reviewed(self.seen(), &self.registry, directory, division, topic)?),
        }
    }

    /// The total of one indicator, of all that was received or of what was reviewed; `None` where it does not add up.
    ///
    /// # Errors
    /// As [`total`](Self::total).
    pub fn figure(
        &self,
        division: DivisionCode,
        topic: &Topic,
        indicator: u32,
        reviewed: bool,
    ) -> Result<Option<FigureTotal>, Failure> {
        let directory = self.directory()?;
        Ok(match (self.as_of_ms(), reviewed) {
            (None, false) => self.station.figure(division, topic, indicator)?,
            (None, true) => self.station.reviewed_figure(division, topic, indicator)?,
            (Some(_), _) => {
                let asked = (division, topic, indicator);
                reckon::figure(self.seen(), &self.registry, directory, asked, reviewed)?
            }
        })
    }

    /// The course of every event.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn course(&self) -> Result<Course, StoreError> {
        Course::load(self.seen(), &self.registry)
    }

    /// Where corrected reports belong.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn moves(&self) -> Result<Moves, StoreError> {
        Moves::load(self.seen(), &self.registry)
    }

    /// The standards that were in force.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn standards(&self) -> Result<Standards, StoreError> {
        Standards::load(self.seen(), &self.registry)
    }
}

#[cfg(test)]
mod tests;
