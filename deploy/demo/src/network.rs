//! The network of the story: the province, the cities of Jilin (2202) and Changbaishan (2299), the counties of Yongji and
//! Huadian, and every station below them, a process each. All of them joined with a code.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use fengsui_daemon::failure::Failure;
use fengsui_daemon::print::edition;
use fengsui_model::{Directory, DivisionCode, directory::JILIN_2019_CSV};
use serde_json::Value;

use crate::cluster::{Kind, Scratch, Station, failed, free_address, text};
use crate::line::Line;
use crate::show::Story;

/// 吉林省.
pub const PROVINCE: &str = "22";
/// 吉林市.
pub const JILIN: &str = "2202";
/// 长白山保护开发区管理委员会: its areas hang directly on it, without a county between.
pub const CHANGBAISHAN: &str = "2299";
/// 永吉县.
pub const YONGJI: &str = "220221";
/// 桦甸市.
pub const HUADIAN: &str = "220282";
/// 万昌镇, whose line is cut.
pub const WANCHANG: &str = "220221171";

/// Hubs with the one above each, from above.
const HUBS: [(&str, &str); 4] =
    [(JILIN, PROVINCE), (CHANGBAISHAN, PROVINCE), (YONGJI, JILIN), (HUADIAN, JILIN)];

/// How long the network may take to agree. It takes a second; a loaded machine takes longer, and a lost report for ever.
pub const AGREE_MAX: Duration = Duration::from_secs(120);

/// One report that a clerk has signed.
pub struct Submitted {
    /// Whose.
    pub division: String,
    /// The entry.
    pub entry: String,
}

/// The stations and what they have signed.
pub struct Network {
    hubs: BTreeMap<String, Station>,
    nodes: BTreeMap<String, Station>,
    directory: Directory,
    names: BTreeMap<String, String>,
    /// Between 万昌镇 and its county.
    pub line: Line,
    /// Every report, in order.
    pub submitted: Vec<Submitted>,
    // Last: the stations end before their directory goes.
    scratch: Scratch,
}

impl Network {
    /// Sets everything up and waits until each station is connected.
    ///
    /// # Errors
    /// When a station cannot be started or does not join.
    pub fn set_up(story: &mut Story) -> Result<Self, Failure> {
        let directory = Directory::from_csv(JILIN_2019_CSV, 1).map_err(|error| failed(error.to_string()))?;
        let names = directory.iter().map(|of| (of.code.to_string(), of.name.clone())).collect();
        story.step("建站：省、吉林市、长白山、永吉县、桦甸市和下属各站，凭入网码入网，各有密钥、日志和进程");
        let scratch = Scratch::new()?;
        let mut addresses = BTreeMap::from([(PROVINCE, free_address()?)]);
        let listen = addresses[PROVINCE].to_string();
        let args = ["--division", PROVINCE, "--new-network", "--listen", &listen];
        let mut root = Station::init(Kind::Hub, scratch.path().join(PROVINCE), &args)?;
        root.start()?;
        let hubs = BTreeMap::from([(PROVINCE.to_owned(), root)]);
        for (code, _) in HUBS {
            addresses.insert(code, free_address()?);
        }
        let line = Line::to(addresses[YONGJI]);
        let line = line.map_err(|error| failed(format!("failed to make a line: {error}")))?;
        let mut network =
            Self { hubs, nodes: BTreeMap::new(), directory, names, line, submitted: Vec::new(), scratch };
        for (code, above) in HUBS {
            network.join_hub(code, above, addresses[code])?;
        }
        for hub in [YONGJI, HUADIAN, CHANGBAISHAN] {
            network.join_nodes(hub, story)?;
        }
        network.wait_online()?;
        Ok(network)
    }

    fn join_hub(&mut self, code: &'static str, above: &str, listen: SocketAddr) -> Result<(), Failure> {
        let invited = self.invite(above, code)?;
        let dir = self.scratch.path().join(code);
        let mut hub = Station::enroll(Kind::Hub, dir, &invited, &["--listen", &listen.to_string()])?;
        hub.start()?;
        // It may invite others once its own appointment and the table of divisions have come down.
        wait_until("a hub did not hear that it is appointed", || {
            Ok(hub.ask(&["status"])?["appointed"] == Value::Bool(true))
        })?;
        self.hubs.insert(code.to_owned(), hub);
        Ok(())
    }

    fn join_nodes(&mut self, hub: &str, story: &mut Story) -> Result<(), Failure> {
        let code: DivisionCode = hub.parse().map_err(|_| failed(format!("{hub} is no division")))?;
        let below: Vec<String> =
            self.directory.townships(code).map(|township| township.code.to_string()).collect();
        for division in &below {
            let invited = self.invite(hub, division)?;
            let dir = self.scratch.path().join(division);
            let mut node = Station::enroll(Kind::Node, dir, &invited, &[])?;
            let line = self.line.address().to_string();
            let by_line = ["--parent", line.as_str()];
            node.start_with(if division == WANCHANG { &by_line } else { &[] })?;
            self.nodes.insert(division.clone(), node);
        }
        story.detail(&format!("{} 下属 {} 站已入网，已运行", self.name(hub), below.len()));
        Ok(())
    }

    fn invite(&self, hub: &str, division: &str) -> Result<String, Failure> {
        let invited = self.hub(hub).ask(&["invite", division])?;
        Ok(text(&invited, "code")?.to_owned())
    }

