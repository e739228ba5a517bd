//! The whole province, as the demonstration plays it, with what the machine and the network do when all is quiet.
//!
//! All stations share this machine: its cores verify each report three times over, at county, city and province, and sign
//! it besides. The formulas of the benchmarks name one hub, as if it had the machine to itself; what the machine was
//! kept busy with altogether stands beside it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fengsui_daemon::failure::Failure;
use fengsui_demo::crowd::Used;
use fengsui_demo::show::Story;
use fengsui_demo::tree::{CITIES, COUNTIES, PROVINCE, Province, figures, root};

use crate::failed;
use crate::figure::{Figure, percentile};
use crate::reference::{ms_since, sync_ms};

/// A kind of disaster that no benchmark reports by itself: for single reports on a quiet network.
const QUIET: &str = "earthquake";
/// Single reports whose way is measured, each in a county of its own.
const WAYS: usize = 15;
/// Small syncs of which the median is taken.
const SYNCS: usize = 100;
/// Pause between two looks at the province's total.
const LOOK_EVERY: Duration = Duration::from_millis(1);
/// A report that takes longer is lost.
const VISIBLE_MAX: Duration = Duration::from_secs(30);
/// After so many stations have come up, the machine is at rest.
const REST: Duration = Duration::from_secs(5);

/// The running province and its quiet measures.
pub struct Whole {
    /// The network.
    pub province: Province,
    /// Where progress is told: on standard error.
    pub story: Story,
    /// One report from the clerk's command to the province's total, nothing else going on: median, seconds.
    pub path_s: f64,
    /// One small append with its sync on the stations' disk: median, seconds.
    pub sync_s: f64,
    /// The stations' disk.
    pub dir: PathBuf,
}

/// Processor seconds and peak memory by process.
#[derive(Clone, Debug)]
pub struct Usage(BTreeMap<&'static str, (usize, Used)>);

impl Whole {
    /// Sets the province up in `dir`, waits until all of it is connected and at rest, and measures the quiet way.
    ///
    /// # Errors
    /// When a station does not start, or a report does not arrive.
    pub fn begin(dir: &Path) -> Result<Self, Failure> {
        let mut story = Story::new(true);
        let province = Province::set_up(dir, &mut story)?;
        province.wait_online(&mut story)?;
        std::thread::sleep(REST);
        let path_s = quiet_ms(&province)? / 1_000.0;
        let sync_s = sync_ms(dir, SYNCS)? / 1_000.0;
        Ok(Self { province, story, path_s, sync_s, dir: dir.to_path_buf() })
    }

    /// Stations that report, or that a standard goes to.
    pub fn stations(&self) -> f64 {
        self.province.plan.stations.len() as f64
    }

    /// What every process has used so far.
    ///
    /// # Errors
    /// Where the system does not tell.
    pub fn usage(&self) -> Result<Usage, Failure> {
        let of = |(name, stations, used): (&'static str, usize, Option<Used>)| {
            let used = used.ok_or_else(|| failed(format!("read what {name} has used")))?;
            Ok((name, (stations, used)))
        };
        self.province.used().into_iter().map(of).collect::<Result<_, Failure>>().map(Usage)
    }
}

impl Usage {
    /// Processor seconds since `before`, of the processes whose name begins with `name`; of all for an empty one.
    pub fn cpu_s(&self, before: &Self, name: &str) -> f64 {
        let of = |usage: &Self| {
            let named = usage.0.iter().filter(|(of, _)| of.starts_with(name));
            named.map(|(_, (_, used))| used.cpu_s).sum::<f64>()
        };
        of(self) - of(before)
    }

    /// Greatest memory of the processes whose name begins with `name`, megabytes, by station in them.
    pub fn peak_mb(&self, name: &str) -> f64 {
        let named = || self.0.iter().filter(|(of, _)| of.starts_with(name)).map(|(_, held)| held);
        let stations: usize = named().map(|(stations, _)| stations).sum();
        named().map(|(_, used)| used.peak_mb).sum::<f64>() / stations as f64
    }

    /// Stations in the processes whose name begins with `name`.
    pub fn stations(&self, name: &str) -> f64 {
        let named = self.0.iter().filter(|(of, _)| of.starts_with(name));
        named.map(|(_, (stations, _))| *stations as f64).sum()
    }

    /// Processor time since `before` and peak memory for the province, a city, a county and a station; hubs and stations
    /// that share a process share its figures evenly.
    pub fn figures(&self, bench: &'static str, before: &Self) -> Vec<Figure> {
        let each = [
            ("the province's hub", PROVINCE),
            ("a city's hub, mean", CITIES),
            ("a county's hub, mean", COUNTIES),
            ("a station, mean", "stations"),
        ];
        let of = |(who, name): (&str, &str)| {
            let cpu_ms = self.cpu_s(before, name) / self.stations(name) * 1_000.0;
            [
                Figure::new(bench, format!("processor time of {who}"), cpu_ms, "ms"),
                Figure::new(bench, format!("peak memory of {who}"), self.peak_mb(name), "MB"),
            ]
        };
        each.into_iter().flat_map(of).collect()
    }
}

/// Cores of this machine.
pub fn cores() -> f64 {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as f64
}

/// Median milliseconds from a clerk's command until the province's total shows the report, one report at a time.
fn quiet_ms(province: &Province) -> Result<f64, Failure> {
    let mut counties = BTreeMap::new();
    for (at, place) in province.plan.stations.iter().enumerate() {
        counties.entry(place.county).or_insert(at);
    }
    let mut ways = Vec::with_capacity(WAYS);
    for (county, at) in counties.into_iter().take(WAYS) {
        let begun = Instant::now();
        province.report(at, QUIET)?;
        while province.total(root(), county, QUIET)? != Some(figures(at)) {
            if begun.elapsed() > VISIBLE_MAX {
                return Err(failed("see a single report at the province: it did not arrive"));
            }
            std::thread::sleep(LOOK_EVERY);
        }
        ways.push(ms_since(begun));
    }
    Ok(percentile(&ways, 50))
}
