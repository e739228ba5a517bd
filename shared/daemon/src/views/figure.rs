//! One indicator's total with its coverage, from the sums that are kept: what a duty room asks every minute.

use fengsui_model::{DivisionCode, Form};
use serde::{Deserialize, Serialize};

use super::{DivisionView, Sight, SubjectView, TargetView, division};
use crate::clock::shown;
use crate::failure::{Code, Failure};
use crate::topic::Topic;

/// The total of one indicator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FigureTotalView {
    /// Whose.
    pub division: DivisionView,
    /// By which form, and on what.
    #[serde(flatten)]
    pub subject: SubjectView,
    /// The moment as of which it is told, Asia/Shanghai; absent: now.
    #[serde(default)]
    pub as_of: Option<String>,
    /// Whether only what was reviewed is counted; otherwise all that was received is.
    #[serde(default)]
    pub reviewed_only: bool,
    /// Code of the indicator.
    pub code: String,
    /// Its name.
    pub zh: String,
    /// Its unit.
    pub unit: String,
    /// In the smallest unit; absent where nobody stated a number.
    pub value: Option<i64>,
    /// Somebody said "some, not counted": the true total is greater.
    pub at_least: bool,
    /// As people write it.
    pub text: String,
    /// Reports it is made from.
    pub reports: u32,
    /// Divisions that owe the form.
    pub owing: u32,
    /// How many of them have a report in it.
    pub reported: u32,
    /// The target in force, where one was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetView>,
}

/// Totals one indicator on `topic` for `code`, over all that was received or only what was reviewed.
///
/// # Errors
/// When there is no directory yet, the division or indicator is unknown or does not add up, or the store cannot be read.
pub fn figure<'s>(
    sight: impl Into<Sight<'s>>,
    code: DivisionCode,
    topic: &Topic,
    indicator: &str,
    reviewed: bool,
) -> Result<FigureTotalView, Failure> {
    let sight = sight.into();
    super::total::askable(&sight, code, topic, Some(indicator))?;
    let form: &Form = &topic.form;
    let none = || {
        let message =
            format!("指标 {indicator} 不汇总 (failed to total indicator {indicator}: it does not add up)");
        Failure::new(Code::Usage, message)
    };
    let of = form.by_code(indicator).ok_or_else(none)?;
    let found = sight.figure(code, topic, of.id, reviewed)?.ok_or_else(none)?;
    let total = found.total;
    Ok(FigureTotalView {
        division: division(sight.registry(), code),
        subject: SubjectView::new(sight.registry().catalogues(), form.id, topic.subject),
        as_of: sight.as_of_ms().map(shown),
        reviewed_only: reviewed,
        code: of.code.clone(),
        zh: of.zh.clone(),
        unit: of.unit.clone(),
        value: (total.counted > 0).then_some(total.value),
        at_least: total.at_least,
        text: total.format(of),
        reports: found.reports,
        owing: found.owing,
        reported: found.reported,
        target: super::records::target_beside(&sight, code, topic, of.id, (&total).into())?,
    })
}
