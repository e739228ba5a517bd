//! The story: one county, eight townships, one flood. Every figure is invented; it is a drill (演练), and nobody dies.

use std::time::{Duration, Instant};

use fengsui_daemon::failure::Failure;
use fengsui_daemon::views::TotalView;
use serde::Serialize;
use serde_json::Value;

use crate::cluster::{Kind, Scratch, Station, failed, free_address, text};
use crate::line::Line;
use crate::show::Story;

/// 永吉县 and its eight townships, from the official directory.
const COUNTY: &str = "220221";
const TOWNSHIPS: [(&str, &str); 8] = [
    ("220221100", "口前镇"),
    ("220221101", "双河镇"),
    ("220221102", "西阳镇"),
    ("220221103", "北大湖镇"),
    ("220221104", "一拉溪镇"),
    ("220221171", "万昌镇"),
    ("220221200", "金家乡"),
    ("220221201", "黄榆乡"),
];
/// The township whose line is cut.
const CUT_OFF: usize = 5;

/// Added up by hand from the reports below, before 万昌镇 comes back: code, figure as shown; the figures that will change.
const BEFORE: &[(&str, &str)] = &[
    ("QL001", "5"),
    ("QL010", "≥3980"),
    ("QL011", "0"),
    ("QL021", "640"),
    ("QL022", "410"),
    ("QL040", "28"),
    ("QL050", "306.75"),
    ("QL100", "513.50"),
];

/// The same at the end.
const AFTER: &[(&str, &str)] = &[
    ("QL001", "6"),
    ("QL010", "≥5690"),
    ("QL011", "0"),
    ("QL012", "0"),
    ("QL021", "640"),
    ("QL022", "410"),
    ("QL023", "320"),
    ("QL024", "260"),
    ("QL025", "320"),
    ("QL026", "150"),
    ("QL027", "2"),
    ("QL028", "2"),
    ("QL030", "560"),
    ("QL031", "450"),
    ("QL040", "34"),
    ("QL041", "26"),
    ("QL042", "12"),
    ("QL050", "540.15"),
    ("QL052", "86.50"),
    ("QL054", "20.25"),
    ("QL080", "3.60"),
    ("QL100", "513.50"),
    ("QL101", "98.50"),
    ("QL102", "285.00"),
    ("QL103", "40.00"),
    ("QL104", "70.00"),
    ("QL105", "20.00"),
    ("QL106", "0.00"),
];

/// How long the network may take to agree. It takes a second; a loaded machine takes longer, and a lost report for ever.
const AGREE_MAX: Duration = Duration::from_secs(60);

/// What `--json` prints.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// Township stations.
    pub stations: usize,
    /// Reports that they have signed.
    pub reports_submitted: usize,
    /// How many of them came how far.
    pub receipts: Receipts,
    /// Whether every total is the known answer.
    pub totals_match: bool,
    /// Nothing comes down yet.
    pub standards_adopted: Option<u32>,
    /// Reports that a clerk has signed and the province does not hold.
    pub lost: usize,
}

impl Outcome {
    /// As a sentence.
    pub fn text(&self) -> String {
        let city = self.receipts.city.map(|city| format!("市回执 {city} 份，")).unwrap_or_default();
        format!(
            "{} 个乡镇站，报送 {} 份；县回执 {} 份，{city}省回执 {} 份；丢失 {} 份",
            self.stations, self.reports_submitted, self.receipts.county, self.receipts.province, self.lost
        )
    }

    /// As one JSON object on standard output, where that was asked for.
    ///
    /// # Errors
    /// Never in practice: it is plain numbers.
    pub fn print(&self, json: bool) -> Result<(), Failure> {
        if json {
            let text = serde_json::to_string(self).map_err(|error| failed(error.to_string()))?;
            fengsui_daemon::print::line(&text);
        }
        Ok(())
    }
}

/// Reports receipted with bodies, by level.
#[derive(Debug, Serialize)]
pub struct Receipts {
    /// By county hubs.
    pub county: usize,
    /// By city hubs; `None` where there are none.
    pub city: Option<usize>,
    /// By the province.
    pub province: usize,
}

