//! `ingest`: reports that one hub verifies, makes durable, judges, receipts and totals in a second.
//!
//! Sixty stations send logs signed beforehand over sixty connections of real QUIC, as after an outage of the hub. The
//! time runs from the first frame until the hub has answered the total of every event, and each of those totals must be
//! exactly what the sixty stations stated last; otherwise the benchmark fails. Sender and hub share the machine.
//!
//! The reference is what all cores of this machine verify when they do nothing else, taken before and after: no hub can
//! be faster than that, since every entry is verified strictly, one by one. Over four levels the same reports go to county
//! hubs, on to the city's and on to the province's, all on this machine, until the province has totalled them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use fengsui_daemon::failure::Failure;
use fengsui_daemon::reckon;
use fengsui_daemon::station::Station;
use fengsui_daemon::topic::Topic;
use fengsui_model::{DivisionCode, Form, Report};
use fengsui_wire::Role;

use crate::clerk;
use crate::driver::{Client, Frame, Log};
use crate::failed;
use crate::figure::{Figure, Goal};
use crate::host::Host;
use crate::network::{Network, directory, division, wait};
use crate::reference::{Sample, verifications_per_s};

/// Stations, each with its own connection.
const STATIONS: usize = 60;
/// Disasters that each of them reports on.
const EVENTS: usize = 25;
/// Revisions of each report: about three weeks of daily ones.
const REVISIONS: u32 = 20;
/// All of them.
const REPORTS: f64 = (STATIONS * EVENTS) as f64 * REVISIONS as f64;
/// The city whose townships send where there are four levels: the one with most of them.
const CITY: u64 = 2_201;
/// County, city, province.
const HUBS_ON_THE_WAY: f64 = 3.0;
/// Appointments are with a county after so long.
const KNOWN_MAX: Duration = Duration::from_secs(60);
/// And the reports with the province.
const HELD_MAX: Duration = Duration::from_secs(300);
/// Pause between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// When the reports were signed, before the clock of any machine that runs this.
const SIGNED_MS: i64 = 1_640_966_400_000;

/// By event: the sum of each indicator.
type Sums = Vec<BTreeMap<u32, i64>>;

/// Runs the benchmark: at one hub, and over four levels.
///
/// # Errors
/// When something is refused, or a total is not what it must be.
pub async fn run(dir: &Path) -> Result<Vec<Figure>, Failure> {
    let one = one_hub(&dir.join("one")).await?;
    let four = four_levels(&dir.join("four")).await?;
    Ok([one, four].concat())
}

async fn one_hub(dir: &Path) -> Result<Vec<Figure>, Failure> {
    let network = Network::begin(dir).await?;
    let mut logs = Vec::new();
    let mut last = Vec::new();
    for (number, township) in directory().townships(network_root()).take(STATIONS).enumerate() {
        logs.push(log(&network, number, township.code, &mut last).await?);
    }
    let expected = sums(&last);
    let sample = Sample { author: logs[0].author(), entries: logs[0].entries.clone() };
    let clients = connect(logs.iter().map(|log| (log, &network.province))).await?;

    let before = verifications_per_s(&sample);
    let begun = Instant::now();
    send(clients).await?;
    let receipted_s = begun.elapsed().as_secs_f64();
    let found = network.province.call(|station, _| totals(station)).await?;
    let totalled_s = begun.elapsed().as_secs_f64();
    let after = verifications_per_s(&sample);

    check(&found, &expected)?;
    network.province.stop().await?;
    let reference = f64::midpoint(before, after);
    Ok(vec![
        Figure::new("ingest", "verified, durable, receipted and totalled", REPORTS / totalled_s, "reports/s")
            .beside(reference)
            .with_goal(Goal::RatioAtLeast(0.5)),
        Figure::new("ingest", "verified, durable and receipted", REPORTS / receipted_s, "reports/s")
            .beside(reference),
        Figure::new("ingest", "totals of all events", (totalled_s - receipted_s) * 1_000.0, "ms"),
    ])
}

