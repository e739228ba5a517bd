//! By which form a report is judged: as the version of the catalogue has it that the report names.

use fengsui_model::{Catalogues, Form, NoForm, Report};
use fengsui_wire::Reason;

use super::reason;

/// Id of the mark that a report waits for a version of the catalogue: nobody answers it.
pub const WAITS: &str = "CATALOGUE_WAITS";
/// Id of the rule that a report names a version of the catalogue that was issued.
pub const CATALOGUE: &str = "CATALOGUE";

/// Whether time can mend what stands in the way of the report.
pub fn waits(reasons: &[Reason]) -> bool {
    reasons.iter().any(|reason| reason.check == WAITS)
}

/// The form, or why there is none.
pub(super) fn form_of<'c>(catalogues: &'c Catalogues, report: &Report) -> Result<&'c Form, Reason> {
    catalogues.form_of(report).map(AsRef::as_ref).map_err(|why| {
        let zh = match why {
            NoForm::Waiting(version) => format!("等待目录第 {version} 版：尚未到达本站，到达后自动计入"),
            NoForm::Unreadable(version) => {
                format!("等待目录第 {version} 版：已到达，本站软件不能识读，升级后自动计入")
            }
            NoForm::NeverIssued(version) => format!("目录第 {version} 版从未发布，请按现行目录重新填报"),
            NoForm::NoSuchForm { version: 0, .. } => "表式无法识别".to_owned(),
            NoForm::NoSuchForm { version, form } => format!("目录第 {version} 版没有编号为 {form} 的报表"),
        };
        let check = match why {
            NoForm::Waiting(_) | NoForm::Unreadable(_) => WAITS,
            NoForm::NeverIssued(_) => CATALOGUE,
            NoForm::NoSuchForm { .. } => "FORM",
        };
        reason(check, &zh, &why.to_string())
    })
}
