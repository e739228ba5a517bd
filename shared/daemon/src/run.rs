//! Start, drain, exit: what the daemons' `run` has in common.

use std::pin::Pin;
use std::time::Duration;

use fengsui_protocol::Side;
use fengsui_transport::{Identity as TransportIdentity, Listener};
use fengsui_wire::NetworkId;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::config::{LogConfig, LogFormat};
use crate::control::{self, Ask};
use crate::downlink::{self, Appointed};
use crate::failure::{Code, Failure};
use crate::home::Home;
use crate::links::Links;
use crate::presence;
use crate::session::Desk;
use crate::station::Station;
use crate::web::{self, Phase, Running, Site};
use crate::worker::Worker;
use crate::{notify, rotate, uplink};

/// How long sessions may take to say goodbye before the process ends without them. What is durable is durable anyway.
const GRACE: Duration = Duration::from_secs(15);
/// How often a station that begins again tries to have its store.
const TRY_EVERY: Duration = Duration::from_millis(100);

/// Log lines to standard error. A second call, in a process that runs several stations, changes nothing.
///
/// # Errors
/// When the filter does not read.
pub fn log(config: &LogConfig) -> Result<(), Failure> {
    let filter = tracing_subscriber::EnvFilter::try_new(config.filter()).map_err(|error| {
        Failure::new(Code::Usage, format!("日志级别不能识读 (failed to read the log filter: {error})"))
    })?;
    let lines = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_env_filter(filter)
        .with_target(false);
    let _ = match config.format() {
        LogFormat::Json => lines.json().try_init(),
        LogFormat::Text => lines.try_init(),
    };
    Ok(())
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
    let mut life = Life { ready: Some(ready), asked: None };
    while let Ended::Rotated = once::<A, _>(&home, cache_bytes, &mut life).await? {
        // Nobody holds the store, nor signs with the old key, at this moment.
        home.take_next_key()?;
    }
    Ok(())
}

