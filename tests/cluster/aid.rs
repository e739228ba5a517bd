//! The monthly forms of aid: each level states its own figures, stocks go on from month to month, and a total is what
//! stands below and beside.

use serde_json::Value;

use crate::network::{KOUQIAN, Network, SHUANGHE, YONGJI};
use crate::station::{PATIENCE, Station, wait_for};
use crate::view::{figure, reasons};

const SEPTEMBER: [&str; 4] = ["--form", "urban_dibao", "--period", "2026-09"];
const OCTOBER: [&str; 4] = ["--form", "urban_dibao", "--period", "2026-10"];

fn submit(station: &Station, month: [&str; 4], figures: &[&str]) -> Value {
    let mut args = vec!["submit"];
    args.extend(month);
    figures.iter().for_each(|figure| args.extend(["--set", figure]));
    station.json(&args)
}

fn total(hub: &Station, month: [&str; 4]) -> Value {
    hub.json(&[&["total"], &month[..]].concat())
}

#[track_caller]
fn wait_total(hub: &Station, month: [&str; 4], expected: &[(&str, i64)]) {
    wait_for(&format!("totals {expected:?} at {}", hub.division), PATIENCE, || {
        let total = total(hub, month);
        let right = expected.iter().all(|(code, value)| figure(&total, code) == Some(*value));
        if right { Ok(()) } else { Err(total["figures"].to_string()) }
    });
}

fn checks(submitted: &Value) -> Vec<&str> {
    let warnings = submitted["warnings"].as_array().expect("a list of warnings");
    warnings.iter().map(|warning| warning["check"].as_str().expect("a check")).collect()
}

