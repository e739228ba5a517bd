//! Standards at a hub: issued by the province, adopted by whoever sets a value, asked for by everybody.

mod file;

use std::path::PathBuf;

use clap::Subcommand;
use fengsui_daemon::commands::{Global, json, show};
use fengsui_daemon::control;
use fengsui_daemon::failure::{Code, Failure};
use fengsui_daemon::home::HUB_CACHE_BYTES;
use fengsui_daemon::print::standards as text;
use fengsui_daemon::standards::{missing, today};
use fengsui_daemon::station::{AdoptError, Saying, StandardIssueError, Station};
use fengsui_daemon::views::{self, DivisionView, ReachView, Reference, StandardView};
use fengsui_model::standard::{Formula, Period, Setting, Step};
use fengsui_model::{Date, DivisionCode, Fen, StandardCode};
use fengsui_protocol::Now;
use fengsui_wire::Reason;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hub::HubAsk;

/// Commands under `standard`.
#[derive(Subcommand)]
pub(crate) enum StandardCommand {
    /// 发布标准或其新版，仅省级 (issues a standard, or a new version of one; the province only)
    Issue {
        /// TOML 文件，样例见 deploy/data/standards (TOML, like those under deploy/data/standards)
        file: PathBuf,
        /// 文号，代替文件中的 (number of the document, instead of the file's)
        #[arg(long)]
        document: Option<String>,
        /// 施行日期，代替文件中的 (first day in force, instead of the file's)
        #[arg(long)]
        from: Option<Date>,
        /// 补录：早已施行，现在登记 (it has been in force already and is only entered now)
        #[arg(long)]
        recorded_late: bool,
    },
    /// 标准清单及本地执行值 (every standard that has arrived, and what holds here)
    List,
    /// 查看标准：条款、版本、本地执行值 (one standard: clauses, versions, the value in force here)
    Show {
        /// 标准代码，如 urban_dibao (its code)
        code: StandardCode,
    },
    /// 执行本地标准 (puts a value in force)
    Adopt {
        /// 标准代码 (code of the standard)
        code: StandardCode,
        /// 每人金额，元，如 185 或 185.50 (for one person, in yuan)
        #[arg(long)]
        value: Fen,
        /// 施行日期 (first day in force)
        #[arg(long)]
        from: Date,
        /// 文号 (number of the document)
        #[arg(long)]
        document: String,
        /// 上年人均可支配收入，元，按公式核对用 (last year's income per person, in yuan: the formula is judged by it)
        #[arg(long)]
        income: Option<Fen>,
        /// month 按月或 year 按年，与标准不同时给出 (the period, where it differs from the standard's)
        #[arg(long, value_name = "PERIOD", value_parser = period)]
        per: Option<Period>,
        /// 仅适用这些单位；缺省为本站定标的全部单位 (only for these divisions; default: all whose value this hub sets)
        #[arg(long = "for", value_name = "DIVISION", num_args = 1..)]
        covers: Vec<DivisionCode>,
        /// 补录：早已执行，现在登记 (the value has been in force already and is only entered now)
        #[arg(long)]
        recorded_late: bool,
    },
    /// 登记：正在准备提标 (records that a value is being prepared)
    Prepare {
        /// 标准代码 (code of the standard)
        code: StandardCode,
        /// 拟于何日前执行 (by which day it is to be in force)
        #[arg(long)]
        until: Date,
        /// 仅适用这些单位 (only for these divisions)
        #[arg(long = "for", value_name = "DIVISION", num_args = 1..)]
        covers: Vec<DivisionCode>,
    },
    /// 登记：已发文，执行值另用 adopt 登记 (records that the document is out; the value follows with adopt)
    Announce {
        /// 标准代码 (code of the standard)
        code: StandardCode,
        /// 文号 (number of the document)
        #[arg(long)]
        document: String,
        /// 发文日期 (date of the document)
        #[arg(long)]
        date: Date,
        /// 仅适用这些单位 (only for these divisions)
        #[arg(long = "for", value_name = "DIVISION", num_args = 1..)]
        covers: Vec<DivisionCode>,
    },
    /// 执行情况：按定标单位和县，附签名条目 (who has followed a standard: by setting unit and by county, with the signed entries)
    Adoption {
        /// 标准代码 (code of the standard)
        code: StandardCode,
        /// 版本；缺省为最新 (version; default: the latest)
        #[arg(long)]
        version: Option<u32>,
        /// 截至哪一天；缺省为今天 (on which day; default: today)
        #[arg(long)]
        on: Option<Date>,
    },
}

fn period(word: &str) -> Result<Period, String> {
    match word {
        "month" => Ok(Period::Month),
        "year" => Ok(Period::Year),
        other => Err(format!("read {other:?} as a period: month or year")),
    }
}

