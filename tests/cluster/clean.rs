//! Review in one step, and what it leaves for a person: a figure that rose sharply, with old, new and percent.

use serde_json::Value;

use crate::network::{FLOOD, KOUQIAN, Network, SHUANGHE, YONGJI};
use crate::station::{PATIENCE, Station, wait_for};
use crate::view::wait_steps;

fn wait_waiting(hub: &Station, count: usize) -> Value {
    wait_for(&format!("{count} to wait at {}", hub.division), PATIENCE, || {
        let waiting = hub.json(&["review"]);
        if waiting.as_array().map(Vec::len) == Some(count) { Ok(waiting) } else { Err(waiting.to_string()) }
    })
}

#[test]
fn every_clean_report_is_accepted_in_one_step_and_the_rest_is_left_with_a_reason() {
    let network = Network::running();
    let county = &network.county;
    let (first, second) = (network.running_node(KOUQIAN), network.running_node(SHUANGHE));
    let clean = first.submit(&["--event", FLOOD, "--set", "QL010=120"]);
    second.submit(&["--event", FLOOD, "--set", "QL010=30"]);
    wait_waiting(county, 2);
    let sharp = second.json(&["submit", "--event", FLOOD, "--set", "QL010=120"]);
    let warning = &sharp["warnings"][0];
    assert_eq!(warning["check"], "FS08");
    for (language, part) in [
        ("zh", "30人 → 120人，+300%；请用 --because 说明原因"),
        ("en", "+300 %; give the reason with --because"),
    ] {
        assert!(warning[language].as_str().is_some_and(|text| text.contains(part)), "{warning}");
    }
    let explained = ["submit", "--event", FLOOD, "--set", "QL010=121", "--because", "新增两个村上报"];
    let sharp = second.json(&explained)["entry"].as_str().expect("it is kept").to_owned();
    let quiet = second.json(&["submit", "--event", FLOOD, "--set", "QL010=500", "--dry-run"]);
    assert_eq!(quiet["entry"], Value::Null);
    // The one before last rose sharply, the last one hardly: what the reviewer sees is judged against what it follows.
    wait_for("the last revision to wait", PATIENCE, || {
        let waiting = county.json(&["review"]);
        let found = waiting.as_array().is_some_and(|all| all.iter().any(|of| of["entry"] == sharp.as_str()));
        if found { Ok(()) } else { Err(waiting.to_string()) }
    });
    let more =
        second.json(&["submit", "--event", FLOOD, "--set", "QL010=900", "--because", "工业区也已统计"]);
    let more = more["entry"].as_str().expect("it is kept").to_owned();
    wait_for("the sharp one to wait", PATIENCE, || {
        let dry = county.json(&["review", "--accept-clean", "--dry-run"]);
        if dry["left"][0]["entry"] == more.as_str() { Ok(()) } else { Err(dry.to_string()) }
    });

    let key = network.file("reviewer.key");
    let made = county.json(&["person", "new", &key]);
    let public = made["key"].as_str().expect("a key");
    county.json(&["appoint", public, YONGJI, "--as", "reviewer", "--office", "民政"]);
    let dry = county.json(&["review", "--accept-clean", "--dry-run"]);
    assert_eq!(
        (&dry["accepted"][0]["entry"], &dry["accepted"][0]["review"]),
        (&clean.as_str().into(), &Value::Null)
    );
    county.command(&["review", "--accept-clean"]).refused(3, &["须由审核人签名"]);
    wait_waiting(county, 2);
    county.command(&["review", "--accept-clean", "--within", "220202"]).text();
    county
        .command(&["review", "--accept-clean", "--within", "220299999"])
        .refused(2, &["220299999", "区划表"]);
    county.command(&["review", "--accept-clean", "--period", "2026-10"]).refused(2, &["--form"]);
    county.command(&["review", &clean, "--within", YONGJI]).refused(2, &["--within"]);
    let text = county.command(&["review", "--accept-clean", "--event", FLOOD, "--key", &key]);
    for part in [
        "已审核通过 1 份，须逐份查看 1 份",
        "未处理  220221101 双河镇",
        "121人 → 900人，+644%；说明：工业区也已统计",
    ] {
        assert!(text.text().contains(part), "{part}: {text:?}");
    }
    let shown = wait_steps(&first, &clean, &["已存本机", "已到县", "县已审", "已到省"]);
    assert_eq!(shown["reviews"][0]["person"]["post"], "民政1号", "{shown}");
    let waiting = wait_waiting(county, 1);
    assert_eq!(waiting[0]["entry"], more.as_str());
}
