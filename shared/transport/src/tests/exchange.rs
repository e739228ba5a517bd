//! Frames go both ways, whole and in order.

use super::*;
use crate::{Blame, Class, TransportError, limits::FRAME_BYTES_MAX};

/// Bytes that differ from place to place, so that a swapped piece shows.
fn pattern(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at % 251) as u8).collect()
}

#[tokio::test]
async fn every_class_goes_both_ways() {
    let world = World::new();
    let (_dialer, up, down) = world.connect().await;
    assert_eq!((up.peer(), down.peer()), (world.hub.public(), world.child.public()));
    assert_eq!(up.remote(), world.at);
    for (from, to) in [(&up, &down), (&down, &up)] {
        for class in Class::ALL {
            for payload in [&b"first"[..], b"", b"third"] {
                from.send(class, payload.to_vec()).await.unwrap();
                assert_eq!(within(to.recv()).await.unwrap(), (class, payload.to_vec()));
            }
        }
    }
    let (up, down) = (up.stats(), down.stats());
    assert!(up.bytes_sent >= 1200 && up.bytes_received >= 1200, "a handshake alone is more: {up:?}");
    assert!(down.bytes_received >= 1200 && down.bytes_sent >= 1200, "a handshake alone is more: {down:?}");
}

#[tokio::test]
async fn the_largest_frames_pass_whole() {
    let world = World::new();
    let (_dialer, up, down) = world.connect().await;
    for (from, to, limits) in [(&up, &down, Limits::FROM_CHILD), (&down, &up, Limits::FROM_PARENT)] {
        let frame = pattern(limits.frame_bytes_max_in);
        for class in [Class::Routine, Class::Control] {
            from.send(class, frame.clone()).await.unwrap();
            assert!(within(to.recv()).await.unwrap() == (class, frame.clone()));
        }
    }
}

#[tokio::test]
async fn one_class_keeps_its_order() {
    let world = World::new();
    let (_dialer, up, down) = world.connect().await;
    let sender = tokio::spawn(async move {
        for number in 0..2000u32 {
            up.send(Class::Routine, number.to_le_bytes().to_vec()).await.unwrap();
        }
        up
    });
    for number in 0..2000u32 {
        assert_eq!(within(down.recv()).await.unwrap(), (Class::Routine, number.to_le_bytes().to_vec()));
    }
    drop(sender.await.unwrap());
}

#[tokio::test]
async fn a_recv_cut_short_loses_nothing() {
    let world = World::new();
    let (_dialer, up, down) = world.connect().await;
    let sender = tokio::spawn(async move {
        for number in 0..500u32 {
            up.send(Class::ALL[number as usize % 4], pattern(number as usize * 40)).await.unwrap();
        }
        up.finish().await
    });
    let mut frames = Vec::new();
    let mut cut = 0;
    let ending = loop {
        tokio::select! {
            biased;
            received = down.recv() => match received {
                Ok((class, frame)) => frames.push((frame.len() / 40, class)),
                Err(ending) => break ending,
            },
            () = tokio::task::yield_now() => cut += 1,
        }
    };
    within(sender).await.unwrap().unwrap();
    assert!(matches!(ending, TransportError::ClosedByPeer { code: 0, .. }), "{ending:?}");
    assert!(cut > 0, "no call was ever cut short");
    frames.sort();
    assert_eq!(frames, (0..500).map(|number| (number, Class::ALL[number % 4])).collect::<Vec<_>>());
}

#[tokio::test]
async fn finishing_delivers_what_nobody_has_taken_yet() {
    let world = World::new();
    let (_dialer, up, down) = world.connect().await;
    for class in Class::ALL {
        for _ in 0..3 {
            up.send(class, pattern(5000)).await.unwrap();
        }
    }
    within(up.finish()).await.unwrap();
    let after = up.send(Class::Control, vec![1]).await.unwrap_err();
    assert!(matches!(after, TransportError::Closed), "{after:?}");
    let mut taken = Vec::new();
    for _ in 0..3 * Class::COUNT {
        let (class, frame) = within(down.recv()).await.unwrap();
        assert!(frame == pattern(5000));
        taken.push(class);
    }
    taken.sort();
    assert_eq!(taken, Class::ALL.map(|class| [class; 3]).concat());
    for _ in 0..2 {
        let ending = within(down.recv()).await.unwrap_err();
        assert!(matches!(ending, TransportError::ClosedByPeer { code: 0, .. }), "{ending:?}");
        assert_eq!(ending.blame(), Blame::Retry);
    }
}

#[tokio::test]
async fn closing_tells_the_peer_why() {
    let world = World::new();
    let (_dialer, up, down) = world.connect().await;
    down.close("appointment ended");
    match within(up.recv()).await.unwrap_err() {
        TransportError::ClosedByPeer { code: 0, reason } => assert_eq!(reason, "appointment ended"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(up.send(Class::Bulk, vec![1]).await, Err(TransportError::ClosedByPeer { .. })));
    assert!(matches!(down.recv().await, Err(TransportError::Closed)));
}

#[tokio::test]
async fn only_the_last_clone_closes() {
    let world = World::new();
    let (_dialer, up, down) = world.connect().await;
    let clone = up.clone();
    drop(up);
    clone.send(Class::Urgent, vec![5]).await.unwrap();
    assert_eq!(within(down.recv()).await.unwrap(), (Class::Urgent, vec![5]));
    drop(clone);
    let ending = within(down.recv()).await.unwrap_err();
    assert!(matches!(ending, TransportError::ClosedByPeer { code: 2, .. }), "{ending:?}");
}

#[tokio::test]
async fn closing_the_listener_ends_everything() {
    let world = World::new();
    let (_dialer, up, _down) = world.connect().await;
    within(world.listener.close()).await;
    assert!(within(world.listener.accept()).await.is_none());
    assert!(matches!(within(up.recv()).await, Err(TransportError::ClosedByPeer { code: 1, .. })));
}

#[tokio::test]
async fn a_frame_nobody_accepts_is_not_sent() {
    let world = World::new();
    let (_dialer, up, down) = world.connect().await;
    let error = up.send(Class::Bulk, vec![0; FRAME_BYTES_MAX + 1]).await.unwrap_err();
    assert_eq!(error.blame(), Blame::Stop);
    up.send(Class::Bulk, vec![9]).await.unwrap();
    assert_eq!(within(down.recv()).await.unwrap(), (Class::Bulk, vec![9]));
}
