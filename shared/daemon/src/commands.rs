//! The commands that node and hub share.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use fengsui_model::Catalogue;
use fengsui_protocol::Now;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::ParentConfig;
use crate::control::{self, Ask};
use crate::failure::{Code, Failure};
use crate::home::Home;
use crate::links::Links;
use crate::station::Station;
use crate::submit::{self, Reports, Submit, Submitted, Typed, Withdrawn};
use crate::uplink::{self, Parent};
use crate::{print, rotate, verify, views};

/// Options of every command.
#[derive(Args, Clone, Debug)]
pub struct Global {
    /// 站点目录 (directory of the station)
    #[arg(long, global = true, env = "FENGSUI_DATA", default_value = "fengsui-data", value_name = "DIR")]
    pub data: PathBuf,
    /// 输出 JSON (prints JSON instead of text)
    #[arg(long, global = true)]
    pub json: bool,
}

impl Global {
    /// The station's directory.
    pub fn home(&self) -> Home {
        Home::new(&self.data)
    }
}

/// Commands that are the same at every level.
#[derive(Subcommand, Clone, Debug)]
pub enum Common {
    /// 报送：签名并存本机，线路通时自动上报 (signs and keeps a report; it goes up as soon as the line is there)
    Submit(Box<Submit>),
    /// 清单：本站的报告及各自的进度 (this station's own reports, and how far each has come)
    List {
        /// 最多列出几份，新的在前 (at most so many, latest first)
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// 报表目录，或某张表由谁填哪项 (the forms, or one with who fills in which figure)
    Forms {
        /// 报表代码，如 urban_dibao (as the list names it)
        code: Option<String>,
    },
    /// 本站状态；汇总站另列各下级站：在线、离线、情况不明、缺条目 (how this station stands, and on a hub each one below)
    Status {
        /// 只看某类站 (only the stations that are so)
        #[arg(long)]
        only: Option<views::Only>,
        /// 只看某地及其以下 (only the stations of this division and below it)
        #[arg(long, value_name = "DIVISION")]
        within: Option<fengsui_model::DivisionCode>,
        /// 逐站列出，正常的也列 (list every station, also those that are as they should be)
        #[arg(long)]
        all: bool,
    },
    /// 查看一条：内容、签名、进度 (one signed entry: values, signer, and how far it has come)
    Show {
        /// 条目编号，如 1f3a9c2e5b7d8f60/urgent/3，或清单序号 (as list and total print it, or its number in list)
        entry: String,
    },
    /// 撤回本站报告，上级审核通过前有效 (takes an own report back, as long as nobody above has accepted it)
    Withdraw {
        /// 条目编号，或清单序号 (the entry, or its number in list)
        entry: String,
    },
    /// 核验每个签名、校验值和前后链接 (checks every signature, hash and chain)
    Verify {
        /// 核验导出文件而非本站数据，不必信任导出者 (a bundle, instead of this station's store: proves its totals)
        #[arg(long, value_name = "FILE")]
        bundle: Option<PathBuf>,
        /// 导出文件应属网络的根密钥；缺省为本站的 (with --bundle: root key of its network; default: this station's)
        #[arg(long, value_name = "KEY", requires = "bundle")]
        root: Option<fengsui_wire::PublicKey>,
        /// 截至某时刻，以汇总站签发的回执为准，如 2026-07-20T22:00 (with --bundle: as of a moment, by a hub's receipts)
        #[arg(long, value_name = "TIME", requires = "bundle")]
        as_of: Option<String>,
        /// 以哪一级汇总站的回执为准；缺省为网络的根 (with --as-of: the hub whose receipts count; default: the root's)
        #[arg(long, value_name = "DIVISION", requires = "as_of")]
        hub: Option<fengsui_model::DivisionCode>,
    },
    /// 导出本站全部数据到文件 (writes everything this station holds to a file)
    Export {
        /// 新文件 (the new file)
        file: PathBuf,
    },
    /// 导入这样的文件 (reads such a file)
    Import {
        /// 文件 (the file)
        file: PathBuf,
    },
}

/// What a common command asks of the station.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommonAsk {
    /// Sign and keep a report.
    Submit {
        /// As typed.
        typed: Box<Typed>,
        /// Check only.
        dry_run: bool,
    },
    /// The latest own reports.
    List(usize),
    /// The forms, or one.
    Forms(Option<String>),
    /// Status.
    Status(views::Below),
    /// Where the hub above is dialled first, that the configuration names so.
    Above(ParentConfig),
    /// One entry.
    Show(String),
    /// Take an own report back.
    Withdraw(String),
    /// The scrub.
    Verify,
    /// Export to an absolute path.
    Export(PathBuf),
    /// Import from an absolute path.
    Import(PathBuf),
    /// Vouch for a new key; without one, whether it would.
    RotateKey(Option<rotate::Vouching>),
}

