//! Time of this machine.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use fengsui_protocol::Now;

/// Before this, 2026-01-01, no report of this network was signed: a clock that says so has lost its battery.
const PLAUSIBLE_MS: i64 = 1_767_225_600_000;

/// Whether a wall clock can be right.
pub fn is_plausible(wall_ms: i64) -> bool {
    wall_ms >= PLAUSIBLE_MS
}

/// Steady and wall time, read together.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    begun: Instant,
}

impl Default for Clock {
    fn default() -> Self {
        Self { begun: Instant::now() }
    }
}

impl Clock {
    /// Now.
    pub fn now(&self) -> Now {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_millis());
        Now {
            steady_ms: u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            // A clock before 1970 is a battery that ran out: the entry says 0, and the hub's receipt has the true time.
            wall_ms: wall.ok().and_then(|ms| i64::try_from(ms).ok()).unwrap_or_default(),
        }
    }

    /// The moment that `Now::steady_ms` calls `steady_ms`; far ones are cut to a day.
    pub fn at(&self, steady_ms: u64) -> tokio::time::Instant {
        let ahead = steady_ms.saturating_sub(self.now().steady_ms).min(24 * 3600 * 1000);
        tokio::time::Instant::now() + std::time::Duration::from_millis(ahead)
    }
}

/// Wall time as people of the province read it: date and time in Asia/Shanghai.
pub fn shown(wall_ms: i64) -> String {
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    match jiff::Timestamp::from_millisecond(wall_ms) {
        Ok(at) => at.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Err(_) => format!("{wall_ms} ms"),
    }
}
