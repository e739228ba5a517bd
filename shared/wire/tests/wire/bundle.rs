//! Bundles: what was written comes back, and a cut or a lie about lengths shows.

use std::io::Cursor;

use fengsui_wire::limits::BUNDLE_RECORD_BYTES_MAX;
use fengsui_wire::{BundleError, BundleReader, BundleRecord, BundleWriter, Incarnation, LogName, StationKey};
use proptest::prelude::*;

use crate::sample::{chain, name, network, receipt};

fn written() -> Vec<u8> {
    let root = StationKey::from_seed(&[1; 32]).public();
    let mut writer = BundleWriter::new(Vec::new(), root).expect("memory");
    for (index, carried) in chain(0, &[b"one", b"two"]).iter().enumerate() {
        let body = carried.body.as_deref().filter(|_| index == 0);
        writer.entry(name(), &carried.envelope, body).expect("memory");
    }
    writer.receipt(&receipt()).expect("memory");
    let other = LogName { incarnation: Incarnation([10; 16]), ..name() };
    writer.entry(other, &chain(0, &[b"three"])[0].envelope, None).expect("memory");
    writer.finish().expect("memory")
}

/// The records up to the end, or up to the first fault.
fn read(bytes: &[u8]) -> Result<Vec<BundleRecord>, BundleError> {
    let mut reader = BundleReader::new(Cursor::new(bytes))?;
    std::iter::from_fn(|| reader.next_record().transpose()).collect()
}

#[test]
fn comes_back_as_it_went() {
    let entries = chain(0, &[b"one", b"two"]);
    let other = LogName { incarnation: Incarnation([10; 16]), ..name() };
    let expected = [
        BundleRecord::Log(name()),
        BundleRecord::Entry(Box::new(entries[0].envelope), Some(b"one".to_vec())),
        BundleRecord::Entry(Box::new(entries[1].envelope), None),
        BundleRecord::Receipt(Box::new(receipt())),
        BundleRecord::Log(other),
        BundleRecord::Entry(Box::new(chain(0, &[b"three"])[0].envelope), None),
    ];
    let bytes = written();
    assert_eq!(read(&bytes).expect("own bytes read"), expected);
    assert_eq!(BundleReader::new(Cursor::new(bytes)).expect("own bytes").network(), network());
}

#[test]
fn an_empty_body_and_no_body_are_different() {
    let root = StationKey::from_seed(&[1; 32]).public();
    let mut writer = BundleWriter::new(Vec::new(), root).expect("memory");
    let envelope = chain(0, &[b""])[0].envelope;
    writer.entry(name(), &envelope, Some(b"")).expect("memory");
    let records = read(&writer.finish().expect("memory")).expect("own bytes read");
    assert_eq!(records[1], BundleRecord::Entry(Box::new(envelope), Some(Vec::new())));
}

#[test]
fn cut_off_at_any_byte_it_is_refused() {
    let bytes = written();
    for length in 0..bytes.len() {
        assert!(read(&bytes[..length]).is_err(), "cut at {length}");
    }
}

#[test]
fn bytes_after_the_end_and_missing_records_are_refused_for_good() {
    let bytes = written();
    assert!(read(&[&bytes[..], &[0]].concat()).is_err());
    let first = 48..48 + 5 + 48;
    let without_first = [&bytes[..first.start], &bytes[first.end..]].concat();
    let mut reader = BundleReader::new(Cursor::new(&without_first)).expect("the head is whole");
    let fault = std::iter::from_fn(|| reader.next_record().transpose()).find(Result::is_err);
    assert!(fault.is_some());
    assert!(reader.next_record().is_err(), "a refused end must not read as an end");
}

#[test]
fn a_record_longer_than_allowed_is_refused_before_it_is_read() {
    for length in [BUNDLE_RECORD_BYTES_MAX as u32 + 1, u32::MAX] {
        let mut bytes = written();
        bytes[49..53].copy_from_slice(&length.to_le_bytes());
        let fault = read(&bytes).expect_err("too long");
        assert_eq!(fault.to_string(), "read the bundle at byte 48: the record or the file is too long");
    }
}

#[test]
fn another_magic_tag_or_mark_is_refused() {
    for at in 0..16 {
        let mut bytes = written();
        bytes[at] ^= 1;
        assert!(matches!(read(&bytes), Err(BundleError::Magic)), "magic {at}");
    }
    let with = |at: usize, value: u8| {
        let mut bytes = written();
        bytes[at] = value;
        read(&bytes)
    };
    let mark = 48 + 53 + 5 + 224;
    assert_eq!(written()[mark], 1);
    assert!(with(48, 0).is_err() && with(48, 5).is_err() && with(mark, 2).is_err());
    assert!(with(mark, 0).is_err(), "a body where the mark says none");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let head = &written()[..48];
        let _ = read(&bytes);
        let _ = read(&[head, &bytes].concat());
    }
}
