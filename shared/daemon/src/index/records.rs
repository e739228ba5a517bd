//! Where targets, inspections and consultations stand.

use fengsui_model::Subject;
use fengsui_store::{Store, StoreError};
use fengsui_wire::{Kind, Position, Statement, statement};

use super::standards::POSITION_BYTES;
use super::{key, keys, position_bytes, read_position, subject_bytes};

/// Targets, inspections and consultations, by kind, form, event or period, and position.
const RECORD: u8 = b'W';

/// The key of an entry of one of these kinds; `None` where it is of another, or does not read.
pub(super) fn key_of(kind: Kind, body: &[u8], at: &Position) -> Option<Vec<u8>> {
    let (form, subject) = match kind {
        Kind::Target | Kind::Inspection | Kind::Consultation => match statement(kind, body).ok()? {
            Statement::Targets(of) => (of.form, of.subject),
            Statement::Inspection(of) => (of.form, of.subject),
            Statement::Consultation(of) => (of.form, of.subject),
            _ => return None,
        },
        _ => return None,
    };
    Some(key(RECORD, &[&[kind as u8], &subject_bytes(form, &subject), &position_bytes(at)]))
}

/// The records of one kind on `subject` by `form`.
///
/// # Errors
/// When the store cannot be read.
pub fn records(store: &Store, kind: Kind, form: u32, subject: &Subject) -> Result<Vec<Position>, StoreError> {
    let prefix = key(RECORD, &[&[kind as u8], &subject_bytes(form, subject)]);
    Ok(keys(store, &prefix)?.iter().filter_map(|key| read_position(&key[prefix.len()..])).collect())
}

/// Every record of every kind.
///
/// # Errors
/// When the store cannot be read.
pub fn all_records(store: &Store) -> Result<Vec<Position>, StoreError> {
    // A position ends each key, and its length is fixed.
    let at = |key: &Vec<u8>| read_position(key.get(key.len().checked_sub(POSITION_BYTES)?..)?);
    Ok(keys(store, &[RECORD])?.iter().filter_map(at).collect())
}
