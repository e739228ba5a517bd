//! Submissions: a county states upward what it has reviewed, signed by the head of the unit; the level above checks the sum,
//! and shows what came differently since.

use serde_json::Value;

use crate::network::{FLOOD, JILIN_CITY, KOUQIAN, Network, SHUANGHE, YONGJI};
use crate::station::{PATIENCE, Station, wait_for};
use crate::view::{reasons, wait_total};

const SIGN: [&str; 4] = ["submission", "sign", "--event", FLOOD];
const LIST: [&str; 4] = ["submission", "list", "--event", FLOOD];

/// The last statement of `division` as `hub` shows it, once `look` likes it.
#[track_caller]
fn wait_submission(hub: &Station, division: &str, what: &str, look: impl Fn(&Value) -> bool) -> Value {
    wait_for(&format!("{what} at {}", hub.division), PATIENCE, || {
        let said = hub.command(&[&LIST[..], &["--json"]].concat());
        let Ok(all) = serde_json::from_str::<Value>(&said.out) else { return Err(format!("{said:?}")) };
        let list = all.as_array().expect("a list");
        let found = list.iter().find(|of| of["division"]["code"] == division);
        found.filter(|of| look(of)).cloned().ok_or_else(|| all.to_string())
    })
}

fn submitted(of: &Value, code: &str) -> (Value, Value, Value) {
    let figures = of["figures"].as_array().expect("figures");
    let figure = figures.iter().find(|of| of["code"] == code).expect("the figure is stated");
    (figure["value"].clone(), figure["here"].clone(), figure["differs"].clone())
}

fn accept(hub: &Station, entry: &str) {
    wait_for(&format!("{entry} to arrive at {}", hub.division), PATIENCE, || {
        let said = hub.command(&["review", entry, "--accept"]);
        if said.code == 0 { Ok(()) } else { Err(format!("{said:?}")) }
    });
}

#[test]
fn a_county_submits_what_it_has_reviewed_and_the_levels_above_check_it() {
    let network = Network::running_with_city();
    let (county, city) = (&network.county, network.city.as_ref().expect("this network has a city"));
    county.command(&SIGN).refused(3, &["未上报", "还没有任何报告"]);
    let (first, second) = (network.running_node(KOUQIAN), network.running_node(SHUANGHE));
    let report = first.submit(&["--event", FLOOD, "--set", "QL010=120"]);
    accept(county, &report);
    let waits = second.submit(&["--event", FLOOD, "--set", "QL010=30"]);
    wait_total(county, FLOOD, &[("QL010", 150)]);
    county
        .command(&[&SIGN[..], &["--stage", "核报"]].concat())
        .refused(3, &["VERIFIED", "下级尚未核报", KOUQIAN]);

    let signed = county.command(&SIGN);
    assert!(signed.text().contains("1 本报，6 缺报，1 待审"), "{signed:?}");
    assert!(signed.text().contains("待审：双河镇"), "{signed:?}");
    county.command(&SIGN).refused(3, &["没有变化"]);
    for hub in [city, &network.root] {
        let of = wait_submission(hub, YONGJI, "the first statement", |of| of["pending"] == false);
        assert_eq!(
            (&of["number"], &of["stage"], &of["level"]),
            (&1.into(), &"初报".into(), &"county".into())
        );
        assert_eq!(submitted(&of, "QL010"), (120.into(), 120.into(), false.into()));
        assert_eq!(reasons(&of), [""; 0]);
    }
    accept(county, &waits);
    let of = wait_submission(city, YONGJI, "the difference", |of| submitted(of, "QL010").2 == true);
    assert_eq!(submitted(&of, "QL010"), (120.into(), 150.into(), true.into()));
    let text = city.command(&LIST);
    assert!(text.text().contains("不一致") && text.text().contains("上报后下级又有变化"), "{text:?}");

    let again = county.json(&SIGN);
    let changes = again["changes"].as_array().expect("changes");
    let change = changes.iter().find(|of| of["code"] == "QL010").expect("the figure changed");
    assert_eq!((&again["number"], &again["stage"]), (&2.into(), &"续报".into()));
    assert_eq!(
        (&change["code"], &change["before"], &change["after"]),
        (&"QL010".into(), &"120".into(), &"150".into())
    );
    let of = wait_submission(city, YONGJI, "the second statement", |of| of["number"] == 2);
    assert_eq!(of["changes"], again["changes"], "both levels name the same cells");
    wait_for("the city's own statement", PATIENCE, || {
        let said = city.command(&SIGN);
        if said.code == 0 { Ok(()) } else { Err(format!("{said:?}")) }
    });
    let of = wait_submission(&network.root, JILIN_CITY, "the city's statement", |of| of["pending"] == false);
    assert_eq!((submitted(&of, "QL010").0, &of["coverage"]["text"]), (150.into(), &"2 本报，6 缺报".into()));
    network.root.command(&SIGN).refused(3, &["没有上级"]);
}

#[test]
fn a_head_signs_who_did_not_review() {
    let network = Network::running();
    let county = &network.county;
    let person = |name: &str, role: &str| -> String {
        let file = network.file(name);
        let made = county.json(&["person", "new", &file]);
        let key = made["key"].as_str().expect("a key");
        let appointed = county.json(&["appoint", key, YONGJI, "--as", role, "--office", "应急"]);
        assert!(appointed["post"].as_str().is_some_and(|post| post.starts_with("应急")), "{appointed}");
        file
    };
    county.command(&["person", "new", &network.file("twice")]).text();
    county.command(&["person", "new", &network.file("twice")]).refused(2, &["已存在，不覆盖"]);
    let node = network.running_node(KOUQIAN);
    let report = node.submit(&["--event", FLOOD, "--set", "QL010=120"]);
    wait_total(county, FLOOD, &[("QL010", 120)]);
    let (reviewer, head) = (person("reviewer.key", "reviewer"), person("head.key", "head"));

    let review = |args: &[&str]| county.command(&[&["review", &report, "--accept"], args].concat());
    review(&[]).refused(3, &["须由审核人签名"]);
    review(&["--key", &head]).refused(3, &["不是 220221 当时的审核人"]);
    review(&["--key", &network.file("nothing")]).refused(2, &["不是密钥文件"]);
    review(&["--key", &reviewer]).text();
    let shown = wait_for("the review at the township", PATIENCE, || {
        let shown = node.command(&["show", &report]);
        if shown.out.contains("通过（应急1号）") { Ok(shown) } else { Err(shown.out) }
    });
    assert!(shown.text().contains("县已审"), "{shown:?}");

    let sign = |args: &[&str]| county.command(&[&SIGN[..], args].concat());
    sign(&[]).refused(3, &["须由单位负责人签名"]);
    sign(&["--key", &reviewer]).refused(3, &["不是 220221 当时的单位负责人"]);
    let signed = sign(&["--key", &head]);
    assert!(
        signed.text().contains("负责人 应急2号") && signed.text().contains("1 本报，7 缺报"),
        "{signed:?}"
    );
    let of = wait_submission(&network.root, YONGJI, "the statement", |of| of["pending"] == false);
    assert_eq!((&of["head"]["post"], reasons(&of)), (&"应急2号".into(), vec![]));
}
