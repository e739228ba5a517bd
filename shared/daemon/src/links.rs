//! What is known of the connections: for `status`, and for nothing else.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use fengsui_protocol::Side;
use fengsui_transport::Connection;
use fengsui_wire::{Presence, PublicKey};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// One peer.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Link {
    /// Whether the connection stands and both ends have greeted.
    pub online: bool,
    /// Since when it is so, milliseconds since 1970 UTC.
    pub since_ms: i64,
    /// Whether the peer is the hub above.
    pub above: bool,
    /// Its software, as it says.
    pub software: String,
    /// Its clock minus ours, milliseconds.
    pub clock_offset_ms: i64,
    /// Entries that it lacks, as far as is known.
    pub behind: u64,
    /// The round trip when it was last looked at, milliseconds; 0: not yet.
    #[serde(default)]
    pub rtt_ms: u64,
    /// Bytes of UDP payload that the path carries, as far as was found out; 0: not yet.
    #[serde(default)]
    pub mtu: u16,
    /// Bytes of UDP payload sent over the present connection, when it was last looked at.
    #[serde(default)]
    pub bytes_sent: u64,
    /// And received.
    #[serde(default)]
    pub bytes_received: u64,
    /// Why it is not online, in a sentence.
    pub reason: String,
}

/// The last word of each hub on the stations directly below it, by hub.
pub type Presences = Arc<BTreeMap<PublicKey, Arc<Presence>>>;

/// All peers, by key, and what hubs below say of theirs.
#[derive(Clone, Debug, Default)]
pub struct Links {
    peers: Arc<Mutex<BTreeMap<PublicKey, Link>>>,
    presences: Arc<watch::Sender<Presences>>,
    door_shut: Arc<AtomicBool>,
}

impl Links {
    /// A copy of the table.
    pub fn all(&self) -> BTreeMap<PublicKey, Link> {
        self.peers.lock().map(|links| links.clone()).unwrap_or_default()
    }

    /// Every presence heard, the own one included.
    pub fn presences(&self) -> Presences {
        self.presences.borrow().clone()
    }

    /// Learns when there is another one.
    pub(crate) fn news(&self) -> watch::Receiver<Presences> {
        self.presences.subscribe()
    }

    /// Keeps a presence, unless a later one of this hub is held. Its signer was checked: so there are never more than the
    /// network has hubs.
    pub(crate) fn heard(&self, presence: Presence) {
        self.presences.send_if_modified(|held| {
            let older = held.get(&presence.signer).is_some_and(|held| held.made_ms >= presence.made_ms);
            if !older {
                Arc::make_mut(held).insert(presence.signer, Arc::new(presence));
            }
            !older
        });
    }

    /// The process runs without an enrolment door.
    pub(crate) fn shut_door(&self) {
        self.door_shut.store(true, Ordering::Relaxed);
    }

    /// Whether a running process has no enrolment door; a stopped one may get it at its next start.
    pub fn is_door_shut(&self) -> bool {
        self.door_shut.load(Ordering::Relaxed)
    }

    fn change(&self, peer: PublicKey, change: impl FnOnce(&mut Link)) {
        if let Ok(mut links) = self.peers.lock() {
            change(links.entry(peer).or_default());
        }
    }

    pub(crate) fn expect(&self, peer: PublicKey, side: Side, now_ms: i64) {
        self.down(peer, side, "not connected yet", now_ms);
    }

    pub(crate) fn greeted(
        &self,
        peer: PublicKey,
        side: Side,
        software: String,
        clock_offset_ms: i64,
        now_ms: i64,
    ) {
        self.change(peer, |link| {
            let above = side == Side::Uplink;
            *link =
                Link { online: true, since_ms: now_ms, above, software, clock_offset_ms, ..Link::default() };
        });
    }

    pub(crate) fn behind(&self, peer: PublicKey, behind: u64) {
        self.change(peer, |link| link.behind = behind);
    }

    /// Looks at the path of a connection that stands.
    pub(crate) fn measured(&self, peer: PublicKey, connection: &Connection) {
        let stats = connection.stats();
        self.change(peer, |link| {
            link.rtt_ms = u64::try_from(connection.rtt().as_millis()).unwrap_or(u64::MAX);
            link.mtu = connection.mtu();
            link.bytes_sent = stats.bytes_sent;
            link.bytes_received = stats.bytes_received;
        });
    }

    pub(crate) fn down(&self, peer: PublicKey, side: Side, reason: &str, now_ms: i64) {
        self.change(peer, |link| {
            if link.online || link.since_ms == 0 {
                link.since_ms = now_ms;
            }
            link.online = false;
            link.above = side == Side::Uplink;
            link.reason = reason.to_owned();
        });
    }
}
