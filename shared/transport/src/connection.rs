//! One connection between two ends that have proved their keys.

use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use tokio::time::timeout;

use crate::{
    Class, Limits, TransportError,
    identity::hex,
    inbox::Inbox,
    limits::{FINISH_MAX, FRAME_BYTES_MAX},
    link::{Farewell, Link},
    outbox::Outbox,
};

/// A handle on a connection. Clones share it; dropping the last one closes it at once, without waiting for what is
/// still on its way ([`finish`](Self::finish) waits).
#[derive(Clone)]
pub struct Connection(Arc<Shared>);

/// What a connection has moved, counted in UDP payload: handshake, repeats and acknowledgements included, the
/// headers of IP and UDP (28 bytes a packet over IPv4) not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    /// Bytes sent.
    pub bytes_sent: u64,
    /// Bytes received.
    pub bytes_received: u64,
}

struct Shared {
    peer: [u8; 32],
    link: Arc<Link>,
    inbox: Inbox,
    outbox: Outbox,
}

impl Connection {
    /// Begins to serve an established connection whose peer has proved this key.
    pub(crate) fn start(quic: quinn::Connection, peer: [u8; 32], limits: Limits) -> Connection {
        let link = Arc::new(Link::new(quic));
        let inbox = Inbox::start(link.clone(), limits);
        let outbox = Outbox::start(link.clone());
        Connection(Arc::new(Shared { peer, link, inbox, outbox }))
    }

    /// The peer's public key, proved in the handshake.
    pub fn peer(&self) -> [u8; 32] {
        self.0.peer
    }

    /// Where the peer is now; a peer behind a NAT can move while the connection stands.
    pub fn remote(&self) -> SocketAddr {
        canonical(self.0.link.quic.remote_address())
    }

    /// The present estimate of the round trip.
    pub fn rtt(&self) -> Duration {
        self.0.link.quic.rtt()
    }

    /// Bytes of UDP payload that the path is known to carry; grows while discovery goes on, up to
    /// [`MTU_BYTES_MAX`](crate::limits::MTU_BYTES_MAX).
    pub fn mtu(&self) -> u16 {
        self.0.link.quic.stats().path.current_mtu
    }

    /// What has been sent and received so far.
    pub fn stats(&self) -> Stats {
        let stats = self.0.link.quic.stats();
        Stats { bytes_sent: stats.udp_tx.bytes, bytes_received: stats.udp_rx.bytes }
    }

    /// Hands over a frame of this class, waiting while the class's queue is full. A slow class holds up no other.
    ///
    /// `Ok` means handed over, not delivered: only the peer's own answer says that. Frames of one class arrive in
    /// order; a more urgent class overtakes. An empty frame is a frame. Cancelled while waiting, the frame is not
    /// sent.
    ///
    /// # Errors
    /// [`TransportError::FrameTooLarge`] beyond [`FRAME_BYTES_MAX`], else the reason why the connection ended.
    pub async fn send(&self, class: Class, frame: Vec<u8>) -> Result<(), TransportError> {
        if frame.len() > FRAME_BYTES_MAX {
            return Err(TransportError::FrameTooLarge { bytes: frame.len(), limit: FRAME_BYTES_MAX });
        }
        if let Some(ending) = self.0.link.ending() {
            return Err(ending);
        }
        let put = self.0.outbox.put(class, frame).await;
        put.map_err(|_| self.0.link.ending().unwrap_or(TransportError::Closed))
    }

    /// The most urgent frame that has arrived, or the next one to arrive.
    ///
    /// Cancel-safe: no frame is lost if this is dropped in a `select!`. Several callers at once take turns. Frames
    /// that arrived before the end are still given out after it; then every call returns the reason of the end.
    ///
    /// # Errors
    /// Why the connection ended.
    pub async fn recv(&self) -> Result<(Class, Vec<u8>), TransportError> {
        match self.0.inbox.next().await {
            Some(frame) => Ok(frame),
            None => Err(self.0.link.ended().await),
        }
    }

    /// Closes at once and tells the peer why, in at most [`REASON_BYTES_MAX`](crate::limits::REASON_BYTES_MAX)
    /// bytes. What is still queued is lost.
    pub fn close(&self, reason: &str) {
        self.0.link.close(Farewell::Done, reason);
    }

    /// Takes no more frames, waits at most [`FINISH_MAX`] until the peer's machine has acknowledged those handed
    /// over, and closes. The peer can still take what it acknowledged; whether it did, only its own answer says.
    /// Cut short, the connection stays open, sending nothing new.
    ///
    /// # Errors
    /// [`TransportError::Unacknowledged`] if time ran out, else the reason why the connection ended before. It is
    /// closed in every case.
    pub async fn finish(&self) -> Result<(), TransportError> {
        self.0.outbox.shut();
        let finished = match timeout(FINISH_MAX, self.0.outbox.settled()).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.0.link.ended().await),
            Err(_) => Err(TransportError::Unacknowledged),
        };
        self.0.link.close(Farewell::Done, "finished");
        finished
    }

    /// Waits until the connection has ended, and says why. Cancel-safe.
    pub async fn ended(&self) -> TransportError {
        self.0.link.ended().await
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("peer", &hex(&self.0.peer))
            .field("remote", &self.remote())
            .finish_non_exhaustive()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // The tasks hold the link too, so it would not close by itself.
        self.link.close(Farewell::Dropped, "dropped");
    }
}

/// An address as people write it: a socket for both families shows IPv4 peers in their IPv6 form.
pub(crate) fn canonical(addr: SocketAddr) -> SocketAddr {
    SocketAddr::new(addr.ip().to_canonical(), addr.port())
}