impl CommonAsk {
    /// Does it.
    ///
    /// # Errors
    /// Why not.
    pub fn answer(self, station: &mut Station, links: &Links, now: Now) -> Result<Value, Failure> {
        match self {
            Self::Submit { typed, dry_run } => json(&submit::submit(station, &typed, dry_run, now)?),
            Self::List(limit) => json(&submit::list(station, limit, now)?),
            Self::Forms(code) => json(&views::forms(station.catalogue(now), code.as_deref())?),
            Self::Status(below) => json(&views::status(station, links, below, now)?),
            Self::Above(configured) => {
                let Parent { address, key } = uplink::first(station.registry(), &configured.parent());
                json(&ParentConfig { address, key })
            }
            Self::Show(text) => match views::entry(station, position(station, &text)?)? {
                Some(entry) => json(&entry),
                None => Err(Failure::caused(Code::Usage, &views::ReferenceError::NoEntry(text))),
            },
            Self::Withdraw(text) => json(&submit::withdraw(station, position(station, &text)?, now)?),
            Self::Verify => json(&verify::scrub(station)?),
            Self::Export(path) => json(&station.export(&path)?),
            Self::Import(path) => json(&station.import_bundle(&path, now)?),
            Self::RotateKey(vouching) => json(&rotate::answer(station, vouching.as_ref(), now)?),
        }
    }
}

/// Where the entry stands that a command names.
fn position(station: &Station, text: &str) -> Result<fengsui_wire::Position, Failure> {
    let wrong = |error: views::ReferenceError| Failure::caused(Code::Usage, &error);
    let reference: views::Reference = text.parse().map_err(wrong)?;
    reference.find(station).map_err(wrong)
}

/// A view as JSON.
///
/// # Errors
/// When it does not serialise, which would be a fault of this program.
pub fn json<T: Serialize>(view: &T) -> Result<Value, Failure> {
    serde_json::to_value(view).map_err(|error| Failure::caused(Code::Failed, &error))
}

/// A view back from JSON.
///
/// # Errors
/// When the running daemon is of another version and answers something else.
pub fn view<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Failure> {
    serde_json::from_value(value).map_err(|error| {
        Failure::new(
            Code::Failed,
            format!("failed to read the station's answer (another version runs?): {error}"),
        )
    })
}

