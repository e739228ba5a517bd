//! `ingest`: reports that one hub verifies, makes durable, judges, receipts and totals in a second.
//!
//! Sixty stations send logs signed beforehand over sixty connections of real QUIC, as after an outage of the hub. The
//! time runs from the first frame until the hub has answered the total of every event, and each of those totals must be
//! exactly what the sixty stations stated last; otherwise the benchmark fails. Sender and hub share the machine.
//!
//! The reference is what all cores of this machine verify when they do nothing else, taken before and after: no hub can
//! be faster than that, since every entry is verified strictly, one by one.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use fengsui_daemon::failure::Failure;
use fengsui_daemon::reckon;
use fengsui_daemon::station::Station;
use fengsui_daemon::topic::Topic;
use fengsui_model::{Form, Report};
use fengsui_wire::Role;

use crate::clerk;
use crate::driver::{Client, Frame, Log};
use crate::failed;
use crate::figure::{Figure, Goal};
use crate::network::{Network, directory};
use crate::reference::{Sample, verifications_per_s};

/// Stations, each with its own connection.
const STATIONS: usize = 60;
/// Disasters that each of them reports on.
const EVENTS: usize = 25;
/// Revisions of each report: about three weeks of daily ones.
const REVISIONS: u32 = 20;
/// When the reports were signed, before the clock of any machine that runs this.
const SIGNED_MS: i64 = 1_640_966_400_000;

/// By event: the sum of each indicator.
type Sums = Vec<BTreeMap<u32, i64>>;

/// Runs the benchmark.
///
/// # Errors
/// When something is refused, or a total is not what it must be.
pub async fn run(dir: &Path) -> Result<Vec<Figure>, Failure> {
    let network = Network::begin(dir).await?;
    let mut logs = Vec::new();
    let mut last = Vec::new();
    for (number, township) in directory().townships(network_root()).take(STATIONS).enumerate() {
        let mut log = Log::begin(network.id(), township.code, number as u64, SIGNED_MS);
        last.extend(log.report(EVENTS, REVISIONS));
        network.appoint(log.key(), township.code.get(), Role::Node).await?;
        logs.push(log);
    }
    let expected = sums(&last);
    let sample = Sample { author: logs[0].author(), entries: logs[0].entries.clone() };
    let clients = connect(&network, &logs).await?;

    let before = verifications_per_s(&sample);
    let begun = Instant::now();
    send(clients).await?;
    let receipted_s = begun.elapsed().as_secs_f64();
    let found = network.province.call(|station, _| totals(station)).await?;
    let totalled_s = begun.elapsed().as_secs_f64();
    let after = verifications_per_s(&sample);

    if found != expected {
        return Err(failed("total what was reported: the hub's total is another one"));
    }
    network.province.stop().await?;
    let reports = (STATIONS * EVENTS) as f64 * f64::from(REVISIONS);
    let reference = f64::midpoint(before, after);
    Ok(vec![
        Figure::new("ingest", "verified, durable, receipted and totalled", reports / totalled_s, "reports/s")
            .beside(reference)
            .with_goal(Goal::RatioAtLeast(0.5)),
        Figure::new("ingest", "verified, durable and receipted", reports / receipted_s, "reports/s")
            .beside(reference),
        Figure::new("ingest", "totals of all events", (totalled_s - receipted_s) * 1_000.0, "ms"),
    ])
}

fn network_root() -> fengsui_model::DivisionCode {
    directory().root().code
}

/// Connections with the frames that each will send.
async fn connect(network: &Network, logs: &[Log]) -> Result<Vec<(Client, Vec<Frame>)>, Failure> {
    let mut clients = Vec::new();
    for log in logs {
        let client = log.connect(network.province.address(), network.province.key).await?;
        clients.push((client, log.frames()));
    }
    Ok(clients)
}

/// Sends everything at once, and comes back when all of it is receipted.
async fn send(clients: Vec<(Client, Vec<Frame>)>) -> Result<(), Failure> {
    let mut tasks = tokio::task::JoinSet::new();
    for (mut client, frames) in clients {
        tasks.spawn(async move {
            client.send(frames).await?;
            Ok::<_, Failure>(client)
        });
    }
    let mut done = Vec::new();
    while let Some(task) = tasks.join_next().await {
        done.push(task.map_err(failed)??);
    }
    // Goodbyes are no part of what is measured, and a client must not be gone before its hub has noticed.
    tokio::spawn(async move {
        for client in done {
            client.close().await;
        }
    });
    Ok(())
}

/// What the last revisions add up to. Townships affected are not stated but counted: all of them are.
fn sums(last: &[Report]) -> Sums {
    let affected = Form::quick().by_code("QL001").expect("an indicator of the form").id;
    let mut sums = vec![BTreeMap::from([(affected, STATIONS as i64)]); EVENTS];
    for report in last {
        let event = (0..EVENTS).find(|number| report.event() == Some(&clerk::event(*number)));
        let sums = &mut sums[event.expect("an event of this benchmark")];
        for (id, figure) in &report.figures {
            *sums.entry(*id).or_insert(0) += figure.number().unwrap_or_default();
        }
    }
    sums
}

/// What the hub says.
fn totals(station: &mut Station) -> Result<Sums, Failure> {
    let (store, registry) = (station.store(), station.registry());
    let directory = registry.directory().ok_or_else(|| failed("total: there is no directory"))?;
    let total = |number| {
        let topic = Topic::event(clerk::event(number));
        let total = reckon::total(store, registry, directory, station.identity().division, &topic)?;
        let figures = total.rollup.figures.into_iter();
        let stated = figures.filter(|(_, total)| total.counted as usize == STATIONS);
        Ok(stated.map(|(id, total)| (id, total.value)).collect())
    };
    (0..EVENTS).map(total).collect()
}
