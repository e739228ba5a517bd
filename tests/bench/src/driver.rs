//! A lean client: a township's log, signed and packed beforehand, and a connection that sends it and takes receipts.
//!
//! It does what a node must do and nothing else, so that what is measured is the hub. It keeps at most
//! [`FLYING_BYTES_MAX`] without a receipt on the way, as a node does in the urgent lane, and counts only what the hub
//! has receipted.

use std::collections::VecDeque;
use std::net::SocketAddr;

use fengsui_daemon::failure::Failure;
use fengsui_model::{DivisionCode, Report};
use fengsui_transport::{Class, Connection, Dialer, Identity};
use fengsui_wire::{
    Author, Batch, Carried, Draft, ENVELOPE_BYTES, Envelope, Genesis, Have, Head, Hello, Incarnation, Kind,
    Lane, LogName, Message, NetworkId, PROTOCOL_VERSION, PublicKey, StationKey, genesis_body, limits,
    report_body,
};

use crate::clerk;
use crate::failed;

/// Bytes on the way without a receipt.
const FLYING_BYTES_MAX: usize = 256 * 1024;

/// A township's log in the making.
pub struct Log {
    key: StationKey,
    network: NetworkId,
    /// Division it speaks for.
    pub division: DivisionCode,
    name: LogName,
    head: Head,
    clock_ms: i64,
    /// Every entry, in order.
    pub entries: Vec<Carried>,
}

impl Log {
    /// A log with its genesis; `number` makes its key.
    pub fn begin(network: NetworkId, division: DivisionCode, number: u64, clock_ms: i64) -> Self {
        let mut seed = [0xbe; 32];
        seed[..8].copy_from_slice(&number.to_le_bytes());
        let key = StationKey::from_seed(&seed);
        let name = LogName { key: key.public(), incarnation: Incarnation([1; 16]) };
        let mut log = Self { key, network, division, name, head: Head::EMPTY, clock_ms, entries: Vec::new() };
        let genesis = genesis_body(&Genesis { name, division, continues: None });
        log.write(Kind::Genesis, genesis);
        log
    }

    /// Whose log.
    pub fn key(&self) -> PublicKey {
        self.name.key
    }

    /// The key that verifies it.
    ///
    /// # Panics
    /// Never: the key was made here.
    pub fn author(&self) -> Author {
        Author::new(self.network, self.name).expect("a sound key")
    }

    /// Writes `revisions` reports on each of so many `events`, and gives back the last of each event.
    pub fn report(&mut self, events: usize, revisions: u32) -> Vec<Report> {
        let mut last = Vec::with_capacity(events);
        for event in (0..events).map(clerk::event) {
            let mut follows = None;
            for revision in 0..revisions {
                let report = clerk::report(self.division, event, revision, follows);
                self.write(Kind::Report, report_body(&report));
                follows = Some(self.head.hash.0);
                if revision + 1 == revisions {
                    last.push(report);
                }
            }
        }
        last
    }

    fn write(&mut self, kind: Kind, body: Vec<u8>) {
        let draft = Draft { directory: 1, clock_ms: self.clock_ms, boot: 1, uptime_s: 1, ..Draft::of(kind) };
        let log = self.name.id(self.network);
        let envelope = Envelope::sign(&self.key, self.network, log, self.head, draft, &body);
        self.head = Head { next: self.head.next + 1, hash: envelope.hash() };
        self.entries.push(Carried { envelope, body: Some(body) });
    }

    /// One frame of these entries, which follow one another.
    pub fn frame(&self, entries: &[Carried]) -> Frame {
        let next = entries.last().map_or(0, |last| last.envelope.header().sequence + 1);
        let batch = Batch { name: self.name, lane: Lane::Urgent, entries: entries.to_vec() };
        Frame { bytes: Message::Batch(batch).to_bytes(), next }
    }

    /// The whole log in frames as large as a node makes them.
    pub fn frames(&self) -> Vec<Frame> {
        let mut frames = Vec::new();
        let mut from = 0;
        let mut bytes = 0;
        for (at, carried) in self.entries.iter().enumerate() {
            let size = ENVELOPE_BYTES + carried.body.as_ref().map_or(0, Vec::len);
            if bytes + size > limits::BATCH_BYTES_GOAL || at - from == limits::BATCH_ENTRIES_MAX {
                frames.push(self.frame(&self.entries[from..at]));
                (from, bytes) = (at, 0);
            }
            bytes += size;
        }
        if from < self.entries.len() {
            frames.push(self.frame(&self.entries[from..]));
        }
        frames
    }

