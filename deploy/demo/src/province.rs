//! The whole province at once: 10 city hubs, 60 county hubs, 919 stations, each with its own key, store and connection,
//! report a flood in one moment. A drill with invented figures; the known answer is added up here, without a hub.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fengsui_daemon::config::ParentConfig;
use fengsui_daemon::control::{self, Ask};
use fengsui_daemon::failure::Failure;
use fengsui_daemon::home::{Home, NODE_CACHE_BYTES, Network};
use fengsui_daemon::print::table;
use fengsui_daemon::views::{EntryView, TotalView};
use fengsui_hub::hub::HubAsk;
use fengsui_model::DivisionCode;
use fengsui_node::node::NodeAsk;
use fengsui_wire::PublicKey;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::cluster::{Kind, Scratch, failed, free_address, text};
use crate::crowd::{Crowd, open_many_files};
use crate::flood::{Outcome, Receipts, yesterday};
use crate::plan::{Place, Plan};
use crate::show::Story;

/// Processes that the township stations share.
const CROWDS: [&str; 6] =
    ["stations-1", "stations-2", "stations-3", "stations-4", "stations-5", "stations-6"];
/// Commands asked at the same moment: enough that no station waits for the demo.
const ASKED_AT_ONCE: usize = 16;
/// How long so many stations may take to agree. It takes seconds; a loaded machine takes minutes, a lost report for ever.
const AGREE_MAX: Duration = Duration::from_secs(300);
/// The two indicators that are reported: population affected, and relocated in emergency.
const REPORTED: [&str; 2] = ["QL010", "QL021"];

/// Figures of the two indicators.
type Sums = [i64; 2];

struct Hub {
    home: Home,
    key: PublicKey,
    address: String,
}

struct Province {
    plan: Plan,
    hubs: BTreeMap<DivisionCode, Hub>,
    /// By division: where the station is, and its key.
    nodes: BTreeMap<DivisionCode, (Home, PublicKey)>,
    crowds: Vec<Crowd>,
    // Last: the stations end before their directory goes.
    scratch: Scratch,
}

/// Plays it; `true` if every total at every level is right and nothing is lost.
///
/// # Errors
/// When a station cannot be started, or a command fails that should not.
pub fn tell(json: bool) -> Result<bool, Failure> {
    open_many_files();
    let mut story = Story::new(json);
    let province = Province::set_up(&mut story)?;
    province.wait_online(&mut story)?;
    let submitted = province.submit(&mut story)?;
    let expected = province.expected();
    let agreed = province.wait_totals(&expected, &mut story)?;
    let arrived = province.arrived(&submitted, &mut story)?;
    story.block(&province.by_city(&expected, &arrived)?);
    story.block(&province.used());
    let outcome = Outcome {
        stations: province.plan.stations.len(),
        reports_submitted: submitted.len(),
        receipts: arrived.receipts(),
        totals_match: agreed,
        standards_adopted: None,
        lost: submitted.len() - arrived.at(PROVINCE).len(),
    };
    let below_counties = province.plan.stations.iter().filter(|station| station.hub != station.city).count();
    let everywhere = outcome.receipts.county == below_counties
        && outcome.receipts.city == Some(submitted.len())
        && outcome.receipts.province == submitted.len();
    let good = agreed && everywhere && outcome.lost == 0;
    story.end(&outcome.text(), good);
    outcome.print(json)?;
    province.stop()?;
    Ok(good)
}

const COUNTY: &str = "已到县";
const CITY: &str = "已到市";
const PROVINCE: &str = "已到省";

