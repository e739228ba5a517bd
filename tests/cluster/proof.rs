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

/// What the second decoder reckons from a bundle.
fn decoder(bundle: &str, root: &str) -> serde_json::Value {
    let python = std::env::var_os("FENGSUI_PYTHON").unwrap_or_else(|| "python3".into());
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("decoder/decode.py");
    let mut command = std::process::Command::new(&python);
    command.arg("-B").arg(script).args([bundle, "--totals", "--root", root]);
    let output = command.output().unwrap_or_else(|error| {
        panic!("failed to start {python:?} ({error}): ./tests/run makes an environment for it")
    });
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("the decoder prints JSON")
}

/// What a bundle shows of the totals, without what only a running hub knows.
fn shown(total: &serde_json::Value) -> Vec<serde_json::Value> {
    let mut parts: Vec<_> =
        ["division", "event", "figures", "missing", "reviews", "waiting", "returned", "moved", "drill"]
            .map(|part| total[part].clone())
            .into();
    let counted = total["counted"].as_array().expect("who is counted");
    parts.extend(
        counted.iter().map(|of| serde_json::json!([of["hash"], of["filed_by"], of["corrected_from"]])),
    );
    parts
}

#[test]
fn a_bundle_proves_both_views_at_any_moment_merged_filed_and_corrected() {
    let network = Network::running();
    let (county, root) = (&network.county, &network.root);
    let node = network.running_node(KOUQIAN);
    let next_day = "20260721-220221-flood";
    let report = node.submit(&["--event", FLOOD, "--set", "QL010=120"]);
    let told = ["--told-by", "双河镇值班室", "--told-at", "2026-07-20T05:10"];
    county.json(&[&["file-for", SHUANGHE, "--event", next_day, "--set", "QL010=30"], &told[..]].concat());
    wait_total(root, next_day, &[("QL010", 30)]);
    wait_total(root, FLOOD, &[("QL010", 120)]);
    county.json(&["event", "merge", FLOOD, next_day]);
    county.json(&["review", &report, "--accept"]);
    county.json(&["submission", "sign", "--event", FLOOD]);
    crate::station::wait_for("the submission to be checked", crate::station::PATIENCE, || {
        let list = root.command(&["submission", "list", "--event", FLOOD]);
        if list.out.contains("与本站汇总一致") { Ok(()) } else { Err(list.out) }
    });
    let at = root.json(&["total", "--event", FLOOD])["counted"][0]["received_at"].clone();
    let at = format!("{}.999", at.as_str().expect("a time").replace(' ', "T"));
    std::thread::sleep(std::time::Duration::from_millis(2_100));
    county.json(&["review", &report, "--correct-kind", "风雹"]);
    wait_total(root, FLOOD, &[("QL010", 30)]);

    let bundle = network.file("province.bundle");
    root.json(&["export", &bundle]);
    let proof = |more: &[&str]| {
        let args = ["verify", "--bundle", &bundle, "--root", &root.key];
        node.json(&[&args[..], more].concat())
    };
    let compare = |proof: &serde_json::Value, more: &[&str]| {
        for (part, view) in [("totals", &[][..]), ("reviewed", &["--reviewed"][..])] {
            let proved = proof[part].as_array().expect("totals");
            assert!(proved.iter().any(|of| of["event"] == "20260720-220221-wind_hail"), "{proof}");
            for total in proved {
                let event = total["event"].as_str().expect("an event");
                let stated = root.json(&[&["total", "--event", event], view, more].concat());
                assert_eq!(shown(total), shown(&stated), "{part} of {event} {more:?}");
            }
        }
    };
    let now = proof(&[]);
    compare(&now, &[]);
    let submitted = &now["submissions"][0];
    assert_eq!(
        (&submitted["pending"], &submitted["coverage"]["proxies"]),
        (&false.into(), &1.into()),
        "{now}"
    );
    let county_view = county.json(&["total", "--event", FLOOD]);
    assert_eq!(county_view["counted"].as_array().map(Vec::len), Some(1));
    // The second decoder shares no code with these programs, and has the file and the root key alone.
    let reckoned = decoder(&bundle, &root.key);
    for (view, part) in [("received", "totals"), ("reviewed", "reviewed")] {
        for total in now[part].as_array().expect("totals") {
            let is = |of: &&serde_json::Value| of["event"] == total["event"] && of["view"] == view;
            let theirs = reckoned.as_array().and_then(|all| all.iter().find(is)).expect("the same total");
            let affected = crate::view::figure(total, "QL010");
            assert_eq!(theirs["figures"]["1010"]["value"].as_i64(), affected, "{view}: {total}");
            let counted = total["counted"].as_array().expect("who is counted");
            let hashes: Vec<_> = counted.iter().map(|of| of["hash"].clone()).collect();
            assert_eq!(theirs["counted"], serde_json::Value::Array(hashes), "{view}: {total}");
        }
    }
    // As of the moment before the correction, by the province's own receipts.
    let args = ["verify", "--bundle", &bundle, "--root", &root.key, "--as-of", &at];
    let then = node.json(&args);
    for part in ["totals", "reviewed"] {
        for total in then[part].as_array().expect("totals") {
            let event = total["event"].as_str().expect("an event");
            let view: &[&str] = if part == "reviewed" { &["--reviewed"] } else { &[] };
            let stated = root.json(&[&["total", "--event", event, "--as-of", &at], view].concat());
            assert_eq!(shown(total), shown(&stated), "{part} of {event} as of {at}");
        }
    }
    let text = node.command(&args);
    assert!(text.text().contains("截至") && text.text().contains("以 22 吉林省 的回执为准"), "{text:?}");
    node.command(&[&args[..], &["--hub", "229999"]].concat()).refused(2, &["229999", "区划表"]);
}
