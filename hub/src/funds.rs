//! Money and goods from level to level.

use clap::Args;
use fengsui_daemon::commands::{Global, json, show};
use fengsui_daemon::control;
use fengsui_daemon::failure::Failure;
use fengsui_daemon::home::HUB_CACHE_BYTES;
use fengsui_daemon::print;
use fengsui_daemon::station::Station;
use fengsui_daemon::views::{self, FundsView};
use fengsui_model::DivisionCode;
use fengsui_protocol::Now;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::about::About;
use crate::hub::HubAsk;

/// The form that is meant where none is named and no period is.
const RELIEF: &str = "relief";

/// `funds`.
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
pub struct Funds {
    /// 区划代码；缺省为本站 (division code; default: this hub's)
    pub division: Option<DivisionCode>,
    /// On what.
    #[command(flatten)]
    pub about: About,
}

/// Runs the command and prints what the station answers.
///
/// # Errors
/// Why not.
pub(crate) fn run(global: &Global, funds: &Funds) -> Result<(), Failure> {
    let value = control::ask(&global.home(), HUB_CACHE_BYTES, HubAsk::Funds(funds.clone()))?;
    show(global, &value, |of: FundsView| print::funds::funds(&of))
}

impl Funds {
    /// Compares the accounts.
    pub(crate) fn answer(mut self, station: &Station, now: Now) -> Result<Value, Failure> {
        if self.about.form.is_none() && self.about.period.is_none() {
            self.about.form = Some(RELIEF.into());
        }
        let topic = self.about.topic(station, now)?;
        let division = self.division.unwrap_or(station.identity().division);
        json(&views::funds(station, division, &topic)?)
    }
}
