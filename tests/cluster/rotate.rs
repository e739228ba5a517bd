//! A station gets a new key by one command, with nobody at the other end.

use std::path::Path;

use serde_json::Value;

use crate::binary;
use crate::network::{FLOOD, KOUQIAN, Network, SHUANGHE, YONGJI};
use crate::station::{PATIENCE, Station, wait_for};
use crate::view::{counted, link, listed, wait_steps, wait_total};

const ALL_THE_WAY: [&str; 3] = ["已存本机", "已到县", "已到省"];

/// The key in use, and the one that is to follow it.
fn keys(station: &Station) -> (String, Option<String>) {
    let status = station.status();
    let text = |field: &str| status[field].as_str().map(str::to_owned);
    (text("key").expect("a station has a key"), text("next_key"))
}

#[track_caller]
fn wait_key(station: &Station, key: &str) {
    wait_for(&format!("{} to go over to key {key}", station.division), PATIENCE, || {
        let said = station.command(&["status", "--json"]);
        let status: Value = serde_json::from_str(&said.out).map_err(|_| format!("{said:?}"))?;
        if status["key"] == key && status["appointed"] == true { Ok(()) } else { Err(status.to_string()) }
    });
}

/// Waits until `hub` lists exactly this key for the division.
#[track_caller]
fn wait_station(hub: &Station, division: &str, key: &str) {
    wait_for(&format!("{} to list {key} for {division}", hub.division), PATIENCE, || {
        let status = hub.status();
        let stations = status["stations"].as_array().ok_or("no stations")?;
        let of = stations.iter().filter(|station| station["division"]["code"] == division);
        let keys: Vec<&Value> = of.map(|station| &station["key"]).collect();
        if keys == [key] { Ok(()) } else { Err(format!("{keys:?}")) }
    });
}

#[track_caller]
fn rotated(station: &Station, args: &[&str], state: &str) -> String {
    let said = station.json(&[&["rotate-key"], args].concat());
    assert_eq!(said["state"], state, "{said}");
    said["new"].as_str().expect("the new key").into()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("make a directory");
    for entry in std::fs::read_dir(from).expect("read a directory") {
        let entry = entry.expect("an entry of the directory");
        let to = to.join(entry.file_name());
        match entry.file_type().expect("its type").is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(std::fs::copy(entry.path(), to).expect("copy a file")),
        }
    }
}

#[test]
fn a_township_rotates_its_key_and_goes_on() {
    let network = Network::running();
    let code = Network::code(&network.county, KOUQIAN, &[]);
    let mut node = network.enrolled_node("node", KOUQIAN, &code);
    let before = node.submit(&["--event", FLOOD, "--set", "QL010=5", "--set", "QL060=2"]);
    wait_steps(&node, &before, &ALL_THE_WAY);
    node.stop();
    let copied = network.path("copy");
    copy(node.dir(), &copied);
    node.start();

    let new = rotated(&node, &[], "done");
    assert_ne!(new, node.key);
    assert_eq!(keys(&node), (new.clone(), None));
    assert!(!node.dir().join("station.key.next").exists());
    let old = listed(&node, &before).expect("what the old key signed is listed");
    assert_eq!((old["signer"].as_str(), old["verified"].as_bool()), (Some(node.key.as_str()), Some(true)));
    assert_eq!(old["hops"].as_array().map(Vec::len), Some(3), "its receipts too: {old}");

    let next = node.submit(&["--update", "--set", "QL010=6"]);
    wait_steps(&node, &next, &ALL_THE_WAY);
    assert_eq!(node.json(&["show", &next])["revision"], 1, "it follows what the old key signed");
    for hub in [&network.county, &network.root] {
        wait_total(hub, FLOOD, &[("QL010", 6), ("QL060", 2)]);
        assert_eq!(counted(hub, FLOOD), [KOUQIAN], "counted once");
        wait_station(hub, KOUQIAN, &new);
        assert_eq!(hub.json(&["verify"])["faults"].as_array().map(Vec::len), Some(0));
    }

    // Whoever has the bundle finds the same total, and needs no other word for it.
    let bundle = network.file("proof");
    network.county.json(&["export", &bundle]);
    let proof = node.json(&["verify", "--bundle", &bundle]);
    let figures = proof["totals"][0]["figures"].as_array().expect("the bundle proves a total");
    let people = figures.iter().find(|figure| figure["code"] == "QL010").map(|figure| &figure["value"]);
    assert_eq!(people, Some(&6.into()), "{proof}");

    // The old directory turns up again.
    let mut stale = Station::blank(binary::node(), copied, KOUQIAN);
    stale.start();
    stale.submit(&["--update", "--set", "QL010=500"]);
    wait_for("the old key to be refused", PATIENCE, || {
        let up = link(&stale, &network.county.key).ok_or("no link")?;
        let reason = up["link"]["reason"].as_str().unwrap_or_default();
        if reason.contains("已更换为新密钥") && reason.contains(&new[..8]) {
            Ok(())
        } else {
            Err(up.to_string())
        }
    });
    wait_total(&network.county, FLOOD, &[("QL010", 6)]);

    // A person revokes the new key like any other.
    network.county.json(&["revoke", KOUQIAN, "--reason", "机器遗失"]);
    wait_for("the station to be told", PATIENCE, || {
        let status = node.status();
        if status["revoked"] == "机器遗失" { Ok(()) } else { Err(status.to_string()) }
    });
    node.command(&["rotate-key"]).refused(3, &["已被撤销", "revoked"]);
    wait_total(&network.root, FLOOD, &[("QL010", 6), ("QL060", 2)]);
}

