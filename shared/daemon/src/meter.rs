//! What a running station counts of itself: for `/metrics`, and for nothing else. Counters begin at 0 with the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Upper ends of the classes of commit times, in microseconds, inclusive: from a good SSD to a disk that is failing.
pub const COMMIT_MICROS: [u64; 11] =
    [500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 1_000_000, 5_000_000];

#[derive(Debug, Default)]
struct Counts {
    refused: AtomicU64,
    /// One for each class, and one for whatever took longer.
    commits: [AtomicU64; COMMIT_MICROS.len() + 1],
    commit_micros: AtomicU64,
}

/// A handle on the counters; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Counts>);

/// How long commits have taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commits {
    /// How many fell into each class of [`COMMIT_MICROS`], not counting those below it; the last took longer than all.
    pub classes: [u64; COMMIT_MICROS.len() + 1],
    /// All of them together, microseconds.
    pub micros: u64,
}

impl Meter {
    /// A connection was tried and not admitted.
    pub fn refused(&self) {
        self.0.refused.fetch_add(1, Relaxed);
    }

    /// A commit that wrote something took so long, its sync included.
    pub fn committed(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let class = COMMIT_MICROS.partition_point(|end| *end < micros);
        self.0.commits[class].fetch_add(1, Relaxed);
        self.0.commit_micros.fetch_add(micros, Relaxed);
    }

    /// Connections that were not admitted.
    pub fn refusals(&self) -> u64 {
        self.0.refused.load(Relaxed)
    }

    /// Commits so far.
    pub fn commits(&self) -> Commits {
        let classes = std::array::from_fn(|class| self.0.commits[class].load(Relaxed));
        Commits { classes, micros: self.0.commit_micros.load(Relaxed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_falls_into_the_first_class_that_holds_it() {
        let meter = Meter::default();
        for micros in [0, 500, 501, 5_000_000, 5_000_001] {
            meter.committed(Duration::from_micros(micros));
        }
        let commits = meter.commits();
        assert_eq!(commits.classes, [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!(commits.micros, 10_001_002);
    }
}
