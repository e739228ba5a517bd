//! The course of events: which of them are one disaster, and which are stable. A function of the entries held, whatever their
//! order of arrival.

mod moved;

use std::collections::BTreeMap;

use fengsui_model::word::{Word, in_effect};
use fengsui_model::{Directory, DivisionCode, EventKey, Level, Merge, Merged, Stability, Subject};
use fengsui_protocol::Registry;
use fengsui_store::StoreError;
use fengsui_wire::{Hash, Position, Reason, Role, Statement, statement};

use crate::index::{self, Revision};
use crate::reckon::{FOREIGN, REVOKED};
use crate::seen::Seen;
use crate::standards::day;
use crate::topic::Topic;

pub use moved::Moves;

/// What an office says of the course of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Events are one.
    Merge(Merge),
    /// The figures are stable.
    Stability(Stability),
}

/// One word with what is to be said about it.
#[derive(Clone, Debug)]
pub struct Spoken {
    /// What it says.
    pub said: Said,
    /// Where it stands.
    pub position: Position,
    /// Hash of its body: what an undo cites.
    pub body: Hash,
    /// Division that speaks.
    pub division: DivisionCode,
    /// Level of that division.
    pub level: Level,
    /// When, by the signer's clock.
    pub signed_ms: i64,
    /// Why it does not count; empty: it counts.
    pub reasons: Vec<Reason>,
}

impl Said {
    /// The event that its numbers are counted on.
    pub fn about(&self) -> EventKey {
        match self {
            Self::Merge(merge) => merge.into,
            Self::Stability(stability) => stability.event,
        }
    }

    fn word(&self, body: Hash) -> Word {
        let (number, undoes) = match self {
            Self::Merge(merge) => (merge.number, merge.undoes),
            Self::Stability(stability) => (stability.number, stability.undoes),
        };
        Word { number, body: body.0, undoes }
    }
}

/// The course of every event that is held.
#[derive(Clone, Debug, Default)]
pub struct Course {
    merged: Merged,
    merges: Vec<Spoken>,
    stable: BTreeMap<EventKey, Spoken>,
    stabilities: Vec<Spoken>,
}

impl Course {
    /// What is held.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn load<'s>(seen: impl Into<Seen<'s>>, registry: &Registry) -> Result<Self, StoreError> {
        let seen = seen.into();
        let merges = spoken(seen, registry, index::merges(seen.store())?)?;
        let stabilities = spoken(seen, registry, index::stabilities(seen.store())?)?;
        let mut highest: BTreeMap<EventKey, (Level, EventKey)> = BTreeMap::new();
        for word in effective(&merges) {
            let Said::Merge(merge) = &word.said else { continue };
            for event in &merge.events {
                // What a higher office merges stands above what a lower one does.
                let into = highest.entry(*event).or_insert((word.level, merge.into));
                if word.level > into.0 || (word.level == into.0 && merge.into < into.1) {
                    *into = (word.level, merge.into);
                }
            }
        }
        let merged = Merged::of(highest.into_iter().map(|(event, (_, into))| (event, into)));
        let mut stable = BTreeMap::new();
        for word in effective(&stabilities) {
            if matches!(&word.said, Said::Stability(of) if of.since_ms.is_some()) {
                // In rising order of number: the last one stands.
                stable.insert(word.said.about(), word.clone());
            }
        }
        Ok(Self { merged, merges, stable, stabilities })
    }

    /// The event that stands for `event`.
    pub fn head(&self, event: EventKey) -> EventKey {
        self.merged.head(event)
    }

    /// The events whose reports `event` stands for, itself included.
    pub fn parts(&self, event: EventKey) -> Vec<EventKey> {
        self.merged.parts(event)
    }

    /// The county's word that the event is stable, and since when, milliseconds since 1970 UTC.
    pub fn stable(&self, event: EventKey) -> Option<(&Spoken, i64)> {
        let word = self.stable.get(&event)?;
        match &word.said {
            Said::Stability(of) => Some((word, of.since_ms?)),
            Said::Merge(_) => None,
        }
    }

    /// The number of the next word of `division` on `event`.
    pub fn next_number(&self, division: DivisionCode, said: &Said) -> u32 {
        let own = self.words(division, said).map(|word| word.said.word(word.body).number);
        own.max().unwrap_or(0).saturating_add(1)
    }

    /// The last word of `division` on the same matter that is in effect and takes nothing back.
    pub fn last(&self, division: DivisionCode, said: &Said) -> Option<&Spoken> {
        let words = match said {
            Said::Merge(_) => &self.merges,
            Said::Stability(_) => &self.stabilities,
        };
        let own = |word: &&Spoken| word.division == division && word.said.about() == said.about();
        let says = |word: &&Spoken| word.said.word(word.body).undoes.is_none();
        effective(words).into_iter().filter(own).rfind(says)
    }

    fn words(&self, division: DivisionCode, said: &Said) -> impl Iterator<Item = &Spoken> {
        let words = match said {
            Said::Merge(_) => &self.merges,
            Said::Stability(_) => &self.stabilities,
        };
        let about = said.about();
        words.iter().filter(move |word| word.division == division && word.said.about() == about)
    }
}

