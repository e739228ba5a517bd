//! Listens for the stations below.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use fengsui_model::DivisionCode;
use fengsui_protocol::Side;
use fengsui_transport::{Admittance, Connection, Listener};
use fengsui_wire::{PublicKey, Role};
use tokio::task::{AbortHandle, JoinSet};

use crate::clock::Clock;
use crate::session::{Desk, drive};
use crate::worker::{Stopped, Worker};

/// Admits, in the handshake, the stations that are appointed below this hub now; and those whose key was revoked, which
/// are told so and nothing else.
pub struct Appointed {
    /// Knows the appointments.
    pub worker: Worker,
    /// This hub's division.
    pub division: DivisionCode,
    /// Appointments have a beginning and an end.
    pub clock: Clock,
}

impl Admittance for Appointed {
    fn admits(&self, key: &[u8; 32]) -> bool {
        let registry = self.worker.registry();
        let key = PublicKey(*key);
        if registry.is_within(&key, self.division) && registry.former(&key).is_some() {
            // Only to be told so, in words that no handshake has; see `serve`.
            return true;
        }
        registry.standing(&key).is_some_and(|standing| {
            matches!(standing.role, Role::Node | Role::Hub)
                && standing.division != self.division
                && registry.is_within(&key, self.division)
                && standing.holds_at(self.clock.now().wall_ms)
        })
    }
}

/// Serves every station that connects, until the daemon goes down. One connection a key: a new one ends the old, which
/// may be a line that died without a word.
///
/// # Errors
/// [`Stopped`] when the station's thread has ended.
pub async fn listen(desk: Desk, listener: Listener) -> Result<(), Stopped> {
    let mut stop = desk.stop.clone();
    let mut sessions = JoinSet::new();
    let live: Arc<Mutex<BTreeMap<PublicKey, AbortHandle>>> = Arc::default();
    loop {
        let accepted = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            Some(_) = sessions.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Some(Ok(connection)) => {
                let peer = PublicKey(connection.peer());
                let task = sessions.spawn(serve(desk.clone(), connection));
                let old = live.lock().ok().and_then(|mut live| live.insert(peer, task));
                if let Some(old) = old {
                    old.abort();
                }
            }
            Some(Err(refused)) => {
                desk.worker.meter().refused();
                tracing::warn!(remote = %refused.remote, reason = refused.reason, "refused a connection");
            }
            None => break,
        }
    }
    while sessions.join_next().await.is_some() {}
    listener.close().await;
    Ok(())
}

async fn serve(desk: Desk, connection: Connection) {
    let peer = PublicKey(connection.peer());
    if let Some(former) = desk.worker.registry().former(&peer) {
        tracing::warn!(key = %peer.short(), "refused a station whose key was revoked");
        let words = fengsui_wire::Message::Bye(former.words()).to_bytes();
        if connection.send(fengsui_transport::Class::Control, words).await.is_ok() {
            let _ = connection.finish().await;
        }
        return;
    }
    if let Ok(reason) = drive(&desk, Side::Downlink, connection).await {
        tracing::info!(reason, "a station below has gone");
    }
}
