//! The path of a report: from the township to the province, and its receipts back.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::network::{FLOOD, KOUQIAN, Network, SHUANGHE};
use crate::station::{PATIENCE, Station, wait_for};
use crate::view::{below, counted, figure, link, wait_steps, wait_total};

const ALL_THE_WAY: &[&str] = &["已存本机", "已到县", "已到省"];

#[test]
fn reports_reach_the_province_and_receipts_come_back() {
    let network = Network::running();
    let (first, second) = (network.running_node(KOUQIAN), network.running_node(SHUANGHE));

    let typed = first.submit(&["--event", FLOOD, "--set", "QL010=120", "--set", "QL050=1.5"]);
    let file = network.file("report.toml");
    let toml =
        format!("event = \"{FLOOD}\"\nnarrative = \"河水漫堤\"\n[figures]\nQL010 = 30\nQL013 = \"有\"\n");
    std::fs::write(&file, toml).expect("write the report");
    let from_file = second.submit(&[&file]);
    let json = r#"{"update": true, "figures": {"QL010": 125, "QL050": 2.25}}"#;
    let said = first.typed(&["submit", "-", "--json"], json);
    let from_input: Value = serde_json::from_str(said.text()).expect("submit prints JSON");
    assert_eq!((&from_input["stage"], &from_input["revision"]), (&"续报".into(), &1.into()));
    let from_input = from_input["entry"].as_str().expect("an entry");

    for hub in [&network.county, &network.root] {
        wait_total(hub, FLOOD, &[("QL010", 155), ("QL050", 225), ("QL001", 2)]);
        assert_eq!(counted(hub, FLOOD), [KOUQIAN, SHUANGHE]);
    }
    for (node, entry) in [(&first, typed.as_str()), (&second, from_file.as_str()), (&first, from_input)] {
        came_all_the_way(
            &wait_steps(node, entry, ALL_THE_WAY),
            &[&node.key, &network.county.key, &network.root.key],
        );
    }
    opened_down_to_the_entry(&network, from_input);
    nobody_is_behind(&[
        (&first, &network.county),
        (&network.county, &first),
        (&network.root, &network.county),
    ]);
}

/// Both ends of a connection come to know that the other holds everything; else they would go on sending.
fn nobody_is_behind(links: &[(&Station, &Station)]) {
    for (here, there) in links {
        wait_for(
            &format!("{} to hold all that {} has for it", there.division, here.division),
            PATIENCE,
            || {
                let (settled, seen) = match link(here, &there.key) {
                    Some(up) => (up["link"]["online"] == true && up["link"]["behind"] == 0, up),
                    None => {
                        let down = below(here, &there.key).ok_or("not known")?;
                        (down["presence"] == "online" && down["behind"] == 0, down)
                    }
                };
                if settled { Ok(()) } else { Err(seen.to_string()) }
            },
        );
    }
}

/// Three stations say where the entry is, each with its own key, and no later one before an earlier.
fn came_all_the_way(entry: &Value, signers: &[&str]) {
    let hops = entry["hops"].as_array().expect("hops");
    let said: Vec<&str> = hops.iter().filter_map(|hop| hop["signer"].as_str()).collect();
    assert_eq!(said, signers);
    assert_eq!(said.iter().collect::<BTreeSet<_>>().len(), 3);
    let times: Vec<i64> = hops.iter().filter_map(|hop| hop["at_ms"].as_i64()).collect();
    assert!(times.is_sorted(), "{times:?}");
    let took_ms = times[2] - times[0];
    assert!((0..60_000).contains(&took_ms), "the way took {took_ms} ms");
    assert!(hops.iter().all(|hop| hop["bodies"] == true), "{hops:?}");
}

fn opened_down_to_the_entry(network: &Network, entry: &str) {
    let total = network.root.json(&["total", "--event", FLOOD, "--open", "QL050"]);
    let crops = total["figures"].as_array().and_then(|all| all.iter().find(|of| of["code"] == "QL050"));
    let parts = crops.expect("QL050 is in the total")["contributions"].as_array().expect("it is open");
    assert_eq!(parts.len(), 1, "{parts:?}");
    assert_eq!((&parts[0]["entry"], &parts[0]["text"]), (&entry.into(), &"2.25".into()));
    let shown = network.root.json(&["show", entry]);
    assert_eq!((&shown["verified"], &shown["division"]["code"]), (&true.into(), &KOUQIAN.into()));
    assert_eq!(shown["signer"], parts[0]["signer"]);
    assert_eq!(figure(&total, "QL013"), None, "there are some injured, and nobody has counted them");
}
