//! A station as the daemon runs it, with its store on disk and its sockets, in this process.

use std::net::SocketAddr;
use std::sync::Arc;

use fengsui_daemon::clock::Clock;
use fengsui_daemon::downlink::{self, Appointed};
use fengsui_daemon::failure::{Code, Failure};
use fengsui_daemon::home::Home;
use fengsui_daemon::links::Links;
use fengsui_daemon::session::Desk;
use fengsui_daemon::station::Station;
use fengsui_daemon::uplink;
use fengsui_daemon::worker::Worker;
use fengsui_protocol::Now;
use fengsui_transport::{Identity, Listener};
use fengsui_wire::PublicKey;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// A running station.
pub struct Host {
    /// Its thread.
    pub worker: Worker,
    /// Its key.
    pub key: PublicKey,
    address: Option<SocketAddr>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    thread: std::thread::JoinHandle<()>,
}

impl Host {
    /// Runs the station that was set up in `home`.
    ///
    /// # Errors
    /// When its store does not open or its address cannot be had.
    pub fn start(home: &Home, cache_bytes: u64) -> Result<Self, Failure> {
        let clock = Clock::default();
        let config = home.config()?;
        let identity = home.identity()?;
        let key = identity.key.public();
        let transport = Identity::from_secret(*identity.key.seed());
        let (station, _) = home.open(cache_bytes, &clock)?;
        let (worker, thread) = Worker::start(station, clock);
        let (stop, stopping) = watch::channel(false);
        let desk = Desk { worker: worker.clone(), clock, links: Links::default(), stop: stopping };
        let mut tasks = JoinSet::new();
        let mut address = None;
        if let Some(listen) = config.listen {
            let admittance = Appointed { worker: worker.clone(), division: config.division, clock };
            let listener = Listener::bind(listen, &transport, Arc::new(admittance))
                .map_err(|error| Failure::caused(Code::Unavailable, &error))?;
            address = listener.local_addr().ok();
            let desk = desk.clone();
            // A station that stops by itself shows in the next call to its worker.
            tasks.spawn(async move {
                let _ = downlink::listen(desk, listener).await;
            });
        }
        if let Some(parent) = config.parent {
            let kept = uplink::keep(desk, transport, parent.parent());
            tasks.spawn(async move {
                let _ = kept.await;
            });
        }
        Ok(Self { worker, key, address, stop, tasks, thread })
    }

    /// Where it listens.
    ///
    /// # Panics
    /// For a station that was set up without an address: the benchmark is wrong.
    pub fn address(&self) -> SocketAddr {
        self.address.expect("a hub listens")
    }

    /// Asks the station; what it stages is durable before the answer.
    ///
    /// # Errors
    /// The station's word, or that it has stopped.
    pub async fn call<R, E>(
        &self,
        ask: impl FnOnce(&mut Station, Now) -> Result<R, E> + Send + 'static,
    ) -> Result<R, Failure>
    where
        R: Send + 'static,
        E: std::fmt::Display + Send + 'static,
    {
        self.worker.call(ask).await?.map_err(crate::failed)
    }

    /// Ends it as a signal would, and waits for its last commit.
    ///
    /// # Errors
    /// When its thread panicked.
    pub async fn stop(mut self) -> Result<(), Failure> {
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
        drop(self.worker);
        let joined = tokio::task::spawn_blocking(|| self.thread.join()).await;
        joined.map_err(crate::failed)?.map_err(|_| crate::failed("end a station: its thread panicked"))
    }
}
