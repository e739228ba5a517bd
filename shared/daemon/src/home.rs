//! A station's directory: `fengsui.toml`, `station.key`, `journal/`, `sled/`, `control.sock`.

mod next;

use std::io::Write;
use std::path::{Path, PathBuf};

use fengsui_model::DivisionCode;
use fengsui_store::{OpenReport, Store, Watchdog};
use fengsui_wire::{PublicKey, StationKey};
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::config::{Config, Overrides, ParentConfig, Settings};
use crate::failure::{Code, Failure};
use crate::index::Index;
use crate::reading::Fresh;
use crate::station::{Identity, Station};

/// sled's cache on a node: an old office PC has 2 GB for everything.
pub const NODE_CACHE_BYTES: u64 = 4 * 1024 * 1024;
/// sled's cache on a hub.
pub const HUB_CACHE_BYTES: u64 = 64 * 1024 * 1024;

/// The directory.
#[derive(Clone, Debug)]
pub struct Home {
    dir: PathBuf,
    flags: Overrides,
}

/// How a new station finds its network.
#[derive(Clone, Debug)]
pub enum Network {
    /// It is the root of a new one.
    New,
    /// The one with this root.
    Root(PublicKey),
}

impl Home {
    /// The directory at `dir`, whether or not it is there.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), flags: Overrides::default() }
    }

    /// The same, with what the command line says in place of the file.
    pub fn with(mut self, flags: Overrides) -> Self {
        self.flags = flags;
        self
    }

    /// Where it is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The control socket.
    pub fn socket(&self) -> PathBuf {
        self.dir.join("control.sock")
    }

    /// The configuration file.
    pub fn config_path(&self) -> PathBuf {
        self.dir.join("fengsui.toml")
    }

    /// The file of the station's key.
    pub fn key_path(&self) -> PathBuf {
        self.dir.join("station.key")
    }

    /// Makes the directory, a new key and the configuration. Returns the public key, for the hub above to appoint.
    ///
    /// # Errors
    /// When a station is there already: a second key would silently end the first one's log.
    pub fn init(
        &self,
        division: DivisionCode,
        network: &Network,
        listen: Option<std::net::SocketAddr>,
        parent: Option<ParentConfig>,
    ) -> Result<PublicKey, Failure> {
        let failed = |doing: &str, error: std::io::Error| {
            Failure::new(Code::Unavailable, format!("failed to {doing} in {}: {error}", self.dir.display()))
        };
        make_private(&self.dir).map_err(|error| failed("make the directory", error))?;
        if self.key_path().exists() {
            let message =
                format!("failed to set up {}: a station is set up there already", self.dir.display());
            return Err(Failure::new(Code::Unavailable, message));
        }
        let key = draw_key()?;
        let root = match network {
            Network::New => key.public(),
            Network::Root(root) => *root,
        };
        let config = Config {
            division,
            root,
            listen,
            enroll_listen: None,
            address: None,
            parent,
            second_parent: None,
            http: None,
            log: None,
        };
        let text = toml::to_string(&config).map_err(|error| Failure::caused(Code::Failed, &error))?;
        // The key last: with it the station is there.
        write_private(&self.config_path(), text.as_bytes())
            .map_err(|error| failed("write fengsui.toml", error))?;
        write_key(&self.key_path(), &key).map_err(|error| failed("write station.key", error))?;
        Ok(key.public())
    }

    /// Whether a station is set up here.
    pub fn is_set_up(&self) -> bool {
        self.key_path().exists()
    }

    /// Writes other hubs above into the configuration, whole or not at all. A running station reads it at its next start.
    ///
    /// # Errors
    /// When the configuration does not read or cannot be written.
    pub fn set_parents(&self, parent: ParentConfig, second: Option<ParentConfig>) -> Result<(), Failure> {
        let mut config = self.config()?;
        if config.parent.as_ref() == Some(&parent) && config.second_parent == second {
            return Ok(());
        }
        config.parent = Some(parent);
        config.second_parent = second;
        let text = toml::to_string(&config).map_err(|error| Failure::caused(Code::Failed, &error))?;
        let (path, partial) = (self.config_path(), self.dir.join("fengsui.toml.partial"));
        let written = write_private(&partial, text.as_bytes())
            .and_then(|()| std::fs::rename(&partial, &path))
            .and_then(|()| crate::bundle::sync_parent(&path));
        written.map_err(|error| {
            Failure::new(Code::Unavailable, format!("failed to write {}: {error}", path.display()))
        })
    }

    /// Reads the configuration.
    ///
    /// # Errors
    /// When there is none, or it does not read.
    pub fn config(&self) -> Result<Config, Failure> {
        Config::read(&self.config_path())
    }

    /// The configuration in force: the file, and over it the environment and the command line.
    ///
    /// # Errors
    /// When there is no file, or a value does not read.
    pub fn settings(&self) -> Result<Settings, Failure> {
        let environment = Overrides::of_environment(|name| std::env::var(name).ok())?;
        let path = self.config_path();
        Settings::lay(self.config()?, &path.display().to_string(), &environment, &self.flags)
    }

    /// Reads the key and the configuration.
    ///
    /// # Errors
    /// When either is missing or does not read.
    pub fn identity(&self) -> Result<Identity, Failure> {
        let config = self.config()?;
        let key = read_key(&self.key_path())?;
        Ok(Identity { key, root: config.root, division: config.division })
    }

    /// Opens store and station. What had to be rebuilt or cut off is logged; damage is an ERROR that somebody must see.
    ///
    /// # Errors
    /// When the directory is in use, not set up, or its disk fails.
    pub fn open(&self, cache_bytes: u64, clock: &Clock) -> Result<(Station, OpenReport), Failure> {
        let identity = self.identity()?;
        let fresh = Fresh::default();
        let index = Box::new(Index::handing(&fresh));
        let (store, report) = Store::open_dir(&self.dir, cache_bytes, index, Watchdog::default())?;
        if let Some(why) = &report.rebuilt {
            tracing::warn!(?why, "the database was rebuilt from the journal");
        }
        if report.facts_replayed > 0 {
            tracing::info!(
                facts = report.facts_replayed,
                "the database lacked facts of the journal and has them now"
            );
        }
        if report.cut_bytes > 0 {
            tracing::warn!(bytes = report.cut_bytes, "an unfinished write was cut off the journal");
        }
        report.damage.iter().for_each(|damage| tracing::error!(?damage, "the journal is damaged"));
        let entropy = Box::new(|| {
            let mut bytes = [0; 16];
            // Without entropy two incarnations could get one name: better not to start.
            getrandom::fill(&mut bytes).expect("the operating system gives random numbers");
            bytes
        });
        Ok((Station::open(store, fresh, identity, entropy, clock.now())?, report))
    }
}

fn draw_key() -> Result<StationKey, Failure> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed)
        .map_err(|error| Failure::new(Code::Failed, format!("failed to draw a key: {error}")))?;
    Ok(StationKey::from_seed(&seed))
}

fn read_key(path: &Path) -> Result<StationKey, Failure> {
    let wrong =
        |what: String| Failure::new(Code::Unavailable, format!("failed to read {}: {what}", path.display()));
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?);
    let seed: fengsui_wire::Hash =
        text.trim().parse().map_err(|error: fengsui_wire::HexError| wrong(error.to_string()))?;
    let seed = Zeroizing::new(seed.0);
    Ok(StationKey::from_seed(&seed))
}

fn write_key(path: &Path, key: &StationKey) -> std::io::Result<()> {
    let seed = key.seed();
    let hex: Zeroizing<String> = Zeroizing::new(seed.iter().map(|byte| format!("{byte:02x}")).collect());
    write_private(path, hex.as_bytes())
}

/// Makes a directory that only its owner enters: it holds the key and the socket that commands go through.
pub(crate) fn make_private(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Writes a file that only its owner reads, durably.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    crate::bundle::sync_parent(path)
}
