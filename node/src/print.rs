//! How the node's own answers read.

use std::fmt::Write;
use std::path::Path;

use fengsui_daemon::print::{edition, reasons, table};
use fengsui_daemon::views::{EntryView, Hop};

use fengsui_model::DivisionCode;
use fengsui_wire::PublicKey;

use crate::node::{Reports, Submitted};

/// What was set up, and what comes next, in order.
pub(crate) fn set_up(dir: &Path, division: DivisionCode, key: PublicKey) -> String {
    let dir = dir.display();
    format!(
        "已建站：{dir}（{division}）\n密钥 {key}\n下一步：\n  1. 请县级运行：fengsui-hub appoint {key} {division}\n  \
         2. 本机运行：fengsui-node --data {dir} run\n  3. 检查：fengsui-node --data {dir} doctor"
    )
}

/// `running`: whether a process was there that will send it.
pub(crate) fn submitted(submitted: &Submitted, running: bool) -> String {
    let what = format!("{} {}", submitted.event, edition(&submitted.stage, submitted.revision));
    let mut text = match &submitted.entry {
        Some(entry) => {
            let next = match running {
                true => "线路通时自动上报，用 list 查看回执",
                false => "本站没有运行：用 run 启动后自动上报 (the station does not run: start it with run)",
            };
            format!("已存本机  {what}  {}\n条目 {entry}，{next}\n", submitted.saved_at)
        }
        None => format!("可以报送（未保存）  {what}\n"),
    };
    text.push_str(&reasons("提示", &submitted.warnings));
    text
}

pub(crate) fn reports(reports: &Reports) -> String {
    if reports.reports.is_empty() {
        return "还没有报告".into();
    }
    let rows: Vec<_> = reports.reports.iter().enumerate().map(row).collect();
    let mut text = table(&["序号", "条目", "事件", "报告", "签名时间", "进度"], &rows, &[0]);
    if reports.total > reports.reports.len() {
        let _ = writeln!(text, "共 {} 份，用 --limit 查看更多", reports.total);
    }
    text
}

fn row((at, entry): (usize, &EntryView)) -> Vec<String> {
    let marks =
        format!("{}{}", if entry.zero { " 零报告" } else { "" }, if entry.drill { "（演练）" } else { "" });
    let stage = entry.stage.as_deref().unwrap_or("（无法识读）");
    let report = edition(stage, entry.revision.unwrap_or_default());
    let step = |hop: &Hop| format!("{}{}", hop.step, if hop.bodies { "" } else { "（仅报头）" });
    let steps: Vec<String> = entry.hops.iter().map(step).collect();
    let refused = if entry.reasons.is_empty() { "" } else { "  未计入，用 show 看原因" };
    vec![
        (at + 1).to_string(),
        entry.reference.clone(),
        entry.event.clone().unwrap_or_default(),
        format!("{report}{marks}"),
        entry.signed_at.clone(),
        format!("{}{refused}", steps.join(" → ")),
    ]
}
