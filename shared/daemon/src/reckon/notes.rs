//! What is said of a report without counting against it.

use fengsui_model::{Context, Earlier, Finding, Form, Report, Severity, Unjudged, evaluate, unjudged};
use fengsui_wire::Reason;

use super::month_before;

/// Soft findings, alarms, and what could not be judged: three things that are never mixed up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// 提示: to be looked at.
    pub soft: Vec<Reason>,
    /// 报警: nothing is wrong with the report, the duty room has to know.
    pub alarms: Vec<Reason>,
    /// 未核对: neither passed nor found.
    pub unjudged: Vec<Unjudged>,
}

impl Notes {
    /// On `report`, signed at `report_ms`; `earlier` holds what it is compared with, `held` the report on the month before
    /// that stands here where it names another or none.
    pub fn of(
        form: &Form,
        report: &Report,
        earlier: Earlier<'_>,
        held: Option<&Report>,
        report_ms: i64,
    ) -> Self {
        let context = Context { report_time_ms: report_ms };
        let mut found = evaluate(form, report, earlier, &context);
        if let Some(held) = held {
            found = month_before::with_held(form, report, earlier.month_before, held, &context, found);
        }
        let (alarms, others): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|of| of.severity == Severity::Alarm);
        let soft = others.into_iter().filter(|of| of.severity == Severity::Soft).collect();
        Self {
            soft: reasons_of(soft),
            alarms: reasons_of(alarms),
            unjudged: unjudged(form, report, earlier, &context),
        }
    }
}

/// Findings without their weight and fields.
pub(super) fn reasons_of(findings: Vec<Finding>) -> Vec<Reason> {
    let reason = |of: Finding| Reason { check: of.check, zh: of.zh, en: of.en };
    findings.into_iter().map(reason).collect()
}
