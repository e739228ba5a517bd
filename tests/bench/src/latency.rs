//! `latency`: from accepted at a township to visible in the province's total.
//!
//! Node, county and province, and in a second run the city's hub between them, are real stations with stores on disk and
//! QUIC on loopback. The time runs from the
//! moment that the submission is answered at the node (it is then signed and durable there) until the province, woken
//! by its own commit, answers a total that counts the report.
//!
//! The reference is the sum of what must happen in between, each step measured alone in the same run: node to county one
//! way; the county verifies and syncs; county to province one way; the province verifies and syncs. That is half a round
//! trip of the transport, one strict verification and one sync for each hub on the way. The node's own signature and sync lie before the
//! beginning, and no signature lies on this path: receipts are signed beside it.

use std::path::Path;
use std::time::{Duration, Instant};

use fengsui_daemon::commands::CommonAsk;
use fengsui_daemon::control::Ask;
use fengsui_daemon::failure::Failure;
use fengsui_daemon::links::Links;
use fengsui_daemon::reckon;
use fengsui_daemon::topic::Topic;
use fengsui_model::EventKey;
use fengsui_node::node::NodeAsk;
use fengsui_protocol::{Input, Side};

use crate::clerk;
use crate::driver::Log;
use crate::failed;
use crate::figure::{Figure, Goal, percentile};
use crate::host::Host;
use crate::network::{Network, division};
use crate::reference::{Sample, Steps, ms_since};

/// The township.
const TOWNSHIP: u64 = 220_221_100;
/// Reports whose way is measured.
const SAMPLES: usize = 200;
/// Revisions of one report.
const REVISIONS: usize = 5;
/// Between two reports, so that receipts of the one do not run into the other.
const PAUSE: Duration = Duration::from_millis(25);
/// A report that takes longer is lost.
const VISIBLE_MAX: Duration = Duration::from_secs(10);

/// Runs the benchmark: without a city's hub, as in the smallest network, and with it.
///
/// # Errors
/// When something is refused, or a report does not arrive.
pub async fn run(dir: &Path) -> Result<Vec<Figure>, Failure> {
    let three = way(&dir.join("three"), "three levels", false).await?;
    let four = way(&dir.join("four"), "four levels", true).await?;
    Ok([three, four].concat())
}

/// The way through the county, and through the city's hub where there is one.
async fn way(dir: &Path, levels: &str, with_city: bool) -> Result<Vec<Figure>, Failure> {
    let network = Network::begin(dir).await?;
    let city = if with_city { Some(network.city().await?) } else { None };
    let county = network.county(city.as_ref()).await?;
    let node = network.township(TOWNSHIP, &county, county.address()).await?;
    let hops = if with_city { 3.0 } else { 2.0 };
    let mut log = Log::begin(network.id(), division(TOWNSHIP), 0, 0);
    log.report(1, 50);
    let mut steps = Steps::begin(dir, Sample { author: log.author(), entries: log.entries }).await?;
    let (mut samples, mut totals) = (Vec::with_capacity(SAMPLES), Vec::with_capacity(SAMPLES));
    for number in 0..SAMPLES {
        samples.push(sample(&node, &network.province, number).await?);
        tokio::time::sleep(PAUSE).await;
        let begun = Instant::now();
        counts(&network.province, clerk::event(number / REVISIONS), 0).await?;
        totals.push(ms_since(begun));
        steps.take().await?;
    }
    // Each hub on the way syncs and verifies, and is reached by half a round trip.
    let reference = hops * (steps.sync_ms() + steps.verify_ms() + steps.ping_ms() / 2.0);
    let figure = |name: &str, value: f64| Figure::new("latency", format!("{levels}, {name}"), value, "ms");
    let figures = vec![
        figure("township accepted to province total, median", percentile(&samples, 50))
            .beside(reference)
            .with_goal(Goal::RatioAtMost(4.0)),
        figure("township accepted to province total, p95", percentile(&samples, 95)).beside(reference),
        figure("of which: asking the province for the total", percentile(&totals, 50)),
        figure("reference: one sync of a small append", steps.sync_ms()),
        figure("reference: one strict verification", steps.verify_ms()),
        figure("reference: one round trip of the transport", steps.ping_ms()),
    ];
    steps.close().await;
    for host in [Some(node), Some(county), city, Some(network.province)].into_iter().flatten() {
        host.stop().await?;
    }
    Ok(figures)
}

/// Milliseconds that one report takes.
async fn sample(node: &Host, province: &Host, number: usize) -> Result<f64, Failure> {
    let event = clerk::event(number / REVISIONS);
    let revision = u32::try_from(number % REVISIONS).expect("a small number");
    let typed = clerk::typed(&clerk::report(division(TOWNSHIP), event, revision, None));
    // A listener of its own at the province: it hears of every commit and sends nothing.
    let mut attached = province.worker.attach(Side::Downlink, province.key).await?;
    let ask = NodeAsk::Common(CommonAsk::Submit { typed: Box::new(typed), dry_run: false });
    node.call(move |station, now| ask.answer(station, &Links::default(), now)).await?;
    let begun = Instant::now();
    loop {
        let heard = tokio::time::timeout(VISIBLE_MAX, attached.told.recv()).await;
        let heard = heard.map_err(|_| failed("see a report at the province: it did not arrive"))?;
        let grown = matches!(heard, Some(fengsui_daemon::worker::Told::Input(Input::Grown(_))));
        if grown && counts(province, event, revision).await? {
            break;
        }
    }
    let passed_ms = ms_since(begun);
    province.worker.detach(attached.id).await;
    Ok(passed_ms)
}

/// Whether the province's total of the event counts this revision of the township's report.
async fn counts(province: &Host, event: EventKey, revision: u32) -> Result<bool, Failure> {
    let ask = move |station: &mut fengsui_daemon::station::Station, _| {
        let registry = station.registry();
        let directory = registry.directory().ok_or_else(|| failed("total: there is no directory"))?;
        let whole = station.identity().division;
        let total = reckon::total(station.store(), registry, directory, whole, &Topic::event(event))?;
        let counted = &total.rollup.coverage.counted;
        Ok::<_, Failure>(
            counted
                .iter()
                .any(|counted| counted.division == division(TOWNSHIP) && counted.revision == revision),
        )
    };
    province.call(ask).await
}
