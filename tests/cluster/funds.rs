//! Money and goods from level to level: what each office states, and what is named where the levels do not agree.

use serde_json::Value;

use crate::network::{FLOOD, JILIN_CITY, KOUQIAN, Network, YONGJI};
use crate::station::{PATIENCE, Station, wait_for};

const MONTH: &str = "2026-10";

fn submit(station: &Station, form: &str, about: [&str; 2], figures: &[&str]) {
    let mut args = vec!["--form", form, about[0], about[1]];
    args.extend(figures.iter().flat_map(|figure| ["--set", figure]));
    station.submit(&args);
}

/// What `hub` says of the accounts, once as many divisions have stated something.
#[track_caller]
fn wait_funds(hub: &Station, args: &[&str], lines: usize) -> Value {
    wait_for(&format!("{lines} lines of the account at {}", hub.division), PATIENCE, || {
        let said = hub.command(&[&["funds"], args, &["--json"]].concat());
        let Ok(found) = serde_json::from_str::<Value>(&said.out) else { return Err(format!("{said:?}")) };
        let stated = found["accounts"][0]["lines"].as_array().map(Vec::len);
        if stated == Some(lines) { Ok(found) } else { Err(found.to_string()) }
    })
}

/// Verdict and difference of one comparison of the first account.
#[track_caller]
fn compared(funds: &Value, rule: &str, division: &str) -> (String, i64) {
    let all = funds["accounts"][0]["equations"].as_array().expect("comparisons");
    let is_it = |of: &&Value| of["rule"] == rule && of["division"]["code"] == division;
    let found = all.iter().find(is_it).unwrap_or_else(|| panic!("no {rule} of {division} in {funds}"));
    (found["verdict"].as_str().expect("a verdict").into(), found["difference"].as_i64().expect("a sum"))
}

#[test]
fn money_is_followed_from_the_province_to_the_county() {
    let network = Network::running_with_city();
    let (county, city) = (&network.county, network.city.as_ref().expect("this network has a city"));
    let event = ["--event", FLOOD];
    submit(&network.root, "relief", event, &["QR011=400", "QR012=120", "QR018=500", "QR055=20"]);
    submit(city, "relief", event, &["QR013=30.5", "QR052=488", "QR053=400", "QR054=8", "QR055=110.5"]);
    submit(county, "relief", event, &["QR014=12", "QR052=400", "QR019=380.25", "QR055=31.75"]);
    let found = wait_funds(&network.root, &["--event", FLOOD], 3);
    assert_eq!(compared(&found, "handover", "22"), ("differs".into(), 12_000_000), "in fen");
    for (rule, division) in [("own", "22"), ("own", JILIN_CITY), ("own", YONGJI), ("handover", JILIN_CITY)] {
        assert_eq!(compared(&found, rule, division), ("holds".into(), 0), "{rule} {division}");
    }
    assert_eq!(compared(&found, "sources", "22"), ("holds".into(), 0));
    let totals = &found["accounts"][0]["totals"];
    assert_eq!((&totals["raised"]["text"], &totals["paid"]["text"]), (&"562.50".into(), &"388.25".into()));
    let text = network.root.command(&["funds", "--event", FLOOD]);
    assert!(text.text().contains("差 12.00 万元：吉林省下达 500.00，下级收到 488.00"), "{text:?}");
    // The city sees its own part of it; what it cannot see is not compared.
    let at_city = wait_funds(city, &["--event", FLOOD], 2);
    assert_eq!(compared(&at_city, "handover", JILIN_CITY), ("holds".into(), 0));

    // Corrected, it agrees; a county that has not stated what is left stays open.
    submit(city, "relief", event, &["QR013=30.5", "QR052=500", "QR053=400", "QR054=20", "QR055=110.5"]);
    county.submit(&["--update", "--form", "relief", "--event", FLOOD, "--set", "QR055="]);
    wait_for("the correction at the province", PATIENCE, || {
        let found = wait_funds(&network.root, &["--event", FLOOD], 3);
        let right = compared(&found, "handover", "22").0 == "holds";
        let open = compared(&found, "own", YONGJI).0 == "open";
        if right && open { Ok(()) } else { Err(found.to_string()) }
    });
    network
        .root
        .command(&["funds", "--form", "quick", "--event", FLOOD])
        .refused(2, &["没有资金或物资收支", "relief"]);
}

/// The counties and cities raised a sum that nobody has divided: their own accounts stay open, and the whole closes.
#[test]
fn undivided_money_keeps_its_line() {
    let network = Network::running();
    let month = ["--period", MONTH];
    let raised = ["UD008=163.8", "UD009=25.1", "UD051=25", "UD012=188.9", "UD056=0"];
    submit(&network.root, "urban_dibao", month, &raised);
    submit(&network.county, "urban_dibao", month, &["UD054=188.9", "UD006=210", "UD056=3.9"]);
    let found = wait_funds(&network.root, &["--form", "urban_dibao", "--period", MONTH], 2);
    assert_eq!(compared(&found, "whole", "22"), ("holds".into(), 0));
    assert_eq!(compared(&found, "own", YONGJI), ("open".into(), -25_000_000));
    let text = network.root.command(&["funds", "--form", "urban_dibao", "--period", MONTH]);
    for part in ["地方未分", "25.00", "筹集合计 213.90，各来源之和 213.90", "地方资金未分市县"]
    {
        assert!(text.text().contains(part), "{part:?} is not in {}", text.out);
    }
    // The money goes through the city, which has no hub here and has said nothing.
    assert_eq!(compared(&found, "handover", "22"), ("differs".into(), 188_900_000));
    assert!(text.text().contains("下级收到 0.00；未报：长春市"), "{}", text.out);
}