#[test]
fn a_rotation_waits_for_the_hub_above_through_a_power_cut() {
    let mut network = Network::running();
    let mut node = network.running_node(KOUQIAN);
    let before = node.submit(&["--event", FLOOD, "--set", "QL010=5"]);
    wait_steps(&node, &before, &ALL_THE_WAY);
    network.county.stop();

    let new = rotated(&node, &["--wait", "1"], "waiting");
    let said = node.command(&["rotate-key", "--wait", "0"]);
    assert!(said.text().contains("等待上级回执") && said.text().contains(&new), "asked again: {said:?}");
    assert_eq!(keys(&node), (node.key.clone(), Some(new.clone())));
    let status = node.command(&["status"]);
    assert!(status.text().contains("已授权") && status.text().contains("等待上级回执"), "{status:?}");
    let meanwhile = node.submit(&["--update", "--set", "QL010=6"]);
    node.kill();
    node.start();
    assert_eq!(keys(&node), (node.key.clone(), Some(new.clone())), "a power cut loses nothing");

    network.county.start();
    wait_key(&node, &new);
    wait_steps(&node, &meanwhile, &ALL_THE_WAY);
    let next = node.submit(&["--update", "--set", "QL010=7"]);
    wait_steps(&node, &next, &ALL_THE_WAY);
    assert_eq!(node.json(&["show", &next])["revision"], 2);
    for hub in [&network.county, &network.root] {
        wait_total(hub, FLOOD, &[("QL010", 7)]);
        wait_station(hub, KOUQIAN, &new);
    }
}

#[test]
fn a_rotation_that_was_cut_short_anywhere_goes_on_by_itself() {
    let mut network = Network::running();
    // Cut after the key was kept, and before the old one had vouched for it.
    let mut node = network.running_node(KOUQIAN);
    let entry = node.submit(&["--event", FLOOD, "--set", "QL010=5"]);
    wait_steps(&node, &entry, &ALL_THE_WAY);
    node.kill();
    std::fs::write(node.dir().join("station.key.next"), "07".repeat(32)).expect("write the next key");
    node.start();
    wait_for("the station to go over", PATIENCE, || {
        let status = node.command(&["status", "--json"]).out;
        let went = !status.contains(&node.key) && !node.dir().join("station.key.next").exists();
        if went { Ok(()) } else { Err(status) }
    });
    let next = node.submit(&["--update", "--set", "QL010=6"]);
    wait_steps(&node, &next, &ALL_THE_WAY);

    // Cut after the key file was replaced, and before the new log began; the county heard of it from a stick.
    let mut other = network.running_node(SHUANGHE);
    let entry = other.submit(&["--event", FLOOD, "--set", "QL010=1"]);
    wait_steps(&other, &entry, &ALL_THE_WAY);
    other.stop();
    network.county.stop();
    let new = rotated(&other, &["--wait", "0"], "waiting");
    let stick = network.file("stick");
    other.json(&["export", &stick]);
    network.county.json(&["import", &stick]);
    std::fs::rename(other.dir().join("station.key.next"), other.dir().join("station.key")).expect("rename");
    network.county.start();
    other.start();
    wait_key(&other, &new);
    let next = other.submit(&["--update", "--set", "QL010=2"]);
    wait_steps(&other, &next, &ALL_THE_WAY);
    wait_total(&network.root, FLOOD, &[("QL010", 8)]);
    wait_station(&network.root, SHUANGHE, &new);
}

