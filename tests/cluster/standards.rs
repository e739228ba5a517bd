//! Standards: issued at the province, seen below, adopted by whoever sets a value, and named with proof above. What does not
//! keep to them is refused where it is typed, and where it was signed all the same, answered and not counted.

use fengsui_daemon::clock::Clock;
use fengsui_daemon::home::{HUB_CACHE_BYTES, Home};
use fengsui_daemon::station::Writing;
use fengsui_daemon::views::Reference;
use fengsui_model::standard::{AidStandard, Clause, Income, Period, Setting, Step};
use fengsui_model::{Adoption, Fen, Level};
use fengsui_wire::{Flags, Kind, Lane, adoption_body, standard_body};
use serde_json::Value;

use crate::binary;
use crate::network::{FLOOD, KOUQIAN, Network, YONGJI, free_address};
use crate::station::{PATIENCE, Station, wait_for};
use crate::view::{reasons, wait_total};

const URBAN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/data/standards/urban_dibao.toml");
const RURAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/data/standards/rural_dibao.toml");

/// A day in force for every test, whenever it runs; the stations hold it for entered late.
const LONG_AGO: &[&str] = &["--from", "2020-01-01", "--recorded-late"];

fn issue(root: &Station, file: &str, args: &[&str]) -> Value {
    root.json(&[&["standard", "issue", file], args].concat())
}

fn adopt(value: &str, more: &[&str]) -> Vec<String> {
    let args = ["standard", "adopt", "urban_dibao", "--value", value, "--document", "永政发〔2026〕1号"];
    args.iter().chain(more).map(ToString::to_string).collect()
}

fn adopted(hub: &Station, value: &str, more: &[&str]) -> Value {
    let args = adopt(value, more);
    hub.json(&args.iter().map(String::as_str).collect::<Vec<_>>())
}

#[track_caller]
fn refused(hub: &Station, value: &str, more: &[&str], names: &[&str]) {
    let args = adopt(value, more);
    hub.command(&args.iter().map(String::as_str).collect::<Vec<_>>()).refused(3, names);
}

/// Waits until `look` at what the command prints is true; what it prints then.
#[track_caller]
fn wait_json(station: &Station, args: &[&str], what: &str, look: impl Fn(&Value) -> bool) -> Value {
    wait_for(&format!("{what} at {}", station.division), PATIENCE, || {
        let said = station.command(&[args, &["--json"]].concat());
        match serde_json::from_str::<Value>(&said.out) {
            Ok(seen) if look(&seen) => Ok(seen),
            _ => Err(format!("{said:?}")),
        }
    })
}

fn wait_standard(hub: &Station, version: u32) -> Value {
    let version = Value::from(version);
    wait_json(hub, &["standard", "show", "urban_dibao"], "the standard", |of| {
        of["versions"][0]["version"] == version
    })
}