#[test]
fn a_month_climbs_and_each_level_adds_its_own() {
    let network = Network::running();
    let (first, second) = (network.running_node(KOUQIAN), network.running_node(SHUANGHE));
    let september = submit(&first, SEPTEMBER, &["UD001=60", "UD002=100"]);
    assert_eq!(checks(&september), ["FS20"], "the first month has nothing to be compared with");
    assert_eq!((&september["period"], &september["stage"]), (&"2026-09".into(), &"月报".into()));
    submit(&second, SEPTEMBER, &["UD001=20", "UD002=30"]);
    let october = submit(&first, OCTOBER, &["UD001=61", "UD002=103", "UD003=5", "UD004=2"]);
    assert_eq!(checks(&october), [""; 0], "it goes on from September");
    submit(&second, OCTOBER, &["UD001=20", "UD002=30", "UD003=0", "UD004=0"]);
    // What the county itself pays, raises and sets: 66 500 yuan for 133 persons.
    submit(&network.county, SEPTEMBER, &["UD005=6", "UD006=54"]);
    submit(&network.county, OCTOBER, &["UD005=6.65", "UD006=60.65", "UD011=12.5", "UD015=380"]);
    submit(&network.root, OCTOBER, &["UD008=100", "UD009=20.25", "UD012=90"]);

    let persons = [("UD001", 81), ("UD002", 133), ("UD003", 5), ("UD004", 2)];
    let computed = [("UD005", 6_650_000), ("UD006", 60_650_000), ("UD015", 38_000), ("UD016", 50_000)];
    for hub in [&network.county, &network.root] {
        wait_total(hub, OCTOBER, &persons);
        wait_total(hub, OCTOBER, &computed);
        wait_total(hub, SEPTEMBER, &[("UD002", 130), ("UD006", 54_000_000)]);
    }
    assert_eq!(figure(&total(&network.county, OCTOBER), "UD007"), Some(12_500_000));
    wait_total(&network.root, OCTOBER, &[("UD007", 132_750_000), ("UD012", 90_000_000)]);

    let at_county = total(&network.county, OCTOBER);
    let missing: Vec<&str> = at_county["missing"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|of| of["code"].as_str())
        .collect();
    assert_eq!(missing.len(), 8 - 2, "the county has reported for itself: {missing:?}");
    let text = network.county.command(&[&["total"], &OCTOBER[..]].concat());
    assert!(text.text().contains("城市低保 2026年10月") && text.text().contains("Urban dibao, October 2026"));
    let opened = |code: &str| {
        let total = network.root.json(&[&["total", "--open", code], &OCTOBER[..]].concat());
        let figures = total["figures"].as_array().expect("figures");
        let figure = figures.iter().find(|of| of["code"] == code).expect("somebody stated it");
        figure["contributions"].clone()
    };
    // What nobody states opens down to the entries that it is computed from.
    let raised = opened("UD007");
    assert_eq!(raised[0]["text"], "UD008 100.00 万元，UD009 20.25 万元");
    let texts = [0, 1, 2].map(|at| opened("UD016")[at]["text"].clone());
    assert_eq!(texts, ["UD005 6.65 万元", "UD002 103 人", "UD002 30 人"]);
    assert_eq!(opened("UD015")[0]["text"], "UD015 380.00 元/人·月");
    let parts = opened("UD011");
    assert_eq!(
        (&parts[0]["division"]["code"], &parts[0]["signer"]),
        (&YONGJI.into(), &network.county.key.clone().into())
    );

    let shown = network.county.json(&["show", september["entry"].as_str().expect("an entry")]);
    assert_eq!(shown["notes"][0]["check"], "FS20", "the county sees what the clerk was told: {shown}");

    // A correction goes on from the same month before; the month after it is named to whoever corrects.
    let corrected = submit(&first, SEPTEMBER, &["UD001=60", "UD002=99"]);
    assert_eq!((checks(&corrected), &corrected["stage"]), (vec!["FS20", "NEXT"], &"更正".into()));
    wait_total(&network.root, SEPTEMBER, &[("UD002", 129)]);
    // It stays counted, and every hub says that it does not go on from what stands now.
    for hub in [&network.county, &network.root] {
        let shown = hub.json(&["show", october["entry"].as_str().expect("an entry")]);
        let note = &shown["notes"][0];
        let zh = note["zh"].as_str().unwrap_or_default();
        assert!(note["check"] == "AC01" && zh.contains("与本站所持上月报表不衔接"), "{shown}");
        assert!(zh.contains("上月 99人") && zh.contains("应为 102人"), "{zh}");
        assert_eq!(reasons(&shown), [""; 0]);
    }
    wait_total(&network.root, OCTOBER, &persons);
}

