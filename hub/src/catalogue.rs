//! The catalogue at a hub: issued by the province from a folder of tables, listed and written out by everybody.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use fengsui_daemon::commands::{Global, json, show};
use fengsui_daemon::control;
use fengsui_daemon::failure::{Code, Failure};
use fengsui_daemon::home::HUB_CACHE_BYTES;
use fengsui_daemon::print::catalogue as text;
use fengsui_daemon::station::{CatalogueIssueError, Station};
use fengsui_daemon::views::{self, CatalogueView, Reference};
use fengsui_model::catalogue::{CatalogueError, DUTIES, FORMS, Unfrozen, builtin_files, tables_of};
use fengsui_model::{CatalogueIssue, Date, TableError};
use fengsui_protocol::Now;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hub::HubAsk;

/// Commands under `catalogue`.
#[derive(Subcommand)]
pub(crate) enum CatalogueCommand {
    /// 发布新版报表目录，仅省级 (issues a new version of the forms; the province only)
    Issue {
        /// 目录表所在文件夹，含 forms.csv、duties.csv 和每张表的三个文件 (folder with forms.csv, duties.csv and three tables for each form)
        dir: PathBuf,
        /// 文号 (number of the document)
        #[arg(long)]
        document: String,
        /// 施行日期：自这一天起按新版填报 (first day in force: from then on reports are filled in by it)
        #[arg(long)]
        from: Date,
        /// 版本号；缺省为现有最大版本号加一 (its number; default: one more than the latest)
        #[arg(long)]
        version: Option<u32>,
    },
    /// 各版目录及其状态 (every version held here, and which is in force)
    List,
    /// 某一版的改动；缺省为现行版 (what a version changed; default: the one in force)
    Show {
        /// 版本号，0 为软件自带 (its number; 0: the one that is compiled in)
        version: Option<u32>,
    },
    /// 将软件自带的目录表写入新文件夹，供修改后发布 (writes the built-in tables to a new folder, to begin from)
    Export {
        /// 新文件夹 (the new folder)
        dir: PathBuf,
    },
}

/// What a command under `catalogue` asks of the station.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CatalogueAsk {
    /// Issue one.
    Issue {
        /// Its tables by file name.
        files: BTreeMap<String, String>,
        /// The document.
        document: String,
        /// First day in force.
        from: Date,
        /// Its number; absent: one more than the latest.
        version: Option<u32>,
    },
    /// All.
    List,
}

/// A version that was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedView {
    /// Its number.
    pub version: u32,
    /// The document.
    pub document: String,
    /// First day in force.
    pub from: Date,
    /// The signed entry.
    pub entry: String,
}

/// Runs a command and prints what the station answers.
///
/// # Errors
/// Why not.
pub(crate) fn run(global: &Global, command: &CatalogueCommand) -> Result<(), Failure> {
    let ask = |ask| control::ask(&global.home(), HUB_CACHE_BYTES, HubAsk::Catalogue(ask));
    match command {
        CatalogueCommand::Issue { dir, document, from, version } => {
            let (document, from, version) = (document.clone(), *from, *version);
            let value = ask(CatalogueAsk::Issue { files: folder(dir)?, document, from, version })?;
            show(global, &value, |of: IssuedView| issued(&of))
        }
        CatalogueCommand::List => {
            show(global, &ask(CatalogueAsk::List)?, |of: Vec<CatalogueView>| text::list(&of))
        }
        CatalogueCommand::Show { version } => {
            let views: Vec<CatalogueView> = fengsui_daemon::commands::view(ask(CatalogueAsk::List)?)?;
            let wanted = |of: &&CatalogueView| match version {
                Some(version) => of.version == *version,
                None => of.standing == views::Standing::InForce,
            };
            let view = views.iter().find(wanted).ok_or_else(|| {
                let version = version.unwrap_or_default();
                let message = format!(
                    "目录第 {version} 版尚未到达本站 (failed to find version {version} of the catalogue: it has not arrived here)"
                );
                Failure::new(Code::Refused, message)
            })?;
            show(global, &json(view)?, |of: CatalogueView| text::one(&of))
        }
        CatalogueCommand::Export { dir } => {
            write_out(dir)?;
            let value = serde_json::json!({ "dir": dir, "files": builtin_files().len() });
            let dir = dir.display();
            show(global, &value, |_: Value| {
                format!(
                    "已写入 {dir}：改好后用 fengsui-hub catalogue issue {dir} 发布；改动的报表须提高 forms.csv 中的版本号"
                )
            })
        }
    }
}

