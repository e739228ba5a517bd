//! How the hub's own answers read.

use std::path::Path;

use fengsui_daemon::print::table;
use fengsui_model::DivisionCode;
use fengsui_wire::PublicKey;

use crate::event::EventView;
use crate::hub::{Appointed, Issued};

/// Divisions named at most on one line.
const NAMED_MAX: usize = 20;

pub(crate) fn set_up(dir: &Path, division: DivisionCode, key: PublicKey, root: PublicKey) -> String {
    let next = match key == root {
        true => "本站是网络的根，下级建站时用这把密钥作 --root".to_owned(),
        false => format!("请上级运行：fengsui-hub appoint {key} {division}"),
    };
    let dir = dir.display();
    format!(
        "已建站：{dir}（{division}）\n密钥 {key}\n下一步：\n  1. {next}\n  2. 本机运行：fengsui-hub --data {dir} run\n  \
         3. 检查：fengsui-hub --data {dir} doctor"
    )
}

pub(crate) fn appointed(appointed: &Appointed) -> String {
    format!(
        "已授权密钥 {} 代表 {}（{}{}）\n条目 {}，{}",
        &appointed.key[..8],
        appointed.division,
        fengsui_daemon::print::role_zh(&appointed.role),
        appointed.post.as_ref().map(|post| format!("，{post}")).unwrap_or_default(),
        appointed.entry,
        appointed.at
    )
}

pub(crate) fn events(events: &[EventView]) -> String {
    let row = |event: &EventView| {
        let counts = [event.divisions.to_string(), event.revisions.to_string()];
        let state = match (&event.merged_into, &event.stable_since) {
            (Some(into), _) => format!("已并入 {into}"),
            (None, Some(_)) => "稳定，待核报".into(),
            (None, None) => "进行中".into(),
        };
        let about = vec![event.event.to_string(), event.kind.clone(), event.county.to_string()];
        [about, counts.to_vec(), vec![state]].concat()
    };
    let rows: Vec<_> = events.iter().map(row).collect();
    let mut text = match events.first().and_then(|event| event.as_of.as_ref()) {
        Some(as_of) => format!("截至 {as_of} 本站已收到的\n"),
        None => String::new(),
    };
    let head = ["事件", "灾种", "县级单位", "已报单位", "报告版次", "状态"];
    text.push_str(&table(&head, &rows, &[3, 4]));
    events.iter().for_each(|event| text.push_str(&course(event)));
    text
}

/// What is to be known of the course of one event; nothing where there is nothing.
fn course(event: &EventView) -> String {
    let mut lines = Vec::new();
    if !event.merged.is_empty() {
        let merged: Vec<String> = event.merged.iter().map(ToString::to_string).collect();
        lines.push(format!("并入 {}", merged.join("、")));
    }
    if !event.moved_to.is_empty() {
        let moved: Vec<String> = event.moved_to.iter().map(ToString::to_string).collect();
        lines.push(format!("有报告经勘误改计入 {}", moved.join("、")));
    }
    if let (Some(since), Some(by)) = (&event.stable_since, &event.verify_by) {
        lines.push(format!("自 {since} 起稳定，各级应于 {by} 前核报"));
    }
    let owing = match (&event.stable_since, event.continue_within_h) {
        (None, Some(hours)) => format!("{hours} 小时内未续报"),
        _ => "尚未核报".into(),
    };
    for (what, divisions) in [("初报迟报", &event.late), (owing.as_str(), &event.owing)] {
        if divisions.is_empty() {
            continue;
        }
        let names: Vec<&str> = divisions.iter().take(NAMED_MAX).map(|of| of.name.as_str()).collect();
        let more =
            if divisions.len() > NAMED_MAX { format!(" 等 {} 个", divisions.len()) } else { String::new() };
        lines.push(format!("{what}：{}{more}", names.join("、")));
    }
    lines.into_iter().map(|line| format!("  {}  {line}\n", event.event)).collect()
}

pub(crate) fn issued(issued: &Issued) -> String {
    format!("已发布区划表第 {} 版，{} 个单位，条目 {}", issued.version, issued.divisions, issued.entry)
}
