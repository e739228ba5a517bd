//! A severe event goes to two levels at once: past a city whose hub hangs, and only then.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::binary;
use crate::network::{FLOOD, HUADIAN, Network, YONGJI, free_address};
use crate::station::{PATIENCE, Station, wait_for};
use crate::view::total;

/// Longer than a report takes that is let through, shorter than a hanging line takes to be noticed.
const NOT_YET: Duration = Duration::from_secs(8);

/// A county below the city that has joined by code, which also tells it its second parent.
fn county(network: &Network, division: &str) -> Station {
    let city = network.city.as_ref().expect("this network has a city");
    let invited = city.json(&["invite", division]);
    let code = invited["code"].as_str().expect("a code");
    let address = free_address();
    let dir = network.path(&format!("joined-{division}"));
    let mut county = Station::enroll(binary::hub(), dir, division, &[code, "--listen", &address]);
    county.address = Some(address);
    county.start();
    wait_for("the county to be connected", PATIENCE, || {
        let status = county.status();
        let online =
            status["links"].as_array().is_some_and(|all| all.iter().any(|up| up["link"]["online"] == true));
        if online && status["appointed"] == true { Ok(()) } else { Err(status.to_string()) }
    });
    county
}

fn signal(station: &Station, signal: Signal) {
    let pid = i32::try_from(station.pid()).ok().and_then(Pid::from_raw).expect("a process");
    kill_process(pid, signal).expect("a signal");
}

#[test]
fn a_severe_event_passes_a_city_that_hangs() {
    let network = Network::running_with_city();
    let city = network.city.as_ref().expect("this network has a city");
    let joined = county(&network, HUADIAN);
    let event = FLOOD.replace(YONGJI, HUADIAN);
    signal(city, Signal::STOP);
    // Nine are not ten: it waits for the city.
    joined.submit(&["--event", &event, "--set", "QL010=60", "--set", "QL012=9"]);
    std::thread::sleep(NOT_YET);
    assert_eq!(total_of(&network.root, &event), None, "the city hangs, and this is no severe event");
    joined.submit(&["--event", &event, "--update", "--set", "QL011=1"]);
    wait_for("the province to hear past the city", PATIENCE, || {
        let log = joined.log();
        match total_of(&network.root, &event) {
            Some(9) if log.contains("a severe event goes to two levels at once") => Ok(()),
            found => Err(format!("{found:?}")),
        }
    });
    signal(city, Signal::CONT);
    wait_for("the city to hear it too", PATIENCE, || match total_of(city, &event) {
        Some(9) => Ok(()),
        found => Err(format!("{found:?}")),
    });
}

fn total_of(hub: &Station, event: &str) -> Option<i64> {
    let said = hub.command(&["total", "--event", event, "--json"]);
    (said.code == 0).then(|| total(hub, event, "QL012")).flatten()
}
