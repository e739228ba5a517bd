//! The catalogue as it is issued: the province asks one figure more, and every station below fills it in, judges and totals
//! by the version that a report names.

use std::path::Path;
use std::time::Duration;

use fengsui_daemon::clock::Clock;
use fengsui_model::catalogue::builtin_files;
use fengsui_model::{Figure, Report};
use serde_json::Value;

use crate::craft;
use crate::network::{FLOOD, KOUQIAN, Network, SHUANGHE};
use crate::station::{PATIENCE, Station, wait_for};
use crate::view::{listed, reasons, wait_total};

/// One row more in the quick report.
const CARS: &str = "1199,QL199,被困车内人员,People trapped in cars,人,persons,0,cumulative,sum,province,population,,yes,,应急,as told,,\n";
const CARS_ID: u32 = 1199;

/// Writes the built-in tables, changed, to a folder; its path.
fn tables(network: &Network, name: &str, change: impl Fn(&str, String) -> String) -> String {
    let dir = network.file(name);
    std::fs::create_dir(&dir).expect("a new folder");
    for (file, text) in builtin_files() {
        let text = change(&file, text);
        std::fs::write(Path::new(&dir).join(file), text).expect("a table is written");
    }
    dir
}

/// The list of forms with a greater version of one.
fn raised(text: &str, form: &str) -> String {
    let title = text.lines().find(|line| line.split(',').nth(1) == Some(form)).expect("a form");
    let mut cells: Vec<String> = title.splitn(4, ',').map(str::to_owned).collect();
    cells[2] = (cells[2].parse::<u32>().expect("a version") + 1).to_string();
    text.replacen(title, &cells.join(","), 1)
}

fn with_cars(file: &str, text: String) -> String {
    match file {
        "forms.csv" => raised(&text, "quick"),
        "quick.csv" => text + CARS,
        _ => text,
    }
}

fn today() -> String {
    fengsui_daemon::standards::day(Clock::default().now().wall_ms).expect("a sound clock").to_string()
}

fn issue(root: &Station, dir: &str, document: &str) -> Value {
    root.json(&["catalogue", "issue", dir, "--document", document, "--from", &today()])
}

#[track_caller]
fn wait_version(station: &Station, version: u64) {
    wait_for(&format!("version {version} at {}", station.division), PATIENCE, || {
        let forms = station.json(&["forms", "quick"]);
        if forms[0]["catalogue"] == version { Ok(()) } else { Err(forms[0]["catalogue"].to_string()) }
    });
}

#[test]
fn a_figure_that_the_province_asks_for_is_filled_in_and_totalled() {
    let network = Network::running();
    let (node, other) = (network.running_node(KOUQIAN), network.running_node(SHUANGHE));
    // One township reports before anybody has heard of the new version.
    other.submit(&["--event", FLOOD, "--set", "QL010=7"]);
    wait_total(&network.root, FLOOD, &[("QL010", 7)]);
    node.command(&["submit", "--event", FLOOD, "--set", "QL199=2"])
        .refused(2, &["QL199", "本表没有这个指标"]);

    let dir = tables(&network, "tables", with_cars);
    let issued = issue(&network.root, &dir, "吉应急〔2026〕9号");
    assert_eq!(issued["version"], 1);
    network
        .county
        .command(&["catalogue", "issue", &dir, "--document", "x", "--from", &today()])
        .refused(3, &["只有省级"]);
    wait_version(&node, 1);
    let forms = node.command(&["forms", "quick"]);
    for part in ["QL199", "被困车内人员", "目录：第 1 版（吉应急〔2026〕9号）"] {
        assert!(forms.text().contains(part), "{part}: {}", forms.out);
    }
    let shown = network.county.command(&["catalogue", "show", "1"]);
    assert!(shown.text().contains("新增 QL199 被困车内人员"), "{}", shown.out);
    let list = network.county.json(&["catalogue", "list"]);
    let standing: Vec<&str> =
        list.as_array().expect("a list").iter().filter_map(|of| of["standing"].as_str()).collect();
    assert_eq!(standing, ["replaced", "in_force"]);

    let entry = node.submit(&["--event", FLOOD, "--set", "QL010=5", "--set", "QL199=2"]);
    wait_total(&network.root, FLOOD, &[("QL010", 12), ("QL199", 2)]);
    let shown = network.root.json(&["show", &entry]);
    let text = shown["texts"].to_string();
    assert!(text.contains("填报目录") && text.contains("第 1 版"), "{text}");
    let stranger = network.path("elsewhere").display().to_string();
    let bundle = format!("{stranger}.bundle");
    network.root.json(&["export", &bundle]);
    let proof = network.county.json(&["verify", "--bundle", &bundle]);
    let total = proof["totals"][0].to_string();
    assert!(total.contains("QL199"), "the proof reads the catalogue from the bundle: {total}");
}

