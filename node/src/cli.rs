//! The command line of the township station.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};
use fengsui_daemon::commands::{self, Common, CommonAsk, Global, show};
use fengsui_daemon::config::{Overrides, ParentConfig};
use fengsui_daemon::control;
use fengsui_daemon::enrol::enroll::{self, Enrolled};
use fengsui_daemon::failure::{self, Code, Failure};
use fengsui_daemon::home::{NODE_CACHE_BYTES, Network};
use fengsui_daemon::operations::{Operation, Program, operate};
use fengsui_daemon::print::line;
use fengsui_model::DivisionCode;
use fengsui_wire::PublicKey;

use crate::intake::Typed;
use crate::node::{NodeAsk, Reports, Submitted};
use crate::print;

/// 烽燧乡镇站：签署灾情报告，存在本机，线路通时报到县里 (township station: signs reports, keeps them here, passes them up)
#[derive(Parser)]
#[command(name = "fengsui-node", version, max_term_width = 100, after_long_help = failure::appendix())]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 建站：生成密钥，由县级汇总站授权 (sets this station up: makes its key, which the county hub then appoints)
    Init(Init),
    /// 凭县级发的入网码入网 (join a network with the code that the county has given)
    Enroll {
        /// 入网码，空格换行均可；- 表示从标准输入读 (the join code, spaces and line ends as they come; - reads standard input)
        #[arg(required = true, num_args = 1.., value_name = "CODE")]
        code: Vec<String>,
    },
    /// 运行本站 (runs the station)
    Run(Overrides),
    /// 报送：签名并存本机，线路通时自动上报 (signs and keeps a report; it goes up as soon as the line is there)
    Submit(Submit),
    /// 清单：本站的报告及各自的进度 (this station's reports, and how far each has come)
    List {
        /// 最多列出几份，新的在前 (at most so many, latest first)
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Aid standards that have arrived, with the value in force here (救助标准)
    Standards {
        /// Show one, with its document and signed entries
        code: Option<fengsui_model::StandardCode>,
    },
    #[command(flatten)]
    Common(Common),
    #[command(flatten)]
    Operation(Operation),
}

#[derive(Args)]
struct Init {
    /// 乡镇的区划代码，九位 (division code of the township, nine digits)
    #[arg(long)]
    division: DivisionCode,
    /// 全网根密钥，64 位十六进制 (root key of the network, 64 hexadecimal digits)
    #[arg(long)]
    root: PublicKey,
    /// 县级汇总站的地址，主机:端口 (address of the county hub, host:port)
    #[arg(long, requires = "parent_key")]
    parent: Option<String>,
    /// 县级汇总站的密钥 (key of the county hub)
    #[arg(long, requires = "parent")]
    parent_key: Option<PublicKey>,
}

#[derive(Args)]
struct Submit {
    /// TOML 或 JSON 格式的报告；- 读标准输入 (a report in TOML or JSON; - reads standard input)
    file: Option<PathBuf>,
    /// 一项指标，可重复：数值，“有”表示有而未统计，空为不填 (one figure: a number, 有 for "some, not counted", or nothing)
    #[arg(long = "set", value_name = "CODE=VALUE")]
    set: Vec<String>,
    /// 灾害事件，如 20260720-220221-flood；首报时指明，以后缺省为最近一次 (the event; named once, then the latest is meant)
    #[arg(long)]
    event: Option<String>,
    /// 初报、续报、核报，或 initial、continued、verified；缺省首次为初报，其后为续报 (the stage; default: initial, then continued)
    #[arg(long)]
    stage: Option<String>,
    /// 灾害发生时间，如 2026-07-20T03:30；缺省同上次 (when the disaster began; default: as before)
    #[arg(long)]
    occurred: Option<String>,
    /// 统计截止时间，如 2026-07-20T24:00 (to when the figures count)
    #[arg(long)]
    cutoff: Option<String>,
    /// 以上一版为底，只改所给各项 (begins with the latest revision and changes only what is given)
    #[arg(long)]
    update: bool,
    /// 零报告 (a zero report: nothing to report)
    #[arg(long)]
    zero: bool,
    /// 演练，不计入实际汇总 (a drill: never part of real totals)
    #[arg(long, conflicts_with = "real")]
    drill: bool,
    /// 实报：同一事件此前有过演练 (for real, on an event on which there has been a drill)
    #[arg(long)]
    real: bool,
    /// 累计值减少或数值突变的原因 (why a cumulative figure fell or a figure jumped)
    #[arg(long)]
    explanation: Option<String>,
    /// 灾情简述 (the disaster in words)
    #[arg(long)]
    narrative: Option<String>,
    /// 救灾工作情况 (the relief work in words)
    #[arg(long)]
    relief: Option<String>,
    /// 只校验，不签名不保存 (checks only, signs nothing)
    #[arg(long)]
    dry_run: bool,
}

