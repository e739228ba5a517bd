//! The command line of the township station.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use fengsui_daemon::commands::{self, Common, CommonAsk, Global, show};
use fengsui_daemon::config::ParentConfig;
use fengsui_daemon::control;
use fengsui_daemon::enrol::enroll::{self, Enrolled};
use fengsui_daemon::failure::{Code, Failure};
use fengsui_daemon::home::{NODE_CACHE_BYTES, Network};
use fengsui_daemon::print::line;
use fengsui_model::DivisionCode;
use fengsui_wire::{PublicKey, Role};

use crate::intake::Typed;
use crate::node::{NodeAsk, Reports, Submitted};
use crate::print;

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
    /// Join a network with the code that the county has given (入网)
    Enroll {
        /// The join code, spaces and line ends as they come; - reads standard input
        #[arg(required = true, num_args = 1.., value_name = "CODE")]
        code: Vec<String>,
    },
    /// Run the station (运行)
    Run,
    /// Sign and keep a report; it goes up as soon as the line is there (报送)
    Submit(Submit),
    /// This station's reports and how far each has come (清单)
    List {
        /// At most so many, latest first
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
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

#[derive(Args)]
struct Submit {
    /// A report in TOML or JSON; - reads standard input
    file: Option<PathBuf>,
    /// One figure; may stand many times. A number, 有 for "some, not counted", or nothing for blank
    #[arg(long = "set", value_name = "CODE=VALUE")]
    set: Vec<String>,
    /// Event, like 20260720-220221-flood; needed once, then the latest is meant
    #[arg(long)]
    event: Option<String>,
    /// initial, continued or verified (初报 续报 核报); default: initial for the first, then continued
    #[arg(long)]
    stage: Option<String>,
    /// When the disaster began, like 2026-07-20T03:30; default: as before
    #[arg(long)]
    occurred: Option<String>,
    /// To when the figures count, like 2026-07-20T24:00
    #[arg(long)]
    cutoff: Option<String>,
    /// Begin with the figures of the latest revision and change only what is given
    #[arg(long)]
    update: bool,
    /// A zero report (零报告): nothing to report
    #[arg(long)]
    zero: bool,
    /// A drill (演练): never part of real totals
    #[arg(long, conflicts_with = "real")]
    drill: bool,
    /// For real (实报), on an event on which there has been a drill
    #[arg(long)]
    real: bool,
    /// Why a cumulative figure fell or a figure jumped
    #[arg(long)]
    explanation: Option<String>,
    /// The disaster in words
    #[arg(long)]
    narrative: Option<String>,
    /// The relief work in words
    #[arg(long)]
    relief: Option<String>,
    /// Check only, sign nothing
    #[arg(long)]
    dry_run: bool,
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
        Command::Enroll { code } => join(global, code),
        Command::Run => daemon(global),
        Command::Submit(submit) => self::submit(global, submit),
        Command::List { limit } => {
            let value = control::ask(&global.home(), NODE_CACHE_BYTES, NodeAsk::List(*limit))?;
            show(global, &value, |reports: Reports| print::reports(&reports))
        }
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

fn join(global: &Global, code: &[String]) -> Result<(), Failure> {
    let code = enroll::typed(code)?;
    let enrolled = enroll::enroll(&global.home(), &code, Role::Node, None)?;
    let value = commands::json(&enrolled)?;
    show(global, &value, |enrolled: Enrolled| enroll::text(&enrolled, &global.data, "fengsui-node"))
}

fn daemon(global: &Global) -> Result<(), Failure> {
    fengsui_daemon::run::log();
    // Two threads are enough for one connection, and an old PC has no more.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(Code::Failed, format!("failed to start: {error}")))?;
    let ready = |_| tracing::info!("the station runs");
    runtime.block_on(fengsui_daemon::run::run::<NodeAsk>(global.home(), NODE_CACHE_BYTES, ready))
}

fn submit(global: &Global, submit: &Submit) -> Result<(), Failure> {
    let mut typed = match &submit.file {
        Some(path) => Typed::read(path)?,
        None => Typed::default(),
    };
    typed.add(&submit.set)?;
    let given = |of: &Option<String>, to: &mut Option<String>| {
        if of.is_some() {
            to.clone_from(of);
        }
    };
    given(&submit.event, &mut typed.event);
    given(&submit.stage, &mut typed.stage);
    given(&submit.occurred, &mut typed.occurred);
    given(&submit.cutoff, &mut typed.cutoff);
    given(&submit.explanation, &mut typed.explanation);
    given(&submit.narrative, &mut typed.narrative);
    given(&submit.relief, &mut typed.relief);
    typed.update |= submit.update;
    typed.zero |= submit.zero;
    if submit.drill || submit.real {
        typed.drill = Some(submit.drill);
    }
    let ask = NodeAsk::Submit { typed: Box::new(typed), dry_run: submit.dry_run };
    let value = control::ask(&global.home(), NODE_CACHE_BYTES, ask)?;
    show(global, &value, |submitted: Submitted| print::submitted(&submitted))
}
