//! `footprint`: what a node takes of an old office machine and of a thin line.
//!
//! Memory and files are those of the real programs, built by cargo beside this one and run as an operator runs them.
//! Bytes on the wire are counted by QUIC in both directions between a lean client and a hub: UDP payload, that is,
//! without the 28 bytes of IPv4 and UDP headers of each packet.

use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fengsui_daemon::commands::CommonAsk;
use fengsui_daemon::config::ParentConfig;
use fengsui_daemon::control;
use fengsui_daemon::failure::Failure;
use fengsui_daemon::home::{HUB_CACHE_BYTES, Home, NODE_CACHE_BYTES, Network as Joined};
use fengsui_hub::hub::HubAsk;
use fengsui_node::node::NodeAsk;
use fengsui_wire::Role;

use crate::clerk;
use crate::driver::{Client, Log};
use crate::failed;
use crate::figure::{Figure, Goal, percentile};
use crate::idle;
use crate::network::{Network, directory, division};

/// The township.
const TOWNSHIP: u64 = 220_221_100;
/// Three months at 55 reports a day, and then some.
const REPORTS: usize = 6_000;
/// Revisions of one report.
const REVISIONS: usize = 20;
/// What a node may take of a machine with 2 GB for everything.
const MEMORY_MB_MAX: f64 = 25.0;
/// Bytes in the megabyte of these figures.
const MB: f64 = 1_000_000.0;
/// And in the kilobyte.
pub const KB: f64 = 1_000.0;
/// A process that has just started, or just worked, gives memory back for so long.
const REST: Duration = Duration::from_secs(3);
/// Reports in a batch.
const BATCH: usize = 50;
/// Exchanges whose median is taken.
const SAMPLES: usize = 20;
/// Acknowledgements of an exchange are late by at most so much.
const ACKNOWLEDGED: Duration = Duration::from_millis(60);
/// When the reports on the wire were signed.
const SIGNED_MS: i64 = 1_640_966_400_000;

/// Runs the benchmark.
///
/// # Errors
/// When the programs cannot be built or run, or something is refused.
pub async fn run(dir: &Path) -> Result<Vec<Figure>, Failure> {
    let programs = Programs::build()?;
    let mut figures = programs.sizes()?;
    let at = dir.join("programs");
    figures.extend(tokio::task::spawn_blocking(move || memory(&programs, &at)).await.map_err(failed)??);
    figures.extend(wire(&dir.join("wire")).await?);
    Ok(figures)
}

/// The programs as they are installed.
struct Programs {
    node: PathBuf,
    hub: PathBuf,
}

impl Programs {
    /// Built as this program is, beside it. Cargo does nothing where they are up to date.
    fn build() -> Result<Self, Failure> {
        let own = std::env::current_exe().map_err(failed)?;
        let beside = own.parent().ok_or_else(|| failed("find the directory of this program"))?;
        let target = beside.parent().ok_or_else(|| failed("find the directory that cargo builds in"))?;
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo
            .args(["build", "--quiet", "-p", "fengsui-node", "-p", "fengsui-hub", "--target-dir"])
            .arg(target);
        if beside.ends_with("release") {
            cargo.arg("--release");
        }
        let built = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).status().map_err(failed)?;
        match built.success() {
            true => Ok(Self { node: beside.join("fengsui-node"), hub: beside.join("fengsui-hub") }),
            false => Err(failed("build fengsui-node and fengsui-hub")),
        }
    }

    fn sizes(&self) -> Result<Vec<Figure>, Failure> {
        let size = |name: &str, path: &Path| {
            let length = std::fs::metadata(path).map_err(failed)?.len();
            Ok::<_, Failure>(Figure::new(
                "footprint",
                format!("{name}, the program's file"),
                length as f64 / MB,
                "MB",
            ))
        };
        Ok(vec![size("fengsui-node", &self.node)?, size("fengsui-hub", &self.hub)?])
    }
}

/// A running program; killed when dropped, which a station survives by design.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    /// Starts `run` and waits for the line of its log that says `ready`; gives that line back too.
    fn start(program: &Path, home: &Home, ready: &str) -> Result<(Self, String), Failure> {
        let mut command = Command::new(program);
        command.arg("run").arg("--data").arg(home.dir()).stderr(Stdio::piped());
        command.env_remove("FENGSUI_LOG").env_remove("FENGSUI_LOG_FORMAT");
        let mut child = command.spawn().map_err(failed)?;
        let lines = child.stderr.take().ok_or_else(|| failed("read the log of a program"))?;
        let running = Self(child);
        let mut lines = std::io::BufReader::new(lines).lines().map_while(Result::ok);
        let line = lines.find(|line| line.contains(ready));
        // The rest is read too, or the program would wait for somebody to read it.
        std::thread::spawn(move || lines.for_each(drop));
        line.map(|line| (running, line)).ok_or_else(|| failed(format!("start {}", program.display())))
    }

    /// Megabytes of memory in use.
    fn memory_mb(&self) -> Result<f64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).map_err(failed)?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib =
            resident.and_then(|text| text.trim().strip_suffix(" kB")).and_then(|text| text.parse().ok());
        kib.map(|kib: f64| kib * 1_024.0 / MB).ok_or_else(|| failed("read the memory of a program"))
    }
}