/// Sixty townships send to their counties' hubs, which send to the city's, which sends to the province. Every entry is
/// verified three times on the cores that the reference has for itself: so the limit is a third of it.
async fn four_levels(dir: &Path) -> Result<Vec<Figure>, Failure> {
    let network = Network::begin(dir).await?;
    let directory = directory();
    let city = network.hub(CITY, &network.province).await?;
    let (mut counties, mut logs, mut last) = (Vec::new(), Vec::new(), Vec::new());
    for county in directory.children(division(CITY)) {
        let free = STATIONS - logs.len();
        let townships: Vec<_> = directory.townships(county.code).take(free).collect();
        if townships.is_empty() {
            continue;
        }
        counties.push(network.hub(county.code.get(), &city).await?);
        for township in townships {
            let log = log(&network, logs.len(), township.code, &mut last).await?;
            logs.push((log, counties.len() - 1));
        }
    }
    let expected = sums(&last);
    let sample = Sample { author: logs[0].0.author(), entries: logs[0].0.entries.clone() };
    for (number, county) in counties.iter().enumerate() {
        // A county hears of no other county's townships.
        let own = logs.iter().filter(|(_, of)| *of == number);
        let keys: Vec<_> = own.map(|(log, _)| log.key()).collect();
        wait("a county to know its townships", KNOWN_MAX, LOOK_EVERY, async || {
            let registry = county.worker.registry();
            keys.iter().all(|key| registry.standing(key).is_some())
        })
        .await?;
    }
    let clients = connect(logs.iter().map(|(log, county)| (log, &counties[*county]))).await?;
    let all =
        entries(&network.province).await? + logs.iter().map(|(log, _)| log.entries.len()).sum::<usize>();

    let before = verifications_per_s(&sample);
    let begun = Instant::now();
    send(clients).await?;
    let receipted_s = begun.elapsed().as_secs_f64();
    wait("the province to hold everything", HELD_MAX, LOOK_EVERY, async || {
        entries(&network.province).await.is_ok_and(|held| held >= all)
    })
    .await?;
    let found = network.province.call(|station, _| totals(station)).await?;
    let totalled_s = begun.elapsed().as_secs_f64();
    let after = verifications_per_s(&sample);

    check(&found, &expected)?;
    for host in counties.into_iter().chain([city, network.province]) {
        host.stop().await?;
    }
    let reference = f64::midpoint(before, after) / HUBS_ON_THE_WAY;
    let figure = |what: &str, seconds| {
        Figure::new("ingest", format!("four levels, {what}"), REPORTS / seconds, "reports/s")
    };
    Ok(vec![
        figure("durable three times and totalled at the province", totalled_s)
            .beside(reference)
            .with_goal(Goal::RatioAtLeast(0.5)),
        figure("receipted by the counties", receipted_s).beside(reference),
    ])
}

/// Entries that a hub holds.
async fn entries(host: &Host) -> Result<usize, Failure> {
    host.call(|station, _| Ok::<_, Failure>(station.store().stats().entries as usize)).await
}

/// A township's log with all of its reports, appointed; `last` takes the last report on each event.
async fn log(
    network: &Network,
    number: usize,
    township: DivisionCode,
    last: &mut Vec<Report>,
) -> Result<Log, Failure> {
    let mut log = Log::begin(network.id(), township, number as u64, SIGNED_MS);
    last.extend(log.report(EVENTS, REVISIONS));
    network.appoint(log.key(), township.get(), Role::Node).await?;
    Ok(log)
}

fn check(found: &Sums, expected: &Sums) -> Result<(), Failure> {
    match found == expected {
        true => Ok(()),
        false => Err(failed("total what was reported: the hub's total is another one")),
    }
}

fn network_root() -> DivisionCode {
    directory().root().code
}

/// Connections with the frames that each will send.
async fn connect<'l>(
    logs: impl Iterator<Item = (&'l Log, &'l Host)>,
) -> Result<Vec<(Client, Vec<Frame>)>, Failure> {
    let mut clients = Vec::new();
    for (log, hub) in logs {
        let client = log.connect(hub.address(), hub.key).await?;
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
