//! Submitting upward, and answering what is submitted from below.

use fengsui_model::submission::{Absence, SubmissionError as Unsound};
use fengsui_model::{Citation, Stage, Subject, Submission};
use fengsui_protocol::Now;
use fengsui_store::StoreError;
use fengsui_wire::{
    Endorsement, Flags, Kind, Lane, Position, Reason, Role, SignedSubmission, Verified, submission_body,
    submission_citation,
};

use super::author::down;
use super::{Station, StationError, Writing};
use crate::index;
use crate::records;
use crate::submissions::{self, Said};
use crate::topic::Topic;

/// Why nothing is submitted.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// This station is no hub, or nobody has appointed it.
    #[error("submit upward: this station is not appointed as a hub")]
    NotAHub,
    /// Nobody is above.
    #[error("submit upward: there is nobody above the root")]
    Top,
    /// Nothing has come on this at all.
    #[error("submit upward: there is no report on it")]
    Nothing,
    /// It says what the one before said.
    #[error("submit upward: nothing has changed since submission {0}")]
    Unchanged(u32),
    /// It breaks a rule.
    #[error("submit upward: it breaks {} rules", .0.len())]
    Refused(Vec<Reason>),
    /// More divisions than one entry holds.
    #[error("submit upward: the statement has {0} bytes, at most {max} are allowed", max = Kind::Submission.body_bytes_max())]
    TooLong(usize),
    /// The reports changed between signing and submitting.
    #[error("submit upward: other reports have come since the head of the unit signed")]
    Changed,
    /// It contradicts itself.
    #[error(transparent)]
    Unsound(#[from] Unsound),
    /// The store's word.
    #[error(transparent)]
    Station(#[from] StationError),
}

impl From<StoreError> for SubmitError {
    fn from(error: StoreError) -> Self {
        Self::Station(error.into())
    }
}

impl Station {
    /// What the head of the unit would have to sign to submit `topic` now.
    ///
    /// # Errors
    /// Why nothing can be submitted.
    pub fn submission_cited(&self, topic: &Topic, stage: Option<Stage>) -> Result<Citation, SubmitError> {
        Ok(submission_citation(&self.draft_submission(topic, stage)?))
    }

    /// Signs this hub's statement on `topic` to the level above, after judging it as the hub above will.
    ///
    /// # Errors
    /// Why not; nothing is signed then.
    pub fn submit_upward(
        &mut self,
        topic: &Topic,
        stage: Option<Stage>,
        signed: Option<(Citation, Endorsement)>,
        now: Now,
    ) -> Result<(Submission, Verified), SubmitError> {
        let submission = self.draft_submission(topic, stage)?;
        if signed.is_some_and(|(cites, _)| cites != submission_citation(&submission)) {
            return Err(SubmitError::Changed);
        }
        let head = signed.map(|(_, head)| head);
        let (at_ms, directory) = (now.wall_ms, self.registry.directory_version());
        let said = Said { submission: &submission, head: head.as_ref(), at_ms, directory };
        let found = submissions::check(&self.store, &self.registry, &said)?;
        if !found.reasons.is_empty() {
            return Err(SubmitError::Refused(found.reasons));
        }
        let body = submission_body(&SignedSubmission { submission: submission.clone(), head });
        if body.len() > Kind::Submission.body_bytes_max() {
            return Err(SubmitError::TooLong(body.len()));
        }
        let writing = Writing {
            lane: match topic.subject {
                Subject::Event(_) => Lane::Urgent,
                Subject::Period(_) => Lane::Routine,
            },
            flags: if submission.drill { Flags::DRILL } else { Flags::default() },
            // Those below have no use for it: it is their own figures.
            addressee: None,
            ..down(Kind::Submission, Lane::Routine, submission.division, body)
        };
        let entry = self.write(writing, now)?;
        Ok((submission, entry))
    }

    fn draft_submission(&self, topic: &Topic, stage: Option<Stage>) -> Result<Submission, SubmitError> {
        let hub = self.registry.standing(&self.own().key).filter(|own| own.role == Role::Hub);
        let (division, directory) =
            hub.map(|hub| hub.division).zip(self.registry.directory()).ok_or(SubmitError::NotAHub)?;
        if self.own().key == self.identity.root {
            return Err(SubmitError::Top);
        }
        let draft = submissions::draft(&self.store, &self.registry, directory, division, (topic, stage))?;
        if draft.counted.is_empty() && draft.left_out.values().all(|why| *why == Absence::Missing) {
            return Err(SubmitError::Nothing);
        }
        let words = submissions::words(&self.store, &self.registry, topic)?;
        let before = words.iter().rev().find(|word| word.submission.division == division);
        if let Some(before) = before.map(|word| &word.submission) {
            // A stage that nobody asked for is no change.
            let stage = if stage.is_some() { before.stage } else { draft.stage };
            let same = Submission { number: draft.number, follows: draft.follows, stage, ..before.clone() };
            if same == draft {
                return Err(SubmitError::Unchanged(before.number));
            }
        }
        draft.check()?;
        Ok(draft)
    }

    /// Submissions and records below whose lowest hub above is this one, and that nobody has answered.
    pub(super) fn unanswered_submissions(&self) -> Result<Vec<Position>, StationError> {
        let mut unanswered = Vec::new();
        for (form, subject) in index::all_subjects(&self.store)? {
            for position in index::submissions(&self.store, form, &subject)? {
                let below = self.store.name(position.log).is_some_and(|name| self.is_first_hub_above(&name));
                if below && self.answer_to(position)?.is_none() {
                    unanswered.push(position);
                }
            }
        }
        for position in index::all_records(&self.store)? {
            let below = self.store.name(position.log).is_some_and(|name| self.is_first_hub_above(&name));
            if below && self.answer_to(position)?.is_none() {
                unanswered.push(position);
            }
        }
        Ok(unanswered)
    }

    /// As the lowest hub above the author, answers submissions and records that do not hold. Those that name a report which
    /// is not here yet wait. `true` if anything was said.
    pub(super) fn answer_submissions(&mut self, now: Now) -> Result<bool, StationError> {
        let mut said = false;
        for position in std::mem::take(&mut self.submitted) {
            let word = submissions::judge(&self.store, &self.registry, position)?;
            let (pending, reasons) = match word {
                Some(word) => (word.pending, word.reasons),
                None => {
                    let found = records::verdict(&self.store, &self.registry, position)?;
                    (found.pending, found.reasons)
                }
            };
            if !reasons.is_empty() {
                self.write_answer(position, reasons, now)?;
                said = true;
            } else if pending {
                self.submitted.push(position);
            }
        }
        Ok(said)
    }
}
