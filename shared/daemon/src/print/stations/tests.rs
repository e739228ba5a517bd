//! The text, as an operator reads it.

use fengsui_model::{DivisionCode, Level};

use super::*;
use crate::views::DivisionView;

const YONGJI: (u64, &str) = (220_221, "永吉县");
const HUADIAN: (u64, &str) = (220_282, "桦甸市");

fn division((code, name): (u64, &str)) -> DivisionView {
    DivisionView { code: DivisionCode::new(code).unwrap(), name: name.into() }
}

/// A township that is as it should be.
fn fine(hub: (u64, &str), number: u64) -> StationView {
    StationView {
        division: division((hub.0 * 1000 + 100 + number, "某镇")),
        key: format!("{number:064x}"),
        role: "node".into(),
        hub: division(hub),
        presence: Presence::Online,
        since_ms: Some(0),
        since: Some("2026-11-22 12:00:00".into()),
        entries: 7,
        missing: 0,
        behind: 0,
        clock_offset_s: 0,
        clock_wrong: false,
        software: Some("fengsui 0.1.0".into()),
        old_version: false,
        reason: String::new(),
    }
}

/// The status of a city with these stations below it.
fn status(stations: Vec<StationView>) -> StationStatus {
    StationStatus {
        software: "fengsui 0.1.0".into(),
        division: division((2_202, "吉林市")),
        level: Level::City,
        key: String::new(),
        root: String::new(),
        log: String::new(),
        appointed: true,
        revoked: None,
        next_key: None,
        directory: 1,
        lanes: Vec::new(),
        owed: Vec::new(),
        links: Vec::new(),
        counts: Counts::of(&stations),
        hubs: by_hub(&stations),
        stations,
        logs: 0,
        entries: 0,
        journal_bytes: 0,
        forks: Vec::new(),
        unreadable: Vec::new(),
        quarantine: Vec::new(),
    }
}

/// The words of each line that lists a station or names a hub.
fn rows(text: &str) -> Vec<Vec<&str>> {
    text.lines().map(|line| line.split_whitespace().collect()).collect()
}

#[test]
fn each_hub_stands_over_its_stations() {
    let behind = StationView { behind: 12, missing: 3, ..fine(YONGJI, 1) };
    let gone = StationView {
        presence: Presence::Offline,
        reason: "keep the connection: timed out".into(),
        ..fine(HUADIAN, 0)
    };
    let clock = StationView { clock_offset_s: -420, clock_wrong: true, ..fine(HUADIAN, 1) };
    let old = StationView { software: Some("fengsui 0.0.9".into()), old_version: true, ..fine(HUADIAN, 2) };
    let text = stations(&status(vec![fine(YONGJI, 0), behind, gone, clock, old]), false);
    let expected = [
        "下级站 共 5 个：在线 4，离线 1，缺条目 1，时钟不准 1，版本偏旧 1",
        "单位 类型 状态 起始时间 已存 本级缺 该站缺 说明",
        "220221 永吉县 在线 2/2 缺条目 1",
        "220221100 某镇 乡镇站 在线 2026-11-22 12:00:00 7 · ·",
        "220221101 某镇 乡镇站 在线 2026-11-22 12:00:00 7 3 12",
        "220282 桦甸市 在线 2/3 离线 1，时钟不准 1，版本偏旧 1",
        "220282100 某镇 乡镇站 离线 2026-11-22 12:00:00 7 · · 线路中断",
        "220282101 某镇 乡镇站 在线 2026-11-22 12:00:00 7 · · 时钟相差 -420 秒",
        "220282102 某镇 乡镇站 在线 2026-11-22 12:00:00 7 · · 版本偏旧 fengsui 0.0.9",
    ];
    let expected: Vec<Vec<&str>> = expected.iter().map(|line| line.split(' ').collect()).collect();
    assert_eq!(rows(&text), expected, "{text}");
    let named = text.lines().find(|line| line.contains("220221100")).unwrap();
    assert!(named.starts_with("    220221100"), "a station stands further in than its hub: {text}");
}

#[test]
fn of_many_stations_only_those_to_look_at_are_listed() {
    let mut all: Vec<StationView> = (0..LISTED_ALWAYS as u64).map(|number| fine(YONGJI, number)).collect();
    all.push(StationView { presence: Presence::Unknown, ..fine(HUADIAN, 0) });
    let status = status(all);
    let text = stations(&status, false);
    let (summed, listed) = text.split_once("单位").unwrap();
    assert_eq!(
        rows(summed)[1..3],
        [
            vec!["上报至", "站数", "在线", "离线", "未上线", "情况不明", "缺条目"],
            vec!["220221", "永吉县", "30", "30", "·", "·", "·", "·"],
        ]
    );
    assert!(listed.contains("220282 桦甸市") && listed.contains("桦甸市 失去联系"), "{text}");
    assert!(!listed.contains("220221"), "nobody there has to be looked at: {text}");
    assert!(text.ends_with("另有 30 站一切正常，加 --all 逐站列出\n"), "{text}");

    let text = stations(&status, true);
    assert_eq!(text.lines().count(), 2 + 2 + 31, "one table with a row for each hub: {text}");
    assert_eq!(rows(&text)[2], ["220221", "永吉县", "在线", "30/30"]);
    assert_eq!(rows(&text)[33], ["220282", "桦甸市", "在线", "0/1", "情况不明", "1"]);
}

#[test]
fn a_filter_leaves_stations_out_and_not_the_count_of_their_hub() {
    let gone = StationView { presence: Presence::Offline, ..fine(YONGJI, 1) };
    let mut status = status(vec![fine(YONGJI, 0), gone, fine(HUADIAN, 0)]);
    status.stations.retain(|view| view.presence == Presence::Offline);
    let text = stations(&status, false);
    assert!(text.contains("220221 永吉县") && text.contains("在线 1/2"), "{text}");
    assert!(!text.contains("220221100") && !text.contains("桦甸市"), "{text}");

    status.hubs.clear();
    let text = stations(&status, false);
    assert!(text.contains("220221 永吉县") && text.contains("220221101"), "an older daemon: {text}");
}

#[test]
fn a_city_stands_before_its_counties() {
    let below = |hub| StationView { hub: division(hub), ..fine(YONGJI, 0) };
    let (county, other) = (below((2_202, "吉林市")), below((2_207, "松原市")));
    let hubs = by_hub(&[county, other, fine(YONGJI, 0)]);
    let codes: Vec<u64> = hubs.iter().map(|hub| hub.division.code.get()).collect();
    assert_eq!(codes, [2_202, 220_221, 2_207]);
}
