//! The stations below a hub, on a terminal: first how many are how, then by hub, then each that somebody must look at.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{put, table};
use crate::views::{Counts, Presence, StationStatus, StationView};

/// So many stations are always listed one by one: it is a county, and its reviewer knows each.
const LISTED_ALWAYS: usize = 30;

/// The stations of a status; with `all`, also those that are as they should be.
pub(super) fn stations(status: &StationStatus, all: bool) -> String {
    if status.counts.stations == 0 {
        return String::new();
    }
    let mut text = String::new();
    put(&mut text, "下级站", summary(&status.counts));
    let by_hub = by_hub(&status.stations);
    if by_hub.len() > 1 {
        let rows: Vec<_> = by_hub.iter().map(|(hub, views)| hub_row(hub, views)).collect();
        let head = ["上报至", "站数", "在线", "离线", "未上线", "情况不明", "缺条目"];
        text.push_str(&table(&head, &rows, &[1, 2, 3, 4, 5, 6]));
    }
    let every = all || status.stations.len() <= LISTED_ALWAYS;
    let listed: Vec<&StationView> = status.stations.iter().filter(|view| every || !is_fine(view)).collect();
    let rows: Vec<_> = listed.iter().map(|view| row(view)).collect();
    if !rows.is_empty() {
        let head = ["单位", "类型", "状态", "起始时间", "已存", "本级缺", "该站缺", "说明"];
        text.push_str(&table(&head, &rows, &[4, 5, 6]));
    }
    let fine = status.stations.len() - listed.len();
    if fine > 0 {
        let _ = writeln!(text, "  另有 {fine} 站一切正常，加 --all 逐站列出");
    }
    text
}

fn summary(counts: &Counts) -> String {
    let parts = [
        ("在线", counts.online),
        ("离线", counts.offline),
        ("未上线", counts.never),
        ("情况不明", counts.unknown),
        ("缺条目", counts.behind),
        ("时钟不准", counts.clock_wrong),
        ("版本偏旧", counts.old_version),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(_, count)| *count > 0).map(|(word, count)| format!("{word} {count}")).collect();
    format!("共 {} 个：{}", counts.stations, parts.join("，"))
}

/// By the hub directly above, in the order of its code.
fn by_hub(views: &[StationView]) -> BTreeMap<String, Vec<&StationView>> {
    let mut hubs: BTreeMap<String, Vec<&StationView>> = BTreeMap::new();
    for view in views {
        hubs.entry(view.hub.to_string()).or_default().push(view);
    }
    hubs
}

fn hub_row(hub: &str, views: &[&StationView]) -> Vec<String> {
    let counts = Counts::of(views.iter().copied());
    let numbers =
        [counts.stations, counts.online, counts.offline, counts.never, counts.unknown, counts.behind];
    let cell = |count: &usize| if *count == 0 { "·".to_owned() } else { count.to_string() };
    std::iter::once(hub.to_owned()).chain(numbers.iter().map(cell)).collect()
}

fn is_fine(view: &StationView) -> bool {
    view.presence == Presence::Online
        && view.missing + view.behind == 0
        && !view.clock_wrong
        && !view.old_version
}

fn row(view: &StationView) -> Vec<String> {
    let state = match view.presence {
        Presence::Online => "在线",
        Presence::Offline => "离线",
        Presence::Never => "未上线",
        Presence::Unknown => "情况不明",
    };
    let mut said = Vec::new();
    if view.presence == Presence::Unknown {
        said.push(format!("{} 失去联系", view.hub.name));
    }
    if view.clock_wrong {
        said.push(format!("时钟相差 {} 秒", view.clock_offset_s));
    }
    if let Some(software) = view.software.as_ref().filter(|_| view.old_version) {
        said.push(format!("版本偏旧 {software}"));
    }
    if !view.reason.is_empty() && view.presence != Presence::Online {
        said.push(super::ending::ending(&view.reason));
    }
    let count = |count: u64| if count == 0 { "·".to_owned() } else { count.to_string() };
    vec![
        view.division.to_string(),
        super::role_zh(&view.role).into(),
        state.into(),
        view.since.clone().unwrap_or_default(),
        view.entries.to_string(),
        count(view.missing),
        count(view.behind),
        said.join("；"),
    ]
}
