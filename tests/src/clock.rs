//! Simulated time: one steady clock for the world, and a wall clock for each station that may be wrong.

use fengsui_protocol::Now;

/// 2026-11-01 00:00 UTC, when every world begins.
pub const BEGIN_MS: i64 = 1_793_491_200_000;

/// How wrong a station's clock may be, either way: a dead battery is worse, but a wrong day is wrong enough to be
/// seen wherever a wall clock is taken for order.
pub const SKEW_MS_MAX: u64 = 3 * 24 * 3_600 * 1_000;

/// The time of one station.
pub fn now(steady_ms: u64, skew_ms: i64) -> Now {
    Now { steady_ms, wall_ms: BEGIN_MS + steady_ms.cast_signed() + skew_ms }
}