/// Runs a common command and prints its result.
///
/// # Errors
/// Why not.
pub fn common<A: Ask>(
    global: &Global,
    cache_bytes: u64,
    command: &Common,
    ask: impl Fn(CommonAsk) -> A,
) -> Result<(), Failure> {
    let home = global.home();
    let asked = |common| control::ask(&home, cache_bytes, ask(common));
    let named = |entry: &String| match entry.parse::<usize>() {
        Ok(number) => listed(number, asked(CommonAsk::List(number))?),
        Err(_) => Ok(entry.clone()),
    };
    let absolute =
        |path: &PathBuf| std::path::absolute(path).map_err(|error| Failure::caused(Code::Usage, &error));
    match command {
        Common::Submit(submit) => {
            let typed = Box::new(submit.typed()?);
            let running = control::is_running(&home);
            let value = asked(CommonAsk::Submit { typed: typed.clone(), dry_run: submit.dry_run });
            let value = submit.settle(home.dir(), &typed, "submit", value)?;
            show(global, &value, |submitted: Submitted| submit::print::submitted(&submitted, running))
        }
        Common::List { limit } => {
            let value = asked(CommonAsk::List(*limit))?;
            show(global, &value, |reports: Reports| submit::print::reports(&reports))
        }
        Common::Forms { code } => {
            // Before there is a station, what is compiled in is what it would begin with.
            let value = match home.is_set_up() {
                true => asked(CommonAsk::Forms(code.clone()))?,
                false => json(&views::forms(Catalogue::builtin(), code.as_deref())?)?,
            };
            show(global, &value, |forms: Vec<views::FormView>| print::forms(&forms))
        }
        Common::Status { only, within, all } => {
            let status = asked(CommonAsk::Status(views::Below { only: *only, within: *within }))?;
            let all = *all || only.is_some();
            show(global, &status, |status: views::StationStatus| print::status(&status, all))
        }
        Common::Show { entry } => {
            let entry = asked(CommonAsk::Show(named(entry)?))?;
            show(global, &entry, |entry: views::EntryView| print::entry(&entry))
        }
        Common::Withdraw { entry } => {
            let value = asked(CommonAsk::Withdraw(named(entry)?))?;
            show(global, &value, |withdrawn: Withdrawn| submit::print::withdrawn(&withdrawn))
        }
        Common::Verify { bundle: Some(path), root, as_of, hub } => {
            let root = root.map_or_else(|| home.config().map(|config| config.root), Ok)?;
            let at = as_of.as_deref().map(|text| submit::moment("--as-of", text)).transpose()?;
            let as_of = at.map(|at_ms| verify::AsOf { at_ms, hub: *hub });
            let proof = verify::bundle(path, root, as_of)?;
            show(global, &json(&proof)?, |proof: verify::Proof| print::proof(&proof))?;
            proof.verdict()
        }
        Common::Verify { bundle: None, .. } => {
            let value = asked(CommonAsk::Verify)?;
            let scrubbed: verify::Scrubbed = view(value.clone())?;
            show(global, &value, |scrubbed: verify::Scrubbed| print::scrubbed(&scrubbed))?;
            scrubbed.verdict()
        }
        Common::Export { file } => {
            let exported = asked(CommonAsk::Export(absolute(file)?))?;
            show(global, &exported, |exported: crate::bundle::Exported| print::exported(&exported))
        }
        Common::Import { file } => {
            let value = asked(CommonAsk::Import(absolute(file)?))?;
            let imported: crate::bundle::Imported = view(value.clone())?;
            show(global, &value, |imported: crate::bundle::Imported| print::imported(&imported))?;
            imported.verdict()
        }
    }
}

/// The reference of the report with this number in `list`.
fn listed(number: usize, list: Value) -> Result<String, Failure> {
    let listed: Reports = view(list)?;
    let entry = number.checked_sub(1).and_then(|at| listed.reports.get(at));
    entry.map(|entry| entry.reference.clone()).ok_or_else(|| {
        let message =
            format!("清单里没有第 {number} 份 (failed to find report {number} of {})", listed.total);
        Failure::new(Code::Usage, message)
    })
}

/// Prints a view, as JSON where that was asked for.
///
/// # Errors
/// When the station answered something else.
pub fn show<T: serde::de::DeserializeOwned>(
    global: &Global,
    value: &Value,
    text: impl FnOnce(T) -> String,
) -> Result<(), Failure> {
    if global.json {
        print::line(&value.to_string());
    } else {
        print::line(text(view(value.clone())?).trim_end());
    }
    Ok(())
}

/// The end of a program whose arguments do not read, or that was only asked for its help.
pub fn refuse(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        eprintln!("命令不能识读，用 --help 查看用法 (the command does not read; --help shows the usage)");
    }
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Code::Usage as u8))
}

/// The end of a program: what went wrong on standard error, and the exit code.
pub fn exit(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{}", print::tame(&failure.to_string()));
            ExitCode::from(failure.code as u8)
        }
    }
}
