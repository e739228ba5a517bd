//! How submissions read on a terminal.

use std::fmt::Write;

use super::{reasons, table};
use crate::views::{ChangeView, SubmissionView, SubmittedFigure};

/// Divisions named at most.
const NAMED_MAX: usize = 20;

/// The last statement of each division, each with its difference from what is found here.
pub fn list(all: &[SubmissionView]) -> String {
    if all.is_empty() {
        return "这一事件或期间还没有上报；另查其他的，用 --event 或 --form、--period 指明 (nothing has been submitted on this one)".into();
    }
    all.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// One statement.
pub fn one(of: &SubmissionView) -> String {
    let mut text = String::new();
    let stage = of.stage.as_deref().unwrap_or("月报");
    let drill = if of.drill { "（演练）" } else { "" };
    // Writing into a String cannot fail.
    let _ = writeln!(text, "{}  {}  {stage}（第 {} 次上报）{drill}", of.division, of.subject.zh(), of.number);
    let head = of.head.as_ref().map(|head| format!("，负责人 {}", head.post)).unwrap_or_default();
    let _ = writeln!(text, "{}；截至 {}{head}  {}", of.coverage.text, of.signed_at, of.entry);
    for why in ["缺报", "待审", "退回"] {
        text.push_str(&left_out(of, why));
    }
    let row = |figure: &SubmittedFigure| {
        let mark = if figure.differs { "不一致" } else { "" };
        let (code, zh) = (figure.code.clone(), figure.zh.clone());
        vec![code, zh, figure.text.clone(), figure.here_text.clone(), figure.unit.clone(), mark.into()]
    };
    let rows: Vec<_> = of.figures.iter().map(row).collect();
    text.push_str(&table(&["代码", "指标", "上报", "本站汇总", "单位", ""], &rows, &[2, 3]));
    changes(&mut text, &of.changes);
    if !of.pending && !of.reasons.is_empty() {
        text.push_str(&reasons("不符", &of.reasons));
        return text;
    }
    text.push_str(match (of.pending, of.figures.iter().any(|figure| figure.differs)) {
        (true, _) => "所列报告尚未收齐，暂不能核对\n",
        (false, true) => "与所列报告相符；上报后下级又有变化，与本站现有汇总不一致\n",
        (false, false) => "与所列报告相符，与本站汇总一致\n",
    });
    text
}

fn left_out(of: &SubmissionView, why: &str) -> String {
    let names: Vec<&str> =
        of.left_out.iter().filter(|(_, of)| of == why).map(|(division, _)| division.name.as_str()).collect();
    match names.len() {
        0 => String::new(),
        count if count > NAMED_MAX => format!("{why}：{} 等 {count} 个\n", names[..NAMED_MAX].join("、")),
        _ => format!("{why}：{}\n", names.join("、")),
    }
}

/// What a later statement changed of the one before.
pub fn changes(text: &mut String, changes: &[ChangeView]) {
    for change in changes {
        let side = |text: &str| if text.is_empty() { "未填".to_owned() } else { text.to_owned() };
        let (before, after) = (side(&change.before), side(&change.after));
        let _ = writeln!(text, "较上次变更：{} {} {before} → {after}", change.code, change.zh);
    }
}
