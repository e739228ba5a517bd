//! A class that nobody reads holds up no other.

use super::*;
use crate::Class;

/// Puts bulk frames in until no more fit, and returns how many did.
async fn fill(connection: &Connection, class: Class) -> usize {
    let mut put = 0;
    while timeout(QUIET, connection.send(class, vec![0xbb; 30_000])).await.is_ok() {
        put += 1;
        assert!(put < 1000, "{class} is not bounded");
    }
    put
}

#[tokio::test]
async fn urgent_passes_a_backlog_that_nobody_reads() {
    let world = World::new();
    let (_dialer, up, down) = world.connect().await;
    let (bulk, routine) = (fill(&up, Class::Bulk).await, fill(&up, Class::Routine).await);
    for class in [Class::Urgent, Class::Control] {
        within(up.send(class, vec![class.byte(); 20_000])).await.unwrap();
    }
    tokio::time::sleep(QUIET).await;
    let mut order = Vec::new();
    for _ in 0..2 + routine + bulk {
        order.push(within(down.recv()).await.unwrap().0);
    }
    assert_eq!(order[..2], [Class::Control, Class::Urgent]);
    assert_eq!(order.iter().filter(|class| **class == Class::Bulk).count(), bulk);
}

#[tokio::test]
async fn a_backlog_one_way_leaves_the_other_way_free() {
    let world = World::new();
    let (_dialer, up, down) = world.connect().await;
    for class in Class::ALL {
        fill(&up, class).await;
    }
    for number in 0..200 {
        within(down.send(Class::Bulk, vec![number; 3000])).await.unwrap();
        assert!(within(up.recv()).await.unwrap() == (Class::Bulk, vec![number; 3000]));
    }
}

/// A child whose machine stops dead after the handshake: nothing is acknowledged any more, so the hub's send window
/// stays full of bulk, and only its express part is left.
#[tokio::test]
async fn urgent_has_a_part_of_the_send_window_that_bulk_cannot_fill() {
    let world = Arc::new(World::new());
    let machine = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let connecting = machine.spawn({
        let world = world.clone();
        async move { world.connect_raw().await }
    });
    let (_endpoint, _raw, down) = connecting.await.unwrap();
    machine.shutdown_background();
    fill(&down, Class::Bulk).await;
    for put in 0..8 {
        let sent = timeout(QUIET, down.send(Class::Urgent, vec![1; 4000])).await;
        assert!(sent.is_ok(), "urgent frame {put} waited for an acknowledgement");
    }
}