#[test]
fn what_another_level_fills_in_and_a_broken_stock_are_refused() {
    let network = Network::running();
    let node = network.running_node(KOUQIAN);
    submit(&node, SEPTEMBER, &["UD002=100"]);
    submit(&network.county, SEPTEMBER, &["UD006=54"]);
    wait_total(&network.root, SEPTEMBER, &[("UD002", 100), ("UD006", 54_000_000)]);
    let refused = |station: &Station, month: [&str; 4], figures: &[&str], names: &[&str]| {
        let mut args = vec!["submit"];
        args.extend(month);
        figures.iter().for_each(|figure| args.extend(["--set", figure]));
        station.command(&args).refused(3, &[&["未保存", "not saved"], names].concat());
    };
    let spent = ["FILLER", "UD005 城市低保当月支出", "由县级（民政）填报", "is filled in by the county"];
    refused(&node, OCTOBER, &["UD002=100", "UD005=3"], &spent);
    refused(&network.county, OCTOBER, &["UD002=100"], &["FILLER", "由乡级（民政）填报", "by the township"]);
    refused(&network.root, OCTOBER, &["UD011=100"], &["FILLER", "由县级（财政）填报", "by the county"]);
    let stock = ["AC01", "上月 100人", "应为 104人", "last month 100 persons", "it should be 104 persons"];
    refused(&node, OCTOBER, &["UD002=105", "UD003=7", "UD004=3"], &stock);
    refused(
        &network.county,
        OCTOBER,
        &["UD005=6", "UD006=61"],
        &["AC07", "上月 54.00万元", "应为 60.00万元"],
    );
    refused(&node, ["--form", "urban_dibao", "--period", "2099-01"], &["UD002=1"], &["FS23", "月份尚未开始"]);

    let wrong = |args: &[&str], names: &[&str]| node.command(&[&["submit"], args].concat()).refused(2, names);
    wrong(&["--form", "urban_dibao", "--set", "UD002=1"], &["--period", "name the month"]);
    wrong(&["--form", "urban_dibao", "--period", "2026-13"], &["2026-13", "月份应写成"]);
    wrong(&["--form", "dibao", "--period", "2026-10"], &["dibao", "没有这张报表", "urban_dibao"]);
    wrong(&["--period", "2026-10", "--set", "QL010=1"], &["按灾害事件报送", "--form"]);
    wrong(&[&OCTOBER[..], &["--set", "UD016=1"]].concat(), &["UD016", "不用填"]);
    wrong(&[&OCTOBER[..], &["--stage", "initial"]].concat(), &["initial", "不分初报"]);

    // Nothing of this was signed anywhere, and what was said before stands.
    assert_eq!(node.json(&["list"])["total"], 1);
    assert_eq!(network.county.json(&["list"])["total"], 1);
    assert_eq!(network.root.json(&["list"])["total"], 0);
    wait_total(&network.root, SEPTEMBER, &[("UD002", 100), ("UD006", 54_000_000)]);
    let empty = total(&network.root, OCTOBER);
    assert_eq!(empty["counted"].as_array().map(Vec::len), Some(0));
}

/// Changed software signs what intake would have refused: every hub finds it by itself, and the county answers.
#[test]
fn every_verifier_finds_what_intake_would_have_refused() {
    let network = Network::running();
    let mut node = network.running_node(KOUQIAN);
    let september = submit(&node, SEPTEMBER, &["UD002=100"])["entry"].as_str().expect("an entry").to_owned();
    wait_total(&network.county, SEPTEMBER, &[("UD002", 100)]);
    let hash = node.json(&["show", &september])["hash"].as_str().expect("a hash").to_owned();
    node.stop();
    let forged = crate::craft::month(KOUQIAN, "2026-10", &hash, &[(2002, 105), (2003, 7), (2005, 1)]);
    let entry = crate::craft::write_report(&node, &forged);
    node.start();
    let county = wait_for("the county's answer", PATIENCE, || {
        let total = total(&network.county, OCTOBER);
        let refused = total["not_counted"].as_array().and_then(|all| all.first()).cloned();
        refused.ok_or_else(|| total.to_string())
    });
    assert_eq!(reasons(&county), ["AC01", "FILLER"]);
    assert_eq!(figure(&total(&network.county, OCTOBER), "UD002"), None, "it is held and not counted");
    wait_for("the answer to come down", PATIENCE, || {
        let shown = node.json(&["show", &entry]);
        if reasons(&shown) == ["AC01", "FILLER"] { Ok(()) } else { Err(shown.to_string()) }
    });
}

#[test]
fn forms_say_who_fills_in_what() {
    let network = Network::new();
    let forms = network.county.json(&["forms"]);
    let codes: Vec<&str> =
        forms.as_array().expect("a list").iter().filter_map(|of| of["code"].as_str()).collect();
    assert_eq!(codes[..5], ["quick", "urban_dibao", "rural_dibao", "tekun", "relief"]);
    assert_eq!(codes.len(), fengsui_model::Form::all().len());
    let node = network.node(KOUQIAN);
    let text = node.command(&["forms", "城市低保"]);
    for part in ["UD005  城市低保当月支出", "县级 民政", "省级、市级 财政", "系统计算，不用填", "加权平均"]
    {
        assert!(text.text().contains(part), "{part}: {}", text.out);
    }
    node.command(&["forms", "dibao"]).refused(2, &["dibao", "没有这张报表"]);
}
