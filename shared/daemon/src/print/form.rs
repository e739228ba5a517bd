//! How forms read: a list, or one with who fills in what.

use std::fmt::Write;

use super::table;
use crate::views::{DutyView, FormView, IndicatorView};

/// All forms, or the rows of the only one.
pub fn forms(forms: &[FormView]) -> String {
    match forms {
        [form] => one(form),
        several => list(several),
    }
}

fn list(forms: &[FormView]) -> String {
    let row = |form: &FormView| {
        let count = form.indicators.len().to_string();
        let set = if form.optional { "备用" } else { "" };
        vec![form.code.clone(), form.zh.clone(), form.en.clone(), form.about.zh().into(), set.into(), count]
    };
    let rows: Vec<_> = forms.iter().map(row).collect();
    let mut text = table(&["代码", "报表", "英文", "报送", "", "指标数"], &rows, &[5]);
    if let Some(form) = forms.first() {
        let _ = writeln!(text, "{}", catalogue_zh(form.catalogue, &form.document));
    }
    text.push_str("用“forms 代码”查看指标和填报单位 (forms CODE shows who fills in what)\n");
    text
}

/// `目录第 3 版（吉应急〔2027〕5号）`; the built-in one has no document.
fn catalogue_zh(version: u32, document: &str) -> String {
    match version {
        0 => "现行目录：软件自带（第 0 版）(built-in catalogue)".into(),
        _ => format!("现行目录：第 {version} 版（{document}）(catalogue version {version})"),
    }
}

fn one(form: &FormView) -> String {
    let mut text = String::new();
    // Writing into a String cannot fail.
    let _ = writeln!(text, "{} {}（{}，第 {} 版）", form.code, form.zh, form.about.zh(), form.version);
    let row = |of: &IndicatorView| {
        let adds_up = adds_up_zh(&of.adds_up).to_owned();
        vec![of.code.clone(), of.zh.clone(), asked_zh(of), filled_by_zh(of), adds_up]
    };
    let rows: Vec<_> = form.indicators.iter().map(row).collect();
    text.push_str(&table(&["代码", "指标", "单位", "填报", "汇总"], &rows, &[]));
    let _ = writeln!(text, "{}", catalogue_zh(form.catalogue, &form.document));
    for duty in &form.duties {
        let _ = writeln!(text, "应报：{}", duty_zh(duty));
    }
    for (check, why) in &form.waiting {
        let _ = writeln!(text, "待核：{check}  {why}");
    }
    text
}

/// What is typed: a number of so many, a time, or one of some words.
fn asked_zh(of: &IndicatorView) -> String {
    match of.answer.as_str() {
        "time" => "时间".into(),
        "choice" => {
            let words: Vec<String> = of.choices.iter().map(|(code, zh)| format!("{code} {zh}")).collect();
            format!("选一：{}", words.join("、"))
        }
        _ => of.unit.clone(),
    }
}

/// `乡级、县级，期末后 0 日内`.
fn duty_zh(duty: &DutyView) -> String {
    let levels: Vec<&str> = duty.levels.iter().map(|level| level.zh()).collect();
    let who = match &duty.body {
        Some(body) => format!("{body}（区划表外，由所在地代填）"),
        None => levels.join("、"),
    };
    let scope: Vec<String> = duty.scope.iter().map(ToString::to_string).collect();
    let scope = if scope.is_empty() { String::new() } else { format!("，限 {}", scope.join("、")) };
    let once = duty.only.map(|only| format!("，仅 {}", only.zh())).unwrap_or_default();
    format!("{who}{scope}{once}{}", due_zh(duty.due.as_deref()))
}

/// By which day, counted from the period.
fn due_zh(due: Option<&str>) -> String {
    let days = |rest: &str| rest.parse::<i64>().unwrap_or_default();
    match due.map(|due| (due.strip_prefix("begin"), due.strip_prefix("end"))) {
        Some((Some(rest), _)) => format!("，期初后 {} 日内", days(rest)),
        Some((_, Some(rest))) if days(rest) < 0 => format!("，期末前 {} 日", -days(rest)),
        Some((_, Some(rest))) if days(rest) > 0 => format!("，期末后 {} 日内", days(rest)),
        Some(_) => "，期末当日".into(),
        None => "，按事件时限".into(),
    }
}

fn filled_by_zh(of: &IndicatorView) -> String {
    let levels: Vec<&str> = of.levels.iter().map(|level| level.zh()).collect();
    match (of.entered, levels.is_empty()) {
        (false, _) => "系统计算，不用填".into(),
        (true, true) => format!("各级 {}", of.office).trim_end().into(),
        (true, false) => format!("{} {}", levels.join("、"), of.office).trim_end().into(),
    }
}

/// How the figures of several divisions make one, as an office says it.
fn adds_up_zh(word: &str) -> &str {
    match word {
        "sum" => "相加",
        "max" => "取最大",
        "latest" => "取最近",
        "mean" => "加权平均",
        "ratio" => "重算比率",
        "parts" => "分项相加",
        "count" => "计数",
        _ => "不汇总",
    }
}
