//! HTTP: what machines ask a station. Off unless the configuration names an address.
//!
//! | file | holds |
//! |---|---|
//! | `serve` | connections, with their bounds, and their end |
//! | `health` | `/healthz`, `/readyz` |
//! | `silence` | how long the station's thread has not answered |
//! | `metrics`, `exposition` | `/metrics`, and the text format of Prometheus |
//!
//! It answers from the moment the process starts, before the store is open: a hub with a long journal is alive and not
//! ready. Nothing here names a person, a key or one of 916 townships.

mod exposition;
mod health;
mod metrics;
mod serve;
mod silence;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use fengsui_protocol::Now;
use serde_json::Value;
use tokio::sync::watch;

use crate::session::Desk;
use crate::station::Station;
use crate::worker::Stopped;
use silence::Silence;

pub use serve::{bind, serve};

/// Longest request body: nothing here takes one yet.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// How long the station's thread may take to answer. Supervisors that ask wait ten seconds and more.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// How far the process has come.
#[derive(Clone, Default)]
pub enum Phase {
    /// The store is being opened.
    #[default]
    Opening,
    /// The station answers.
    Running(Running),
    /// It drains; the station's thread is let go.
    Stopping,
}

/// A station that answers.
#[derive(Clone)]
pub struct Running {
    desk: Desk,
    listens: Option<bool>,
    silent_max: Duration,
    silence: Silence,
}

/// Why the station's thread has not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unanswered {
    /// It has ended.
    Ended,
    /// It has not come to the question yet.
    Busy,
}

impl From<Stopped> for Unanswered {
    fn from(_: Stopped) -> Self {
        Self::Ended
    }
}

/// What every page asks.
#[derive(Clone)]
pub struct Site {
    phase: watch::Receiver<Phase>,
}

impl Site {
    /// Over a process that has come so far.
    pub fn new(phase: watch::Receiver<Phase>) -> Self {
        Self { phase }
    }

    fn phase(&self) -> Phase {
        self.phase.borrow().clone()
    }
}

impl Running {
    /// The thread and connections of a station; `listens`, for one that is to serve stations below: whether it does;
    /// `silent_max`: after how long a silence of the thread only a restart can help.
    pub fn new(desk: Desk, listens: Option<bool>, silent_max: Duration) -> Self {
        Self { desk, listens, silent_max, silence: Silence::default() }
    }

    /// Runs `ask` on the station's thread, and notes for how long it keeps its askers waiting.
    async fn ask<R: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Station, Now) -> R + Send + 'static,
    ) -> Result<R, Unanswered> {
        self.silence.begins();
        let silence = self.silence.clone();
        let heard = self.desk.worker.call(move |station, now| {
            // Here, not where the answer arrives: whoever asked may have gone by then.
            silence.ends();
            ask(station, now)
        });
        let heard = tokio::time::timeout(ANSWER_MAX, heard).await;
        Ok(heard.map_err(|_| Unanswered::Busy)??)
    }
}

/// Every page there is.
pub fn router(site: Site) -> Router {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::page))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(site)
}

/// JSON that nobody keeps.
fn json(status: StatusCode, body: &Value) -> Response {
    let head = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (status, head, format!("{body}\n")).into_response()
}
