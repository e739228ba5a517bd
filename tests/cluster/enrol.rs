//! Enrolment in the field, and everything that can be wrong with a join code.

use crate::binary;
use crate::network::{FLOOD, KOUQIAN, Network, SHUANGHE, YONGJI, free_address};
use crate::station::{PATIENCE, Station, wait_for};
use crate::view::{wait_steps, wait_total};

/// What `invites` says of the codes for a division, latest first.
fn states(hub: &Station, division: &str) -> Vec<String> {
    let invites = hub.json(&["invites"]);
    let of = |invite: &&serde_json::Value| invite["division"]["code"] == division;
    let state = |invite: &serde_json::Value| invite["state"].as_str().expect("a state").into();
    invites.as_array().expect("a list").iter().filter(of).map(state).collect()
}

#[test]
fn a_code_brings_a_county_hub_and_its_township_into_the_network() {
    let mut network = Network::new();
    network.root.start();
    // Huadian (桦甸市), directly under the province: the city has no hub here.
    let code = Network::code(&network.root, "220282", &[]);
    let address = free_address();
    let args = [code.as_str(), "--listen", &address];
    let mut county = Station::enroll(binary::hub(), network.path("huadian"), "220282", &args);
    county.address = Some(address);
    assert_eq!(states(&network.root, "220282"), ["used"]);
    county.start();
    wait_for("the county to have the directory", PATIENCE, || {
        let status = county.status();
        if status["directory"] == 1 && status["appointed"] == true { Ok(()) } else { Err(status.to_string()) }
    });
    let code = Network::code(&county, "220282100", &[]);
    // As a chat window gives it back: other dashes, lines, width and case.
    let pasted = code.to_lowercase().replace('-', "－\n ").replace('0', "ｏ");
    let node = network.enrolled_node("node", "220282100", &pasted);
    let entry = node.submit(&["--event", FLOOD, "--set", "QL010=7"]);
    wait_steps(&node, &entry, &["已存本机", "已到县", "已到省"]);
    wait_total(&network.root, FLOOD, &[("QL010", 7)]);
    let text = county.command(&["invites"]);
    assert!(text.text().contains("已使用") && text.text().contains(&node.key[..8]), "{text:?}");
}

#[test]
fn one_code_one_machine_and_the_same_machine_may_ask_again() {
    let network = Network::running();
    let code = Network::code(&network.county, KOUQIAN, &[]);
    let first = Station::enroll(binary::node(), network.path("first"), KOUQIAN, &[&code]);
    let again = first.json(&["enroll", &code]);
    assert_eq!(again["key"], first.key.as_str());
    let second = Station::blank(binary::node(), network.path("second"), KOUQIAN);
    second.command(&["enroll", &code]).refused(3, &["另一台机器", "another machine", "新码"]);
    network.county.wait_log("refused a join");
    assert_eq!(states(&network.county, KOUQIAN), ["used"]);
    // A new code for a division that has a station must be meant so.
    let taken = network.county.command(&["invite", KOUQIAN]);
    taken.refused(3, &["口前镇", &first.key[..8], "--replaces"]);
}

#[test]
fn of_two_codes_for_one_division_only_the_first_brings_a_machine() {
    let network = Network::running();
    let codes = [(); 2].map(|()| Network::code(&network.county, KOUQIAN, &[]));
    let first = Station::enroll(binary::node(), network.path("first"), KOUQIAN, &[&codes[0]]);
    let second = Station::blank(binary::node(), network.path("second"), KOUQIAN);
    second
        .command(&["enroll", &codes[1]])
        .refused(3, &["未能入网", "已有另一台机器", "换机", "another machine", "--replaces"]);
    assert_eq!(states(&network.county, KOUQIAN), ["open", "used"], "no second machine is appointed");
    assert_eq!(first.json(&["enroll", &codes[0]])["key"], first.key.as_str(), "the same answer again");
    assert_eq!(first.json(&["enroll", &codes[1]])["key"], first.key.as_str(), "no second machine");
    // A code that replaces is meant so: it brings the second machine in place of the first.
    let replacing = Network::code(&network.county, KOUQIAN, &["--replaces"]);
    let key = second.status()["key"].clone();
    assert_eq!(second.json(&["enroll", &replacing])["key"], key, "the key that was made is kept");
    first.command(&["enroll", &codes[0]]).refused(3, &["已被撤销", "revoked"]);
}

#[test]
fn a_code_that_is_mistyped_expired_cancelled_or_for_somebody_else_is_told_apart() {
    let network = Network::running();
    let blank = |name: &str| Station::blank(binary::node(), network.path(name), SHUANGHE);
    let station = blank("clerk");
    let code = Network::code(&network.county, SHUANGHE, &[]);

    let groups: Vec<&str> = code.split('-').collect();
    let wrong = if groups[4].starts_with('7') { "8" } else { "7" };
    let mistyped = code.replacen(groups[4], &format!("{wrong}{}", &groups[4][1..]), 1);
    station.command(&["enroll", &mistyped]).refused(2, &["第 5 组", "group 5"]);
    station.command(&["enroll", &code.replacen(groups[2], "Uuuuuuuu", 1)]).refused(2, &["第 3 组", "U"]);
    station.command(&["enroll", &groups[..9].join("-")]).refused(2, &["整段复制"]);
    station.typed(&["enroll", "-"], " \n").refused(2, &["没有给出入网码"]);
    assert!(!station.dir().exists(), "nothing is set up by a code that does not read");

    let for_hub = Network::code(&network.root, "220282", &[]);
    station.command(&["enroll", &for_hub]).refused(2, &["fengsui-hub enroll"]);

    let id = network.county.json(&["invites"])[0]["id"].as_str().expect("an id").to_owned();
    network.county.json(&["invite", "--cancel", &id]);
    station.command(&["enroll", &code]).refused(3, &["作废", "taken back"]);
    network.county.command(&["invite", "--cancel", "00"]).refused(2, &["00", "invites"]);

    network.county.command(&["invite", SHUANGHE, "--valid", "0m"]).refused(2, &["30m"]);
    network.county.command(&["invite", "220282"]).refused(3, &["220282", "not below"]);
    network.county.command(&["invite", "220221999"]).refused(3, &["220221999", "not in the directory"]);

    // The key that was made at the first try is kept, and joins with a good code.
    let key = station.status()["key"].clone();
    let good = Network::code(&network.county, SHUANGHE, &[]);
    assert_eq!(station.json(&["enroll", &good])["key"], key);
    assert_eq!(states(&network.county, SHUANGHE), ["used", "cancelled"]);
}

