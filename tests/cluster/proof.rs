//! Whoever holds a bundle and the root key can recompute the totals, and trusts nobody.

use crate::network::{FLOOD, KOUQIAN, Network, SHUANGHE};
use crate::view::wait_total;

#[test]
fn a_bundle_proves_the_totals_and_one_flipped_byte_does_not_pass() {
    let network = Network::running();
    let (first, second) = (network.running_node(KOUQIAN), network.running_node(SHUANGHE));
    first.submit(&["--event", FLOOD, "--set", "QL010=120", "--set", "QL050=10.5"]);
    second.submit(&["--event", FLOOD, "--set", "QL010=80", "--set", "QL013=有"]);
    wait_total(&network.root, FLOOD, &[("QL010", 200), ("QL050", 1_050)]);
    let stated = network.root.json(&["total", "--event", FLOOD]);
    let bundle = network.file("province.bundle");
    let exported = network.root.json(&["export", &bundle]);

    // By somebody with no station at all: only the file and the root key.
    let proof = first.json(&["verify", "--bundle", &bundle, "--root", &network.root.key]);
    assert_eq!(proof["totals"].as_array().map(Vec::len), Some(1), "{proof}");
    for part in ["division", "event", "figures", "missing", "not_counted", "drill"] {
        assert_eq!(proof["totals"][0][part], stated[part], "{part}");
    }
    let hashes = |total: &serde_json::Value| {
        let counted = total["counted"].as_array().expect("who is counted");
        counted.iter().map(|of| of["hash"].to_string()).collect::<Vec<_>>()
    };
    assert_eq!(hashes(&proof["totals"][0]), hashes(&stated));
    assert_eq!(proof["imported"]["new"], exported["entries"]);
    assert_eq!(proof["imported"]["receipts"], exported["receipts"], "every receipt is one of the lineage");

    let other = first.command(&["verify", "--bundle", &bundle, "--root", &network.county.key]);
    other.refused(3, &["network of root", &network.root.key[..8]]);

    let sound = std::fs::read(&bundle).expect("read the bundle");
    let damaged = network.file("damaged.bundle");
    // In the signatures and bodies of the entries, wherever a byte may have rotted; not the last record, which only counts.
    for at in [sound.len() / 2, sound.len() - 1_400, 48 + 5 + 48 + 5 + 200] {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x01;
        std::fs::write(&damaged, bytes).expect("write the damaged bundle");
        let said = first.command(&["verify", "--bundle", &damaged, "--root", &network.root.key]);
        assert_eq!(said.code, 5, "byte {at} of {}: {said:?}", sound.len());
        assert!(!said.err.is_empty(), "byte {at}: nothing is said");
    }
}
