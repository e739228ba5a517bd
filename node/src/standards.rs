//! Standards at a township: read, never set.

use fengsui_daemon::commands::{Global, json, show};
use fengsui_daemon::control;
use fengsui_daemon::failure::Failure;
use fengsui_daemon::home::NODE_CACHE_BYTES;
use fengsui_daemon::print::standards as text;
use fengsui_daemon::standards::{missing, today};
use fengsui_daemon::station::Station;
use fengsui_daemon::views::{self, StandardView};
use fengsui_model::StandardCode;
use fengsui_protocol::Now;
use serde_json::Value;

use crate::node::NodeAsk;

/// Asks the station and prints its answer.
///
/// # Errors
/// Why not.
pub(crate) fn run(global: &Global, code: Option<&StandardCode>) -> Result<(), Failure> {
    let value = control::ask(&global.home(), NODE_CACHE_BYTES, NodeAsk::Standards(code.cloned()))?;
    match code {
        Some(_) => show(global, &value, |of: StandardView| text::standard(&of)),
        None => show(global, &value, |of: Vec<StandardView>| text::list(&of)),
    }
}

/// The standards that have arrived, or the one that is named.
///
/// # Errors
/// When it has not arrived, or this machine does not know the day.
pub(crate) fn answer(station: &Station, code: Option<&StandardCode>, now: Now) -> Result<Value, Failure> {
    let today = today(now)?;
    let Some(code) = code else { return json(&views::standards(station, today)?) };
    let view = views::standard(station, code, today)?;
    json(&view.ok_or_else(|| missing(code, None))?)
}
