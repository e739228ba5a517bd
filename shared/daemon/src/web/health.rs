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
