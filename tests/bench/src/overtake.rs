//! `overtake`: an urgent report while a backlog fills a slow line.
//!
//! A real node and a real county (below a real province) with a line of 64 kbit/s and 150 ms each way between them, and
//! a queue of 16 or 64 KB that drops what comes when it is full. Hundreds of routine entries of one to two kilobytes,
//! which do not compress, are being sent; every few seconds the clerk submits an urgent report.
//!
//! Measured are the time until the county's receipt of the urgent report is kept at the node, and the bytes of routine
//! bodies receipted meanwhile. The reference of the first is the line's round trip and the serialisation of the urgent
//! frame; of the second, what the line carries, headers of IP, UDP and QUIC, signatures and the urgent reports included.

use std::path::Path;
use std::time::Duration;

use fengsui_daemon::commands::CommonAsk;
use fengsui_daemon::control::Ask;
use fengsui_daemon::failure::Failure;
use fengsui_daemon::links::Links;
use fengsui_daemon::station::{Station, Writing};
use fengsui_daemon::worker::{Attached, Told};
use fengsui_model::Level;
use fengsui_node::node::NodeAsk;
use fengsui_protocol::{Input, Now, Side};
use fengsui_wire::{Flags, Hash, Kind, Lane, NetworkId, PublicKey, Receipt};
use tokio::time::{Instant, sleep_until, timeout};

use crate::clerk;
use crate::driver::Log;
use crate::failed;
use crate::figure::{Figure, Goal, percentile};
use crate::host::Host;
use crate::link::{Link, Shape};
use crate::network::{Network, division};

/// The township.
const TOWNSHIP: u64 = 220_221_100;
/// Entries of back-fill: more than the line carries while this runs.
const BACKFILL: usize = 600;
/// Body of an entry of back-fill: like a monthly report.
const BODY_BYTES_MIN: usize = 1_000;
const BODY_BYTES_MORE: usize = 800;
/// Urgent reports.
const SAMPLES: usize = 16;
/// From one to the next. No multiple of anything on the line.
const EVERY: Duration = Duration::from_millis(3_370);
/// Back-fill runs so long before the first one: the windows have then found the line.
const SETTLE: Duration = Duration::from_secs(8);
/// A report without a receipt for so long is lost.
const RECEIPT_MAX: Duration = Duration::from_secs(60);
/// Wrapping of the urgent frame: QUIC's short header and tag, stream frame, headers of UDP and IPv4.
const PACKET_OVERHEAD_BYTES: usize = 28 + 40;

const KB: usize = 1_024;
/// 64 kbit/s and 300 ms there and back, with the queue of a small modem, and of a router with too large a one.
const LINES: [(&str, usize); 2] = [("16 KB queue", 16 * KB), ("64 KB queue", 64 * KB)];

/// Runs the benchmark.
///
/// # Errors
/// When something is refused, or a receipt does not come.
pub async fn run(dir: &Path) -> Result<Vec<Figure>, Failure> {
    let mut figures = Vec::new();
    for (at, (name, queue_bytes)) in LINES.into_iter().enumerate() {
        let shape = Shape { bits_per_s: 64_000, delay: Duration::from_millis(150), queue_bytes };
        figures.extend(line(&dir.join(at.to_string()), name, shape).await?);
    }
    Ok(figures)
}

async fn line(dir: &Path, name: &str, shape: Shape) -> Result<Vec<Figure>, Failure> {
    let network = Network::begin(dir).await?;
    let county = network.county(None).await?;
    let link = Link::to(county.address(), shape).await?;
    let node = network.township(TOWNSHIP, &county, link.address).await?;
    let bodies = node.call(backfill).await?;
    let mut watch = Watch::begin(&node, county.key, bodies).await?;
    watch.listen(Instant::now() + SETTLE).await;

    let (begun, filled) = (Instant::now(), watch.filled);
    let mut samples = Vec::with_capacity(SAMPLES);
    for number in 0..SAMPLES {
        let next = Instant::now() + EVERY;
        samples.push(watch.urgent(&node, number).await?);
        watch.listen(next).await;
    }
    let (passed_s, filled) = (begun.elapsed().as_secs_f64(), watch.filled - filled);
    let dropped = link.dropped();
    if watch.is_done() {
        return Err(failed("keep the line full: the backlog ended before the benchmark did"));
    }
    drop(link);
    for host in [node, county, network.province] {
        host.stop().await?;
    }
    let bare =
        (2 * shape.delay + shape.serialise(urgent_bytes() + PACKET_OVERHEAD_BYTES)).as_secs_f64() * 1_000.0;
    let figure = |what: &str, value, unit| Figure::new("overtake", format!("{what}, {name}"), value, unit);
    Ok(vec![
        figure("urgent report to receipt, median", percentile(&samples, 50), "ms")
            .beside(bare)
            .with_goal(Goal::AtMost(1_000.0)),
        figure("urgent report to receipt, p95", percentile(&samples, 95), "ms").beside(bare),
        figure("back-fill receipted meanwhile", filled as f64 / passed_s, "bytes/s")
            .beside(shape.bytes_per_s())
            .with_goal(Goal::RatioAtLeast(0.70)),
        figure("packets dropped by the line", dropped as f64, "packets"),
    ])
}

