//! What systemd is told: ready, stopping, and alive. Without systemd, or another supervisor that sets `NOTIFY_SOCKET`,
//! nothing is said.

use std::convert::Infallible;

use sd_notify::NotifyState;

use crate::worker::{Stopped, Worker};

/// The station answers, and listens where it should.
pub fn ready() {
    say(&[NotifyState::Ready]);
}

/// It drains.
pub fn stopping() {
    say(&[NotifyState::Stopping]);
}

fn say(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "the supervisor could not be told");
    }
}

/// Says that the station is alive, twice in the time that the supervisor waits, and each time only after the station's
/// own thread has answered: a beat by a timer alone would go on over a thread that hangs in the disk. Does not come back
/// where nobody waits for it.
///
/// # Errors
/// [`Stopped`] when that thread has ended.
pub async fn beat(worker: Worker) -> Result<Infallible, Stopped> {
    let Some(patience) = sd_notify::watchdog_enabled() else { return std::future::pending().await };
    let mut every = tokio::time::interval(patience / 2);
    loop {
        every.tick().await;
        worker.call(|_, _| ()).await?;
        say(&[NotifyState::Watchdog]);
    }
}
