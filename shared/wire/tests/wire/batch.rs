//! Batches: envelopes arrive to the byte, and a hostile batch costs its receiver nothing.

use fengsui_wire::limits::{BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, BATCH_UP_BYTES_MAX};
use fengsui_wire::{Batch, BatchError, Carried, Lane};
use proptest::prelude::*;

use crate::sample::{author, chain, name, network};

fn batch(entries: Vec<Carried>) -> Batch {
    Batch { name: name(), lane: Lane::Routine, entries }
}

fn read(bytes: &[u8]) -> Result<Batch, BatchError> {
    Batch::from_bytes(network(), bytes, BATCH_BYTES_MAX)
}

/// A batch's bytes around raw bytes of one's own, with a stated raw length of one's own.
fn packed(stated: usize, raw: &[u8]) -> Vec<u8> {
    let stated = u32::try_from(stated).expect("a small number");
    [&stated.to_le_bytes()[..], &zstd::bulk::compress(raw, 3).expect("memory")].concat()
}

fn unpacked(batch: &Batch) -> Vec<u8> {
    zstd::bulk::decompress(&batch.to_bytes()[4..], BATCH_BYTES_MAX).expect("own bytes unpack")
}

#[test]
fn envelopes_arrive_to_the_byte_and_hold() {
    for first in [0, 41] {
        let sent = batch(chain(first, &[b"one", b"", b"three"]));
        let back = read(&sent.to_bytes()).expect("own bytes read");
        assert_eq!(back, sent);
        for carried in back.entries {
            author().verify(carried.envelope, carried.body).expect("the same envelope");
        }
    }
}

#[test]
fn envelopes_arrive_without_their_bodies_too() {
    let mut sent = batch(chain(0, &[b"one", b"two", b"three"]));
    sent.entries[1].body = None;
    let back = read(&sent.to_bytes()).expect("own bytes read");
    assert_eq!(back, sent);
    for (back, sent) in back.entries.iter().zip(&sent.entries) {
        assert_eq!(back.envelope.bytes(), sent.envelope.bytes());
    }
}

#[test]
fn a_stated_length_past_the_bound_is_refused_before_unpacking() {
    // Not zstd at all, so an answer other than `TooLong` would show that unpacking was tried.
    let bytes = [&u32::MAX.to_le_bytes()[..], b"not zstd"].concat();
    let refused = Batch::from_bytes(network(), &bytes, BATCH_UP_BYTES_MAX);
    assert_eq!(refused, Err(BatchError::TooLong { stated: u32::MAX as usize, max: BATCH_UP_BYTES_MAX }));
}

#[test]
fn a_bomb_is_refused_at_its_stated_length() {
    let bomb = packed(1000, &vec![0; 64 * 1024 * 1024]);
    assert!(bomb.len() < 16 * 1024);
    assert_eq!(read(&bomb), Err(BatchError::Compression));
}

#[test]
fn another_real_length_than_stated_is_refused() {
    let raw = unpacked(&batch(chain(0, &[b"one"])));
    assert!(read(&packed(raw.len(), &raw)).is_ok());
    assert_eq!(read(&packed(raw.len() + 1, &raw)), Err(BatchError::Compression));
    assert_eq!(read(&packed(raw.len() - 1, &raw)), Err(BatchError::Compression));
}

#[test]
fn the_bound_itself_is_still_allowed() {
    let sent = batch(chain(0, &[b"one"]));
    let length = unpacked(&sent).len();
    assert!(Batch::from_bytes(network(), &sent.to_bytes(), length).is_ok());
    let refused = Batch::from_bytes(network(), &sent.to_bytes(), length - 1);
    assert_eq!(refused, Err(BatchError::TooLong { stated: length, max: length - 1 }));
}

#[test]
fn one_to_256_entries() {
    assert_eq!(read(&batch(vec![]).to_bytes()), Err(BatchError::Count(0)));
    let many = chain(0, &[b"x".as_slice(); BATCH_ENTRIES_MAX + 1]);
    let refused = read(&batch(many.clone()).to_bytes());
    assert_eq!(refused, Err(BatchError::Count(BATCH_ENTRIES_MAX as u16 + 1)));
    assert!(read(&batch(many[..BATCH_ENTRIES_MAX].to_vec()).to_bytes()).is_ok());
}

#[test]
fn unknown_lane_unknown_marks_and_bytes_left_over_are_refused() {
    let raw = unpacked(&batch(chain(0, &[b"one"])));
    let with = |at: usize, value: u8| {
        let mut raw = raw.clone();
        raw[at] = value;
        read(&packed(raw.len(), &raw))
    };
    assert_eq!(with(48, 3), Err(BatchError::Lane(3)));
    assert_eq!(with(91, 2), Err(BatchError::Marks(0)));
    let longer = [&raw[..], &[0]].concat();
    assert_eq!(read(&packed(longer.len(), &longer)), Err(BatchError::LeftOver(1)));
    for length in 0..raw.len() {
        assert!(read(&packed(length, &raw[..length])).is_err(), "cut at {length}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
    }

    #[test]
    fn no_raw_bytes_make_it_panic(raw in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = read(&packed(raw.len(), &raw));
    }

    #[test]
    fn damage_is_refused_or_fails_to_verify(at in 0usize..1000, flip in 1u8..) {
        let sent = batch(chain(3, &[b"one", b"two"]));
        let mut raw = unpacked(&sent);
        let at = at % raw.len();
        raw[at] ^= flip;
        if let Ok(back) = read(&packed(raw.len(), &raw)) {
            let holds = |carried: &Carried| author().verify(carried.envelope, carried.body.clone()).is_ok();
            prop_assert!(!back.entries.iter().all(holds), "byte {at}");
        }
    }
}
