//! Where reviews, withdrawals, submissions and the words on the course of events stand.

use fengsui_model::{Subject, Verdict};
use fengsui_store::{Store, StoreError};
use fengsui_wire::{Body, Kind, Position, ReportId, Statement, statement};

use super::{key, keys, position_bytes, read_position, subject_bytes};

/// Reviews and withdrawals, by report id, kind and position.
const WORD: u8 = b'V';
/// Submissions, by form, event or month, and position.
const SUBMISSION: u8 = b'U';
/// Merges and words on stability, by kind and position.
const COURSE: u8 = b'C';
/// Reviews that correct time or kind, by position: few, and whoever totals an event asks for all of them.
const CORRECTION: u8 = b'K';

/// The keys of an entry of one of these kinds; none where its body says nothing that could be found again.
pub(super) fn keys_of(kind: Kind, body: &[u8], at: &Position) -> impl Iterator<Item = Vec<u8>> {
    key_of(kind, body, at).into_iter().chain(correction_key(kind, body, at))
}

fn correction_key(kind: Kind, body: &[u8], at: &Position) -> Option<Vec<u8>> {
    if kind != Kind::Review {
        return None;
    }
    match statement(kind, body) {
        Ok(Statement::Review(signed)) if matches!(signed.review.verdict, Verdict::Correct(_)) => {
            Some(key(CORRECTION, &[&position_bytes(at)]))
        }
        _ => None,
    }
}

fn key_of(kind: Kind, body: &[u8], at: &Position) -> Option<Vec<u8>> {
    let at = position_bytes(at);
    match kind {
        Kind::Review | Kind::Withdrawal => {
            let id = Body::from_bytes(body).ok()?.report_id;
            Some(key(WORD, &[&id, &[kind as u8], &at]))
        }
        Kind::Submission => match statement(kind, body) {
            Ok(Statement::Submission(signed)) => {
                let of = &signed.submission;
                Some(key(SUBMISSION, &[&subject_bytes(of.form, &of.subject), &at]))
            }
            _ => None,
        },
        Kind::Merge | Kind::Stability => Some(key(COURSE, &[&[kind as u8], &at])),
        _ => None,
    }
}

fn positions(store: &Store, prefix: &[u8]) -> Result<Vec<Position>, StoreError> {
    Ok(keys(store, prefix)?.iter().filter_map(|key| read_position(&key[prefix.len()..])).collect())
}

/// Reviews of any revision of one report.
///
/// # Errors
/// When the store cannot be read.
pub fn reviews(store: &Store, report: ReportId) -> Result<Vec<Position>, StoreError> {
    positions(store, &key(WORD, &[&report.0, &[Kind::Review as u8]]))
}

/// Withdrawals of any revision of one report.
///
/// # Errors
/// When the store cannot be read.
pub fn withdrawals(store: &Store, report: ReportId) -> Result<Vec<Position>, StoreError> {
    positions(store, &key(WORD, &[&report.0, &[Kind::Withdrawal as u8]]))
}

/// Submissions on `subject` by `form`, of every division.
///
/// # Errors
/// When the store cannot be read.
pub fn submissions(store: &Store, form: u32, subject: &Subject) -> Result<Vec<Position>, StoreError> {
    positions(store, &key(SUBMISSION, &[&subject_bytes(form, subject)]))
}

/// Every merge of events.
///
/// # Errors
/// When the store cannot be read.
pub fn merges(store: &Store) -> Result<Vec<Position>, StoreError> {
    positions(store, &key(COURSE, &[&[Kind::Merge as u8]]))
}

/// Every word that an event is stable.
///
/// # Errors
/// When the store cannot be read.
pub fn stabilities(store: &Store) -> Result<Vec<Position>, StoreError> {
    positions(store, &key(COURSE, &[&[Kind::Stability as u8]]))
}

/// Every review that corrects the time or kind of a disaster.
///
/// # Errors
/// When the store cannot be read.
pub fn corrections(store: &Store) -> Result<Vec<Position>, StoreError> {
    positions(store, &key(CORRECTION, &[]))
}
