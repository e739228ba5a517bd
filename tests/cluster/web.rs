//! What a monitor asks: health, readiness, measurements.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use crate::network::{FLOOD, KOUQIAN, Network, SHUANGHE, YONGJI, free_address};
use crate::station::{PATIENCE, Station, wait_for};
use crate::view::wait_total;

/// Longer than any page takes, shorter than a test.
const READ_MAX: Duration = Duration::from_secs(20);

/// Code and body of an answer.
struct Answer {
    code: u16,
    body: String,
}

/// An address whose TCP port is free.
fn free_tcp() -> String {
    loop {
        let address = free_address();
        if TcpListener::bind(&address).is_ok() {
            return address;
        }
    }
}

fn ask(address: &str, request: &str) -> Result<Answer, String> {
    let failed = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect(address).map_err(failed)?;
    stream.set_read_timeout(Some(READ_MAX)).map_err(failed)?;
    stream.write_all(request.as_bytes()).map_err(failed)?;
    let mut text = String::new();
    stream.read_to_string(&mut text).map_err(failed)?;
    let code =
        text.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or(format!("no answer: {text}"))?;
    let body = text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default();
    Ok(Answer { code, body })
}

fn get(address: &str, path: &str) -> Answer {
    let request = format!("GET {path} HTTP/1.1\r\nhost: station\r\nconnection: close\r\n\r\n");
    ask(address, &request).unwrap_or_else(|error| panic!("{path} at {address}: {error}"))
}

/// A sample of `/metrics`, by its name with labels.
fn sample(page: &str, name: &str) -> Option<String> {
    page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned))
}

#[track_caller]
fn wait_sample(address: &str, name: &str, expected: &str) {
    wait_for(&format!("{name} {expected}"), PATIENCE, || {
        let found = sample(&get(address, "/metrics").body, name);
        if found.as_deref() == Some(expected) { Ok(()) } else { Err(format!("{found:?}")) }
    });
}

fn serve(station: &mut Station) -> String {
    let address = free_tcp();
    station.set("FENGSUI_HTTP", &address);
    address
}

#[test]
fn a_monitor_sees_a_station_that_works_and_a_line_that_is_down() {
    let mut network = Network::new();
    let county = serve(&mut network.county);
    network.start();
    let mut node = network.node(KOUQIAN);
    let township = serve(&mut node);
    node.start();
    wait_sample(&county, "fengsui_connections_online{level=\"township\"}", "0");
    // The node is a stranger until it is appointed.
    wait_for("the hub to refuse the stranger", PATIENCE, || {
        let found = sample(&get(&county, "/metrics").body, "fengsui_refused_connections_total");
        if found.as_deref().is_some_and(|count| count != "0") { Ok(()) } else { Err(format!("{found:?}")) }
    });
    network.appoint(&node);
    wait_sample(&county, "fengsui_connections_online{level=\"township\"}", "1");
    wait_sample(&township, "fengsui_uplink_online", "1");
    node.submit(&["--event", FLOOD, "--set", "QL010=1"]);
    wait_total(&network.root, FLOOD, &[("QL010", 1)]);
    wait_sample(&township, "fengsui_own_entries{lane=\"urgent\"}", "2");
    wait_sample(&township, "fengsui_uplink_behind_entries", "0");
    for address in [&county, &township] {
        for path in ["/healthz", "/readyz"] {
            let answer = get(address, path);
            assert_eq!(answer.code, 200, "{path}: {}", answer.body);
            let body: serde_json::Value = serde_json::from_str(&answer.body).expect("it is JSON");
            assert_eq!(body["missing"], serde_json::json!([]));
        }
    }
    network.county.stop();
    assert!(TcpStream::connect(&county).is_err(), "a station that has ended answers nobody");
    wait_sample(&township, "fengsui_uplink_online", "0");
    assert_eq!(get(&township, "/readyz").code, 200, "a township without a line takes reports");
}

#[test]
fn measurements_read_as_the_format_demands_and_name_nobody() {
    let mut network = Network::new();
    let address = serve(&mut network.county);
    network.start();
    let nodes = [network.running_node(KOUQIAN), network.running_node(SHUANGHE)];
    wait_sample(&address, "fengsui_connections_online{level=\"township\"}", "2");
    let page = get(&address, "/metrics").body;
    let mut families = BTreeSet::new();
    let mut samples = BTreeSet::new();
    for line in page.lines() {
        if let Some(family) = line.strip_prefix("# TYPE ") {
            let (name, kind) = family.split_once(' ').expect("a name and a kind");
            assert!(families.insert(name), "{name} stands on the page twice");
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
        } else if !line.starts_with("# HELP ") {
            let (name, value) = line.rsplit_once(' ').expect("a name and a value");
            assert!(value.parse::<f64>().is_ok_and(f64::is_finite), "{line}");
            assert!(samples.insert(name), "{name} stands on the page twice");
            let family = name.split('{').next().unwrap_or_default();
            let begun = |family: &str| families.contains(family);
            let of_histogram = ["_bucket", "_sum", "_count"];
            let histogram = of_histogram.iter().find_map(|end| family.strip_suffix(end));
            assert!(begun(family) || histogram.is_some_and(begun), "{line} has no family");
        }
    }
    let commits = sample(&page, "fengsui_commit_seconds_count").expect("commits are counted");
    assert_ne!(commits, "0", "two appointments were committed");
    assert_eq!(sample(&page, "fengsui_commit_seconds_bucket{le=\"+Inf\"}"), Some(commits));
    let keys = [&nodes[0].key, &nodes[1].key, &network.county.key, &network.root.key];
    for name in keys.map(|key| &key[..8]).into_iter().chain([KOUQIAN, SHUANGHE, YONGJI, "口前", "永吉"]) {
        assert!(!page.contains(name), "{name} is named");
    }
}

#[test]
fn requests_that_are_none_are_refused_and_hold_nothing_up() {
    let mut network = Network::new();
    let address = serve(&mut network.root);
    network.root.start();
    assert_eq!(get(&address, "/nothing").code, 404);
    let code = |request: &str| ask(&address, request).map(|answer| answer.code);
    assert_eq!(code("POST /healthz HTTP/1.1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"), Ok(405));
    assert_eq!(code("no request\r\n\r\n"), Ok(400));
    let long = format!("GET /healthz HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(64 * 1024));
    // Refused, or cut while still talking: both are an end.
    assert!(code(&long).is_err() || code(&long) == Ok(431), "{:?}", code(&long));
    let silent: Vec<_> = (0..20).map(|_| TcpStream::connect(&address).expect("it connects")).collect();
    assert_eq!(get(&address, "/healthz").code, 200);
    let (ended, took) = network.root.stop();
    assert_eq!(ended, 0, "{}", network.root.log());
    assert!(took < Duration::from_secs(10), "silent connections held it up for {took:?}");
    drop(silent);
}

#[test]
fn an_address_for_http_in_use_is_named() {
    let mut network = Network::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("take a port");
    let address = taken.local_addr().expect("it has an address").to_string();
    network.root.set("FENGSUI_HTTP", &address);
    network.root.spawn();
    assert_eq!(network.root.wait_end(), 4, "{}", network.root.log());
    let log = network.root.log();
    assert!(log.contains(&address) && log.contains("failed to listen for HTTP"), "{log}");
}