    /// Connects as this station, and exchanges greetings.
    ///
    /// # Errors
    /// When the hub does not take it.
    pub async fn connect(&self, address: SocketAddr, hub: PublicKey) -> Result<Client, Failure> {
        let dialer = Dialer::new(&Identity::from_secret(*self.key.seed())).map_err(failed)?;
        let connection = dialer.dial(address, hub.0).await.map_err(failed)?;
        let mut client =
            Client { dialer, connection, network: self.network, hub, name: self.name, receipted: 0 };
        client.greet(self).await?;
        Ok(client)
    }
}

/// A batch, ready to be sent.
pub struct Frame {
    /// As it goes out.
    pub bytes: Vec<u8>,
    /// Sequence after its last entry.
    pub next: u64,
}

/// A connection of a lean client.
pub struct Client {
    dialer: Dialer,
    /// For its statistics.
    pub connection: Connection,
    network: NetworkId,
    hub: PublicKey,
    name: LogName,
    receipted: u64,
}

impl Client {
    async fn greet(&mut self, log: &Log) -> Result<(), Failure> {
        let hello = Hello {
            version: PROTOCOL_VERSION,
            network: log.network,
            division: log.division,
            log: log.name,
            clock_ms: log.clock_ms,
            software: "fengsui-bench".into(),
        };
        let have = Have { complete: true, last: true, ..Have::default() };
        for message in [Message::Hello(hello), Message::Have(have)] {
            self.connection.send(Class::Control, message.to_bytes()).await.map_err(failed)?;
        }
        // The hub's complete statement ends the greetings; before it, nothing may be sent.
        loop {
            if let Message::Have(Have { complete: true, last: true, .. }) = self.next().await? {
                return Ok(());
            }
        }
    }

    async fn next(&self) -> Result<Message, Failure> {
        let (_, frame) = self.connection.recv().await.map_err(failed)?;
        match Message::from_bytes(self.network, &frame, limits::BATCH_BYTES_MAX).map_err(failed)? {
            Message::Bye(reason) => Err(failed(format!("stay connected: the hub says: {reason}"))),
            Message::Hold(_) => Err(failed("send a log: the hub does not take it")),
            message => Ok(message),
        }
    }

    /// Sends all of `frames` and returns once the hub has receipted the last entry.
    ///
    /// # Errors
    /// When the connection ends, or the hub refuses something.
    pub async fn send(&mut self, frames: Vec<Frame>) -> Result<(), Failure> {
        let mut flying = VecDeque::new();
        let mut flying_bytes = 0;
        for frame in frames {
            while flying_bytes > 0 && flying_bytes + frame.bytes.len() > FLYING_BYTES_MAX {
                flying_bytes -= self.landed(&mut flying).await?;
            }
            flying_bytes += frame.bytes.len();
            flying.push_back((frame.next, frame.bytes.len()));
            self.connection.send(Class::Urgent, frame.bytes).await.map_err(failed)?;
        }
        while !flying.is_empty() {
            self.landed(&mut flying).await?;
        }
        Ok(())
    }

    /// Waits for the next message, and says how many bytes it took off the way: none, unless it is a receipt.
    async fn landed(&mut self, flying: &mut VecDeque<(u64, usize)>) -> Result<usize, Failure> {
        let Message::Receipt(receipt) = self.next().await? else { return Ok(0) };
        let log = self.name.id(self.network);
        let ours = receipt.signer == self.hub && receipt.log == log && receipt.lane == Lane::Urgent;
        if ours && receipt.from <= self.receipted {
            self.receipted = self.receipted.max(receipt.to + 1);
        }
        let landed = flying.partition_point(|(next, _)| *next <= self.receipted);
        Ok(flying.drain(..landed).map(|(_, bytes)| bytes).sum())
    }

    /// Says goodbye.
    pub async fn close(self) {
        self.dialer.close().await;
    }
}
