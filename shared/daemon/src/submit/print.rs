//! How what a station says of its own reports reads.

use std::fmt::Write;

use super::{Reports, Submitted, Withdrawn};
use crate::print::reviews::cell_line;
use crate::print::sites::sites;
use crate::print::{edition, owed, reasons, table};
use crate::reckon::TWICE;
use crate::standards::LACKED;
use crate::views::{EntryView, Hop, SubjectView};

/// A report that was kept, or might be; `running`: whether a process was there that will send it.
pub fn submitted(submitted: &Submitted, running: bool) -> String {
    let what = format!("{} {}", submitted.subject.zh(), edition(&submitted.stage, submitted.revision));
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
    text.push_str(&sites(&submitted.sites));
    text.push_str(&reasons("报警", &submitted.alarms));
    text.push_str(&reasons("提示", &submitted.warnings));
    text.push_str(&reasons("未核对", &submitted.unjudged));
    text
}

/// A report that was taken back.
pub fn withdrawn(withdrawn: &Withdrawn) -> String {
    let report = edition(&withdrawn.stage, withdrawn.revision);
    format!("已撤回  {} {report}  {}\n条目 {}", withdrawn.subject.zh(), withdrawn.at, withdrawn.entry)
}

/// The own reports.
pub fn reports(reports: &Reports) -> String {
    if reports.reports.is_empty() {
        return "还没有报告".into();
    }
    let rows: Vec<_> = reports.reports.iter().enumerate().map(row).collect();
    let mut text = owed(&reports.owed);
    let head = ["序号", "条目", "事件或月份", "报告", "签名时间", "进度"];
    text.push_str(&table(&head, &rows, &[0]));
    for (at, entry) in reports.reports.iter().enumerate() {
        let returned = entry.reviews.iter().filter(|review| review.in_effect && !review.cells.is_empty());
        for review in returned {
            let _ = writeln!(
                text,
                "第 {} 份被 {} 退回，更正后用 submit --update 再报：",
                at + 1,
                review.division
            );
            review.cells.iter().for_each(|cell| text.push_str(&cell_line(cell)));
        }
    }
    if reports.total > reports.reports.len() {
        let _ = writeln!(text, "共 {} 份，用 --limit 查看更多", reports.total);
    }
    text
}

fn row((at, entry): (usize, &EntryView)) -> Vec<String> {
    let old = entry.notes.iter().any(|note| note.check == LACKED);
    let twice = entry.notes.iter().any(|note| note.check == TWICE);
    let marks = format!(
        "{}{}{}{}",
        if entry.zero { " 零报告" } else { "" },
        if entry.drill { "（演练）" } else { "" },
        if old { "（标准版本旧）" } else { "" },
        if twice { "（同号异文，用 show 看说明）" } else { "" }
    );
    let stage = entry.stage.as_deref().unwrap_or("（无法识读）");
    let report = edition(stage, entry.revision.unwrap_or_default());
    let step = |hop: &Hop| format!("{}{}", hop.step, if hop.bodies { "" } else { "（仅报头）" });
    let steps: Vec<String> = entry.hops.iter().map(step).collect();
    let refused = if entry.reasons.is_empty() { "" } else { "  未计入，用 show 看原因" };
    vec![
        (at + 1).to_string(),
        entry.reference.clone(),
        entry.subject.as_ref().map(SubjectView::zh).unwrap_or_default(),
        format!("{report}{marks}"),
        entry.signed_at.clone(),
        format!("{}{refused}", steps.join(" → ")),
    ]
}
