//! An appointed station that speaks the protocol by hand, so that it can break every rule of it.

use std::time::Duration;

use fengsui_model::Report;
use fengsui_transport::{Class, Connection, Dialer, Identity};
use fengsui_wire::limits::BATCH_UP_BYTES_MAX;
use fengsui_wire::{
    Batch, Carried, Draft, Envelope, Genesis, Have, Head, Hello, Incarnation, Kind, Lane, LogName, Message,
    NetworkId, PROTOCOL_VERSION, PublicKey, StationKey, genesis_body, report_body,
};

use crate::station::Station;

/// How long an answer may take.
const ANSWER_MAX: Duration = Duration::from_secs(20);

/// The hostile station's key, log and lies.
pub struct Peer {
    pub key: StationKey,
    pub name: LogName,
    pub network: NetworkId,
    pub division: String,
}

impl Peer {
    pub fn new(seed: u8, root: &str, division: &str) -> Self {
        let key = StationKey::from_seed(&[seed; 32]);
        let name = LogName { key: key.public(), incarnation: Incarnation([seed; 16]) };
        let root: PublicKey = root.parse().expect("the root's key");
        Self { key, name, network: NetworkId::of_root(&root), division: division.into() }
    }

    /// Signs an entry of its own urgent lane after `head`.
    pub fn sign(&self, head: Head, kind: Kind, body: Vec<u8>) -> Carried {
        let draft = Draft { clock_ms: 1_795_219_200_000, boot: 1, uptime_s: 1, ..Draft::of(kind) };
        let log = self.name.id(self.network);
        let envelope = Envelope::sign(&self.key, self.network, log, head, draft, &body);
        Carried { envelope, body: Some(body) }
    }

    /// The first entry of its log.
    pub fn genesis(&self) -> Carried {
        let division = self.division.parse().expect("a division code");
        let genesis = Genesis { name: self.name, division, continues: None };
        self.sign(Head::EMPTY, Kind::Genesis, genesis_body(&genesis))
    }

    /// A report after `before`.
    pub fn report(&self, before: &Carried, report: &Report) -> Carried {
        self.sign(head_of(before), Kind::Report, report_body(report))
    }

    /// The frame that carries these.
    pub fn batch(&self, entries: &[Carried]) -> Vec<u8> {
        Message::Batch(Batch { name: self.name, lane: Lane::Urgent, entries: entries.to_vec() }).to_bytes()
    }

    /// Connects and says hello as an honest station would.
    pub async fn connect(&self, hub: &Station) -> Wire {
        let dialer = Dialer::new(&Identity::from_secret(*self.key.seed())).expect("a socket");
        let address =
            hub.address.as_deref().and_then(|address| address.parse().ok()).expect("the hub listens");
        let expected: PublicKey = hub.key.parse().expect("the hub's key");
        let connection = dialer.dial(address, expected.0).await.expect("the hub takes the connection");
        let wire = Wire { connection, _dialer: dialer, network: self.network };
        let hello = Hello {
            version: PROTOCOL_VERSION,
            network: self.network,
            division: self.division.parse().expect("a division code"),
            log: self.name,
            clock_ms: 0,
            software: "hostile".into(),
        };
        wire.send(Message::Hello(hello).to_bytes()).await;
        wire.send(Message::Have(Have { complete: true, last: true, ..Have::default() }).to_bytes()).await;
        wire
    }
}

/// The head after an entry.
pub fn head_of(entry: &Carried) -> Head {
    Head { next: entry.envelope.header().sequence + 1, hash: entry.envelope.hash() }
}

/// A connection that sends whatever it is told to.
pub struct Wire {
    connection: Connection,
    _dialer: Dialer,
    network: NetworkId,
}

impl Wire {
    /// Sends a frame; a connection that the hub has ended takes nothing, and that is the hub's right.
    pub async fn send(&self, frame: Vec<u8>) {
        let _ = self.connection.send(Class::Control, frame).await;
    }

    /// Waits for a message that `wanted` accepts.
    pub async fn wait<T>(&self, what: &str, wanted: impl Fn(Message) -> Option<T>) -> T {
        let search = async {
            loop {
                let (_, frame) =
                    self.connection.recv().await.unwrap_or_else(|error| panic!("{what}: {error}"));
                let message = Message::from_bytes(self.network, &frame, BATCH_UP_BYTES_MAX * 16);
                if let Some(found) = message.ok().and_then(&wanted) {
                    return found;
                }
            }
        };
        tokio::time::timeout(ANSWER_MAX, search).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
    }

    /// Waits until the hub ends the connection.
    pub async fn wait_end(&self, what: &str) {
        let ended = async { while self.connection.recv().await.is_ok() {} };
        assert!(
            tokio::time::timeout(ANSWER_MAX, ended).await.is_ok(),
            "{what}: the hub keeps the connection"
        );
    }

    /// Goes away without a word.
    pub fn close(self) {
        self.connection.close("gone");
    }
}
