//! Mistakes of people, each with its exit code and a message that says what is wrong and where.
//!
//! Exit codes: 2 it does not read, 3 it breaks a rule, 4 the station is not there or in use, 5 damage.

use crate::binary;
use crate::network::{FLOOD, KOUQIAN, Network, YONGJI};
use crate::station::Station;

const STRANGE_KEY: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

#[test]
fn a_report_that_does_not_read_or_breaks_a_rule_is_not_kept() {
    let network = Network::running();
    let mut node = network.running_node(KOUQIAN);
    node.submit(&["--event", FLOOD, "--set", "QL010=100"]);
    // The station must know the directory to know which counties there are.
    crate::view::wait_total(&network.county, FLOOD, &[("QL010", 100)]);
    node.stop();
    let refused = |args: &[&str], code: i32, names: &[&str]| {
        node.command(&[&["submit"], args].concat()).refused(code, names);
    };
    refused(&["--set", "QL999=1"], 2, &["QL999", "没有这个指标"]);
    refused(&["--set", "QL010=many"], 2, &["QL010 受灾人口", "many", "不是数字"]);
    refused(&["--set", "QL010=1.5"], 2, &["QL010 受灾人口", "1.5", "整数"]);
    refused(&["--set", "QL050=1.234"], 2, &["QL050 农作物受灾面积", "1.234", "2 位小数"]);
    refused(&["--set", "QL010=-3"], 2, &["QL010 受灾人口", "-3", "负"]);
    refused(
        &["--set", "QL050=12亩"],
        2,
        &["QL050 农作物受灾面积", "12亩", "单位不对，应按公顷填写", "counted in 公顷"],
    );
    refused(&["--set", "QL100=3元"], 2, &["QL100 直接经济损失", "3元", "应按万元填写", "counted in 万元"]);
    refused(
        &["--form", "relief", "--event", FLOOD, "--set", "QR041=yesterday"],
        2,
        &["QR041", "yesterday", "不是时间", "write it as 2026-07-20T03:30"],
    );
    refused(
        &["--form", "relief", "--event", FLOOD, "--set", "QR001=V"],
        2,
        &["QR001", "不在可选范围", "IV 四级响应"],
    );
    refused(&["--set", "QL010"], 2, &["--set QL010", "代码=数值"]);
    refused(&["--set", "QL001=3"], 2, &["QL001", "由上级统计"]);
    refused(
        &["--set", "QL010=100", "--set", "QL011=101"],
        3,
        &["未保存", "DC01", "受灾人口不能小于因灾死亡人口", "101"],
    );
    refused(&["--zero", "--set", "QL010=100"], 3, &["FS03", "零报告"]);
    refused(&["--set", "QL010=100", "--occurred", "2099-01-01T00:00"], 3, &["DC73"]);
    refused(
        &["--set", "QL010=100", "--occurred", "yesterday"],
        2,
        &["occurred", "yesterday", "2026-07-20T03:30"],
    );
    refused(&["--set", "QL010=100", "--stage", "final"], 2, &["final", "初报"]);
    refused(&["--event", "2026-flood", "--set", "QL010=1"], 2, &["2026-flood", "日期-县代码-灾种"]);
    refused(&["--event", "20260720-229999-flood", "--set", "QL010=1"], 2, &["229999", "区划表"]);
    refused(&["no-such-file.toml"], 2, &["failed to read no-such-file.toml"]);
    node.typed(&["submit", "-"], "evnt = \"x\"\n").refused(2, &["evnt", "line 1"]);
    node.typed(&["submit", "-"], r#"{"figurs": {}}"#).refused(2, &["figurs", "line 1"]);
    node.typed(&["submit", "-"], "[figures]\nQL010 = true\n").refused(2, &["line 2"]);
    assert_eq!(node.json(&["list"])["total"], 1, "nothing of this was kept");
}

#[test]
fn an_event_must_be_named_once() {
    let network = Network::new();
    let node = network.node(KOUQIAN);
    node.command(&["submit", "--set", "QL010=1"]).refused(2, &["--event", FLOOD]);
}

#[test]
fn a_station_that_is_not_set_up_or_set_up_twice_is_named() {
    let network = Network::new();
    let node = network.node(KOUQIAN);
    let root = network.root.key.as_str();
    node.command(&["init", "--division", KOUQIAN, "--root", root]).refused(4, &["node-220221100", "already"]);
    assert_eq!(node.status()["key"], node.key.as_str(), "the first key stands");
    node.command(&["init", "--division", "2202211", "--root", root]).refused(2, &["2202211", "--division"]);
    node.command(&["init", "--division", YONGJI, "--root", root]).refused(2, &[YONGJI, "nine digits"]);
    node.command(&["init", "--division", KOUQIAN, "--root", "00"])
        .refused(2, &["--root", "64 hexadecimal digits"]);

    let config = node.dir().join("fengsui.toml");
    let sound = std::fs::read_to_string(&config).expect("read the configuration");
    std::fs::write(&config, format!("divison = \"22\"\n{sound}")).expect("misspell a key");
    node.command(&["status"]).refused(2, &["fengsui.toml", "divison", "line 1"]);
    std::fs::write(&config, sound.replace(KOUQIAN, "2202211")).expect("shorten the division");
    node.command(&["run"]).refused(2, &["fengsui.toml", "2202211"]);
    std::fs::remove_file(&config).expect("delete the configuration");
    for command in ["status", "list", "run"] {
        node.command(&[command]).refused(4, &["fengsui.toml", "init"]);
    }
    std::fs::write(&config, sound).expect("write it back");
    std::fs::write(node.dir().join("station.key"), "no key").expect("spoil the key");
    node.command(&["status"]).refused(4, &["station.key"]);
}

#[test]
fn a_hub_appoints_below_itself_only_and_for_sound_keys() {
    let network = Network::running();
    let county = &network.county;
    let zero = "0".repeat(64);
    let appoint = |key: &str, division: &str, code: i32, names: &[&str]| {
        county.command(&["appoint", key, division]).refused(code, names);
    };
    appoint(STRANGE_KEY, "22", 3, &["22", "not below 220221"]);
    appoint(STRANGE_KEY, YONGJI, 3, &["not below 220221"]);
    appoint(STRANGE_KEY, "220202001", 3, &["220202001", "not below 220221"]);
    appoint(STRANGE_KEY, "220221999", 3, &["220221999", "not in the directory"]);
    appoint("zz", KOUQIAN, 2, &["zz", "64 hexadecimal digits"]);
    appoint(&zero, KOUQIAN, 3, &[&zero, "not a sound ed25519 key"]);
    appoint(STRANGE_KEY, "2202211", 2, &["2202211"]);
    county
        .command(&["appoint", STRANGE_KEY, KOUQIAN, "--role", "hub"])
        .refused(3, &["220221100", "township"]);
    county.command(&["appoint", STRANGE_KEY, KOUQIAN, "--role", "king"]).refused(2, &["king"]);
    county.command(&["directory", "no-such.csv", "--version", "2"]).refused(2, &["no-such.csv"]);
    county
        .command(&["total", "220221999", "--event", FLOOD])
        .refused(2, &["220221999", "not in the directory"]);
    let lanes = county.status()["lanes"].clone();
    assert_eq!(lanes[0]["entries"], 1, "nothing of this was signed: {lanes}");
}

#[test]
fn a_table_of_divisions_that_is_no_tree_is_not_issued() {
    let network = Network::running();
    let file = network.file("divisions.csv");
    let above =
        "code,name,level,parent,kind,villages\n22,吉林省,province,,省,0\n2202,吉林市,city,22,地级市,0\n";
    let write = |rows: &str| std::fs::write(&file, format!("{above}{rows}")).expect("write the table");
    let before = network.root.status()["lanes"].clone();
    for (rows, code, names) in [
        (
            "220221,永吉县,county,2203,县,0\n",
            3,
            ["第 4 行 永吉县", "上级 2203 不在表中", "find parent 2203 of division 220221 (line 4"],
        ),
        (
            "220221,永吉县,county,220282,县,0\n220282,桦甸市,county,220221,市,0\n",
            3,
            ["第 4 行 永吉县", "连成一圈", "turns in a circle (line 4"],
        ),
        (
            "220221,永吉县,city,2202,县,0\n",
            3,
            ["第 4 行 永吉县", "220221（市级）不能放在 2202（市级）之下", "ranks below its parent (line 4"],
        ),
        ("220221,永吉县,town,2202,县,0\n", 2, ["第 4 行 level 列", "town", "line 4, column \"level\""]),
    ] {
        write(rows);
        network.root.command(&["directory", &file, "--version", "2"]).refused(code, &names);
        let args = ["init", "--division", "22", "--new-network", "--directory", &file];
        let new = Station::blank(binary::hub(), network.path("new"), "22");
        new.command(&args).refused(code, &names);
        assert!(!new.dir().exists(), "nothing is set up with such a table");
    }
    write("220221,永吉县,county,2202,县,0\n");
    network.root.command(&["directory", &file, "--version", "1"]).refused(3, &["第 1 版", "version 1"]);
    network
        .county
        .command(&["directory", &file, "--version", "2"])
        .refused(3, &["省级根站", "only the root"]);
    let after = network.root.status();
    assert_eq!((&after["lanes"], &after["directory"]), (&before, &1.into()), "nothing of this was signed");
}

#[test]
fn a_file_that_is_no_bundle_of_this_network_is_not_taken() {
    let network = Network::new();
    let node = network.node(KOUQIAN);
    node.submit(&["--event", FLOOD, "--set", "QL010=1"]);
    let bundle = network.file("node.bundle");
    node.json(&["export", &bundle]);
    node.command(&["export", &bundle]).refused(2, &["failed to export", "node.bundle", "already"]);

    let hub = &network.county;
    let sound = std::fs::read(&bundle).expect("read the bundle");
    let bad = network.file("bad.bundle");
    for (bytes, why) in [
        (&sound[..sound.len() / 2], "cut off"),
        (&sound[..sound.len() - 1], "cut off"),
        (b"garbage", "begin"),
    ] {
        std::fs::write(&bad, bytes).expect("write the bad bundle");
        hub.command(&["import", &bad]).refused(5, &["failed to", "bad.bundle", why]);
        hub.command(&["verify", "--bundle", &bad]).refused(5, &["bad.bundle", why]);
    }
    hub.command(&["import", &network.file("none.bundle")]).refused(2, &["none.bundle"]);

    let other = Station::init(binary::hub(), network.path("other"), "22", &["--new-network"]);
    let foreign = network.file("foreign.bundle");
    other.json(&["export", &foreign]);
    hub.command(&["import", &foreign])
        .refused(3, &["foreign.bundle", &other.key[..8], &network.root.key[..8]]);
}

#[test]
fn a_reference_that_names_no_entry_is_told() {
    let network = Network::new();
    let node = network.node(KOUQIAN);
    let entry = node.submit(&["--event", FLOOD, "--set", "QL010=1"]);
    let log = entry.split('/').next().expect("a reference begins with its log");
    for wrong in ["", "abc", "xyz/urgent/1", "1234/lane/1", "1234/urgent/x", "1234/urgent/1/2"] {
        node.command(&["show", wrong]).refused(2, &["failed to read", "1f3a9c2e5b7d8f60/urgent/3"]);
    }
    node.command(&["show", &format!("{log}/urgent/99")]).refused(2, &["failed to find", "99"]);
    let unknown = if log.starts_with("0000") { "ffff/urgent/0" } else { "0000/urgent/0" };
    node.command(&["show", unknown]).refused(2, &["failed to find a log", &unknown[..4]]);
}
