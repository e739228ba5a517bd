//! Reviewing a report of a division below, and taking an own one back.

use std::collections::BTreeMap;

use fengsui_model::review::ReviewError as Unsound;
use fengsui_model::{Citation, Correction, Review, Subject, Verdict};
use fengsui_protocol::Now;
use fengsui_store::StoreError;
use fengsui_wire::{
    Act, Endorsement, Flags, Kind, Lane, Position, Reason, Role, SignedReview, Verified, act_of, review_body,
    withdrawal_body,
};

use super::author::down;
use super::{Station, StationError, Writing};
use crate::reckon::{self, Judged};
use crate::reviews::{self, Opinions, Word};

/// What an office is about to say of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saying {
    /// It is right.
    Accept,
    /// These cells are wrong.
    Return(BTreeMap<u32, String>),
    /// Time or kind was another.
    Correct(Correction),
    /// The last word of this office on the report is taken back.
    Undo,
}

/// Why a report is not reviewed.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// This station is no hub, or nobody has appointed it.
    #[error("review a report: this station is not appointed as a hub")]
    NotAHub,
    /// The entry is no report that reads.
    #[error("review the entry: it is no report that reads")]
    NotAReport,
    /// It is not from below.
    #[error("review the report of {0}: it is not below this hub")]
    NotBelow(fengsui_model::DivisionCode),
    /// It breaks a rule, or was taken back: nothing to accept.
    #[error("accept the report: it breaks {} rules", .0.len())]
    Refused(Vec<Reason>),
    /// The same was said before and is in effect.
    #[error("review the report: this office has said so already")]
    Already,
    /// There is no word of this office in effect.
    #[error("undo a review: none of this office is in effect on this revision")]
    NothingToUndo,
    /// The person may not sign it, or has to.
    #[error("review the report: {}", .0.en)]
    Person(Reason),
    /// It says nothing that could be followed.
    #[error(transparent)]
    Unsound(#[from] Unsound),
    /// The store's word.
    #[error(transparent)]
    Station(#[from] StationError),
}

/// Why a report is not taken back.
#[derive(Debug, thiserror::Error)]
pub enum WithdrawError {
    /// The entry is no report that reads.
    #[error("withdraw the entry: it is no report that reads")]
    NotAReport,
    /// It is another division's.
    #[error("withdraw the report of {0}: only its author may")]
    NotOurs(fengsui_model::DivisionCode),
    /// It was accepted above.
    #[error("withdraw the report: {0} has accepted it; correct it by a new revision")]
    Accepted(fengsui_model::DivisionCode),
    /// It was taken back before.
    #[error("withdraw the report: it was withdrawn already")]
    Already,
    /// The store's word.
    #[error(transparent)]
    Station(#[from] StationError),
}

impl From<StoreError> for ReviewError {
    fn from(error: StoreError) -> Self {
        Self::Station(error.into())
    }
}

impl From<StoreError> for WithdrawError {
    fn from(error: StoreError) -> Self {
        Self::Station(error.into())
    }
}

impl Station {
    /// What a person would have to sign so that this hub may say it: the act, and what it cites.
    ///
    /// # Errors
    /// Why this hub may not say it.
    pub fn review_cited(&self, position: Position, saying: &Saying) -> Result<(Act, Citation), ReviewError> {
        let (_, review) = self.draft_review(position, saying)?;
        Ok((act_of(&review.verdict), review.cites))
    }

    /// Signs what this hub says of the report at `position`, after judging it as every hub above will.
    ///
    /// # Errors
    /// Why not; nothing is signed then.
    pub fn review(
        &mut self,
        position: Position,
        saying: &Saying,
        person: Option<Endorsement>,
        now: Now,
    ) -> Result<(Review, Verified), ReviewError> {
        let (judged, review) = self.draft_review(position, saying)?;
        let division = self.identity.division;
        let act = act_of(&review.verdict);
        let asked = reviews::Asked { division, role: Role::Reviewer, act, at_ms: now.wall_ms };
        let fault = reviews::person_fault(&self.registry, &asked, person.as_ref(), &review.cites);
        if let Some(fault) = fault {
            return Err(ReviewError::Person(fault));
        }
        let body = review_body(&SignedReview { review: review.clone(), person });
        // Up to the root as proof, down to the author.
        let writing = beside(&judged, down(Kind::Review, Lane::Routine, judged.report.division, body));
        Ok((review, self.write(writing, now)?))
    }

    fn draft_review(&self, position: Position, saying: &Saying) -> Result<(Judged, Review), ReviewError> {
        let hub = self.registry.standing(&self.own().key).filter(|own| own.role == Role::Hub);
        let own = hub.ok_or(ReviewError::NotAHub)?.division;
        let judged = match reckon::judge(&self.store, &self.registry, position)? {
            Some(Ok(judged)) => judged,
            _ => return Err(ReviewError::NotAReport),
        };
        let division = judged.report.division;
        if !self.registry.is_above(&self.own().key, division) {
            return Err(ReviewError::NotBelow(division));
        }
        let opinions = Opinions::load(&self.store, &self.registry, &judged.report)?;
        let cites = reviews::cited(&judged);
        let said = opinions.verdict(own, &cites).map(|word| &word.review.verdict);
        let verdict = match saying {
            Saying::Accept if !judged.reasons.is_empty() => return Err(ReviewError::Refused(judged.reasons)),
            Saying::Accept => Verdict::Accept,
            Saying::Return(cells) => Verdict::Return(cells.clone()),
            Saying::Correct(correction) => Verdict::Correct(*correction),
            Saying::Undo => Verdict::Undo { review: undone(opinions.last(own, &cites))? },
        };
        if said == Some(&verdict) {
            return Err(ReviewError::Already);
        }
        let review = Review { cites, number: opinions.next_number(own), verdict };
        review.check()?;
        Ok((judged, review))
    }

    /// Takes back the own report at `position`, as long as nobody above has accepted it.
    ///
    /// # Errors
    /// Why not; nothing is signed then.
    pub fn withdraw(&mut self, position: Position, now: Now) -> Result<(Judged, Verified), WithdrawError> {
        let judged = match reckon::judge(&self.store, &self.registry, position)? {
            Some(Ok(judged)) => judged,
            _ => return Err(WithdrawError::NotAReport),
        };
        let (division, own) = (judged.report.division, self.identity.division);
        let author = self.registry.place(&judged.name.key).map_or(own, |author| author.division);
        if division != own || author != own {
            return Err(WithdrawError::NotOurs(division));
        }
        let cites = reviews::cited(&judged);
        let opinions = Opinions::load(&self.store, &self.registry, &judged.report)?;
        if let Some(word) = opinions.counting(&cites).filter(|word| word.review.verdict == Verdict::Accept) {
            return Err(WithdrawError::Accepted(word.division));
        }
        let before = reviews::withdrawal(&self.store, &self.registry, &judged.report, judged.revision.body)?;
        if before.is_some() {
            return Err(WithdrawError::Already);
        }
        let writing = Writing {
            addressee: None,
            ..beside(&judged, down(Kind::Withdrawal, Lane::Routine, own, withdrawal_body(&cites)))
        };
        let entry = self.write(writing, now)?;
        Ok((judged, entry))
    }
}

fn undone(last: Option<&Word>) -> Result<[u8; 32], ReviewError> {
    last.map(|word| word.body.0).ok_or(ReviewError::NothingToUndo)
}

/// In the lane of the report, so that neither waits for back-fill where the other does not.
fn beside(judged: &Judged, writing: Writing) -> Writing {
    let lane = match judged.report.subject {
        Subject::Event(_) => Lane::Urgent,
        Subject::Period(_) => Lane::Routine,
    };
    let flags = if judged.report.drill { Flags::DRILL } else { Flags::default() };
    Writing { lane, flags, ..writing }
}
