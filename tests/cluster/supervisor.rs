//! systemd: what it is told, and the units it is given.

use std::collections::BTreeMap;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::network::{KOUQIAN, Network};
use crate::station::PATIENCE;

/// How long the supervisor of these tests waits for a beat, in microseconds.
const WATCHDOG_MICROS: &str = "600000";

/// The next thing that the supervisor is told.
fn told(socket: &UnixDatagram) -> String {
    socket.set_read_timeout(Some(PATIENCE)).expect("a time limit can be set");
    let mut bytes = [0; 1024];
    let length = socket.recv(&mut bytes).expect("the station says something");
    String::from_utf8_lossy(&bytes[..length]).trim().to_owned()
}

/// A whole life, seen by its supervisor.
#[test]
fn a_supervisor_hears_ready_beats_and_stopping() {
    let mut network = Network::new();
    let path = network.path("notify.sock");
    let of_hub = UnixDatagram::bind(&path).expect("a socket");
    network.root.set("NOTIFY_SOCKET", path.to_str().expect("UTF-8"));
    network.root.set("WATCHDOG_USEC", WATCHDOG_MICROS);
    network.root.spawn();
    assert_eq!(told(&of_hub), "READY=1", "{}", network.root.log());
    // Ready is ready: the next command is answered by the running process.
    network.root.command(&["run"]).refused(4, &["another process is using it"]);
    assert!(network.root.dir().join("control.sock").exists());
    let begun = Instant::now();
    for _ in 0..4 {
        assert_eq!(told(&of_hub), "WATCHDOG=1");
    }
    assert!(begun.elapsed() > Duration::from_millis(600), "beats come at half the time, not in a rush");
    assert_eq!(network.root.stop().0, 0, "{}", network.root.log());
    let mut last = told(&of_hub);
    while last == "WATCHDOG=1" {
        last = told(&of_hub);
    }
    assert_eq!(last, "STOPPING=1");
}

#[test]
fn a_socket_without_a_path_serves_too_and_no_beat_is_sent_where_none_is_asked_for() {
    let network = Network::new();
    let mut node = network.node(KOUQIAN);
    let name = format!("fengsui-test-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).expect("a name");
    let socket = UnixDatagram::bind_addr(&address).expect("a socket");
    node.set("NOTIFY_SOCKET", &format!("@{name}"));
    node.spawn();
    assert_eq!(told(&socket), "READY=1", "{}", node.log());
    assert_eq!(node.stop().0, 0, "{}", node.log());
    assert_eq!(told(&socket), "STOPPING=1");
}

fn units() -> [(&'static str, PathBuf); 2] {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/systemd");
    ["fengsui-node", "fengsui-hub"].map(|name| (name, folder.join(format!("{name}.service"))))
}

/// Settings of a unit, by section and key; one that stands twice has both values.
fn settings(path: &Path) -> BTreeMap<String, Vec<String>> {
    let text = std::fs::read_to_string(path).expect("the unit reads");
    let (mut section, mut found) = (String::new(), BTreeMap::<String, Vec<String>>::new());
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.split_once('=') {
            Some((key, value)) => found.entry(format!("{section}.{key}")).or_default().push(value.into()),
            None => section = line.trim_matches(['[', ']']).to_owned(),
        }
    }
    found
}

#[test]
fn units_notify_watch_and_shut_the_rest_of_the_machine_out() {
    for (name, path) in units() {
        let settings = settings(&path);
        let is = |key: &str, expected: &str| {
            let found = settings.get(key).unwrap_or_else(|| panic!("{name} lacks {key}"));
            assert_eq!(found[0], expected, "{name}: {key}");
        };
        is("Service.Type", "notify");
        is("Service.ExecStart", &format!("/usr/bin/{name} run"));
        is("Service.Environment", &format!("FENGSUI_DATA=%S/{name}"));
        is("Service.StateDirectory", name);
        is("Service.StateDirectoryMode", "0700");
        is("Service.Restart", "on-failure");
        // Usage, refused, damage: `fengsui_daemon::failure::Code`.
        is("Service.RestartPreventExitStatus", "2 3 5");
        is("Service.ProtectSystem", "strict");
        is("Service.NoNewPrivileges", "yes");
        is("Service.PrivateTmp", "yes");
        is("Service.CapabilityBoundingSet", "");
        is("Service.RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX");
        is("Service.SystemCallFilter", "@system-service");
        assert!(
            settings.contains_key("Service.WatchdogSec") && settings.contains_key("Service.User"),
            "{name}"
        );
        assert_eq!(settings.contains_key("Service.MemoryMax"), name == "fengsui-node");
    }
}

/// Where systemd is installed its own reader looks too; elsewhere the keys above are what can be said.
#[test]
fn systemd_reads_the_units() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        eprintln!("systemd-analyze is not installed: only the keys were looked at");
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    for (name, path) in units() {
        // The program must be there for systemd to be content.
        let program = if name == "fengsui-node" { crate::binary::node() } else { crate::binary::hub() };
        let text = std::fs::read_to_string(&path).expect("the unit reads");
        let text = text.replace(&format!("/usr/bin/{name}"), program.to_str().expect("UTF-8"));
        let copy = dir.path().join(format!("{name}.service"));
        std::fs::write(&copy, text).expect("write the copy");
        let verified = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&copy).output();
        let verified = verified.expect("systemd-analyze runs");
        let said = String::from_utf8_lossy(&verified.stderr);
        assert!(verified.status.success() && !said.contains(name), "{name}: {said}");
    }
}
