//! A small network: the province, the county hub of Yongji (永吉县), and as many of its townships as a test needs.

use std::net::UdpSocket;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU16, Ordering};

use tempfile::TempDir;

use crate::binary;
use crate::station::{PATIENCE, Station, wait_for};

/// The event of most tests.
pub const FLOOD: &str = "20260720-220221-flood";
/// Kouqian (口前镇).
pub const KOUQIAN: &str = "220221100";
/// Shuanghe (双河镇).
pub const SHUANGHE: &str = "220221101";
/// Yongji county.
pub const YONGJI: &str = "220221";
/// Huadian, another county of the same city.
pub const HUADIAN: &str = "220282";
/// Its city, Jilin.
pub const JILIN_CITY: &str = "2202";

/// First port to try: below the range from which Linux gives ports to dialling sockets, so that none of those takes one
/// between our look and the hub's bind.
const PORT_MIN: u16 = 21_000;
/// Ports tried.
const PORTS: u16 = 10_000;

/// An address on loopback whose UDP port is free.
pub fn free_address() -> String {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Test processes that run at once begin at different places.
    let begin = (std::process::id() % u32::from(PORTS)) as u16;
    for _ in 0..PORTS {
        // Every other port: the one after a hub's own is its enrolment door.
        let port = PORT_MIN + (begin / 2 * 2 + NEXT.fetch_add(2, Ordering::Relaxed)) % PORTS;
        let address = format!("127.0.0.1:{port}");
        if UdpSocket::bind(&address).is_ok() {
            return address;
        }
    }
    panic!("no free UDP port from {PORT_MIN} on");
}

fn wait_directory(hub: &Station) {
    wait_for(&format!("the directory to reach {}", hub.division), PATIENCE, || {
        let status = hub.status();
        match (status["directory"] == 1, status["appointed"] == true) {
            (true, true) => Ok(()),
            _ => Err(status.to_string()),
        }
    });
}

fn hub_below(dir: &TempDir, root: &str, parent: &Station, name: &str, division: &str) -> Station {
    let address = free_address();
    let above = parent.address.as_deref().expect("the hub above listens");
    let args = ["--listen", &address, "--root", root, "--parent", above, "--parent-key", &parent.key];
    let mut hub = Station::init(binary::hub(), dir.path().join(name), division, &args);
    hub.address = Some(address);
    hub
}

/// The network. Stations stop before the directory goes.
pub struct Network {
    pub root: Station,
    pub county: Station,
    /// Between the two, where there is one.
    pub city: Option<Station>,
    dir: TempDir,
}

impl Network {
    /// Province and county, set up, the county appointed, neither running.
    pub fn new() -> Self {
        let (dir, root) = Self::province();
        let county = hub_below(&dir, &root.key, &root, "county", YONGJI);
        root.json(&["appoint", &county.key, YONGJI]);
        Self { county, city: None, root, dir }
    }

    fn province() -> (TempDir, Station) {
        let dir = TempDir::new().expect("a temporary directory");
        let address = free_address();
        let mut root = Station::init(
            binary::hub(),
            dir.path().join("province"),
            "22",
            &["--new-network", "--listen", &address],
        );
        root.address = Some(address);
        (dir, root)
    }

    /// All running, with the city's hub between: the county connects to the city, the city to the province.
    pub fn running_with_city() -> Self {
        let (dir, mut root) = Self::province();
        root.start();
        let mut city = hub_below(&dir, &root.key, &root, "city", JILIN_CITY);
        root.json(&["appoint", &city.key, JILIN_CITY]);
        city.start();
        wait_directory(&city);
        let mut county = hub_below(&dir, &root.key, &city, "county", YONGJI);
        city.json(&["appoint", &county.key, YONGJI]);
        county.start();
        wait_directory(&county);
        Self { county, city: Some(city), root, dir }
    }

    /// Province and county, running and connected.
    pub fn running() -> Self {
        let mut network = Self::new();
        network.start();
        network
    }

    /// The county connected to the province, beside a hub of its city that is connected there too.
    pub fn running_past_city() -> Self {
        let mut network = Self::running();
        let root = &network.root;
        let mut city = hub_below(&network.dir, &root.key, root, "city", JILIN_CITY);
        root.json(&["appoint", &city.key, JILIN_CITY]);
        city.start();
        wait_directory(&city);
        network.city = Some(city);
        network
    }

    /// Starts both hubs, and waits until the county has its directory.
    pub fn start(&mut self) {
        self.root.start();
        self.county.start();
        wait_directory(&self.county);
    }

    /// A township station under the county, not appointed and not running.
    pub fn node(&self, division: &str) -> Station {
        let parent = self.county.address.as_deref().expect("the county listens");
        let args = ["--root", &self.root.key, "--parent", parent, "--parent-key", &self.county.key];
        Station::init(binary::node(), self.path(&format!("node-{division}")), division, &args)
    }

    /// A join code of `hub` for `division`, with more options.
    pub fn code(hub: &Station, division: &str, args: &[&str]) -> String {
        let invited = hub.json(&[&["invite", division], args].concat());
        invited["code"].as_str().expect("invite prints a code").into()
    }

    /// A township station that joins with this code, and runs.
    pub fn enrolled_node(&self, name: &str, division: &str, code: &str) -> Station {
        let mut node = Station::enroll(binary::node(), self.path(name), division, &[code]);
        node.start();
        node
    }

    /// The same without a line: it knows no address.
    pub fn node_without_line(&self, division: &str) -> Station {
        let dir = self.path(&format!("node-{division}"));
        Station::init(binary::node(), dir, division, &["--root", &self.root.key])
    }

    /// A township station that is appointed and runs.
    pub fn running_node(&self, division: &str) -> Station {
        let mut node = self.node(division);
        self.appoint(&node);
        node.start();
        node
    }

    /// The county appoints a township's station.
    pub fn appoint(&self, node: &Station) {
        self.county.json(&["appoint", &node.key, &node.division]);
    }

    /// A path in the network's directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The same as text, for a command line.
    pub fn file(&self, name: &str) -> String {
        self.path(name).to_str().expect("a temporary path is UTF-8").into()
    }
}
