//! Targets at a hub: set from a file, listed beside what was reported.

use std::path::PathBuf;

use clap::Subcommand;
use fengsui_daemon::commands::{Global, json, show};
use fengsui_daemon::control;
use fengsui_daemon::failure::{Code, Failure};
use fengsui_daemon::home::HUB_CACHE_BYTES;
use fengsui_daemon::print::records as text;
use fengsui_daemon::station::Station;
use fengsui_daemon::views::{self, Reference, TargetView};
use fengsui_model::target::{TargetFault, TargetFileError, read};
use fengsui_model::{DivisionCode, Form};
use fengsui_protocol::Now;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::about::About;
use crate::hub::HubAsk;
use crate::inspect::failure;

/// Commands under `target`.
#[derive(Subcommand)]
pub(crate) enum TargetCommand {
    /// 下达目标：CSV 各列为 form,period,indicator,division,value (sets targets for this division and those below it)
    Issue {
        /// CSV 文件，数值可带单位 (the table; a value may carry its unit)
        file: PathBuf,
        /// 文号 (number of the document)
        #[arg(long)]
        document: String,
    },
    /// 目标、实际与完成率 (targets beside what was reported, and how much of them is reached)
    List {
        /// 区划代码；缺省为本站 (division code; default: this hub's)
        division: Option<DivisionCode>,
        #[command(flatten)]
        about: About,
    },
}

/// What a command under `target` asks of the station.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetAsk {
    /// Set those of a file.
    Issue {
        /// Its text.
        csv: String,
        /// Number of the document.
        document: String,
    },
    /// Which are in force.
    List(Option<DivisionCode>, About),
}

/// Targets that were set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// How many values.
    pub values: usize,
    /// The signed entries: one for each form and period.
    pub entries: Vec<String>,
}

/// Runs a command and prints what the station answers.
///
/// # Errors
/// Why not.
pub(crate) fn run(global: &Global, command: &TargetCommand) -> Result<(), Failure> {
    let ask = |ask| control::ask(&global.home(), HUB_CACHE_BYTES, HubAsk::Target(ask));
    match command {
        TargetCommand::Issue { file, document } => {
            let csv = crate::cli::read(file)?;
            let value = ask(TargetAsk::Issue { csv, document: document.clone() })?;
            show(global, &value, |of: Issued| {
                format!("已下达目标 {} 项，条目 {}", of.values, of.entries.join("、"))
            })
        }
        TargetCommand::List { division, about } => {
            let value = ask(TargetAsk::List(*division, about.clone()))?;
            show(global, &value, |all: Vec<TargetView>| match all.is_empty() {
                true => {
                    "还没有下达目标；另查其他的，用 --form、--period 指明 (no target has been set)".into()
                }
                false => text::targets(&all),
            })
        }
    }
}

impl TargetAsk {
    /// Does it.
    pub(crate) fn answer(self, station: &mut Station, now: Now) -> Result<Value, Failure> {
        match self {
            Self::List(division, about) => {
                let topic = about.topic(station, now)?;
                let division = division.unwrap_or(station.identity().division);
                json(&views::targets(&*station, division, &topic)?)
            }
            Self::Issue { csv, document } => {
                let directory = station.registry().directory().ok_or_else(|| {
                    let message = "还没有收到区划表 (failed to set targets: there is no directory yet)";
                    Failure::new(Code::Unavailable, message)
                })?;
                let catalogue = station.catalogue(now).clone();
                let forms: Vec<&Form> = catalogue.forms.iter().map(AsRef::as_ref).collect();
                let own = station.identity().division;
                let all = read(&csv, own, directory, &forms).map_err(|error| refused(&error))?;
                let values = all.iter().map(|targets| targets.values.len()).sum();
                let entries = station.issue_targets(all, &document, now).map_err(failure)?;
                let entries = entries.iter().map(|entry| Reference::of(&entry.header().position()));
                json(&Issued { values, entries: entries.collect() })
            }
        }
    }
}

/// What is wrong with the file: line and column, and what an office would call it.
fn refused(error: &TargetFileError) -> Failure {
    let zh = match error {
        TargetFileError::Table(_) => "目标文件无法识读".to_owned(),
        TargetFileError::Row { line, column, fault } => {
            format!("目标文件第 {line} 行 {column} 列：{}", fault_zh(fault))
        }
    };
    Failure::new(Code::Usage, format!("{zh} (failed to {error})"))
}

fn fault_zh(fault: &TargetFault) -> String {
    match fault {
        TargetFault::Form(text) => format!("没有报表“{text}”"),
        TargetFault::Subject(_) => {
            "期间应写成 2026-10、2026 或 2026-2027，事件应写成 日期-县代码-灾种".into()
        }
        TargetFault::OtherSubject(subject) => format!("这张表不按 {subject} 报送"),
        TargetFault::Division(text) => format!("区划表里没有“{text}”"),
        TargetFault::Outside(code) => format!("{code} 不在本级辖区内"),
        TargetFault::Indicator(text) => format!("表里没有可定目标的指标“{text}”"),
        TargetFault::Value(_) => "数值或单位不对".into(),
        TargetFault::NoNumber(text) => format!("“{text}”不是数值"),
        TargetFault::Twice => "同一单位同一指标定了两次".into(),
    }
}