/// Divisions whose report has arrived with its content, by step.
struct Arrived(BTreeMap<&'static str, Vec<DivisionCode>>);

impl Arrived {
    fn at(&self, step: &str) -> &[DivisionCode] {
        self.0.get(step).map_or(&[], Vec::as_slice)
    }

    fn receipts(&self) -> Receipts {
        Receipts {
            county: self.at(COUNTY).len(),
            city: Some(self.at(CITY).len()),
            province: self.at(PROVINCE).len(),
        }
    }
}

impl Province {
    fn set_up(story: &mut Story) -> Result<Self, Failure> {
        let plan = Plan::jilin();
        story.step(&format!(
            "建站：省、{} 个市州、{} 个县（市、区）、{} 个乡镇站，各有密钥、存储和连接",
            plan.cities.len(),
            plan.counties.len(),
            plan.stations.len()
        ));
        let scratch = Scratch::new()?;
        let (hubs, nodes) = (BTreeMap::new(), BTreeMap::new());
        let mut province = Self { plan, hubs, nodes, crowds: Vec::new(), scratch };
        province.start_root()?;
        let cities = province.plan.cities.clone();
        province.start_hubs("cities", &cities, story)?;
        let counties = province.plan.counties.clone();
        province.start_hubs("counties", &counties, story)?;
        province.start_nodes(story)?;
        Ok(province)
    }

    fn home(&self, code: DivisionCode) -> Home {
        Home::new(self.scratch.path().join(code.to_string()))
    }

    fn start_root(&mut self) -> Result<(), Failure> {
        let code = root();
        let home = self.home(code);
        let address = free_address()?;
        let key = home.init(code, &Network::New, Some(address), None)?;
        let csv = fengsui_model::directory::JILIN_2019_CSV.to_owned();
        ask::<_, Value>(&home, HubAsk::Directory { csv, version: 1 })?;
        self.hubs.insert(code, Hub { home, key, address: address.to_string() });
        self.start_crowd("province", Kind::Hub, vec![code], |_| ())
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
            let (home, address) = (self.home(place.code), free_address()?);
            let key = self.init(&home, place, Some(address))?;
            self.hubs.insert(place.code, Hub { home, key, address: address.to_string() });
        }
        let codes: Vec<_> = places.iter().map(|place| place.code).collect();
        self.start_crowd(name, Kind::Hub, codes.clone(), |_| ())?;
        let homes: Vec<Home> = codes.iter().map(|code| self.home(*code)).collect();
        let appointed = |home: &Home| Ok(status(home)?["appointed"] == Value::Bool(true));
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
        let appoint =
            HubAsk::Appoint { key: key.to_string(), division: place.code, role: None, until_ms: None };
        ask::<_, Value>(&above.home, appoint)?;
        Ok(key)
    }

    fn start_nodes(&mut self, story: &mut Story) -> Result<(), Failure> {
        let stations = self.plan.stations.clone();
        let mut progress = story.progress("乡镇站已建", stations.len());
        for (done, place) in stations.iter().enumerate() {
            let home = self.home(place.code);
            let key = self.init(&home, place, None)?;
            self.nodes.insert(place.code, (home, key));
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
    fn wait_online(&self, story: &mut Story) -> Result<(), Failure> {
        let all = self.plan.cities.len() + self.plan.counties.len() + self.plan.stations.len();
        let mut progress = story.progress("省级所见在线", all);
        let home = self.home(root());
        let begun = Instant::now();
        loop {
            let counts = status(&home)?["counts"].clone();
            let online = counts["online"].as_u64().unwrap_or_default() as usize;
            progress.at(online);
            if online == all {
                progress.end();
                return Ok(());
            }
            if begun.elapsed() > AGREE_MAX {
                return Err(failed(format!("not all stations came online: {counts}")));
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Every station reports, as fast as the demo can ask. Returns the entries by division.
    fn submit(&self, story: &mut Story) -> Result<BTreeMap<DivisionCode, String>, Failure> {
        story.step(&format!("报送：{} 个站同时报送（演练）", self.plan.stations.len()));
        let submit = |(at, place): (usize, &Place)| {
            let (home, _) = &self.nodes[&place.code];
            let [affected, relocated] = figures(at);
            let typed = json!({
                "event": event(place.county),
                "drill": true,
                "figures": { REPORTED[0]: affected, REPORTED[1]: relocated },
            });
            let asked = json!({ "common": { "submit": { "typed": typed, "dry_run": false } } });
            let asked: NodeAsk = serde_json::from_value(asked).map_err(|error| failed(error.to_string()))?;
            let submitted: Value = ask(home, asked)?;
            Ok((place.code, text(&submitted, "entry")?.to_owned()))
        };
        let entries = at_once(self.plan.stations.iter().enumerate().collect(), submit)?;
        Ok(entries.into_iter().collect())
    }

    /// By county-level division: what its stations have stated, added up here.
    fn expected(&self) -> BTreeMap<DivisionCode, Sums> {
        let mut sums: BTreeMap<DivisionCode, Sums> = BTreeMap::new();
        for (at, place) in self.plan.stations.iter().enumerate() {
            let sum = sums.entry(place.county).or_default();
            figures(at).iter().zip(sum).for_each(|(figure, sum)| *sum += figure);
        }
        sums
    }

    /// Until province, city and county say the same as the known answer, for every event.
    fn wait_totals(
        &self,
        expected: &BTreeMap<DivisionCode, Sums>,
        story: &mut Story,
    ) -> Result<bool, Failure> {
        let begun = Instant::now();
        let mut progress = story.progress("各级汇总一致", expected.len());
        let places = self.plan.by_county();
        let agree = |county: &DivisionCode| -> Result<bool, Failure> {
            let place = places[county][0];
            for hub in [root(), place.city, place.hub] {
                let found = self.total(hub, *county)?;
                if found.as_ref() != Some(&expected[county]) {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        let mut waiting: Vec<DivisionCode> = expected.keys().copied().collect();
        while !waiting.is_empty() && begun.elapsed() < AGREE_MAX {
            let mut left = Vec::new();
            for county in waiting {
                if !agree(&county)? {
                    left.push(county);
                }
            }
            progress.at(expected.len() - left.len());
            waiting = left;
            if !waiting.is_empty() {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        progress.end();
        story.detail(&format!("从最后一份报送到四级一致 {:.1} 秒", begun.elapsed().as_secs_f32()));
        Ok(waiting.is_empty())
    }

    /// What the hub of `hub` says of the event in `county`; `None` where it holds nothing of it.
    fn total(&self, hub: DivisionCode, county: DivisionCode) -> Result<Option<Sums>, Failure> {
        let event = Some(event(county));
        let asked = HubAsk::Total { division: Some(hub), event, form: None, period: None, open: None };
        let total: TotalView = ask(&self.hubs[&hub].home, asked)?;
        let value = |code: &str| total.figures.iter().find(|figure| figure.code == code)?.value;
        Ok(value(REPORTED[0]).zip(value(REPORTED[1])).map(|(affected, relocated)| [affected, relocated]))
    }

    /// Which reports have come how far, as the stations that wrote them know. A receipt that is still on its way down is
    /// waited for.
    fn arrived(
        &self,
        submitted: &BTreeMap<DivisionCode, String>,
        story: &mut Story,
    ) -> Result<Arrived, Failure> {
        let begun = Instant::now();
        let mut progress = story.progress("省级回执已到本站", submitted.len());
        loop {
            let look = |(code, entry): (&DivisionCode, &String)| {
                let asked = json!({ "common": { "show": entry } });
                let asked: NodeAsk =
                    serde_json::from_value(asked).map_err(|error| failed(error.to_string()))?;
                let shown: EntryView = ask(&self.nodes[code].0, asked)?;
                let steps = shown.hops.into_iter().filter(|hop| hop.bodies).map(|hop| hop.step);
                Ok((*code, steps.collect::<Vec<String>>()))
            };
            let seen: Vec<(DivisionCode, Vec<String>)> = at_once(submitted.iter().collect(), look)?;
            let mut arrived = Arrived(BTreeMap::new());
            for step in [COUNTY, CITY, PROVINCE] {
                let there = seen.iter().filter(|(_, steps)| steps.iter().any(|seen| seen == step));
                arrived.0.insert(step, there.map(|(code, _)| *code).collect());
            }
            progress.at(arrived.at(PROVINCE).len());
            if arrived.at(PROVINCE).len() == submitted.len() || begun.elapsed() > AGREE_MAX {
                progress.end();
                return Ok(arrived);
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// One line a city: stations, receipts, and its total beside the known answer.
    fn by_city(&self, expected: &BTreeMap<DivisionCode, Sums>, arrived: &Arrived) -> Result<String, Failure> {
        let places = self.plan.by_county();
        let mut rows = Vec::new();
        for city in &self.plan.cities {
            let stations = self.plan.stations.iter().filter(|station| station.city == city.code);
            let stations: Vec<DivisionCode> = stations.map(|station| station.code).collect();
            let count = |step| arrived.at(step).iter().filter(|code| stations.contains(code)).count();
            let (mut known, mut found): (Sums, Sums) = ([0; 2], [0; 2]);
            for (county, sums) in expected.iter().filter(|(county, _)| places[*county][0].city == city.code) {
                sums.iter().zip(&mut known).for_each(|(sum, known)| *known += sum);
                let total = self.total(root(), *county)?.unwrap_or_default();
                total.iter().zip(&mut found).for_each(|(sum, found)| *found += sum);
            }
            let counties = self.plan.counties.iter().filter(|county| county.city == city.code).count();
            rows.push(vec![
                city.name.clone(),
                counties.to_string(),
                stations.len().to_string(),
                count(COUNTY).to_string(),
                count(CITY).to_string(),
                count(PROVINCE).to_string(),
                found[0].to_string(),
                found[1].to_string(),
                if known == found { "一致".into() } else { format!("应为 {} / {}", known[0], known[1]) },
            ]);
        }
        let head =
            ["市州", "县级站", "乡镇站", "县回执", "市回执", "省回执", "受灾人口", "转移安置", "与核算"];
        Ok(table(&head, &rows, &[1, 2, 3, 4, 5, 6, 7]))
    }

    /// What each process has used.
    fn used(&self) -> String {
        let row = |crowd: &Crowd| {
            let used = crowd.used();
            let cpu = used.map_or_else(String::new, |used| format!("{:.1}", used.cpu_s));
            let peak = used.map_or_else(String::new, |used| format!("{:.0}", used.peak_mb));
            let each = used
                .map_or_else(String::new, |used| format!("{:.1}", used.peak_mb / crowd.stations() as f64));
            vec![crowd.name().to_owned(), crowd.stations().to_string(), cpu, peak, each]
        };
        let rows: Vec<_> = self.crowds.iter().map(row).collect();
        table(&["进程", "站数", "处理器 秒", "内存峰值 MB", "每站 MB"], &rows, &[1, 2, 3, 4])
    }

    fn stop(self) -> Result<(), Failure> {
        // From below: a hub that goes first leaves its stations dialling.
        let (hubs, stations): (Vec<Crowd>, Vec<Crowd>) =
            self.crowds.into_iter().partition(|crowd| !CROWDS.contains(&crowd.name()));
        stations.iter().for_each(Crowd::ask_to_end);
        stations.into_iter().try_for_each(Crowd::stop)?;
        hubs.into_iter().rev().try_for_each(Crowd::stop)
    }
}

fn root() -> DivisionCode {
    DivisionCode::new(22).expect("the province's code is one")
}

fn event(county: DivisionCode) -> String {
    format!("{}-{county}-flood", yesterday())
}

/// What the station at this place of the plan states: some number, another for its neighbour.
fn figures(at: usize) -> Sums {
    let affected = 20 + (at as i64 * 37) % 900;
    [affected, affected / 9]
}

fn ask<A: Ask, T: DeserializeOwned>(home: &Home, asked: A) -> Result<T, Failure> {
    fengsui_daemon::commands::view(control::ask(home, NODE_CACHE_BYTES, asked)?)
}

fn status(home: &Home) -> Result<Value, Failure> {
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
