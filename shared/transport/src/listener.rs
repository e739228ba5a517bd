//! The side that is called.

use std::{net::SocketAddr, sync::Arc};

use quinn::Incoming;
use rustls::pki_types::CertificateDer;
use thiserror::Error;
use tokio::{
    sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc},
    task::AbortHandle,
    time::timeout,
};

use crate::{
    Admittance, Connection, Identity, Limits, TransportError, config,
    connection::canonical,
    identity::key_of_spki,
    limits::{CLOSE_MAX, HALF_OPEN_MAX, HALF_OPEN_RETRY, HANDSHAKE_MAX},
    link::Farewell,
};

/// Handshakes that are over and not yet collected by `accept`. Those beyond wait in their own tasks, which
/// [`HALF_OPEN_MAX`] bounds.
const OUTCOMES_MAX: usize = 16;

/// Takes connections on one UDP socket. Dropping it takes no more, and leaves those that stand.
pub struct Listener {
    endpoint: quinn::Endpoint,
    outcomes: Mutex<mpsc::Receiver<Result<Connection, Refused>>>,
    gate: AbortHandle,
}

/// A connection that was tried and did not come about.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("connection from {remote} refused: {reason}")]
pub struct Refused {
    /// Where it came from, as far as an address can be believed.
    pub remote: SocketAddr,
    /// Why, in words; it names the key if one was presented. Such a key is not proved.
    pub reason: String,
}

impl Listener {
    /// Listens at this address, port 0 for any free one, taking frames as [`Limits::FROM_CHILD`] allows. Needs a
    /// running tokio.
    ///
    /// # Errors
    /// [`TransportError::Bind`] if the address cannot be had.
    pub fn bind(
        addr: SocketAddr,
        identity: &Identity,
        admittance: Arc<dyn Admittance>,
    ) -> Result<Listener, TransportError> {
        Self::bind_with_limits(addr, identity, admittance, Limits::FROM_CHILD)
    }

    /// Like [`bind`](Self::bind), with limits of the caller's choice.
    ///
    /// # Errors
    /// [`TransportError::Bind`] if the address cannot be had.
    pub fn bind_with_limits(
        addr: SocketAddr,
        identity: &Identity,
        admittance: Arc<dyn Admittance>,
        limits: Limits,
    ) -> Result<Listener, TransportError> {
        let bind = |source| TransportError::Bind { addr, source };
        let socket = std::net::UdpSocket::bind(addr).map_err(bind)?;
        let runtime =
            quinn::default_runtime().ok_or_else(|| bind(std::io::Error::other("no async runtime")))?;
        let server = Some(config::server(identity, admittance));
        let endpoint =
            quinn::Endpoint::new(config::endpoint(identity), server, socket, runtime).map_err(bind)?;
        let (sender, outcomes) = mpsc::channel(OUTCOMES_MAX);
        let places = Arc::new(Semaphore::new(HALF_OPEN_MAX));
        let gate = Gate { endpoint: endpoint.clone(), places, outcomes: sender, limits };
        let gate = tokio::spawn(gate.run()).abort_handle();
        Ok(Listener { endpoint, outcomes: Mutex::new(outcomes), gate })
    }

    /// The address listened at, with its real port.
    ///
    /// # Errors
    /// [`TransportError::Bind`] if the system does not tell.
    pub fn local_addr(&self) -> Result<SocketAddr, TransportError> {
        self.endpoint
            .local_addr()
            .map_err(|source| TransportError::Bind { addr: SocketAddr::from(([0, 0, 0, 0], 0)), source })
    }

    /// The next handshake to end, well or not; `None` once the listener is closed. Handshakes run side by side, so
    /// a slow or hostile one delays no other. Cancel-safe.
    pub async fn accept(&self) -> Option<Result<Connection, Refused>> {
        self.outcomes.lock().await.recv().await
    }

    /// Takes no more connections, closes every one accepted here, and waits at most [`CLOSE_MAX`] until the peers
    /// know.
    pub async fn close(&self) {
        self.endpoint.close(Farewell::Closing.into(), b"closing");
        // A peer that is gone cannot acknowledge; its own idle timeout ends the matter.
        let _ = timeout(CLOSE_MAX, self.endpoint.wait_idle()).await;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.gate.abort();
        self.endpoint.set_server_config(None);
    }
}

/// The task that takes up handshakes.
struct Gate {
    endpoint: quinn::Endpoint,
    places: Arc<Semaphore>,
    outcomes: mpsc::Sender<Result<Connection, Refused>>,
    limits: Limits,
}

impl Gate {
    async fn run(self) {
        while let Some(incoming) = self.endpoint.accept().await {
            self.take_up(incoming);
        }
    }

    /// Begins a handshake if there is a place for it.
    fn take_up(&self, incoming: Incoming) {
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            tracing::debug!(remote = %incoming.remote_address(), "no place for another handshake");
            return incoming.ignore();
        };
        let half_open = HALF_OPEN_MAX - self.places.available_permits();
        match triage(half_open, incoming.remote_address_validated()) {
            Triage::Shake => drop(tokio::spawn(report(incoming, place, self.outcomes.clone(), self.limits))),
            // Only an address that is not yet proved is asked to prove itself, and that may always be asked.
            Triage::Prove => drop(incoming.retry()),
        }
    }
}

/// What to do with a newcomer.
#[derive(Debug, PartialEq, Eq)]
enum Triage {
    Shake,
    Prove,
}

/// Decides on a newcomer, itself counted among the half open.
fn triage(half_open: usize, address_proved: bool) -> Triage {
    if half_open > HALF_OPEN_RETRY && !address_proved { Triage::Prove } else { Triage::Shake }
}

/// Runs one handshake to its end. Keeps its place until the outcome is handed over, so that outcomes nobody
/// collects are bounded too.
async fn report(
    incoming: Incoming,
    place: OwnedSemaphorePermit,
    outcomes: mpsc::Sender<Result<Connection, Refused>>,
    limits: Limits,
) {
    let remote = canonical(incoming.remote_address());
    let outcome = shake(incoming, limits).await.map_err(|reason| Refused { remote, reason });
    // Nobody collects after the listener is gone; the connection then closes as it is dropped.
    let _ = outcomes.send(outcome).await;
    drop(place);
}

async fn shake(incoming: Incoming, limits: Limits) -> Result<Connection, String> {
    let connecting = incoming.accept().map_err(|error| error.to_string())?;
    let quic = timeout(HANDSHAKE_MAX, connecting)
        .await
        .map_err(|_| format!("handshake not finished within {} s", HANDSHAKE_MAX.as_secs()))?
        .map_err(|error| error.to_string())?;
    let peer = peer_key(&quic).ok_or("no raw public key was presented")?;
    Ok(Connection::start(quic, peer, limits))
}

/// The key that the handshake has proved.
fn peer_key(quic: &quinn::Connection) -> Option<[u8; 32]> {
    let presented = quic.peer_identity()?.downcast::<Vec<CertificateDer<'static>>>().ok()?;
    key_of_spki(presented.first()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newcomers_prove_their_address_only_in_a_crowd() {
        assert_eq!(triage(1, false), Triage::Shake);
        assert_eq!(triage(HALF_OPEN_RETRY, false), Triage::Shake);
        assert_eq!(triage(HALF_OPEN_RETRY + 1, false), Triage::Prove);
        assert_eq!(triage(HALF_OPEN_MAX, true), Triage::Shake);
    }
}
