//! What the township station answers.

use fengsui_daemon::commands::CommonAsk;
use fengsui_daemon::control::Ask;
use fengsui_daemon::failure::Failure;
use fengsui_daemon::links::Links;
use fengsui_daemon::station::Station;
use fengsui_protocol::Now;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A command to the station.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeAsk {
    /// One that hubs know too.
    Common(CommonAsk),
    /// The standards that have arrived; only this one.
    Standards(Option<fengsui_model::StandardCode>),
}

impl Ask for NodeAsk {
    fn answer(self, station: &mut Station, links: &Links, now: Now) -> Result<Value, Failure> {
        match self {
            Self::Common(common) => common.answer(station, links, now),
            Self::Standards(code) => crate::standards::answer(station, code.as_ref(), now),
        }
    }
}