#[test]
fn a_standard_comes_down_and_its_adoption_goes_up_with_proof() {
    let network = Network::running();
    let node = network.running_node(KOUQIAN);
    let (root, county) = (&network.root, &network.county);

    let past = root.command(&["standard", "issue", URBAN]);
    past.refused(3, &["2009-01-01 早于今天", "--recorded-late", "failed to issue"]);
    county
        .command(&["standard", "issue", URBAN, "--recorded-late"])
        .refused(3, &["只有省级", "only the root"]);
    county.command(&["standard", "show", "urban_dibao"]).refused(3, &["尚未收到标准 urban_dibao"]);

    let issued = issue(root, URBAN, &["--recorded-late", "--document", "吉民发〔2008〕60号"]);
    assert_eq!((&issued["version"], &issued["document"]), (&1.into(), &"吉民发〔2008〕60号".into()));
    let older = root.command(&["standard", "issue", URBAN, "--recorded-late"]);
    older.refused(3, &["第 1 版不能取代", "版本号只能递增", "version 1 stands"]);

    let here = &wait_standard(county, 1)["here"];
    assert_eq!(
        (&here["floor"], &here["share"], &here["state"]),
        (&"160".into(), &"20%".into(), &"none".into())
    );
    let long_ago = |more: &[&'static str]| [LONG_AGO, more].concat();
    refused(
        county,
        "159.99",
        LONG_AGO,
        &["FLOOR", "220221 永吉县 定为 159.99", "最低线 160", "below the floor"],
    );
    refused(county, "190", &long_ago(&["--income", "12000"]), &["FORMULA", "200 元/人·月", "at least 200"]);
    refused(
        county,
        "200",
        &["--from", "2020-01-01"],
        &["PAST", "2020-01-01", "补录", "before the day of signing"],
    );
    refused(county, "200", &long_ago(&["--for", "220282"]), &["SETTER", "桦甸市", "does not set"]);
    let unlisted = county.json(&["standard", "adoption", "urban_dibao"]);
    assert_eq!(
        (&unlisted["counties"], &unlisted["setters"]),
        (&0.into(), &Value::Array(vec![])),
        "nothing is signed"
    );

    county.json(&["standard", "prepare", "urban_dibao", "--until", "2099-12-31"]);
    let query = ["standard", "adoption", "urban_dibao"];
    wait_json(root, &query, "the preparation", |of| of["counts"]["preparing"] == 1);
    county.json(&[
        "standard",
        "announce",
        "urban_dibao",
        "--document",
        "永政发〔2026〕1号",
        "--date",
        "2026-11-20",
    ]);
    wait_json(root, &query, "the document", |of| of["counts"]["issued"] == 1);
    let said = adopted(county, "200", &long_ago(&["--income", "12000"]));
    assert_eq!((&said["formula"], &said["income"]), (&"judged".into(), &"12000".into()), "{said}");
    let entry = said["entry"].clone();
    let reach = wait_json(root, &query, "the value", |of| of["counties"] == 1);
    assert_eq!(
        (&reach["units"], &reach["of"], &reach["counts"]["none"], &reach["formula_not_judged"]),
        (&1.into(), &60.into(), &59.into(), &0.into())
    );
    let setter = &reach["setters"][0];
    assert_eq!((&setter["formula"], &setter["income"]), (&"judged".into(), &"12000".into()));
    assert_eq!((&setter["division"]["code"], &setter["value"]), (&YONGJI.into(), &"200".into()));
    let proof = &setter["proof"];
    assert_eq!((&proof["entry"], &proof["verified"]), (&entry, &true.into()));
    assert_eq!(proof["signer"], county.key.as_str());
    let shown = root.json(&["show", entry.as_str().expect("a reference")]);
    assert_eq!((&shown["kind"], &shown["verified"]), (&"adoption".into(), &true.into()));
    assert_eq!(shown["hash"], proof["hash"]);

    let value = |of: &Value| of[0]["here"]["value"]["value"] == "200";
    let known = wait_json(&node, &["standards"], "the value in force", value);
    assert_eq!(known[0]["here"]["place"]["code"], YONGJI);
    assert_eq!(known[0]["document"], "吉民发〔2008〕60号");
    wait_json(root, &query, "every station's word that it arrived", |of| {
        of["seen"] == 2 && of["stations"] == 2
    });
    let text = root.command(&query);
    let text = text.text();
    assert!(
        text.contains("1/60（2%）") && text.contains("永吉县") && text.contains("永政发〔2026〕1号"),
        "{text}"
    );
    assert!(!text.contains("公式未核对"), "{text}");
}

#[test]
fn a_value_without_an_income_is_counted_and_says_everywhere_that_the_formula_was_not_judged() {
    const WORDS: &str = "公式未核对（未填上年收入）";
    let network = Network::running();
    let (root, county) = (&network.root, &network.county);
    issue(root, URBAN, &["--recorded-late"]);
    wait_standard(county, 1);
    let args = adopt("170", LONG_AGO);
    let said = county.command(&args.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(said.text().contains(WORDS) && said.text().contains("--income"), "{said:?}");

    let query = ["standard", "adoption", "urban_dibao"];
    let reach = wait_json(root, &query, "the value", |of| of["counties"] == 1);
    assert_eq!((&reach["units"], &reach["formula_not_judged"]), (&1.into(), &1.into()), "{reach}");
    let setter = &reach["setters"][0];
    assert_eq!((&setter["formula"], &setter["income"]), (&"not_judged".into(), &Value::Null));
    let text = root.command(&query);
    assert!(text.text().contains("1 个已执行单位未填上年收入") && text.text().contains(WORDS), "{text:?}");
    let here = wait_standard(county, 1)["here"]["value"].clone();
    assert_eq!((&here["value"], &here["formula"]), (&"170".into(), &"not_judged".into()));
    for args in [&["standard", "list"][..], &["standard", "show", "urban_dibao"]] {
        let text = county.command(args);
        assert!(text.text().contains(WORDS), "{text:?}");
    }

    // Once the income is stated, the formula is judged: 20 % of 12 000 yuan a year are 200 a month.
    refused(county, "170", &[LONG_AGO, &["--income", "12000"]].concat(), &["FORMULA", "200 元/人·月"]);
    adopted(county, "200", &[LONG_AGO, &["--income", "12000"]].concat());
    let judged = |of: &Value| of["setters"][0]["formula"] == "judged" && of["formula_not_judged"] == 0;
    wait_json(root, &query, "the value with an income", judged);
}

/// What changed software, or somebody with the key file, could sign.
fn sign(station: &Station, kind: Kind, addressee: &str, body: Vec<u8>) -> String {
    let clock = Clock::default();
    let (mut open, _) = Home::new(station.dir()).open(HUB_CACHE_BYTES, &clock).expect("the station opens");
    let writing = Writing {
        kind,
        lane: Lane::Routine,
        flags: Flags::default(),
        reach: Level::Province,
        addressee: addressee.parse().ok(),
        body,
    };
    let entry = open.write(writing, clock.now()).expect("the entry is signed");
    open.commit(clock.now()).expect("the entry is kept");
    Reference::of(&entry.header().position())
}

fn lax(version: u32) -> AidStandard {
    let clause = Clause {
        divisions: vec!["22".parse().expect("a code")],
        kinds: vec![],
        floor: Some(Fen(10_000)),
        share_bp: None,
        set_by: Level::City,
    };
    AidStandard {
        code: "urban_dibao".parse().expect("a code"),
        version,
        name: "城市居民最低生活保障标准".into(),
        title: "旧标准".into(),
        document: "旧文".into(),
        issued: None,
        from: "2009-01-01".parse().expect("a day"),
        recorded_late: true,
        period: Period::Month,
        income: Income::Urban,
        clauses: vec![clause],
    }
}

#[test]
fn a_value_under_the_floor_is_answered_and_an_older_version_passed_over() {
    let mut network = Network::running();
    issue(&network.root, URBAN, &["--recorded-late"]);
    wait_standard(&network.county, 1);
    let good = adopted(&network.county, "170", LONG_AGO)["entry"].clone();
    network.county.stop();
    let low = Adoption {
        standard: "urban_dibao".parse().expect("a code"),
        version: 1,
        setter: YONGJI.parse().expect("a code"),
        number: 9,
        covers: vec![YONGJI.parse().expect("a code")],
        recorded_late: true,
        step: Step::InForce(Setting {
            value: Fen(15_000),
            period: Period::Month,
            from: "2020-01-01".parse().expect("a day"),
            document: "x".into(),
            income: None,
        }),
    };
    let low = sign(&network.county, Kind::Adoption, YONGJI, adoption_body(&low));
    let unreadable = sign(&network.county, Kind::Adoption, YONGJI, b"no adoption".to_vec());
    network.county.start();

    for (entry, check) in [(&low, "FLOOR"), (&unreadable, "BODY")] {
        for station in [&network.root, &network.county] {
            wait_json(station, &["show", entry], check, |of| reasons(of).contains(&check));
        }
    }
    let query = ["standard", "adoption", "urban_dibao"];
    let reach = wait_json(&network.root, &query, "the word that is not counted", |of| {
        of["not_counted"][0][0]["entry"] == low.as_str()
    });
    assert_eq!(reach["setters"][0]["proof"]["entry"], good, "the value before it stands");
    assert_eq!(reach["counties"], 1);
    // The province's word, not only the county's own finding: genesis, directory, appointment, standard, two answers.
    wait_json(&network.county, &["status"], "the province's answers", |of| {
        let links = of["links"].as_array().expect("links");
        links
            .iter()
            .any(|link| link["key"] == network.root.key.as_str() && link["entries"].as_u64() >= Some(6))
    });

    network.root.stop();
    for version in [1, 0] {
        sign(&network.root, Kind::Standard, "22", standard_body(&lax(version)));
    }
    network.root.start();
    issue(&network.root, RURAL, &["--recorded-late"]);
    // It was signed after the older ones: once it is here, so are they.
    wait_json(&network.county, &["standard", "show", "rural_dibao"], "the rural standard", |of| {
        of["version"] == 1
    });
    let stands = wait_standard(&network.county, 1);
    assert_eq!(stands["versions"].as_array().map(Vec::len), Some(1), "{stands}");
    assert_eq!(stands["here"]["floor"], "160");
    refused(&network.county, "150", LONG_AGO, &["FLOOR"]);
}

/// A hub of a city-level division under the province, appointed and running.
fn city(network: &Network, division: &str) -> Station {
    let address = free_address();
    let (root, parent) = (&network.root.key, network.root.address.as_deref().expect("the root listens"));
    let args = ["--listen", &address, "--root", root, "--parent", parent, "--parent-key", root];
    let mut hub = Station::init(binary::hub(), network.path(division), division, &args);
    network.root.json(&["appoint", &hub.key, division]);
    hub.start();
    hub
}

#[test]
fn a_city_sets_for_its_districts_and_changbaishan_for_its_areas() {
    let network = Network::running();
    issue(&network.root, URBAN, &["--recorded-late"]);
    let (jilin, mountain) = (city(&network, "2202"), city(&network, "2299"));
    for hub in [&jilin, &mountain, &network.county] {
        wait_standard(hub, 1);
    }
    refused(&jilin, "179", LONG_AGO, &["FLOOR", "昌邑区", "180"]);
    refused(&mountain, "160", LONG_AGO, &["FLOOR", "池北区", "180"]);
    let covers = adopted(&jilin, "200", LONG_AGO)["covers"].clone();
    assert_eq!(covers.as_array().map(Vec::len), Some(4 + 3), "districts and zones: {covers}");
    adopted(&mountain, "210", LONG_AGO);
    adopted(&network.county, "165", LONG_AGO);

    let query = ["standard", "adoption", "urban_dibao"];
    let reach = wait_json(&network.root, &query, "three units", |of| of["units"] == 3);
    assert_eq!((&reach["counties"], &reach["of"]), (&5.into(), &60.into()), "four districts and a county");
    let beside = reach["beside"].as_array().expect("what stands beside");
    assert_eq!(beside.len(), 9 + 1, "{beside:?}");
    let mountain = beside.iter().find(|of| of["division"]["code"] == "2299").expect("its own line");
    assert_eq!((&mountain["state"], &mountain["of"]), (&"in_force".into(), &3.into()));
    let named: Vec<&str> = reach["places"]
        .as_array()
        .expect("places")
        .iter()
        .filter(|of| of["county"] == true && of["state"] == "in_force")
        .filter_map(|of| of["division"]["name"].as_str())
        .collect();
    assert_eq!(named, ["昌邑区", "龙潭区", "船营区", "丰满区", "永吉县"]);
}

#[test]
fn a_report_signed_without_a_standard_is_marked_and_counts() {
    let mut network = Network::running();
    let mut node = network.running_node(KOUQIAN);
    let early = node.submit(&["--event", FLOOD, "--set", "QL010=1"]);
    wait_total(&network.root, FLOOD, &[("QL010", 1)]);
    let old = |station: &Station| station.json(&["total", "--event", FLOOD])["old_standards"].clone();
    assert_eq!(old(&network.root), Value::Array(vec![]));

    node.stop();
    network.county.stop();
    issue(&network.root, URBAN, &["--recorded-late"]);
    let late = node.submit(&["--update", "--set", "QL010=2"]);
    node.start();
    network.county.start();
    wait_total(&network.root, FLOOD, &[("QL010", 2)]);
    assert_eq!(old(&network.root), Value::Array(vec![late.as_str().into()]));
    let total = network.root.command(&["total", "--event", FLOOD]);
    assert!(total.text().contains("（标准版本旧）"), "{total:?}");
    let marks = |entry: &str| network.root.json(&["show", entry])["notes"].clone();
    assert_eq!(marks(&early), Value::Array(vec![]), "nothing had been issued by then");
    let said = marks(&late);
    let (check, zh) = (&said[0]["check"], said[0]["zh"].as_str().unwrap_or_default());
    assert!(check == "STANDARDS" && zh.contains("已发布 1 个标准版本，填报站收到 0 个"), "{said}");
    assert_eq!(network.root.json(&["show", &late])["reasons"], Value::Array(vec![]));

    // The author sees it as soon as the standard has come down; what it signs then has it.
    wait_json(&node, &["standards"], "the standard", |of| of.to_string().contains("urban_dibao"));
    let listed = node.command(&["list"]);
    assert!(listed.text().contains("（标准版本旧）"), "{listed:?}");
    node.submit(&["--update", "--set", "QL010=3"]);
    wait_total(&network.root, FLOOD, &[("QL010", 3)]);
    assert_eq!(old(&network.root), Value::Array(vec![]));
}
