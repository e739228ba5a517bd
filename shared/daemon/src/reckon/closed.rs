//! 关闭: after the day that the catalogue names, a report on a period is taken with a reason only.

use fengsui_model::{Date, Form, Report, duty};
use fengsui_wire::Reason;

use super::reason;

/// Id of the rule.
pub const CLOSED: &str = "CLOSED";

/// Why the report does not count, `Err`, or where it gives its reason, what is to be said of it. `signed_on`: the day on which
/// it was signed; `None` where that cannot be said, and then no rule about days stands in its way.
pub fn closed(form: &Form, report: &Report, signed_on: Option<Date>) -> Option<Result<Reason, Reason>> {
    let closing = duty::closing_day(form, &report.subject)?;
    let period = report.period()?;
    if signed_on? <= closing {
        return None;
    }
    let (zh, en) = (period.zh(), period.en());
    let explained = report.explanation.as_deref().map(str::trim).filter(|text| !text.is_empty());
    Some(match explained {
        Some(why) => Ok(reason(
            CLOSED,
            &format!("{zh}的{}已于 {closing} 关闭，逾期补报，理由：{why}", form.zh),
            &format!("{en} was closed on {closing}; it is reported or corrected late, and says why"),
        )),
        None => Err(reason(
            CLOSED,
            &format!("{zh}的{}已于 {closing} 关闭填报；确需补报或更正，请用 --explanation 注明理由", form.zh),
            &format!(
                "{en} was closed on {closing}: a report that comes late needs a reason, with --explanation"
            ),
        )),
    })
}
