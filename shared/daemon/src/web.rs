//! HTTP: what machines ask a station. Off unless the configuration names an address.
//!
//! | file | holds |
//! |---|---|
//! | `serve` | connections, with their bounds, and their end |
//! | `health` | `/healthz`, `/readyz` |
//! | `metrics`, `exposition` | `/metrics`, and the text format of Prometheus |
//!
//! It answers from the moment the process starts, before the store is open: a hub with a long journal is alive and not
//! ready. Nothing here names a person, a key or one of 916 townships.

mod exposition;
mod health;
mod metrics;
mod serve;

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
    /// Its thread, its connections.
    pub desk: Desk,
    /// For one that is to serve stations below: whether it listens.
    pub listens: Option<bool>,
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
    /// Runs `ask` on the station's thread; `None` when the thread has ended or does not answer in time.
    async fn ask<R: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Station, Now) -> R + Send + 'static,
    ) -> Option<R> {
        tokio::time::timeout(ANSWER_MAX, self.desk.worker.call(ask)).await.ok()?.ok()
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
