//! The configuration: which source stands above which, and what a mistake in it is told.

use crate::network::{KOUQIAN, Network};
use crate::station::Station;

/// Value and origin of a key, as `config show` prints them.
fn shown(station: &Station, args: &[&str], key: &str) -> (Option<String>, String, String) {
    let values = station.json(&[&["config", "show"], args].concat());
    let values = values.as_array().expect("a list of values");
    let of = values.iter().find(|value| value["key"] == key).unwrap_or_else(|| panic!("{key} is not listed"));
    let text = |name: &str| of[name].as_str().map(str::to_owned);
    (text("value"), text("origin").expect("an origin"), text("by").expect("a name"))
}

#[test]
fn the_command_line_stands_above_the_environment_above_the_file() {
    let network = Network::new();
    let mut node = network.node(KOUQIAN);
    let parent = network.county.address.clone().expect("the county listens");
    let expect = |node: &Station, args: &[&str], value: Option<&str>, origin: &str, by: &str, key: &str| {
        let (found, from, named) = shown(node, args, key);
        assert_eq!((found.as_deref(), from.as_str()), (value, origin), "{key} by {named}");
        assert!(named.ends_with(by), "{key}: {named}");
    };
    expect(&node, &[], Some(&parent), "file", "fengsui.toml", "parent.address");
    expect(&node, &[], None, "default", "", "http.listen");
    node.set("FENGSUI_PARENT", "other.example:1");
    node.set("FENGSUI_HTTP", "127.0.0.1:2");
    expect(&node, &[], Some("other.example:1"), "environment", "FENGSUI_PARENT", "parent.address");
    expect(&node, &[], Some("127.0.0.1:2"), "environment", "FENGSUI_HTTP", "http.listen");
    let flags = ["--http", "127.0.0.1:3"];
    expect(&node, &flags, Some("127.0.0.1:3"), "flag", "--http", "http.listen");
    let text = node.command(&["config", "show"]);
    assert!(text.text().contains("环境变量 FENGSUI_HTTP"), "{text:?}");
    node.set("FENGSUI_LOG", "no=such=level");
    node.command(&["config", "show"]).refused(2, &["log.filter"]);
    node.command(&["run"]).refused(2, &["log.filter"]);
}

#[test]
fn a_file_is_checked_before_it_is_put_in_place() {
    let network = Network::new();
    let node = network.node(KOUQIAN);
    assert_eq!(node.json(&["config", "check"])["sound"], true);
    let sound = std::fs::read_to_string(node.dir().join("fengsui.toml")).expect("it reads");
    let file = network.file("candidate.toml");
    let parent = network.county.address.clone().expect("the county listens");
    let candidates: [(String, &[&str]); 9] = [
        (sound.replace("division", "divison"), &["line 1, column 1", "divison", "是否应为“division”"]),
        (sound.replace("address", "port"), &["unknown field `port`"]),
        (format!("{sound}[htp]\nlisten = \"127.0.0.1:1\"\n"), &["htp", "是否应为“http”"]),
        (format!("{sound}[http]\nlisten = 7480\n"), &["line 8, column 10"]),
        (sound.replace(&parent, "county"), &["parent.address", "主机:端口"]),
        (sound.replace(KOUQIAN, "22022110"), &["line 1, column 12", "22022110"]),
        (sound.replace(&network.root.key, &"0".repeat(64)), &["root", "不是可用的"]),
        (sound.replace("[parent]", "[parent"), &["line 4"]),
        (String::new(), &["缺少配置项"]),
    ];
    for (text, names) in &candidates {
        std::fs::write(&file, text).expect("write the candidate");
        node.command(&["config", "check", &file]).refused(2, &[*names, &["candidate.toml"]].concat());
    }
    std::fs::write(&file, format!("{sound}[http]\nlisten = \"0.0.0.0:7480\"\n"))
        .expect("write the candidate");
    let doubts = node.json(&["config", "check", &file])["doubts"].clone();
    assert!(doubts[0]["zh"].as_str().is_some_and(|zh| zh.contains("没有口令")), "{doubts}");
    node.command(&["config", "check", "none.toml"]).refused(4, &["none.toml"]);
}
