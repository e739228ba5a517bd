//! A peer with an admitted key that breaks the rules of framing.

use quinn::{ConnectionError, SendStream, VarInt};

use super::*;
use crate::{Blame, Class, TransportError, Violation, link::Farewell};

/// Opens a stream that begins with these bytes.
async fn stream(raw: &quinn::Connection, bytes: &[u8]) -> SendStream {
    let mut stream = within(raw.open_uni()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream
}

/// The hub names the breach, and the peer's connection is closed for it.
async fn assert_accused(raw: &quinn::Connection, down: &Connection, expected: Violation) {
    let error = within(down.recv()).await.unwrap_err();
    assert!(matches!(error, TransportError::Violation(violation) if violation == expected), "{error:?}");
    assert_eq!(error.blame(), Blame::Peer);
    match within(raw.closed()).await {
        ConnectionError::ApplicationClosed(close) => {
            assert_eq!(close.error_code, VarInt::from(Farewell::Violation));
            assert_eq!(close.reason, expected.to_string().as_bytes());
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_frame_over_the_limit_closes_the_connection() {
    let world = World::new();
    let limit = Limits::FROM_CHILD.frame_bytes_max_in;
    let (_dialer, up, down) = world.connect().await;
    up.send(Class::Bulk, vec![0; limit + 1]).await.unwrap();
    let expected = Violation::FrameTooLarge { class: Class::Bulk, bytes: limit as u32 + 1, limit };
    match within(down.recv()).await.unwrap_err() {
        TransportError::Violation(violation) => assert_eq!(violation, expected),
        other => panic!("{other:?}"),
    }
    match within(up.recv()).await.unwrap_err() {
        TransportError::ClosedByPeer { code: 3, reason } => assert_eq!(reason, expected.to_string()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_largest_length_there_is_allocates_nothing() {
    let world = World::new();
    let (_endpoint, raw, down) = world.connect_raw().await;
    let _stream = stream(&raw, &[2, 0xff, 0xff, 0xff, 0xff]).await;
    let limit = Limits::FROM_CHILD.frame_bytes_max_in;
    assert_accused(&raw, &down, Violation::FrameTooLarge { class: Class::Routine, bytes: u32::MAX, limit })
        .await;
}

#[tokio::test]
async fn an_unknown_class_closes_the_connection() {
    let world = World::new();
    let (_endpoint, raw, down) = world.connect_raw().await;
    let _stream = stream(&raw, &[4, 0, 0, 0, 0]).await;
    assert_accused(&raw, &down, Violation::UnknownClass { byte: 4 }).await;
}

#[tokio::test]
async fn a_second_stream_of_a_class_closes_the_connection() {
    let world = World::new();
    let (_endpoint, raw, down) = world.connect_raw().await;
    let mut first = stream(&raw, b"\x01\x01\0\0\0A").await;
    assert_eq!(within(down.recv()).await.unwrap(), (Class::Urgent, b"A".to_vec()));
    first.finish().unwrap();
    let _second = stream(&raw, b"\x01\x01\0\0\0B").await;
    assert_accused(&raw, &down, Violation::SecondStream { class: Class::Urgent }).await;
}

#[tokio::test]
async fn a_stream_that_ends_within_a_frame_closes_the_connection() {
    for bytes in [&b""[..], b"\x00\x05\0", b"\x00\x05\0\0\0abcd"] {
        let world = World::new();
        let (_endpoint, raw, down) = world.connect_raw().await;
        stream(&raw, bytes).await.finish().unwrap();
        assert_accused(&raw, &down, Violation::Truncated).await;
    }
}

#[tokio::test]
async fn a_reset_stream_closes_the_connection() {
    let world = World::new();
    let (_endpoint, raw, down) = world.connect_raw().await;
    let mut reset = stream(&raw, b"\x00\x01\0\0\0A\x05").await;
    assert_eq!(within(down.recv()).await.unwrap(), (Class::Control, b"A".to_vec()));
    reset.reset(VarInt::from_u32(7)).unwrap();
    assert_accused(&raw, &down, Violation::Reset).await;
}

#[tokio::test]
async fn a_peer_that_stops_our_stream_loses_the_connection() {
    let world = World::new();
    let (_endpoint, raw, down) = world.connect_raw().await;
    down.send(Class::Urgent, vec![1]).await.unwrap();
    let mut ours = within(raw.accept_uni()).await.unwrap();
    ours.stop(VarInt::from_u32(7)).unwrap();
    tokio::time::sleep(QUIET).await;
    down.send(Class::Urgent, vec![2]).await.unwrap();
    assert_accused(&raw, &down, Violation::Stopped { class: Class::Urgent }).await;
}

#[tokio::test]
async fn a_fifth_stream_must_wait_and_two_way_streams_do_not_exist() {
    let world = World::new();
    let (_endpoint, raw, _down) = world.connect_raw().await;
    let mut streams = Vec::new();
    for class in Class::ALL {
        streams.push(stream(&raw, &[class.byte()]).await);
    }
    assert!(timeout(QUIET, raw.open_uni()).await.is_err(), "a fifth stream was allowed");
    assert!(timeout(QUIET, raw.open_bi()).await.is_err(), "a two-way stream was allowed");
    assert!(raw.max_datagram_size().is_none(), "datagrams were allowed");
}

#[tokio::test]
async fn half_a_frame_holds_up_no_other_class() {
    let world = World::new();
    let (_endpoint, raw, down) = world.connect_raw().await;
    let _half = stream(&raw, b"\x00\x05\0\0\0ab").await;
    let _silent = within(raw.open_uni()).await.unwrap();
    let _whole = stream(&raw, b"\x03\x01\0\0\0Z").await;
    assert_eq!(within(down.recv()).await.unwrap(), (Class::Bulk, b"Z".to_vec()));
}
