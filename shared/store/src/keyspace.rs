//! Every key of the engine, in one place. Numbers are big-endian, so that keys sort as the numbers do.

use fengsui_wire::{Hash, Lane, LogId, Position, PublicKey};

/// log 32 ‖ lane 1.
pub(crate) const LANE_BYTES: usize = 33;

/// [`Space::Meta`](crate::Space::Meta): layout of the other spaces.
pub(crate) const META_LAYOUT: &[u8] = b"layout";
/// [`Space::Meta`](crate::Space::Meta): place of the journal up to which facts are applied.
pub(crate) const META_APPLIED: &[u8] = b"applied";
/// [`Space::Meta`](crate::Space::Meta): version of the projector whose projections are complete.
pub(crate) const META_PROJECTOR: &[u8] = b"projector";

/// Heads, and the start of every key that belongs to a lane: log ‖ lane.
pub(crate) fn lane(log: LogId, lane: Lane) -> Vec<u8> {
    let mut key = Vec::with_capacity(LANE_BYTES + 40);
    key.extend_from_slice(&log.0);
    key.push(lane as u8);
    key
}

/// Entries: log ‖ lane ‖ sequence 8 of the last one of the [block](crate::block).
pub(crate) fn entry(at: Position) -> Vec<u8> {
    let mut key = lane(at.log, at.lane);
    key.extend_from_slice(&at.sequence.to_be_bytes());
    key
}

/// Covered: log ‖ lane ‖ signer 32.
pub(crate) fn covered(log: LogId, of: Lane, signer: PublicKey) -> Vec<u8> {
    let mut key = lane(log, of);
    key.extend_from_slice(&signer.0);
    key
}

/// Receipts: log ‖ lane ‖ signer 32 ‖ last sequence 8.
pub(crate) fn receipt(log: LogId, of: Lane, signer: PublicKey, to: u64) -> Vec<u8> {
    let mut key = covered(log, of, signer);
    key.extend_from_slice(&to.to_be_bytes());
    key
}

/// Forks: log ‖ lane ‖ sequence 8 ‖ hash of the later one 32.
pub(crate) fn fork(at: Position, theirs: Hash) -> Vec<u8> {
    let mut key = entry(at);
    key.extend_from_slice(&theirs.0);
    key
}

/// Quarantine: running number 8.
pub(crate) fn quarantine(number: u64) -> [u8; 8] {
    number.to_be_bytes()
}

/// First key after all keys that start with `prefix`; empty (to the end of the space) when there is none.
pub(crate) fn after(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            break;
        }
    }
    end
}

/// The log and lane a key starts with.
pub(crate) fn split_lane(key: &[u8]) -> Option<(LogId, Lane, &[u8])> {
    let (start, rest) = key.split_at_checked(LANE_BYTES)?;
    let (log, of) = start.split_at(32);
    Some((LogId(log.try_into().ok()?), Lane::from_byte(of[0])?, rest))
}

/// The position an entry's key names.
pub(crate) fn split_entry(key: &[u8]) -> Option<Position> {
    let (log, lane, rest) = split_lane(key)?;
    Some(Position { log, lane, sequence: u64::from_be_bytes(rest.try_into().ok()?) })
}
