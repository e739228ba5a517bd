//! The hub's enrolment port. Any key may knock, and nothing is served here but the one exchange: who is appointed goes to
//! the other port.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fengsui_transport::{Admittance, Class, Connection, Identity, Limits, Listener, TransportError};
use fengsui_wire::{JOIN_FRAME_BYTES_MAX, Join, JoinMessage, PublicKey, Refusal, Refused};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::pace::Pace;
use super::words;
use crate::config::Config;
use crate::failure::{Code, Failure};
use crate::session::Desk;
use crate::worker::Stopped;

/// How long one exchange may take, from the handshake to the answer: two round trips on the slowest line.
const EXCHANGE_MAX: Duration = Duration::from_secs(20);
/// Exchanges at once; a flood of them holds no more memory than this many frames.
const AT_ONCE_MAX: usize = 64;

/// Everybody may knock: the code decides.
struct Anyone;

impl Admittance for Anyone {
    fn admits(&self, _: &[u8; 32]) -> bool {
        true
    }
}

/// Opens the port that the configuration names, or the one after the hub's own. A hub whose default port is taken runs
/// without a door, and says so: reports matter more.
///
/// # Errors
/// When the configuration names a port that cannot be had.
pub fn bind(config: &Config, identity: &Identity) -> Result<Option<Listener>, Failure> {
    let Some(address) = config.enroll_address() else { return Ok(None) };
    match open_at(address, identity) {
        Ok(listener) => Ok(Some(listener)),
        Err(error) if config.enroll_listen.is_some() => Err(Failure::caused(Code::Unavailable, &error)),
        Err(error) => {
            let error = crate::uplink::chain(&error);
            tracing::warn!(%error, "nobody can enrol here: set enroll_listen to a free address");
            Ok(None)
        }
    }
}

fn open_at(address: SocketAddr, identity: &Identity) -> Result<Listener, TransportError> {
    let limits = Limits { frame_bytes_max_in: JOIN_FRAME_BYTES_MAX };
    Listener::bind_with_limits(address, identity, Arc::new(Anyone), limits)
}

/// Answers whoever knocks, until the daemon goes down.
///
/// # Errors
/// [`Stopped`] when the station's thread has ended.
pub async fn open(desk: Desk, listener: Listener) -> Result<(), Stopped> {
    let mut stop = desk.stop.clone();
    let door = Arc::new(Door { desk, pace: Mutex::default(), places: Semaphore::new(AT_ONCE_MAX) });
    let mut exchanges = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            Some(_) = exchanges.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Some(Ok(connection)) => {
                let door = door.clone();
                exchanges.spawn(async move {
                    let answered = tokio::time::timeout(EXCHANGE_MAX, door.answer(&connection)).await;
                    if answered.is_err() {
                        connection.close("too slow");
                    }
                });
            }
            Some(Err(refused)) => {
                tracing::debug!(remote = %refused.remote, reason = refused.reason, "a knock came to nothing");
            }
            None => break,
        }
    }
    exchanges.shutdown().await;
    listener.close().await;
    Ok(())
}

struct Door {
    desk: Desk,
    pace: Mutex<Pace>,
    places: Semaphore,
}

impl Door {
    async fn answer(&self, connection: &Connection) {
        let from = connection.remote().ip();
        let Ok(_place) = self.places.try_acquire() else {
            return say(connection, &refused(Refusal::Busy)).await;
        };
        let join = match connection.recv().await.map(|(_, frame)| JoinMessage::from_bytes(&frame)) {
            Ok(Ok(JoinMessage::Join(join))) => join,
            Ok(_) => return connection.close("this port is for enrolment only"),
            Err(_) => return,
        };
        let station = PublicKey(connection.peer());
        let message = match self.hears(from) {
            true => self.decide(station, from, *join).await,
            false => refused(Refusal::Busy),
        };
        say(connection, &message).await;
    }

    async fn decide(&self, station: PublicKey, from: IpAddr, join: Join) -> JoinMessage {
        let (invite, division) = (join.invite, join.division);
        let asked = self.desk.worker.call(move |hub, now| hub.join(station, &join, now)).await;
        match asked {
            Ok(Ok(Ok(joined))) => {
                tracing::info!(key = %station.short(), %division, %invite, "a station has joined");
                JoinMessage::Joined(Box::new(joined))
            }
            Ok(Ok(Err(refusal))) => {
                self.pace.lock().unwrap_or_else(std::sync::PoisonError::into_inner).refused(from);
                tracing::warn!(key = %station.short(), %division, %invite, %from, ?refusal, "refused a join");
                refused(refusal)
            }
            // A failing store takes the process down by itself; whoever joins tries again.
            Ok(Err(_)) | Err(Stopped) => refused(Refusal::NotReady),
        }
    }

    fn hears(&self, from: IpAddr) -> bool {
        let now_ms = self.desk.clock.now().steady_ms;
        self.pace.lock().unwrap_or_else(std::sync::PoisonError::into_inner).hears(from, now_ms)
    }
}

fn refused(refusal: Refusal) -> JoinMessage {
    let (zh, en) = words::refusal(refusal);
    JoinMessage::Refused(Refused { refusal, zh: zh.into(), en: en.into() })
}

async fn say(connection: &Connection, message: &JoinMessage) {
    // Whoever has gone asks again, and gets the same answer.
    if connection.send(Class::Control, message.to_bytes()).await.is_ok() {
        let _ = connection.finish().await;
    }
}
