//! `return`: every station comes back at once after an outage of all hubs above it.
//!
//! City and county hubs go down. All 919 stations report meanwhile, and dial in vain with pauses that double.
//! Then the hubs are started again. When each station is connected is what its hub says; when its report has
//! arrived is in the province's receipt: so nothing is asked of the hubs while they are busy, but for a look now and then.
//!
//! Reconnecting is set by the back-off (pauses with jitter of up to 60 s, reached after minutes); settling is what comes
//! after it. No connection is starved where the slowest station's settling stands near the others'.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use fengsui_daemon::failure::Failure;
use fengsui_daemon::worker::WAITING_BYTES_MAX;
use fengsui_demo::tree::{CITIES, COUNTIES, PROVINCE, Submitted};
use fengsui_model::{DivisionCode, Level};
use fengsui_transport::{Class, limits};

use crate::failed;
use crate::figure::{Figure, Goal, percentile};
use crate::whole::{Usage, Whole};

/// Kind of the disaster that is reported.
const KIND: &str = "flood";
/// How long the hubs are down: long enough that a station has dialled in vain several times.
const OUTAGE: Duration = Duration::from_secs(75);
/// Pause between two looks at the receipts.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Receipts that take longer do not come.
const SETTLED_MAX: Duration = Duration::from_secs(300);
/// Longest pause of a station that dials, seconds.
const PAUSE_S_MAX: f64 = 60.0;

/// When it was back and when its report was at the province, milliseconds since 1970 UTC.
struct Back {
    connected_ms: i64,
    arrived_ms: i64,
}

/// Runs the benchmark.
///
/// # Errors
/// When a hub does not come back, or a report is lost.
pub fn run(dir: &Path) -> Result<Vec<Figure>, Failure> {
    let mut whole = Whole::begin(dir)?;
    let quiet = whole.usage()?;
    let down = Instant::now();
    whole.province.stop(COUNTIES)?;
    whole.province.stop(CITIES)?;
    let submitted = whole.province.submit(KIND, &mut whole.story)?;
    whole.story.detail("各市、县汇总站停机中，各站已报送");
    std::thread::sleep(OUTAGE.saturating_sub(down.elapsed()));
    whole.province.start_again(CITIES)?;
    whole.province.start_again(COUNTIES)?;
    let (up, up_ms) = (Instant::now(), now_ms());
    whole.province.wait_online(&mut whole.story)?;
    if !whole.province.wait_totals(KIND, &mut whole.story)? {
        return Err(failed("settle after an outage: four levels do not agree"));
    }
    let settled_s = up.elapsed().as_secs_f64();
    let backs = backs(&whole, &submitted)?;
    let figures = figures(&backs, up_ms, settled_s, (&quiet, &whole.usage()?));
    whole.province.end()?;
    Ok(figures)
}

/// Waits until every station holds the province's receipt, and says when each was back.
fn backs(whole: &Whole, submitted: &Submitted) -> Result<Vec<Back>, Failure> {
    let begun = Instant::now();
    let arrived = loop {
        let arrived = arrived(whole, submitted)?;
        if arrived.len() == submitted.len() {
            break arrived;
        }
        if begun.elapsed() > SETTLED_MAX {
            let missing = submitted.len() - arrived.len();
            return Err(failed(format!("settle after an outage: {missing} receipts are missing")));
        }
        std::thread::sleep(LOOK_EVERY);
    };
    let status = whole.province.status()?;
    let back = |view: &fengsui_daemon::views::StationView| {
        let arrived_ms = *arrived.get(&view.division.code)?;
        Some(Back { connected_ms: view.since_ms?, arrived_ms })
    };
    let backs: Vec<Back> = status.stations.iter().filter_map(back).collect();
    match backs.len() == submitted.len() {
        true => Ok(backs),
        false => Err(failed("settle after an outage: the province does not see every station")),
    }
}

/// By station: when the province took its report with its content.
fn arrived(whole: &Whole, submitted: &Submitted) -> Result<BTreeMap<DivisionCode, i64>, Failure> {
    let looked = whole.province.look(submitted)?.into_iter();
    let arrived = looked.filter_map(|(code, entry)| {
        let hop = entry.hops.iter().find(|hop| hop.level == Level::Province && hop.bodies)?;
        Some((code, hop.at_ms))
    });
    Ok(arrived.collect())
}

fn figures(backs: &[Back], up_ms: i64, settled_s: f64, (quiet, after): (&Usage, &Usage)) -> Vec<Figure> {
    let seconds = |of: &dyn Fn(&Back) -> i64| -> Vec<f64> {
        backs.iter().map(|back| of(back).max(0) as f64 / 1_000.0).collect()
    };
    let reconnect = seconds(&|back| back.connected_ms - up_ms);
    // A hub that comes back itself may be later than its station: then the time runs from there, which is not to the
    // network's favour.
    let settle = seconds(&|back| back.arrived_ms - back.connected_ms);
    let figure = |what: &str, value, unit| Figure::new("return", what, value, unit);
    let median = percentile(&settle, 50);
    let mut figures = vec![
        figure("hubs up to a station connected, median", percentile(&reconnect, 50), "s"),
        figure("hubs up to a station connected, slowest", percentile(&reconnect, 100), "s")
            .beside(PAUSE_S_MAX),
        figure("station connected to its report at the province, median", median, "s"),
        figure("station connected to its report at the province, p95", percentile(&settle, 95), "s")
            .beside(median),
        figure("station connected to its report at the province, slowest", percentile(&settle, 100), "s")
            .beside(median),
        figure("hubs up to four levels agreed", settled_s, "s"),
    ];
    let hubs = [
        ("the province's hub", PROVINCE),
        ("a city's hub, mean", CITIES),
        ("a county's hub, mean", COUNTIES),
    ];
    figures.extend(hubs.map(|(who, name)| {
        let quiet = quiet.peak_mb(name);
        let bound = quiet + bound_mb(after.stations(below(name)) / after.stations(name));
        figure(
            &format!("peak memory of {who}, at most; {quiet:.0} before the outage"),
            after.peak_mb(name),
            "MB",
        )
        .beside(bound)
        .with_goal(Goal::RatioAtMost(1.0))
    }));
    figures
}

/// Who connects to these hubs.
fn below(hubs: &str) -> &'static str {
    match hubs {
        PROVINCE => CITIES,
        CITIES => COUNTIES,
        _ => "stations",
    }
}

/// What so many connections may make a hub hold beyond its quiet memory, megabytes: the bytes that wait for its disk, and by
/// connection the windows of both directions and the frames that wait in each class.
fn bound_mb(connections: f64) -> f64 {
    let frames = Class::COUNT * limits::QUEUE_FRAMES_MAX * limits::Limits::FROM_CHILD.frame_bytes_max_in;
    let windows =
        u64::from(limits::CONNECTION_WINDOW_BYTES) + limits::SEND_WINDOW_BYTES + limits::EXPRESS_WINDOW_BYTES;
    (WAITING_BYTES_MAX as f64 + connections * (windows as f64 + frames as f64)) / 1e6
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
