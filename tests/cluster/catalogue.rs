//! Forms beside the quick report and dibao: they climb, are checked against each other, and alarm, with no code of their
//! own.

use serde_json::Value;

use crate::network::{FLOOD, KOUQIAN, Network};
use crate::station::{PATIENCE, Station, wait_for};
use crate::view::figure;

const RELIEF: [&str; 4] = ["--form", "relief", "--event", FLOOD];
const TEMPORARY: [&str; 4] = ["--form", "temporary_aid", "--period", "2026-10"];

fn submit(station: &Station, topic: &[&str], figures: &[&str]) -> Value {
    let mut args = [&["submit"], topic].concat();
    figures.iter().for_each(|figure| args.extend(["--set", figure]));
    station.json(&args)
}

fn refused(station: &Station, topic: &[&str], figures: &[&str], code: i32, names: &[&str]) {
    let mut args = [&["submit"], topic].concat();
    figures.iter().for_each(|figure| args.extend(["--set", figure]));
    station.command(&args).refused(code, names);
}

fn total(hub: &Station, topic: &[&str]) -> Value {
    hub.json(&[&["total"], topic].concat())
}

#[track_caller]
fn wait_total(hub: &Station, topic: &[&str], expected: &[(&str, i64)]) {
    wait_for(&format!("totals {expected:?} at {}", hub.division), PATIENCE, || {
        let total = total(hub, topic);
        let right = expected.iter().all(|(code, value)| figure(&total, code) == Some(*value));
        if right { Ok(()) } else { Err(total["figures"].to_string()) }
    });
}

fn checks(of: &Value, list: &str) -> Vec<String> {
    let found = of[list].as_array().expect("a list");
    found.iter().map(|one| one["check"].as_str().expect("a check").to_owned()).collect()
}

#[test]
fn a_relief_report_climbs_is_compared_and_alarms() {
    let network = Network::running();
    let node = network.running_node(KOUQIAN);
    submit(&node, &["--event", FLOOD], &["QL010=100", "QL030=40"]);
    let over = ["FS40", "各项已救助人口不能大于已紧急生活救助人口", "cannot be more than all persons aided"];
    refused(&node, &RELIEF, &["QR060=50", "QR061=60"], 3, &[&["未保存", "not saved"], &over[..]].concat());
    refused(&node, &RELIEF, &["QR012=5"], 3, &["FILLER", "由省级（财政）填报"]);

    let figures = ["QR060=50", "QR061=50", "QR041=2026-07-22T09:30", "QR001=IV"];
    let relief = submit(&node, &RELIEF, &figures);
    assert_eq!(checks(&relief, "warnings"), ["DC82"], "50 aided of 40 in need: {relief}");
    assert_eq!(checks(&relief, "alarms"), ["DC84"], "food came after more than a day: {relief}");
    let alarm = &relief["alarms"][0];
    assert!(alarm["zh"].as_str().is_some_and(|zh| zh.contains("重大灾害24小时内吃穿住饮用水医疗到位")));
    assert!(alarm["en"].as_str().is_some_and(|en| en.contains("in place within 24 hours")));
    submit(&network.county, &RELIEF, &["QR014=30", "QR018=20"]);
    submit(&network.root, &RELIEF, &["QR011=100"]);

    let food_by = 1_784_683_800_000;
    wait_total(&network.root, &RELIEF, &[("QR060", 50), ("QR041", food_by), ("QR010", 130_000_000)]);
    let total = total(&network.root, &RELIEF);
    assert_eq!(checks(&total, "alarms"), ["DC84"], "counted, and shown: {total}");
    let text = network.root.command(&[&["total"], &RELIEF[..]].concat());
    for part in ["报警 1 项（1 alarms）", "DC84", "2026-07-22T09:30", "四级响应"] {
        assert!(text.text().contains(part), "{part}: {}", text.out);
    }
    let entry = relief["entry"].as_str().expect("an entry");
    let shown = network.root.json(&["show", entry]);
    assert_eq!(
        (checks(&shown, "notes"), checks(&shown, "alarms")),
        (vec!["DC82".into()], vec!["DC84".into()])
    );
    assert_eq!(checks(&shown, "reasons"), [""; 0], "an alarm never refuses");
}

