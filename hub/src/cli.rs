//! The command line of the hub.

use std::ffi::OsString;
use std::io::Read;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};
use fengsui_daemon::commands::{self, Common, CommonAsk, Global, show};
use fengsui_daemon::config::{Overrides, ParentConfig};
use fengsui_daemon::control;
use fengsui_daemon::failure::{self, Code, Failure};
use fengsui_daemon::home::{HUB_CACHE_BYTES, Network};
use fengsui_daemon::operations::{Operation, Program, operate};
use fengsui_daemon::print::line;
use fengsui_daemon::submit::moment;
use fengsui_daemon::views::{FigureTotalView, TotalView};
use fengsui_model::DivisionCode;
use fengsui_wire::PublicKey;

use crate::about::About;
use crate::as_of::{AsOf, View};
use crate::catalogue::CatalogueCommand;
use crate::event::{EventCommand, EventView};
use crate::hub::{Appointed, HubAsk, Issued};
use crate::inspect::{ConsultCommand, InspectCommand};
use crate::person::PersonCommand;
use crate::print;
use crate::standard::StandardCommand;
use crate::submission::SubmissionCommand;
use crate::target::TargetCommand;

/// Largest table of divisions as text: what an entry can carry.
const DIRECTORY_BYTES_MAX: u64 = fengsui_wire::limits::ARTEFACT_BYTES_MAX as u64 / 2;

/// 烽燧汇总站，县、市、省通用：接收、核验、汇总下级签署的报告 (hub: receives, verifies and totals what stations below sign)
#[derive(Parser)]
#[command(name = "fengsui-hub", version, max_term_width = 100, after_long_help = failure::appendix())]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 建站：生成密钥，由上级汇总站授权 (sets this hub up: makes its key, which the hub above then appoints)
    Init(Init),
    /// 运行本站 (runs the hub)
    Run(Overrides),
    /// 授权一把密钥代表下级单位 (lets a key speak for a division below)
    Appoint {
        /// 下级站的密钥，建站时显示 (the station's key, as its init printed it)
        key: String,
        /// 区划代码 (division code)
        division: DivisionCode,
        /// node 乡镇站、hub 汇总站、reviewer 审核人、head 负责人；缺省按级别 (the role; default: node for a township, else hub)
        #[arg(long, visible_alias = "as")]
        role: Option<String>,
        /// 审核人或负责人所在科室，如 民政；不写姓名 (office of a reviewer or head; never a name)
        #[arg(long)]
        office: Option<String>,
        /// 自何时起，如 2026-12-01T00:00；缺省为现在 (from when; default: now)
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// 至何时止，不含；缺省为直到撤销 (until when, exclusive; default: until revoked)
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
    },
    /// 个人密钥：审核人、单位负责人 (keys of persons: reviewers and heads of unit)
    #[command(subcommand)]
    Person(PersonCommand),
    /// 发入网码：交给下级经办人，用一次即作废 (make a one-time join code for a division below)
    Invite(crate::enrol::Invite),
    /// 入网码清单：未用、已用、过期 (join codes given so far: open, used, expired)
    Invites,
    /// 凭上级的入网码入网 (join a network with a code from the hub above)
    Enroll(crate::enrol::Enroll),
    /// 登记下级汇总站的新地址，其下各站自行改连 (say where a hub below is found now; the stations below it follow)
    Locate(crate::enrol::Locate),
    /// 撤销密钥：其后所发一概不收 (revoke a station's key: what it sends from now on is not taken)
    Revoke(crate::enrol::Revoke),
    /// 汇总：某单位某事件或某期间的合计，及未报单位 (totals of a division for an event or a period, with who is missing)
    Total {
        /// 区划代码；缺省为本站 (division code; default: this hub's)
        division: Option<DivisionCode>,
        #[command(flatten)]
        about: About,
        /// 展开一项指标的签名条目，如 QL010 (the signed entries behind one indicator)
        #[arg(long, value_name = "CODE")]
        open: Option<String>,
        #[command(flatten)]
        view: View,
    },
    /// 一项指标的合计及应报、已报单位数，一行 (one indicator's total and how many have reported, in one line)
    Figure {
        /// 指标代码，如 QL010 (code of the indicator)
        indicator: String,
        /// 区划代码；缺省为本站 (division code; default: this hub's)
        division: Option<DivisionCode>,
        #[command(flatten)]
        about: About,
        #[command(flatten)]
        view: View,
    },
    /// 资金、物资逐级核对：预算、筹集、下达、拨付、支付、结余 (money and goods from level to level, and where the levels do not agree)
    Funds(crate::funds::Funds),
    /// 已有报告的灾害事件，及并案、稳定、欠报情况 (events on which there are reports: merged, stable, who owes a word)
    Events {
        #[command(flatten)]
        as_of: AsOf,
    },
    /// 灾情稳定、并案及其撤销 (says that an event is stable, or that events are one; and takes it back)
    #[command(subcommand)]
    Event(EventCommand),
    /// 发布新版区划表，仅省级 (issues a new version of the table of divisions; the province only)
    Directory {
        /// CSV 文件，各列为 code,name,level,parent,kind,villages (the table, with these columns)
        file: PathBuf,
        /// 版本号，须大于现行版 (its version, greater than the one in force)
        #[arg(long)]
        version: u32,
    },
    /// 代报：为断联的下级单位报送，写明何人何时告知；该单位自己报送后即被取代 (files for a division below that is cut off, until its own report comes)
    FileFor(crate::file_for::FileFor),
    /// 审核：列出待审报告，通过、退回、勘误、撤销 (lists what waits for review; accepts, returns, corrects, undoes)
    Review(crate::review::Review),
    /// 上报：签发本级汇总，查看下级上报 (submissions: signs this level's totals to the level above, shows those from below)
    #[command(subcommand)]
    Submission(SubmissionCommand),
    /// 目标：下达，与实际对照 (targets: set for the divisions below, listed beside what was reported)
    #[command(subcommand)]
    Target(TargetCommand),
    /// 核查：抽查地点的核实数与上报数对照 (inspections: what was counted on the ground beside what was reported)
    #[command(subcommand)]
    Inspect(InspectCommand),
    /// 会商核定：本级合计与其他部门数对照、核定 (consultations: the own total beside another office's, and what was agreed)
    #[command(subcommand)]
    Consult(ConsultCommand),
    /// 救助标准：发布、执行、查看执行情况 (aid standards: issue, adopt, and see who follows)
    #[command(subcommand)]
    Standard(StandardCommand),
    /// 报表目录：发布、各版改动 (the catalogue of forms: issue, list, show what each version changed)
    #[command(subcommand)]
    Catalogue(CatalogueCommand),
    #[command(flatten)]
    Common(Common),
    #[command(flatten)]
    Operation(Operation),
}

