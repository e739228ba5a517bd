//! What offices sign beside the reports: targets that come down, inspections on the ground, and what was agreed with
//! another office.

use serde_json::Value;

use crate::network::{FLOOD, KOUQIAN, Network, SHUANGHE, YONGJI};
use crate::station::{PATIENCE, Station, wait_for};
use crate::view::{reasons, wait_total};

/// A list that `hub` prints, once `look` likes it.
#[track_caller]
fn wait_list(hub: &Station, args: &[&str], what: &str, look: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    wait_for(&format!("{what} at {}", hub.division), PATIENCE, || {
        let said = hub.command(&[args, &["--json"]].concat());
        let Ok(Value::Array(all)) = serde_json::from_str(&said.out) else { return Err(format!("{said:?}")) };
        if look(&all) { Ok(all) } else { Err(format!("{all:?}")) }
    })
}

#[test]
fn targets_come_down_and_stand_beside_what_was_reported() {
    let network = Network::running();
    let (node, county) = (network.running_node(KOUQIAN), &network.county);
    let month = ["--form", "urban_dibao", "--period", "2026-10"];
    node.submit(&[&month[..], &["--set", "UD001=60", "--set", "UD002=100"]].concat());
    county.submit(&[&month[..], &["--set", "UD005=1.26", "--set", "UD006=9"]].concat());
    let file = network.file("targets.csv");
    let head = "form,period,indicator,division,value\n";
    let write = |rows: &str| std::fs::write(&file, format!("{head}{rows}")).expect("the file is written");
    let issue = ["target", "issue", &file, "--document", "吉民发〔2026〕3号"];
    for (row, names) in [
        ("urban_dibao,2026-10,UD016,22,100万元\n", ["第 3 行 value 列", "数值或单位不对"]),
        ("urban_dibao,2026-10,UD099,22,100\n", ["第 3 行 indicator 列", "UD099"]),
        ("urban_dibao,2026-10,UD016,229999,100\n", ["第 3 行 division 列", "区划表里没有"]),
    ] {
        write(&format!("urban_dibao,2026-10,UD002,{YONGJI},90\n{row}"));
        network.root.command(&issue).refused(2, &names);
    }
    write(&format!("urban_dibao,2026-10,UD016,{YONGJI},100元/人·月\nurban_dibao,2026-10,UD002,{YONGJI},0\n"));
    network.root.command(&issue).text();
    for hub in [county, &network.root] {
        let all = wait_list(hub, &[&["target", "list", "22"], &month[..]].concat(), "both targets", |all| {
            all.len() == 2 && all.iter().all(|of| of["actual"] != "")
        });
        let of = |code: &str| all.iter().find(|of| of["code"] == code).expect("the target").clone();
        assert_eq!((&of("UD016")["actual"], &of("UD016")["reached"]), (&"126.00".into(), &"126.0%".into()));
        assert_eq!((&of("UD002")["actual"], &of("UD002")["reached"]), (&"100".into(), &"—".into()));
    }
    let text = county.command(&[&["total", YONGJI], &month[..]].concat());
    assert!(text.text().contains("126.0%") && text.text().contains("吉民发〔2026〕3号"), "{text:?}");
    let figure = county.command(&[&["figure", "UD016", YONGJI], &month[..]].concat());
    assert!(figure.text().contains("目标 100.00 元/人·月，完成率 126.0%"), "{figure:?}");

    // A later document changes what it names; a county sets none for a neighbour.
    write(&format!("urban_dibao,2026-10,UD016,{YONGJI},120\n"));
    network.root.command(&issue).text();
    wait_list(county, &[&["target", "list"], &month[..]].concat(), "the new target", |all| {
        all.len() == 2 && all[1]["reached_permille"] == 1_050
    });
    county.command(&issue).text();
    write("urban_dibao,2026-10,UD002,220282,5\n");
    county.command(&issue).refused(2, &["第 2 行 division 列", "不在本级辖区内"]);
    let still = county.json(&[&["target", "list"], &month[..]].concat());
    assert_eq!(still[1]["issuer"]["code"], "22", "the word of the higher level counts: {still}");
}

