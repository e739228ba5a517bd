//! How what a station says of its own reports reads.

use std::fmt::Write;

use super::{Reports, Submitted};
use crate::print::{edition, reasons, table};
use crate::views::{EntryView, Hop, SubjectView};

/// A report that was kept, or might be.
pub fn submitted(submitted: &Submitted) -> String {
    let what = format!("{} {}", submitted.subject.zh(), edition(&submitted.stage, submitted.revision));
    let mut text = match &submitted.entry {
        Some(entry) => {
            format!(
                "已存本机  {what}  {}\n条目 {entry}，站点运行且网络恢复后自动上报，用 list 查看回执\n",
                submitted.saved_at
            )
        }
        None => format!("可以报送（未保存）  {what}\n"),
    };
    text.push_str(&reasons("提示", &submitted.warnings));
    text
}

/// The own reports.
pub fn reports(reports: &Reports) -> String {
    if reports.reports.is_empty() {
        return "还没有报告".into();
    }
    let rows: Vec<_> = reports.reports.iter().map(row).collect();
    let mut text = table(&["条目", "事件或月份", "报告", "签名时间", "进度"], &rows, &[]);
    if reports.total > reports.reports.len() {
        let _ = writeln!(text, "共 {} 份，用 --limit 查看更多", reports.total);
    }
    text
}

fn row(entry: &EntryView) -> Vec<String> {
    let marks =
        format!("{}{}", if entry.zero { " 零报告" } else { "" }, if entry.drill { "（演练）" } else { "" });
    let stage = entry.stage.as_deref().unwrap_or("（无法识读）");
    let report = edition(stage, entry.revision.unwrap_or_default());
    let step = |hop: &Hop| format!("{}{}", hop.step, if hop.bodies { "" } else { "（仅报头）" });
    let steps: Vec<String> = entry.hops.iter().map(step).collect();
    let refused = if entry.reasons.is_empty() { "" } else { "  未计入，用 show 看原因" };
    vec![
        entry.reference.clone(),
        entry.subject.as_ref().map(SubjectView::zh).unwrap_or_default(),
        format!("{report}{marks}"),
        entry.signed_at.clone(),
        format!("{}{refused}", steps.join(" → ")),
    ]
}