#[derive(Args)]
struct Init {
    /// 区划代码 (division code)
    #[arg(long)]
    division: DivisionCode,
    /// 接收下级的地址和 UDP 端口 (address and UDP port to listen on)
    #[arg(long, default_value = "0.0.0.0:7460")]
    listen: SocketAddr,
    /// 新建网络，本站为根 (begins a new network with this hub as its root)
    #[arg(long, conflicts_with_all = ["root", "parent"], required_unless_present = "root")]
    new_network: bool,
    /// 新建网络时的区划表；缺省为 2019 年吉林省区划 (with --new-network: table of divisions; default: Jilin, 2019)
    #[arg(long, value_name = "CSV", requires = "new_network")]
    directory: Option<PathBuf>,
    /// 所加入网络的根密钥 (root key of the network to join)
    #[arg(long)]
    root: Option<PublicKey>,
    /// 上级汇总站的地址，主机:端口 (address of the hub above, host:port)
    #[arg(long, requires = "parent_key")]
    parent: Option<String>,
    /// 上级汇总站的密钥 (key of the hub above)
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
    let ask = |ask| control::ask(&global.home(), HUB_CACHE_BYTES, ask);
    match &cli.command {
        Command::Init(init) => set_up(global, init),
        Command::Run(flags) => daemon(global, flags),
        Command::Person(command) => crate::person::run(global, command),
        Command::Appoint { key, division, role, office, from, until } => {
            let (key, role, office) = (key.clone(), role.clone(), office.clone());
            let at = |field: &str, text: &Option<String>| {
                text.as_deref().map(|text| moment(field, text)).transpose()
            };
            let (from_ms, until_ms) = (at("--from", from)?, at("--until", until)?);
            let value = ask(HubAsk::Appoint { key, division: *division, role, office, from_ms, until_ms })?;
            show(global, &value, |appointed: Appointed| print::appointed(&appointed))
        }
        Command::Invite(invite) => crate::enrol::invite(global, invite),
        Command::Invites => crate::enrol::invites(global),
        Command::Enroll(enroll) => crate::enrol::join(global, enroll),
        Command::Locate(locate) => crate::enrol::locate(global, locate),
        Command::Revoke(revoke) => crate::enrol::revoke(global, revoke),
        Command::Total { division, about, open, view } => {
            let (division, about, open) = (*division, about.clone(), open.clone());
            let value = ask(HubAsk::Total {
                division,
                about,
                open,
                reviewed: view.reviewed,
                as_of_ms: view.as_of.ms()?,
            })?;
            show(global, &value, |total: TotalView| fengsui_daemon::print::total(&total))
        }
        Command::Figure { indicator, division, about, view } => {
            let (indicator, division, about) = (indicator.clone(), *division, about.clone());
            let (reviewed, as_of_ms) = (view.reviewed, view.as_of.ms()?);
            let value = ask(HubAsk::Figure { indicator, division, about, reviewed, as_of_ms })?;
            show(global, &value, |of: FigureTotalView| fengsui_daemon::print::figure(&of))
        }
        Command::Funds(funds) => crate::funds::run(global, funds),
        Command::Events { as_of } => {
            let value = ask(HubAsk::Event(crate::event::EventAsk::List(as_of.ms()?)))?;
            show(global, &value, |events: Vec<EventView>| print::events(&events))
        }
        Command::Event(command) => crate::event::run(global, command),
        Command::Directory { file, version } => {
            let value = ask(HubAsk::Directory { csv: read(file)?, version: *version })?;
            show(global, &value, |issued: Issued| print::issued(&issued))
        }
        Command::FileFor(command) => crate::file_for::run(global, command),
        Command::Review(command) => crate::review::run(global, command),
        Command::Submission(command) => crate::submission::run(global, command),
        Command::Target(command) => crate::target::run(global, command),
        Command::Inspect(command) => crate::inspect::inspect(global, command),
        Command::Consult(command) => crate::inspect::consult(global, command),
        Command::Standard(command) => crate::standard::run(global, command),
        Command::Catalogue(command) => crate::catalogue::run(global, command),
        Command::Common(command) => commands::common(global, HUB_CACHE_BYTES, command, common_ask),
        Command::Operation(operation) => {
            let program = Program { command: Cli::command(), cache_bytes: HUB_CACHE_BYTES };
            operate(global, program, operation, common_ask)
        }
    }
}