/// A hub and a node, each a process; the node's memory before and after its reports, all of them receipted.
fn memory(programs: &Programs, dir: &Path) -> Result<Vec<Figure>, Failure> {
    let (hub_home, node_home) = (Home::new(dir.join("hub")), Home::new(dir.join("node")));
    let root = directory().root().code;
    let listen = ([127, 0, 0, 1], 0).into();
    let hub_key = hub_home.init(root, &Joined::New, Some(listen), None)?;
    let csv = fengsui_model::directory::JILIN_2019_CSV.to_owned();
    control::ask(&hub_home, HUB_CACHE_BYTES, HubAsk::Directory { csv, version: 1 })?;
    let (_hub, line) = Running::start(&programs.hub, &hub_home, "the hub runs")?;
    let address = line.split('"').nth(1).unwrap_or_default().to_owned();
    let parent = ParentConfig { address, key: hub_key };
    let node_key = node_home.init(division(TOWNSHIP), &Joined::Root(hub_key), None, Some(parent))?;
    let appoint = HubAsk::Appoint {
        key: node_key.to_string(),
        division: division(TOWNSHIP),
        role: None,
        office: None,
        from_ms: None,
        until_ms: None,
    };
    control::ask(&hub_home, HUB_CACHE_BYTES, appoint)?;
    let (node, _) = Running::start(&programs.node, &node_home, "connected")?;
    std::thread::sleep(REST);
    let idle = node.memory_mb()?;
    let line = idle::held(&node_home)?;
    for number in 0..REPORTS {
        let (event, revision) = (clerk::event(number / REVISIONS), (number % REVISIONS) as u32);
        let typed = clerk::typed(&clerk::report(division(TOWNSHIP), event, revision, None));
        let ask = NodeAsk::Common(CommonAsk::Submit { typed: Box::new(typed), dry_run: false });
        control::ask(&node_home, NODE_CACHE_BYTES, ask)?;
    }
    std::thread::sleep(REST);
    let worked = node.memory_mb()?;
    let figure = |what: &str, value| {
        Figure::new("footprint", what, value, "MB").with_goal(Goal::AtMost(MEMORY_MB_MAX))
    };
    Ok(vec![
        figure("memory of a node, idle and connected", idle),
        figure("memory of a node after 6000 reports", worked),
        line,
    ])
}

/// Bytes of a report alone, and in a batch.
async fn wire(dir: &Path) -> Result<Vec<Figure>, Failure> {
    let network = Network::begin(dir).await?;
    let mut log = Log::begin(network.id(), division(TOWNSHIP), 0, SIGNED_MS);
    log.report(SAMPLES * (1 + BATCH) / REVISIONS + 1, REVISIONS as u32);
    network.appoint(log.key(), TOWNSHIP, Role::Node).await?;
    let mut client = log.connect(network.province.address(), network.province.key).await?;
    client.send(vec![log.frame(&log.entries[..1])]).await?;
    let alone = exchanges(&mut client, &log, 1, 1).await?;
    let batched = exchanges(&mut client, &log, 1 + SAMPLES, BATCH).await?;
    client.close().await;
    let polled = idle::polled(&network, &log).await?;
    network.province.stop().await?;
    let figure = |what: &str, value| Figure::new("footprint", what, value, "bytes");
    let figures = vec![
        figure("a report alone, frame", alone.frame),
        figure("a report alone, sent on the wire", alone.sent),
        figure("a report alone, its receipt on the wire", alone.received),
        figure("a report in a batch of 50, frame", batched.frame / BATCH as f64),
        figure("a report in a batch of 50, sent on the wire", batched.sent / BATCH as f64),
        figure("a report in a batch of 50, its receipt on the wire", batched.received / BATCH as f64),
    ];
    Ok([figures, polled].concat())
}

/// Median bytes of an exchange.
struct Bytes {
    frame: f64,
    sent: f64,
    received: f64,
}

/// Sends batches of `count` entries from `from` on, one after another, each once the one before is at rest.
async fn exchanges(client: &mut Client, log: &Log, from: usize, count: usize) -> Result<Bytes, Failure> {
    let (mut frames, mut sent, mut received) = (Vec::new(), Vec::new(), Vec::new());
    for entries in log.entries[from..].chunks_exact(count).take(SAMPLES) {
        let before = client.connection.stats();
        let frame = log.frame(entries);
        frames.push(frame.bytes.len() as f64);
        client.send(vec![frame]).await?;
        tokio::time::sleep(ACKNOWLEDGED).await;
        let after = client.connection.stats();
        sent.push((after.bytes_sent - before.bytes_sent) as f64);
        received.push((after.bytes_received - before.bytes_received) as f64);
    }
    let median = |samples: &[f64]| percentile(samples, 50);
    Ok(Bytes { frame: median(&frames), sent: median(&sent), received: median(&received) })
}