/// What a command under `standard` asks of the station.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StandardAsk {
    /// Issue one.
    Issue {
        /// The file's text.
        toml: String,
        /// Instead of the file's.
        document: Option<String>,
        /// Instead of the file's.
        from: Option<Date>,
        /// It was in force before.
        recorded_late: bool,
    },
    /// All.
    List,
    /// One.
    Show(StandardCode),
    /// Say how far this hub's division has come.
    Say {
        /// With which.
        code: StandardCode,
        /// What is said.
        what: Said,
        /// For whom; empty: for all whose value this hub sets.
        covers: Vec<DivisionCode>,
        /// It held before.
        recorded_late: bool,
    },
    /// Who has followed it.
    Reach {
        /// Which.
        code: StandardCode,
        /// Absent: the latest.
        version: Option<u32>,
        /// Absent: today.
        on: Option<Date>,
    },
}

/// What is said of a standard.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// A value is being prepared.
    Preparing {
        /// By which day.
        until: Date,
    },
    /// The document is out.
    Announced {
        /// Its number.
        document: String,
        /// Its date.
        date: Date,
    },
    /// A value is put in force.
    Adopted {
        /// In yuan.
        value: Fen,
        /// First day.
        from: Date,
        /// The document.
        document: String,
        /// Last year's.
        income: Option<Fen>,
        /// Absent: as the standard's.
        per: Option<Period>,
    },
}

/// A standard that was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedView {
    /// Its code.
    pub code: StandardCode,
    /// What it is called.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// Number of the document.
    pub document: String,
    /// First day in force.
    pub from: Date,
    /// The signed entry.
    pub entry: String,
}

/// A word that was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaidView {
    /// Of which standard.
    pub code: StandardCode,
    /// Which version is followed.
    pub version: u32,
    /// For which places.
    pub covers: Vec<DivisionView>,
    /// Last year's income, in yuan, where a value states it.
    pub income: Option<Fen>,
    /// Whether the value was held against it; absent where none is stated, or the standard demands no share of the income.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<Formula>,
    /// The signed entry.
    pub entry: String,
}

/// Runs a command and prints what the station answers.
///
/// # Errors
/// Why not.
pub(crate) fn run(global: &Global, command: &StandardCommand) -> Result<(), Failure> {
    let ask = ask_of(command)?;
    let value = control::ask(&global.home(), HUB_CACHE_BYTES, HubAsk::Standard(ask))?;
    match command {
        StandardCommand::Issue { .. } => show(global, &value, |of: IssuedView| issued(&of)),
        StandardCommand::List => show(global, &value, |of: Vec<StandardView>| text::list(&of)),
        StandardCommand::Show { .. } => show(global, &value, |of: StandardView| text::standard(&of)),
        StandardCommand::Adopt { .. }
        | StandardCommand::Prepare { .. }
        | StandardCommand::Announce { .. } => show(global, &value, |of: SaidView| said(&of)),
        StandardCommand::Adoption { .. } => show(global, &value, |of: ReachView| text::reach(&of)),
    }
}

fn ask_of(command: &StandardCommand) -> Result<StandardAsk, Failure> {
    let say = |code: &StandardCode, what, covers: &[DivisionCode], recorded_late| StandardAsk::Say {
        code: code.clone(),
        what,
        covers: covers.to_vec(),
        recorded_late,
    };
    Ok(match command {
        StandardCommand::Issue { file, document, from, recorded_late } => StandardAsk::Issue {
            toml: crate::cli::read(file)?,
            document: document.clone(),
            from: *from,
            recorded_late: *recorded_late,
        },
        StandardCommand::List => StandardAsk::List,
        StandardCommand::Show { code } => StandardAsk::Show(code.clone()),
        StandardCommand::Adopt { code, value, from, document, income, per, covers, recorded_late } => {
            let document = document.clone();
            let what = Said::Adopted { value: *value, from: *from, document, income: *income, per: *per };
            say(code, what, covers, *recorded_late)
        }
        StandardCommand::Prepare { code, until, covers } => {
            say(code, Said::Preparing { until: *until }, covers, false)
        }
        StandardCommand::Announce { code, document, date, covers } => {
            say(code, Said::Announced { document: document.clone(), date: *date }, covers, false)
        }
        StandardCommand::Adoption { code, version, on } => {
            StandardAsk::Reach { code: code.clone(), version: *version, on: *on }
        }
    })
}

fn issued(of: &IssuedView) -> String {
    let IssuedView { code, name, version, document, from, entry } = of;
    format!("已发布 {code} {name} 第 {version} 版（{document}），自 {from} 起执行\n条目 {entry}")
}

fn said(of: &SaidView) -> String {
    let names: Vec<&str> = of.covers.iter().map(|division| division.name.as_str()).collect();
    let signed =
        format!("已签发：{} 第 {} 版，适用 {}\n条目 {}", of.code, of.version, names.join("、"), of.entry);
    match of.formula {
        Some(Formula::NotJudged) => {
            format!("{signed}\n{}；收入公布后，请加 --income 重新登记", text::NOT_JUDGED)
        }
        Some(Formula::Judged) | None => signed,
    }
}

