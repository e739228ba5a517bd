//! How many unacknowledged bytes may be on the way below the urgent lane.
//!
//! A router's queue full of our own back-fill cannot be overtaken by any priority, so the back-fill is kept near twice
//! the bandwidth-delay product: the window grows while round trips stay near the shortest one, and when they show a
//! queue it shrinks by as much as they are too long. Halving it then left a slow line idle half of the time; the bench
//! `overtake` measures both the queue and the use of the line.

/// First window: lets a short backlog go out in one round trip on any line.
pub const WINDOW_BYTES_START: u64 = 4 * 1024;
/// One full packet: below it nothing would move.
pub const WINDOW_BYTES_MIN: u64 = 1_200;
/// Enough for 8 MB/s at 30 ms; a bound for what a broken connection must send again.
pub const WINDOW_BYTES_MAX: u64 = 256 * 1024;
/// Queueing delay that is taken as our own doing.
const QUEUE_MS_MAX: u64 = 200;
/// How long the shortest round trip is believed; a route may have become longer for good. Then the window is halved
/// once, so that the next shortest one is that of the line and not that of our own queue.
const SHORTEST_FOR_MS: u64 = 60_000;

/// Adaptive window of one connection, one direction.
#[derive(Clone, Debug)]
pub struct Window {
    limit: u64,
    threshold: u64,
    flying: u64,
    shortest: Option<(u64, u64)>,
    /// No second cut before this time: one queue is one reason.
    patient_until: u64,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            limit: WINDOW_BYTES_START,
            threshold: WINDOW_BYTES_MAX,
            flying: 0,
            shortest: None,
            patient_until: 0,
        }
    }
}

impl Window {
    /// Bytes that may be sent now.
    pub fn room(&self) -> u64 {
        self.limit.saturating_sub(self.flying)
    }

    /// Bytes on the way.
    pub fn flying(&self) -> u64 {
        self.flying
    }

    /// The window itself, in bytes.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// `bytes` were sent.
    pub fn sent(&mut self, bytes: u64) {
        self.flying += bytes;
    }

    /// What was sent `bytes` strong at `sent_ms` is acknowledged at `now_ms`.
    pub fn acknowledged(&mut self, bytes: u64, sent_ms: u64, now_ms: u64) {
        self.lost(bytes);
        let trip = now_ms.saturating_sub(sent_ms);
        let allowed = self.shortest_trip(trip, now_ms) + QUEUE_MS_MAX;
        if trip > allowed {
            self.cut(self.limit * allowed / trip, trip, now_ms);
        } else {
            self.grow(bytes);
        }
    }

    /// `bytes` that were sent are given up, without a word about the line.
    pub fn lost(&mut self, bytes: u64) {
        self.flying = self.flying.saturating_sub(bytes);
    }

    /// All that was on the way is given up: it will be sent again.
    pub fn forget(&mut self) {
        self.flying = 0;
    }

    fn shortest_trip(&mut self, trip: u64, now_ms: u64) -> u64 {
        match self.shortest {
            Some((shortest, since)) if shortest <= trip && now_ms < since + SHORTEST_FOR_MS => shortest,
            known => {
                self.shortest = Some((trip, now_ms));
                if known.is_some_and(|(shortest, _)| shortest < trip) {
                    self.cut(self.limit / 2, trip, now_ms);
                }
                trip
            }
        }
    }

    fn cut(&mut self, to: u64, trip: u64, now_ms: u64) {
        if now_ms < self.patient_until {
            return;
        }
        self.limit = to.max(WINDOW_BYTES_MIN);
        self.threshold = self.limit;
        self.patient_until = now_ms + trip;
    }

    fn grow(&mut self, bytes: u64) {
        let by =
            if self.limit < self.threshold { bytes } else { (WINDOW_BYTES_MIN * bytes) / self.limit.max(1) };
        self.limit = (self.limit + by).min(WINDOW_BYTES_MAX);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// A line of `bytes_per_s` with `delay_ms` there and back: the queue is whatever is flying beyond its capacity.
    fn settle(bytes_per_s: u64, delay_ms: u64) -> u64 {
        let mut window = Window::default();
        let mut now = 0;
        let mut free_at = 0;
        let mut sent: VecDeque<(u64, u64, u64)> = VecDeque::new();
        let mut worst = 0;
        for step in 0..3_000 {
            while window.room() >= 600 {
                free_at = u64::max(free_at, now) + 600 * 1_000 / bytes_per_s;
                window.sent(600);
                sent.push_back((600, now, free_at + delay_ms));
                if step > 1_000 {
                    worst = worst.max(free_at - now);
                }
            }
            let (bytes, at, back) = sent.pop_front().expect("something always flies");
            now = u64::max(now, back);
            window.acknowledged(bytes, at, now);
        }
        worst
    }

    #[test]
    fn keeps_the_queue_short_on_a_slow_line() {
        // 64 kbit/s, 300 ms: a new urgent frame waits behind at most the queue.
        let queue_ms = settle(8_000, 300);
        assert!(queue_ms < 900, "an urgent frame would wait {queue_ms} ms");
    }

    #[test]
    fn opens_on_a_fast_line() {
        let mut window = Window::default();
        for now in 0..2_000 {
            window.sent(1_200);
            window.acknowledged(1_200, now, now + 3);
        }
        assert_eq!(window.limit(), WINDOW_BYTES_MAX);
    }

    #[test]
    fn never_closes() {
        let mut window = Window::default();
        for now in 0..100 {
            window.sent(100);
            window.acknowledged(100, now * 10_000, now * 10_000 + 1 + now * 900);
        }
        assert!(window.limit() >= WINDOW_BYTES_MIN && window.flying() == 0);
    }
}
