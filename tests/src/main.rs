//! Runs seeds and says what came of them.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::Parser;
use fengsui_sim::{Counts, Failure, STEPS, replay, run};

/// Lines of the story that are shown; all of them are in the file.
const SHOWN: usize = 60;

/// Simulates a small province with faults, and checks that nothing that was promised is lost.
///
/// Exit code 0: every rule held; 1: one did not; 2: wrong usage.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// How many seeds to run.
    #[arg(long, default_value_t = 20)]
    seeds: u64,
    /// First seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Steps of workload and faults in each.
    #[arg(long, default_value_t = STEPS)]
    events: u64,
    /// Print the counts as JSON.
    #[arg(long)]
    json: bool,
}

/// What is printed at the end.
#[derive(serde::Serialize)]
struct Report {
    seeds: u64,
    #[serde(flatten)]
    counts: Counts,
    violations: u64,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let mut counts = Counts::default();
    let progress = std::io::stderr().is_terminal();
    for seed in options.from..options.from.saturating_add(options.seeds) {
        let outcome = run(seed, options.events);
        counts.add(&outcome.counts);
        if progress {
            eprint!("\rseed {seed}");
        }
        if outcome.failure.is_some() {
            tell(seed, &options);
            print(&Report { seeds: seed - options.from + 1, counts, violations: 1 }, options.json);
            return ExitCode::from(1);
        }
    }
    if progress {
        eprintln!();
    }
    print(&Report { seeds: options.seeds, counts, violations: 0 }, options.json);
    ExitCode::SUCCESS
}

/// Runs the seed once more, now with its story, and shows the end of it.
fn tell(seed: u64, options: &Options) {
    let Some(Failure { violation, event, story }) = replay(seed, options.events).failure else {
        eprintln!("\nseed {seed} failed once and not again: the simulator is not deterministic");
        return;
    };
    eprintln!("\nseed {seed}, event {event}: {violation}\n");
    story.iter().skip(story.len().saturating_sub(SHOWN)).for_each(|line| eprintln!("  {line}"));
    let path = std::env::temp_dir().join(format!("fengsui-sim-{seed}.log"));
    match std::fs::write(&path, story.join("\n")) {
        Ok(()) => eprintln!("\nall {} lines: {}", story.len(), path.display()),
        Err(error) => eprintln!("\nfailed to write {}: {error}", path.display()),
    }
    let events = options.events;
    eprintln!("again: cargo run --release -p fengsui-sim -- --seeds 1 --from {seed} --events {events}");
}

fn print(report: &Report, json: bool) {
    let mut out = std::io::stdout().lock();
    // A closed pipe is the reader's choice.
    let _ =
        if json { writeln!(out, "{}", serde_json::json!(report)) } else { write!(out, "{}", table(report)) };
}

fn table(report: &Report) -> String {
    let counts = &report.counts;
    let tenths = counts.simulated_ms / 360_000;
    let mut rows = vec![
        ("seeds".to_owned(), report.seeds.to_string()),
        ("simulated hours".to_owned(), format!("{}.{}", tenths / 10, tenths % 10)),
        ("events".to_owned(), counts.events.to_string()),
        ("entries written".to_owned(), counts.entries.to_string()),
        ("entries receipted".to_owned(), counts.receipted.to_string()),
        ("receipts issued".to_owned(), counts.receipts.to_string()),
        ("reports reviewed".to_owned(), counts.reviews.to_string()),
        ("reports taken back".to_owned(), counts.withdrawals.to_string()),
    ];
    rows.extend(counts.faults.iter().map(|(kind, count)| (format!("fault: {kind}"), count.to_string())));
    rows.push(("receipted entries lost".to_owned(), counts.receipted_lost.to_string()));
    rows.push(("violations".to_owned(), report.violations.to_string()));
    rows.iter().map(|(name, value)| format!("{name:<28}{value:>14}\n")).collect()
}
