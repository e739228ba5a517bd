//! A township that never has a line: reports go up on a stick, receipts come down on one.

use crate::network::{FLOOD, KOUQIAN, Network};
use crate::station::{PATIENCE, wait_for};
use crate::view::{listed, steps, total, wait_total};

#[test]
fn reports_and_receipts_travel_on_a_stick() {
    let network = Network::running();
    let node = network.node_without_line(KOUQIAN);
    node.submit(&["--event", FLOOD, "--set", "QL010=60"]);
    let entry = node.submit(&["--update", "--set", "QL010=66"]);
    let up = network.file("up.bundle");
    node.json(&["export", &up]);

    let early = network.county.json(&["import", &up]);
    assert_eq!((&early["waiting"], &early["new"]), (&3.into(), &0.into()), "{early}");
    let said = network.county.command(&["import", &up]);
    assert!(said.text().contains("待授权 3"), "{said:?}");
    assert_eq!(network.county.json(&["events"]).as_array().map(Vec::len), Some(0));

    network.appoint(&node);
    let taken = network.county.json(&["import", &up]);
    assert_eq!((&taken["new"], &taken["waiting"]), (&3.into(), &0.into()), "{taken}");
    assert_eq!(total(&network.county, FLOOD, "QL010"), Some(66));
    let again = network.county.json(&["import", &up]);
    assert_eq!((&again["new"], &again["held"]), (&0.into(), &3.into()), "{again}");
    assert_eq!(total(&network.county, FLOOD, "QL010"), Some(66));
    wait_total(&network.root, FLOOD, &[("QL010", 66)]);

    wait_for("the province's receipt at the county", PATIENCE, || {
        let shown = network.county.json(&["show", &entry]);
        if steps(&shown) == ["已到县", "已到省"] { Ok(()) } else { Err(shown["hops"].to_string()) }
    });
    let down = network.file("down.bundle");
    network.county.json(&["export", &down]);
    let brought = node.json(&["import", &down]);
    assert!(brought["receipts"].as_u64() >= Some(2), "{brought}");
    assert_eq!(steps(&listed(&node, &entry).expect("it is listed")), ["已存本机", "已到县", "已到省"]);
    let status = node.status();
    assert_eq!((&status["appointed"], &status["directory"]), (&true.into(), &1.into()), "{status}");
    assert_eq!(node.json(&["verify"])["faults"].as_array().map(Vec::len), Some(0));
    // What came on the stick is not sent as something new: the node's own log has not changed.
    assert_eq!(status["lanes"][0]["entries"], 3);
}