fn common_ask(common: CommonAsk) -> HubAsk {
    HubAsk::Common(common)
}

/// The text of a file that a command names: a table of divisions or a standard.
pub(crate) fn read(path: &std::path::Path) -> Result<String, Failure> {
    let failed = |what: &dyn std::fmt::Display| {
        Failure::new(Code::Usage, format!("failed to read {}: {what}", path.display()))
    };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|error| failed(&error))?;
    let length =
        file.take(DIRECTORY_BYTES_MAX + 1).read_to_string(&mut text).map_err(|error| failed(&error))?;
    match length as u64 > DIRECTORY_BYTES_MAX {
        true => Err(failed(&format!("it may have at most {DIRECTORY_BYTES_MAX} bytes"))),
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
        let directory = crate::directory::read(&csv, 1)?;
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

fn daemon(global: &Global, flags: &Overrides) -> Result<(), Failure> {
    let home = global.home().with(flags.clone());
    fengsui_daemon::run::log(&home.settings()?.config.log.unwrap_or_default())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(Code::Failed, format!("failed to start: {error}")))?;
    let ready = |address: Option<SocketAddr>| {
        let address = address.map(|address| address.to_string()).unwrap_or_default();
        tracing::info!(address, "the hub runs");
    };
    runtime.block_on(fengsui_daemon::run::run::<HubAsk>(home, HUB_CACHE_BYTES, ready))
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
