//! Two ends on loopback.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use tokio::time::timeout;

use crate::{Admittance, Connection, Dialer, Identity, Limits, Listener, Refused, config};

mod admission;
mod exchange;
mod hostile;
mod priority;

/// Longer than anything here takes, shorter than any of the transport's own waits that must not be hit.
const PATIENCE: Duration = Duration::from_secs(8);

/// Long enough for loopback to have settled when the test is that nothing happens.
const QUIET: Duration = Duration::from_millis(300);

/// A list of keys that can change while the listener runs.
#[derive(Default)]
struct Roll(Mutex<BTreeSet<[u8; 32]>>);

impl Roll {
    fn set(&self, keys: &[[u8; 32]]) {
        *self.0.lock().unwrap() = keys.iter().copied().collect();
    }
}

impl Admittance for Roll {
    fn admits(&self, key: &[u8; 32]) -> bool {
        self.0.lock().unwrap().contains(key)
    }
}

/// A hub that admits one child.
struct World {
    hub: Identity,
    child: Identity,
    roll: Arc<Roll>,
    listener: Arc<Listener>,
    at: SocketAddr,
}

impl World {
    fn new() -> World {
        Self::with_limits(Limits::FROM_CHILD)
    }

    fn with_limits(limits: Limits) -> World {
        let (hub, child) = (Identity::from_secret([1; 32]), Identity::from_secret([2; 32]));
        let roll = Arc::new(Roll::default());
        roll.set(&[child.public()]);
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = Listener::bind_with_limits(any_port, &hub, roll.clone(), limits).unwrap();
        let at = listener.local_addr().unwrap();
        World { hub, child, roll, listener: Arc::new(listener), at }
    }

    /// Both ends of one connection: the child's, the hub's. Keep the dialler.
    async fn connect(&self) -> (Dialer, Connection, Connection) {
        let dialer = Dialer::new(&self.child).unwrap();
        let up = within(dialer.dial(self.at, self.hub.public())).await.unwrap();
        let down = self.accept().await.unwrap();
        (dialer, up, down)
    }

    async fn accept(&self) -> Result<Connection, Refused> {
        within(self.listener.accept()).await.expect("the listener is open")
    }

    /// A child that speaks QUIC as it pleases.
    async fn connect_raw(&self) -> (quinn::Endpoint, quinn::Connection, Connection) {
        let endpoint = quinn::Endpoint::client(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let config = config::client(&self.child, self.hub.public(), Arc::new(OnceLock::new()), None);
        let raw = within(endpoint.connect_with(config, self.at, "any").unwrap()).await.unwrap();
        let down = self.accept().await.unwrap();
        (endpoint, raw, down)
    }
}

/// Fails the test rather than hang.
async fn within<F: IntoFuture>(future: F) -> F::Output {
    timeout(PATIENCE, future).await.expect("it should not take this long")
}