/// Bytes of an urgent report's frame.
fn urgent_bytes() -> usize {
    let mut log = Log::begin(NetworkId([0; 16]), division(TOWNSHIP), 0, 0);
    log.report(1, 1);
    log.frame(&log.entries[1..]).bytes.len()
}

/// Writes the backlog, and says how long each body is.
fn backfill(station: &mut Station, now: Now) -> Result<Vec<usize>, Failure> {
    let write = |number: usize| {
        let body = noise(number);
        let length = body.len();
        let writing = Writing {
            kind: Kind::Ledger,
            lane: Lane::Routine,
            flags: Flags::default(),
            reach: Level::Province,
            addressee: None,
            body,
        };
        station.write(writing, now)?;
        Ok(length)
    };
    (0..BACKFILL).map(write).collect()
}

/// Bytes that no compression makes shorter, the same at every run.
fn noise(number: usize) -> Vec<u8> {
    let length = BODY_BYTES_MIN + number * 37 % BODY_BYTES_MORE;
    let block = |at: usize| Hash::of(&[number.to_le_bytes(), at.to_le_bytes()].concat()).0;
    (0..length.div_ceil(32)).flat_map(block).take(length).collect()
}

/// What the county has receipted, as the node knows it.
struct Watch {
    attached: Attached,
    county: PublicKey,
    /// Length of each body of the backlog.
    bodies: Vec<usize>,
    /// First entry of the backlog without a receipt.
    next: usize,
    /// Bytes of bodies receipted so far.
    filled: usize,
    /// First entry of the urgent lane without a receipt.
    urgent: u64,
}

impl Watch {
    /// A listener of its own at the node: it hears of every receipt kept there.
    async fn begin(node: &Host, county: PublicKey, bodies: Vec<usize>) -> Result<Self, Failure> {
        let attached = node.worker.attach(Side::Uplink, county).await?;
        Ok(Self { attached, county, bodies, next: 0, filled: 0, urgent: 0 })
    }

    fn is_done(&self) -> bool {
        self.next >= self.bodies.len()
    }

    async fn hear(&mut self) {
        if let Some(Told::Input(Input::Kept(receipts))) = self.attached.told.recv().await {
            receipts.iter().for_each(|receipt| self.kept(receipt));
        }
    }

    fn kept(&mut self, receipt: &Receipt) {
        if receipt.signer != self.county {
            return;
        }
        if receipt.lane == Lane::Urgent {
            self.urgent = self.urgent.max(receipt.to + 1);
        } else {
            let next = usize::try_from(receipt.to + 1).unwrap_or(usize::MAX).min(self.bodies.len());
            self.filled += self.bodies.get(self.next..next).unwrap_or_default().iter().sum::<usize>();
            self.next = self.next.max(next);
        }
    }

    async fn listen(&mut self, until: Instant) {
        loop {
            tokio::select! {
                () = self.hear() => {}
                () = sleep_until(until) => return,
            }
        }
    }

    /// Submits an urgent report; milliseconds until the county's receipt of it is kept.
    async fn urgent(&mut self, node: &Host, number: usize) -> Result<f64, Failure> {
        let typed = clerk::typed(&clerk::report(division(TOWNSHIP), clerk::event(number), 0, None));
        let ask = NodeAsk::Common(CommonAsk::Submit { typed: Box::new(typed), dry_run: false });
        let begun = Instant::now();
        let next = node.call(move |station, now| {
            ask.answer(station, &Links::default(), now)?;
            Ok::<_, Failure>(station.own_head(Lane::Urgent).next)
        });
        let next = next.await?;
        while self.urgent < next {
            let heard = timeout(RECEIPT_MAX, self.hear()).await;
            heard.map_err(|_| failed("get a receipt of an urgent report: none came"))?;
        }
        Ok(begun.elapsed().as_secs_f64() * 1_000.0)
    }
}
