//! How the hub's own answers read.

use std::path::Path;

use fengsui_daemon::print::table;
use fengsui_model::DivisionCode;
use fengsui_wire::PublicKey;

use crate::hub::{Appointed, EventView, Issued};

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
        [vec![event.event.to_string(), event.kind.clone(), event.county.to_string()], counts.to_vec()]
            .concat()
    };
    let rows: Vec<_> = events.iter().map(row).collect();
    table(&["事件", "灾种", "县级单位", "已报单位", "报告版次"], &rows, &[3, 4])
}

pub(crate) fn issued(issued: &Issued) -> String {
    format!("已发布区划表第 {} 版，{} 个单位，条目 {}", issued.version, issued.divisions, issued.entry)
}
