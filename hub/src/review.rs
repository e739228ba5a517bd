//! Reviews at a hub: what waits, and what this office says of it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use fengsui_daemon::commands::{Global, json, show, view};
use fengsui_daemon::control;
use fengsui_daemon::failure::{Code, Failure};
use fengsui_daemon::home::HUB_CACHE_BYTES;
use fengsui_daemon::person::{Signed, ToSign};
use fengsui_daemon::print::reviews as text;
use fengsui_daemon::station::{ReviewError, ReviewSaying, Station};
use fengsui_daemon::submit::moment;
use fengsui_daemon::views::{self, Reference, WaitingView};
use fengsui_model::review::WHOLE_REPORT;
use fengsui_model::{Correction, DisasterKind, DivisionCode, Verdict};
use fengsui_protocol::Now;
use fengsui_wire::{Position, Statement, statement};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::about::About;
use crate::clean::{self, Endorsed, Scope};
use crate::hub::HubAsk;

/// What stands for the report as a whole in `--return`.
const WHOLE: &str = "整表";

/// The options of `review`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Review {
    /// 待审报告的条目；不给则列出待审清单 (the report's entry; without it, the list of what waits)
    #[arg(group = "what", conflicts_with_all = ["event", "form", "period", "within"])]
    entry: Option<String>,
    /// 审核通过 (accepts the report)
    #[arg(long, group = "word", requires = "entry")]
    accept: bool,
    /// 退回并逐项说明理由，可重复；整表=理由 指整份报告 (returns it, with a reason for each cell; 整表=… for the whole)
    #[arg(long = "return", value_name = "CODE=REASON", group = "word", requires = "entry")]
    returned: Vec<String>,
    /// 勘误：灾害发生时间应为，如 2026-07-20T03:30 (corrects when the disaster began; the figures stay as signed)
    #[arg(long, value_name = "TIME", requires = "entry", conflicts_with_all = ["accept", "returned", "undo"])]
    correct_time: Option<String>,
    /// 勘误：灾种应为，如 flood 或 洪涝 (corrects the kind of disaster)
    #[arg(long, value_name = "KIND", requires = "entry", conflicts_with_all = ["accept", "returned", "undo"])]
    correct_kind: Option<String>,
    /// 撤销本单位对此报告的最近一次审核 (takes back what this office said last of the report)
    #[arg(long, group = "word", requires = "entry")]
    undo: bool,
    /// 通过全部没有发现问题的待审报告，逐份签发，其余列明原因 (accepts every waiting report in which nothing was found)
    #[arg(long, group = "what")]
    accept_clean: bool,
    #[command(flatten)]
    about: About,
    /// 只看某地及其以下的 (only the reports of this division and below it)
    #[arg(long, value_name = "DIVISION")]
    within: Option<DivisionCode>,
    /// 只列出，不签发 (with --accept-clean: only says what would be accepted)
    #[arg(long, requires = "accept_clean")]
    dry_run: bool,
    /// 审核人的密钥文件，见 person new (key file of the reviewer, from `person new`)
    #[arg(long, value_name = "FILE", requires = "what")]
    key: Option<PathBuf>,
}

/// What `review` asks of the station.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewAsk {
    /// What waits.
    Waiting(Scope),
    /// What a person has to sign for this.
    Prepare(Asked),
    /// Say it.
    Say(Asked, Option<Signed>),
    /// Which of the waiting reports nothing was found in.
    Clean(Scope),
    /// Accept these of them.
    AcceptClean(Scope, Vec<Endorsed>),
}

/// What is to be said of which report.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Asked {
    /// The report's entry.
    pub entry: String,
    /// What.
    pub what: What,
}

/// What an office says, as typed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It is right.
    Accept,
    /// By code of the indicator: why.
    Return(Vec<(String, String)>),
    /// Time, and kind.
    Correct(Option<String>, Option<String>),
    /// The last word is taken back.
    Undo,
}

