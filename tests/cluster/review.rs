//! Review: the county says what it finds, cell by cell, and the clerk sees it; a total of what was reviewed stands beside
//! that of what was received.

use serde_json::Value;

use crate::network::{FLOOD, KOUQIAN, Network, SHUANGHE, YONGJI};
use crate::station::{PATIENCE, Station, wait_for};
use crate::view::{figure, listed, reasons, steps, wait_steps, wait_total};

const REVIEWED: [&str; 4] = ["total", "--reviewed", "--event", FLOOD];

fn report(node: &Station, figures: &str) -> String {
    node.submit(&["--event", FLOOD, "--set", figures])
}

/// Entries that wait at `hub`, the oldest first.
fn waiting(hub: &Station) -> Vec<String> {
    let waiting = hub.json(&["review"]);
    let waiting = waiting.as_array().expect("a list");
    waiting.iter().map(|of| of["entry"].as_str().expect("an entry").into()).collect()
}

#[track_caller]
fn wait_waiting(hub: &Station, expected: &[&str]) {
    wait_for(&format!("{expected:?} to wait at {}", hub.division), PATIENCE, || {
        let waiting = waiting(hub);
        if waiting == expected { Ok(()) } else { Err(format!("{waiting:?}")) }
    });
}

#[track_caller]
fn wait_reviewed(hub: &Station, expected: Option<i64>) -> Value {
    wait_for(&format!("{expected:?} reviewed at {}", hub.division), PATIENCE, || {
        let total = hub.json(&REVIEWED);
        if figure(&total, "QL010") == expected { Ok(total) } else { Err(total.to_string()) }
    })
}

#[test]
fn a_report_is_returned_corrected_and_accepted() {
    let network = Network::running();
    let (first, second) = (network.running_node(KOUQIAN), network.running_node(SHUANGHE));
    let returned = report(&first, "QL010=120");
    wait_waiting(&network.county, &[&returned]);
    let good = report(&second, "QL010=30");
    wait_waiting(&network.county, &[&returned, &good]);
    assert_eq!(waiting(&network.root), [""; 0], "the county is nearer");
    wait_reviewed(&network.county, None);

    network.county.json(&["review", &good, "--accept"]);
    let back = ["review", &returned, "--return", "QL010=与灾民台账不符", "--return", "整表=请补充文字说明"];
    network.county.json(&back);
    wait_waiting(&network.county, &[]);
    let shown = wait_steps(&second, &good, &["已存本机", "已到县", "县已审", "已到省"]);
    assert_eq!(shown["reviews"][0]["division"]["code"], YONGJI);
    let shown = wait_steps(&first, &returned, &["已存本机", "已到县", "县已退回", "已到省"]);
    let cells = &shown["reviews"][0]["cells"];
    assert_eq!((&cells[0]["zh"], &cells[0]["reason"]), (&"整份报告".into(), &"请补充文字说明".into()));
    assert_eq!((&cells[1]["code"], &cells[1]["reason"]), (&"QL010".into(), &"与灾民台账不符".into()));
    let list = first.command(&["list"]);
    assert!(list.text().contains("退回") && list.text().contains("与灾民台账不符"), "{list:?}");
    assert!(!second.command(&["list"]).text().contains("退回"), "a neighbour's matter is not its own");

    for hub in [&network.county, &network.root] {
        wait_total(hub, FLOOD, &[("QL010", 150)]);
        let total = wait_reviewed(hub, Some(30));
        let counts = &total["reviews"];
        assert_eq!(
            [&counts["reviewed"], &counts["returned"], &counts["waiting"]],
            [1, 1, 0].map(Value::from).each_ref()
        );
        assert_eq!(total["returned"][0]["code"], KOUQIAN);
    }
    let text = network.root.command(&REVIEWED);
    assert!(text.text().contains("已计入 1（已审 1，待审 0，退回 1）"), "{text:?}");
    assert!(text.text().contains("退回未计入：口前镇"), "{text:?}");

    let explained = ["--explanation", "核对灾民台账后更正"];
    let corrected = [&["--event", FLOOD, "--update", "--set", "QL010=100"], &explained[..]].concat();
    let corrected = first.submit(&corrected);
    wait_waiting(&network.county, &[&corrected]);
    network.county.json(&["review", &corrected, "--accept"]);
    wait_reviewed(&network.root, Some(130));
    // A slip is taken back, and the total follows.
    network.county.json(&["review", &corrected, "--undo"]);
    wait_reviewed(&network.root, Some(30));
    wait_waiting(&network.county, &[&corrected]);
    let shown = wait_steps(&first, &corrected, &["已存本机", "已到县", "已到省"]);
    assert_eq!(shown["reviews"].as_array().map(Vec::len), Some(2), "the record keeps both words: {shown}");
    network.county.json(&[
        "review",
        &corrected,
        "--correct-time",
        "2026-07-20T03:30",
        "--correct-kind",
        "风雹",
    ]);
    let shown = wait_for("the correction to come down", PATIENCE, || {
        let shown = first.command(&["show", &corrected]);
        if shown.out.contains("勘误") { Ok(shown) } else { Err(shown.out) }
    });
    assert!(shown.text().contains("灾害发生时间应为 2026-07-20 03:30:00") && shown.text().contains("风雹"));
    assert_eq!(listed(&first, &corrected).expect("it is listed")["event"], FLOOD, "what was signed stands");
}

