//! The index: what is found quickly, computed from the facts and thrown away at will.
//!
//! Keys begin with one byte that names the table. All numbers are big-endian, so that a range is a question:
//! "all revisions of all reports on this event or month" is one scan.

mod records;
mod reviews;
mod standards;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use fengsui_model::{DivisionCode, EventKey, Report, Subject};
use fengsui_store::{Batch, Direction, Fact, Kept, Projector, Space, Store, StoreError, View};
use fengsui_wire::{Hash, Header, Kind, Lane, LogId, Position, Statement, statement};

use crate::reading::{Fresh, Reading};

pub use records::{all_records, records};
pub use reviews::{corrections, merges, reviews, stabilities, submissions, withdrawals};
pub use standards::{Class, adoptions, all_adoptions, standards};

/// Version of these tables: another number makes every store rebuild them.
const VERSION: u32 = 7;

/// Entries that the registry is folded from.
const REGISTRY: u8 = b'r';
/// Events and months on which there is any report, by form.
const SUBJECT: u8 = b'e';
/// Revisions of reports, by form, event or month, division, log, lane and [block](BLOCK_BITS) of sequences.
const REPORT: u8 = b'q';
/// Answers, by the position they answer.
const ANSWER: u8 = b'a';
/// Reports that do not read.
const UNREADABLE: u8 = b'x';

/// Where to find one revision of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision {
    /// Whose report, as it says itself.
    pub division: DivisionCode,
    /// Its number.
    pub revision: u32,
    /// Hash of its body: orders two revisions of one number.
    pub body: Hash,
    /// Where it stands.
    pub position: Position,
}

/// Events and months remembered, so that their key is not written again with every report: a bad year has a hundred.
const SUBJECTS_REMEMBERED_MAX: usize = 1_024;

/// Computes the index.
#[derive(Clone, Debug)]
pub struct Index {
    /// Keys of events and months that were written since this process began.
    subjects: BTreeSet<Vec<u8>>,
    fresh: Fresh,
}

/// Sequences that share one value: 2 to this power. A commit that brings a chain of revisions then changes a few keys and
/// not one each, and no value grows past a few kilobytes, whatever a station signs.
const BLOCK_BITS: u32 = 6;

/// Values of report blocks that one fact changes, by key.
type Blocks = BTreeMap<Vec<u8>, Vec<u8>>;

impl Projector for Index {
    fn version(&self) -> u32 {
        VERSION
    }

    fn project(&mut self, fact: &Fact, view: &View<'_>, batch: &mut Batch) -> Result<(), StoreError> {
        let Fact::Admitted { entries, .. } = fact else { return Ok(()) };
        let mut blocks = Blocks::new();
        for kept in entries {
            self.entry(kept, view, &mut blocks, batch)?;
        }
        blocks.into_iter().for_each(|(key, block)| batch.put(Space::Projection, key, block));
        Ok(())
    }
}

impl Index {
    /// An index that hands what it has read to `fresh`.
    pub fn handing(fresh: &Fresh) -> Self {
        Self { subjects: BTreeSet::new(), fresh: fresh.clone() }
    }

