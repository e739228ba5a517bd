//! Whether the process lives, and whether it can do its work. A township whose line is down is ready: what the clerk
//! files is kept.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::{Phase, Site, Unanswered};

/// How the station's thread is called where it is missing.
const STATION: &str = "station";

/// `/healthz`: 200 while the process is worth keeping, 503 when only a restart can help: the station's thread has ended,
/// or has been silent for as long as the watchdog allows. A busy one is alive.
pub(super) async fn alive(State(site): State<Site>) -> Response {
    let missing = match site.phase() {
        Phase::Opening | Phase::Stopping => Vec::new(),
        Phase::Running(running) => match running.ask(|_, _| ()).await {
            Ok(()) => Vec::new(),
            Err(Unanswered::Busy) if running.silence.lasts() < running.silent_max => Vec::new(),
            Err(_) => vec![STATION],
        },
    };
    answer("alive", &missing)
}

/// `/readyz`: 200 when it takes reports now, and connections where it should; else 503, naming what is missing.
pub(super) async fn ready(State(site): State<Site>) -> Response {
    let missing = match site.phase() {
        Phase::Opening => vec!["store"],
        Phase::Stopping => vec!["stopping"],
        Phase::Running(running) => {
            let mut missing = Vec::new();
            if running.ask(|_, _| ()).await.is_err() {
                missing.push(STATION);
            }
            if running.listens == Some(false) {
                missing.push("listener");
            }
            missing
        }
    };
    answer("ready", &missing)
}

fn answer(what: &str, missing: &[&str]) -> Response {
    let status = if missing.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    super::json(status, &json!({ what: missing.is_empty(), "missing": missing }))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::watch;

    use super::super::{ANSWER_MAX, Running};
    use super::*;
    use crate::clock::Clock;
    use crate::home::{Home, NODE_CACHE_BYTES, Network};
    use crate::links::Links;
    use crate::session::Desk;
    use crate::worker::Worker;

    async fn asked(phase: Phase) -> [StatusCode; 2] {
        let (_sender, phase) = watch::channel(phase);
        let site = Site::new(phase);
        [alive(State(site.clone())).await.status(), ready(State(site)).await.status()]
    }

    const GOOD: StatusCode = StatusCode::OK;
    const BAD: StatusCode = StatusCode::SERVICE_UNAVAILABLE;

    #[tokio::test]
    async fn a_process_that_opens_or_drains_is_alive_and_not_ready() {
        assert_eq!(asked(Phase::Opening).await, [GOOD, BAD]);
        assert_eq!(asked(Phase::Stopping).await, [GOOD, BAD]);
    }

    /// A station's desk in `dir`, and its thread.
    fn desk(dir: &std::path::Path) -> (Desk, std::thread::JoinHandle<()>, watch::Sender<bool>) {
        let home = Home::new(dir.join("station"));
        let division = "22".parse().expect("a division");
        home.init(division, &Network::New, None, None).expect("it is set up");
        let clock = Clock::default();
        let (station, _) = home.open(NODE_CACHE_BYTES, &clock).expect("it opens");
        let (worker, thread) = Worker::start(station, clock);
        let (stop, stopping) = watch::channel(false);
        (Desk { worker, clock, links: Links::default(), stop: stopping }, thread, stop)
    }

    #[tokio::test]
    async fn a_busy_station_is_alive_and_not_ready_and_one_that_is_silent_for_too_long_is_neither() {
        let dir = tempfile::tempdir().expect("a directory");
        let (desk, thread, _stop) = desk(dir.path());
        let patient = Running::new(desk.clone(), None, Duration::from_secs(3600));
        // The same thread and silence, before a watchdog that would have ended it by then.
        let strict = Running { silent_max: ANSWER_MAX, ..patient.clone() };
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (release, held) = std::sync::mpsc::channel::<()>();
        let worker = desk.worker.clone();
        let busy = tokio::spawn(async move {
            let verify = move |_: &mut _, _| {
                begun.send(()).expect("the test waits");
                held.recv().expect("the test lets it go");
            };
            worker.call(verify).await
        });
        has_begun.await.expect("the thread is busy");
        let (patient_says, strict_says) =
            tokio::join!(asked(Phase::Running(patient.clone())), asked(Phase::Running(strict.clone())));
        assert_eq!(patient_says, [GOOD, BAD], "only a restart that nobody needs would follow");
        assert_eq!(strict_says, [BAD, BAD]);
        release.send(()).expect("the thread waits");
        busy.await.expect("it is heard").expect("the thread goes on");
        assert_eq!(asked(Phase::Running(patient)).await, [GOOD, GOOD]);
        assert_eq!(asked(Phase::Running(strict)).await, [GOOD, GOOD], "the silence is over");
        drop(desk);
        assert!(thread.join().is_ok());
    }

    #[tokio::test]
    async fn a_station_is_ready_while_its_thread_answers_and_a_hub_while_it_listens() {
        let dir = tempfile::tempdir().expect("a directory");
        let (desk, thread, _stop) = desk(dir.path());
        let hour = Duration::from_secs(3600);
        let running = |listens| Phase::Running(Running::new(desk.clone(), listens, hour));
        assert_eq!(asked(running(None)).await, [GOOD, GOOD]);
        assert_eq!(asked(running(Some(true))).await, [GOOD, GOOD]);
        assert_eq!(asked(running(Some(false))).await, [GOOD, BAD]);
        // A thread that is gone: its caller hears nothing, nor does anybody after.
        let gone: Result<(), _> = desk.worker.call(|_, _| panic!("the test ends the station's thread")).await;
        assert!(gone.is_err());
        assert_eq!(asked(running(None)).await, [BAD, BAD]);
        assert!(thread.join().is_err());
    }
}
