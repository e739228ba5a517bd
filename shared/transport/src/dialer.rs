//! The side that calls.

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio::time::timeout;

use crate::{
    Connection, Identity, Limits, TransportError, config,
    limits::{CLOSE_MAX, HANDSHAKE_MAX, KEEP_ALIVE},
    link::Farewell,
};

/// A name that QUIC's interface demands; it is neither sent nor checked, since the key alone names the peer.
const UNUSED_NAME: &str = "fengsui";

/// Dials other stations from one UDP socket.
#[derive(Debug, Clone)]
pub struct Dialer {
    endpoint: quinn::Endpoint,
    identity: Identity,
    limits: Limits,
    keep_alive: Option<Duration>,
}

impl Dialer {
    /// Opens a socket on any free port, for both address families where the system has both. It takes frames as
    /// [`Limits::FROM_PARENT`] allows and beats every [`KEEP_ALIVE`], unless told otherwise. Needs a running tokio.
    ///
    /// # Errors
    /// [`TransportError::Bind`] if no socket can be had.
    pub fn new(identity: &Identity) -> Result<Dialer, TransportError> {
        let both = SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0));
        let v4 = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let endpoint = quinn::Endpoint::client(both)
            .or_else(|_| quinn::Endpoint::client(v4))
            .map_err(|source| TransportError::Bind { addr: v4, source })?;
        Ok(Dialer {
            endpoint,
            identity: identity.clone(),
            limits: Limits::FROM_PARENT,
            keep_alive: Some(KEEP_ALIVE),
        })
    }

    /// Takes frames up to these limits on the connections dialled from now on.
    pub fn with_limits(mut self, limits: Limits) -> Dialer {
        self.limits = limits;
        self
    }

    /// Beats at this interval on the connections dialled from now on, which must be shorter than
    /// [`IDLE_MAX`](crate::limits::IDLE_MAX) to keep them alive; `None` lets silent ones die.
    pub fn with_keep_alive(mut self, interval: Option<Duration>) -> Dialer {
        self.keep_alive = interval;
        self
    }

    /// Connects to a station that must prove the expected key.
    ///
    /// `Ok` does not mean that the listener admits us: this end completes the handshake first. A listener that does
    /// not makes the first [`recv`](Connection::recv) fail with [`TransportError::NotAdmitted`]. Cancelled, the
    /// attempt is given up.
    ///
    /// # Errors
    /// [`TransportError::WrongKey`], [`TransportError::HandshakeTimeout`], [`TransportError::Dial`] for an address
    /// that cannot be dialled, or the reason why the peer broke off.
    pub async fn dial(&self, addr: SocketAddr, expected_key: [u8; 32]) -> Result<Connection, TransportError> {
        let presented = Arc::new(OnceLock::new());
        let config = config::client(&self.identity, expected_key, presented.clone(), self.keep_alive);
        let connecting = self
            .endpoint
            .connect_with(config, addr, UNUSED_NAME)
            .map_err(|source| TransportError::Dial { addr, source })?;
        match timeout(HANDSHAKE_MAX, connecting).await {
            Ok(Ok(quic)) => Ok(Connection::start(quic, expected_key, self.limits)),
            Ok(Err(error)) => Err(match presented.get() {
                Some(&presented) if presented != expected_key => {
                    TransportError::WrongKey { addr, expected: expected_key, presented }
                }
                _ => error.into(),
            }),
            Err(_) => Err(TransportError::HandshakeTimeout { addr }),
        }
    }

    /// Closes every connection dialled from here and waits at most [`CLOSE_MAX`] until the peers know.
    pub async fn close(&self) {
        self.endpoint.close((Farewell::Closing).into(), b"closing");
        // A peer that is gone cannot acknowledge; its own idle timeout ends the matter.
        let _ = timeout(CLOSE_MAX, self.endpoint.wait_idle()).await;
    }
}
