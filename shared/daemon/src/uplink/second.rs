//! The second parent: a hub further up, to which a station turns while its own is down, and at once while an event is severe. What it sends there is the same,
//! and what it hears there is what its own hub would pass down: also that its own hub was replaced, and by whom.

use std::time::Duration;

use fengsui_protocol::Side;
use fengsui_transport::Identity;
use tokio::sync::watch;

use super::{Parent, jittered, once, route};
use crate::session::Desk;
use crate::severe::Severe;
use crate::worker::Stopped;

/// How long the own hub may be away before the second one is asked: longer than a restart takes, short beside the half
/// hour within which a severe event must be known above.
const AWAY_MS: i64 = 20_000;
/// How often the state of the own hub is looked at; it costs nothing.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Pause between two visits.
const PAUSE_MS: u64 = 30_000;

/// Visits `second` while `first` is away, and while a severe event lasts, until the daemon goes down.
///
/// # Errors
/// [`Stopped`] when the station's thread has ended.
pub async fn stand_by(desk: Desk, identity: Identity, first: Parent, second: Parent) -> Result<(), Stopped> {
    let mut stop = desk.stop.clone();
    let mut need = Need { desk: desk.clone(), first, severe: Severe::default() };
    loop {
        let pause = match need.look().await? {
            Some(why) => {
                visit(&desk, &identity, &mut need, why, &second).await?;
                jittered(PAUSE_MS)
            }
            None => LOOK_EVERY,
        };
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return Ok(()),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Whether the second parent is needed.
struct Need {
    desk: Desk,
    first: Parent,
    severe: Severe,
}

impl Need {
    /// Why it is needed; `None`: it is not.
    async fn look(&mut self) -> Result<Option<&'static str>, Stopped> {
        let severe = self.severe;
        let looked = self.desk.worker.call(move |station, now| severe.look(station, now.wall_ms)).await?;
        // A store that cannot be read ends the process elsewhere; until then the last word stands.
        self.severe = looked.unwrap_or(severe);
        Ok(match (self.severe.is_severe(), self.is_away()) {
            (true, _) => Some("a severe event goes to two levels at once"),
            (false, true) => Some("the hub above is away"),
            (false, false) => None,
        })
    }

    /// Whether the own hub has not been heard for so long that the second one is needed.
    fn is_away(&self) -> bool {
        let key = route::next(&self.desk.worker.registry(), &self.first, 0).key;
        let now_ms = self.desk.clock.now().wall_ms;
        let links = self.desk.links.all();
        links.get(&key).is_some_and(|link| !link.online && now_ms - link.since_ms >= AWAY_MS)
    }

    /// Until it is needed no more, or the daemon goes down.
    async fn over(&mut self) -> Result<(), Stopped> {
        let mut stop = self.desk.stop.clone();
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return Ok(()),
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            if self.look().await?.is_none() {
                return Ok(());
            }
        }
    }
}

async fn visit(
    desk: &Desk,
    identity: &Identity,
    need: &mut Need,
    why: &'static str,
    second: &Parent,
) -> Result<(), Stopped> {
    let (leave, leaving) = watch::channel(false);
    let visitor = Desk { stop: leaving, ..desk.clone() };
    let host = route::next(&desk.worker.registry(), second, 0);
    tracing::info!(key = %host.key.short(), why, "turning to the second parent");
    let stay = once(&visitor, identity, &host);
    tokio::pin!(stay);
    let reason = tokio::select! {
        ended = &mut stay => ended?,
        over = need.over() => {
            over?;
            // The session says goodbye by itself, with all that it has begun.
            let _ = leave.send(true);
            stay.await?
        }
    };
    desk.links.down(host.key, Side::Uplink, &reason, desk.clock.now().wall_ms);
    Ok(())
}
