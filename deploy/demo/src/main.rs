//! The main job: a province, a county and its eight townships of real Jilin, real processes, real QUIC, real disks.
//! A flood is reported, as a drill with invented figures, and the totals are compared with a hand-written answer.

mod cluster;
mod flood;
mod line;
mod show;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

/// 烽燧 demo: a county of Jilin reports a flood (a drill) to its county hub and the province.
#[derive(Parser)]
#[command(
    name = "fengsui-demo",
    version,
    after_help = "`fengsui-demo hub …` and `fengsui-demo node …` are the hub's and the township's own command lines."
)]
struct Cli {
    /// Exit when the story is told; non-zero if a figure is wrong, or anything is lost or stays behind
    #[arg(long)]
    once: bool,
    /// With --once: print one JSON object instead of the story
    #[arg(long, requires = "once")]
    json: bool,
}

fn main() -> ExitCode {
    let mut args = std::env::args_os();
    let program = args.next().unwrap_or_default();
    let rest: Vec<OsString> = args.collect();
    // One binary is enough: it runs itself again for each station.
    match rest.first().and_then(|word| word.to_str()) {
        Some("node") => return fengsui_node::cli::main([vec![program], rest[1..].to_vec()].concat()),
        Some("hub") => return fengsui_hub::cli::main([vec![program], rest[1..].to_vec()].concat()),
        _ => {}
    }
    let cli = Cli::parse();
    match flood::tell(cli.once, cli.json) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.code as u8)
        }
    }
}