/// Words in effect, in rising order of office, event and number.
fn effective(words: &[Spoken]) -> Vec<&Spoken> {
    let mut effective = Vec::new();
    for of_one in words.chunk_by(|a, b| (a.division, a.said.about()) == (b.division, b.said.about())) {
        let counting: Vec<&Spoken> = of_one.iter().filter(|word| word.reasons.is_empty()).collect();
        let folded: Vec<Word> = counting.iter().map(|word| word.said.word(word.body)).collect();
        effective
            .extend(counting.into_iter().zip(in_effect(&folded)).filter(|(_, of)| *of).map(|(word, _)| word));
    }
    effective
}

/// Reads and judges words; ordered by office, event, number and body, and what was logged twice once.
fn spoken(seen: Seen<'_>, registry: &Registry, positions: Vec<Position>) -> Result<Vec<Spoken>, StoreError> {
    let mut words = Vec::new();
    for position in positions {
        words.extend(judge(seen, registry, position)?);
    }
    let key = |word: &Spoken| (word.division, word.said.about(), word.said.word(word.body).number, word.body);
    words.sort_by_key(|word| (key(word), word.position));
    words.dedup_by_key(|word| key(word));
    Ok(words)
}

/// Reads and judges the entry at `position`, if it is a word on the course of an event.
///
/// # Errors
/// When the store cannot be read.
pub fn judge<'s>(
    seen: impl Into<Seen<'s>>,
    registry: &Registry,
    position: Position,
) -> Result<Option<Spoken>, StoreError> {
    let seen = seen.into();
    let (Some(stored), Some(name)) = (seen.entry(position)?, seen.name(position.log)) else {
        return Ok(None);
    };
    let header = *stored.envelope.header();
    let kind = header.draft.kind;
    let said = match stored.body.as_deref().map(|body| statement(kind, body)) {
        Some(Ok(Statement::Merge(merge))) => Said::Merge(merge),
        Some(Ok(Statement::Stability(stability))) => Said::Stability(stability),
        _ => return Ok(None),
    };
    let Some(office) = registry.place(&name.key) else { return Ok(None) };
    let stands = registry.stands(&name, position.lane, position.sequence, stored.hash());
    let mut reasons: Vec<Reason> = Vec::new();
    match registry.directory() {
        Some(directory) if office.role == Role::Hub => {
            reasons.extend(fault(directory, office.division, &said))
        }
        _ => reasons.push(foreign(office.division)),
    }
    if !stands {
        reasons.push(Reason {
            check: REVOKED.into(),
            zh: "签署此条的密钥已被撤销".into(),
            en: "the key that signed this entry was revoked before it".into(),
        });
    }
    let (division, level) = (office.division, office.level);
    Ok(Some(Spoken {
        said,
        position,
        body: header.body_hash,
        division,
        level,
        signed_ms: header.draft.clock_ms,
        reasons,
    }))
}

