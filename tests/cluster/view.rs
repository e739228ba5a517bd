//! Reading what `--json` prints.

use serde_json::Value;

use crate::station::{PATIENCE, Station, wait_for};

/// The total of `code` in the smallest unit at `hub`; `None` where nobody stated a number.
pub fn total(hub: &Station, event: &str, code: &str) -> Option<i64> {
    figure(&hub.json(&["total", "--event", event]), code)
}

/// A figure of a total that was printed.
pub fn figure(total: &Value, code: &str) -> Option<i64> {
    let figures = total["figures"].as_array().expect("a total has figures");
    figures.iter().find(|figure| figure["code"] == code)?["value"].as_i64()
}

/// Waits until the totals at `hub` are these.
#[track_caller]
pub fn wait_total(hub: &Station, event: &str, expected: &[(&str, i64)]) {
    wait_for(&format!("totals {expected:?} at {}", hub.division), PATIENCE, || {
        let said = hub.command(&["total", "--event", event, "--json"]);
        let Ok(total) = serde_json::from_str::<Value>(&said.out) else { return Err(format!("{said:?}")) };
        let right = expected.iter().all(|(code, value)| figure(&total, code) == Some(*value));
        if right { Ok(()) } else { Err(total["figures"].to_string()) }
    });
}

/// The steps of an entry as `show` or `list` prints it.
pub fn steps(entry: &Value) -> Vec<&str> {
    let hops = entry["hops"].as_array().expect("an entry has hops");
    hops.iter().map(|hop| hop["step"].as_str().expect("a hop has a step")).collect()
}

/// Waits until the node knows that its entry has come so far; the entry then.
#[track_caller]
pub fn wait_steps(node: &Station, entry: &str, expected: &[&str]) -> Value {
    wait_for(&format!("{entry} to come {expected:?}"), PATIENCE, || {
        let shown = node.json(&["show", entry]);
        if steps(&shown) == expected { Ok(shown) } else { Err(shown["hops"].to_string()) }
    })
}

/// The checks named as reasons why an entry is not counted.
pub fn reasons(of: &Value) -> Vec<&str> {
    let reasons = of["reasons"].as_array().expect("there is a list of reasons");
    reasons.iter().map(|reason| reason["check"].as_str().expect("a reason names its check")).collect()
}

/// The report `reference` in `list`.
pub fn listed(node: &Station, reference: &str) -> Option<Value> {
    let list = node.json(&["list"]);
    list["reports"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|report| report["reference"] == reference)
        .cloned()
}

/// Divisions whose reports are in the total of `event`.
pub fn counted(hub: &Station, event: &str) -> Vec<String> {
    let total = hub.json(&["total", "--event", event]);
    let counted = total["counted"].as_array().expect("a total says who is counted");
    counted.iter().map(|counted| counted["division"]["code"].as_str().expect("a code").into()).collect()
}

/// What `status` says of the link to the hub above.
pub fn link(station: &Station, key: &str) -> Option<Value> {
    of_key(&station.status()["links"], key)
}

/// What `status` says of the station below with `key`.
pub fn below(station: &Station, key: &str) -> Option<Value> {
    of_key(&station.status()["stations"], key)
}

/// Waits until `status` at `hub` calls a station below it so; what it says of the station then.
#[track_caller]
pub fn wait_presence(hub: &Station, of: &Station, expected: &str) -> Value {
    wait_for(&format!("{} to call {} {expected}", hub.division, of.division), PATIENCE, || {
        let seen = below(hub, &of.key).ok_or("not known")?;
        if seen["presence"] == expected { Ok(seen) } else { Err(seen.to_string()) }
    })
}

fn of_key(list: &Value, key: &str) -> Option<Value> {
    list.as_array().expect("a list").iter().find(|item| item["key"] == key).cloned()
}
