//! Where standards and adoptions stand.

use fengsui_model::StandardCode;
use fengsui_model::standard::Step;
use fengsui_store::{Store, StoreError};
use fengsui_wire::{Kind, Position, Statement, statement};

use super::{key, keys, position_bytes, read_position};

/// Standards, by position: log, lane and sequence, so that those of one log are in its order.
const STANDARD: u8 = b'S';
/// Adoptions, by standard, [class](Class) and position.
const ADOPTION: u8 = b'D';

/// What an adoption says, as far as the index keeps it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Class {
    /// How far a value has come: to be judged.
    Word = 0,
    /// That the standard has arrived: one from every station.
    Seen = 1,
}

/// Table of the adoptions that do not read: a code begins with a letter, so none is confused with it.
const UNREADABLE: &[u8] = &[0];

/// The key of an entry of one of these kinds.
pub(super) fn key_of(kind: Kind, body: &[u8], at: &Position) -> Vec<u8> {
    let at = position_bytes(at);
    match (kind, statement(kind, body)) {
        (Kind::Standard, _) => key(STANDARD, &[&at]),
        (_, Ok(Statement::Adoption(adoption))) => {
            let class = if adoption.step == Step::Seen { Class::Seen } else { Class::Word };
            key(ADOPTION, &[&class_bytes(&adoption.standard, class), &at])
        }
        _ => key(ADOPTION, &[UNREADABLE, &at]),
    }
}

fn class_bytes(code: &StandardCode, class: Class) -> Vec<u8> {
    [code.as_str().as_bytes(), &[0, class as u8]].concat()
}

fn positions(store: &Store, prefix: &[u8]) -> Result<Vec<Position>, StoreError> {
    Ok(keys(store, prefix)?.iter().filter_map(|key| read_position(&key[prefix.len()..])).collect())
}

/// Every entry of kind standard, each log's in its order.
///
/// # Errors
/// When the store cannot be read.
pub fn standards(store: &Store) -> Result<Vec<Position>, StoreError> {
    positions(store, &[STANDARD])
}

/// The adoptions of one standard.
///
/// # Errors
/// When the store cannot be read.
pub fn adoptions(store: &Store, code: &StandardCode, class: Class) -> Result<Vec<Position>, StoreError> {
    positions(store, &key(ADOPTION, &[&class_bytes(code, class)]))
}

/// Every adoption of every standard, those included that do not read.
///
/// # Errors
/// When the store cannot be read.
pub fn all_adoptions(store: &Store) -> Result<Vec<Position>, StoreError> {
    // A position ends each key, and its length is fixed.
    let at = |key: &Vec<u8>| read_position(key.get(key.len().checked_sub(POSITION_BYTES)?..)?);
    Ok(keys(store, &[ADOPTION])?.iter().filter_map(at).collect())
}

/// log 32 ‖ lane 1 ‖ sequence 8.
pub(super) const POSITION_BYTES: usize = 41;
