//! The whole province as a network that runs: one province, 10 city hubs, 60 county hubs and 919 stations, each with its
//! own key, store and connection. Stations share processes; every command goes through a station's own socket, as an
//! operator's would. The demonstration tells a story with it, the benchmarks measure it.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fengsui_daemon::config::ParentConfig;
use fengsui_daemon::control::{self, Ask};
use fengsui_daemon::failure::Failure;
use fengsui_daemon::home::{Home, NODE_CACHE_BYTES, Network};
use fengsui_daemon::views::{EntryView, StandardView, StationStatus, TotalView};
use fengsui_hub::about::About;
use fengsui_hub::hub::HubAsk;
use fengsui_model::{DivisionCode, StandardCode};
use fengsui_node::node::NodeAsk;
use fengsui_wire::PublicKey;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::cluster::{Kind, Scratch, failed, text};
use crate::crowd::{Crowd, Used, open_many_files};
use crate::plan::{Place, Plan};
use crate::show::Story;
use crate::story::yesterday;

/// Processes that the township stations share.
const CROWDS: [&str; 6] =
    ["stations-1", "stations-2", "stations-3", "stations-4", "stations-5", "stations-6"];
/// The process of the province's hub alone.
pub const PROVINCE: &str = "province";
/// The process of all city hubs.
pub const CITIES: &str = "cities";
/// The process of all county hubs.
pub const COUNTIES: &str = "counties";
/// Commands asked at the same moment: enough that no station waits for whoever asks.
const ASKED_AT_ONCE: usize = 16;
/// How long so many stations may take to agree. It takes seconds; a loaded machine takes minutes, a lost report for ever.
const AGREE_MAX: Duration = Duration::from_secs(300);
/// Pause between two looks at a total that is not yet right: each look costs the hub, which has something else to do.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// The two indicators that are reported: population affected, and relocated in emergency.
const REPORTED: [&str; 2] = ["QL010", "QL021"];
/// Ports of hubs lie between these, below those that the system gives to whoever dials: a hub that comes back after an
/// outage must find its own port free, though a thousand stations have dialled meanwhile.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
/// The counters page of a hub is shorter than this.
const METRICS_BYTES_MAX: u64 = 1024 * 1024;

/// Figures of the two indicators.
pub type Sums = [i64; 2];
/// The signed entries that were submitted, by division.
pub type Submitted = BTreeMap<DivisionCode, String>;

struct Hub {
    home: Home,
    key: PublicKey,
    address: String,
}

/// The running network.
pub struct Province {
    /// Who is where.
    pub plan: Plan,
    hubs: BTreeMap<DivisionCode, Hub>,
    /// By division of the station.
    nodes: BTreeMap<DivisionCode, Home>,
    /// The province's counters.
    metrics: Option<SocketAddr>,
    /// Where the search for a free port goes on.
    ports: std::ops::Range<u16>,
    crowds: Vec<Crowd>,
    // Last: the stations end before their directory goes.
    scratch: Scratch,
}

/// What a hub has synced since it began.
#[derive(Clone, Copy, Debug, Default)]
pub struct Commits {
    /// Commits, each with one sync of the journal.
    pub count: f64,
    /// Seconds that they took together.
    pub seconds: f64,
}

impl Province {
    /// Sets every station up in a directory of its own below `base` and starts it.
    ///
    /// # Errors
    /// When a station cannot be set up or started.
    pub fn set_up(base: &Path, story: &mut Story) -> Result<Self, Failure> {
        open_many_files();
        let plan = Plan::jilin();
        story.step(&format!(
            "建站：省、{} 个市州、{} 个县（市、区）、{} 个乡镇站，各有密钥、存储和连接",
            plan.cities.len(),
            plan.counties.len(),
            plan.stations.len()
        ));
        let scratch = Scratch::within(base)?;
        let (hubs, nodes) = (BTreeMap::new(), BTreeMap::new());
        let mut province =
            Self { plan, hubs, nodes, metrics: None, ports: PORTS, crowds: Vec::new(), scratch };
        province.start_root()?;
        let cities = province.plan.cities.clone();
        province.start_hubs(CITIES, &cities, story)?;
        let counties = province.plan.counties.clone();
        province.start_hubs(COUNTIES, &counties, story)?;
        province.start_nodes(story)?;
        Ok(province)
    }

