//! A slow line between two UDP sockets: each direction sends one bit after another, delays, and drops what does not fit
//! into its queue.
//!
//! A packet counts with its IPv4 and UDP headers, as on a real line. Nothing is lost but by the queue, so that what is
//! measured is our own queue and not luck.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fengsui_daemon::failure::Failure;
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::failed;

/// Headers of IPv4 and UDP.
const HEADER_BYTES: usize = 28;
/// Longest packet.
const PACKET_BYTES_MAX: usize = 2_048;

/// What a line is like, both ways.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Bits in a second.
    pub bits_per_s: u64,
    /// One way, without serialisation.
    pub delay: Duration,
    /// Bytes that may wait to be serialised; what comes beyond is dropped.
    pub queue_bytes: usize,
}

impl Shape {
    /// How long so many bytes take to be sent.
    pub fn serialise(&self, bytes: usize) -> Duration {
        Duration::from_micros(bytes as u64 * 8 * 1_000_000 / self.bits_per_s)
    }

    /// Bytes in a second.
    pub fn bytes_per_s(&self) -> f64 {
        self.bits_per_s as f64 / 8.0
    }
}

/// The line itself. Dropped, it is cut.
pub struct Link {
    /// Where the child finds its parent.
    pub address: SocketAddr,
    dropped: Arc<AtomicU64>,
    _tasks: JoinSet<()>,
}

impl Link {
    /// A line to the parent at `to`.
    ///
    /// # Errors
    /// When no socket can be had.
    pub async fn to(to: SocketAddr, shape: Shape) -> Result<Self, Failure> {
        let socket = async || UdpSocket::bind(("127.0.0.1", 0)).await.map(Arc::new).map_err(failed);
        let (near, far) = (socket().await?, socket().await?);
        let address = near.local_addr().map_err(failed)?;
        let (child, parent) = (watch::Sender::new(None), watch::Sender::new(Some(to)));
        let dropped = Arc::new(AtomicU64::new(0));
        let mut tasks = JoinSet::new();
        let (up, carried_up) = mpsc::unbounded_channel();
        let (down, carried_down) = mpsc::unbounded_channel();
        tasks.spawn(deliver(far.clone(), parent.subscribe(), carried_up));
        tasks.spawn(deliver(near.clone(), child.subscribe(), carried_down));
        tasks.spawn(Way::new(shape, dropped.clone(), up).take(near, child));
        tasks.spawn(Way::new(shape, dropped.clone(), down).take(far, watch::Sender::new(None)));
        Ok(Self { address, dropped, _tasks: tasks })
    }

    /// Packets that found the queue full so far, both ways.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

/// A packet and when it comes out at the other end.
type Carried = (Instant, Vec<u8>);

/// One direction.
struct Way {
    shape: Shape,
    /// When everything queued so far has been sent.
    free_at: Instant,
    dropped: Arc<AtomicU64>,
    out: mpsc::UnboundedSender<Carried>,
}

impl Way {
    fn new(shape: Shape, dropped: Arc<AtomicU64>, out: mpsc::UnboundedSender<Carried>) -> Self {
        Self { shape, free_at: Instant::now(), dropped, out }
    }

    /// Takes packets from `socket` and remembers in `seen` who sends them.
    async fn take(mut self, socket: Arc<UdpSocket>, seen: watch::Sender<Option<SocketAddr>>) {
        let mut bytes = [0; PACKET_BYTES_MAX];
        // A socket that says that nobody listened to an earlier packet still works.
        loop {
            if let Ok((length, from)) = socket.recv_from(&mut bytes).await {
                seen.send_replace(Some(from));
                self.queue(&bytes[..length], Instant::now());
            }
        }
    }

    fn queue(&mut self, packet: &[u8], now: Instant) {
        let length = packet.len() + HEADER_BYTES;
        let begin = self.free_at.max(now);
        let room = self.shape.serialise(self.shape.queue_bytes.saturating_sub(length));
        if begin - now > room {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.free_at = begin + self.shape.serialise(length);
        // The other end is gone only when the line is.
        let _ = self.out.send((self.free_at + self.shape.delay, packet.to_vec()));
    }
}

/// Puts out each packet at its time. They come in order, so waiting for the first is waiting for all.
async fn deliver(
    socket: Arc<UdpSocket>,
    to: watch::Receiver<Option<SocketAddr>>,
    mut carried: mpsc::UnboundedReceiver<Carried>,
) {
    while let Some((at, packet)) = carried.recv().await {
        tokio::time::sleep_until(at).await;
        let to = *to.borrow();
        if let Some(to) = to {
            // Lost like any packet to a machine that is not there.
            let _ = socket.send_to(&packet, to).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape =
        Shape { bits_per_s: 64_000, delay: Duration::from_millis(150), queue_bytes: 16 * 1024 };

    fn way() -> (Way, mpsc::UnboundedReceiver<Carried>) {
        let (out, carried) = mpsc::unbounded_channel();
        (Way::new(SHAPE, Arc::default(), out), carried)
    }

    #[tokio::test]
    async fn packets_follow_one_another() {
        let (mut way, mut carried) = way();
        let now = way.free_at;
        for _ in 0..3 {
            way.queue(&[0; 772], now);
        }
        // 800 bytes with their headers are 100 ms at 8 kB/s.
        for behind in [250, 350, 450] {
            let (at, _) = carried.recv().await.expect("a packet");
            assert_eq!((at - now).as_millis(), behind);
        }
    }

    #[tokio::test]
    async fn a_full_queue_drops_the_last() {
        let (mut way, _carried) = way();
        let now = way.free_at;
        for _ in 0..25 {
            way.queue(&[0; 772], now);
        }
        assert_eq!(way.dropped.load(Ordering::Relaxed), 5, "16 KiB are twenty packets of 800");
        way.queue(&[0; 772], now + Duration::from_millis(101));
        assert_eq!(way.dropped.load(Ordering::Relaxed), 5, "one has been sent since");
    }
}
