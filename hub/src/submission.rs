//! Submissions at a hub: signing this level's statement to the one above, and reading those from below.

use std::path::PathBuf;

use clap::Subcommand;
use fengsui_daemon::commands::{Global, json, show, view};
use fengsui_daemon::control;
use fengsui_daemon::failure::{Code, Failure};
use fengsui_daemon::home::HUB_CACHE_BYTES;
use fengsui_daemon::person::{Signed, ToSign};
use fengsui_daemon::print::submissions as text;
use fengsui_daemon::station::{Station, SubmitError};
use fengsui_daemon::submit::stage;
use fengsui_daemon::views::{self, Reference, Sight, SubmissionView};
use fengsui_model::{Citation, Stage};
use fengsui_protocol::Now;
use fengsui_wire::Act;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::about::About;
use crate::as_of::{self, AsOf};
use crate::hub::HubAsk;

/// Commands under `submission`.
#[derive(Subcommand)]
pub(crate) enum SubmissionCommand {
    /// 签发本级汇总并上报：计入已审报告，列明缺报、待审、退回 (signs this level's statement to the level above)
    Sign {
        #[command(flatten)]
        about: About,
        /// 初报、续报、核报；缺省首次为初报，其后为续报 (the stage; default: initial, then continued)
        #[arg(long)]
        stage: Option<String>,
        /// 单位负责人的密钥文件，见 person new (key file of the head of the unit)
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
    },
    /// 本级及下级最近一次上报，与本站汇总对照 (the last statement of every division, beside this hub's own totals)
    List {
        #[command(flatten)]
        about: About,
        #[command(flatten)]
        as_of: AsOf,
    },
}

/// What a command under `submission` asks of the station.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubmissionAsk {
    /// What the head has to sign.
    Prepare(About, Option<String>),
    /// Sign and send it.
    Sign(About, Option<String>, Option<(ToSign, Signed)>),
    /// What was submitted, as of a moment in milliseconds since 1970 UTC; absent: now.
    List(About, Option<i64>),
}

/// Runs a command and prints what the station answers.
///
/// # Errors
/// Why not.
pub(crate) fn run(global: &Global, command: &SubmissionCommand) -> Result<(), Failure> {
    let ask = |ask| control::ask(&global.home(), HUB_CACHE_BYTES, HubAsk::Submission(ask));
    match command {
        SubmissionCommand::List { about, as_of } => {
            let value = ask(SubmissionAsk::List(about.clone(), as_of.ms()?))?;
            show(global, &value, |of: Vec<SubmissionView>| text::list(&of))
        }
        SubmissionCommand::Sign { about, stage, key } => {
            let signed = match key {
                Some(file) => {
                    let asked = ask(SubmissionAsk::Prepare(about.clone(), stage.clone()))?;
                    let to_sign: ToSign = view(asked)?;
                    let signed = to_sign.signed(file)?;
                    Some((to_sign, signed))
                }
                None => None,
            };
            let value = ask(SubmissionAsk::Sign(about.clone(), stage.clone(), signed))?;
            show(global, &value, |of: SubmissionView| format!("已签发上报\n{}", text::one(&of)))
        }
    }
}

impl SubmissionAsk {
    /// Does it.
    pub(crate) fn answer(self, station: &mut Station, now: Now) -> Result<Value, Failure> {
        match self {
            Self::List(about, as_of_ms) => {
                let sight = Sight::new(station, as_of_ms, now)?;
                let topic = about.topic(station, as_of::at(as_of_ms, now))?;
                json(&views::submissions(sight, &topic)?)
            }
            Self::Prepare(about, stage) => {
                let (topic, stage) = (about.topic(station, now)?, read_stage(stage.as_deref())?);
                let cites = station.submission_cited(&topic, stage).map_err(failure)?;
                json(&ToSign::new(station.network(), Act::Submit, &cites))
            }
            Self::Sign(about, stage, signed) => {
                let (topic, stage) = (about.topic(station, now)?, read_stage(stage.as_deref())?);
                let signed = signed.map(|(asked, signed)| head(&asked, &signed)).transpose()?;
                let (_, entry) = station.submit_upward(&topic, stage, signed, now).map_err(failure)?;
                // The index knows it once it is durable.
                station.settle(now)?;
                let reference = Reference::of(&entry.header().position());
                let all = views::submissions(&*station, &topic)?;
                let view = all.into_iter().find(|view| view.entry == reference);
                json(&view.ok_or_else(|| Failure::new(Code::Failed, "failed to read what was signed"))?)
            }
        }
    }
}

fn head(asked: &ToSign, signed: &Signed) -> Result<(Citation, fengsui_wire::Endorsement), Failure> {
    Ok((asked.cites()?, signed.endorsement()?))
}

fn read_stage(text: Option<&str>) -> Result<Option<Stage>, Failure> {
    text.map(stage).transpose()
}

fn failure(error: SubmitError) -> Failure {
    let zh = match &error {
        SubmitError::Station(_) => String::new(),
        SubmitError::NotAHub => "本站尚未获得汇总站授权，或尚无区划表".into(),
        SubmitError::Top => "省级是网络的根，没有上级".into(),
        SubmitError::Nothing => "还没有任何报告".into(),
        SubmitError::Unchanged(number) => format!("与第 {number} 次上报相比没有变化"),
        SubmitError::Refused(reasons) => {
            let lines: Vec<String> = reasons.iter().map(|of| format!("{}  {}", of.check, of.zh)).collect();
            lines.join("；")
        }
        SubmitError::TooLong(_) => "所列单位太多，一条上报放不下".into(),
        SubmitError::Changed => "负责人签名后又收到新的报告或审核，请重新签发".into(),
        SubmitError::Unsound(_) => "本级没有初报、续报、核报之分，或所列单位重复".into(),
    };
    match error {
        SubmitError::Station(error) => error.into(),
        SubmitError::NotAHub => Failure::new(Code::Unavailable, format!("{zh} (failed to {error})")),
        error => Failure::new(Code::Refused, format!("未上报：{zh} (failed to {error})")),
    }
}