struct Network {
    province: Station,
    county: Station,
    nodes: Vec<Station>,
    line: Line,
    event: String,
    /// Township and entry of everything submitted.
    submitted: Vec<(usize, String)>,
    // Last: the stations end before their directory goes.
    scratch: Scratch,
}

/// Tells the story; `true` if every figure is right, and nothing is lost or behind.
///
/// # Errors
/// When a station cannot be started, or a command fails that should not.
pub fn tell(once: bool, json: bool) -> Result<bool, Failure> {
    let mut story = Story::new(json);
    let mut network = set_up(&mut story)?;
    report(&mut network, &mut story)?;
    let before = network.agree(BEFORE, 6, &mut story)?;
    come_back(&mut network, &mut story)?;
    let after = network.agree(AFTER, 7, &mut story)? && network.states_only(AFTER)?;
    let outcome = network.outcome(before && after)?;
    let receipts = [outcome.receipts.county, outcome.receipts.province];
    let receipted = receipts.iter().all(|count| *count == outcome.reports_submitted);
    let good = outcome.totals_match && outcome.lost == 0 && receipted && network.nobody_is_behind()?;
    story.end(&outcome.text(), good);
    outcome.print(json)?;
    if !once {
        story.invite(&network.province, &network.county, &network.nodes[0], &network.submitted[0].1);
        wait_for_end()?;
    }
    network.stop()?;
    Ok(good)
}

fn set_up(story: &mut Story) -> Result<Network, Failure> {
    story.step("建站：省、永吉县和八个乡镇，各有密钥、日志和进程");
    let scratch = Scratch::new()?;
    let (province_at, county_at) = (free_address()?, free_address()?);
    let (province_at, county_text) = (province_at.to_string(), county_at.to_string());
    let listen = ["--division", "22", "--new-network", "--listen", &province_at];
    let mut province = Station::init(Kind::Hub, scratch.path().join("province"), &listen)?;
    province.start()?;
    let root = province.key.clone();
    let join = ["--division", COUNTY, "--root", &root, "--listen", &county_text];
    let parent = ["--parent", &province_at, "--parent-key", &root];
    let mut county = Station::init(Kind::Hub, scratch.path().join("county"), &[&join[..], &parent].concat())?;
    province.ask(&["appoint", &county.key, COUNTY])?;
    county.start()?;
    // The county may appoint its townships once the table of divisions has come down from the province.
    wait_until("the directory did not arrive", || {
        Ok(county.ask(&["status"])?["appointed"] == Value::Bool(true))
    })?;
    let line = Line::to(county_at).map_err(|error| failed(format!("failed to make a line: {error}")))?;
    let mut nodes = Vec::new();
    for (at, (code, name)) in TOWNSHIPS.iter().enumerate() {
        let parent = if at == CUT_OFF { line.address().to_string() } else { county_text.clone() };
        let args = ["--division", code, "--root", &root, "--parent", &parent, "--parent-key", &county.key];
        let mut node = Station::init(Kind::Node, scratch.path().join(code), &args)?;
        county.ask(&["appoint", &node.key, code])?;
        node.start()?;
        story.detail(&format!("{code} {name} 已任命，已运行"));
        nodes.push(node);
    }
    let online = |station: &Station| -> Result<bool, Failure> {
        let status = station.ask(&["status"])?;
        Ok(status["links"]
            .as_array()
            .is_some_and(|links| links.iter().any(|link| link["link"]["online"] == true)))
    };
    for node in &nodes {
        wait_until("a township did not connect", || online(node))?;
    }
    let event = format!("{}-{COUNTY}-flood", yesterday());
    Ok(Network { province, county, nodes, line, event, submitted: Vec::new(), scratch })
}

/// Yesterday in Asia/Shanghai: a report must not be older than the disaster.
pub fn yesterday() -> String {
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    let today = jiff::Timestamp::now().to_zoned(zone).date();
    today.yesterday().unwrap_or(today).strftime("%Y%m%d").to_string()
}

