//! The process: ends when it is asked to, keeps its directory to itself, says what it cannot have.

use std::net::UdpSocket;
use std::time::Duration;

use crate::network::{FLOOD, KOUQIAN, Network};
use crate::station::{PATIENCE, wait_for};
use crate::view::{link, wait_steps, wait_total};

/// What an operator, and systemd, give a process to end.
const END_MAX: Duration = Duration::from_secs(10);

#[test]
fn sigterm_drains_and_a_restart_goes_on() {
    let mut network = Network::running();
    let mut node = network.running_node(KOUQIAN);
    node.submit(&["--event", FLOOD, "--set", "QL010=1"]);
    wait_total(&network.root, FLOOD, &[("QL010", 1)]);
    let (code, took) = network.county.stop();
    assert_eq!(code, 0, "{}", network.county.log());
    assert!(took < END_MAX, "the county hub took {took:?}");
    assert!(!network.county.dir().join("control.sock").exists(), "the socket is left behind");
    node.submit(&["--update", "--set", "QL010=2"]);
    network.county.start();
    wait_total(&network.root, FLOOD, &[("QL010", 2)]);
    for (name, station) in [("node", &mut node), ("province", &mut network.root)] {
        let (code, took) = station.stop();
        assert_eq!(code, 0, "{name}: {}", station.log());
        assert!(took < END_MAX, "the {name} took {took:?}");
    }
}

#[test]
fn an_address_in_use_is_named() {
    let mut network = Network::new();
    let address = network.root.address.clone().expect("it listens");
    let taken = UdpSocket::bind(&address).expect("take the address");
    network.root.spawn();
    assert_eq!(network.root.wait_end(), 4, "{}", network.root.log());
    let log = network.root.log();
    assert!(log.contains("failed to") && log.contains(&address) && log.contains("in use"), "{log}");
    drop(taken);
    network.root.start();
}

#[test]
fn one_process_has_the_directory_and_commands_go_through_it() {
    let network = Network::running();
    let node = network.running_node(KOUQIAN);
    node.command(&["run"]).refused(4, &["failed to open", "another process is using it"]);
    wait_for("the node to be connected", PATIENCE, || {
        // Only the running process knows of its connections.
        let up = link(&node, &network.county.key).ok_or("no link")?;
        if up["link"]["online"] == true { Ok(()) } else { Err(up.to_string()) }
    });
    let entry = node.submit(&["--event", FLOOD, "--set", "QL010=3"]);
    wait_steps(&node, &entry, &["已存本机", "已到县", "已到省"]);
    let many: Vec<_> = std::thread::scope(|scope| {
        let ask = |_| scope.spawn(|| node.command(&["list"]));
        let asked: Vec<_> = (0..8).map(ask).collect();
        asked.into_iter().map(|asked| asked.join().expect("the command ran")).collect()
    });
    assert!(many.iter().all(|said| said.code == 0 && said.out == many[0].out), "{many:?}");
}
