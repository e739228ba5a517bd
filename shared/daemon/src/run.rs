//! Start, drain, exit: what the daemons' `run` has in common.

use std::time::Duration;

use fengsui_protocol::Side;
use fengsui_transport::{Identity as TransportIdentity, Listener};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::control::{self, Ask};
use crate::downlink::{self, Appointed};
use crate::failure::{Code, Failure};
use crate::home::Home;
use crate::links::Links;
use crate::session::Desk;
use crate::uplink;
use crate::worker::Worker;

/// How long sessions may take to say goodbye before the process ends without them. What is durable is durable anyway.
const GRACE: Duration = Duration::from_secs(15);

/// Log lines to standard error: text for people, or JSON lines with `FENGSUI_LOG_FORMAT=json`. The level comes from
/// `FENGSUI_LOG`, by default `info`.
pub fn log() {
    let filter = std::env::var("FENGSUI_LOG").unwrap_or_else(|_| "info,quinn=warn,sled=warn".into());
    let lines = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
        .with_target(false);
    // A second call, in a process that runs several stations, changes nothing.
    let _ = match std::env::var("FENGSUI_LOG_FORMAT").as_deref() {
        Ok("json") => lines.json().try_init(),
        _ => lines.try_init(),
    };
}

/// Runs the station at `home` until SIGTERM or SIGINT: answers commands, keeps the connection to the hub above, and,
/// where the configuration says `listen`, serves the stations below. `ready` is called once, with the address that is
/// listened on.
///
/// # Errors
/// When it cannot start, or the store fails.
pub async fn run<A: Ask>(
    home: Home,
    cache_bytes: u64,
    ready: impl FnOnce(Option<std::net::SocketAddr>),
) -> Result<(), Failure> {
    let clock = Clock::default();
    let config = home.config()?;
    let identity = home.identity()?;
    let (station, _) = home.open(cache_bytes, &clock)?;
    let transport = TransportIdentity::from_secret(*identity.key.seed());
    let (stop, stopping) = watch::channel(false);
    let (worker, thread) = Worker::start(station, clock);
    let desk = Desk { worker: worker.clone(), clock, links: Links::default(), stop: stopping };
    let mut tasks = JoinSet::new();
    let mut listening = None;
    if let Some(address) = config.listen {
        let admittance = Appointed { worker: worker.clone(), division: config.division, clock };
        let listener = Listener::bind(address, &transport, std::sync::Arc::new(admittance))
            .map_err(|error| Failure::caused(Code::Unavailable, &error))?;
        listening = listener.local_addr().ok();
        let desk = desk.clone();
        tasks.spawn(async move { downlink::listen(desk, listener).await.map_err(Failure::from) });
    }
    if let Some(door) = crate::enrol::door::bind(&config, &transport)? {
        let desk = desk.clone();
        tasks.spawn(async move { crate::enrol::door::open(desk, door).await.map_err(Failure::from) });
    }
    if let Some(parent) = &config.parent {
        desk.links.expect(parent.key, Side::Uplink, clock.now().wall_ms);
        let keep = uplink::keep(desk.clone(), transport, parent.parent());
        tasks.spawn(async move { keep.await.map_err(Failure::from) });
    }
    tasks.spawn(control::serve::<A>(home, desk.clone()));
    drop(desk);
    ready(listening);
    let ended = wait(&worker, &mut tasks).await;
    let _ = stop.send(true);
    let drained = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, drained).await.is_err() {
        tracing::warn!("sessions did not end in time");
        tasks.shutdown().await;
    }
    drop(worker);
    // The thread ends with the last handle, after its last commit.
    let joined = tokio::task::spawn_blocking(move || thread.join()).await;
    match joined {
        Ok(Ok(())) => ended,
        _ => Err(Failure::new(Code::Failed, "the station's thread panicked")),
    }
}

/// Until somebody asks the process to end, the store fails, or a task ends that should not.
async fn wait(worker: &Worker, tasks: &mut JoinSet<Result<(), Failure>>) -> Result<(), Failure> {
    tokio::select! {
        () = asked_to_end() => {
            tracing::info!("going down");
            Ok(())
        }
        () = worker.failed() => {
            Err(Failure::new(Code::Storage, "the disk failed: stopped rather than say what cannot be kept"))
        }
        Some(ended) = tasks.join_next() => match ended {
            Ok(Ok(())) => Err(Failure::new(Code::Failed, "a part of the station ended by itself")),
            Ok(Err(failure)) => Err(failure),
            Err(error) => Err(Failure::new(Code::Failed, format!("a part of the station panicked: {error}"))),
        },
    }
}

/// Comes back at SIGTERM or SIGINT.
pub async fn asked_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => return,
                _ = tokio::signal::ctrl_c() => return,
            }
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
