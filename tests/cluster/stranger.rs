//! A station that nobody has appointed.

use crate::network::{FLOOD, KOUQIAN, Network, SHUANGHE};
use crate::station::{PATIENCE, wait_for};
use crate::view::{counted, link, wait_total};

#[test]
fn a_stranger_is_refused_at_the_hub_and_told_why() {
    let network = Network::running();
    let known = network.running_node(KOUQIAN);
    let mut stranger = network.node(SHUANGHE);
    stranger.submit(&["--event", FLOOD, "--set", "QL010=1000"]);
    stranger.start();
    known.submit(&["--event", FLOOD, "--set", "QL010=5"]);
    // The client's end of the handshake succeeds by itself: only the hub's word counts.
    network.county.wait_log("refused a connection");
    assert!(
        network.county.log().contains(&stranger.key[..8]),
        "the key is not named:\n{}",
        network.county.log()
    );
    wait_total(&network.county, FLOOD, &[("QL010", 5)]);
    assert_eq!(counted(&network.county, FLOOD), [KOUQIAN]);
    let status = network.county.status().to_string();
    assert!(!status.contains(&stranger.key), "the hub holds something of a stranger: {status}");

    let reason = wait_for("the stranger to be told", PATIENCE, || {
        let up = link(&stranger, &network.county.key).ok_or("no link")?;
        let reason = up["link"]["reason"].as_str().unwrap_or_default().to_owned();
        let told = up["link"]["online"] == false && reason != "not connected yet";
        if told { Ok(reason) } else { Err(up.to_string()) }
    });
    assert!(reason.contains("admit") || reason.contains("appointed"), "{reason}");
    let status = stranger.command(&["status"]);
    assert!(status.text().contains("离线"), "{status:?}");
}