#[test]
fn an_inspection_stands_beside_what_was_reported() {
    let network = Network::running();
    let (county, node) = (&network.county, network.running_node(KOUQIAN));
    let villages = ["--village", "永丰村:QL010=70", "--village", "前进村:QL010=50"];
    node.submit(&[&["--event", FLOOD], &villages[..]].concat());
    wait_total(county, FLOOD, &[("QL010", 120)]);
    let record = |found: &[&str], more: &[&str]| {
        let mut args = vec!["inspect", "record", "--event", FLOOD, "--date", "2026-07-25"];
        args.extend(found.iter().flat_map(|found| ["--found", found]));
        county.command(&[&args[..], more].concat())
    };
    record(&["220221100:QL010=x"], &[]).refused(2, &["数值不对"]);
    record(&["220282100:QL010=1"], &[]).refused(3, &["220282100 不在本级辖区内"]);
    record(&["220221100:QL010=1", "220221100:QL010=2"], &[]).refused(3, &["登记了两次"]);
    let recorded =
        record(&["220221100/永丰村:QL010=68", "220221100:QL010=118"], &["--finding", "两户重复统计"]);
    for part in ["抽查 2 项，不符 2 项", "永丰村", "-2", "两户重复统计"] {
        assert!(recorded.text().contains(part), "{part:?} is not in {recorded:?}");
    }
    let list = ["inspect", "list", "--event", FLOOD];
    let all = wait_list(&network.root, &list, "the inspection", |all| all.len() == 1);
    assert_eq!((&all[0]["pending"], reasons(&all[0])), (&false.into(), vec![]));
    assert_eq!(
        (&all[0]["samples"][1]["reported"], &all[0]["samples"][1]["found"]),
        (&"70".into(), &"68".into())
    );
    let entry = all[0]["entry"].as_str().expect("an entry");
    let shown = wait_for("the inspection at the township", PATIENCE, || {
        let shown = node.command(&["show", entry]);
        if shown.code == 0 && shown.out.contains("核实") { Ok(shown) } else { Err(format!("{shown:?}")) }
    });
    assert!(shown.text().contains("上报 70，核实 68"), "{shown:?}");
    let total = network.root.command(&["total", "--event", FLOOD]);
    assert!(total.text().contains("核查 220221 永吉县 第 1 次，2026-07-25"), "{total:?}");

    // Corrected afterwards, the record still says what was reported then; a place that has not reported is said so.
    node.submit(&["--update", "--village", "永丰村:QL010=68", "--explanation", "核查更正"]);
    wait_total(&network.root, FLOOD, &[("QL010", 118)]);
    let second = record(&[&format!("{SHUANGHE}:QL010=3")], &[]);
    assert!(second.text().contains("第 2 次") && second.text().contains("未报"), "{second:?}");
    let all = wait_list(&network.root, &list, "both inspections", |all| all.len() == 2);
    assert!(all.iter().all(|of| reasons(of).is_empty()), "{all:?}");
}

#[test]
fn two_offices_agree_and_the_difference_is_explained() {
    let network = Network::running();
    let county = &network.county;
    let (first, second) = (network.running_node(KOUQIAN), network.running_node(SHUANGHE));
    first.submit(&["--event", FLOOD, "--set", "QL050=12.5"]);
    second.submit(&["--event", FLOOD, "--set", "QL050=30"]);
    wait_total(county, FLOOD, &[("QL050", 4_250)]);
    let record = |theirs: &str, agreed: &str, more: &[&str]| {
        let args = ["consult", "record", "--event", FLOOD, "--indicator", "QL050", "--office", "农业农村"];
        county.command(&[&args[..], &["--theirs", theirs, "--agreed", agreed], more].concat())
    };
    record("45", "45", &[]).refused(3, &["请用 --reason 写明原因"]);
    record("45亩", "45", &[]).refused(2, &["--theirs", "数值不对"]);
    let recorded = record("45", "45", &["--reason", "国有农场另计 2.5 公顷"]);
    for part in ["本级 42.50（2 份报告）", "农业农村 45.00", "相差 +2.50", "核定 45.00 公顷", "国有农场另计"]
    {
        assert!(recorded.text().contains(part), "{part:?} is not in {recorded:?}");
    }
    // Times are shown to the second: what came before must have come in an earlier one.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    first.submit(&["--update", "--set", "QL050=15"]);
    for hub in [county, &network.root] {
        wait_total(hub, FLOOD, &[("QL050", 4_500)]);
    }
    let list = ["consult", "list", "--event", FLOOD];
    let all =
        wait_list(&network.root, &list, "the record", |all| all.len() == 1 && all[0]["pending"] == false);
    assert_eq!((&all[0]["own"], reasons(&all[0])), (&"42.50".into(), vec![]), "as it stood then");
    record("45", "45", &[]).text();
    // As it stood before the last report came, although more has come since.
    let counted = county.json(&["total", "--event", FLOOD])["counted"].clone();
    let counted = counted.as_array().expect("a list").clone();
    let last = counted.iter().find(|of| of["division"]["code"] == KOUQIAN).expect("it is counted");
    let as_of = last["received_at"].as_str().expect("a time");
    let before = record("45", "45", &["--reason", "同上", "--as-of", as_of]);
    assert!(
        before.text().contains("第 3 次") && before.text().contains("本级 42.50（2 份报告）"),
        "{before:?}"
    );
    record("45", "45", &["--as-of", "2099-01-01T00:00"]).refused(2, &["不能晚于现在"]);
    wait_list(&network.root, &list, "all records", |all| {
        all.len() == 3 && all.iter().all(|of| of["pending"] == false && reasons(of).is_empty())
    });
    let total = network.root.command(&["total", "--event", FLOOD]);
    assert!(total.text().contains("会商核定 220221 永吉县 第 1 次"), "{total:?}");
    county
        .command(&[
            "consult",
            "record",
            "--event",
            FLOOD,
            "--indicator",
            "QL060",
            "--office",
            "农业农村",
            "--theirs",
            "1",
            "--agreed",
            "1",
        ])
        .refused(3, &["本级没有这项合计"]);
}