    fn wait_online(&self) -> Result<(), Failure> {
        let all = self.nodes.len() + self.hubs.len() - 1;
        wait_until("not all stations came online", || {
            let status = self.hub(PROVINCE).ask(&["status"])?;
            Ok(status["counts"]["online"].as_u64() == Some(all as u64))
        })
    }

    /// A hub.
    ///
    /// # Panics
    /// For a division without one: the story is wrong.
    pub fn hub(&self, code: &str) -> &Station {
        &self.hubs[code]
    }

    /// A township's station.
    ///
    /// # Panics
    /// For a division without one: the story is wrong.
    pub fn node(&self, code: &str) -> &Station {
        &self.nodes[code]
    }

    /// How many township stations there are.
    pub fn stations(&self) -> usize {
        self.nodes.len()
    }

    /// Whether a division lies within another, by the directory.
    pub fn is_within(&self, division: &str, above: &str) -> bool {
        let code = |text: &str| text.parse::<DivisionCode>().ok();
        code(division)
            .zip(code(above))
            .is_some_and(|(division, above)| self.directory.is_within(division, above))
    }

    /// Writes a file beside the stations; its path.
    ///
    /// # Errors
    /// What the system says.
    pub fn file(&self, name: &str, content: &str) -> Result<String, Failure> {
        let path = self.scratch.path().join(name);
        std::fs::write(&path, content)
            .map_err(|error| failed(format!("failed to write {}: {error}", path.display())))?;
        Ok(path.display().to_string())
    }

    /// Every station, hubs last and from below.
    fn all(&self) -> impl Iterator<Item = &Station> {
        self.nodes.values().chain(self.hubs.values().rev())
    }

    /// A division's name.
    pub fn name<'n>(&'n self, code: &'n str) -> &'n str {
        self.names.get(code).map_or(code, String::as_str)
    }

    /// Has a clerk, or a hub's own office, file a report; `figures` are pairs with blanks between.
    ///
    /// # Errors
    /// What the station says.
    pub fn submit(
        &mut self,
        division: &str,
        about: &[&str],
        figures: &str,
        more: &[&str],
        story: &mut Story,
    ) -> Result<(), Failure> {
        let mut args = [&["submit"], about, more].concat();
        figures.split_whitespace().for_each(|pair| args.extend(["--set", pair]));
        let station = self.nodes.get(division).or_else(|| self.hubs.get(division));
        let station = station.ok_or_else(|| failed(format!("{division} has no station")))?;
        let saved = station.ask(&args)?;
        let entry = text(&saved, "entry")?.to_owned();
        let zero = if more.contains(&"--zero") { " 零报告" } else { "" };
        let revision =
            saved["revision"].as_u64().and_then(|number| u32::try_from(number).ok()).unwrap_or_default();
        let report = edition(text(&saved, "stage")?, revision);
        story.detail(&format!("{} {report}{zero} 已存本机  {entry}", self.name(division)));
        self.submitted.push(Submitted { division: division.to_owned(), entry });
        Ok(())
    }

    /// Kills a hub as a power cut would.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&mut self, code: &str) -> Result<(), Failure> {
        self.hubs.get_mut(code).ok_or_else(|| failed(format!("{code} has no hub")))?.kill()
    }

    /// Starts it again.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(&mut self, code: &str) -> Result<(), Failure> {
        self.hubs.get_mut(code).ok_or_else(|| failed(format!("{code} has no hub")))?.start()
    }

    /// Whether every station has, as far as it knows, nothing that its peers lack.
    ///
    /// # Errors
    /// When one does not answer.
    pub fn nobody_is_behind(&self) -> Result<bool, Failure> {
        let settled = |station: &Station| -> Result<bool, Failure> {
            let status = station.ask(&["status"])?;
            let list = |name: &str| status[name].as_array().cloned().unwrap_or_default();
            Ok(list("links").iter().all(|link| link["link"]["behind"] == 0)
                && list("stations").iter().all(|below| below["behind"] == 0 && below["missing"] == 0))
        };
        Ok(self.all().all(|station| wait_until("", || settled(station)).is_ok()))
    }

    /// Waits until the clerk knows that the report has come so far with its content; whether it did.
    ///
    /// # Errors
    /// When the station does not answer.
    pub fn has_come(&self, report: &Submitted, step: &str) -> Result<bool, Failure> {
        let station = self.nodes.get(&report.division).unwrap_or_else(|| &self.hubs[&report.division]);
        let arrived = || {
            let shown = station.ask(&["show", &report.entry])?;
            let hops = shown["hops"].as_array().cloned().unwrap_or_default();
            Ok(hops.iter().any(|hop| hop["step"] == step && hop["bodies"] == true))
        };
        Ok(wait_until("", arrived).is_ok())
    }

    /// Ends every station; each must end by itself.
    ///
    /// # Errors
    /// The first that did not.
    pub fn stop(mut self) -> Result<(), Failure> {
        let stations = self.nodes.values_mut().chain(self.hubs.values_mut().rev());
        let ended: Vec<Result<(), Failure>> = stations.map(Station::stop).collect();
        drop(self.scratch);
        ended.into_iter().collect()
    }
}

/// Looks again and again.
///
/// # Errors
/// `what`, when it does not come; what the look says.
pub fn wait_until(what: &str, mut done: impl FnMut() -> Result<bool, Failure>) -> Result<(), Failure> {
    let begun = Instant::now();
    while !done()? {
        if begun.elapsed() > AGREE_MAX {
            return Err(failed(what));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