fn report(network: &mut Network, story: &mut Story) -> Result<(), Failure> {
    story.step(&format!("初报：{}（演练，数字均为虚构）", network.event));
    network.line.cut(true);
    story.detail("万昌镇线路中断");
    let first = "QL010=1200 QL011=0 QL012=0 QL021=300 QL022=300 QL023=200 QL024=200 QL025=100 QL026=100 QL027=2 QL028=2 \
                 QL030=350 QL031=350 QL040=16 QL041=12 QL042=5 QL050=85.5 QL052=40.25 QL054=12 \
                 QL100=260 QL101=60 QL102=120 QL103=30 QL104=40 QL105=10 QL106=0";
    network.submit(0, first, &[], story)?;
    network.submit(1, "QL010=640 QL050=520 QL052=20 QL100=95 QL102=95", &[], story)?;
    network.submit(2, "QL010=有 QL050=31.25 QL080=3.6", &[], story)?;
    network.submit(3, "", &["--zero"], story)?;
    network.submit(
        4,
        "QL010=980 QL021=120 QL022=120 QL023=0 QL024=0 QL025=120 QL026=120 QL050=74",
        &[],
        story,
    )?;
    network.submit(6, "QL010=210 QL050=18.75", &[], story)?;
    story.step("万昌镇断线照常填报，存在本机");
    network.submit(CUT_OFF, "QL010=1530 QL050=205.1", &[], story)?;
    let more = "QL010=1710 QL050=233.4 QL040=6 QL041=6 QL042=3";
    network.submit(CUT_OFF, more, &["--update"], story)?;
    story.step("续报和更正");
    let second = "QL010=2150 QL021=520 QL022=410 QL023=320 QL024=260 QL025=200 QL026=150 QL030=560 QL031=450 \
                  QL040=28 QL041=20 QL042=9 QL050=130.75 QL052=66.5 QL054=20.25 \
                  QL100=418.5 QL101=98.5 QL102=190 QL103=40 QL104=70 QL105=20";
    network.submit(0, second, &["--update"], story)?;
    let why = ["--update", "--explanation", "上次受灾面积多填一位，更正"];
    network.submit(1, "QL050=52", &why, story)?;
    network.submit(4, "QL022=0 QL026=0", &["--update"], story)
}

fn come_back(network: &mut Network, story: &mut Story) -> Result<(), Failure> {
    story.step("万昌镇线路恢复，断线期间的两份报告自动上报");
    network.line.cut(false);
    Ok(())
}

impl Network {
    fn submit(&mut self, at: usize, figures: &str, more: &[&str], story: &mut Story) -> Result<(), Failure> {
        let mut args = vec!["submit", "--drill", "--event", &self.event];
        args.extend_from_slice(more);
        figures.split_whitespace().for_each(|pair| args.extend(["--set", pair]));
        let saved = self.nodes[at].ask(&args)?;
        let entry = text(&saved, "entry")?.to_owned();
        let zero = if more.contains(&"--zero") { " 零报告" } else { "" };
        let revision =
            saved["revision"].as_u64().and_then(|number| u32::try_from(number).ok()).unwrap_or_default();
        let report = fengsui_daemon::print::edition(text(&saved, "stage")?, revision);
        story.detail(&format!("{} {report}{zero} 已存本机  {entry}", TOWNSHIPS[at].1));
        self.submitted.push((at, entry));
        Ok(())
    }

    /// Waits until county and province both count `reports` townships, and compares their totals with `known`.
    fn agree(&self, known: &[(&str, &str)], reports: usize, story: &mut Story) -> Result<bool, Failure> {
        let total = |hub: &Station| -> Result<TotalView, Failure> {
            let value = hub.ask(&["total", "--event", &self.event])?;
            serde_json::from_value(value).map_err(|error| failed(error.to_string()))
        };
        let begun = Instant::now();
        let (county, province) = loop {
            // Before the first report there is no event yet, and a total is refused: that is a wait, too.
            if let (Ok(county), Ok(province)) = (total(&self.county), total(&self.province)) {
                let complete = |of: &TotalView| of.counted.len() == reports && differs(of, known).is_empty();
                if complete(&county) && complete(&province) || begun.elapsed() > AGREE_MAX {
                    break (county, province);
                }
            } else if begun.elapsed() > AGREE_MAX {
                return Err(failed("the hubs have no total"));
            }
            std::thread::sleep(Duration::from_millis(100));
        };
        story.totals(known, &county, &province);
        Ok([&county, &province].iter().all(|of| of.counted.len() == reports && differs(of, known).is_empty()))
    }

