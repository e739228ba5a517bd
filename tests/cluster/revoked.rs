//! A key that was revoked, and the machine that takes its place.

use serde_json::Value;

use crate::binary;
use crate::network::{FLOOD, KOUQIAN, Network};
use crate::station::{PATIENCE, Station, wait_for};
use crate::view::{counted, link, listed, steps, wait_presence, wait_steps, wait_total};

/// Waits until the station knows that it was revoked, and why.
fn wait_told(node: &Station, hub: &Station) {
    wait_for("the revoked station to be told", PATIENCE, || {
        let up = link(node, &hub.key).ok_or("no link")?;
        let reason = up["link"]["reason"].as_str().unwrap_or_default();
        let told = reason.contains("本站密钥已被撤销") && reason.contains("revoked");
        if told { Ok(()) } else { Err(up.to_string()) }
    });
}

/// Waits until the station's own `status` says that it was revoked, and why; also while it does not run.
fn wait_revoked(station: &Station, reason: &str) {
    wait_for("the station to say that it was revoked", PATIENCE, || {
        let status = station.status();
        let said = status["revoked"] == reason && status["appointed"] == false;
        if said { Ok(()) } else { Err(status["revoked"].to_string()) }
    });
    let text = station.command(&["status"]);
    assert!(text.text().contains(&format!("已撤销：{reason}")), "{text:?}");
    assert!(!text.text().contains("已授权"), "{text:?}");
}

/// Like `wait_steps`, with the time that a dead line takes to be known as dead.
#[track_caller]
fn wait_way(node: &Station, entry: &str, expected: &[&str]) {
    wait_for(&format!("{entry} to come {expected:?}"), 3 * PATIENCE, || {
        let shown = node.json(&["show", entry]);
        if steps(&shown) == expected { Ok(()) } else { Err(shown["hops"].to_string()) }
    });
}

#[test]
fn a_revoked_station_goes_on_sending_in_vain() {
    let network = Network::running();
    let code = Network::code(&network.county, KOUQIAN, &[]);
    let mut node = network.enrolled_node("node", KOUQIAN, &code);
    let before = node.submit(&["--event", FLOOD, "--set", "QL010=5"]);
    wait_steps(&node, &before, &["已存本机", "已到县", "已到省"]);

    let revoked = network.county.json(&["revoke", KOUQIAN, "--reason", "机器遗失"]);
    assert_eq!((revoked["key"].as_str(), revoked["stands"].as_u64()), (Some(node.key.as_str()), Some(2)));
    wait_told(&node, &network.county);
    wait_revoked(&node, "机器遗失");
    let after = node.submit(&["--update", "--set", "QL010=500"]);
    node.stop();
    node.forget_log();
    node.start();
    wait_told(&node, &network.county);
    assert_eq!(listed(&node, &after).expect("nothing is lost")["hops"].as_array().map(Vec::len), Some(1));
    for hub in [&network.county, &network.root] {
        wait_total(hub, FLOOD, &[("QL010", 5)]);
        assert_eq!(counted(hub, FLOOD), [KOUQIAN], "what was said before stands");
        assert_eq!(hub.json(&["verify"])["faults"].as_array().map(Vec::len), Some(0));
    }

    // Nor does a stick bring what the line does not.
    node.stop();
    let stick = network.file("stick");
    node.json(&["export", &stick]);
    network.county.command(&["import", &stick]).refused(5, &[]);
    wait_total(&network.county, FLOOD, &[("QL010", 5)]);

    let again = network.county.command(&["revoke", &node.key, "--reason", "再次"]);
    again.refused(3, &["已经撤销", "already"]);
    network.county.command(&["revoke", "22", "--reason", "x"]).refused(3, &["下级", "not below"]);
    network.county.command(&["revoke", KOUQIAN, "--reason", "x"]).refused(3, &["没有在用的站点"]);
    network.county.command(&["revoke", "abc", "--reason", "x"]).refused(2, &["abc"]);
    let code = Network::code(&network.county, KOUQIAN, &[]);
    node.command(&["enroll", &code]).refused(3, &["本站密钥已被撤销", "--data", "revoked"]);
    wait_revoked(&node, "机器遗失");
}

#[test]
fn a_revoked_hub_says_so_itself() {
    let mut network = Network::running();
    assert_eq!(network.county.status()["revoked"], Value::Null);
    network.root.json(&["revoke", "220221", "--reason", "机构撤并"]);
    wait_told(&network.county, &network.root);
    wait_revoked(&network.county, "机构撤并");
    network.county.stop();
    wait_revoked(&network.county, "机构撤并");
}

#[test]
fn a_lost_machine_gets_its_history_back() {
    let network = Network::running();
    let code = Network::code(&network.county, KOUQIAN, &[]);
    let mut lost = network.enrolled_node("lost", KOUQIAN, &code);
    let first = lost.submit(&["--event", FLOOD, "--set", "QL010=5", "--set", "QL060=2"]);
    wait_steps(&lost, &first, &["已存本机", "已到县", "已到省"]);
    lost.kill();

    let code = Network::code(&network.county, KOUQIAN, &["--replaces"]);
    let node = network.enrolled_node("found", KOUQIAN, &code);
    assert_ne!(node.key, lost.key);
    let old = wait_for("the history to come back", PATIENCE, || {
        let found = listed(&node, &first).ok_or_else(|| node.json(&["list"]).to_string())?;
        let hops = found["hops"].as_array().map_or(0, Vec::len);
        if hops == 3 { Ok(found) } else { Err(found.to_string()) }
    });
    assert_eq!((old["signer"].as_str(), old["verified"].as_bool()), (Some(lost.key.as_str()), Some(true)));
    let shown = node.json(&["show", &first]);
    assert!(shown["figures"].to_string().contains("QL060"), "the body came too: {shown}");

    // The next revision follows the old machine's: what is not given is as it was.
    let next = node.submit(&["--update", "--set", "QL010=6"]);
    wait_steps(&node, &next, &["已存本机", "已到县", "已到省"]);
    let shown = node.json(&["show", &next]);
    assert_eq!(shown["revision"], 1, "{shown}");
    for hub in [&network.county, &network.root] {
        wait_total(hub, FLOOD, &[("QL010", 6), ("QL060", 2)]);
    }

    // The lost machine turns up again.
    lost.start();
    wait_told(&lost, &network.county);
    assert_eq!(network.county.json(&["invites"])[0]["used_by"], node.key.as_str());
}

