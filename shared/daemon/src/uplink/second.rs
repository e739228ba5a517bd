//! The second parent: a hub further up, to which a station turns while its own is down. What it sends there is the same,
//! and what it hears there is what its own hub would pass down: also that its own hub was replaced, and by whom.

use std::time::Duration;

use fengsui_protocol::Side;
use fengsui_transport::Identity;
use tokio::sync::watch;

use super::{Parent, jittered, once, route};
use crate::session::Desk;
use crate::worker::Stopped;

/// How long the own hub may be away before the second one is asked: longer than a restart takes, short beside the half
/// hour within which a severe event must be known above.
const AWAY_MS: i64 = 20_000;
/// How often the state of the own hub is looked at; it costs nothing.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Pause between two visits.
const PAUSE_MS: u64 = 30_000;

/// Visits `second` while `first` is away, until the daemon goes down.
///
/// # Errors
/// [`Stopped`] when the station's thread has ended.
pub async fn stand_by(desk: Desk, identity: Identity, first: Parent, second: Parent) -> Result<(), Stopped> {
    let mut stop = desk.stop.clone();
    loop {
        let pause = match is_away(&desk, &first) {
            true => {
                visit(&desk, &identity, &first, &second).await?;
                jittered(PAUSE_MS)
            }
            false => LOOK_EVERY,
        };
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return Ok(()),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Whether the own hub has not been heard for so long that the second one is needed.
fn is_away(desk: &Desk, first: &Parent) -> bool {
    let key = route::next(&desk.worker.registry(), first, 0).key;
    let now_ms = desk.clock.now().wall_ms;
    let links = desk.links.all();
    links.get(&key).is_some_and(|link| !link.online && now_ms - link.since_ms >= AWAY_MS)
}

async fn visit(desk: &Desk, identity: &Identity, first: &Parent, second: &Parent) -> Result<(), Stopped> {
    let (leave, leaving) = watch::channel(false);
    let visitor = Desk { stop: leaving, ..desk.clone() };
    let host = route::next(&desk.worker.registry(), second, 0);
    tracing::info!(key = %host.key.short(), "the hub above is away: turning to the second one");
    let stay = once(&visitor, identity, &host);
    tokio::pin!(stay);
    let reason = tokio::select! {
        ended = &mut stay => ended?,
        () = until_back(desk, first) => {
            // The session says goodbye by itself, with all that it has begun.
            let _ = leave.send(true);
            stay.await?
        }
    };
    desk.links.down(host.key, Side::Uplink, &reason, desk.clock.now().wall_ms);
    Ok(())
}

/// Until the own hub is heard again, or the daemon goes down.
async fn until_back(desk: &Desk, first: &Parent) {
    let mut stop = desk.stop.clone();
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        let key = route::next(&desk.worker.registry(), first, 0).key;
        if desk.links.all().get(&key).is_some_and(|link| link.online) {
            return;
        }
    }
}
