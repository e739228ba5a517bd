//! Keeps the connection to the hub above, wherever that hub has gone, and to the second one while it is away.

mod route;
mod second;

use std::net::SocketAddr;
use std::time::Duration;

use fengsui_protocol::{Former, Side};
use fengsui_transport::{Dialer, Identity};
use fengsui_wire::PublicKey;

use crate::session::{Desk, drive};
use crate::worker::Stopped;

pub use second::stand_by;

/// First pause after a connection that failed.
const PAUSE_MS_MIN: u64 = 500;
/// Longest pause: a hub that comes back has all of its stations within a minute, spread by the jitter.
const PAUSE_MS_MAX: u64 = 60_000;
/// A connection that stood so long was a good one: begin again with the shortest pause.
const GOOD_AFTER: Duration = Duration::from_secs(60);

/// The hub above.
#[derive(Clone, Debug)]
pub struct Parent {
    /// Host and port; a name is looked up anew at every try.
    pub address: String,
    /// Its key.
    pub key: PublicKey,
}

/// The key that is first expected of the hub above.
pub(crate) fn expected(registry: &fengsui_protocol::Registry, parent: &Parent) -> PublicKey {
    first(registry, parent).key
}

/// Where the hub above is dialled first: as configured, or as what is signed of it since says.
pub(crate) fn first(registry: &fengsui_protocol::Registry, parent: &Parent) -> Parent {
    route::next(registry, parent, 0)
}

/// Dials, drives the session, and dials again, until the daemon goes down.
///
/// # Errors
/// [`Stopped`] when the station's thread has ended.
pub async fn keep(desk: Desk, identity: Identity, parent: Parent) -> Result<(), Stopped> {
    let mut stop = desk.stop.clone();
    let mut pause_ms = PAUSE_MS_MIN;
    let mut attempt = 0;
    loop {
        let begun = tokio::time::Instant::now();
        let parent = route::next(&desk.worker.registry(), &parent, attempt);
        let reason = once(&desk, &identity, &parent).await?;
        attempt += 1;
        if *stop.borrow() {
            return Ok(());
        }
        desk.links.down(parent.key, Side::Uplink, &reason, desk.clock.now().wall_ms);
        if let Some(reason) = Former::reason_in(&reason).map(str::to_owned) {
            let told = desk.worker.call(move |station, _| station.told_revoked(Some(&reason))).await?;
            told.or(Err(Stopped))?;
        }
        if begun.elapsed() > GOOD_AFTER {
            pause_ms = PAUSE_MS_MIN;
            attempt = 0;
        }
        let pause = jittered(pause_ms);
        tracing::info!(reason, pause_ms = pause.as_millis() as u64, "not connected to the hub above");
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return Ok(()),
            () = tokio::time::sleep(pause) => {}
        }
        pause_ms = (pause_ms * 2).min(PAUSE_MS_MAX);
    }
}

/// One connection, from dialling to its end. It is not cut when the daemon goes down: the session sees that itself and
/// says goodbye.
async fn once(desk: &Desk, identity: &Identity, parent: &Parent) -> Result<String, Stopped> {
    let address = match lookup(&parent.address).await {
        Ok(address) => address,
        Err(reason) => return Ok(reason),
    };
    let dialer = match Dialer::new(identity) {
        Ok(dialer) => dialer,
        Err(error) => return Ok(chain(&error)),
    };
    let mut stop = desk.stop.clone();
    let dialled = tokio::select! {
        _ = stop.wait_for(|stop| *stop) => return Ok("this station is going down".into()),
        dialled = dialer.dial(address, parent.key.0) => dialled,
    };
    let reason = match dialled {
        Ok(connection) => drive(desk, Side::Uplink, connection).await,
        Err(error) => Ok(chain(&error)),
    };
    dialer.close().await;
    reason
}

/// The first address of `host:port`.
pub(crate) async fn lookup(address: &str) -> Result<SocketAddr, String> {
    let found = tokio::net::lookup_host(address).await;
    found
        .map_err(|error| format!("look up {address}: {error}"))?
        .next()
        .ok_or(format!("look up {address}: nothing"))
}

/// An error with its causes, in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Between half and all of `pause_ms`: after an outage 916 stations must not come back in one moment.
fn jittered(pause_ms: u64) -> Duration {
    let mut bytes = [0; 8];
    // Without entropy there is no jitter; the pause alone still holds.
    let _ = getrandom::fill(&mut bytes);
    let half = pause_ms / 2;
    Duration::from_millis(half + u64::from_le_bytes(bytes) % (half + 1))
}
