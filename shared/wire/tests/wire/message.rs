//! Messages: each comes back, and no bytes of a peer do harm.

use fengsui_wire::limits::{BATCH_UP_BYTES_MAX, FRAME_UP_BYTES_MAX, HAVE_ITEMS_MAX, NOTE_BYTES_MAX};
use fengsui_wire::{
    Batch, Evidence, Hash, Have, Head, Hello, Lane, LogHead, Message, MessageError, PROTOCOL_VERSION,
    ReceiptHead,
};
use proptest::prelude::*;

use crate::sample::{chain, division, key, log, name, network, receipt, signed};

fn read(bytes: &[u8]) -> Result<Message, MessageError> {
    Message::from_bytes(network(), bytes, BATCH_UP_BYTES_MAX)
}

fn hello(software: &str) -> Message {
    Message::Hello(Hello {
        version: PROTOCOL_VERSION,
        network: network(),
        division: division(220_221_100),
        log: name(),
        clock_ms: -1,
        software: software.into(),
    })
}

fn log_head() -> LogHead {
    LogHead { name: name(), lane: Lane::Bulk, head: Head { next: 3, hash: Hash([5; 32]) } }
}

fn receipt_head() -> ReceiptHead {
    ReceiptHead { log: log(), lane: Lane::Urgent, signer: key().public(), next: 9 }
}

fn one_of_each() -> Vec<Message> {
    vec![
        hello("fengsui 0.1.0"),
        Message::Have(Have {
            complete: true,
            last: true,
            logs: vec![log_head(), log_head()],
            receipts: vec![receipt_head()],
        }),
        Message::Have(Have::default()),
        Message::Batch(Batch { name: name(), lane: Lane::Routine, entries: chain(0, &[b"one", b"two"]) }),
        Message::Ack(log_head()),
        Message::Receipt(Box::new(receipt())),
        Message::Hold(name()),
        Message::Evidence(Box::new(Evidence { name: name(), envelope: signed(Head::EMPTY, b"one") })),
        Message::Beat(Hash([6; 32])),
        Message::Tell,
        Message::Bye("关机".into()),
    ]
}

#[test]
fn each_comes_back_as_it_went() {
    for message in one_of_each() {
        assert_eq!(read(&message.to_bytes()), Ok(message));
    }
}

#[test]
fn none_reads_when_cut_off_and_none_takes_bytes_left_over() {
    for message in one_of_each() {
        let bytes = message.to_bytes();
        let text_to_the_end = matches!(message, Message::Bye(_));
        for length in 0..bytes.len() {
            let cut = read(&bytes[..length]);
            assert!(cut.is_err() || (text_to_the_end && length > 0), "{message:?} at {length}");
        }
        let longer = read(&[&bytes[..], &[0]].concat());
        assert!(longer.is_err() || text_to_the_end, "{message:?}");
    }
}

#[test]
fn unknown_types_are_refused() {
    for kind in (0..=255).filter(|kind| !(1..=11).contains(kind)) {
        assert_eq!(read(&[kind]), Err(MessageError::Type(kind)));
    }
    assert!(matches!(read(&[]), Err(MessageError::Short(_))));
}

#[test]
fn notes_are_cut_between_characters_and_refused_when_longer() {
    let Ok(Message::Bye(cut)) = read(&Message::Bye("水".repeat(400)).to_bytes()) else {
        panic!("own bytes read")
    };
    assert_eq!(cut, "水".repeat(NOTE_BYTES_MAX / 3));
    let full = [&[10][..], &[b'x'; NOTE_BYTES_MAX]].concat();
    assert!(read(&full).is_ok());
    assert_eq!(read(&[&full[..], b"x"].concat()), Err(MessageError::Field("note")));
    assert_eq!(read(&[10, 0xff]), Err(MessageError::Field("note")));
    let Ok(Message::Hello(hello)) = read(&hello(&"x".repeat(2000)).to_bytes()) else {
        panic!("own bytes read")
    };
    assert_eq!(hello.software.len(), NOTE_BYTES_MAX);
}

#[test]
fn a_have_names_at_most_400_under_each_count_and_fits_a_childs_frame() {
    let of = |count| Message::Have(Have { logs: vec![log_head(); count], ..Have::default() }).to_bytes();
    assert!(read(&of(HAVE_ITEMS_MAX)).is_ok());
    assert!(of(HAVE_ITEMS_MAX).len() <= FRAME_UP_BYTES_MAX);
    assert_eq!(read(&of(HAVE_ITEMS_MAX + 1)), Err(MessageError::Field("count")));
    assert_eq!(read(&[2, 4, 0, 0, 0, 0]), Err(MessageError::Field("marks")));
}

#[test]
fn a_complete_statement_ends_once_and_loses_nothing() {
    for (logs, receipts) in [(0, 0), (1, 0), (0, 1), (400, 400), (401, 801)] {
        let (logs, receipts) = (vec![log_head(); logs], vec![receipt_head(); receipts]);
        let frames = Have::frames(&logs, &receipts);
        let last: Vec<bool> = frames.iter().map(|frame| frame.last).collect();
        assert_eq!(last.iter().filter(|last| **last).count(), 1);
        assert_eq!(last.last(), Some(&true));
        assert!(frames.iter().all(|frame| frame.complete && frame.logs.len() + frame.receipts.len() <= 400));
        assert_eq!(frames.iter().map(|frame| frame.logs.len()).sum::<usize>(), logs.len());
        assert_eq!(frames.iter().map(|frame| frame.receipts.len()).sum::<usize>(), receipts.len());
    }
}

#[test]
fn the_digest_sees_every_field() {
    let digest = Have::digest(&[log_head()], &[receipt_head()]);
    let moved = LogHead { head: Head { next: 4, ..log_head().head }, ..log_head() };
    let other_hash = LogHead { head: Head { hash: Hash([6; 32]), ..log_head().head }, ..log_head() };
    let other_lane = LogHead { lane: Lane::Urgent, ..log_head() };
    for head in [moved, other_hash, other_lane] {
        assert_ne!(Have::digest(&[head], &[receipt_head()]), digest);
    }
    assert_ne!(Have::digest(&[log_head()], &[ReceiptHead { next: 10, ..receipt_head() }]), digest);
    assert_ne!(Have::digest(&[log_head()], &[]), digest);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(kind in 0u8..12, bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&[&[kind][..], &bytes].concat());
    }

    #[test]
    fn what_reads_comes_back_the_same(which in 0usize..11, at in 0usize..1000, value: u8) {
        let mut bytes = one_of_each().swap_remove(which).to_bytes();
        let at = at % bytes.len();
        bytes[at] = value;
        if let Ok(message) = read(&bytes) {
            prop_assert_eq!(read(&message.to_bytes()), Ok(message));
        }
    }
}