impl StandardAsk {
    /// Does it.
    pub(crate) fn answer(self, station: &mut Station, now: Now) -> Result<Value, Failure> {
        match self {
            Self::Issue { toml, document, from, recorded_late } => {
                json(&issue(station, &toml, document, from, recorded_late, now)?)
            }
            Self::List => json(&views::standards(station, today(now)?)?),
            Self::Show(code) => {
                let view = views::standard(station, &code, today(now)?)?;
                json(&view.ok_or_else(|| missing(&code, None))?)
            }
            Self::Say { code, what, covers, recorded_late } => {
                let step = step(station, &code, what)?;
                let saying = Saying { standard: code, covers, recorded_late, step };
                json(&say(station, saying, now)?)
            }
            Self::Reach { code, version, on } => {
                let day = on.map_or_else(|| today(now), Ok)?;
                let view = views::reach(station, &code, version, day)?;
                json(&view.ok_or_else(|| missing(&code, version))?)
            }
        }
    }
}

fn issue(
    station: &mut Station,
    toml: &str,
    document: Option<String>,
    from: Option<Date>,
    recorded_late: bool,
    now: Now,
) -> Result<IssuedView, Failure> {
    let mut standard = file::read(toml)?;
    standard.document = document.unwrap_or(standard.document);
    standard.from = from.unwrap_or(standard.from);
    standard.recorded_late = recorded_late;
    let entry = station.issue_standard(&standard, now).map_err(issue_failure)?;
    Ok(IssuedView {
        code: standard.code,
        name: standard.name,
        version: standard.version,
        document: standard.document,
        from: standard.from,
        entry: Reference::of(&entry.header().position()),
    })
}

fn issue_failure(error: StandardIssueError) -> Failure {
    let zh = match &error {
        StandardIssueError::NotRoot => "只有省级（网络的根）可以发布标准".into(),
        StandardIssueError::NoDirectory => "尚无区划表".into(),
        StandardIssueError::NotNewer { code, version, current } => {
            format!("{code} 已有第 {current} 版，第 {version} 版不能取代它，版本号只能递增")
        }
        StandardIssueError::Past { from, today } => {
            format!("执行日期 {from} 早于今天 {today}；确已执行、现在补录的，加 --recorded-late")
        }
        StandardIssueError::Standard(error) => error.zh(),
        StandardIssueError::Station(_) => String::new(),
    };
    match error {
        StandardIssueError::Station(error) => error.into(),
        error => Failure::new(Code::Refused, format!("未发布：{zh} (failed to {error})")),
    }
}

/// What is said, as it is signed: a value without a period is for the standard's.
fn step(station: &Station, code: &StandardCode, what: Said) -> Result<Step, Failure> {
    Ok(match what {
        Said::Preparing { until } => Step::Preparing { until },
        Said::Announced { document, date } => Step::Issued { document, date },
        Said::Adopted { value, from, document, income, per } => {
            let standards = station.standards()?;
            let standard = standards.latest(code).ok_or_else(|| missing(code, None))?;
            let period = per.unwrap_or(standard.standard.period);
            Step::InForce(Setting { value, period, from, document, income })
        }
    })
}

fn say(station: &mut Station, saying: Saying, now: Now) -> Result<SaidView, Failure> {
    let (adoption, entry) = station.adopt(saying, now).map_err(adopt_failure)?;
    let formula = views::formula_of(station, &adoption)?;
    let covers = adoption.covers.iter().map(|code| views::division(station.registry(), *code));
    Ok(SaidView {
        covers: covers.collect(),
        income: adoption.setting().and_then(|setting| setting.income),
        formula,
        code: adoption.standard,
        version: adoption.version,
        entry: Reference::of(&entry.header().position()),
    })
}

fn adopt_failure(error: AdoptError) -> Failure {
    let zh = match &error {
        AdoptError::Station(_) => String::new(),
        AdoptError::NotAHub => "本站尚未获得汇总站授权".into(),
        AdoptError::NoStandard(code) => format!("尚未收到标准 {code}"),
        AdoptError::Nothing { code, setter } => format!("按 {code}，{setter} 不制定标准"),
        AdoptError::Adoption(_) => "金额、文号或适用单位不合要求".into(),
        AdoptError::Refused(reasons) => return refused(reasons),
    };
    match error {
        AdoptError::Station(error) => error.into(),
        AdoptError::NotAHub => Failure::new(Code::Unavailable, format!("{zh} (failed to {error})")),
        error => Failure::new(Code::Refused, format!("未签发：{zh} (failed to {error})")),
    }
}

fn refused(reasons: &[Reason]) -> Failure {
    let line = |of: &Reason| format!("{}  {}\n      {}", of.check, of.zh, of.en);
    let lines: Vec<String> = reasons.iter().map(line).collect();
    Failure::new(Code::Refused, format!("未签发，请更正 (not signed):\n{}", lines.join("\n")))
}
