//! Power cuts and damaged disks. What was said to be saved is there afterwards.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::network::{FLOOD, KOUQIAN, Network};
use crate::station::{PATIENCE, Station, wait_for};
use crate::view::{total, wait_steps, wait_total};

#[test]
fn a_node_killed_after_each_report_loses_none() {
    let network = Network::running();
    let mut node = network.running_node(KOUQIAN);
    let mut entries = Vec::new();
    for affected in 1..=4 {
        entries.push(node.submit(&["--event", FLOOD, "--set", &format!("QL010={affected}")]));
        node.kill();
        node.start();
    }
    assert_eq!(node.status()["lanes"][0]["entries"], 5, "a genesis and four reports");
    for entry in &entries {
        wait_steps(&node, entry, &["已存本机", "已到县", "已到省"]);
    }
    wait_total(&network.root, FLOOD, &[("QL010", 4)]);
    holds_together(&[&node, &network.county, &network.root]);
}

#[test]
fn a_hub_killed_in_the_middle_of_traffic_loses_nothing_it_receipted() {
    let mut network = Network::running();
    let node = network.running_node(KOUQIAN);
    let submit = |affected: u32| node.submit(&["--event", FLOOD, "--set", &format!("QL010={affected}")]);
    let mut entries: Vec<String> = (1..=10).map(submit).collect();
    network.county.kill();
    entries.extend((11..=20).map(submit));
    network.county.start();
    // The node finds out by silence that its hub is another process now.
    let limit = PATIENCE + Duration::from_secs(60);
    wait_for("the last report at the province", limit, || match total(&network.root, FLOOD, "QL010") {
        Some(20) => Ok(()),
        seen => Err(format!("{seen:?}; {}", node.status())),
    });
    for entry in &entries {
        wait_steps(&node, entry, &["已存本机", "已到县", "已到省"]);
    }
    let events = network.root.json(&["events"]);
    assert_eq!(events[0]["revisions"], 20, "each report once: {events}");
    assert_eq!(total(&network.county, FLOOD, "QL010"), Some(20));
    holds_together(&[&node, &network.county, &network.root]);
}

fn holds_together(stations: &[&Station]) {
    for station in stations {
        assert_eq!(station.json(&["verify"])["faults"], Value::Array(Vec::new()), "{}", station.division);
    }
}

/// What is done to the database while the station is stopped, and the word in the log that says what came of it.
struct Harm {
    what: &'static str,
    to: fn(&Path),
    logged: Option<&'static str>,
}

const HARMS: &[Harm] = &[
    Harm { what: "sled deleted", to: delete, logged: Some("Missing") },
    Harm { what: "a start that did not come through", to: leave_mark, logged: Some("UnfinishedOpen") },
    Harm { what: "a snapshot half written", to: plant_snapshot, logged: None },
    Harm { what: "the database cut off", to: cut, logged: Some("the journal") },
    Harm { what: "bytes of the database flipped", to: flip_database, logged: None },
    Harm { what: "bytes of the configuration flipped", to: flip_configuration, logged: Some("the journal") },
];

fn delete(dir: &Path) {
    std::fs::remove_dir_all(dir.join("sled")).expect("delete sled");
}

fn leave_mark(dir: &Path) {
    std::fs::write(dir.join("opening"), b"").expect("leave the mark");
}

fn plant_snapshot(dir: &Path) {
    let planted = dir.join("sled/snap.00000000000FFFFF.generating");
    std::fs::write(planted, [0xa5; 300]).expect("plant a snapshot");
}

/// Bytes of the database that a cut leaves: its file is longer than its content, so a cut in the middle can cut nothing.
const LEFT_OF_DATABASE: u64 = 64;

fn cut(dir: &Path) {
    let db = std::fs::OpenOptions::new().write(true).open(dir.join("sled/db")).expect("open the database");
    db.set_len(LEFT_OF_DATABASE).expect("cut it");
}

fn flip_database(dir: &Path) {
    flip(&dir.join("sled/db"), 4_099);
}

fn flip_configuration(dir: &Path) {
    flip(&dir.join("sled/conf"), 7);
}

/// Flips bits in one byte of every `every`.
fn flip(path: &Path, every: usize) {
    let mut bytes = std::fs::read(path).expect("read the file");
    bytes.iter_mut().step_by(every).for_each(|byte| *byte ^= 0x5a);
    std::fs::write(path, bytes).expect("write it back");
}

#[test]
fn a_damaged_database_is_rebuilt_from_the_journal() {
    let mut network = Network::running();
    let mut node = network.running_node(KOUQIAN);
    let entry = node.submit(&["--event", FLOOD, "--set", "QL010=33"]);
    node.submit(&["--update", "--set", "QL011=1"]);
    wait_steps(&node, &entry, &["已存本机", "已到县", "已到省"]);
    wait_total(&network.root, FLOOD, &[("QL010", 33), ("QL011", 1)]);
    // sled's own word on its files; the station goes on all the same.
    for word in ["corruption encountered", "failed to retrieve required configuration"] {
        node.expect_error(word);
        network.county.expect_error(word);
    }
    for harm in HARMS {
        recovers(&mut node, harm, &["list"]);
        recovers(&mut network.county, harm, &["total", "--event", FLOOD]);
    }
}

fn recovers(station: &mut Station, harm: &Harm, ask: &[&str]) {
    let what = format!("{} of {}", harm.what, station.division);
    let before = (station.json(&["verify"]), station.json(ask));
    station.stop();
    station.forget_log();
    (harm.to)(station.dir());
    station.start();
    if let Some(logged) = harm.logged {
        assert!(station.log().contains(logged), "{what}: {logged} is not logged:\n{}", station.log());
    }
    let left = std::fs::read_dir(station.dir().join("sled")).expect("sled is there");
    let names: Vec<String> = left.filter_map(|file| file.ok()?.file_name().into_string().ok()).collect();
    assert!(!names.iter().any(|name| name.ends_with(".generating")), "{what}: {names:?}");
    assert!(!station.dir().join("opening").exists(), "{what}: the mark is still there");
    assert_eq!((station.json(&["verify"]), station.json(ask)), before, "{what}");
}
