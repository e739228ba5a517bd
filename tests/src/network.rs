//! Lines between children and parents, and what happens to frames on them.

use fengsui_daemon::station::SessionId;
use fengsui_protocol::Class;

use crate::random::Random;

/// One end of a line.
pub const CHILD: usize = 0;
/// The other end.
pub const PARENT: usize = 1;

const CLASSES: usize = 4;

/// First pause before a new attempt to connect, in milliseconds.
const BACKOFF_MS_MIN: u64 = 1_000;
/// Longest pause.
const BACKOFF_MS_MAX: u64 = 60_000;

/// The line between a child and its parent, connected or not.
#[derive(Debug)]
pub struct Link {
    /// Places of both ends, by [`CHILD`] and [`PARENT`].
    pub ends: [usize; 2],
    /// One way, without queues.
    pub latency_ms: u64,
    /// Added to the latency, frame by frame; it reorders frames of different classes only.
    pub jitter_ms: u64,
    /// Bandwidth each way.
    pub bytes_per_s: u64,
    /// Frames of a thousand that are lost.
    pub lost_per_mille: u64,
    /// Frames of a thousand that come twice.
    pub doubled_per_mille: u64,
    /// Until when nothing that an end sends arrives.
    pub cut_until: [u64; 2],
    /// The connection, while there is one.
    pub connection: Option<Connection>,
    /// Frames sent over it so far, both ways.
    pub frames: u64,
    backoff_ms: u64,
}

/// One life of a connection. What is in flight dies with it.
#[derive(Debug)]
pub struct Connection {
    /// Distinguishes it from the ones before.
    pub number: u64,
    /// Sessions of both ends.
    pub sessions: [SessionId; 2],
    /// Since when it stands.
    pub since: u64,
    /// When the sender's own queue is empty.
    free_at: [u64; 2],
    /// Latest arrival per class: within a class order is kept.
    latest: [[u64; CLASSES]; 2],
}

impl Link {
    /// A line of any quality from a village's radio link to fibre.
    pub fn draw(child: usize, parent: usize, random: &mut Random) -> Self {
        let bytes_per_s = *random.pick(&[2_000, 8_000, 60_000, 1_000_000]).unwrap_or(&8_000);
        let bad = random.chance(350);
        Self {
            ends: [child, parent],
            latency_ms: random.between(2, 400),
            jitter_ms: random.between(0, 150),
            bytes_per_s,
            lost_per_mille: if bad { random.between(1, 30) } else { 0 },
            doubled_per_mille: if bad { random.between(1, 30) } else { 0 },
            cut_until: [0; 2],
            connection: None,
            frames: 0,
            backoff_ms: BACKOFF_MS_MIN,
        }
    }

    /// Connects both ends.
    pub fn connect(&mut self, number: u64, sessions: [SessionId; 2], now: u64) {
        self.connection =
            Some(Connection { number, sessions, since: now, free_at: [now; 2], latest: [[0; CLASSES]; 2] });
    }

    /// The pause before the next attempt: doubled each time, with jitter, and short again after a connection that held.
    pub fn next_dial(&mut self, now: u64, random: &mut Random) -> u64 {
        let held = self.connection.as_ref().is_some_and(|connection| now > connection.since + BACKOFF_MS_MAX);
        self.backoff_ms = if held { BACKOFF_MS_MIN } else { (self.backoff_ms * 2).min(BACKOFF_MS_MAX) };
        now + random.between(self.backoff_ms / 2, self.backoff_ms)
    }

    /// Whether a connection can be made.
    pub fn is_whole(&self, now: u64) -> bool {
        self.cut_until.iter().all(|until| *until <= now)
    }

    /// Takes all faults off the line.
    pub fn heal(&mut self) {
        (self.lost_per_mille, self.doubled_per_mille, self.cut_until) = (0, 0, [0; 2]);
        self.backoff_ms = BACKOFF_MS_MIN;
    }

    /// When a frame sent by `end` arrives: never, once, or twice.
    pub fn carry(
        &mut self,
        end: usize,
        class: Class,
        bytes: usize,
        now: u64,
        random: &mut Random,
    ) -> Vec<u64> {
        let whole = self.cut_until[end] <= now;
        let (latency, jitter) = (self.latency_ms, random.between(0, self.jitter_ms));
        let Some(connection) = &mut self.connection else { return Vec::new() };
        self.frames += 1;
        let free = &mut connection.free_at[end];
        *free = now.max(*free) + bytes as u64 * 1_000 / self.bytes_per_s;
        let latest = &mut connection.latest[end][class as usize];
        *latest = (*free + latency + jitter).max(*latest);
        if !whole || random.chance(self.lost_per_mille) {
            return Vec::new();
        }
        let first = *latest;
        match random.chance(self.doubled_per_mille) {
            true => vec![first, first + random.between(0, 3_000)],
            false => vec![first],
        }
    }
}
