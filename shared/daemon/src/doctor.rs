//! `doctor`: examines a station from the outside in, running or stopped, and says of each thing how it is and what to
//! do. It writes one small file of its own beside the store, and changes nothing.

mod check;
mod disk;
mod line;
mod station;

use std::time::Duration;

use fengsui_wire::StationKey;

use crate::commands::{self, CommonAsk, Global};
use crate::config::{Config, ParentConfig};
use crate::control::{self, Ask};
use crate::failure::{Code, Failure};
use crate::home::Home;
use crate::links::Link;
use crate::views::StationStatus;

pub use check::{Check, Diagnosis, Outcome};

/// How long the station may take to say how it stands. A hub that verifies its whole store answers nobody meanwhile;
/// whoever asks must not wait for ever.
const STATUS_MAX: Duration = Duration::from_secs(30);

/// What is known before the checks that need it. What is absent makes them say that they could not look.
struct Patient {
    home: Home,
    config: Result<Config, Failure>,
    key: Result<StationKey, Failure>,
    running: bool,
    status: Result<StationStatus, Failure>,
    /// The hub above, by what the station holds of it; as configured where the station does not say.
    parent: Option<ParentConfig>,
}

impl Patient {
    fn config(&self) -> Option<&Config> {
        self.config.as_ref().ok()
    }

    /// The connection to the hub above, if the running process has spoken of one.
    fn above(&self) -> Option<&Link> {
        let links = &self.status.as_ref().ok()?.links;
        links.iter().map(|view| &view.link).find(|link| link.above)
    }
}

/// Examines the station at `home` and prints what was found.
///
/// # Errors
/// When a check has failed.
pub fn examine<A: Ask>(
    global: &Global,
    home: &Home,
    cache_bytes: u64,
    ask: impl Fn(CommonAsk) -> A,
) -> Result<(), Failure> {
    let running = control::is_running(home);
    let config = home.settings().map(|settings| settings.config);
    let status: Result<StationStatus, Failure> =
        asked(home.clone(), cache_bytes, ask(CommonAsk::Status(crate::views::Below::default())));
    let configured = config.as_ref().ok().and_then(|config| config.parent.clone());
    let parent = configured.map(|configured| match status {
        Ok(_) => {
            asked(home.clone(), cache_bytes, ask(CommonAsk::Above(configured.clone()))).unwrap_or(configured)
        }
        // Whoever did not say how it stands is not waited for twice.
        Err(_) => configured,
    });
    let patient = Patient {
        config,
        key: home.identity().map(|identity| identity.key),
        running,
        status,
        parent,
        home: home.clone(),
    };
    let mut checks = station::checks(&patient);
    checks.extend(disk::checks(home));
    checks.extend(line::checks(&patient)?);
    let diagnosis = Diagnosis::of(checks);
    commands::show(global, &commands::json(&diagnosis)?, |found: Diagnosis| found.to_string())?;
    diagnosis.verdict()
}

/// The station's own word. A station that hangs is left behind with the thread that asks it.
fn asked<A: Ask, R: serde::de::DeserializeOwned>(home: Home, cache_bytes: u64, ask: A) -> Result<R, Failure> {
    let (reply, answer) = std::sync::mpsc::channel();
    std::thread::spawn(move || reply.send(control::ask(&home, cache_bytes, ask)));
    let late = |_| {
        let seconds = STATUS_MAX.as_secs();
        Failure::new(Code::Failed, format!("本站 {seconds} 秒没有回应 (no answer within {seconds} s)"))
    };
    commands::view(answer.recv_timeout(STATUS_MAX).map_err(late)??)
}