#[test]
fn an_expired_code_is_told_so_and_a_new_one_is_taken() {
    let network = Network::running();
    // The command takes minutes and more; the running hub is asked as the command asks it.
    let asked = serde_json::json!({ "enrol": { "invite": {
        "division": KOUQIAN, "role": null, "valid_ms": 1, "replaces": false, "second": null,
        "address": network.county.address, "door": door(&network.county),
    } } });
    let said = network.county.ask(&asked);
    let expired = said["Ok"]["code"].as_str().unwrap_or_else(|| panic!("{said}")).to_owned();
    let station = Station::blank(binary::node(), network.path("late"), KOUQIAN);
    station
        .command(&["enroll", &expired])
        .refused(3, &["未能入网", "已过期", "要新码", "expired", "new one"]);
    assert_eq!(states(&network.county, KOUQIAN), ["expired"]);
    let invites = network.county.command(&["invites"]);
    assert!(invites.text().contains("已过期"), "{invites:?}");

    let code = Network::code(&network.county, KOUQIAN, &[]);
    let key = station.status()["key"].clone();
    assert_eq!(station.json(&["enroll", &code])["key"], key, "the key that was made is kept");
    station.command(&["enroll", &expired]).refused(3, &["已过期", "expired"]);
}

/// Where a hub's enrolment door is, as its invitations say.
fn door(hub: &Station) -> String {
    let address = hub.address.as_deref().expect("the hub listens");
    let (host, port) = address.rsplit_once(':').expect("host and port");
    format!("{host}:{}", port.parse::<u16>().expect("a port") + 1)
}

#[test]
fn a_foreign_code_changes_nothing() {
    let (network, other) = (Network::running(), Network::running());
    let code = Network::code(&network.county, KOUQIAN, &[]);
    let node = network.enrolled_node("node", KOUQIAN, &code);
    let foreign = Network::code(&other.county, KOUQIAN, &[]);
    node.command(&["enroll", &foreign])
        .refused(3, &["另一个网络", &network.root.key[..8], "another network"]);
    let neighbour = Network::code(&network.county, SHUANGHE, &[]);
    node.command(&["enroll", &neighbour]).refused(3, &[SHUANGHE, KOUQIAN]);
    let entry = node.submit(&["--event", FLOOD, "--set", "QL010=3"]);
    wait_steps(&node, &entry, &["已存本机", "已到县", "已到省"]);
}

#[test]
fn a_hub_out_of_reach_costs_nothing() {
    let mut network = Network::running();
    let code = Network::code(&network.county, KOUQIAN, &[]);
    network.county.stop();
    let node = Station::blank(binary::node(), network.path("node"), KOUQIAN);
    node.command(&["enroll", &code]).refused(1, &["联系不上上级", "重新执行同一命令"]);
    let key = node.status()["key"].clone();
    network.county.start();
    assert_eq!(node.json(&["enroll", &code])["key"], key, "the same key, the same code");
}

#[test]
fn a_hub_whose_door_is_taken_gives_no_codes() {
    let mut network = Network::new();
    let taken =
        std::net::UdpSocket::bind(door(&network.county)).expect("the port after the hub's own is free");
    network.start();
    network.county.command(&["invite", KOUQIAN]).refused(4, &["入网端口没有打开", "enroll_listen"]);
    assert_eq!(states(&network.county, KOUQIAN), [""; 0], "nothing was given");
    network.county.stop();
    drop(taken);
    network.county.start();
    Network::code(&network.county, KOUQIAN, &[]);
}

#[test]
fn a_code_leads_to_where_the_hub_listens_whatever_its_file_says() {
    let mut network = Network::new();
    let address = free_address();
    network.county.set("FENGSUI_LISTEN", &address);
    network.county.address = Some(address);
    network.start();
    let code = Network::code(&network.county, KOUQIAN, &[]);
    Station::enroll(binary::node(), network.path("node"), KOUQIAN, &[&code]);
    assert_eq!(states(&network.county, KOUQIAN), ["used"]);
}

#[test]
fn an_invitation_needs_an_address_that_others_can_reach() {
    let network = Network::new();
    let text = |dir: &std::path::Path| std::fs::read_to_string(dir.join("fengsui.toml")).expect("read");
    let dir = network.root.dir();
    let open = text(dir).replace("127.0.0.1", "0.0.0.0");
    std::fs::write(dir.join("fengsui.toml"), open).expect("write");
    network.root.command(&["invite", YONGJI, "--replaces"]).refused(2, &["--address", "fengsui.toml"]);
    let args = ["invite", YONGJI, "--replaces", "--address", "hub.example"];
    let door = network.root.json(&args)["door"].as_str().expect("a door").to_owned();
    assert!(door.starts_with("hub.example:"), "{door}");
}
