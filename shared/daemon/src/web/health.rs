//! Whether the process lives, and whether it can do its work. A township whose line is down is ready: what the clerk
//! files is kept.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::{Phase, Running, Site};

/// `/healthz`: 200 while the process is worth keeping, 503 when only a restart can help.
pub(super) async fn alive(State(site): State<Site>) -> Response {
    let missing = match site.phase() {
        Phase::Opening | Phase::Stopping => Vec::new(),
        Phase::Running(running) => without_answer(&running).await,
    };
    answer("alive", &missing)
}

/// `/readyz`: 200 when it takes reports, and connections where it should; else 503, naming what is missing.
pub(super) async fn ready(State(site): State<Site>) -> Response {
    let missing = match site.phase() {
        Phase::Opening => vec!["store"],
        Phase::Stopping => vec!["stopping"],
        Phase::Running(running) => {
            let mut missing = without_answer(&running).await;
            if running.listens == Some(false) {
                missing.push("listener");
            }
            missing
        }
    };
    answer("ready", &missing)
}

async fn without_answer(running: &Running) -> Vec<&'static str> {
    match running.ask(|_, _| ()).await {
        Some(()) => Vec::new(),
        None => vec!["station"],
    }
}

fn answer(what: &str, missing: &[&str]) -> Response {
    let status = if missing.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    super::json(status, &json!({ what: missing.is_empty(), "missing": missing }))
}

#[cfg(test)]
mod tests {
    use tokio::sync::watch;

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

    #[tokio::test]
    async fn a_station_is_ready_while_its_thread_answers_and_a_hub_while_it_listens() {
        let dir = tempfile::tempdir().expect("a directory");
        let home = Home::new(dir.path().join("station"));
        let division = "22".parse().expect("a division");
        home.init(division, &Network::New, None, None).expect("it is set up");
        let clock = Clock::default();
        let (station, _) = home.open(NODE_CACHE_BYTES, &clock).expect("it opens");
        let (worker, thread) = Worker::start(station, clock);
        let (_stop, stopping) = watch::channel(false);
        let desk = Desk { worker, clock, links: Links::default(), stop: stopping };
        let running = |listens| Phase::Running(Running { desk: desk.clone(), listens });
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
