//! What happened, in plain words, for whoever has to find out why.

use std::collections::BTreeMap;

use fengsui_wire::{LogHead, Message};

/// The course of one run: a digest always, the words only where somebody will read them.
#[derive(Debug)]
pub struct Story {
    lines: Option<Vec<String>>,
    digest: u64,
}

/// Start and factor of FNV-1a in 64 bits: enough to tell two runs apart.
const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_FACTOR: u64 = 0x0000_0100_0000_01b3;

impl Story {
    /// A story that keeps its words if `told`.
    pub fn new(told: bool) -> Self {
        Self { lines: told.then(Vec::new), digest: FNV_START }
    }

    /// Adds a line; `words` is only called where it will be read.
    pub fn tell(&mut self, at_ms: u64, words: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.lines {
            lines.push(format!("{:>10} s  {}", Seconds(at_ms), words()));
        }
    }

    /// Mixes bytes that must be the same in every run of a seed into the digest.
    pub fn mix(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.digest = (self.digest ^ u64::from(*byte)).wrapping_mul(FNV_FACTOR);
        }
    }

    /// Mixes a number.
    pub fn mix_number(&mut self, number: u64) {
        self.mix(&number.to_le_bytes());
    }

    /// Digest of everything mixed in so far.
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// The lines, in order; empty where none were kept.
    pub fn into_lines(self) -> Vec<String> {
        self.lines.unwrap_or_default()
    }
}

/// Milliseconds, shown as seconds with three decimals.
struct Seconds(u64);

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&format!("{}.{:03}", self.0 / 1_000, self.0 % 1_000))
    }
}

/// Something that must never be: what, in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Violation(pub String);

/// Counts of one run, or of many.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Simulated time, milliseconds.
    pub simulated_ms: u64,
    /// Events handled.
    pub events: u64,
    /// Entries that honest stations made durable in their own logs.
    pub entries: u64,
    /// Receipts that honest hubs sent for the first time.
    pub receipts: u64,
    /// Entries covered by those receipts.
    pub receipted: u64,
    /// Of those, how many no disk holds any more.
    pub receipted_lost: u64,
    /// Reviews that hubs signed.
    pub reviews: u64,
    /// Reports that clerks took back.
    pub withdrawals: u64,
    /// Faults by kind.
    pub faults: BTreeMap<&'static str, u64>,
}

impl Counts {
    /// Adds another run's.
    pub fn add(&mut self, other: &Self) {
        self.simulated_ms += other.simulated_ms;
        self.events += other.events;
        self.entries += other.entries;
        self.receipts += other.receipts;
        self.receipted += other.receipted;
        self.receipted_lost += other.receipted_lost;
        self.reviews += other.reviews;
        self.withdrawals += other.withdrawals;
        other.faults.iter().for_each(|(kind, count)| *self.faults.entry(kind).or_default() += count);
    }

    /// Counts a fault.
    pub fn fault(&mut self, kind: &'static str) {
        *self.faults.entry(kind).or_default() += 1;
    }
}

/// A message as a person would tell it.
pub(crate) fn words(message: &Message) -> String {
    let heads = |heads: &[LogHead]| {
        let head = |head: &LogHead| format!("{}/{:?} {}", head.name.key.short(), head.lane, head.head.next);
        heads.iter().map(head).collect::<Vec<_>>().join(", ")
    };
    match message {
        Message::Hello(hello) => format!("hello from {}", hello.division),
        Message::Have(have) => {
            let kind = if have.complete { "all that is held" } else { "where to go on" };
            format!("{kind}: {}; {} receipts", heads(&have.logs), have.receipts.len())
        }
        Message::Batch(batch) => {
            let first = batch.entries.first().map_or(0, |entry| entry.envelope.header().sequence);
            let count = batch.entries.len();
            format!("{count} entries of {}/{:?} from {first}", batch.name.key.short(), batch.lane)
        }
        Message::Ack(head) => format!("ack {}", heads(&[*head])),
        Message::Receipt(receipt) => {
            let (by, from, to) = (receipt.division, receipt.from, receipt.to);
            format!("receipt of {by} for {}/{:?} {from} to {to}", receipt.log.short(), receipt.lane)
        }
        Message::Hold(name) => format!("hold {}", name.key.short()),
        Message::Evidence(evidence) => format!("evidence against {}", evidence.name.key.short()),
        Message::Beat(_) => "a beat".into(),
        Message::Tell => "tell".into(),
        Message::Bye(reason) => format!("goodbye: {reason}"),
        Message::Presence(presence) => format!("presence of {} stations", presence.stations.len()),
    }
}
