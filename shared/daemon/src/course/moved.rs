//! Reports that a correction (勘误) has moved: the disaster was of another kind, or began on another day, than the township
//! signed, so the report belongs to another event. What was signed stays as it is; only where it counts changes.

use std::collections::{BTreeMap, BTreeSet};

use fengsui_model::{Correction, DivisionCode, EventKey, Subject};
use fengsui_protocol::Registry;
use fengsui_store::StoreError;
use fengsui_wire::{Kind, Position, Statement, report_id, statement};

use crate::index;
use crate::reviews::Opinions;
use crate::seen::Seen;
use crate::standards::day;

/// A report: form, division, and the event that it was signed for.
type Signed = (u32, DivisionCode, EventKey);

/// Where corrected reports belong, of those that belong elsewhere than they were signed for.
#[derive(Clone, Debug, Default)]
pub struct Moves(BTreeMap<Signed, EventKey>);

impl Moves {
    /// The corrections that are in effect.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn load<'s>(seen: impl Into<Seen<'s>>, registry: &Registry) -> Result<Self, StoreError> {
        let seen = seen.into();
        let mut moves = BTreeMap::new();
        for (form, division, event) in corrected(seen)? {
            let opinions = Opinions::of(seen, registry, (form, division, event.into()))?;
            let target = target(event, opinions.corrected());
            if target != event {
                moves.insert((form, division, event), target);
            }
        }
        Ok(Self(moves))
    }

    /// The event that the report belongs to which `division` signed for `event`.
    pub fn target(&self, form: u32, division: DivisionCode, event: EventKey) -> EventKey {
        self.0.get(&(form, division, event)).copied().unwrap_or(event)
    }

    /// Reports that were signed for another event and belong to `event`: whose, and the event that was signed.
    pub fn into_event(
        &self,
        form: u32,
        event: EventKey,
    ) -> impl Iterator<Item = (DivisionCode, EventKey)> + '_ {
        let to = self.0.iter().filter(move |((of, ..), to)| *of == form && **to == event);
        to.map(|((_, division, from), _)| (*division, *from))
    }

    /// Reports that were signed for `event` and belong to another: whose, and the event they belong to.
    pub fn out_of_event(
        &self,
        form: u32,
        event: EventKey,
    ) -> impl Iterator<Item = (DivisionCode, EventKey)> + '_ {
        let from = self.0.iter().filter(move |((of, _, from), _)| *of == form && *from == event);
        from.map(|((_, division, _), to)| (*division, *to))
    }

    /// Events of that form that a correction has moved reports to.
    pub fn targets(&self, form: u32) -> impl Iterator<Item = EventKey> + '_ {
        self.0.iter().filter(move |((of, ..), _)| *of == form).map(|(_, to)| *to)
    }
}

/// The event as corrected: its day in the province's time, and its kind.
fn target(event: EventKey, correction: Correction) -> EventKey {
    let date = correction.occurred_ms.and_then(day).unwrap_or(event.date());
    let kind = correction.kind.unwrap_or(event.kind());
    EventKey::new(date, event.county(), kind).unwrap_or(event)
}

/// Every report on an event of which there is any correction, whether or not it is in effect.
fn corrected(seen: Seen<'_>) -> Result<BTreeSet<Signed>, StoreError> {
    let positions = index::corrections(seen.store())?;
    if positions.is_empty() {
        return Ok(BTreeSet::new());
    }
    let subjects = index::all_subjects(seen.store())?.into_iter();
    let events: Vec<(u32, EventKey)> =
        subjects.filter_map(|(form, subject)| Some((form, *subject.event()?))).collect();
    let mut found = BTreeSet::new();
    for position in positions {
        let Some((id, division)) = cited(seen, position)? else { continue };
        // A review cites the report by a hash of these three, of which it is addressed to the second.
        let of =
            |(form, event): &&(u32, EventKey)| report_id(*form, division, Subject::Event(*event)).0 == id;
        let Some((form, event)) = events.iter().find(of).copied() else { continue };
        // Which event a review is about is known from the reports on it: where none had come, it was not.
        if !seen.among(index::revisions(seen.store(), form, event, None)?)?.is_empty() {
            found.insert((form, division, event));
        }
    }
    Ok(found)
}

/// The report that a correction cites, and whose it is.
fn cited(seen: Seen<'_>, position: Position) -> Result<Option<([u8; 16], DivisionCode)>, StoreError> {
    let Some(entry) = seen.entry(position)? else { return Ok(None) };
    let read = entry.body.as_deref().map(|body| statement(Kind::Review, body));
    let Some(Ok(Statement::Review(signed))) = read else { return Ok(None) };
    let addressee = entry.envelope.header().draft.addressee;
    Ok(addressee.map(|division| (signed.review.cites.report, division)))
}
