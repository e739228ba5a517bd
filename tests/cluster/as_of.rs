//! As of a moment: a hub says today what it knew last night, and a report that was corrected counts where it belongs.

use std::time::Duration;

use serde_json::Value;

use crate::network::{FLOOD, KOUQIAN, Network, SHUANGHE};
use crate::station::{PATIENCE, Station, wait_for};
use crate::view::{figure, wait_total};

const HAIL: &str = "20260720-220221-wind_hail";
/// So long apart, what is asked as of the end of one second never holds what came in the next.
const APART: Duration = Duration::from_millis(2_100);

/// The end of the second in which `hub` received the last report of `event` that it counts.
fn moment(hub: &Station, event: &str) -> String {
    let total = hub.json(&["total", "--event", event]);
    let received = total["counted"].as_array().expect("who is counted").iter();
    let last = received.map(|of| of["received_at"].as_str().expect("a time")).max().expect("a report");
    format!("{}.999", last.replace(' ', "T"))
}

fn total_at(hub: &Station, at: &str, more: &[&str]) -> Value {
    hub.json(&[&["total", "--event", FLOOD, "--as-of", at][..], more].concat())
}

#[test]
fn a_hub_says_what_it_knew_at_a_moment() {
    let network = Network::running();
    let (county, root) = (&network.county, &network.root);
    let (first, second) = (network.running_node(KOUQIAN), network.running_node(SHUANGHE));
    let report = first.submit(&["--event", FLOOD, "--set", "QL010=120"]);
    wait_total(root, FLOOD, &[("QL010", 120)]);
    let moments = [moment(county, FLOOD), moment(root, FLOOD)];
    std::thread::sleep(APART);
    second.submit(&["--event", FLOOD, "--set", "QL010=30"]);
    county.json(&["review", &report, "--accept"]);
    county.json(&["submission", "sign", "--event", FLOOD]);
    wait_total(root, FLOOD, &[("QL010", 150)]);
    for (hub, at) in [(county, &moments[0]), (root, &moments[1])] {
        let then = total_at(hub, at, &[]);
        assert_eq!(figure(&then, "QL010"), Some(120), "{then}");
        assert!(then["as_of"].as_str().is_some_and(|of| at.starts_with(&of.replace(' ', "T"))), "{then}");
        assert_eq!(then["counted"].as_array().map(Vec::len), Some(1));
        assert_eq!(then["missing"].as_array().map(Vec::len), Some(8 - 1));
        assert_eq!(figure(&total_at(hub, at, &["--reviewed"]), "QL010"), None, "nobody had reviewed it");
        let one = hub.json(&["figure", "QL010", "--event", FLOOD, "--as-of", at]);
        assert_eq!((&one["value"], &one["reported"]), (&120.into(), &1.into()), "{one}");
        let events = hub.json(&["events", "--as-of", at]);
        assert_eq!((&events[0]["divisions"], &events[0]["revisions"]), (&1.into(), &1.into()), "{events}");
        assert_eq!(hub.json(&["submission", "list", "--event", FLOOD, "--as-of", at]), Value::Array(vec![]));
    }
    let text = root.command(&["total", "--event", FLOOD, "--as-of", &moments[1]]);
    assert!(text.text().contains("：已报 1，未报 7"), "{text:?}");
    wait_for("the review to arrive", PATIENCE, || {
        let reviewed = root.json(&["figure", "QL010", "--event", FLOOD, "--reviewed"]);
        if reviewed["value"] == 120 { Ok(()) } else { Err(reviewed.to_string()) }
    });
    root.command(&["total", "--event", FLOOD, "--as-of", "2099-01-01T00:00"])
        .refused(2, &["--as-of", "不能晚于现在", "has not come yet"]);
    root.command(&["total", "--event", FLOOD, "--as-of", "last night"])
        .refused(2, &["--as-of", "时间应写成"]);
    root.command(&["total", "--event", FLOOD, "--as-of", "2026-07-20T22:00"])
        .refused(4, &["尚未收到区划表", "had not arrived by then"]);
}

#[test]
fn a_report_of_the_wrong_kind_is_counted_where_it_belongs() {
    let network = Network::running();
    let (county, root) = (&network.county, &network.root);
    let node = network.running_node(KOUQIAN);
    let report = node.submit(&["--event", FLOOD, "--set", "QL010=120"]);
    for hub in [county, root] {
        wait_total(hub, FLOOD, &[("QL010", 120)]);
    }
    let before = moment(root, FLOOD);
    std::thread::sleep(APART);
    county.json(&["review", &report, "--correct-kind", "风雹"]);
    for hub in [county, root] {
        wait_total(hub, HAIL, &[("QL010", 120)]);
        let flood = hub.json(&["total", "--event", FLOOD]);
        assert_eq!(figure(&flood, "QL010"), None);
        assert_eq!(flood["moved"][0]["to"], HAIL, "{flood}");
        let text = hub.command(&["total", "--event", HAIL]);
        assert!(text.text().contains(&format!("（勘误自 {FLOOD}）")), "{text:?}");
        let text = hub.command(&["total", "--event", FLOOD]);
        assert!(text.text().contains("经勘误改计入其他事件：220221100 口前镇，计入"), "{text:?}");
        let events = hub.json(&["events"]);
        assert_eq!(
            (&events[0]["event"], &events[0]["moved_to"][0]),
            (&FLOOD.into(), &HAIL.into()),
            "{events}"
        );
        assert_eq!((&events[1]["event"], &events[1]["divisions"]), (&HAIL.into(), &1.into()), "{events}");
    }
    let then = root.json(&["total", "--event", FLOOD, "--as-of", &before]);
    assert_eq!(figure(&then, "QL010"), Some(120), "nobody had corrected it then");
    let shown = node.json(&["show", &report]);
    assert_eq!(
        (&shown["event"], &shown["verified"]),
        (&FLOOD.into(), &true.into()),
        "what was signed stands"
    );
    county.json(&["review", &report, "--undo"]);
    for hub in [county, root] {
        wait_total(hub, FLOOD, &[("QL010", 120)]);
        assert_eq!(figure(&hub.json(&["total", "--event", HAIL]), "QL010"), None);
    }
}