#[test]
fn a_station_moves_to_the_hub_above_with_its_key_and_log() {
    let mut network = Network::running();
    let code = Network::code(&network.county, KOUQIAN, &[]);
    let mut node = network.enrolled_node("node", KOUQIAN, &code);
    let first = node.submit(&["--event", FLOOD, "--set", "QL010=5"]);
    wait_steps(&node, &first, &["已存本机", "已到县", "已到省"]);
    network.county.stop();
    node.stop();
    // The province outranks the county: it takes the station over.
    let code = Network::code(&network.root, KOUQIAN, &["--replaces"]);
    let moved = node.json(&["enroll", &code]);
    assert_eq!(moved["key"], node.key.as_str(), "the same key");
    assert_eq!(moved["parent_key"], network.root.key.as_str());
    node.start();
    let next = node.submit(&["--update", "--set", "QL010=6"]);
    wait_steps(&node, &next, &["已存本机", "已到省"]);
    wait_total(&network.root, FLOOD, &[("QL010", 6)]);
    wait_presence(&network.root, &network.county, "offline");
    wait_presence(&network.root, &node, "online");
    // The county is back, and has not seen it since.
    network.county.start();
    wait_presence(&network.county, &node, "offline");
    wait_presence(&network.root, &network.county, "online");
    let seen = wait_presence(&network.root, &node, "online");
    assert_eq!(seen["hub"]["code"], "220221", "{seen}");
}

#[test]
fn a_township_turns_to_the_hub_above_and_follows_the_new_one_by_itself() {
    let mut network = Network::running();
    let code = Network::code(&network.county, KOUQIAN, &[]);
    let node = network.enrolled_node("node", KOUQIAN, &code);
    let first = node.submit(&["--event", FLOOD, "--set", "QL010=5"]);
    wait_steps(&node, &first, &["已存本机", "已到县", "已到省"]);
    network.county.kill();

    // Nobody is at hand in the township: its second parent came with the code.
    let alone = node.submit(&["--update", "--set", "QL010=6"]);
    wait_way(&node, &alone, &["已存本机", "已到省"]);
    wait_total(&network.root, FLOOD, &[("QL010", 6)]);
    wait_presence(&network.root, &network.county, "offline");
    wait_presence(&network.root, &node, "online");

    let code = Network::code(&network.root, "220221", &["--replaces"]);
    let address = crate::network::free_address();
    let args = [code.as_str(), "--listen", &address];
    let mut county = Station::enroll(binary::hub(), network.path("county-2"), "220221", &args);
    county.start();
    let next = node.submit(&["--update", "--set", "QL010=7"]);
    wait_way(&node, &next, &["已存本机", "已到县", "已到省"]);
    wait_total(&county, FLOOD, &[("QL010", 7)]);

    // The new hub moves to another address.
    county.stop();
    let config = county.dir().join("fengsui.toml");
    let moved = crate::network::free_address();
    let text = std::fs::read_to_string(&config).expect("read").replace(&address, &moved);
    std::fs::write(&config, text).expect("write");
    network.root.json(&["locate", "220221", "--address", &moved]);
    network.root.command(&["locate", "220221", "--address", "here"]).refused(2, &["here", "主机:端口"]);
    county.start();
    let last = node.submit(&["--update", "--set", "QL010=8"]);
    wait_way(&node, &last, &["已存本机", "已到县", "已到省"]);
    wait_total(&county, FLOOD, &[("QL010", 8)]);
}

#[test]
fn a_county_hub_is_replaced_and_its_townships_go_on() {
    let mut network = Network::running();
    let code = Network::code(&network.county, KOUQIAN, &[]);
    let mut node = network.enrolled_node("node", KOUQIAN, &code);
    let first = node.submit(&["--event", FLOOD, "--set", "QL010=5"]);
    wait_steps(&node, &first, &["已存本机", "已到县", "已到省"]);
    network.county.kill();

    let code = Network::code(&network.root, "220221", &["--replaces"]);
    let address = crate::network::free_address();
    let args = [code.as_str(), "--listen", &address];
    let mut county = Station::enroll(binary::hub(), network.path("county-2"), "220221", &args);
    county.address = Some(address);
    county.start();
    // What the old hub had appointed comes back with its log.
    wait_for("the new hub to know the township", PATIENCE, || {
        let status = county.status();
        let stations = status["stations"].as_array().expect("status lists the stations below");
        let known = stations.iter().any(|station| station["key"] == node.key.as_str());
        if known { Ok(()) } else { Err(status.to_string()) }
    });
    let code = Network::code(&county, KOUQIAN, &["--replaces"]);
    node.stop();
    assert_eq!(node.json(&["enroll", &code])["key"], node.key.as_str());
    node.start();
    let next = node.submit(&["--update", "--set", "QL010=6"]);
    wait_steps(&node, &next, &["已存本机", "已到县", "已到省"]);
    for hub in [&county, &network.root] {
        wait_total(hub, FLOOD, &[("QL010", 6)]);
        wait_presence(hub, &node, "online");
    }
    wait_presence(&network.root, &county, "online");
}
