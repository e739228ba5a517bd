//! How reviews read on a terminal.

use std::fmt::Write;

use super::{edition, reasons, table};
use crate::views::{CellView, ReviewView, SubjectView, WaitingView};

/// What offices above said of one report, line by line; nothing where nobody said anything.
pub fn of_report(reviews: &[ReviewView]) -> String {
    let mut text = String::new();
    for review in reviews {
        let off = if review.in_effect { "" } else { "（已撤销或不计）" };
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "审核  {}  {}  {}{}{off}  {}",
            review.at,
            review.division,
            word(review),
            review.person.as_ref().map(|person| format!("（{}）", person.post)).unwrap_or_default(),
            review.entry
        );
        review.cells.iter().for_each(|cell| text.push_str(&cell_line(cell)));
        text.push_str(&reasons("此条审核不计", &review.reasons));
    }
    text
}

fn word(review: &ReviewView) -> String {
    match review.verdict.as_str() {
        "accept" => "通过".into(),
        "return" => "退回".into(),
        "correct" => format!("勘误：{}", review.correction.as_deref().unwrap_or_default()),
        _ => "撤销前一条审核".into(),
    }
}

/// One returned cell.
pub fn cell_line(cell: &CellView) -> String {
    format!("    {} {}：{}\n", cell.code, cell.zh, cell.reason)
}

/// What waits, as a worklist.
pub fn waiting(waiting: &[WaitingView]) -> String {
    if waiting.is_empty() {
        return "没有待审的报告 (nothing waits for review)".into();
    }
    let row = |of: &WaitingView| {
        let marks =
            format!("{}{}", if of.zero { " 零报告" } else { "" }, if of.drill { "（演练）" } else { "" });
        vec![
            of.received_at.clone(),
            of.division.to_string(),
            SubjectView::zh(&of.subject),
            format!("{}{marks}", edition(&of.stage, of.revision)),
            of.entry.clone(),
            format!("错误 {}，提示 {}", of.reasons.len(), of.notes.len()),
        ]
    };
    let rows: Vec<_> = waiting.iter().map(row).collect();
    let mut text = table(&["收到时间", "单位", "事件或月份", "报告", "条目", "校验"], &rows, &[]);
    for of in waiting.iter().filter(|of| !of.reasons.is_empty() || !of.notes.is_empty()) {
        let _ = writeln!(text, "{} {}", of.division, of.entry);
        text.push_str(&reasons("错误", &of.reasons));
        text.push_str(&reasons("提示", &of.notes));
    }
    let _ = writeln!(
        text,
        "待审 {} 份；通过：review 条目 --accept，退回：review 条目 --return 代码=理由",
        waiting.len()
    );
    text
}