    fn entry(
        &mut self,
        kept: &Kept,
        view: &View<'_>,
        blocks: &mut Blocks,
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        let header = kept.envelope.header();
        let at = position_bytes(&header.position());
        let mut mark = |key: Vec<u8>| batch.put(Space::Projection, key, Vec::new());
        let Some(body) = kept.body.as_deref() else { return Ok(()) };
        match header.draft.kind {
            Kind::Genesis
            | Kind::Appointment
            | Kind::Directory
            | Kind::Revocation
            | Kind::Rotation
            | Kind::Catalogue => {
                mark(key(REGISTRY, &[&at]));
            }
            Kind::Report | Kind::Proxy => {
                let Some(reading) = Reading::of(&kept.envelope, Some(body)) else { return Ok(()) };
                match &reading.report {
                    Ok(report) => {
                        let subject = key(SUBJECT, &[&subject_bytes(report.form, &report.subject)]);
                        if !self.subjects.contains(&subject) {
                            mark(subject.clone());
                            self.remember(subject);
                        }
                        add_revision(report, header, view, blocks)?;
                    }
                    Err(_) => mark(key(UNREADABLE, &[&at])),
                }
                self.fresh.put(reading);
            }
            Kind::Answer => {
                if let Ok(Statement::Answer(answer)) = statement(Kind::Answer, body) {
                    mark(key(ANSWER, &[&position_bytes(&answer.position), &at]));
                }
            }
            kind @ (Kind::Standard | Kind::Adoption) => {
                mark(standards::key_of(kind, body, &header.position()));
            }
            kind @ (Kind::Target | Kind::Inspection | Kind::Consultation) => {
                records::key_of(kind, body, &header.position()).into_iter().for_each(mark);
            }
            kind => reviews::keys_of(kind, body, &header.position()).for_each(mark),
        }
        Ok(())
    }

    fn remember(&mut self, subject: Vec<u8>) {
        if self.subjects.len() >= SUBJECTS_REMEMBERED_MAX {
            self.subjects.clear();
        }
        self.subjects.insert(subject);
    }
}

fn key(table: u8, parts: &[&[u8]]) -> Vec<u8> {
    [&[table][..], &parts.concat()].concat()
}

fn subject_bytes(form: u32, subject: &Subject) -> Vec<u8> {
    // The text of an event sorts by date, then county, then kind, and that of a month in time. It is ended by a zero,
    // which sorts before every character; a count before it would sort short kinds before long ones.
    [&form.to_be_bytes()[..], subject.to_string().as_bytes(), &[0]].concat()
}

fn read_subject(bytes: &[u8]) -> Option<(u32, Subject)> {
    let (form, text) = bytes.split_first_chunk::<4>()?;
    let text = std::str::from_utf8(text.strip_suffix(&[0])?).ok()?;
    Some((u32::from_be_bytes(*form), text.parse().ok()?))
}

/// sequence in its block 1 ‖ revision 4 ‖ hash of the body 32.
const RECORD_BYTES: usize = 37;

fn add_revision(
    report: &Report,
    header: &Header,
    view: &View<'_>,
    blocks: &mut Blocks,
) -> Result<(), StoreError> {
    let at = header.position();
    let division = report.division.get().to_be_bytes();
    let (block, within) = (at.sequence >> BLOCK_BITS, at.sequence % (1 << BLOCK_BITS));
    let lane = [at.lane as u8];
    let parts =
        [&subject_bytes(report.form, &report.subject)[..], &division, &at.log.0, &lane, &block.to_be_bytes()];
    let value = match blocks.entry(key(REPORT, &parts)) {
        Entry::Occupied(held) => held.into_mut(),
        Entry::Vacant(new) => {
            let held = view.get(Space::Projection, new.key())?;
            new.insert(held.unwrap_or_default())
        }
    };
    value.push(within as u8);
    value.extend_from_slice(&report.revision.to_be_bytes());
    value.extend_from_slice(&header.body_hash.0);
    Ok(())
}

fn position_bytes(position: &Position) -> Vec<u8> {
    [&position.log.0[..], &[position.lane as u8], &position.sequence.to_be_bytes()].concat()
}

fn read_position(bytes: &[u8]) -> Option<Position> {
    let (log, rest) = bytes.split_first_chunk::<32>()?;
    let (lane, sequence) = rest.split_first()?;
    Some(Position {
        log: LogId(*log),
        lane: Lane::from_byte(*lane)?,
        sequence: u64::from_be_bytes(sequence.try_into().ok()?),
    })
}

/// Keys longer than any that begins with the same prefix.
fn after(prefix: &[u8]) -> Vec<u8> {
    [prefix, &[0xff; 128]].concat()
}

fn keys(store: &Store, prefix: &[u8]) -> Result<Vec<Vec<u8>>, StoreError> {
    let pairs = store.projection_scan(prefix, &after(prefix), usize::MAX, Direction::Up)?;
    Ok(pairs.into_iter().map(|(key, _)| key).collect())
}

