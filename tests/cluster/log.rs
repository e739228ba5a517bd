//! The log: structured where that is asked for, and without what people have written.

use crate::network::{FLOOD, KOUQIAN, Network};
use crate::view::{wait_steps, wait_total};

/// What a clerk may write, and no log may hold: a name, a number of an identity card, figures, reasons.
const NARRATIVE: &str = "王桂兰家房屋倒塌";
const RELIEF: &str = "联系电话13900001234";
const EXPLANATION: &str = "身份证220221196001011234复核后更正";
/// A figure that occurs nowhere by chance.
const FIGURE: &str = "7316925";

#[test]
fn no_line_holds_what_a_clerk_has_written() {
    let mut network = Network::new();
    network.root.set("FENGSUI_LOG", "debug");
    network.county.set("FENGSUI_LOG", "debug");
    network.start();
    let mut node = network.node(KOUQIAN);
    node.set("FENGSUI_LOG", "debug");
    network.appoint(&node);
    node.start();
    let words = ["--narrative", NARRATIVE, "--relief", RELIEF, "--explanation", EXPLANATION];
    let figure = format!("QL010={FIGURE}");
    let entry = node.submit(&[&["--event", FLOOD, "--set", &figure][..], &words].concat());
    // One that no hub counts is judged, answered, and spoken of no more than the others.
    node.submit(&[&["--update", "--set", "QL010=1", "--set", "QL011=0"][..], &words].concat());
    wait_steps(&node, &entry, &["已存本机", "已到县", "已到省"]);
    wait_total(&network.root, FLOOD, &[("QL010", 1)]);
    node.command(&["submit", "--set", &format!("QL010=-{FIGURE}"), "--narrative", NARRATIVE]);
    for station in [&node, &network.county, &network.root] {
        let log = station.log();
        assert!(log.contains("connected"), "the log is looked at: {log}");
        for written in [NARRATIVE, RELIEF, EXPLANATION, FIGURE, "13900001234", "220221196001011234", "王桂兰"]
        {
            assert!(!log.contains(written), "{written} is in the log of {}", station.division);
        }
    }
}

#[test]
fn a_collector_gets_one_object_a_line() {
    let mut network = Network::new();
    network.root.set("FENGSUI_LOG_FORMAT", "json");
    network.root.start();
    network.root.stop();
    let log = network.root.log();
    assert!(log.lines().count() >= 2, "{log}");
    for line in log.lines() {
        let line: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        for field in ["timestamp", "level", "fields"] {
            assert!(line.get(field).is_some(), "{field} is missing in {line}");
        }
    }
}