#[test]
fn what_cannot_be_reviewed_is_refused() {
    let network = Network::running();
    let node = network.running_node(KOUQIAN);
    let entry = report(&node, "QL010=5");
    wait_waiting(&network.county, &[&entry]);
    let county = |args: &[&str]| network.county.command(&[&["review", &entry], args].concat());
    county(&[]).refused(2, &["--accept", "say what"]);
    county(&["--return", "QL010"]).refused(2, &["代码=理由"]);
    county(&["--return", "QL999=不对"]).refused(2, &["QL999", "没有这个指标"]);
    county(&["--return", "QL010="]).refused(3, &["未签发", "逐项写明理由"]);
    county(&["--accept", "--undo"]).refused(2, &["--undo"]);
    county(&["--undo"]).refused(3, &["没有可撤销的审核"]);
    county(&["--correct-kind", "洪水猛兽"]).refused(2, &["没有这个灾种"]);
    let appointment = network.county.json(&["appoint", &node.key, KOUQIAN])["entry"].clone();
    let appointment = appointment.as_str().expect("an entry");
    network.county.command(&["review", appointment, "--accept"]).refused(3, &["不是可识读的报告"]);
    county(&["--accept"]).text();
    county(&["--accept"]).refused(3, &["已有同样的审核意见"]);
}

#[test]
fn a_clerk_takes_a_report_back_before_it_is_accepted() {
    let network = Network::running();
    let node = network.running_node(KOUQIAN);
    let kept = report(&node, "QL010=5");
    wait_waiting(&network.county, &[&kept]);
    network.county.json(&["review", &kept, "--accept"]);
    wait_steps(&node, &kept, &["已存本机", "已到县", "县已审", "已到省"]);
    node.command(&["withdraw", &kept]).refused(3, &["未撤回", "永吉县", "已审核通过", "--update"]);

    let slip = node.submit(&["--event", FLOOD, "--update", "--set", "QL010=5000"]);
    wait_total(&network.root, FLOOD, &[("QL010", 5_000)]);
    let text = node.command(&["withdraw", "1"]);
    assert!(text.text().contains("已撤回") && text.text().contains(FLOOD), "{text:?}");
    node.command(&["withdraw", &slip]).refused(3, &["已经撤回"]);
    for hub in [&network.county, &network.root] {
        wait_total(hub, FLOOD, &[("QL010", 5)]);
        assert_eq!(reasons(&hub.json(&["show", &slip])), ["WITHDRAWN"]);
    }
    wait_waiting(&network.county, &[]);
    network.county.command(&["review", &slip, "--accept"]).refused(3, &["WITHDRAWN", "已撤回"]);
    network.county.command(&["withdraw", &slip]).refused(3, &["只有报送单位自己可以撤回"]);
    assert_eq!(steps(&listed(&node, &slip).expect("it stays in the list"))[0], "已存本机");
}