    fn home(&self, code: DivisionCode) -> Home {
        Home::new(self.scratch.path().join(code.to_string()))
    }

    /// The next address where nobody listens, nor on the port after it, where a hub has its enrolment door.
    fn free_address(&mut self) -> Result<SocketAddr, Failure> {
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let free = |to: &u16| [at(*to), at(to + 1)].iter().all(|to| UdpSocket::bind(to).is_ok());
        let found =
            self.ports.find(|port| port % 2 == 0 && free(port) && TcpListener::bind(at(*port)).is_ok());
        found.map(at).ok_or_else(|| failed("failed to find a free port for a hub"))
    }

    fn start_root(&mut self) -> Result<(), Failure> {
        let code = root();
        let home = self.home(code);
        let address = self.free_address()?;
        let key = home.init(code, &Network::New, Some(address), None)?;
        let metrics = self.free_address()?;
        let config = std::fs::OpenOptions::new().append(true).open(home.config_path());
        config
            .and_then(|mut config| write!(config, "\n[http]\nlisten = \"{metrics}\"\n"))
            .map_err(|error| failed(format!("failed to write the province's configuration: {error}")))?;
        self.metrics = Some(metrics);
        let csv = fengsui_model::directory::JILIN_2019_CSV.to_owned();
        ask::<_, Value>(&home, HubAsk::Directory { csv, version: 1 })?;
        self.hubs.insert(code, Hub { home, key, address: address.to_string() });
        self.start_crowd(PROVINCE, Kind::Hub, vec![code], |_| ())
    }

    fn start_crowd(
        &mut self,
        name: &'static str,
        kind: Kind,
        codes: Vec<DivisionCode>,
        shown: impl FnMut(usize),
    ) -> Result<(), Failure> {
        let homes: Vec<PathBuf> = codes.iter().map(|code| self.home(*code).dir().to_path_buf()).collect();
        let mut crowd = Crowd::start(name, kind, homes, self.scratch.path())?;
        let up = crowd.wait(shown);
        self.crowds.push(crowd);
        up
    }

    /// Sets hubs up, has the hub above appoint each, starts them, and waits until each knows that it is appointed.
    fn start_hubs(&mut self, name: &'static str, places: &[Place], story: &mut Story) -> Result<(), Failure> {
        for place in places {
            let (home, address) = (self.home(place.code), self.free_address()?);
            let key = self.init(&home, place, Some(address))?;
            self.hubs.insert(place.code, Hub { home, key, address: address.to_string() });
        }
        let codes: Vec<_> = places.iter().map(|place| place.code).collect();
        self.start_crowd(name, Kind::Hub, codes.clone(), |_| ())?;
        let homes: Vec<Home> = codes.iter().map(|code| self.home(*code)).collect();
        let appointed = |home: &Home| Ok(status(home)?.appointed);
        wait_all(&homes, appointed, story, &format!("{name} 已授权"))
    }

    /// Sets a station up below the hub above it, which appoints it.
    fn init(
        &self,
        home: &Home,
        place: &Place,
        listen: Option<std::net::SocketAddr>,
    ) -> Result<PublicKey, Failure> {
        let above = self.hubs.get(&place.hub).ok_or_else(|| failed(format!("{} has no hub", place.name)))?;
        let parent = ParentConfig { address: above.address.clone(), key: above.key };
        let root = self.hubs.get(&root()).map(|root| root.key);
        let network = root.map_or(Network::New, Network::Root);
        let key = home.init(place.code, &network, listen, Some(parent))?;
        let appoint = HubAsk::Appoint {
            key: key.to_string(),
            division: place.code,
            role: None,
            office: None,
            from_ms: None,
            until_ms: None,
        };
        ask::<_, Value>(&above.home, appoint)?;
        Ok(key)
    }

