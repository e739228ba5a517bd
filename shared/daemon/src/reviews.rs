//! Reviews: whose word on a report is in effect, and what follows from it. A function of the entries held, whatever their
//! order of arrival.

mod person;

pub(crate) use person::{Asked, fault as person_fault};

use fengsui_model::word::{self, in_effect};
use fengsui_model::{Citation, Correction, DivisionCode, Level, Report, Review, Subject, Verdict};
use fengsui_protocol::Registry;
use fengsui_store::{StoreError, StoredEntry};
use fengsui_wire::{
    Act, Endorsement, Hash, Kind, LogName, NetworkId, Position, Reason, ReportId, Role, SignedReview,
    Statement, VerifyError, report_id, statement, submission_citation,
};

use crate::index;
use crate::reckon::{FOREIGN, Judged, REVOKED};
use crate::seen::Seen;

/// Id of the rule that what its author took back does not count.
pub const WITHDRAWN: &str = "WITHDRAWN";

/// The revision that an entry states, as reviews cite it.
pub fn citation(report: &Report, body: Hash) -> Citation {
    let (form, division, subject) = report.identity();
    Citation { report: report_id(form, division, subject).0, revision: report.revision, body: body.0 }
}

/// The same of a report that was judged.
pub fn cited(judged: &Judged) -> Citation {
    citation(&judged.report, judged.revision.body)
}

/// One review with what is to be said about it.
#[derive(Clone, Debug)]
pub struct Word {
    /// What it says.
    pub review: Review,
    /// The person who signed it, where one did.
    pub person: Option<Endorsement>,
    /// Where it stands.
    pub position: Position,
    /// Hash of its body: what an undo cites.
    pub body: Hash,
    /// Whose log it stands in.
    pub name: LogName,
    /// Division that it speaks for.
    pub division: DivisionCode,
    /// Level of that division.
    pub level: Level,
    /// When, by the signer's clock.
    pub signed_ms: i64,
    /// Why it does not count; empty: it counts.
    pub reasons: Vec<Reason>,
    /// No later word of the same division takes it back.
    pub in_effect: bool,
}

/// Whether the person's signature inside a stored review or submission holds; `None` where there is none. Whether that
/// person may sign is not asked here.
pub(crate) fn signature(network: NetworkId, entry: &StoredEntry) -> Option<Result<(), VerifyError>> {
    let said = statement(entry.envelope.header().draft.kind, entry.body.as_deref()?);
    match said {
        Ok(Statement::Review(signed)) => {
            let (act, cites) = (signed.act(), signed.review.cites);
            signed.person.map(|person| person.verify(network, act, &cites))
        }
        Ok(Statement::Submission(signed)) => {
            let cites = submission_citation(&signed.submission);
            signed.head.map(|head| head.verify(network, Act::Submit, &cites))
        }
        _ => None,
    }
}

/// How one revision stands with whoever has to review it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// 待审: nobody has, whose word counts.
    Waiting,
    /// 退回.
    Returned,
    /// 已审. So is what stands at the top of the tree, where nobody reviews.
    Accepted,
}

impl State {
    /// The word in JSON.
    pub const fn en(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Returned => "returned",
            Self::Accepted => "reviewed",
        }
    }
}

/// Every review of one report, its revisions together.
#[derive(Clone, Debug, Default)]
pub struct Opinions {
    words: Vec<Word>,
    /// Divisions above the report's, lowest first.
    lineage: Vec<DivisionCode>,
    /// The lowest of them that has a hub.
    first: Option<DivisionCode>,
}

