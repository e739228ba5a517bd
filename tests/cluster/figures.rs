//! What clerks state over the days of a disaster, with totals known beforehand.

use crate::network::{FLOOD, KOUQIAN, Network, SHUANGHE, YONGJI};
use crate::view::{counted, total, wait_total};

#[test]
fn zero_some_correction_and_fall_count_as_the_rules_say() {
    let network = Network::running();
    let (first, second) = (network.running_node(KOUQIAN), network.running_node(SHUANGHE));
    first.submit(&["--event", FLOOD, "--zero"]);
    second.submit(&["--event", FLOOD, "--set", "QL010=50", "--set", "QL013=有", "--set", "QL050=3.25"]);
    wait_total(&network.root, FLOOD, &[("QL010", 50), ("QL050", 325), ("QL001", 1)]);
    wait_counted(&network, &[KOUQIAN, SHUANGHE]);
    let shown = network.root.json(&["total", "--event", FLOOD]);
    let injured = shown["figures"].as_array().and_then(|all| all.iter().find(|of| of["code"] == "QL013"));
    let injured = injured.expect("some is a statement");
    assert_eq!(
        (&injured["value"], &injured["at_least"], &injured["some"]),
        (&().into(), &true.into(), &1.into())
    );
    assert_eq!(shown["missing"].as_array().map(Vec::len), Some(7 - 1), "who has not reported");

    // A later revision replaces the earlier one as a whole.
    first.submit(&["--set", "QL010=12", "--set", "QL011=2"]);
    wait_total(&network.root, FLOOD, &[("QL010", 62), ("QL011", 2), ("QL001", 2)]);

    let fall = second.command(&["submit", "--update", "--set", "QL010=45"]);
    fall.refused(3, &["DC72", "受灾人口", "50", "45"]);
    assert_eq!(total(&network.root, FLOOD, "QL010"), Some(62), "what was refused is nowhere");
    second.submit(&["--update", "--set", "QL010=45", "--explanation", "重复统计 5 人，已核实"]);
    wait_total(&network.root, FLOOD, &[("QL010", 57), ("QL050", 325)]);

    // A blank is not zero: the figure leaves the total, and the clerk is warned.
    let blank = second.json(&["submit", "--set", "QL010=46"]);
    assert_eq!(blank["warnings"][0]["check"], "BLANK", "{blank}");
    wait_total(&network.root, FLOOD, &[("QL010", 58)]);
    assert_eq!(total(&network.root, FLOOD, "QL050"), None);
    let one = network.root.json(&["figure", "QL010", YONGJI]);
    assert_eq!((&one["value"], &one["owing"], &one["reported"]), (&58.into(), &8.into(), &2.into()), "{one}");
    network.root.command(&["figure", "QL999"]).refused(2, &["QL999"]);
    for code in ["QL001", "QL010", "QL011"] {
        assert_eq!(total(&network.county, FLOOD, code), total(&network.root, FLOOD, code), "{code}");
    }
}

/// A county reports what no township of it can: its total is its townships and itself.
#[test]
fn a_hub_reports_on_a_flood_itself() {
    let network = Network::running();
    let node = network.running_node(KOUQIAN);
    node.submit(&["--event", FLOOD, "--set", "QL010=50", "--set", "QL080=1.5"]);
    network.county.submit(&["--event", FLOOD, "--set", "QL080=12.25", "--set", "QL082=3"]);
    network
        .county
        .command(&["submit", "--update", "--set", "QL080=10"])
        .refused(3, &["DC72", "12.25", "10.00"]);
    let expected = [("QL010", 50), ("QL080", 13_750), ("QL082", 3), ("QL001", 1)];
    for hub in [&network.county, &network.root] {
        wait_total(hub, FLOOD, &expected);
        assert_eq!(counted(hub, FLOOD), [YONGJI, KOUQIAN]);
    }
    let missing = network.county.json(&["total", "--event", FLOOD])["missing"].clone();
    assert_eq!(missing.as_array().map(Vec::len), Some(8 - 1), "the county owes no quick report: {missing}");
}

fn wait_counted(network: &Network, expected: &[&str]) {
    crate::station::wait_for("all to be counted", crate::station::PATIENCE, || {
        let seen = counted(&network.root, FLOOD);
        if seen == expected { Ok(()) } else { Err(format!("{seen:?}")) }
    });
}

/// The same reports, arriving in two orders, make the same totals.
#[test]
fn the_order_of_arrival_changes_nothing() {
    let totals: Vec<String> = [[KOUQIAN, SHUANGHE], [SHUANGHE, KOUQIAN]].map(arriving).to_vec();
    assert_eq!(totals[0], totals[1]);
}

fn arriving(order: [&str; 2]) -> String {
    let network = Network::running();
    let mut nodes: Vec<_> = [(KOUQIAN, 20), (SHUANGHE, 300)]
        .map(|(division, affected)| {
            let node = network.node(division);
            node.submit(&["--event", FLOOD, "--set", &format!("QL010={affected}"), "--set", "QL011=1"]);
            node.submit(&["--update", "--set", &format!("QL010={}", affected + 1)]);
            network.appoint(&node);
            node
        })
        .into();
    let mut sum = 0;
    for division in order {
        let node = nodes.iter_mut().find(|node| node.division == division).expect("a node");
        node.start();
        sum += if division == KOUQIAN { 21 } else { 301 };
        wait_total(&network.root, FLOOD, &[("QL010", sum)]);
    }
    wait_total(&network.root, FLOOD, &[("QL010", 322), ("QL011", 2), ("QL001", 2)]);
    network.root.json(&["total", "--event", FLOOD])["figures"].to_string()
}
