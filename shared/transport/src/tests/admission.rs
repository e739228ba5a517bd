//! Strangers stay outside, and are seen to.

use quinn::crypto::rustls::QuicClientConfig;
use rustls::{crypto::ring, version::TLS13};

use super::*;
use crate::{Blame, Class, TransportError, identity::hex, limits, verifier::Pinned};

/// A dialler that knows the hub and shows nothing of its own.
fn keyless(expected: [u8; 32]) -> quinn::ClientConfig {
    let mut tls = rustls::ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned { expected, presented: Arc::default() }))
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"fengsui/1".to_vec()];
    quinn::ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls).unwrap()))
}

/// Asserted at the hub, since a dialler's own handshake is complete before the hub has answered.
#[tokio::test]
async fn a_stranger_is_refused_at_the_hub_and_learns_it() {
    let world = World::new();
    let stranger = Identity::from_secret([3; 32]);
    let dialer = Dialer::new(&stranger).unwrap();
    let dialled = within(dialer.dial(world.at, world.hub.public())).await;
    let refused = world.accept().await.unwrap_err();
    assert!(refused.reason.contains(&hex(&stranger.public())), "{refused}");
    assert!(refused.remote.ip().is_loopback());
    let error = match dialled {
        Ok(connection) => within(connection.recv()).await.unwrap_err(),
        Err(error) => error,
    };
    assert!(matches!(error, TransportError::NotAdmitted { .. }), "{error:?}");
    assert_eq!(error.blame(), Blame::Retry);
    assert!(timeout(QUIET, world.listener.accept()).await.is_err(), "nothing else comes of it");
}

#[tokio::test]
async fn another_key_at_the_hubs_address_is_found_out() {
    let world = World::new();
    let dialer = Dialer::new(&world.child).unwrap();
    let expected = Identity::from_secret([9; 32]).public();
    let error = within(dialer.dial(world.at, expected)).await.unwrap_err();
    match &error {
        TransportError::WrongKey { expected: wanted, presented, .. } => {
            assert_eq!((*wanted, *presented), (expected, world.hub.public()));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(error.blame(), Blame::Peer);
    world.accept().await.unwrap_err();
}

#[tokio::test]
async fn a_revoked_key_keeps_its_connection_and_gets_no_new_one() {
    let world = World::new();
    let (dialer, up, down) = world.connect().await;
    world.roll.set(&[]);
    let _again = within(dialer.dial(world.at, world.hub.public())).await;
    world.accept().await.unwrap_err();
    up.send(Class::Control, vec![4]).await.unwrap();
    assert_eq!(within(down.recv()).await.unwrap(), (Class::Control, vec![4]));
    world.roll.set(&[world.child.public()]);
    let _third = within(dialer.dial(world.at, world.hub.public())).await.unwrap();
    assert_eq!(world.accept().await.unwrap().peer(), world.child.public());
}

/// Without a key there is nothing to ask the admittance about; the handshake must fail all the same.
#[tokio::test]
async fn a_dialler_without_a_key_is_refused() {
    let world = World::new();
    let endpoint = quinn::Endpoint::client(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let connecting = endpoint.connect_with(keyless(world.hub.public()), world.at, "any").unwrap();
    let _connecting = within(connecting).await;
    world.accept().await.unwrap_err();
}

#[tokio::test]
async fn silent_handshakes_delay_nobody() {
    let world = World::new();
    let idle = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let relay = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    relay.set_read_timeout(Some(PATIENCE)).unwrap();
    let dialer = Dialer::new(&world.child).unwrap();
    // A first packet that is genuine, repeated from an address that never answers.
    let lost = tokio::spawn({
        let (dialer, to, key) = (dialer.clone(), relay.local_addr().unwrap(), world.hub.public());
        async move { dialer.dial(to, key).await }
    });
    let mut first = [0; 2000];
    let (bytes, _) = within(tokio::task::spawn_blocking(move || {
        let got = relay.recv_from(&mut first).unwrap();
        (first[..got.0].to_vec(), relay)
    }))
    .await
    .unwrap();
    idle.send_to(&bytes, world.at).unwrap();
    let (_dialer, _up, _down) = world.connect().await;
    lost.abort();
}

#[tokio::test]
async fn garbage_on_the_port_is_ignored() {
    let world = World::new();
    let noise = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let mut state = 1u32;
    for number in 0..2000usize {
        let bytes: Vec<u8> = (0..number % 1400)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        noise.send_to(&bytes, world.at).unwrap();
    }
    let (_dialer, up, down) = world.connect().await;
    up.send(Class::Urgent, vec![1]).await.unwrap();
    assert_eq!(within(down.recv()).await.unwrap(), (Class::Urgent, vec![1]));
}

/// Above the threshold every newcomer must prove its address first; all of them must still get in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_gets_in() {
    const CROWD: usize = limits::HALF_OPEN_RETRY + 36;
    let world = World::new();
    let dialer = Dialer::new(&world.child).unwrap();
    let dials: Vec<_> = (0..CROWD)
        .map(|_| {
            let (dialer, at, key) = (dialer.clone(), world.at, world.hub.public());
            tokio::spawn(async move { dialer.dial(at, key).await })
        })
        .collect();
    // Nobody collects outcomes for a while, so that they keep their places and the crowd grows.
    tokio::time::sleep(QUIET).await;
    let mut accepted = Vec::new();
    while accepted.len() < CROWD {
        accepted.push(world.accept().await.unwrap());
    }
    for dial in dials {
        within(dial).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn an_address_in_use_and_an_address_of_nobody_are_told_apart() {
    let world = World::new();
    let taken = Listener::bind(world.at, &world.hub, world.roll.clone()).err().unwrap();
    assert!(matches!(taken, TransportError::Bind { addr, .. } if addr == world.at), "{taken:?}");
    assert_eq!(taken.blame(), Blame::Stop);
    let dialer = Dialer::new(&world.child).unwrap();
    let nobody = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let error = within(dialer.dial(nobody, world.hub.public())).await.unwrap_err();
    assert!(matches!(error, TransportError::Dial { addr, .. } if addr == nobody), "{error:?}");
    assert_eq!(error.blame(), Blame::Peer);
}
