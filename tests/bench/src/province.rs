//! `province`: all 919 stations report in one moment; how long until station, county, city and province agree.
//!
//! The time runs from the first clerk's command, given through the station's own socket, until the totals of every
//! county's event are the known answer at the province, at its city and at its county. Signing and syncing at 919 stations
//! is within it.
//!
//! Two references. What the busiest hub, the province's, needs: its processor time for the batch (that is, 919 times its
//! measured cost of a report) by the cores, its syncs, and the way of one report when all is quiet. That is the limit of a
//! province in which each station has a machine of its own. Here 919 stations and 70 hubs run on the same cores, and the
//! stations' own signing and syncing alone takes longer than three times that limit. The second one counts the processor
//! time of all 990. The goal stands at both.

use std::path::Path;
use std::time::Instant;

use fengsui_daemon::failure::Failure;
use fengsui_demo::tree::PROVINCE;

use crate::failed;
use crate::figure::{Figure, Goal, percentile};
use crate::whole::{Usage, Whole, cores};

/// A round each, so that every round is an event of its own in every county.
const ROUNDS: [&str; 3] = ["flood", "wind_hail", "snow"];

/// One round, in seconds.
struct Round {
    accepted: f64,
    agreed: f64,
    busiest_cpu: f64,
    all_cpu: f64,
    syncs: f64,
}

/// Runs the benchmark.
///
/// # Errors
/// When something is refused, or a total is not what it must be.
pub fn run(dir: &Path) -> Result<Vec<Figure>, Failure> {
    let mut whole = Whole::begin(dir)?;
    let before = whole.usage()?;
    let mut rounds = Vec::with_capacity(ROUNDS.len());
    for kind in ROUNDS {
        rounds.push(round(&mut whole, kind)?);
    }
    let after = whole.usage()?;
    let figures = figures(&whole, &rounds, &before, &after);
    whole.province.end()?;
    Ok(figures)
}

fn round(whole: &mut Whole, kind: &str) -> Result<Round, Failure> {
    let (before, commits) = (whole.usage()?, whole.province.commits()?);
    let begun = Instant::now();
    whole.province.submit(kind, &mut whole.story)?;
    let accepted = begun.elapsed().as_secs_f64();
    if !whole.province.wait_totals(kind, &mut whole.story)? {
        return Err(failed("total what was reported: four levels do not agree"));
    }
    let agreed = begun.elapsed().as_secs_f64();
    let after = whole.usage()?;
    Ok(Round {
        accepted,
        agreed,
        busiest_cpu: after.cpu_s(&before, PROVINCE),
        all_cpu: after.cpu_s(&before, ""),
        syncs: whole.province.commits()?.count - commits.count,
    })
}

fn figures(whole: &Whole, rounds: &[Round], before: &Usage, after: &Usage) -> Vec<Figure> {
    let median = |of: fn(&Round) -> f64| percentile(&rounds.iter().map(of).collect::<Vec<_>>(), 50);
    let agreed = median(|round| round.agreed);
    let syncs_s = median(|round| round.syncs) * whole.sync_s;
    let need = |cpu_s: f64| cpu_s / cores() + syncs_s + whole.path_s;
    let figure = |what: &str, value, unit| Figure::new("province", what, value, unit);
    let slowest = rounds.iter().map(|round| round.agreed).fold(0.0, f64::max);
    let all = format!("all 919 report, four levels agree: median of {}", rounds.len());
    let mut figures = vec![
        figure(&all, agreed, "s")
            .beside(need(median(|round| round.busiest_cpu)))
            .with_goal(Goal::RatioAtMost(3.0)),
        figure("the same, beside the processor time of all 990 stations", agreed, "s")
            .beside(need(median(|round| round.all_cpu)))
            .with_goal(Goal::RatioAtMost(3.0)),
        figure("the same, slowest round", slowest, "s"),
        figure("of which: until the last clerk has the answer", median(|round| round.accepted), "s"),
        figure("of which: after that", median(|round| round.agreed - round.accepted), "s"),
        figure(
            "reference: cost of a report at the busiest hub",
            median(|round| round.busiest_cpu) / whole.stations() * 1_000.0,
            "ms",
        ),
        figure("reference: its syncs", median(|round| round.syncs), "syncs"),
        figure("reference: one sync of a small append", whole.sync_s * 1_000.0, "ms"),
        figure("reference: one report's way when all is quiet", whole.path_s * 1_000.0, "ms"),
    ];
    // By round, and so by report of each station.
    let by_round = after.figures("province", before).into_iter().map(|mut figure| {
        if figure.unit == "ms" {
            figure.value /= rounds.len() as f64;
        }
        figure
    });
    figures.extend(by_round);
    figures
}
