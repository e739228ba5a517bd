//! The stations below a hub, on a terminal: first how many are how, then by hub each that somebody must look at.

use std::fmt::Write;

use super::{put, table};
use crate::views::{Counts, HubView, Presence, StationStatus, StationView, by_hub};

/// So many stations are always listed one by one: it is a county, and its reviewer knows each.
const LISTED_ALWAYS: usize = 30;
const ONLINE: &str = "在线";

/// The stations of a status; with `all`, also those that are as they should be.
pub(super) fn stations(status: &StationStatus, all: bool) -> String {
    if status.counts.stations == 0 {
        return String::new();
    }
    let mut text = String::new();
    put(&mut text, "下级站", summary(&status.counts));
    let every = all || status.stations.len() <= LISTED_ALWAYS;
    let listed: Vec<&StationView> = status.stations.iter().filter(|view| every || !is_fine(view)).collect();
    // A daemon that goes on with older software after an upgrade does not count by hub.
    let hubs = if status.hubs.is_empty() { &by_hub(&status.stations) } else { &status.hubs };
    if !every && hubs.len() > 1 {
        let rows: Vec<_> = hubs.iter().map(hub_row).collect();
        let head = ["上报至", "站数", "在线", "离线", "未上线", "情况不明", "缺条目"];
        text.push_str(&table(&head, &rows, &[1, 2, 3, 4, 5, 6]));
    }
    if !listed.is_empty() {
        let head = ["单位", "类型", "状态", "起始时间", "已存", "本级缺", "该站缺", "说明"];
        text.push_str(&table(&head, &grouped(hubs, &listed), &[4, 5, 6]));
    }
    let fine = status.stations.len() - listed.len();
    if fine > 0 {
        let _ = writeln!(text, "  另有 {fine} 站一切正常，加 --all 逐站列出");
    }
    text
}

/// The rows of `listed`, those of each hub under a row that names it.
fn grouped(hubs: &[HubView], listed: &[&StationView]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for hub in hubs {
        let of_hub: Vec<_> = listed.iter().filter(|view| view.hub.code == hub.division.code).collect();
        if !of_hub.is_empty() {
            rows.push(heading(hub));
            rows.extend(of_hub.into_iter().map(|view| row(view)));
        }
    }
    rows
}

/// A hub over its stations: how many of how many are online, and, in the last column, how the others are.
fn heading(hub: &HubView) -> Vec<String> {
    let online = format!("在线 {}/{}", hub.counts.online, hub.counts.stations);
    let others = parts(&hub.counts).filter(|(word, _)| *word != ONLINE);
    let mut cells = vec![hub.division.to_string(), String::new(), online];
    cells.extend(std::iter::repeat_n(String::new(), 4));
    cells.push(joined(others));
    cells
}

/// Those of `counts` that are not zero, by the word for them.
fn parts(counts: &Counts) -> impl Iterator<Item = (&'static str, usize)> {
    let parts = [
        (ONLINE, counts.online),
        ("离线", counts.offline),
        ("未上线", counts.never),
        ("情况不明", counts.unknown),
        ("缺条目", counts.behind),
        ("时钟不准", counts.clock_wrong),
        ("版本偏旧", counts.old_version),
    ];
    parts.into_iter().filter(|(_, count)| *count > 0)
}

fn joined(parts: impl Iterator<Item = (&'static str, usize)>) -> String {
    parts.map(|(word, count)| format!("{word} {count}")).collect::<Vec<_>>().join("，")
}

fn summary(counts: &Counts) -> String {
    format!("共 {} 个：{}", counts.stations, joined(parts(counts)))
}

fn hub_row(hub: &HubView) -> Vec<String> {
    let counts = &hub.counts;
    let numbers =
        [counts.stations, counts.online, counts.offline, counts.never, counts.unknown, counts.behind];
    let cell = |count: &usize| if *count == 0 { "·".to_owned() } else { count.to_string() };
    std::iter::once(hub.division.to_string()).chain(numbers.iter().map(cell)).collect()
}

fn is_fine(view: &StationView) -> bool {
    view.presence == Presence::Online
        && view.missing + view.behind == 0
        && !view.clock_wrong
        && !view.old_version
}

fn row(view: &StationView) -> Vec<String> {
    let state = match view.presence {
        Presence::Online => ONLINE,
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
        format!("  {}", view.division),
        super::role_zh(&view.role).into(),
        state.into(),
        view.since.clone().unwrap_or_default(),
        view.entries.to_string(),
        count(view.missing),
        count(view.behind),
        said.join("；"),
    ]
}

#[cfg(test)]
mod tests;
