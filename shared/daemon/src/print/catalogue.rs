//! How the versions of the catalogue read on a terminal.

use std::fmt::Write;

use super::table;
use crate::views::{CatalogueView, ChangedView, Standing};

/// Every version in a table.
pub fn list(catalogues: &[CatalogueView]) -> String {
    let row = |of: &CatalogueView| {
        let document = if of.version == 0 { "软件自带".into() } else { of.document.clone() };
        let from = of.from.map(|from| from.to_string()).unwrap_or_default();
        let counts = [of.forms.to_string(), of.indicators.to_string()];
        let [forms, indicators] = counts;
        vec![of.version.to_string(), standing_zh(of.standing).into(), from, document, forms, indicators]
    };
    let rows: Vec<_> = catalogues.iter().map(row).collect();
    table(&["版本", "状态", "施行日期", "文号", "报表", "指标"], &rows, &[4, 5])
}

/// One version, with what it changed.
pub fn one(of: &CatalogueView) -> String {
    let mut text = String::new();
    let document = if of.version == 0 { "软件自带" } else { &of.document };
    let from = of.from.map(|from| format!("，自 {from} 起施行")).unwrap_or_default();
    let standing = standing_zh(of.standing);
    // Writing into a String cannot fail.
    let _ = writeln!(text, "报表目录第 {} 版（{document}）{from}，{standing}", of.version);
    match &of.unreadable {
        Some(why) => {
            let _ = writeln!(text, "本站软件不能识读，请升级：{why}");
        }
        None => {
            let _ = writeln!(text, "{} 张报表，{} 项指标", of.forms, of.indicators);
        }
    }
    of.changes.iter().for_each(|changed| text.push_str(&change(changed)));
    text
}

fn change(of: &ChangedView) -> String {
    let names = |all: &[(String, String)]| {
        let named: Vec<String> = all.iter().map(|(code, zh)| format!("{code} {zh}")).collect();
        named.join("、")
    };
    let what = match (of.new, of.retired) {
        (true, _) => "新增报表".to_owned(),
        (_, true) => "停用报表".to_owned(),
        _ => {
            let added = (!of.added.is_empty()).then(|| format!("新增 {}", names(&of.added)));
            let left_out = (!of.left_out.is_empty()).then(|| format!("停用 {}", names(&of.left_out)));
            let parts: Vec<String> = added.into_iter().chain(left_out).collect();
            if parts.is_empty() {
                "文字、核对规则或填报义务有改动".into()
            } else {
                parts.join("；")
            }
        }
    };
    format!("  {} {}：{what}\n", of.form, of.zh)
}

fn standing_zh(standing: Standing) -> &'static str {
    match standing {
        Standing::InForce => "现行",
        Standing::ToCome => "待施行",
        Standing::Replaced => "已被取代",
        Standing::Unreadable => "不能识读",
    }
}
