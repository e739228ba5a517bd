//! A small network of real stations: a province, and below it what a benchmark needs.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fengsui_daemon::config::ParentConfig;
use fengsui_daemon::failure::Failure;
use fengsui_daemon::home::{HUB_CACHE_BYTES, Home, NODE_CACHE_BYTES, Network as Joined};
use fengsui_model::directory::JILIN_2019_CSV;
use fengsui_model::{Directory, DivisionCode};
use fengsui_wire::{Appointment, NetworkId, PublicKey, Role};

use crate::failed;
use crate::host::Host;

/// The province, which is the root.
const PROVINCE: u64 = 22;
/// The city that [`COUNTY`] lies in.
const CITY: u64 = 2_202;
/// A county that lies below it, with its townships.
pub const COUNTY: u64 = 220_221;
/// Any free port of this machine.
const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);
/// How long a station may take to learn of the network, on a line of 64 kbit/s too.
const LEARN_MAX: Duration = Duration::from_secs(60);
/// How often it is asked whether it has.
const LEARN_EVERY: Duration = Duration::from_millis(5);

/// A province with its directory issued.
pub struct Network {
    dir: PathBuf,
    /// The root.
    pub province: Host,
}

/// The division with this code.
///
/// # Panics
/// For a code that is none: the benchmark is wrong.
pub fn division(code: u64) -> DivisionCode {
    DivisionCode::new(code).expect("a division of the directory")
}

/// The official divisions of 2019.
///
/// # Panics
/// Never: the table is compiled in and its own tests read it.
pub fn directory() -> Directory {
    Directory::from_csv(JILIN_2019_CSV, 1).expect("the table reads")
}

impl Network {
    /// Begins a network in `dir`.
    ///
    /// # Errors
    /// When the province cannot be set up.
    pub async fn begin(dir: &Path) -> Result<Self, Failure> {
        let home = Home::new(dir.join("province"));
        home.init(division(PROVINCE), &Joined::New, Some(ANY_PORT), None)?;
        let province = Host::start(&home, HUB_CACHE_BYTES)?;
        province.call(|station, now| station.issue_directory(&directory(), now)).await?;
        Ok(Self { dir: dir.to_path_buf(), province })
    }

    /// Its id.
    pub fn id(&self) -> NetworkId {
        NetworkId::of_root(&self.province.key)
    }

    /// Lets a key speak for a division.
    ///
    /// # Errors
    /// The province's word.
    pub async fn appoint(&self, key: PublicKey, code: u64, role: Role) -> Result<(), Failure> {
        let ask = move |station: &mut fengsui_daemon::station::Station, now: fengsui_protocol::Now| {
            let appointment = Appointment {
                key,
                division: division(code),
                role,
                from_ms: now.wall_ms,
                until_ms: None,
                address: None,
                second_parent: None,
                post: None,
            };
            station.appoint(&appointment, now)
        };
        self.province.call(ask).await.map(drop)
    }

    /// The hub of [`COUNTY`], connected to the province, or to the hub of its city.
    ///
    /// # Errors
    /// When it cannot be set up, or learns nothing of the network.
    pub async fn county(&self, city: Option<&Host>) -> Result<Host, Failure> {
        self.hub(COUNTY, city.unwrap_or(&self.province)).await
    }

    /// The hub of the city that [`COUNTY`] lies in, connected to the province.
    ///
    /// # Errors
    /// When it cannot be set up, or learns nothing of the network.
    pub async fn city(&self) -> Result<Host, Failure> {
        self.hub(CITY, &self.province).await
    }

    /// The hub of any division, connected to the hub above it.
    ///
    /// # Errors
    /// When it cannot be set up, or learns nothing of the network.
    pub async fn hub(&self, code: u64, above: &Host) -> Result<Host, Failure> {
        let parent = ParentConfig { address: above.address().to_string(), key: above.key };
        self.join(code, Role::Hub, Some(ANY_PORT), parent).await
    }

    /// The node of a township whose parent is found at `address`, connected.
    ///
    /// # Errors
    /// When it cannot be set up, or learns nothing of the network.
    pub async fn township(&self, code: u64, parent: &Host, address: SocketAddr) -> Result<Host, Failure> {
        let parent = ParentConfig { address: address.to_string(), key: parent.key };
        self.join(code, Role::Node, None, parent).await
    }

    async fn join(
        &self,
        code: u64,
        role: Role,
        listen: Option<SocketAddr>,
        parent: ParentConfig,
    ) -> Result<Host, Failure> {
        let home = Home::new(self.dir.join(code.to_string()));
        let key = home.init(division(code), &Joined::Root(self.province.key), listen, Some(parent))?;
        self.appoint(key, code, role).await?;
        let cache_bytes = if role == Role::Node { NODE_CACHE_BYTES } else { HUB_CACHE_BYTES };
        let host = Host::start(&home, cache_bytes)?;
        wait(&format!("station {code} to learn of the network"), LEARN_MAX, LEARN_EVERY, async || {
            let registry = host.worker.registry();
            registry.directory().is_some() && registry.standing(&key).is_some()
        })
        .await?;
        Ok(host)
    }
}

/// Waits until `done` holds.
///
/// # Errors
/// When it did not in time.
pub async fn wait(
    what: &str,
    at_most: Duration,
    every: Duration,
    done: impl AsyncFn() -> bool,
) -> Result<(), Failure> {
    let until = tokio::time::Instant::now() + at_most;
    while !done().await {
        if tokio::time::Instant::now() >= until {
            return Err(failed(format!("wait for {what}: it took more than {} s", at_most.as_secs())));
        }
        tokio::time::sleep(every).await;
    }
    Ok(())
}