fn foreign(office: DivisionCode) -> Reason {
    Reason {
        check: FOREIGN.into(),
        zh: format!("{office} 不管辖此灾害事件"),
        en: format!("{office} has no say over this event"),
    }
}

/// Why `office` may not say it: events are merged by a hub over all of their counties; stable is what the event's county
/// says, and not before the event began.
pub(crate) fn fault(directory: &Directory, office: DivisionCode, said: &Said) -> Option<Reason> {
    match said {
        Said::Merge(merge) => {
            let over = |event: &EventKey| directory.is_within(event.county(), office);
            let all = over(&merge.into) && merge.events.iter().all(over);
            (!all).then(|| foreign(office))
        }
        Said::Stability(of) if of.event.county() != office => Some(foreign(office)),
        Said::Stability(of) => {
            let since = of.since_ms?;
            let before = day(since).is_none_or(|since| since < of.event.date());
            before.then(|| Reason {
                check: "BEFORE".into(),
                zh: format!("稳定时间早于灾害发生日期 {}", of.event.date()),
                en: format!("it is stable before it began, on {}", of.event.date()),
            })
        }
    }
}

/// Revisions of every report on what `topic` stands for: of an event, those of the events merged into it too, and those
/// that a correction has moved there. Ordered by division, revision and body.
///
/// # Errors
/// When the store cannot be read.
pub fn revisions<'s>(
    seen: impl Into<Seen<'s>>,
    registry: &Registry,
    topic: &Topic,
    division: Option<DivisionCode>,
) -> Result<Vec<Revision>, StoreError> {
    let (seen, form, subject) = (seen.into(), topic.form.id, topic.subject);
    let Subject::Event(event) = subject else {
        return index::revisions(seen.store(), form, subject, division);
    };
    let moves = Moves::load(seen, registry)?;
    if index::merges(seen.store())?.is_empty() {
        return of_event(seen, &moves, (form, event), division);
    }
    let mut all = Vec::new();
    for part in Course::load(seen, registry)?.parts(event) {
        all.extend(of_event(seen, &moves, (form, part), division)?);
    }
    all.sort_unstable();
    Ok(all)
}

/// The same of one division, and those too that a correction has since moved elsewhere: what a statement upward may have
/// counted when it was signed.
///
/// # Errors
/// When the store cannot be read.
pub fn ever(
    seen: Seen<'_>,
    registry: &Registry,
    topic: &Topic,
    division: DivisionCode,
) -> Result<Vec<Revision>, StoreError> {
    let mut all = revisions(seen, registry, topic, Some(division))?;
    if let Subject::Event(event) = topic.subject {
        for part in Course::load(seen, registry)?.parts(event) {
            all.extend(index::revisions(seen.store(), topic.form.id, part, Some(division))?);
        }
        all.sort_unstable();
        all.dedup();
    }
    Ok(all)
}

/// Revisions of the reports by `form` on this one event, as corrected. Ordered by division, revision and body.
///
/// # Errors
/// When the store cannot be read.
pub fn of_event(
    seen: Seen<'_>,
    moves: &Moves,
    (form, event): (u32, EventKey),
    division: Option<DivisionCode>,
) -> Result<Vec<Revision>, StoreError> {
    let mut revisions = index::revisions(seen.store(), form, event, division)?;
    revisions.retain(|revision| moves.target(form, revision.division, event) == event);
    let asked = |(of, _): &(DivisionCode, EventKey)| division.is_none_or(|division| division == *of);
    for (of, from) in moves.into_event(form, event).filter(asked) {
        revisions.extend(index::revisions(seen.store(), form, from, Some(of))?);
    }
    revisions.sort_unstable();
    Ok(revisions)
}

#[cfg(test)]
mod tests;
