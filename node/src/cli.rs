//! The command line of the township station.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use fengsui_daemon::commands::{self, Common, CommonAsk, Global};
use fengsui_daemon::config::ParentConfig;
use fengsui_daemon::failure::{Code, Failure};
use fengsui_daemon::home::{NODE_CACHE_BYTES, Network};
use fengsui_daemon::print::line;
use fengsui_model::DivisionCode;
use fengsui_wire::PublicKey;

use crate::node::NodeAsk;

/// 烽燧 township station: signs disaster reports, keeps them on this machine, and passes them to the county.
#[derive(Parser)]
#[command(name = "fengsui-node", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Set up this station: makes its key, which the county hub must then appoint (建站)
    Init(Init),
    /// Run the station (运行)
    Run,
    #[command(flatten)]
    Common(Common),
}

#[derive(Args)]
struct Init {
    /// Division code of the township, nine digits
    #[arg(long)]
    division: DivisionCode,
    /// Root key of the network, 64 hexadecimal digits
    #[arg(long)]
    root: PublicKey,
    /// Address of the county hub, host:port
    #[arg(long, requires = "parent_key")]
    parent: Option<String>,
    /// Key of the county hub
    #[arg(long, requires = "parent")]
    parent_key: Option<PublicKey>,
}

/// Runs the program with these arguments.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    match Cli::try_parse_from(args) {
        Ok(cli) => commands::exit(run(&cli)),
        Err(error) => {
            let _ = error.print();
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Code::Usage as u8))
        }
    }
}

fn run(cli: &Cli) -> Result<(), Failure> {
    let global = &cli.global;
    match &cli.command {
        Command::Init(init) => set_up(global, init),
        Command::Run => daemon(global),
        Command::Common(command) => commands::common(global, NODE_CACHE_BYTES, command, common_ask),
    }
}

fn common_ask(common: CommonAsk) -> NodeAsk {
    NodeAsk::Common(common)
}

fn set_up(global: &Global, init: &Init) -> Result<(), Failure> {
    if init.division.digits() != 9 {
        let message =
            format!("failed to set up a township station for {}: its code has nine digits", init.division);
        return Err(Failure::new(Code::Usage, message));
    }
    let parent = init.parent.clone().zip(init.parent_key);
    let parent = parent.map(|(address, key)| ParentConfig { address, key });
    let key = global.home().init(init.division, &Network::Root(init.root), None, parent)?;
    match global.json {
        true => line(&serde_json::json!({ "key": key.to_string(), "division": init.division }).to_string()),
        false => line(&format!(
            "已建站：{}\n请县级运行：fengsui-hub appoint {key} {}",
            global.data.display(),
            init.division
        )),
    }
    Ok(())
}

fn daemon(global: &Global) -> Result<(), Failure> {
    fengsui_daemon::run::log();
    // Two threads are enough for one connection, and an old PC has no more.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(Code::Failed, format!("failed to start: {error}")))?;
    let ready = |_| tracing::info!("the station runs");
    runtime.block_on(fengsui_daemon::run::run::<NodeAsk>(global.home(), NODE_CACHE_BYTES, ready))
}