/// Positions of the entries that the registry is folded from.
///
/// # Errors
/// When the store cannot be read.
pub fn registry_entries(store: &Store) -> Result<Vec<Position>, StoreError> {
    Ok(keys(store, &[REGISTRY])?.iter().filter_map(|key| read_position(&key[1..])).collect())
}

/// Every event on which there is a report by `form`, oldest first.
///
/// # Errors
/// When the store cannot be read.
pub fn events(store: &Store, form: u32) -> Result<Vec<EventKey>, StoreError> {
    Ok(subjects(store, form)?.iter().filter_map(|subject| subject.event().copied()).collect())
}

/// Every event or month on which there is a report by `form`, oldest first.
///
/// # Errors
/// When the store cannot be read.
pub fn subjects(store: &Store, form: u32) -> Result<Vec<Subject>, StoreError> {
    let found = keys(store, &key(SUBJECT, &[&form.to_be_bytes()]))?;
    Ok(found.iter().filter_map(|key| read_subject(&key[1..])).map(|(_, subject)| subject).collect())
}

/// Every form and event or month on which there is a report, of forms that are not known here too: form by form, oldest
/// first.
///
/// # Errors
/// When the store cannot be read.
pub fn all_subjects(store: &Store) -> Result<Vec<(u32, Subject)>, StoreError> {
    Ok(keys(store, &[SUBJECT])?.iter().filter_map(|key| read_subject(&key[1..])).collect())
}

/// Every revision of every report on `subject` by `form`, ordered by division, revision and body; one that was logged
/// twice stands twice. With `division`, only its own.
///
/// # Errors
/// When the store cannot be read.
pub fn revisions(
    store: &Store,
    form: u32,
    subject: impl Into<Subject>,
    division: Option<DivisionCode>,
) -> Result<Vec<Revision>, StoreError> {
    let subject = key(REPORT, &[&subject_bytes(form, &subject.into())]);
    let own = division.map(|division| division.get().to_be_bytes().to_vec()).unwrap_or_default();
    let prefix = [&subject[..], &own].concat();
    let blocks = store.projection_scan(&prefix, &after(&prefix), usize::MAX, Direction::Up)?;
    let mut revisions: Vec<Revision> =
        blocks.iter().filter_map(|(key, value)| block(&key[subject.len()..], value)).flatten().collect();
    revisions.sort_unstable();
    Ok(revisions)
}

/// The revisions of one block.
fn block<'v>(key: &[u8], value: &'v [u8]) -> Option<impl Iterator<Item = Revision> + use<'v>> {
    let (division, at) = key.split_first_chunk::<8>()?;
    let division = DivisionCode::new(u64::from_be_bytes(*division)).ok()?;
    let block = read_position(at)?;
    let revision = move |record: &[u8]| {
        let (within, rest) = record.split_first()?;
        let (revision, body) = rest.split_first_chunk::<4>()?;
        let sequence = (block.sequence << BLOCK_BITS) + u64::from(*within);
        Some(Revision {
            division,
            revision: u32::from_be_bytes(*revision),
            body: Hash(body.try_into().ok()?),
            position: Position { sequence, ..block },
        })
    };
    Some(value.chunks_exact(RECORD_BYTES).filter_map(revision))
}

/// Where the answers to the entry at `position` stand.
///
/// # Errors
/// When the store cannot be read.
pub fn answers(store: &Store, position: &Position) -> Result<Vec<Position>, StoreError> {
    let prefix = key(ANSWER, &[&position_bytes(position)]);
    Ok(keys(store, &prefix)?.iter().filter_map(|key| read_position(&key[prefix.len()..])).collect())
}

/// Where the reports stand that do not read.
///
/// # Errors
/// When the store cannot be read.
pub fn unreadable(store: &Store) -> Result<Vec<Position>, StoreError> {
    Ok(keys(store, &[UNREADABLE])?.iter().filter_map(|key| read_position(&key[1..])).collect())
}
