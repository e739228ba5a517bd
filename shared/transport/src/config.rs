//! The settings of QUIC and TLS, in one place for both sides.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use quinn::{
    IdleTimeout, MtuDiscoveryConfig, TransportConfig, VarInt,
    crypto::rustls::{QuicClientConfig, QuicServerConfig},
};
use quinn_proto::HashedConnectionIdGenerator;
use ring::hmac;
use rustls::{
    client::{AlwaysResolvesClientRawPublicKeys, Resumption},
    crypto::ring as provider,
    server::{AlwaysResolvesServerRawPublicKeys, NoServerSessionStorage},
    version::TLS13,
};

use crate::{
    Admittance, Identity, limits,
    verifier::{Doorkeeper, Pinned},
};

/// The protocol's name in the handshake. A new framing is a new name, so two versions never misread each other.
const ALPN: &[u8] = b"fengsui/1";

const SUITES: &str = "the ring provider has the suites of tls 1.3";

/// What a listener needs of QUIC: admission in the handshake, and bounds against a flood.
pub(crate) fn server(identity: &Identity, admittance: Arc<dyn Admittance>) -> quinn::ServerConfig {
    let mut tls = rustls::ServerConfig::builder_with_provider(Arc::new(provider::default_provider()))
        .with_protocol_versions(&[&TLS13])
        .expect(SUITES)
        .with_client_cert_verifier(Arc::new(Doorkeeper(admittance)))
        .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(identity.certified())));
    tls.alpn_protocols = vec![ALPN.to_vec()];
    // A resumed session skips the question of admittance, so a revoked key could return on an old ticket.
    tls.session_storage = Arc::new(NoServerSessionStorage {});
    tls.send_tls13_tickets = 0;

    let mut config =
        quinn::ServerConfig::with_crypto(Arc::new(QuicServerConfig::try_from(tls).expect(SUITES)));
    config
        .transport_config(Arc::new(transport(None)))
        .max_incoming(limits::HALF_OPEN_MAX)
        .incoming_buffer_size(limits::INCOMING_BYTES)
        .incoming_buffer_size_total(limits::INCOMING_BYTES_TOTAL);
    config
}

/// What a listener answers to packets of connections it does not know. Both the reset tokens and the connection ids come
/// from the station's own secret: so a hub that was killed and started again resets its children's connections at once,
/// where they would otherwise wait for the idle time-out.
pub(crate) fn endpoint(identity: &Identity) -> quinn::EndpointConfig {
    let secret = identity.resets();
    let mut config = quinn::EndpointConfig::new(Arc::new(hmac::Key::new(hmac::HMAC_SHA256, &secret)));
    let ids = secret.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    config.cid_generator(move || Box::new(HashedConnectionIdGenerator::from_key(ids)));
    config
}

/// What a dialler needs of QUIC for one dial: the key that must answer, and a cell that shows which key did.
pub(crate) fn client(
    identity: &Identity,
    expected: [u8; 32],
    presented: Arc<OnceLock<[u8; 32]>>,
    keep_alive: Option<Duration>,
) -> quinn::ClientConfig {
    let mut tls = rustls::ClientConfig::builder_with_provider(Arc::new(provider::default_provider()))
        .with_protocol_versions(&[&TLS13])
        .expect(SUITES)
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned { expected, presented }))
        .with_client_cert_resolver(Arc::new(AlwaysResolvesClientRawPublicKeys::new(identity.certified())));
    tls.alpn_protocols = vec![ALPN.to_vec()];
    tls.resumption = Resumption::disabled();
    // The key alone names the peer; a server name would only tell onlookers what this is.
    tls.enable_sni = false;

    let mut config = quinn::ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls).expect(SUITES)));
    config.transport_config(Arc::new(transport(keep_alive)));
    config
}

fn transport(keep_alive: Option<Duration>) -> TransportConfig {
    let mut mtu = MtuDiscoveryConfig::default();
    mtu.upper_bound(limits::MTU_BYTES_MAX);
    let mut config = TransportConfig::default();
    config
        .max_idle_timeout(Some(IdleTimeout::try_from(limits::IDLE_MAX).expect("45 s fit the field")))
        .keep_alive_interval(keep_alive)
        .initial_rtt(limits::INITIAL_RTT)
        .mtu_discovery_config(Some(mtu))
        .stream_receive_window(VarInt::from_u32(limits::STREAM_WINDOW_BYTES))
        .receive_window(VarInt::from_u32(limits::CONNECTION_WINDOW_BYTES))
        .send_window(limits::SEND_WINDOW_BYTES)
        .max_concurrent_uni_streams(VarInt::from_u32(limits::STREAMS_UNI_MAX))
        .max_concurrent_bidi_streams(VarInt::from_u32(limits::STREAMS_BIDI_MAX))
        .datagram_receive_buffer_size(None);
    config
}
