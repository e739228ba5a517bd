//! The command line of the township station.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};
use fengsui_daemon::commands::{self, Common, CommonAsk, Global, show};
use fengsui_daemon::config::{Overrides, ParentConfig};
use fengsui_daemon::enrol::enroll::{self, Enrolled};
use fengsui_daemon::failure::{self, Code, Failure};
use fengsui_daemon::home::{NODE_CACHE_BYTES, Network};
use fengsui_daemon::operations::{Operation, Program, operate};
use fengsui_daemon::print::line;
use fengsui_model::DivisionCode;
use fengsui_wire::PublicKey;

use crate::node::NodeAsk;
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
    /// 救助标准：已到本站的标准及本地执行值 (aid standards that have arrived, with the value in force here)
    Standards {
        /// 看其中一项，连同文件和签名条目 (show one, with its document and signed entries)
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
        Command::Standards { code } => crate::standards::run(global, code.as_ref()),
        Command::Common(command) => commands::common(global, NODE_CACHE_BYTES, command, common_ask),
        Command::Operation(operation) => {
            let program = Program { command: Cli::command(), cache_bytes: NODE_CACHE_BYTES };
            operate(global, program, operation, common_ask)
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_option_is_explained_in_chinese() {
        let unexplained = fengsui_daemon::operations::unexplained(&Cli::command());
        assert!(unexplained.is_empty(), "without Chinese: {unexplained:?}");
    }
}