#[test]
fn a_report_waits_for_a_version_that_has_not_come_and_then_counts_by_itself() {
    let network = Network::running();
    let mut node = network.node(KOUQIAN);
    network.appoint(&node);
    let named = |catalogue: u32, revision: u32, cars: i64| Report {
        catalogue,
        revision,
        figures: [(CARS_ID, Figure::Number(cars)), (1010, Figure::Number(5))].into(),
        ..craft::report(KOUQIAN, &[])
    };
    let early = craft::write_report(&node, &named(2, 0, 2));
    node.start();
    let shown = wait_for("the report at the province", PATIENCE, || {
        let said = network.root.command(&["show", &early, "--json"]);
        serde_json::from_str::<Value>(&said.out).map_err(|error| format!("{error}: {said:?}"))
    });
    assert_eq!(reasons(&shown), ["CATALOGUE_WAITS"]);
    let reason = &shown["reasons"][0];
    assert!(reason["zh"].as_str().is_some_and(|zh| zh.contains("等待目录第 2 版")), "{reason}");
    assert!(reason["en"].as_str().is_some_and(|en| en.contains("waits for version 2")), "{reason}");
    assert_eq!(reasons(&listed(&node, &early).expect("it is listed")), ["CATALOGUE_WAITS"]);
    let total = network.county.command(&["total", "--event", FLOOD]);
    assert!(total.text().contains("等待目录第 2 版"), "{}", total.out);
    // It keeps; nobody answers it.
    std::thread::sleep(Duration::from_millis(500));
    let status = network.county.json(&["show", &early]);
    assert_eq!(reasons(&status), ["CATALOGUE_WAITS"]);

    let dir = tables(&network, "tables", with_cars);
    let args = [
        "catalogue",
        "issue",
        &dir,
        "--document",
        "吉应急〔2026〕10号",
        "--from",
        &today(),
        "--version",
        "2",
    ];
    network.root.json(&args);
    wait_total(&network.county, FLOOD, &[("QL010", 5), ("QL199", 2)]);
    wait_total(&network.root, FLOOD, &[("QL010", 5), ("QL199", 2)]);

    // Version 1 can never be issued any more: the county answers whoever names it.
    wait_version(&node, 2);
    node.stop();
    let never = craft::write_report(&node, &named(1, 1, 3));
    node.start();
    let shown = wait_for("the county's answer", PATIENCE, || {
        let entry = listed(&node, &never).ok_or("not listed")?;
        if entry["hops"].to_string().contains("answered") || reasons(&entry) == ["CATALOGUE"] {
            Ok(entry)
        } else {
            Err(entry.to_string())
        }
    });
    assert!(shown["reasons"][0]["zh"].as_str().is_some_and(|zh| zh.contains("从未发布")), "{shown}");
    wait_total(&network.county, FLOOD, &[("QL010", 5)]);
}

/// Urban dibao of October, due and closed long ago, owed by townships of the county alone.
fn closed_october(file: &str, text: String) -> String {
    match file {
        "duties.csv" => {
            let rows = text.lines().skip(1).filter(|line| !line.starts_with("urban_dibao,"));
            let rows: Vec<String> = rows.map(|line| format!("{line},,,")).collect();
            let head = text.lines().next().unwrap_or_default();
            let dibao = "urban_dibao,township,220221,,,end+0,for the test,,,,2026-01-01,2026-10-31,end+1";
            format!("{head},from,until,closes\n{}\n{dibao}\n", rows.join("\n"))
        }
        "special_aid.csv" => {
            text.lines().filter(|line| !line.starts_with("2912,")).map(|line| format!("{line}\n")).collect()
        }
        "special_aid-checks.csv" => text.replacen("|SP012", "", 1),
        "forms.csv" => raised(&text, "special_aid"),
        _ => text,
    }
}