/// A review that was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaidView {
    /// `accept`, `return`, `correct` or `undo`.
    pub verdict: String,
    /// The report's entry.
    pub report: String,
    /// The signed entry of the review.
    pub entry: String,
}

/// Runs the command and prints what the station answers.
///
/// # Errors
/// Why not.
pub(crate) fn run(global: &Global, command: &Review) -> Result<(), Failure> {
    let ask = |ask| control::ask(&global.home(), HUB_CACHE_BYTES, HubAsk::Review(ask));
    let scope = Scope { about: command.about.clone(), within: command.within };
    if command.accept_clean {
        return clean::run(global, &scope, command.key.as_deref(), command.dry_run);
    }
    let Some(entry) = &command.entry else {
        return show(global, &ask(ReviewAsk::Waiting(scope))?, |of: Vec<WaitingView>| text::waiting(&of));
    };
    let asked = Asked { entry: entry.clone(), what: what(command)? };
    let signed = match &command.key {
        Some(file) => Some(view::<ToSign>(ask(ReviewAsk::Prepare(asked.clone()))?)?.signed(file)?),
        None => None,
    };
    show(global, &ask(ReviewAsk::Say(asked, signed))?, |of: SaidView| said(&of))
}

fn what(command: &Review) -> Result<What, Failure> {
    let correct = (command.correct_time.clone(), command.correct_kind.clone());
    match (command.accept, command.returned.is_empty(), command.undo, correct) {
        (true, ..) => Ok(What::Accept),
        (_, false, ..) => {
            command.returned.iter().map(|pair| cell(pair)).collect::<Result<_, _>>().map(What::Return)
        }
        (_, _, true, _) => Ok(What::Undo),
        (.., (None, None)) => Err(Failure::new(
            Code::Usage,
            "请指明 --accept、--return、--correct-time、--correct-kind 或 --undo (say what of the report)",
        )),
        (.., (time, kind)) => Ok(What::Correct(time, kind)),
    }
}

fn cell(pair: &str) -> Result<(String, String), Failure> {
    let (code, reason) = pair.split_once('=').ok_or_else(|| {
        let hint = "应写成 代码=理由，如 QL010=与台账不符 (write it as CODE=REASON)";
        Failure::new(Code::Usage, format!("--return {pair}: {hint}"))
    })?;
    Ok((code.trim().to_owned(), reason.trim().to_owned()))
}

fn said(of: &SaidView) -> String {
    let zh = match of.verdict.as_str() {
        "accept" => "已审核通过",
        "return" => "已退回",
        "correct" => "已勘误",
        _ => "已撤销审核",
    };
    format!("{zh}：{}\n条目 {}，线路通时下达报送单位", of.report, of.entry)
}

impl ReviewAsk {
    /// What a person has to sign to accept the report.
    pub(crate) fn prepare_accept(entry: &str) -> Self {
        Self::Prepare(Asked { entry: entry.to_owned(), what: What::Accept })
    }

    /// Does it.
    pub(crate) fn answer(self, station: &mut Station, now: Now) -> Result<Value, Failure> {
        match self {
            Self::Waiting(scope) => json(&clean::waiting(station, &scope)?),
            Self::Clean(scope) => clean::look(station, &scope),
            Self::AcceptClean(scope, endorsed) => clean::accept(station, &scope, endorsed, now),
            Self::Prepare(asked) => {
                let (position, saying) = asked.read(station)?;
                let (act, cites) = station.review_cited(position, &saying).map_err(failure)?;
                json(&ToSign::new(station.network(), act, &cites))
            }
            Self::Say(asked, signed) => {
                let (position, saying) = asked.read(station)?;
                let person = signed.map(|signed| signed.endorsement()).transpose()?;
                let (review, entry) = station.review(position, &saying, person, now).map_err(failure)?;
                let verdict = match review.verdict {
                    Verdict::Accept => "accept",
                    Verdict::Return(_) => "return",
                    Verdict::Correct(_) => "correct",
                    Verdict::Undo { .. } => "undo",
                };
                let (report, entry) = (Reference::of(&position), Reference::of(&entry.header().position()));
                json(&SaidView { verdict: verdict.into(), report, entry })
            }
        }
    }
}

