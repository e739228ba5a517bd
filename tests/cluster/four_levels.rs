//! Province, city, county, township: reports climb through all of them, and each level says who is there.

use serde_json::Value;

use crate::network::{FLOOD, JILIN_CITY, KOUQIAN, Network, SHUANGHE, YONGJI};
use crate::station::{PATIENCE, Station, wait_for};
use crate::view::{wait_presence, wait_steps, wait_total};

#[test]
fn a_report_climbs_four_levels_and_each_says_so() {
    let network = Network::running_with_city();
    let node = network.running_node(KOUQIAN);
    let entry = node.submit(&["--event", FLOOD, "--set", "QL010=41", "--set", "QL013=3"]);
    let city = network.city.as_ref().expect("this network has a city");
    for hub in [&network.county, city, &network.root] {
        wait_total(hub, FLOOD, &[("QL010", 41), ("QL013", 3), ("QL001", 1)]);
    }
    let shown = wait_steps(&node, &entry, &["已存本机", "已到县", "已到市", "已到省"]);
    let signers: Vec<&str> =
        shown["hops"].as_array().expect("hops").iter().filter_map(|hop| hop["signer"].as_str()).collect();
    assert_eq!(signers, [&node.key, &network.county.key, &city.key, &network.root.key]);
    // Totals follow the directory: any level answers for any division below it.
    for division in ["22", JILIN_CITY, YONGJI, KOUQIAN] {
        let total = network.root.json(&["total", division, "--event", FLOOD]);
        assert_eq!(crate::view::figure(&total, "QL010"), Some(41), "{division}");
    }
}

#[test]
fn each_level_tells_online_offline_and_unknown_apart() {
    let mut network = Network::running_with_city();
    let mut first = network.running_node(KOUQIAN);
    let second = network.running_node(SHUANGHE);
    let absent = network.node("220221102");
    network.appoint(&absent);
    let city = network.city.as_ref().expect("this network has a city");
    for hub in [&network.county, city, &network.root] {
        wait_presence(hub, &first, "online");
        wait_presence(hub, &second, "online");
        wait_presence(hub, &absent, "never");
    }
    let entry = first.submit(&["--event", FLOOD, "--set", "QL010=5"]);
    wait_steps(&first, &entry, &["已存本机", "已到县", "已到市", "已到省"]);
    wait_counts(&network.root, &[("stations", 5), ("online", 4), ("never", 1), ("behind", 0)]);

    first.stop();
    for hub in [&network.county, city, &network.root] {
        let seen = wait_presence(hub, &first, "offline");
        assert!(seen["since_ms"].as_i64().is_some_and(|since| since > 1_700_000_000_000), "{seen}");
        assert_eq!(seen["hub"]["code"], YONGJI, "{seen}");
    }
    let only = network.root.json(&["status", "--only", "offline", "--within", YONGJI]);
    let listed: Vec<_> =
        only["stations"].as_array().expect("stations").iter().map(|of| of["key"].clone()).collect();
    assert_eq!(listed, [Value::from(first.key.as_str())], "a filter leaves the others out");
    let text = network.root.command(&["status"]);
    assert!(text.text().contains("离线 1") && text.text().contains("220221100 口前镇"), "{}", text.text());
    let text = network.root.command(&["status", "--all"]);
    assert!(text.text().contains("220221 永吉县") && text.text().contains("在线 1/3"), "{}", text.text());

    // The county goes: what it said of its townships is worth nothing now, and nobody may call them offline.
    network.county.stop();
    for hub in [city, &network.root] {
        wait_presence(hub, &network.county, "offline");
        wait_presence(hub, &first, "unknown");
        wait_presence(hub, &second, "unknown");
    }
    network.county.start();
    for hub in [city, &network.root] {
        wait_presence(hub, &second, "online");
    }
    // It has forgotten who was connected before, and still knows what it holds of whom.
    for hub in [&network.county, city, &network.root] {
        let seen = wait_presence(hub, &first, "offline");
        assert!(seen["since_ms"].as_i64().is_some_and(|since| since > 1_700_000_000_000), "{seen}");
        wait_presence(hub, &absent, "never");
    }
}

#[test]
fn a_county_may_have_the_province_as_parent_beside_its_citys_hub() {
    let network = Network::running_past_city();
    let mut node = network.running_node(KOUQIAN);
    let absent = network.node(SHUANGHE);
    network.appoint(&absent);
    let city = network.city.as_ref().expect("this network has a city");
    let entry = node.submit(&["--event", FLOOD, "--set", "QL010=41"]);
    wait_steps(&node, &entry, &["已存本机", "已到县", "已到省"]);
    // Totals and status follow the directory, not the wiring.
    let total = network.root.json(&["total", JILIN_CITY, "--event", FLOOD]);
    assert_eq!(crate::view::figure(&total, "QL010"), Some(41), "{total}");
    for station in [city, &network.county, &node] {
        wait_presence(&network.root, station, "online");
    }
    wait_presence(&network.root, &absent, "never");
    let seen = wait_presence(&network.root, &network.county, "online");
    assert_eq!(seen["hub"]["code"], JILIN_CITY, "{seen}");
    node.stop();
    wait_presence(&network.root, &node, "offline");
}

#[test]
fn a_division_that_is_nowhere_is_named_in_a_filter() {
    let network = Network::new();
    network.root.command(&["status", "--within", "229999"]).refused(2, &["229999", "区划表", "directory"]);
}

#[track_caller]
fn wait_counts(hub: &Station, expected: &[(&str, u64)]) {
    wait_for(&format!("counts {expected:?} at {}", hub.division), PATIENCE, || {
        let counts = hub.status()["counts"].clone();
        let right = expected.iter().all(|(name, count)| counts[name] == *count);
        if right { Ok(()) } else { Err(counts.to_string()) }
    });
}
