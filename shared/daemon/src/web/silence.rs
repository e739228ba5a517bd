//! How long the station's thread has not come to a question of a monitor. One that verifies or takes in a large bundle
//! is silent for minutes and sound: only the length of its silence tells it from one that hangs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Since when the first unanswered question waits. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Silence(Arc<Mutex<Option<Instant>>>);

impl Silence {
    /// A question is asked. One that waits already goes on counting.
    pub(super) fn begins(&self) {
        self.with(|since| {
            since.get_or_insert_with(Instant::now);
        });
    }

    /// The thread has come to a question.
    pub(super) fn ends(&self) {
        self.with(|since| *since = None);
    }

    /// Since the first unanswered question; zero where none waits.
    pub(super) fn lasts(&self) -> Duration {
        self.with(|since| since.map_or(Duration::ZERO, |since| since.elapsed()))
    }

    fn with<R>(&self, look: impl FnOnce(&mut Option<Instant>) -> R) -> R {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
