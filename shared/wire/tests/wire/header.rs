//! Headers: every field comes back, and every value that version 1 does not define is refused.

use fengsui_model::Level;
use fengsui_wire::{Draft, Flags, HEADER_BYTES, Hash, Header, HeaderError, Kind, Lane, LogId, limits};
use proptest::prelude::*;

use crate::sample::{division, draft};

fn header() -> Header {
    Header {
        draft: draft(),
        sequence: 8,
        log: LogId([10; 32]),
        previous: Hash([11; 32]),
        body_hash: Hash([12; 32]),
        body_length: 13,
    }
}

/// What a reader says of the sample with `value` written at `at`.
fn with_byte(at: usize, value: u8) -> Result<Header, HeaderError> {
    let mut bytes = header().to_bytes();
    bytes[at] = value;
    Header::from_bytes(&bytes)
}

fn with_length(kind: Kind, length: usize) -> Result<Header, HeaderError> {
    let body_length = u32::try_from(length).expect("a small number");
    let header = Header { draft: Draft { kind, ..draft() }, body_length, ..header() };
    Header::from_bytes(&header.to_bytes())
}

#[test]
fn an_unknown_number_is_refused_in_every_field_that_has_numbers() {
    for value in 0..=255 {
        assert_eq!(with_byte(0, value).is_ok(), value == 1, "version {value}");
        assert_eq!(with_byte(1, value).is_ok(), value == 1, "suite {value}");
        assert_eq!(with_byte(2, value).is_ok(), value <= 22, "kind {value}");
        assert_eq!(with_byte(3, value).is_ok(), value <= 2, "lane {value}");
        assert_eq!(with_byte(4, value).is_ok(), value <= 31, "flags {value}");
        assert_eq!(with_byte(5, value).is_ok(), value == 0, "high flags {value}");
        assert_eq!(with_byte(6, value).is_ok(), (1..=4).contains(&value), "reach {value}");
        assert_eq!(with_byte(7, value).is_ok(), value == 1, "body format {value}");
    }
}

#[test]
fn each_refusal_names_its_field() {
    assert_eq!(with_byte(0, 2), Err(HeaderError::Version(2)));
    assert_eq!(with_byte(1, 2), Err(HeaderError::Suite(2)));
    assert_eq!(with_byte(2, 23), Err(HeaderError::Kind(23)));
    assert_eq!(with_byte(3, 3), Err(HeaderError::Lane(3)));
    assert_eq!(with_byte(5, 1), Err(HeaderError::Flags(256 + 24)));
    assert_eq!(with_byte(6, 0), Err(HeaderError::Reach(0)));
    assert_eq!(with_byte(7, 0), Err(HeaderError::BodyFormat(0)));
    assert_eq!(with_byte(131, 1), Err(HeaderError::Addressee(220_221 | 1 << 56)));
}

#[test]
fn every_reserved_byte_must_be_zero() {
    for at in 148..HEADER_BYTES {
        assert_eq!(with_byte(at, 1), Err(HeaderError::Reserved), "byte {at}");
    }
}

#[test]
fn the_first_entry_has_none_before_and_the_others_have_one() {
    let first = Header { sequence: 0, ..header() };
    assert_eq!(Header::from_bytes(&first.to_bytes()), Err(HeaderError::Previous(0)));
    let first = Header { previous: Hash::ZERO, ..first };
    assert_eq!(Header::from_bytes(&first.to_bytes()), Ok(first));
    let later = Header { sequence: 1, ..first };
    assert_eq!(Header::from_bytes(&later.to_bytes()), Err(HeaderError::Previous(1)));
}

#[test]
fn a_body_may_be_as_long_as_its_kind_allows_and_not_a_byte_longer() {
    for kind in Kind::ALL {
        let max = match kind {
            Kind::Directory | Kind::Standard | Kind::Catalogue => limits::ARTEFACT_BYTES_MAX,
            _ => limits::BODY_BYTES_MAX,
        };
        assert!(with_length(*kind, max).is_ok(), "{kind:?}");
        assert!(matches!(with_length(*kind, max + 1), Err(HeaderError::BodyLength { .. })), "{kind:?}");
    }
}

fn any_draft() -> impl Strategy<Value = Draft> {
    let numbers = (0usize..20, 0usize..3, 0u16..32, 0usize..4, prop::option::of(100_000u64..1_000_000));
    (numbers, any::<(u32, u32, i64, u32, u32)>()).prop_map(|(numbers, rest)| Draft {
        kind: Kind::ALL[numbers.0],
        lane: Lane::ALL[numbers.1],
        flags: Flags::from_bits(numbers.2).expect("five bits are known"),
        reach: Level::ALL[numbers.3],
        addressee: numbers.4.map(division),
        standards: rest.0,
        directory: rest.1,
        clock_ms: rest.2,
        boot: rest.3,
        uptime_s: rest.4,
    })
}

fn any_header() -> impl Strategy<Value = Header> {
    let hashes = (any::<[u8; 32]>(), any::<[u8; 32]>(), any::<[u8; 32]>());
    (any_draft(), 1u64.., hashes, 0u32..=65_536).prop_map(|(draft, sequence, hashes, body_length)| Header {
        draft,
        sequence,
        log: LogId(hashes.0),
        previous: Hash(hashes.1),
        body_hash: Hash(hashes.2),
        body_length,
    })
}

proptest! {
    #[test]
    fn comes_back_as_it_went(header in any_header()) {
        prop_assert_eq!(Header::from_bytes(&header.to_bytes()), Ok(header));
    }

    #[test]
    fn what_reads_writes_the_same_bytes(header in any_header(), at in 0..HEADER_BYTES, value: u8) {
        let mut bytes = header.to_bytes();
        bytes[at] = value;
        if let Ok(read) = Header::from_bytes(&bytes) {
            prop_assert_eq!(read.to_bytes(), bytes);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), HEADER_BYTES)) {
        let _ = Header::from_bytes(&bytes.try_into().expect("160 bytes"));
    }
}