/// What lasts while a station begins again with a new key.
struct Life<R> {
    /// To be called once.
    ready: Option<R>,
    /// Comes back when somebody asks the process to end.
    asked: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

/// Why a station ended without a failure.
enum Ended {
    /// Somebody asked for it.
    Asked,
    /// It is to begin again with its next key.
    Rotated,
}

/// The station's run with one key.
async fn once<A: Ask, R: FnOnce(Option<std::net::SocketAddr>)>(
    home: &Home,
    cache_bytes: u64,
    life: &mut Life<R>,
) -> Result<Ended, Failure> {
    let clock = Clock::default();
    let config = home.settings()?.config;
    let identity = home.identity()?;
    let (stop, stopping) = watch::channel(false);
    let (phase, shown) = watch::channel(Phase::Opening);
    let mut tasks = JoinSet::new();
    if let Some(http) = &config.http {
        // First of all: opening a long journal takes time, and monitors ask meanwhile.
        let listener = web::bind(http.listen).await?;
        let pages = web::serve(listener, web::router(Site::new(shown)), stopping.clone());
        tasks.spawn(async move {
            pages.await;
            Ok(())
        });
    }
    let station = open(home, cache_bytes, &clock, life.ready.is_none()).await?;
    let transport = TransportIdentity::from_secret(*identity.key.seed());
    let (worker, thread) = Worker::start(station, clock);
    let desk = Desk { worker: worker.clone(), clock, links: Links::default(), stop: stopping };
    let mut listening = None;
    if let Some(address) = config.listen {
        let admittance = Appointed { worker: worker.clone(), division: config.division, clock };
        let listener = Listener::bind(address, &transport, std::sync::Arc::new(admittance))
            .map_err(|error| Failure::caused(Code::Unavailable, &error))?;
        listening = listener.local_addr().ok();
        let desk = desk.clone();
        tasks.spawn(async move { downlink::listen(desk, listener).await.map_err(Failure::from) });
    }
    match crate::enrol::door::bind(&config, &transport)? {
        Some(door) => {
            let desk = desk.clone();
            tasks.spawn(async move { crate::enrol::door::open(desk, door).await.map_err(Failure::from) });
        }
        None => desk.links.shut_door(),
    }
    if let Some(parent) = &config.parent {
        let key = uplink::expected(&worker.registry(), &parent.parent());
        desk.links.expect(key, Side::Uplink, clock.now().wall_ms);
        if let Some(second) = &config.second_parent {
            let (first, second) = (parent.parent(), second.parent());
            let stand_by = uplink::stand_by(desk.clone(), transport.clone(), first, second);
            tasks.spawn(async move { stand_by.await.map_err(Failure::from) });
        }
        let keep = uplink::keep(desk.clone(), transport, parent.parent());
        tasks.spawn(async move { keep.await.map_err(Failure::from) });
    }
    if config.listen.is_some() && config.parent.is_some() {
        let tell = presence::tell(desk.clone(), identity.key, NetworkId::of_root(&identity.root));
        tasks.spawn(async move { tell.await.map_err(Failure::from) });
    }
    let parent = config.parent.as_ref().map(|parent| parent.key);
    let rotated = rotate::watch(desk.clone(), home.clone(), parent);
    tasks.spawn(control::serve::<A>(control::bind(home)?, home.clone(), desk.clone()));
    let listens = config.listen.map(|_| listening.is_some());
    phase.send_replace(Phase::Running(Running::new(desk, listens, notify::silent_max())));
    // Before anybody is told that it is ready: whoever hears that may ask it to end in the same moment.
    let asked = life.asked.get_or_insert_with(|| Box::pin(end_asked()));
    if let Some(ready) = life.ready.take() {
        ready(listening);
        notify::ready();
    }
    let ended = wait(&worker, &mut tasks, asked, rotated).await;
    if !matches!(ended, Ok(Ended::Rotated)) {
        notify::stopping();
    }
    phase.send_replace(Phase::Stopping);
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

/// Opens the station. One that begins `again` gives way to a command that has taken the store in between.
async fn open(home: &Home, cache_bytes: u64, clock: &Clock, again: bool) -> Result<Station, Failure> {
    let begun = tokio::time::Instant::now();
    loop {
        match home.open(cache_bytes, clock) {
            Ok((station, _)) => return Ok(station),
            Err(failure) if again && failure.code == Code::Unavailable && begun.elapsed() < GRACE => {
                tokio::time::sleep(TRY_EVERY).await;
            }
            Err(failure) => return Err(failure),
        }
    }
}

/// Until somebody asks the process to end, the key is rotated, the store fails, or a task ends that should not.
async fn wait(
    worker: &Worker,
    tasks: &mut JoinSet<Result<(), Failure>>,
    asked: impl Future<Output = ()>,
    rotated: impl Future<Output = Result<(), Failure>>,
) -> Result<Ended, Failure> {
    tokio::select! {
        () = asked => {
            tracing::info!("going down");
            Ok(Ended::Asked)
        }
        rotated = rotated => rotated.map(|()| Ended::Rotated),
        () = worker.failed() => Err(disk_failed()),
        Err(_) = notify::beat(worker.clone()) => Err(disk_failed()),
        Some(ended) = tasks.join_next() => match ended {
            Ok(Ok(())) => Err(Failure::new(Code::Failed, "a part of the station ended by itself")),
            Ok(Err(failure)) => Err(failure),
            Err(error) => Err(Failure::new(Code::Failed, format!("a part of the station panicked: {error}"))),
        },
    }
}

fn disk_failed() -> Failure {
    Failure::new(Code::Storage, "the disk failed: stopped rather than say what cannot be kept")
}

/// Comes back at SIGTERM or SIGINT.
pub async fn asked_to_end() {
    end_asked().await;
}

/// The same, and from now on: a signal that comes before the first look is not lost.
fn end_asked() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    async move {
        #[cfg(unix)]
        if let Ok(mut terminate) = terminate {
            tokio::select! {
                _ = terminate.recv() => return,
                _ = tokio::signal::ctrl_c() => return,
            }
        }
        let _ = tokio::signal::ctrl_c().await;
    }
}