/// The tables of a catalogue in a folder. Other files in it are nobody's business.
fn folder(dir: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let file = |name: &str| {
        let path = dir.join(name);
        crate::cli::read(&path).map_err(|failure| {
            Failure::new(failure.code, format!("目录表 {} 无法读取 ({failure})", path.display()))
        })
    };
    let forms = file(FORMS)?;
    let codes = fengsui_model::form::read_codes(&forms);
    let codes = codes.map_err(|error| refused(&error.into()))?;
    let mut files = BTreeMap::from([(FORMS.to_owned(), forms), (DUTIES.to_owned(), file(DUTIES)?)]);
    for name in codes.iter().flat_map(|code| tables_of(code)) {
        let text = file(&name)?;
        files.insert(name, text);
    }
    Ok(files)
}

fn write_out(dir: &Path) -> Result<(), Failure> {
    let failed = |path: &Path, error: std::io::Error| {
        let path = path.display();
        Failure::new(Code::Usage, format!("{path} 无法写入 (failed to write {path}: {error})"))
    };
    // A folder that is there may hold somebody's work.
    std::fs::create_dir(dir).map_err(|error| failed(dir, error))?;
    for (name, text) in builtin_files() {
        let path = dir.join(name);
        std::fs::write(&path, text).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}

fn issued(of: &IssuedView) -> String {
    let IssuedView { version, document, from, entry } = of;
    format!("已发布报表目录第 {version} 版（{document}），自 {from} 起施行\n条目 {entry}")
}

impl CatalogueAsk {
    /// Does it.
    pub(crate) fn answer(self, station: &mut Station, now: Now) -> Result<Value, Failure> {
        match self {
            Self::List => json(&views::catalogues(station, now)),
            Self::Issue { files, document, from, version } => {
                let next = station.registry().catalogues().latest().saturating_add(1);
                let issue = CatalogueIssue { version: version.unwrap_or(next), document, from, files };
                let entry = station.issue_catalogue(&issue, now).map_err(issue_failure)?;
                let entry = Reference::of(&entry.header().position());
                let CatalogueIssue { version, document, from, .. } = issue;
                json(&IssuedView { version, document, from, entry })
            }
        }
    }
}

fn issue_failure(error: CatalogueIssueError) -> Failure {
    let zh = match &error {
        CatalogueIssueError::Catalogue(error) => return refused(error),
        CatalogueIssueError::NotRoot => "只有省级（网络的根）可以发布报表目录".into(),
        CatalogueIssueError::NotNewer { version, current } => {
            format!("目录已有第 {current} 版，第 {version} 版不能取代它，版本号只能递增")
        }
        CatalogueIssueError::Past { from, today } => {
            format!("施行日期 {from} 早于今天 {today}，已签署的报表不能改用新目录")
        }
        CatalogueIssueError::Issue(_) => "版本号须大于 0，须注明文号".into(),
        CatalogueIssueError::Unfrozen(unfrozen) => unfrozen_zh(unfrozen),
        CatalogueIssueError::TooLong { bytes, max } => format!("目录表共 {bytes} 字节，最多 {max} 字节"),
        CatalogueIssueError::Station(_) => String::new(),
    };
    match error {
        CatalogueIssueError::Station(error) => error.into(),
        error => Failure::new(Code::Refused, format!("未发布：{zh} (failed to {error})")),
    }
}

fn unfrozen_zh(of: &Unfrozen) -> String {
    let Unfrozen { form, id, code, version, kept } = of;
    let what = kept.zh();
    match kept {
        fengsui_model::catalogue::Kept::Version => {
            format!("{form}：报表 {code} 与第 {version} 版不同，须提高其版本号（version 列）")
        }
        _ => format!(
            "{form} 的 {} 列：{code}（编号 {id}）的{what}与第 {version} 版不同；编号的含义不能改，请停用原编号、另立新编号",
            kept.column()
        ),
    }
}

fn refused(error: &CatalogueError) -> Failure {
    let (file, at) = error.place();
    let place = match at {
        Some(TableError::Cell { line, column, .. }) => format!("{file} 第 {line} 行 {column} 列不合要求"),
        Some(TableError::Broken { line, .. }) => format!("{file} 第 {line} 行无法识读"),
        Some(TableError::MissingColumn(column)) => format!("{file} 缺少 {column} 列"),
        Some(TableError::UnknownColumn(column)) => format!("{file} 有不认识的列 {column}"),
        Some(TableError::DoubleColumn(column)) => format!("{file} 的 {column} 列出现两次"),
        None => format!("{file} 不合要求"),
    };
    Failure::new(Code::Refused, format!("未发布：{place} (failed to {error})"))
}
