//! How forms read: a list, or one with who fills in what.

use std::fmt::Write;

use fengsui_model::About;

use super::table;
use crate::views::{FormView, IndicatorView};

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
        vec![form.code.clone(), form.zh.clone(), form.en.clone(), about_zh(form.about).into(), count]
    };
    let rows: Vec<_> = forms.iter().map(row).collect();
    let mut text = table(&["代码", "报表", "英文", "报送", "指标数"], &rows, &[4]);
    text.push_str("用“forms 代码”查看指标和填报单位 (forms CODE shows who fills in what)\n");
    text
}

fn one(form: &FormView) -> String {
    let mut text = String::new();
    // Writing into a String cannot fail.
    let _ = writeln!(text, "{} {}（{}，第 {} 版）", form.code, form.zh, about_zh(form.about), form.version);
    let row = |of: &IndicatorView| {
        let adds_up = adds_up_zh(&of.adds_up).to_owned();
        vec![of.code.clone(), of.zh.clone(), of.unit.clone(), filled_by_zh(of), adds_up]
    };
    let rows: Vec<_> = form.indicators.iter().map(row).collect();
    text.push_str(&table(&["代码", "指标", "单位", "填报", "汇总"], &rows, &[]));
    text
}

fn about_zh(about: About) -> &'static str {
    match about {
        About::Event => "按灾害事件",
        About::Month => "按月",
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
