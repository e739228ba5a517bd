//! Benchmarks of the whole: each figure stands beside a reference that was measured in the same run, so what is
//! judged is a ratio and not the speed of the machine.
//!
//! | file | holds |
//! |---|---|
//! | `figure` | a value, its reference, its goal |
//! | `reference` | what the machine itself does: verify, sign, sync, ping |
//! | `host` | a station with store and sockets in this process |
//! | `network` | a province, a county and townships of such stations |
//! | `clerk` | the reports that are sent |
//! | `driver` | a lean client: ready frames out, receipts in |
//! | `link` | a slow line between two sockets |
//! | `whole` | all 990 stations of the province in nine processes, as the demonstration plays them |
//! | `ingest`, `latency`, `overtake`, `footprint`, `idle` | the benchmarks of one hub, one way, one line, one node |
//! | `rollup`, `postgres` | the benchmark of kept totals, and what they stand beside |
//! | `province`, `push`, `outage` | the benchmarks of the whole province |
//!
//! Absent on purpose: thresholds in the test suite. A slow machine fails no test.

mod clerk;
mod driver;
mod figure;
mod footprint;
mod host;
mod idle;
mod ingest;
mod latency;
mod link;
mod network;
mod outage;
mod overtake;
mod postgres;
mod province;
mod push;
mod reference;
mod rollup;
mod whole;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use fengsui_daemon::failure::{Code, Failure};

use figure::{Figure, table};

/// Benchmarks with a reference measured in the same run.
#[derive(Parser)]
#[command(name = "fengsui-bench", version, max_term_width = 100)]
struct Cli {
    /// Which benchmark
    name: Name,
    /// Print one JSON array instead of a table
    #[arg(long)]
    json: bool,
    /// Directory on the disk that is measured; default: the system's directory for temporary files
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Name {
    /// Reports that one hub verifies, makes durable and totals in a second
    Ingest,
    /// From accepted at a township to visible at the province
    Latency,
    /// An urgent report under back-fill on a slow line
    Overtake,
    /// Memory, binaries, bytes on the wire
    Footprint,
    /// All 919 stations report at one moment
    Province,
    /// One standard from the province to every station
    Push,
    /// All stations come back at once after an outage of the hubs above them
    Return,
    /// Keeping totals, and asking for them, with a million reports held
    Rollup,
    /// All of them
    All,
}

fn main() -> ExitCode {
    // The whole province runs in processes of this program.
    let words: Vec<_> = std::env::args_os().collect();
    if let [_, word, kind, list] = words.as_slice()
        && word == "crowd"
    {
        return fengsui_demo::crowd::main(&kind.to_string_lossy(), list.as_ref());
    }
    let cli = Cli::parse();
    let figures = match run(&cli) {
        Ok(figures) => figures,
        Err(failure) => {
            eprintln!("{failure}");
            return ExitCode::from(failure.code as u8);
        }
    };
    match cli.json {
        true => println!("{}", serde_json::to_string_pretty(&figures).expect("figures serialise")),
        false => println!("{}", table(&figures)),
    }
    ExitCode::SUCCESS
}

fn run(cli: &Cli) -> Result<Vec<Figure>, Failure> {
    let base = cli.dir.clone().unwrap_or_else(std::env::temp_dir);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::caused(Code::Failed, &error))?;
    let wanted = |name| cli.name == name || cli.name == Name::All;
    // Each benchmark has a directory of its own, which is gone when it has ended.
    let dir = || {
        tempfile::tempdir_in(&base)
            .map_err(|error| failed(format!("make a directory in {}: {error}", base.display())))
    };
    let mut figures = Vec::new();
    if wanted(Name::Ingest) {
        figures.extend(runtime.block_on(ingest::run(dir()?.path()))?);
    }
    if wanted(Name::Latency) {
        figures.extend(runtime.block_on(latency::run(dir()?.path()))?);
    }
    if wanted(Name::Overtake) {
        figures.extend(runtime.block_on(overtake::run(dir()?.path()))?);
    }
    if wanted(Name::Footprint) {
        figures.extend(runtime.block_on(footprint::run(dir()?.path()))?);
    }
    // These ask through the stations' sockets, each question with a runtime of its own.
    drop(runtime);
    if wanted(Name::Rollup) {
        figures.extend(rollup::run(dir()?.path())?);
    }
    if wanted(Name::Province) {
        figures.extend(province::run(dir()?.path())?);
    }
    if wanted(Name::Push) {
        figures.extend(push::run(dir()?.path())?);
    }
    if wanted(Name::Return) {
        figures.extend(outage::run(dir()?.path())?);
    }
    Ok(figures)
}

/// A benchmark that could not be carried out; the text follows "failed to".
fn failed(what: impl std::fmt::Display) -> Failure {
    Failure::new(Code::Failed, format!("failed to {what}"))
}
