//! What systemd is told: ready, stopping, and alive, each a datagram to the socket that `NOTIFY_SOCKET` names. Without
//! systemd, or another supervisor that sets it, nothing is said.
//!
//! By hand, because the crate at hand (sd-notify 0.5.0) knows no abstract sockets, which supervisors in containers use.

use std::convert::Infallible;
use std::ffi::OsStr;
use std::io;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use crate::worker::{Stopped, Worker};

/// How long a silent station is waited for where no supervisor says: as long as the unit of a hub does, whose `verify` of
/// a full store takes minutes.
const SILENT_MAX: Duration = Duration::from_secs(15 * 60);

/// The station answers, and listens where it should.
pub fn ready() {
    say("READY=1");
}

/// It drains.
pub fn stopping() {
    say("STOPPING=1");
}

/// Says that the station is alive, twice in the time that the supervisor waits, and each time only after the station's
/// own thread has answered: a beat by a timer alone would go on over a thread that hangs in the disk. Does not come back
/// where nobody waits for it.
///
/// # Errors
/// [`Stopped`] when that thread has ended.
pub async fn beat(worker: Worker) -> Result<Infallible, Stopped> {
    let Some(patience) = supervised() else { return std::future::pending().await };
    let mut every = tokio::time::interval(patience / 2);
    // Beats that a busy thread has delayed are not made up for.
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        worker.call(|_, _| ()).await?;
        say("WATCHDOG=1");
    }
}

/// How long the station's thread may be silent before only a restart can help: as long as the supervisor waits.
pub fn silent_max() -> Duration {
    supervised().unwrap_or(SILENT_MAX)
}

/// What the supervisor has told this process.
fn supervised() -> Option<Duration> {
    let variable = |name| std::env::var(name).ok();
    patience(variable("WATCHDOG_USEC"), variable("WATCHDOG_PID"), std::process::id())
}

/// How long the supervisor waits for a beat of this process; `None`: it does not wait, or for another process.
fn patience(micros: Option<String>, process: Option<String>, own: u32) -> Option<Duration> {
    let micros: u64 = micros?.parse().ok()?;
    let meant = process.is_none_or(|process| process.parse() == Ok(own));
    (meant && micros > 0).then(|| Duration::from_micros(micros))
}

fn say(state: &str) {
    let Some(name) = std::env::var_os("NOTIFY_SOCKET") else { return };
    let told = address(&name).and_then(|address| {
        let socket = UnixDatagram::unbound()?;
        socket.send_to_addr(state.as_bytes(), &address)
    });
    if let Err(error) = told {
        tracing::warn!(%error, "the supervisor could not be told");
    }
}

/// The socket of this name: a path, or after `@` the name of an abstract one.
fn address(name: &OsStr) -> io::Result<SocketAddr> {
    #[cfg(target_os = "linux")]
    if let Some(name) = std::os::unix::ffi::OsStrExt::as_bytes(name).strip_prefix(b"@") {
        return <SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(name);
    }
    SocketAddr::from_pathname(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats_are_for_the_process_that_is_meant() {
        let of = |micros: &str, process: Option<&str>| {
            patience(Some(micros.into()), process.map(str::to_owned), 7).map(|patience| patience.as_micros())
        };
        assert_eq!(of("600000", None), Some(600_000));
        assert_eq!(of("600000", Some("7")), Some(600_000));
        for (micros, process) in [("600000", Some("8")), ("600000", Some("x")), ("0", None), ("soon", None)] {
            assert_eq!(of(micros, process), None, "{micros} {process:?}");
        }
        assert_eq!(patience(None, None, 7), None);
    }
}
