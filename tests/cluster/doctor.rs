//! `doctor`, with the hub above down, strange, unwilling and well.

use serde_json::Value;

use crate::network::{KOUQIAN, Network, SHUANGHE};
use crate::station::{PATIENCE, Station, wait_for};
use crate::view::link;

/// What `doctor` prints as JSON, with its exit code.
fn examine(station: &Station) -> (i32, Value) {
    let said = station.command(&["doctor", "--json"]);
    (said.code, serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {said:?}")))
}

#[track_caller]
fn expect(diagnosis: &Value, name: &str, outcome: &str, words: &[&str]) {
    let checks = diagnosis["checks"].as_array().expect("a list of checks");
    let check =
        checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no check {name}"));
    assert_eq!(check["outcome"], outcome, "{check}");
    for word in words {
        assert!(check.to_string().contains(word), "{word} is not said in {check}");
    }
    let troubled = outcome == "warning" || outcome == "failed";
    assert!(!troubled || check["advice"] != "", "what to do is not said in {check}");
}

#[test]
fn says_what_is_wrong_with_the_hub_above() {
    let mut network = Network::new();
    let mut node = network.node(KOUQIAN);
    let (code, found) = examine(&node);
    assert_eq!(code, 1, "{found}");
    expect(&found, "line", "failed", &["没有程序在接收"]);
    expect(&found, "mtu", "skipped", &[]);
    expect(&found, "process", "warning", &["没有运行"]);
    expect(&found, "appointment", "warning", &["fengsui-hub appoint", &node.key]);
    for name in ["config", "key", "clock", "space", "store", "ports", "software"] {
        expect(&found, name, "ok", &[]);
    }

    network.start();
    let (code, found) = examine(&node);
    assert_eq!(code, 1, "{found}");
    expect(&found, "line", "failed", &["密钥相符", "不接纳本站"]);

    network.appoint(&node);
    let (code, found) = examine(&node);
    assert_eq!(code, 0, "{found}");
    expect(&found, "line", "ok", &["密钥相符"]);
    expect(&found, "mtu", "ok", &["1400"]);

    node.start();
    wait_for("the node to be connected", PATIENCE, || {
        let up = link(&node, &network.county.key).ok_or("no link")?;
        if up["link"]["online"] == true && node.status()["appointed"] == true {
            Ok(())
        } else {
            Err(up.to_string())
        }
    });
    let (code, found) = examine(&node);
    assert_eq!((code, &found["failed"]), (0, &0.into()), "{found}");
    expect(&found, "line", "ok", &["已连接"]);
    expect(&found, "process", "ok", &[]);
    expect(&found, "appointment", "ok", &["口前镇"]);
    expect(&found, "clock", "ok", &["与上级相差 0 秒"]);
    expect(&found, "software", "ok", &["与上级相同"]);
    let up = link(&node, &network.county.key).expect("a link");
    assert_eq!(up["link"]["online"], true, "to be examined does not end the connection");

    let (code, found) = examine(&network.root);
    assert_eq!(code, 0, "{found}");
    expect(&found, "line", "ok", &["最高一级"]);

    // While it runs and the line is down the hub is tried with a key of the moment.
    network.county.stop();
    wait_for("the line to be down", PATIENCE, || {
        let up = link(&node, &network.county.key).ok_or("no link")?;
        if up["link"]["online"] == false { Ok(()) } else { Err(up.to_string()) }
    });
    let (code, found) = examine(&node);
    assert_eq!(code, 1, "{found}");
    expect(&found, "line", "failed", &["没有程序在接收"]);
    expect(&found, "process", "ok", &[]);
}

#[test]
fn says_what_is_wrong_with_the_station_itself() {
    let mut network = Network::new();
    network.root.start();
    let strange = network.root.address.clone().expect("the root listens");
    let mut node = network.node(SHUANGHE);
    node.set("FENGSUI_PARENT", &strange);
    let (code, found) = examine(&node);
    assert_eq!(code, 1, "{found}");
    expect(&found, "line", "failed", &["另一把密钥", &network.root.key[..8]]);

    let key = node.dir().join("station.key");
    let open = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o644);
    std::fs::set_permissions(&key, open).expect("open the key to others");
    expect(&examine(&node).1, "key", "failed", &["其他用户可读", "chmod 600"]);
    std::fs::remove_file(&key).expect("lose the key");
    let (code, found) = examine(&node);
    assert_eq!(code, 1, "{found}");
    expect(&found, "key", "failed", &["station.key", "重新建站"]);
    expect(&found, "record", "skipped", &[]);

    std::fs::write(node.dir().join("fengsui.toml"), "divison = 1\n").expect("spoil the configuration");
    let (code, found) = examine(&node);
    assert_eq!(code, 1, "{found}");
    expect(&found, "config", "failed", &["divison", "config check"]);
    expect(&found, "line", "skipped", &[]);
    let text = node.command(&["doctor"]);
    text.refused(1, &["异常", "config"]);
    assert!(text.out.contains("异常  配置") && text.out.contains("→ "), "{}", text.out);
}

#[test]
fn says_which_port_another_program_has() {
    let network = Network::new();
    let address = network.root.address.clone().expect("the root listens");
    let taken = std::net::UdpSocket::bind(&address).expect("take the port");
    let (code, found) = examine(&network.root);
    assert_eq!(code, 1, "{found}");
    expect(&found, "ports", "failed", &[&address]);
    drop(taken);
    assert_eq!(examine(&network.root).0, 0);
}