#[test]
fn a_depot_keeps_its_stock_by_goods() {
    let network = Network::running();
    let county = &network.county;
    let report = network.file("stock.toml");
    let text = "form = \"relief_stock\"\nperiod = \"2026-10\"\n\
                [[depot]]\nname = \"永吉县中心库\"\n\
                [depot.goods.\"帐篷\"]\nopening = 100\nreceived = 20\nissued = 30\nclosing = 90\nrequested = 50\n\
                [[depot]]\nname = \"双河镇前置点\"\nnumber = \"02\"\nRS011 = 5\nRS016 = 5\n";
    std::fs::write(&report, text).expect("the file is written");
    let submitted = county.command(&["submit", &report]);
    for part in ["分库数据（2 个）", "永吉县中心库", "RS011 帐篷：期初库存 100 顶", "双河镇前置点（02）"]
    {
        assert!(submitted.text().contains(part), "{part:?} is not in {submitted:?}");
    }
    let wrong = text.replace("closing = 90", "closing = 91");
    std::fs::write(&report, wrong).expect("the file is written");
    county.command(&["submit", &report]).refused(3, &["FS201", "永吉县中心库", "应为 90顶"]);
    std::fs::write(&report, text.replace("帐篷", "雨伞")).expect("the file is written");
    county.command(&["submit", &report]).refused(2, &["永吉县中心库", "雨伞.opening"]);

    submit(&network.root, "relief_stock", ["--period", MONTH], &["RS011=500", "RS014=20", "RS016=480"]);
    let found = wait_funds(&network.root, &["--form", "relief_stock", "--period", MONTH], 2);
    assert_eq!(found["accounts"][0]["zh"], "帐篷");
    let totals = &found["accounts"][0]["totals"];
    assert_eq!((&totals["opening"]["value"], &totals["closing"]["value"]), (&605.into(), &575.into()));
    // What the province sent goes to the city first: the county's receipt is compared with the city's word.
    assert_eq!(compared(&found, "handover", JILIN_CITY), ("open".into(), -20));
    assert_eq!(compared(&found, "own", YONGJI), ("holds".into(), 0));
    let total = ["total", "--form", "relief_stock", "--period", MONTH, "--open", "RS016"];
    let opened = network.root.command(&total);
    assert!(opened.text().contains("永吉县 其中：双河镇前置点 5，永吉县中心库 90"), "{opened:?}");

    // The next month begins with what was left; a depot that does not is named.
    let november = text.replace("2026-10", "2026-11").replace("opening = 100", "opening = 95");
    let november = november.replace("closing = 90", "closing = 85");
    std::fs::write(&report, november).expect("the file is written");
    let submitted = county.command(&["submit", &report]);
    assert!(
        submitted.text().contains("FS221") && submitted.text().contains("永吉县中心库："),
        "{submitted:?}"
    );
}

#[test]
fn villages_add_up_and_a_total_opens_down_to_them() {
    let network = Network::running();
    let node = network.running_node(KOUQIAN);
    let villages = ["--village", "永丰村:QL010=70,QL020=3", "--village", "前进村:QL010=50"];
    let begun = ["--event", FLOOD];
    node.command(&[&["submit"], &begun[..], &villages, &["--set", "QL010=119"]].concat())
        .refused(3, &["SITES", "合计 119人", "各村之和 120人"]);
    let entry = node.submit(&[&begun[..], &villages].concat());
    let shown = node.command(&["show", &entry]);
    for part in ["QL010", "120 人", "分村数据（2 个）", "永丰村", "QL010 受灾人口 70 人"] {
        assert!(shown.text().contains(part), "{part:?} is not in {shown:?}");
    }
    crate::view::wait_total(&network.root, FLOOD, &[("QL010", 120), ("QL020", 3)]);
    let opened = network.root.command(&["total", "--event", FLOOD, "--open", "QL010"]);
    assert!(opened.text().contains("口前镇 其中：前进村 50，永丰村 70"), "{opened:?}");
    // One village more is one line more; the rest goes on.
    node.submit(&["--update", "--village", "新兴村:QL010=5"]);
    crate::view::wait_total(&network.root, FLOOD, &[("QL010", 125), ("QL020", 3)]);
    node.submit(&["--update", "--village", "新兴村:QL010=有"]);
    let total = wait_for("the sum to read at least", PATIENCE, || {
        let total = network.root.json(&["total", "--event", FLOOD]);
        let figures = total["figures"].as_array().expect("figures").clone();
        let found = figures.into_iter().find(|of| of["code"] == "QL010");
        found.filter(|of| of["at_least"] == true).ok_or_else(|| total.to_string())
    });
    assert_eq!(total["text"], "有（未统计）", "{total}");
    network
        .county
        .command(&["submit", "--event", FLOOD, "--village", "永丰村:QL010=1"])
        .refused(3, &["SITES", "不分村填报"]);
}
