//! The command line of the hub.

use std::ffi::OsString;
use std::io::Read;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use fengsui_daemon::commands::{self, Common, CommonAsk, Global, show};
use fengsui_daemon::config::ParentConfig;
use fengsui_daemon::control;
use fengsui_daemon::failure::{Code, Failure};
use fengsui_daemon::home::{HUB_CACHE_BYTES, Network};
use fengsui_daemon::print::line;
use fengsui_daemon::views::TotalView;
use fengsui_model::DivisionCode;
use fengsui_wire::PublicKey;

use crate::hub::{Appointed, EventView, HubAsk, Issued};
use crate::print;

/// Largest table of divisions as text: what an entry can carry.
const DIRECTORY_BYTES_MAX: u64 = fengsui_wire::limits::ARTEFACT_BYTES_MAX as u64 / 2;

/// 烽燧 hub of a county, a city or the province: receives, verifies and totals what the stations below sign.
#[derive(Parser)]
#[command(name = "fengsui-hub", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Set up this hub: makes its key, which the hub above must then appoint (建站)
    Init(Init),
    /// Run the hub (运行)
    Run,
    /// Let a key speak for a division below (任命)
    Appoint {
        /// The station's key, as its init printed it
        key: String,
        /// Division code
        division: DivisionCode,
        /// node, hub, reviewer or head; default: node for a township, hub otherwise
        #[arg(long)]
        role: Option<String>,
    },
    /// Totals of a division for an event or a month, with who is missing (汇总)
    Total {
        /// Division code; default: this hub's
        division: Option<DivisionCode>,
        /// Event; default: the latest
        #[arg(long)]
        event: Option<String>,
        /// Form, as `forms` lists them; default: the quick report on a disaster
        #[arg(long, value_name = "CODE")]
        form: Option<String>,
        /// Month, like 2026-10; default: the latest with a report
        #[arg(long, value_name = "MONTH", conflicts_with = "event")]
        period: Option<String>,
        /// Show the signed entries behind one indicator, like QL010
        #[arg(long, value_name = "CODE")]
        open: Option<String>,
    },
    /// Events on which there are reports (灾害事件)
    Events,
    /// Issue a new version of the table of divisions; the province only (发布区划表)
    Directory {
        /// CSV with the columns code,name,level,parent,kind,villages
        file: PathBuf,
        /// Its version, greater than the one in force
        #[arg(long)]
        version: u32,
    },
    #[command(flatten)]
    Common(Common),
}

#[derive(Args)]
struct Init {
    /// Division code
    #[arg(long)]
    division: DivisionCode,
    /// Address and UDP port to listen on
    #[arg(long, default_value = "0.0.0.0:7460")]
    listen: SocketAddr,
    /// Begin a new network with this hub as its root
    #[arg(long, conflicts_with_all = ["root", "parent"], required_unless_present = "root")]
    new_network: bool,
    /// With --new-network: table of divisions; default: the official one of Jilin, 2019
    #[arg(long, value_name = "CSV", requires = "new_network")]
    directory: Option<PathBuf>,
    /// Root key of the network to join
    #[arg(long)]
    root: Option<PublicKey>,
    /// Address of the hub above, host:port
    #[arg(long, requires = "parent_key")]
    parent: Option<String>,
    /// Key of the hub above
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
    let ask = |ask| control::ask(&global.home(), HUB_CACHE_BYTES, ask);
    match &cli.command {
        Command::Init(init) => set_up(global, init),
        Command::Run => daemon(global),
        Command::Appoint { key, division, role } => {
            let (key, role) = (key.clone(), role.clone());
            let value = ask(HubAsk::Appoint { key, division: *division, role, until_ms: None })?;
            show(global, &value, |appointed: Appointed| print::appointed(&appointed))
        }
        Command::Total { division, event, form, period, open } => {
            let (event, form, period) = (event.clone(), form.clone(), period.clone());
            let value = ask(HubAsk::Total { division: *division, event, form, period, open: open.clone() })?;
            show(global, &value, |total: TotalView| fengsui_daemon::print::total(&total))
        }
        Command::Events => {
            let value = ask(HubAsk::Events)?;
            show(global, &value, |events: Vec<EventView>| print::events(&events))
        }
        Command::Directory { file, version } => {
            let value = ask(HubAsk::Directory { csv: read(file)?, version: *version })?;
            show(global, &value, |issued: Issued| print::issued(&issued))
        }
        Command::Common(command) => commands::common(global, HUB_CACHE_BYTES, command, common_ask),
    }
}

fn common_ask(common: CommonAsk) -> HubAsk {
    HubAsk::Common(common)
}

fn read(path: &std::path::Path) -> Result<String, Failure> {
    let failed = |what: &dyn std::fmt::Display| {
        Failure::new(Code::Usage, format!("failed to read {}: {what}", path.display()))
    };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|error| failed(&error))?;
    let length =
        file.take(DIRECTORY_BYTES_MAX + 1).read_to_string(&mut text).map_err(|error| failed(&error))?;
    match length as u64 > DIRECTORY_BYTES_MAX {
        true => Err(failed(&format!("a directory has at most {DIRECTORY_BYTES_MAX} bytes"))),
        false => Ok(text),
    }
}

fn set_up(global: &Global, init: &Init) -> Result<(), Failure> {
    let home = global.home();
    let network = init.root.map_or(Network::New, Network::Root);
    let csv = match &init.directory {
        Some(path) => read(path)?,
        None => fengsui_model::directory::JILIN_2019_CSV.to_owned(),
    };
    if init.new_network {
        // Before anything is written: a root that does not stand in its own table could appoint nobody.
        let directory = fengsui_model::Directory::from_csv(&csv, 1)
            .map_err(|error| Failure::new(Code::Usage, format!("failed to read the directory: {error}")))?;
        if directory.root().code != init.division {
            let message =
                format!("failed to begin a network: {} is not the root of the directory", init.division);
            return Err(Failure::new(Code::Refused, message));
        }
    }
    let parent = init.parent.clone().zip(init.parent_key);
    let parent = parent.map(|(address, key)| ParentConfig { address, key });
    let key = home.init(init.division, &network, Some(init.listen), parent)?;
    if init.new_network {
        control::ask(&home, HUB_CACHE_BYTES, HubAsk::Directory { csv, version: 1 })?;
    }
    let root = init.root.unwrap_or(key);
    match global.json {
        true => line(
            &serde_json::json!({ "key": key.to_string(), "root": root.to_string(), "division": init.division })
                .to_string(),
        ),
        false => line(&print::set_up(&global.data, init.division, key, root)),
    }
    Ok(())
}

fn daemon(global: &Global) -> Result<(), Failure> {
    fengsui_daemon::run::log();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(Code::Failed, format!("failed to start: {error}")))?;
    let ready = |address: Option<SocketAddr>| {
        let address = address.map(|address| address.to_string()).unwrap_or_default();
        tracing::info!(address, "the hub runs");
    };
    runtime.block_on(fengsui_daemon::run::run::<HubAsk>(global.home(), HUB_CACHE_BYTES, ready))
}