#[test]
fn a_county_hub_rotates_its_key_and_its_townships_follow() {
    let network = Network::running();
    let code = Network::code(&network.county, KOUQIAN, &[]);
    let mut node = network.enrolled_node("node", KOUQIAN, &code);
    // One without a second parent, that knows the county's address from its own configuration only.
    let alone = network.running_node(SHUANGHE);
    for station in [&node, &alone] {
        let entry = station.submit(&["--event", FLOOD, "--set", "QL010=5"]);
        wait_steps(station, &entry, &ALL_THE_WAY);
    }
    Network::code(&network.county, "220221102", &[]);
    let said = network.county.json(&["rotate-key", "--wait", "60"]);
    assert_eq!((said["state"].as_str(), said["open_codes"].as_u64()), (Some("done"), Some(1)), "{said}");
    let new = said["new"].as_str().expect("the new key");
    for station in [&node, &alone] {
        let entry = station.submit(&["--update", "--set", "QL010=6"]);
        wait_steps(station, &entry, &ALL_THE_WAY);
        let hops = station.json(&["show", &entry])["hops"].clone();
        assert_eq!(hops[1]["signer"], new, "the new key receipts: {hops}");
    }
    for hub in [&network.county, &network.root] {
        wait_total(hub, FLOOD, &[("QL010", 12)]);
        wait_station(hub, KOUQIAN, &node.key);
    }
    wait_station(&network.root, YONGJI, new);

    // What the old key appointed stands, and the new one appoints and revokes.
    let code = Network::code(&network.county, "220221102", &[]);
    let third = network.enrolled_node("third", "220221102", &code);
    let entry = third.submit(&["--event", FLOOD, "--set", "QL010=1"]);
    wait_steps(&third, &entry, &ALL_THE_WAY);
    network.county.json(&["revoke", SHUANGHE, "--reason", "撤并"]);
    wait_total(&network.root, FLOOD, &[("QL010", 13)]);
    let rotated_twice = network.county.json(&["rotate-key", "--wait", "60"]);
    assert_eq!(rotated_twice["old"], new, "and again");
    let entry = node.submit(&["--update", "--set", "QL010=7"]);
    wait_steps(&node, &entry, &ALL_THE_WAY);
    // A stopped station looks for the key that its log says, not for that of its configuration.
    node.stop();
    let found = node.json(&["doctor"]);
    let line = found["checks"].as_array().and_then(|all| all.iter().find(|check| check["name"] == "line"));
    assert_eq!(line.map(|line| &line["outcome"]), Some(&"ok".into()), "{found}");
}

#[test]
fn who_cannot_rotate_a_key_is_told_why() {
    let network = Network::running();
    let none_left = |station: &Station| assert!(!station.dir().join("station.key.next").exists());
    network.root.command(&["rotate-key"]).refused(3, &["根密钥", "root"]);
    none_left(&network.root);
    let node = network.node(KOUQIAN);
    node.command(&["rotate-key"]).refused(3, &["尚未收到授权", "appointed"]);
    none_left(&node);
    Station::blank(binary::node(), network.path("nowhere"), KOUQIAN)
        .command(&["rotate-key"])
        .refused(4, &["fengsui.toml", "init"]);
}
