//! The index: what is found quickly, computed from the facts and thrown away at will.
//!
//! Keys begin with one byte that names the table. All numbers are big-endian, so that a range is a question:
//! "all revisions of all reports on this event" is one scan.

use std::collections::BTreeSet;

use fengsui_model::{DivisionCode, EventKey, Report};
use fengsui_store::{Batch, Direction, Fact, Kept, Projector, Space, Store, StoreError, View};
use fengsui_wire::{Hash, Kind, Lane, LogId, Position, Statement, statement};

/// Version of these tables: another number makes every store rebuild them.
const VERSION: u32 = 2;

/// Entries that the registry is folded from.
const REGISTRY: u8 = b'r';
/// Events on which there is any report.
const EVENT: u8 = b'e';
/// Revisions of reports, by event, division, revision.
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

/// Events remembered, so that their key is not written again with every report: a bad year has a hundred.
const EVENTS_REMEMBERED_MAX: usize = 1_024;

/// Computes the index.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// Keys of events that were written since this process began.
    events: BTreeSet<Vec<u8>>,
}

impl Projector for Index {
    fn version(&self) -> u32 {
        VERSION
    }

    fn project(&mut self, fact: &Fact, _: &View<'_>, batch: &mut Batch) -> Result<(), StoreError> {
        if let Fact::Admitted { entries, .. } = fact {
            entries.iter().for_each(|kept| self.entry(kept, batch));
        }
        Ok(())
    }
}

impl Index {
    fn entry(&mut self, kept: &Kept, batch: &mut Batch) {
        let header = kept.envelope.header();
        let at = position_bytes(&header.position());
        let mut put = |key: Vec<u8>, value: Vec<u8>| batch.put(Space::Projection, key, value);
        let Some(body) = kept.body.as_deref() else { return };
        match header.draft.kind {
            Kind::Genesis | Kind::Appointment | Kind::Directory => put(key(REGISTRY, &[&at]), Vec::new()),
            Kind::Report => match statement(Kind::Report, body) {
                Ok(Statement::Report(report)) => {
                    let event = key(EVENT, &[&event_bytes(report.form, &report.event)]);
                    if !self.events.contains(&event) {
                        put(event.clone(), Vec::new());
                        self.remember(event);
                    }
                    put(report_key(&report, header.body_hash, &at), Vec::new());
                }
                _ => put(key(UNREADABLE, &[&at]), Vec::new()),
            },
            Kind::Answer => {
                if let Ok(Statement::Answer(answer)) = statement(Kind::Answer, body) {
                    put(key(ANSWER, &[&position_bytes(&answer.position), &at]), Vec::new());
                }
            }
            _ => {}
        }
    }

    fn remember(&mut self, event: Vec<u8>) {
        if self.events.len() >= EVENTS_REMEMBERED_MAX {
            self.events.clear();
        }
        self.events.insert(event);
    }
}

fn key(table: u8, parts: &[&[u8]]) -> Vec<u8> {
    [&[table][..], &parts.concat()].concat()
}

fn event_bytes(form: u32, event: &EventKey) -> Vec<u8> {
    // The event's own text sorts by date, then county, then kind. It is ended by a zero, which sorts before every
    // character; a count before it would sort short kinds before long ones.
    [&form.to_be_bytes()[..], event.to_string().as_bytes(), &[0]].concat()
}

fn report_key(report: &Report, body: Hash, at: &[u8]) -> Vec<u8> {
    let division = report.division.get().to_be_bytes();
    let revision = report.revision.to_be_bytes();
    key(REPORT, &[&event_bytes(report.form, &report.event), &division, &revision, &body.0, at])
}

const POSITION_BYTES: usize = 41;

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
    let prefix = key(EVENT, &[&form.to_be_bytes()]);
    let text = |key: &Vec<u8>| {
        let text = key.get(prefix.len()..)?.strip_suffix(&[0])?;
        std::str::from_utf8(text).ok()?.parse().ok()
    };
    Ok(keys(store, &prefix)?.iter().filter_map(text).collect())
}

/// Every revision of every report on `event` by `form`, ordered by division, revision and body; one that was logged
/// twice stands twice. With `division`, only its own.
///
/// # Errors
/// When the store cannot be read.
pub fn revisions(
    store: &Store,
    form: u32,
    event: &EventKey,
    division: Option<DivisionCode>,
) -> Result<Vec<Revision>, StoreError> {
    let own = division.map(|division| division.get().to_be_bytes().to_vec()).unwrap_or_default();
    reports(store, form, event, &own)
}

/// The same for one revision number of one division: more than one where it was logged twice, or says two things.
///
/// # Errors
/// When the store cannot be read.
pub fn numbered(
    store: &Store,
    form: u32,
    event: &EventKey,
    division: DivisionCode,
    revision: u32,
) -> Result<Vec<Revision>, StoreError> {
    let own = [&division.get().to_be_bytes()[..], &revision.to_be_bytes()].concat();
    reports(store, form, event, &own)
}

fn reports(store: &Store, form: u32, event: &EventKey, own: &[u8]) -> Result<Vec<Revision>, StoreError> {
    let event = key(REPORT, &[&event_bytes(form, event)]);
    let prefix = [&event[..], own].concat();
    Ok(keys(store, &prefix)?.iter().filter_map(|key| revision(&key[event.len()..])).collect())
}

fn revision(bytes: &[u8]) -> Option<Revision> {
    let (division, rest) = bytes.split_first_chunk::<8>()?;
    let (revision, rest) = rest.split_first_chunk::<4>()?;
    let (body, rest) = rest.split_first_chunk::<32>()?;
    if rest.len() != POSITION_BYTES {
        return None;
    }
    Some(Revision {
        division: DivisionCode::new(u64::from_be_bytes(*division)).ok()?,
        revision: u32::from_be_bytes(*revision),
        body: Hash(*body),
        position: read_position(rest)?,
    })
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
