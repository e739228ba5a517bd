//! The line is down: everything a clerk does works, and arrives later.

use crate::network::{FLOOD, KOUQIAN, Network};
use crate::view::{listed, steps, wait_steps, wait_total};

#[test]
fn everything_works_without_daemon_or_hub_and_arrives_later() {
    let mut network = Network::new();
    let mut node = network.node(KOUQIAN);
    let first = node.submit(&["--event", FLOOD, "--set", "QL010=7"]);
    let second = node.submit(&["--update", "--set", "QL010=9", "--set", "QL011=1"]);
    let list = node.json(&["list"]);
    assert_eq!((&list["total"], &list["reports"][0]["reference"]), (&2.into(), &second.as_str().into()));
    let shown = node.json(&["show", &first]);
    assert_eq!((steps(&shown), &shown["verified"]), (vec!["已存本机"], &true.into()));
    let status = node.status();
    assert_eq!((&status["appointed"], &status["lanes"][0]["entries"]), (&false.into(), &3.into()));
    let verified = node.json(&["verify"]);
    assert_eq!((&verified["entries"], verified["faults"].as_array().map(Vec::len)), (&3.into(), Some(0)));
    let exported = node.json(&["export", &network.file("offline.bundle")]);
    assert_eq!((&exported["logs"], &exported["entries"]), (&1.into(), &3.into()));

    node.start();
    let third = node.submit(&["--update", "--set", "QL010=11"]);
    assert_eq!(steps(&listed(&node, &third).expect("it is listed")), ["已存本机"]);
    node.stop();

    network.start();
    network.appoint(&node);
    node.start();
    for entry in [&first, &second, &third] {
        wait_steps(&node, entry, &["已存本机", "已到县", "已到省"]);
    }
    wait_total(&network.root, FLOOD, &[("QL010", 11), ("QL011", 1)]);
}
