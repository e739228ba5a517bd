//! `push`: one standard from the province to every station that is connected.
//!
//! The time runs from the command at the province until the province holds the signed word of every station below it, hubs
//! and townships, that the standard has arrived: down four levels and up again. Then each township is asked and must show
//! the standard, or the benchmark fails.
//!
//! The reference is one report's way when all is quiet, the stations' measured processor time (919 times the cost of one) by
//! the cores, and a sync for each of them as fast as the shared disk takes syncs from many at once.

use std::path::Path;
use std::time::{Duration, Instant};

use fengsui_daemon::failure::Failure;
use fengsui_daemon::views::StandardView;
use fengsui_hub::hub::HubAsk;
use fengsui_hub::standard::{IssuedView, StandardAsk};

use crate::failed;
use crate::figure::{Figure, Goal, percentile};
use crate::reference::syncs_per_s;
use crate::whole::{Usage, Whole, cores};

/// What is issued, one after another.
const STANDARDS: [&str; 2] = [
    include_str!("../../../deploy/data/standards/urban_dibao.toml"),
    include_str!("../../../deploy/data/standards/rural_dibao.toml"),
];
/// Pause between two looks at how many have it: a look judges every word on the standard.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// A standard that takes longer does not arrive.
const ARRIVED_MAX: Duration = Duration::from_secs(300);
/// Stations that sync at one moment, as far as the system lets them.
const WRITERS: usize = 64;

/// One standard, in seconds.
struct Push {
    seen: f64,
    stations_cpu: f64,
    all_cpu: f64,
}

/// Runs the benchmark.
///
/// # Errors
/// When the standard is refused, or does not arrive everywhere.
pub fn run(dir: &Path) -> Result<Vec<Figure>, Failure> {
    let whole = Whole::begin(dir)?;
    let before = whole.usage()?;
    let pushes = STANDARDS.iter().map(|toml| push(&whole, toml)).collect::<Result<Vec<_>, _>>()?;
    let after = whole.usage()?;
    let syncs_s = whole.stations() / syncs_per_s(&whole.dir, WRITERS)?;
    let figures = figures(&whole, &pushes, syncs_s, (&before, &after));
    whole.province.end()?;
    Ok(figures)
}

fn push(whole: &Whole, toml: &str) -> Result<Push, Failure> {
    let before = whole.usage()?;
    let issue = StandardAsk::Issue { toml: toml.to_owned(), document: None, from: None, recorded_late: true };
    let begun = Instant::now();
    let issued: IssuedView = whole.province.ask_root(HubAsk::Standard(issue))?;
    loop {
        std::thread::sleep(LOOK_EVERY);
        let show = HubAsk::Standard(StandardAsk::Show(issued.code.clone()));
        let shown: StandardView = whole.province.ask_root(show)?;
        if shown.seen == shown.stations {
            break;
        }
        if begun.elapsed() > ARRIVED_MAX {
            return Err(failed(format!(
                "push a standard: {} of {} stations have it",
                shown.seen, shown.stations
            )));
        }
    }
    let seen = begun.elapsed().as_secs_f64();
    let after = whole.usage()?;
    let held = whole.province.standard(&issued.code)?;
    if held != whole.province.plan.stations.len() {
        return Err(failed(format!("push a standard: {held} stations show it")));
    }
    Ok(Push { seen, stations_cpu: after.cpu_s(&before, "stations"), all_cpu: after.cpu_s(&before, "") })
}

fn figures(whole: &Whole, pushes: &[Push], syncs_s: f64, (before, after): (&Usage, &Usage)) -> Vec<Figure> {
    let mean = |of: fn(&Push) -> f64| pushes.iter().map(of).sum::<f64>() / pushes.len() as f64;
    let need = |cpu_s: f64| whole.path_s + cpu_s / cores() + syncs_s;
    let figure = |what: &str, value, unit| Figure::new("push", what, value, unit);
    let (seen, stations_cpu) = (mean(|push| push.seen), mean(|push| push.stations_cpu));
    let all = format!("one standard to all stations, their words back: mean of {}", pushes.len());
    let slowest = percentile(&pushes.iter().map(|push| push.seen).collect::<Vec<_>>(), 100);
    let mut figures = vec![
        figure(&all, seen, "s").beside(need(stations_cpu)).with_goal(Goal::RatioAtMost(2.0)),
        figure("the same, beside the processor time of all 990 stations", seen, "s")
            .beside(need(mean(|push| push.all_cpu)))
            .with_goal(Goal::RatioAtMost(2.0)),
        figure("the same, slowest", slowest, "s"),
        figure("reference: cost of a standard at a station", stations_cpu / whole.stations() * 1_000.0, "ms"),
        figure("reference: a sync at each of 919 stations on one disk", syncs_s, "s"),
        figure("reference: one report's way when all is quiet", whole.path_s * 1_000.0, "ms"),
    ];
    let by_push = after.figures("push", before).into_iter().map(|mut figure| {
        if figure.unit == "ms" {
            figure.value /= pushes.len() as f64;
        }
        figure
    });
    figures.extend(by_push);
    figures
}