impl Opinions {
    /// What is held on the report.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn load<'s>(
        seen: impl Into<Seen<'s>>,
        registry: &Registry,
        report: &Report,
    ) -> Result<Self, StoreError> {
        Self::of(seen, registry, report.identity())
    }

    /// The same by form, division, and event or period.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn of<'s>(
        seen: impl Into<Seen<'s>>,
        registry: &Registry,
        (form, division, subject): (u32, DivisionCode, Subject),
    ) -> Result<Self, StoreError> {
        let seen = seen.into();
        let id = report_id(form, division, subject);
        let mut words = Vec::new();
        for position in index::reviews(seen.store(), id)? {
            words.extend(judge(seen, registry, division, position)?);
        }
        // What one office has logged twice stands once; the order is that of its words.
        words.sort_by_key(|word| (word.division, word.review.number, word.body, word.position));
        words.dedup_by_key(|word| (word.division, word.review.number, word.body));
        settle(&mut words);
        let lineage = registry.directory().map(|directory| directory.lineage(division)).unwrap_or_default();
        Ok(Self { words, lineage, first: registry.first_hub_above(division) })
    }

    /// Every word, taken back or not, ordered by division and number.
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// The number of the next word of `division`.
    pub fn next_number(&self, division: DivisionCode) -> u32 {
        let own = self.words.iter().filter(|word| word.division == division);
        own.map(|word| word.review.number).max().unwrap_or(0).saturating_add(1)
    }

    /// The acceptance or return of one revision that is in effect at `division`.
    pub fn verdict(&self, division: DivisionCode, cites: &Citation) -> Option<&Word> {
        let on = |word: &&Word| {
            word.division == division
                && word.review.cites == *cites
                && matches!(word.review.verdict, Verdict::Accept | Verdict::Return(_))
        };
        self.effective().filter(on).last()
    }

    /// The last word of `division` on this revision that is in effect and takes nothing back: what an undo would undo.
    pub fn last(&self, division: DivisionCode, cites: &Citation) -> Option<&Word> {
        let said = |word: &&Word| {
            word.division == division
                && word.review.cites == *cites
                && !matches!(word.review.verdict, Verdict::Undo { .. })
        };
        self.effective().filter(said).last()
    }

    /// The acceptance or return of one revision that counts: of the lowest hub above its author. A higher hub's stands
    /// beside it.
    pub fn counting(&self, cites: &Citation) -> Option<&Word> {
        let rank = |division: DivisionCode| self.lineage.iter().position(|code| *code == division);
        let first = rank(self.first?)?;
        let lowest = self.lineage.iter().find_map(|division| self.verdict(*division, cites))?;
        (rank(lowest.division)? <= first).then_some(lowest)
    }

    /// How one revision stands.
    pub fn state(&self, cites: &Citation) -> State {
        match self.counting(cites).map(|word| &word.review.verdict) {
            _ if self.first.is_none() => State::Accepted,
            Some(Verdict::Accept) => State::Accepted,
            Some(Verdict::Return(_)) => State::Returned,
            _ => State::Waiting,
        }
    }

    /// Time and kind as corrected, by the lowest office above that corrects anything: of each its last word in effect.
    pub fn corrected(&self) -> Correction {
        let of_office = |division: &DivisionCode| {
            let mut corrected = Correction::default();
            for word in self.effective().filter(|word| word.division == *division) {
                if let Verdict::Correct(correction) = word.review.verdict {
                    corrected.occurred_ms = correction.occurred_ms.or(corrected.occurred_ms);
                    corrected.kind = correction.kind.or(corrected.kind);
                }
            }
            (corrected != Correction::default()).then_some(corrected)
        };
        self.lineage.iter().find_map(of_office).unwrap_or_default()
    }

    fn effective(&self) -> impl Iterator<Item = &Word> {
        self.words.iter().filter(|word| word.in_effect && word.reasons.is_empty())
    }
}

/// Marks the words of each office that a later one takes back. Words that do not count take nothing back.
fn settle(words: &mut [Word]) {
    for of_one in words.chunk_by_mut(|a, b| a.division == b.division) {
        let (mut counting, mut at) = (Vec::new(), Vec::new());
        for (index, word) in of_one.iter().enumerate().filter(|(_, word)| word.reasons.is_empty()) {
            let undoes = match word.review.verdict {
                Verdict::Undo { review } => Some(review),
                _ => None,
            };
            counting.push(word::Word { number: word.review.number, body: word.body.0, undoes });
            at.push(index);
        }
        for (index, effect) in at.into_iter().zip(in_effect(&counting)) {
            of_one[index].in_effect = effect;
        }
    }
}