/// Runs the program with these arguments.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    match Cli::try_parse_from(args) {
        Ok(cli) => commands::exit(run(&cli)),
        Err(error) => commands::refuse(&error),
    }
}

fn run(cli: &Cli) -> Result<(), Failure> {
    let global = &cli.global;
    match &cli.command {
        Command::Init(init) => set_up(global, init),
        Command::Enroll { code } => join(global, code),
        Command::Run(flags) => daemon(global, flags),
        Command::Submit(submit) => self::submit(global, submit),
        Command::List { limit } => {
            let value = control::ask(&global.home(), NODE_CACHE_BYTES, NodeAsk::List(*limit))?;
            show(global, &value, |reports: Reports| print::reports(&reports))
        }
        Command::Standards { code } => crate::standards::run(global, code.as_ref()),
        Command::Common(command) => {
            let command = named(global, command)?;
            commands::common(global, NODE_CACHE_BYTES, &command, common_ask)
        }
        Command::Operation(operation) => {
            let program = Program { command: Cli::command(), cache_bytes: NODE_CACHE_BYTES };
            operate(global, program, operation, common_ask)
        }
    }
}

fn common_ask(common: CommonAsk) -> NodeAsk {
    NodeAsk::Common(common)
}

/// The command with an entry's number in `list` replaced by its reference: nobody types sixteen hexadecimal digits twice.
fn named(global: &Global, command: &Common) -> Result<Common, Failure> {
    let number = match command {
        Common::Show { entry } => entry.parse::<usize>().ok(),
        _ => None,
    };
    let Some(number) = number else { return Ok(command.clone()) };
    let value = control::ask(&global.home(), NODE_CACHE_BYTES, NodeAsk::List(number))?;
    let listed: Reports = commands::view(value)?;
    let entry = number.checked_sub(1).and_then(|at| listed.reports.get(at));
    let missing = || {
        let message =
            format!("清单里没有第 {number} 份 (failed to find report {number} of {})", listed.total);
        Failure::new(Code::Usage, message)
    };
    Ok(Common::Show { entry: entry.ok_or_else(missing)?.reference.clone() })
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
        false => line(&print::set_up(&global.data, init.division, key)),
    }
    Ok(())
}

fn join(global: &Global, code: &[String]) -> Result<(), Failure> {
    let code = enroll::typed(code)?;
    let enrolled = enroll::enroll(&global.home(), &code, None)?;
    let value = commands::json(&enrolled)?;
    show(global, &value, |enrolled: Enrolled| enroll::text(&enrolled, &global.data, "fengsui-node"))
}

fn daemon(global: &Global, flags: &Overrides) -> Result<(), Failure> {
    let home = global.home().with(flags.clone());
    fengsui_daemon::run::log(&home.settings()?.config.log.unwrap_or_default())?;
    // Two threads are enough for one connection, and an old PC has no more.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(Code::Failed, format!("failed to start: {error}")))?;
    let ready = |_| tracing::info!("the station runs");
    runtime.block_on(fengsui_daemon::run::run::<NodeAsk>(home, NODE_CACHE_BYTES, ready))
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
    let home = global.home();
    let running = control::is_running(&home);
    let value = control::ask(&home, NODE_CACHE_BYTES, ask)?;
    show(global, &value, |submitted: Submitted| print::submitted(&submitted, running))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_option_is_explained_in_chinese() {
        let unexplained = fengsui_daemon::operations::unexplained(&Cli::command());
        assert!(unexplained.is_empty(), "without Chinese: {unexplained:?}");
    }
}
