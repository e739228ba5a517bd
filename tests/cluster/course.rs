//! The course of an event: stable by the county's word, several put together, and a township that is cut off.

use serde_json::Value;

use crate::network::{FLOOD, KOUQIAN, Network, SHUANGHE};
use crate::station::{PATIENCE, Station, wait_for};
use crate::view::{figure, wait_total};

const NEXT_DAY: &str = "20260721-220221-flood";

#[track_caller]
fn wait_event(hub: &Station, event: &str, what: &str, look: impl Fn(&Value) -> bool) -> Value {
    wait_for(&format!("{event} to be {what} at {}", hub.division), PATIENCE, || {
        let events = hub.json(&["events"]);
        let found = events.as_array().expect("a list").iter().find(|of| of["event"] == event);
        found.filter(|of| look(of)).cloned().ok_or_else(|| events.to_string())
    })
}

#[test]
fn events_are_merged_and_become_stable_by_the_countys_word() {
    let network = Network::running();
    let (county, root) = (&network.county, &network.root);
    let (first, second) = (network.running_node(KOUQIAN), network.running_node(SHUANGHE));
    let report = first.submit(&["--event", FLOOD, "--set", "QL010=120"]);
    second.submit(&["--event", NEXT_DAY, "--set", "QL010=30"]);
    wait_total(root, FLOOD, &[("QL010", 120)]);
    wait_total(root, NEXT_DAY, &[("QL010", 30)]);

    county.command(&["event", "merge", FLOOD, "20260725-220221-flood"]).refused(3, &["还没有任何报告"]);
    county.command(&["event", "merge", FLOOD, FLOOD]).refused(3, &["其他事件"]);
    let merged = county.json(&["event", "merge", FLOOD, NEXT_DAY]);
    for hub in [county, root] {
        wait_total(hub, FLOOD, &[("QL010", 150)]);
        let part = wait_event(hub, NEXT_DAY, "merged", |of| of["merged_into"] == FLOOD);
        assert_eq!(part["revisions"], 1);
    }
    let shown = root.command(&["show", merged["entry"].as_str().expect("an entry")]);
    assert!(shown.text().contains("并案") && shown.text().contains(NEXT_DAY), "{shown:?}");
    county.json(&["event", "split", FLOOD]);
    wait_total(root, FLOOD, &[("QL010", 120)]);

    county
        .command(&["event", "stable", FLOOD, "--since", "2026-07-19T08:00"])
        .refused(3, &["早于灾害发生日期"]);
    county.command(&["event", "stable", FLOOD, "--since", "2099-01-01T00:00"]).refused(3, &["不能晚于现在"]);
    root.command(&["event", "stable", FLOOD]).refused(3, &["不管辖此灾害事件"]);
    county.command(&["event", "stable", FLOOD, "--since", "2026-07-23T08:00"]).text();
    let stable = wait_event(root, FLOOD, "stable", |of| !of["stable_since"].is_null());
    assert_eq!(
        (&stable["stable_since"], &stable["verify_by"]),
        (&"2026-07-23 08:00:00".into(), &"2026-08-02 08:00:00".into())
    );
    assert_eq!(stable["owing"][0]["code"], KOUQIAN, "it has not verified");
    first.submit(&["--event", FLOOD, "--update", "--stage", "核报"]);
    wait_event(root, FLOOD, "verified", |of| of["owing"] == Value::Array(vec![]));
    let later = ["submit", "--event", FLOOD, "--update", "--stage", "续报"];
    first.command(&later).refused(3, &["STAGE", "核报之后不能再报续报"]);
    let text = county.command(&["events"]);
    assert!(text.text().contains("稳定，待核报") && text.text().contains("各级应于 2026-08-02"), "{text:?}");
    county.json(&["event", "reopen", FLOOD]);
    wait_event(root, FLOOD, "open again", |of| of["stable_since"].is_null());
    assert!(first.json(&["show", &report])["verified"] == true);
}

#[test]
fn a_county_files_for_a_township_that_is_cut_off() {
    let network = Network::running();
    let (county, root) = (&network.county, &network.root);
    let told = ["--told-by", "双河镇值班室", "--told-at", "2026-07-20T05:10"];
    let file = |division: &str, figures: &str| {
        let args = ["file-for", division, "--event", FLOOD, "--set", figures];
        county.command(&[&args[..], &told].concat())
    };
    file("220282", "QL010=1").refused(3, &["不是本站下级"]);
    county
        .command(&["file-for", SHUANGHE, "--event", FLOOD, "--told-by", " ", "--told-at", "2026-07-20T05:10"])
        .refused(3, &["不写姓名"]);
    let filed = file(SHUANGHE, "QL010=30");
    assert!(filed.text().contains("为 220221101 代报") && filed.text().contains("已存本机"), "{filed:?}");
    let other = network.running_node(KOUQIAN);
    let report = other.submit(&["--event", FLOOD, "--set", "QL010=120"]);
    for hub in [county, root] {
        wait_total(hub, FLOOD, &[("QL010", 150)]);
        let text = hub.command(&["total", "--event", FLOOD]);
        assert!(
            text.text().contains("已计入 2，其中代报 1") && text.text().contains("（永吉县代报）"),
            "{text:?}"
        );
    }
    county.json(&["review", &report, "--accept"]);
    let signed = county.command(&["submission", "sign", "--event", FLOOD]);
    assert!(signed.text().contains("1 本报，1 代报，6 缺报"), "{signed:?}");
    wait_for("the province to have checked it", PATIENCE, || {
        let list = root.command(&["submission", "list", "--event", FLOOD]);
        if list.out.contains("与本站汇总一致") { Ok(()) } else { Err(list.out) }
    });

    // The line is back: the township sees what was said for it, and its own report takes its place.
    let township = network.running_node(SHUANGHE);
    let own = township.submit(&["--event", FLOOD, "--set", "QL010=33"]);
    for hub in [county, root] {
        wait_total(hub, FLOOD, &[("QL010", 153)]);
        let total = hub.json(&["total", "--event", FLOOD]);
        let counted = total["counted"].as_array().expect("who is counted");
        assert!(counted.iter().all(|of| of["filed_by"].is_null()), "{total}");
    }
    let reviewed = county.json(&["total", "--reviewed", "--event", FLOOD]);
    assert_eq!(figure(&reviewed, "QL010"), Some(150), "until it is accepted the county's word stands");
    county.json(&["review", &own, "--accept"]);
    let reviewed = county.json(&["total", "--reviewed", "--event", FLOOD]);
    assert_eq!(figure(&reviewed, "QL010"), Some(153));
}
