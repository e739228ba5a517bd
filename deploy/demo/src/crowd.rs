//! Many stations in one process: each with its own key, store, thread and connection, as if it had a machine to itself.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use fengsui_daemon::config::LogConfig;
use fengsui_daemon::control::Ask;
use fengsui_daemon::failure::Failure;
use fengsui_daemon::home::Home;
use fengsui_hub::hub::HubAsk;
use fengsui_node::node::NodeAsk;
use rustix::process::{Pid, Resource, Signal, getrlimit, kill_process, setrlimit};
use tokio::task::JoinSet;

use crate::cluster::{Kind, failed};

/// sled's cache of each station: a few dozen entries are all it holds.
const CACHE_BYTES: u64 = 256 * 1024;
/// How long so many stores may take to open.
const START_MAX: Duration = Duration::from_secs(300);
/// How long so many stations may take to say goodbye.
const STOP_MAX: Duration = Duration::from_secs(60);

/// Raises this process's bound on open files as far as it may: each station has about ten.
pub fn open_many_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where it may not be raised, the first store that does not open says so.
    let _ = setrlimit(Resource::Nofile, limit);
}

/// A process with many stations of one kind.
pub struct Crowd {
    name: &'static str,
    process: Child,
    homes: Vec<PathBuf>,
    log: PathBuf,
}

/// What a process has used.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    /// Processor time, seconds.
    pub cpu_s: f64,
    /// Greatest memory, megabytes.
    pub peak_mb: f64,
}

impl Crowd {
    /// Starts a process for the stations in `homes`; `list` and the log are written beside them.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(
        name: &'static str,
        kind: Kind,
        homes: Vec<PathBuf>,
        scratch: &Path,
    ) -> Result<Self, Failure> {
        let file = scratch.join(format!("{name}.list"));
        let lines: Vec<String> = homes.iter().map(|home| home.display().to_string()).collect();
        std::fs::write(&file, lines.join("\n"))
            .map_err(|error| failed(format!("failed to write {}: {error}", file.display())))?;
        let log = scratch.join(format!("{name}.log"));
        let out = std::fs::File::create(&log)
            .map_err(|error| failed(format!("failed to write {}: {error}", log.display())))?;
        let program =
            std::env::current_exe().map_err(|error| failed(format!("failed to find myself: {error}")))?;
        let process = Command::new(program)
            .args(["crowd", kind.word()])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(out)
            .spawn()
            .map_err(|error| failed(format!("failed to start {name}: {error}")))?;
        Ok(Self { name, process, homes, log })
    }

    /// Waits until every station answers commands; `shown` hears how many do.
    ///
    /// # Errors
    /// When the process ends, or too long passes.
    pub fn wait(&mut self, mut shown: impl FnMut(usize)) -> Result<(), Failure> {
        let begun = Instant::now();
        loop {
            let up = self.homes.iter().filter(|home| home.join("control.sock").exists()).count();
            shown(up);
            if up == self.homes.len() {
                return Ok(());
            }
            let ended = self.process.try_wait().ok().flatten();
            if ended.is_some() || begun.elapsed() > START_MAX {
                let log = std::fs::read_to_string(&self.log).unwrap_or_default();
                return Err(failed(format!("{} did not start, {up} stations answer:\n{log}", self.name)));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Stations in it.
    pub fn stations(&self) -> usize {
        self.homes.len()
    }

    /// What it is called.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it has used so far, where the system tells.
    pub fn used(&self) -> Option<Used> {
        let id = self.process.id();
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
        let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let peak_kb: f64 = peak.split_whitespace().next()?.parse().ok()?;
        let per_s = rustix::param::clock_ticks_per_second();
        Some(Used { cpu_s: ticks as f64 / per_s as f64, peak_mb: peak_kb / 1024.0 })
    }

    /// Asks it to end, as a signal would, and does not wait.
    pub fn ask_to_end(&self) {
        if let Some(pid) = i32::try_from(self.process.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
    }

    /// Asks it to end, and waits.
    ///
    /// # Errors
    /// When it did not end by itself with success.
    pub fn stop(mut self) -> Result<(), Failure> {
        self.end()
    }

    fn end(&mut self) -> Result<(), Failure> {
        self.ask_to_end();
        let begun = Instant::now();
        while begun.elapsed() < STOP_MAX {
            match self.process.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => return Err(failed(format!("{} ended with {status}", self.name))),
                _ => std::thread::sleep(Duration::from_millis(20)),
            }
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
        Err(failed(format!("{} did not end in {} s", self.name, STOP_MAX.as_secs())))
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        if self.process.try_wait().ok().flatten().is_none() {
            let _ = self.end();
        }
    }
}

/// The program of such a process: `kind` and a file with a directory in each line.
pub fn main(kind: &str, list: &Path) -> ExitCode {
    open_many_files();
    let ended = fengsui_daemon::run::log(&logged()).and_then(|()| match kind {
        "hub" => host::<HubAsk>(list),
        _ => host::<NodeAsk>(list),
    });
    fengsui_daemon::commands::exit(ended)
}

/// A hundred and fifty stations in one log: only what somebody must look at.
fn logged() -> LogConfig {
    LogConfig { filter: Some("warn,sled=error,quinn=error".into()), format: None }
}

fn host<A: Ask>(list: &Path) -> Result<(), Failure> {
    let text = std::fs::read_to_string(list)
        .map_err(|error| failed(format!("failed to read {}: {error}", list.display())))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed(format!("failed to start: {error}")))?;
    runtime.block_on(async {
        let mut stations = JoinSet::new();
        for home in text.lines().map(Home::new) {
            stations.spawn(fengsui_daemon::run::run::<A>(home, CACHE_BYTES, |_| ()));
        }
        // One that ends in another way than by a signal takes the others with it: a demo that goes on without it would
        // show the wrong thing.
        while let Some(ended) = stations.join_next().await {
            ended.map_err(|error| failed(format!("a station panicked: {error}")))??;
        }
        Ok(())
    })
}