/// Reads and judges the entry at `position`, if it is a review whose body reads. `division` is that of the report.
///
/// # Errors
/// When the store cannot be read.
pub fn judge<'s>(
    seen: impl Into<Seen<'s>>,
    registry: &Registry,
    division: DivisionCode,
    position: Position,
) -> Result<Option<Word>, StoreError> {
    let seen = seen.into();
    let (Some(stored), Some(name)) = (seen.entry(position)?, seen.name(position.log)) else {
        return Ok(None);
    };
    let header = *stored.envelope.header();
    let read = stored.body.as_deref().map(|body| statement(Kind::Review, body));
    let (Some(Ok(Statement::Review(signed))), Some(office)) = (read, registry.place(&name.key)) else {
        return Ok(None);
    };
    let stands = registry.stands(&name, position.lane, position.sequence, stored.hash());
    let mut reasons = Vec::new();
    if !registry.is_above(&name.key, division) {
        reasons.push(foreign(office.division, division));
    } else if header.draft.addressee != Some(division) {
        reasons.push(misaddressed(division));
    } else if !stands {
        reasons.push(revoked());
    }
    let SignedReview { review, person } = *signed;
    let act = fengsui_wire::act_of(&review.verdict);
    let at_ms = header.draft.clock_ms;
    let asked = Asked { division: office.division, role: Role::Reviewer, act, at_ms };
    reasons.extend(person_fault(registry, &asked, person.as_ref(), &review.cites));
    Ok(Some(Word {
        review,
        person,
        position,
        body: header.body_hash,
        division: office.division,
        level: office.level,
        name,
        signed_ms: at_ms,
        in_effect: reasons.is_empty(),
        reasons,
    }))
}

fn foreign(office: DivisionCode, division: DivisionCode) -> Reason {
    Reason {
        check: FOREIGN.into(),
        zh: format!("{office} 不是 {division} 的上级汇总站，不能审核其报告"),
        en: format!("{office} is no hub above {division} and cannot review its report"),
    }
}

/// Its author would never get it.
fn misaddressed(division: DivisionCode) -> Reason {
    Reason {
        check: FOREIGN.into(),
        zh: format!("此条未发给被审核的单位 {division}"),
        en: format!("the entry is not addressed to {division}, whose report it reviews"),
    }
}

fn revoked() -> Reason {
    Reason {
        check: REVOKED.into(),
        zh: "签署此条的密钥已被撤销".into(),
        en: "the key that signed this entry was revoked before it".into(),
    }
}

/// The author's withdrawal of a revision, whether or not it counts.
///
/// # Errors
/// When the store cannot be read.
pub fn withdrawal<'s>(
    seen: impl Into<Seen<'s>>,
    registry: &Registry,
    report: &Report,
    body: Hash,
) -> Result<Option<Position>, StoreError> {
    let (seen, cites) = (seen.into(), citation(report, body));
    for position in index::withdrawals(seen.store(), ReportId(cites.report))? {
        let (Some(stored), Some(name)) = (seen.entry(position)?, seen.name(position.log)) else { continue };
        // A key that nobody has appointed yet is this station's own: nobody else's log is stored before.
        let authors = registry.place(&name.key).is_none_or(|author| author.division == report.division);
        let stands = registry.stands(&name, position.lane, position.sequence, stored.hash());
        let read = stored.body.as_deref().map(|body| statement(Kind::Withdrawal, body));
        if authors && stands && matches!(read, Some(Ok(Statement::Withdrawal(of))) if of == cites) {
            return Ok(Some(position));
        }
    }
    Ok(None)
}

/// Why a revision that its author took back does not count. What was accepted before the withdrawal came cannot be taken
/// back, whichever of the two arrived first here.
///
/// # Errors
/// When the store cannot be read.
pub fn withdrawn(
    seen: Seen<'_>,
    registry: &Registry,
    report: &Report,
    body: Hash,
) -> Result<Option<Reason>, StoreError> {
    if withdrawal(seen, registry, report, body)?.is_none() {
        return Ok(None);
    }
    let opinions = Opinions::load(seen, registry, report)?;
    let accepted = opinions.counting(&citation(report, body)).map(|word| &word.review.verdict);
    let reason = || Reason {
        check: WITHDRAWN.into(),
        zh: "报送单位已撤回".into(),
        en: "its author has taken it back".into(),
    };
    Ok((accepted != Some(&Verdict::Accept)).then(reason))
}

#[cfg(test)]
mod tests;
