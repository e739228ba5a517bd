//! Admission is not interpretation: what an appointed station signs is stored and receipted whatever it says, is not
//! counted where it breaks a rule, and is answered.

use crate::craft::{report, write, write_report};
use crate::network::{FLOOD, KOUQIAN, Network, SHUANGHE};
use crate::station::{PATIENCE, Station, wait_for};
use crate::view::{counted, listed, reasons, steps, wait_steps, wait_total};

/// 受灾人口.
const AFFECTED: u32 = 1010;
/// 因灾死亡人口.
const DEATHS: u32 = 1011;

#[test]
fn what_breaks_a_rule_is_kept_answered_and_not_counted() {
    let network = Network::running();
    let neighbour = network.running_node(SHUANGHE);
    neighbour.submit(&["--event", FLOOD, "--set", "QL010=40"]);

    let mut node = network.running_node(KOUQIAN);
    node.submit(&["--event", FLOOD, "--set", "QL010=2"]);
    wait_total(&network.root, FLOOD, &[("QL010", 42)]);
    node.stop();
    let foreign =
        write_report(&node, &fengsui_model::Report { revision: 7, ..report(SHUANGHE, &[(AFFECTED, 9_999)]) });
    let impossible =
        fengsui_model::Report { revision: 1, ..report(KOUQIAN, &[(AFFECTED, 3), (DEATHS, 500)]) };
    let impossible = write_report(&node, &impossible);
    let unreadable = write(&node, b"no body of any form".to_vec());
    node.start();

    for (entry, check) in [(&foreign, "DIVISION"), (&impossible, "DC01"), (&unreadable, "BODY")] {
        wait_steps(&node, entry, &["已存本机", "已到县", "已到省"]);
        answered(&network.county, &node, entry, check);
    }
    for hub in [&network.county, &network.root] {
        wait_total(hub, FLOOD, &[("QL010", 42)]);
        assert_eq!(counted(hub, FLOOD), [KOUQIAN, SHUANGHE]);
        let total = hub.json(&["total", "--event", FLOOD]);
        let refused = total["not_counted"].as_array().expect("who is not counted");
        let named =
            |entry: &str| refused.iter().find(|of| of["entry"] == entry).map(|of| reasons(of).join(" "));
        assert_eq!(named(&foreign).as_deref(), Some("DIVISION"));
        assert!(named(&impossible).is_some_and(|checks| checks.contains("DC01")), "{refused:?}");
        assert_eq!(refused.len(), 2, "{refused:?}");
    }
    // The neighbour, in whose name something was said, still stands with its own word.
    assert!(listed(&neighbour, &foreign).is_none());
    let list = node.command(&["list"]);
    assert_eq!(list.text().matches("未计入").count(), 3, "{list:?}");
    let shown = node.command(&["show", &foreign]);
    assert!(shown.text().contains("未计入") && shown.text().contains("DIVISION"), "{shown:?}");
}

/// The county has signed why, and its word has come down to the node.
fn answered(county: &Station, node: &Station, entry: &str, check: &str) {
    let answer = |station: &Station| {
        wait_for(&format!("{check} for {entry} at {}", station.division), PATIENCE, || {
            let shown = station.json(&["show", entry]);
            if reasons(&shown).contains(&check) { Ok(shown) } else { Err(shown["reasons"].to_string()) }
        })
    };
    assert_eq!(steps(&answer(county))[0], "已到县");
    answer(node);
    let listed = listed(node, entry).unwrap_or_else(|| panic!("{entry} is not listed"));
    assert!(reasons(&listed).contains(&check), "{listed}");
    // The reasons could be the node's own finding; the answer's entry shows that they are the county's.
    wait_for(&format!("the county's answers at {}", node.division), PATIENCE, || {
        let status = node.status();
        let up = status["links"]
            .as_array()
            .and_then(|links| links.iter().find(|link| link["key"] == county.key.as_str()));
        let entries = up.and_then(|up| up["entries"].as_u64()).unwrap_or_default();
        // Genesis, two appointments, three answers.
        if entries >= 6 { Ok(()) } else { Err(format!("{entries} entries of the county")) }
    });
}