#[test]
fn a_rule_without_its_input_is_attested_and_never_passed() {
    let network = Network::running();
    let node = network.running_node(KOUQIAN);
    let first = submit(&node, &["--event", FLOOD], &["QL010=200", "QL011=1"]);
    assert_eq!(checks(&first, "unjudged"), ["DC60", "DC80"], "neither a ledger nor base figures");
    assert_eq!(checks(&first, "warnings"), [""; 0]);
    let entry = first["entry"].as_str().expect("an entry");
    let unjudged = wait_for("the entry at the province", PATIENCE, || {
        let said = network.root.command(&["show", entry, "--json"]);
        let shown: Value = serde_json::from_str(&said.out).map_err(|error| format!("{error}: {said:?}"))?;
        Ok(shown["unjudged"].clone())
    });
    let text = |at: usize, language: &str| unjudged[at][language].as_str().expect("words").to_owned();
    assert!(
        text(1, "zh").contains("由永吉县")
            && text(1, "zh").contains("没有本单位“受灾地区基础指标”的年末总人口")
    );
    assert!(text(1, "en").contains("attested by 永吉县"), "{}", text(1, "en"));
    assert!(!text(0, "en").contains("attested"), "nobody holds a ledger yet: {}", text(0, "en"));
    assert!(network.root.command(&["show", entry]).text().contains("未核对"));

    submit(&node, &["--form", "annual_base", "--period", "2025"], &["AB001=150"]);
    let second = submit(&node, &["--event", FLOOD], &["QL010=200", "QL011=1"]);
    assert_eq!(
        (checks(&second, "warnings"), checks(&second, "unjudged")),
        (vec!["DC80".into()], vec!["DC60".into()])
    );
    wait_total(&network.root, &["--form", "annual_base", "--period", "2025"], &[("AB001", 150)]);
}

#[test]
fn a_month_of_temporary_aid_and_a_winter_climb() {
    let network = Network::running();
    let node = network.running_node(KOUQIAN);
    refused(
        &node,
        &TEMPORARY,
        &["TA001=9", "TA002=8"],
        3,
        &["AC02", "临时救助人次不能小于户次", "household has at least one"],
    );
    let month = submit(&node, &TEMPORARY, &["TA001=8", "TA002=12", "TA003=7"]);
    assert_eq!((&month["stage"], checks(&month, "warnings")), (&"月报".into(), vec![]));
    let county = submit(&network.county, &TEMPORARY, &["TA009=3.6", "TA010=20", "TA008=600"]);
    assert_eq!(checks(&county, "warnings"), ["FS20"]);
    submit(&network.root, &TEMPORARY, &["TA012=50"]);
    // 36 000 yuan for 12 person-times.
    wait_total(
        &network.root,
        &TEMPORARY,
        &[("TA002", 12), ("TA007", 300_000), ("TA008", 60_000), ("TA011", 50_000_000)],
    );

    let winter = ["--form", "冬春救助情况", "--period", "2026-2027"];
    let need = submit(&node, &winter, &["WN001=30", "WN002=10", "WN022=1250.5"]);
    assert_eq!((&need["stage"], &need["period"]), (&"冬春报".into(), &"2026-2027".into()));
    let done = submit(&node, &[&winter[..], &["--update"]].concat(), &["WD001=31"]);
    assert_eq!((&done["stage"], checks(&done, "warnings")), (&"更正".into(), vec!["DC-W3".into()]));
    wait_total(&network.root, &winter, &[("WN001", 30), ("WN022", 125_050), ("WD001", 31)]);
    refused(
        &node,
        &["--form", "winter", "--period", "2026-10"],
        &["WN001=1"],
        2,
        &["2026-10", "冬春年度应写成 2026-2027", "a winter"],
    );
    refused(
        &node,
        &["--form", "annual_base", "--period", "2026-2027"],
        &["AB001=1"],
        2,
        &["年度应写成 2026", "a year"],
    );
    refused(&node, &["--form", "winter"], &["WN001=1"], 2, &["--period", "2026-2027", "name the winter"]);
}

#[test]
fn a_form_says_who_owes_it_and_what_waits() {
    let network = Network::new();
    let node = network.node(KOUQIAN);
    let text = |code: &str| node.command(&["forms", code]).text().to_owned();
    let workflow = text("workflow");
    assert!(workflow.contains("限 220182、220822、222424") && workflow.contains("期末当日"), "{workflow}");
    assert!(text("winter").contains("期初后 44 日内"));
    assert!(text("charity").contains("省慈善总会（区划表外，由所在地代填）"));
    let quick = text("quick");
    assert!(quick.contains("待核：DC60") && quick.contains("没有因灾死亡失踪人口台账"), "{quick}");
    assert!(text("relief").contains("选一：none 未启动、IV 四级响应"));
    assert!(node.command(&["forms"]).text().contains("备用"));
}
