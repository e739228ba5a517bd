//! Taking an own report back: `withdraw`.

use fengsui_protocol::Now;
use fengsui_wire::Position;
use serde::{Deserialize, Serialize};

use crate::clock::shown;
use crate::failure::{Code, Failure};
use crate::station::{Station, WithdrawError};
use crate::views::{self, Reference, SubjectView};

/// A report that was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// The signed entry that says so.
    pub entry: String,
    /// The report's entry.
    pub report: String,
    /// By which form, and on what.
    #[serde(flatten)]
    pub subject: SubjectView,
    /// 初报, 续报, 核报; 月报, 更正.
    pub stage: String,
    /// Its number.
    pub revision: u32,
    /// When, Asia/Shanghai.
    pub at: String,
}

/// Takes back the report at `position`.
///
/// # Errors
/// Why not, in Chinese and English.
pub fn withdraw(station: &mut Station, position: Position, now: Now) -> Result<Withdrawn, Failure> {
    let (judged, entry) = match station.withdraw(position, now) {
        Ok(done) => done,
        Err(error) => return Err(failure(station, error)),
    };
    Ok(Withdrawn {
        entry: Reference::of(&entry.header().position()),
        report: Reference::of(&position),
        subject: SubjectView::of(station.registry().catalogues(), &judged.report),
        stage: judged.report.edition_zh().into(),
        revision: judged.report.revision,
        at: shown(now.wall_ms),
    })
}

fn failure(station: &Station, error: WithdrawError) -> Failure {
    let zh = match &error {
        WithdrawError::Station(_) => String::new(),
        WithdrawError::NotAReport => "该条目不是可识读的报告".into(),
        WithdrawError::NotOurs(division) => format!("报告属于 {division}，只有报送单位自己可以撤回"),
        WithdrawError::Accepted(division) => {
            let office = views::division(station.registry(), *division);
            format!("{office} 已审核通过，不能撤回；如需更正，请用 submit --update 再报")
        }
        WithdrawError::Already => "此报告已经撤回".into(),
    };
    match error {
        WithdrawError::Station(error) => error.into(),
        error => Failure::new(Code::Refused, format!("未撤回：{zh} (failed to {error})")),
    }
}