    fn start_nodes(&mut self, story: &mut Story) -> Result<(), Failure> {
        let stations = self.plan.stations.clone();
        let mut progress = story.progress("乡镇站已建", stations.len());
        for (done, place) in stations.iter().enumerate() {
            let home = self.home(place.code);
            self.init(&home, place, None)?;
            self.nodes.insert(place.code, home);
            progress.at(done + 1);
        }
        progress.end();
        let share = stations.len().div_ceil(CROWDS.len());
        let mut progress = story.progress("乡镇站已启动", stations.len());
        let mut before = 0;
        for (name, places) in CROWDS.iter().zip(stations.chunks(share)) {
            let codes = places.iter().map(|place| place.code).collect();
            self.start_crowd(name, Kind::Node, codes, |up| progress.at(before + up))?;
            before += places.len();
        }
        progress.end();
        Ok(())
    }

    /// Until the province sees all of them, through the presence that climbs.
    ///
    /// # Errors
    /// When it never does.
    pub fn wait_online(&self, story: &mut Story) -> Result<(), Failure> {
        let all = self.plan.cities.len() + self.plan.counties.len() + self.plan.stations.len();
        let mut progress = story.progress("省级所见在线", all);
        let home = self.home(root());
        let begun = Instant::now();
        loop {
            let counts = status(&home)?.counts;
            progress.at(counts.online);
            if counts.online == all {
                progress.end();
                return Ok(());
            }
            if begun.elapsed() > AGREE_MAX {
                return Err(failed(format!("not all stations came online: {counts:?}")));
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Every station reports on a disaster of `kind` in its county, as fast as the demo can ask.
    ///
    /// # Errors
    /// When a station refuses.
    pub fn submit(&self, kind: &str, story: &mut Story) -> Result<Submitted, Failure> {
        story.step(&format!("报送：{} 个站同时报送（演练）", self.plan.stations.len()));
        let submit = |at: usize| Ok((self.plan.stations[at].code, self.report(at, kind)?));
        let entries = at_once((0..self.plan.stations.len()).collect(), submit)?;
        Ok(entries.into_iter().collect())
    }

    /// The station at this place of the plan reports on a disaster of `kind`; gives back the entry.
    ///
    /// # Errors
    /// When the station refuses.
    ///
    /// # Panics
    /// For a place beyond the plan.
    pub fn report(&self, at: usize, kind: &str) -> Result<String, Failure> {
        let place = &self.plan.stations[at];
        let [affected, relocated] = figures(at);
        let typed = json!({
            "event": event(place.county, kind),
            "drill": true,
            "figures": { REPORTED[0]: affected, REPORTED[1]: relocated },
        });
        let asked = json!({ "common": { "submit": { "typed": typed, "dry_run": false } } });
        let submitted: Value = self.ask_node(place.code, asked)?;
        Ok(text(&submitted, "entry")?.to_owned())
    }

    /// Asks the station of `division`.
    fn ask_node<T: DeserializeOwned>(&self, division: DivisionCode, asked: Value) -> Result<T, Failure> {
        let asked: NodeAsk = serde_json::from_value(asked).map_err(|error| failed(error.to_string()))?;
        ask(&self.nodes[&division], asked)
    }

    /// Asks the province's hub.
    ///
    /// # Errors
    /// What it says.
    pub fn ask_root<T: DeserializeOwned>(&self, asked: HubAsk) -> Result<T, Failure> {
        ask(&self.home(root()), asked)
    }

    /// Asks the hub of a division.
    ///
    /// # Errors
    /// What it says.
    pub fn ask_hub<T: DeserializeOwned>(&self, division: DivisionCode, asked: HubAsk) -> Result<T, Failure> {
        ask(&self.home(division), asked)
    }

    /// By county-level division: what its stations state, added up here and not by any hub.
    pub fn expected(&self) -> BTreeMap<DivisionCode, Sums> {
        let mut sums: BTreeMap<DivisionCode, Sums> = BTreeMap::new();
        for (at, place) in self.plan.stations.iter().enumerate() {
            let sum = sums.entry(place.county).or_default();
            figures(at).iter().zip(sum).for_each(|(figure, sum)| *sum += figure);
        }
        sums
    }

    /// Until province, city and county say the same as the known answer, for the disaster of `kind` in every county.
    /// `false` where they did not in time.
    ///
    /// # Errors
    /// When a hub does not answer.
    pub fn wait_totals(&self, kind: &str, story: &mut Story) -> Result<bool, Failure> {
        let expected = self.expected();
        let begun = Instant::now();
        let mut progress = story.progress("各级汇总一致", expected.len());
        let places = self.plan.by_county();
        let mut agreed = 0;
        // One question at a time, and of the last to know first: the answers are the hubs' own work.
        for (county, sums) in &expected {
            let place = places[county][0];
            for hub in [root(), place.city, place.hub] {
                while self.total(hub, *county, kind)?.as_ref() != Some(sums) {
                    if begun.elapsed() > AGREE_MAX {
                        progress.end();
                        return Ok(false);
                    }
                    std::thread::sleep(LOOK_EVERY);
                }
            }
            agreed += 1;
            progress.at(agreed);
        }
        progress.end();
        Ok(true)
    }

    /// What the hub of `hub` says of the disaster in `county`; `None` where it holds nothing of it.
    ///
    /// # Errors
    /// When it does not answer.
    ///
    /// # Panics
    /// For a division without a hub.
    pub fn total(
        &self,
        hub: DivisionCode,
        county: DivisionCode,
        kind: &str,
    ) -> Result<Option<Sums>, Failure> {
        let about = About { event: Some(event(county, kind)), ..About::default() };
        let asked = HubAsk::Total { division: Some(hub), about, open: None, reviewed: false, as_of_ms: None };
        let total: TotalView = ask(&self.hubs[&hub].home, asked)?;
        let value = |code: &str| total.figures.iter().find(|figure| figure.code == code)?.value;
        Ok(value(REPORTED[0]).zip(value(REPORTED[1])).map(|(affected, relocated)| [affected, relocated]))
    }

    /// The entries as the stations that wrote them show them now, with every receipt that has come down.
    ///
    /// # Errors
    /// When a station does not answer.
    pub fn look(&self, submitted: &Submitted) -> Result<Vec<(DivisionCode, EntryView)>, Failure> {
        let look = |(code, entry): (&DivisionCode, &String)| {
            Ok((*code, self.ask_node(*code, json!({ "common": { "show": entry } }))?))
        };
        at_once(submitted.iter().collect(), look)
    }

    /// How the province stands, with every station below it.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn status(&self) -> Result<StationStatus, Failure> {
        let asked = json!({ "common": { "status": { "only": null, "within": null } } });
        let asked: HubAsk = serde_json::from_value(asked).map_err(|error| failed(error.to_string()))?;
        self.ask_root(asked)
    }

    /// Townships at which the standard is shown, asked one by one.
    ///
    /// # Errors
    /// When a station does not answer.
    pub fn standard(&self, code: &StandardCode) -> Result<usize, Failure> {
        let shows = |home: &Home| {
            let standards: Vec<StandardView> = ask(home, NodeAsk::Standards(None))?;
            Ok(standards.iter().any(|standard| standard.code == *code))
        };
        let shown = at_once(self.nodes.values().collect(), shows)?;
        Ok(shown.into_iter().filter(|shown| *shown).count())
    }

    /// Every process: its name, its stations, and what it has used so far, where the system tells.
    pub fn used(&self) -> Vec<(&'static str, usize, Option<Used>)> {
        self.crowds.iter().map(|crowd| (crowd.name(), crowd.stations(), crowd.used())).collect()
    }

    /// Ends the process of this name; its stations keep what they have.
    ///
    /// # Errors
    /// When there is none, or it does not end well.
    pub fn stop(&mut self, name: &str) -> Result<(), Failure> {
        let at = self.crowds.iter().position(|crowd| crowd.name() == name);
        let at = at.ok_or_else(|| failed(format!("there is no process {name}")))?;
        self.crowds.remove(at).stop()
    }

    /// Starts a process of hubs again after [`Province::stop`], and waits until each of them answers.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_again(&mut self, name: &'static str) -> Result<(), Failure> {
        let codes = |places: &[Place]| places.iter().map(|place| place.code).collect();
        let codes = match name {
            PROVINCE => vec![root()],
            CITIES => codes(&self.plan.cities),
            COUNTIES => codes(&self.plan.counties),
            other => return Err(failed(format!("{other} is no process of hubs"))),
        };
        self.start_crowd(name, Kind::Hub, codes, |_| ())
    }

    /// What the province has synced, from its own counters.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn commits(&self) -> Result<Commits, Failure> {
        let address = self.metrics.ok_or_else(|| failed("the province has no counters"))?;
        let page = fetch(address).map_err(|error| failed(format!("failed to read {address}: {error}")))?;
        let value = |name: &str| {
            let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            line.and_then(|text| text.trim().parse().ok())
                .ok_or_else(|| failed(format!("{name} is not among the counters")))
        };
        Ok(Commits {
            count: value("fengsui_commit_seconds_count")?,
            seconds: value("fengsui_commit_seconds_sum")?,
        })
    }

