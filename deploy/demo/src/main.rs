//! The main job: the province, two cities, two counties and all their stations of real Jilin, real processes, real QUIC,
//! real disks. A flood and a month are reported, a standard comes down; everything is a drill with invented figures, and
//! the totals are compared with hand-written answers.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use fengsui_demo::{crowd, province, story};

/// 烽燧演练：乡镇报灾情和月报，逐级汇总到省，标准逐级下达 (reports climb four levels, a standard comes down; a drill)
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
    /// With --once: how much of Jilin takes part
    #[arg(long, value_enum, default_value = "cities", requires = "once")]
    scale: Scale,
}

/// How much of Jilin takes part.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Scale {
    /// Two cities, two counties and their 25 stations, a process each
    Cities,
    /// 10 city hubs, 60 county hubs, 919 stations, which share processes
    Province,
}

fn main() -> ExitCode {
    let mut args = std::env::args_os();
    let program = args.next().unwrap_or_default();
    let rest: Vec<OsString> = args.collect();
    // One binary is enough: it runs itself again for each station.
    match rest.first().and_then(|word| word.to_str()) {
        Some("node") => return fengsui_node::cli::main([vec![program], rest[1..].to_vec()].concat()),
        Some("hub") => return fengsui_hub::cli::main([vec![program], rest[1..].to_vec()].concat()),
        Some("crowd") => {
            let word = |at: usize| rest.get(at).cloned().unwrap_or_default();
            return crowd::main(&word(1).to_string_lossy(), word(2).as_ref());
        }
        _ => {}
    }
    let cli = Cli::parse();
    let told = match cli.scale {
        Scale::Cities => story::tell(cli.once, cli.json),
        Scale::Province => province::tell(cli.json),
    };
    match told {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.code as u8)
        }
    }
}
