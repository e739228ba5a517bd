//! How standards and their adoption read on a terminal.

use fengsui_model::standard::{Formula, PlaceState};

use super::{put, reasons, table};
use crate::views::{ClauseView, HereView, ReachView, SetterView, StandardView, ValueView};

/// Places named at most on one line; a province lists dozens.
const NAMED_MAX: usize = 60;

/// Beside a value that only the floor was judged of.
pub const NOT_JUDGED: &str = "公式未核对（未填上年收入）";

/// Every standard in a table, with what holds here.
pub fn list(standards: &[StandardView]) -> String {
    if standards.is_empty() {
        return "尚未收到任何标准 (no standard has arrived)".into();
    }
    let row = |of: &StandardView| {
        let value = of.here.as_ref().and_then(|here| here.value.as_ref()).map(amount);
        let least = of.here.as_ref().map(least).unwrap_or_default();
        let state = if of.in_force { "现行" } else { "待执行" };
        let version = format!("第 {} 版 {state}", of.version);
        let value = value.unwrap_or_else(|| "—".into());
        vec![
            of.code.to_string(),
            of.name.clone(),
            version,
            of.from.to_string(),
            of.document.clone(),
            least,
            value,
        ]
    };
    let rows: Vec<_> = standards.iter().map(row).collect();
    table(&["代码", "标准", "版本", "执行日期", "文号", "本地最低", "本地现行"], &rows, &[])
}

fn amount(value: &ValueView) -> String {
    let words = format!("{} {}（{}）", value.value, value.unit, value.document);
    match value.formula {
        Some(Formula::NotJudged) => format!("{words}，{NOT_JUDGED}"),
        Some(Formula::Judged) | None => words,
    }
}

fn least(here: &HereView) -> String {
    terms(here.floor.map(|floor| floor.to_string()), here.share.as_deref())
}

fn terms(floor: Option<String>, share: Option<&str>) -> String {
    let parts = [floor, share.map(|share| format!("收入的 {share}"))];
    parts.into_iter().flatten().collect::<Vec<_>>().join("，且不低于")
}

/// One standard.
pub fn standard(of: &StandardView) -> String {
    let mut text = String::new();
    let state = if of.in_force { "现行" } else { "待执行" };
    put(&mut text, "标准", format!("{} {}  第 {} 版（{state}）", of.code, of.name, of.version));
    let issued = of.issued.map(|date| format!("，{date} 印发")).unwrap_or_default();
    put(&mut text, "文件", format!("{}（{}{issued}）", of.title, of.document));
    put(&mut text, "执行日期", of.from);
    put(&mut text, "计量单位", format!("{}；比例按{}计算", of.unit, of.income));
    of.clauses.iter().for_each(|of| put(&mut text, "条款", clause(of)));
    if let Some(here) = &of.here {
        put(&mut text, "本地", format!("{}  {}  {}", here.place, here.state.zh(), least(here)));
        for (label, value) in [("现行标准", &here.value), ("即将执行", &here.next)] {
            if let Some(value) = value {
                let words = format!("{}，自 {} 起，{} 制定", amount(value), value.from, value.setter);
                put(&mut text, label, format!("{words}，条目 {}", value.proof.entry));
            }
        }
    }
    let row = |of: &crate::views::VersionView| {
        let state = if of.in_force { "现行" } else { "" };
        vec![
            format!("第 {} 版", of.version),
            of.from.to_string(),
            of.document.clone(),
            state.into(),
            of.proof.entry.clone(),
        ]
    };
    let rows: Vec<_> = of.versions.iter().map(row).collect();
    text.push_str(&table(&["版本", "执行日期", "文号", "状态", "条目"], &rows, &[]));
    if of.stations > 0 {
        put(&mut text, "送达", format!("下级 {} 个站点中 {} 个已收到最新版", of.stations, of.seen));
    }
    text
}

fn clause(of: &ClauseView) -> String {
    let names = of.divisions.iter().map(|division| division.name.clone());
    let kinds = of.kinds.iter().map(|kind| format!("各{kind}"));
    let scope: Vec<String> = names.chain(kinds).collect();
    let terms = terms(of.floor.map(|floor| format!("不低于 {floor} 元")), of.share.as_deref());
    format!("{}：{terms}，{}及以下制定", scope.join("、"), of.set_by.zh())
}

/// How far a standard has been followed.
pub fn reach(of: &ReachView) -> String {
    let mut text = String::new();
    put(&mut text, "标准", format!("{} {} 第 {} 版（{}）", of.code, of.name, of.version, of.document));
    put(&mut text, "统计", format!("{}，截至 {}", of.division, of.on));
    put(&mut text, "制定单位", format!("{} 个已执行", of.units));
    if of.formula_not_judged > 0 {
        put(&mut text, "公式未核对", format!("{} 个已执行单位未填上年收入", of.formula_not_judged));
    }
    put(&mut text, "覆盖县区", format!("{}/{}（{}%）", of.counties, of.of, rounded(of.counties, of.of)));
    for state in PlaceState::ALL {
        let names: Vec<&str> = of
            .places
            .iter()
            .filter(|place| place.county && place.state == state)
            .map(|place| place.division.name.as_str())
            .collect();
        if !names.is_empty() {
            put(&mut text, state.zh(), format!("{} 个：{}", names.len(), named(&names)));
        }
    }
    for of in &of.beside {
        put(&mut text, "另计", format!("{}  {}（{}/{}）", of.division, of.state.zh(), of.in_force, of.of));
    }
    if !of.setters.is_empty() {
        let rows: Vec<_> = of.setters.iter().map(setter).collect();
        let head = ["制定单位", "进度", "标准", "日期", "文号", "县区", "条目", "签名", "核验"];
        text.push_str(&table(&head, &rows, &[5]));
    }
    for (proof, division, why) in &of.not_counted {
        text.push_str(&reasons(&format!("{division} {} 未计入：", proof.entry), why));
    }
    put(&mut text, "送达", format!("下级 {} 个站点中 {} 个已收到", of.stations, of.seen));
    text
}

fn setter(of: &SetterView) -> Vec<String> {
    let unjudged =
        if of.formula == Some(Formula::NotJudged) { format!("  {NOT_JUDGED}") } else { String::new() };
    let value = of.value.map(|value| format!("{value} {}{unjudged}", of.unit.as_deref().unwrap_or_default()));
    let verified = if of.proof.verified { "通过" } else { "不通过" };
    vec![
        of.division.to_string(),
        of.state.zh().into(),
        value.unwrap_or_default(),
        of.day.map(|day| day.to_string()).unwrap_or_default(),
        of.document.clone().unwrap_or_default(),
        of.counties.to_string(),
        of.proof.entry.clone(),
        of.proof.signer.chars().take(8).collect(),
        verified.into(),
    ]
}

fn named(names: &[&str]) -> String {
    let more = if names.len() > NAMED_MAX { " 等" } else { "" };
    format!("{}{more}", names.iter().take(NAMED_MAX).copied().collect::<Vec<_>>().join("、"))
}

/// Whole percent, as documents state it; nothing of nothing is none.
fn rounded(part: usize, whole: usize) -> usize {
    (part * 200 + whole).checked_div(whole * 2).unwrap_or(0)
}