    /// Ends every process, from below: a hub that goes first leaves its stations dialling.
    ///
    /// # Errors
    /// When one does not end well.
    pub fn end(self) -> Result<(), Failure> {
        let (hubs, stations): (Vec<Crowd>, Vec<Crowd>) =
            self.crowds.into_iter().partition(|crowd| !CROWDS.contains(&crowd.name()));
        stations.iter().for_each(Crowd::ask_to_end);
        stations.into_iter().try_for_each(Crowd::stop)?;
        hubs.into_iter().rev().try_for_each(Crowd::stop)
    }
}

/// The counters page, with its head.
fn fetch(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut page = String::new();
    stream.take(METRICS_BYTES_MAX).read_to_string(&mut page)?;
    Ok(page)
}

/// The province's own division.
///
/// # Panics
/// Never: the code is one.
pub fn root() -> DivisionCode {
    DivisionCode::new(22).expect("the province's code is one")
}

fn event(county: DivisionCode, kind: &str) -> String {
    format!("{}-{county}-{kind}", yesterday())
}

/// What the station at this place of the plan states: some number, another for its neighbour.
pub fn figures(at: usize) -> Sums {
    let affected = 20 + (at as i64 * 37) % 900;
    [affected, affected / 9]
}

fn ask<A: Ask, T: DeserializeOwned>(home: &Home, asked: A) -> Result<T, Failure> {
    fengsui_daemon::commands::view(control::ask(home, NODE_CACHE_BYTES, asked)?)
}