#[test]
fn a_closed_period_wants_a_reason_and_what_is_retired_stands_apart() {
    let network = Network::running();
    let mut node = network.running_node(KOUQIAN);
    let october = ["--form", "urban_dibao", "--period", "2026-10"];
    let old = ["--form", "special_aid", "--period", "2026-10"];
    network.county.json(&[&["submit"], &old[..], &["--set", "SP011=3", "--set", "SP012=4"]].concat());
    let total = network.county.json(&[&["total"], &old[..]].concat());
    assert_eq!(total["retired"].as_array().map(Vec::len), Some(0), "{total}");

    let dir = tables(&network, "tables", closed_october);
    issue(&network.root, &dir, "吉民发〔2026〕11号");
    wait_version(&node, 1);
    wait_version(&network.county, 1);
    let total = network.county.json(&[&["total"], &old[..]].concat());
    let retired = &total["retired"][0];
    assert_eq!(
        (&retired["code"], &retired["value"], &retired["catalogue"]),
        (&"SP012".into(), &4.into(), &0.into())
    );
    assert!(
        total["figures"].to_string().contains("SP011") && !total["figures"].to_string().contains("SP012")
    );
    let text = network.county.command(&[&["total"], &old[..]].concat());
    assert!(text.text().contains("已停用（目录第 0 版）：SP012 优抚对象人数 4 人"), "{}", text.out);

    let typed = [&["submit"], &october[..], &["--set", "UD002=30"]].concat();
    node.command(&typed)
        .refused(3, &["CLOSED", "已于 2026-11-01 关闭填报", "--explanation", "was closed on 2026-11-01"]);
    let late = node.json(&[&typed[..], &["--explanation", "停电，补报"]].concat());
    assert!(late["warnings"].to_string().contains("逾期补报，理由：停电，补报"), "{late}");
    let total = wait_for("the late report at the county", PATIENCE, || {
        let said = network.county.command(&[&["total"], &october[..], &["--json"]].concat());
        let total: Value = serde_json::from_str(&said.out).map_err(|error| format!("{error}: {said:?}"))?;
        if total["counted"].as_array().is_some_and(|of| of.len() == 1) {
            Ok(total)
        } else {
            Err(total.to_string())
        }
    });
    assert_eq!((&total["counted"][0]["late"], &total["overdue"]), (&true.into(), &true.into()), "{total}");
    assert_eq!(total["missing"].as_array().map(Vec::len), Some(7), "the other townships owe it: {total}");
    let text = network.county.command(&[&["total"], &october[..]].concat());
    for part in ["（迟报）", "逾期未报（期限 2026-10-31）"] {
        assert!(text.text().contains(part), "{part}: {}", text.out);
    }
    let november = network.county.command(&["total", "--form", "charity", "--period", "2026-10"]);
    assert!(november.text().contains("另有省慈善总会不在本网内"), "{}", november.out);

    // What changed software signs without a reason is kept and answered.
    node.stop();
    let mut silent = craft::month(KOUQIAN, "2026-09", &"0".repeat(64), &[(2010, 31)]);
    (silent.catalogue, silent.month_before) = (1, None);
    let entry = craft::write_report(&node, &silent);
    node.start();
    wait_for("the county's answer", PATIENCE, || {
        let entry = listed(&node, &entry).ok_or("not listed")?;
        if reasons(&entry).contains(&"CLOSED") { Ok(()) } else { Err(entry.to_string()) }
    });
}

#[test]
fn tables_that_do_not_read_or_change_a_meaning_are_named() {
    let network = Network::new();
    let refused = |name: &str, change: &dyn Fn(&str, String) -> String, words: &[&str]| {
        let dir = tables(&network, name, change);
        let args = ["catalogue", "issue", &dir, "--document", "吉应急〔2026〕9号", "--from", &today()];
        network.root.command(&args).refused(3, words);
        dir
    };
    let one = |file: &'static str, old: &'static str, new: &'static str| {
        move |name: &str, text: String| if name == file { text.replacen(old, new, 1) } else { text }
    };
    refused(
        "a",
        &one("quick.csv", ",cumulative,", ",rising,"),
        &["quick.csv 第 3 行 nature 列", "line 3, column \"nature\""],
    );
    refused("b", &one("duties.csv", "relief,county", "relief,shire"), &["duties.csv 第 3 行 levels 列"]);
    let wider = |name: &str, text: String| match name {
        "forms.csv" => raised(&text, "special_aid"),
        "special_aid.csv" => text.replacen(
            "2912,SP012,优抚对象人数,Veterans and families on support,人",
            "2912,SP012,优抚对象人数,Veterans and families on support,户",
            1,
        ),
        _ => text,
    };
    refused("c", &wider, &["special_aid.csv 的 unit 列", "SP012", "计量单位", "停用原编号"]);
    let silent = |name: &str, text: String| if name == "quick.csv" { text + CARS } else { text };
    let dir = refused("d", &silent, &["报表 quick", "提高其版本号"]);
    std::fs::remove_file(Path::new(&dir).join("z01-checks.csv")).expect("a table goes");
    let args = ["catalogue", "issue", &dir, "--document", "x", "--from", &today()];
    network.root.command(&args).refused(2, &["z01-checks.csv", "无法读取"]);
    let good = tables(&network, "e", with_cars);
    network
        .root
        .command(&["catalogue", "issue", &good, "--document", "x", "--from", "2020-01-01"])
        .refused(3, &["早于今天"]);
    network.root.json(&["catalogue", "issue", &good, "--document", "x", "--from", "2099-01-01"]);
    assert_eq!(network.root.json(&["forms", "quick"])[0]["catalogue"], 0, "not in force yet");
    let again = ["catalogue", "issue", &good, "--document", "x", "--from", "2099-01-01", "--version", "1"];
    network.root.command(&again).refused(3, &["已有第 1 版"]);
    let out = network.file("out");
    network.root.json(&["catalogue", "export", &out]);
    network.root.command(&["catalogue", "export", &out]).refused(2, &["无法写入"]);
    assert_eq!(std::fs::read_dir(&out).expect("a folder").count(), builtin_files().len());
}
