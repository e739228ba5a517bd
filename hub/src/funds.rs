//! Money and goods from level to level.

use clap::Args;
use fengsui_daemon::commands::{Global, json, show};
use fengsui_daemon::control;
use fengsui_daemon::failure::Failure;
use fengsui_daemon::home::HUB_CACHE_BYTES;
use fengsui_daemon::print;
use fengsui_daemon::station::Station;
use fengsui_daemon::views::{self, FundsView, Sight};
use fengsui_model::DivisionCode;
use fengsui_protocol::Now;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::about::About;
use crate::as_of::View;
use crate::hub::HubAsk;

/// The form that is meant where none is named and no period is.
const RELIEF: &str = "relief";

/// `funds`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Funds {
    /// 区划代码；缺省为本站 (division code; default: this hub's)
    division: Option<DivisionCode>,
    #[command(flatten)]
    about: About,
    #[command(flatten)]
    view: View,
}

/// What `funds` asks of the station.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FundsAsk {
    /// Whose; absent: this hub's division.
    pub division: Option<DivisionCode>,
    /// On what.
    pub about: About,
    /// Only what was reviewed.
    #[serde(default)]
    pub reviewed: bool,
    /// As of a moment, milliseconds since 1970 UTC; absent: now.
    #[serde(default)]
    pub as_of_ms: Option<i64>,
}

/// Runs the command and prints what the station answers.
///
/// # Errors
/// Why not.
pub(crate) fn run(global: &Global, funds: &Funds) -> Result<(), Failure> {
    let (division, about, as_of_ms) = (funds.division, funds.about.clone(), funds.view.as_of.ms()?);
    let ask = HubAsk::Funds(FundsAsk { division, about, reviewed: funds.view.reviewed, as_of_ms });
    let value = control::ask(&global.home(), HUB_CACHE_BYTES, ask)?;
    show(global, &value, |of: FundsView| print::funds::funds(&of))
}

impl FundsAsk {
    /// Compares the accounts.
    pub(crate) fn answer(mut self, station: &Station, now: Now) -> Result<Value, Failure> {
        if self.about.form.is_none() && self.about.period.is_none() {
            self.about.form = Some(RELIEF.into());
        }
        let topic = self.about.topic(station, now)?;
        let division = self.division.unwrap_or(station.identity().division);
        let sight = Sight::new(station, self.as_of_ms, now)?;
        json(&views::funds(sight, division, &topic, self.reviewed)?)
    }
}