fn status(home: &Home) -> Result<StationStatus, Failure> {
    let asked = json!({ "common": { "status": { "only": "offline", "within": null } } });
    let asked: HubAsk = serde_json::from_value(asked).map_err(|error| failed(error.to_string()))?;
    ask(home, asked)
}

fn wait_all(
    homes: &[Home],
    good: impl Fn(&Home) -> Result<bool, Failure>,
    story: &mut Story,
    what: &str,
) -> Result<(), Failure> {
    let begun = Instant::now();
    let mut progress = story.progress(what, homes.len());
    for (done, home) in homes.iter().enumerate() {
        while !good(home)? {
            if begun.elapsed() > AGREE_MAX {
                return Err(failed(format!("{what}: {} is not", home.dir().display())));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        progress.at(done + 1);
    }
    progress.end();
    Ok(())
}

/// Does `work` for all, [`ASKED_AT_ONCE`] at a time; the first failure ends it.
fn at_once<T: Copy + Send + Sync, R: Send>(
    all: Vec<T>,
    work: impl Fn(T) -> Result<R, Failure> + Sync,
) -> Result<Vec<R>, Failure> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Ok(Vec::with_capacity(all.len())));
    std::thread::scope(|scope| {
        for _ in 0..ASKED_AT_ONCE {
            scope.spawn(|| {
                while let Some(item) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = work(*item);
                    let Ok(mut done) = done.lock() else { return };
                    match (&mut *done, result) {
                        (Ok(done), Ok(result)) => done.push(result),
                        (Ok(_), Err(failure)) => *done = Err(failure),
                        (Err(_), _) => return,
                    }
                }
            });
        }
    });
    done.into_inner().map_err(|_| failed("a part of the demo panicked"))?
}