    /// Whether the totals hold no figure beyond the known ones: one too many would be as wrong as one too few.
    fn states_only(&self, known: &[(&str, &str)]) -> Result<bool, Failure> {
        let total = self.province.ask(&["total", "--event", &self.event])?;
        let codes =
            total["figures"].as_array().into_iter().flatten().filter_map(|figure| figure["code"].as_str());
        Ok(codes.eq(known.iter().map(|(code, _)| *code)))
    }

    /// Whether every station has, as far as it knows, nothing that its peers lack.
    fn nobody_is_behind(&self) -> Result<bool, Failure> {
        let settled = |station: &Station| -> Result<bool, Failure> {
            let status = station.ask(&["status"])?;
            let list = |name: &str| status[name].as_array().cloned().unwrap_or_default();
            Ok(list("links").iter().all(|link| link["link"]["behind"] == 0)
                && list("stations").iter().all(|below| below["behind"] == 0 && below["missing"] == 0))
        };
        let all = self.nodes.iter().chain([&self.county, &self.province]);
        for station in all {
            if wait_until("", || settled(station)).is_err() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn outcome(&self, totals_match: bool) -> Result<Outcome, Failure> {
        let (mut county, mut province, mut lost) = (0, 0, 0);
        for (at, entry) in &self.submitted {
            let arrived = |step: &str| -> Result<bool, Failure> {
                let shown = self.nodes[*at].ask(&["show", entry])?;
                let hops = shown["hops"].as_array().cloned().unwrap_or_default();
                Ok(hops.iter().any(|hop| hop["step"] == step && hop["bodies"] == true))
            };
            let waited = |step: &str| -> Result<usize, Failure> {
                Ok(usize::from(wait_until("", || arrived(step)).is_ok()))
            };
            county += waited("已到县")?;
            province += waited("已到省")?;
            // A receipt is only evidence; the entry itself must be there, and verify.
            let held = self.province.ask(&["show", entry]).is_ok_and(|shown| shown["verified"] == true);
            lost += usize::from(!held);
        }
        let reports_submitted = self.submitted.len();
        let receipts = Receipts { county, city: None, province };
        Ok(Outcome {
            stations: self.nodes.len(),
            reports_submitted,
            receipts,
            totals_match,
            standards_adopted: None,
            lost,
        })
    }

    /// Ends every station; each must end by itself.
    fn stop(mut self) -> Result<(), Failure> {
        let stations = self.nodes.iter_mut().chain([&mut self.county, &mut self.province]);
        let ended: Vec<Result<(), Failure>> = stations.map(Station::stop).collect();
        drop(self.scratch);
        ended.into_iter().collect()
    }
}

/// Figures that are not as known: code, as known, as found.
pub fn differs(total: &TotalView, known: &[(&str, &str)]) -> Vec<(String, String, String)> {
    let found = |code: &str| {
        total.figures.iter().find(|figure| figure.code == code).map(|figure| figure.text.clone())
    };
    known
        .iter()
        .map(|(code, known)| ((*code).to_owned(), (*known).to_owned(), found(code).unwrap_or_default()))
        .filter(|(_, known, found)| known != found)
        .collect()
}

fn wait_until(what: &str, mut done: impl FnMut() -> Result<bool, Failure>) -> Result<(), Failure> {
    let begun = Instant::now();
    while !done()? {
        if begun.elapsed() > AGREE_MAX {
            return Err(failed(what));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn wait_for_end() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed(error.to_string()))?;
    runtime.block_on(fengsui_daemon::run::asked_to_end());
    Ok(())
}