impl Asked {
    fn read(&self, station: &Station) -> Result<(Position, ReviewSaying), Failure> {
        let wrong = |error: &dyn std::error::Error| Failure::caused(Code::Usage, error);
        let reference: Reference =
            self.entry.parse().map_err(|error: views::ReferenceError| wrong(&error))?;
        let position = reference.find(station).map_err(|error| wrong(&error))?;
        let saying = match &self.what {
            What::Accept => ReviewSaying::Accept,
            What::Undo => ReviewSaying::Undo,
            What::Return(cells) => ReviewSaying::Return(read_cells(station, position, cells)?),
            What::Correct(time, kind) => ReviewSaying::Correct(Correction {
                occurred_ms: time.as_deref().map(|time| moment("--correct-time", time)).transpose()?,
                kind: kind.as_deref().map(read_kind).transpose()?,
            }),
        };
        Ok((position, saying))
    }
}

/// The kind of disaster by its word or its Chinese name.
fn read_kind(text: &str) -> Result<DisasterKind, Failure> {
    let named =
        DisasterKind::all().find(|kind| [kind.zh(), kind.zh().trim_end_matches("灾害")].contains(&text));
    named.map_or_else(|| text.parse(), Ok).map_err(|error: fengsui_model::kind::KindError| {
        Failure::new(Code::Usage, format!("--correct-kind {text}: 没有这个灾种 (failed to {error})"))
    })
}

/// Cells by the codes or names of the report's form.
fn read_cells(
    station: &Station,
    position: Position,
    cells: &[(String, String)],
) -> Result<BTreeMap<u32, String>, Failure> {
    let stored = station.store().entry(position)?;
    let read = stored
        .and_then(|stored| statement(stored.envelope.header().draft.kind, stored.body.as_deref()?).ok());
    let Some(Statement::Report(report)) = read else { return Err(failure(ReviewError::NotAReport)) };
    let form = station.registry().catalogues().form_of(&report);
    let Ok(form) = form else { return Err(failure(ReviewError::NotAReport)) };
    let id = |code: &str| match code {
        WHOLE => Some(WHOLE_REPORT),
        code => form.by_code(code).or_else(|| form.by_zh(code)).map(|indicator| indicator.id),
    };
    let read = |(code, reason): &(String, String)| {
        id(code).map(|id| (id, reason.clone())).ok_or_else(|| {
            let message =
                format!("--return {code}: {}没有这个指标 (not an indicator of form {})", form.zh, form.code);
            Failure::new(Code::Usage, message)
        })
    };
    cells.iter().map(read).collect()
}

pub(crate) fn failure(error: ReviewError) -> Failure {
    let zh = match &error {
        ReviewError::Station(_) => String::new(),
        ReviewError::NotAHub => "本站尚未获得汇总站授权".into(),
        ReviewError::NotAReport => "该条目不是可识读的报告".into(),
        ReviewError::NotBelow(division) => format!("{division} 不是本站下级，不能审核"),
        ReviewError::Refused(reasons) => {
            let line = |of: &fengsui_wire::Reason| format!("{}  {}", of.check, of.zh);
            let lines: Vec<String> = reasons.iter().map(line).collect();
            format!("报告未计入汇总，不能通过：{}", lines.join("；"))
        }
        ReviewError::Already => "本单位对此报告已有同样的审核意见".into(),
        ReviewError::NothingToUndo => "本单位对此报告没有可撤销的审核".into(),
        ReviewError::Person(reason) => reason.zh.clone(),
        ReviewError::Unsound(_) => "退回须逐项写明理由，每项不超过 200 字".into(),
    };
    match error {
        ReviewError::Station(error) => error.into(),
        ReviewError::NotAHub => Failure::new(Code::Unavailable, format!("{zh} (failed to {error})")),
        error => Failure::new(Code::Refused, format!("未签发：{zh} (failed to {error})")),
    }
}
