//! What offices say of reports: hubs review them, and clerks take them back.

use std::collections::BTreeMap;

use fengsui_daemon::index;
use fengsui_daemon::station::{ReviewError, ReviewSaying as Saying, WithdrawError};
use fengsui_model::review::WHOLE_REPORT;
use fengsui_model::{EventKey, Form, Level, review};
use fengsui_wire::Hash;

use super::World;
use crate::oracle::{Cited, Opinion, Verdict};
use crate::story::Violation;

impl World {
    /// A hub says something of a report that it holds. Not always the one whose word counts.
    pub(crate) fn review(&mut self) -> Result<(), Violation> {
        let hubs: Vec<usize> = (0..self.shape.places.len()).filter(|place| self.may_review(*place)).collect();
        let Some(place) = self.random.pick(&hubs).copied() else { return Ok(()) };
        let Some((event, revision)) = self.some_revision(place)? else { return Ok(()) };
        let saying = match self.random.below(10) {
            0..5 => Saying::Accept,
            5..8 => Saying::Return(BTreeMap::from([(WHOLE_REPORT, "与台账不符".to_owned())])),
            _ => Saying::Undo,
        };
        let now = self.machines[place].now(self.now);
        let Some(station) = &mut self.machines[place].station else { return Ok(()) };
        let (said, entry) = match station.review(revision.position, &saying, None, now) {
            Ok(said) => said,
            Err(ReviewError::Station(error)) => return self.stopped(place, &error),
            // Said before, not below, breaks a rule: an office is told so, and says nothing.
            Err(_) => return Ok(()),
        };
        let verdict = match said.verdict {
            review::Verdict::Accept => Verdict::Accept,
            review::Verdict::Undo { review } => Verdict::Undo(Hash(review)),
            _ => Verdict::Return,
        };
        let cites: Cited = (revision.division, event, revision.revision, revision.body);
        self.oracle.reviewed(
            place,
            entry.header().body_hash,
            Opinion { cites, number: said.number, verdict },
        );
        self.counts.reviews += 1;
        self.tell(|shape| format!("{} says {verdict:?} of {cites:?}", shape.name(place)));
        self.due(place);
        Ok(())
    }

    /// The words of one who lies at some time are worth nothing, so none are asked of it.
    fn may_review(&self, place: usize) -> bool {
        self.shape.places[place].level != Level::Township && self.plan.liar != Some(place)
    }

    /// A clerk takes a report back.
    pub(crate) fn withdraw(&mut self) -> Result<(), Violation> {
        let Some(place) = self.random.pick(&self.shape.nodes()).copied() else { return Ok(()) };
        if self.plan.liar == Some(place) {
            return Ok(());
        }
        let Some((event, revision)) = self.some_revision(place)? else { return Ok(()) };
        let now = self.machines[place].now(self.now);
        let Some(station) = &mut self.machines[place].station else { return Ok(()) };
        let entry = match station.withdraw(revision.position, now) {
            Ok((_, entry)) => entry,
            Err(WithdrawError::Station(error)) => return self.stopped(place, &error),
            // Accepted, or taken back before.
            Err(_) => return Ok(()),
        };
        let cites: Cited = (revision.division, event, revision.revision, revision.body);
        self.oracle.withdrawn(place, entry.header().body_hash, cites);
        self.counts.withdrawals += 1;
        self.tell(|shape| format!("{} takes {cites:?} back", shape.name(place)));
        self.due(place);
        Ok(())
    }

    /// Some revision of a report that the station at `place` holds, most often the one that came last: that is where an
    /// acceptance and a withdrawal meet.
    fn some_revision(&mut self, place: usize) -> Result<Option<(EventKey, index::Revision)>, Violation> {
        let Some(event) = self.random.pick(&self.shape.events()).copied() else { return Ok(None) };
        let Some(station) = &self.machines[place].station else { return Ok(None) };
        let revisions = index::revisions(station.store(), Form::quick().id, event, None)
            .map_err(|error| Violation(format!("a store cannot be read: {error}")))?;
        let Some(any) = self.random.pick(&revisions).copied() else { return Ok(None) };
        let of_one = revisions.iter().rfind(|revision| revision.division == any.division);
        let latest = of_one.copied().filter(|_| self.random.chance(700));
        Ok(Some((event, latest.unwrap_or(any))))
    }
}
