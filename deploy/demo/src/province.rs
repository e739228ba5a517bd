//! The whole province at once: 10 city hubs, 60 county hubs, 919 stations, each with its own key, store and connection,
//! report a flood in one moment. A drill with invented figures; the known answer is added up here, without a hub.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use fengsui_daemon::failure::Failure;
use fengsui_daemon::print::table;
use fengsui_daemon::views::ReachView;
use fengsui_hub::hub::HubAsk;
use fengsui_hub::standard::{IssuedView, Said, StandardAsk};
use fengsui_model::{DivisionCode, Fen, StandardCode};
use serde_json::Value;

use crate::aid::{self, Adopted};
use crate::cluster::failed;
use crate::crowd::Used;
use crate::plan::Place;
use crate::show::Story;
use crate::story::{Outcome, Receipts, today};
use crate::tree::{Province, Submitted, Sums, root};

/// Kind of the disaster that everybody reports.
const FLOOD: &str = "flood";
/// Words that do not come for so long do not come.
const SILENT_MAX: Duration = Duration::from_secs(10);
/// How long receipts may be on their way down.
const RECEIPTS_MAX: Duration = Duration::from_secs(300);

/// Plays it; `true` if every total at every level is right and nothing is lost.
///
/// # Errors
/// When a station cannot be started, or a command fails that should not.
pub fn tell(json: bool) -> Result<bool, Failure> {
    let mut story = Story::new(json);
    let province = Province::set_up(&std::env::temp_dir(), &mut story)?;
    province.wait_online(&mut story)?;
    let submitted = province.submit(FLOOD, &mut story)?;
    let last = Instant::now();
    let agreed = province.wait_totals(FLOOD, &mut story)?;
    story.detail(&format!("从最后一份报送到四级一致 {:.1} 秒", last.elapsed().as_secs_f32()));
    let arrived = arrived(&province, &submitted, &mut story)?;
    story.block(&by_city(&province, &arrived)?);
    story.block(&used(&province));
    let adopted = standard(&province, &mut story)?;
    let outcome = Outcome {
        stations: province.plan.stations.len(),
        reports_submitted: submitted.len(),
        receipts: arrived.receipts(),
        totals_match: agreed,
        standards_adopted: Some(adopted),
        lost: submitted.len() - arrived.at(PROVINCE).len(),
    };
    let below_counties = province.plan.stations.iter().filter(|station| station.hub != station.city).count();
    let everywhere = outcome.receipts.county == below_counties
        && outcome.receipts.city == Some(submitted.len())
        && outcome.receipts.province == submitted.len();
    let good = agreed && everywhere && adopted.counties == adopted.of && outcome.lost == 0;
    story.end(&outcome.text(), good);
    outcome.print(json)?;
    province.end()?;
    Ok(good)
}

/// The standard on urban dibao comes down to every hub; each city sets a value for its districts, Changbaishan for its areas,
/// each county and county-level city its own. Who has followed, as the province sees it.
fn standard(province: &Province, story: &mut Story) -> Result<Adopted, Failure> {
    story.step("标准下达：城市低保（演练文号）；市州为城区定，各县（市）自定");
    let document = Some("演练〔2026〕1号".to_owned());
    let issue = StandardAsk::Issue { toml: aid::URBAN.to_owned(), document, from: None, recorded_late: true };
    let issued: IssuedView = province.ask_root(HubAsk::Standard(issue))?;
    let own = |place: &&Place| place.kind != "区";
    let setters: Vec<&Place> =
        province.plan.cities.iter().chain(province.plan.counties.iter().filter(own)).collect();
    let mut progress = story.progress("单位已定", setters.len());
    for (done, place) in setters.iter().enumerate() {
        set(province, place, &issued.code)?;
        progress.at(done + 1);
    }
    progress.end();
    let reach = || -> Result<ReachView, Failure> {
        let code = issued.code.clone();
        province.ask_root(HubAsk::Standard(StandardAsk::Reach { code, version: None, on: None }))
    };
    let (mut changed, mut counties) = (Instant::now(), 0);
    let mut progress = story.progress("个县（市、区）已覆盖，省级所见", province.plan.counties.len());
    loop {
        let reach = reach()?;
        progress.at(reach.counties);
        if reach.counties != counties {
            (changed, counties) = (Instant::now(), reach.counties);
        }
        if counties == reach.of || changed.elapsed() > SILENT_MAX {
            progress.end();
            story.detail(&aid::unjudged(reach.formula_not_judged));
            return Ok(Adopted::of(&reach));
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Puts a value in force at the hub of `place`, once the standard has come down to it.
fn set(province: &Province, place: &Place, code: &StandardCode) -> Result<(), Failure> {
    let today = today().parse().map_err(|_| failed("today is no date"))?;
    let what = Said::Adopted {
        value: Fen(20_000),
        from: today,
        document: "演练〔2026〕2号".into(),
        income: None,
        per: None,
    };
    let say = StandardAsk::Say { code: code.clone(), what, covers: Vec::new(), recorded_late: false };
    let begun = Instant::now();
    loop {
        match province.ask_hub::<Value>(place.code, HubAsk::Standard(say.clone())) {
            Ok(_) => return Ok(()),
            // It has not come down yet, and the hub says so.
            Err(failure) if begun.elapsed() > RECEIPTS_MAX => return Err(failure),
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
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

/// Which reports have come how far, as the stations that wrote them know. A receipt that is still on its way down is
/// waited for.
fn arrived(province: &Province, submitted: &Submitted, story: &mut Story) -> Result<Arrived, Failure> {
    let begun = Instant::now();
    let mut progress = story.progress("省级回执已到本站", submitted.len());
    loop {
        let seen = province.look(submitted)?;
        let mut arrived = Arrived(BTreeMap::new());
        for step in [COUNTY, CITY, PROVINCE] {
            let there =
                seen.iter().filter(|(_, entry)| entry.hops.iter().any(|hop| hop.bodies && hop.step == step));
            arrived.0.insert(step, there.map(|(code, _)| *code).collect());
        }
        progress.at(arrived.at(PROVINCE).len());
        if arrived.at(PROVINCE).len() == submitted.len() || begun.elapsed() > RECEIPTS_MAX {
            progress.end();
            return Ok(arrived);
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// One line a city: stations, receipts, and its total beside the known answer.
fn by_city(province: &Province, arrived: &Arrived) -> Result<String, Failure> {
    let (plan, expected) = (&province.plan, province.expected());
    let places = plan.by_county();
    let mut rows = Vec::new();
    for city in &plan.cities {
        let stations = plan.stations.iter().filter(|station| station.city == city.code);
        let stations: Vec<DivisionCode> = stations.map(|station| station.code).collect();
        let count = |step| arrived.at(step).iter().filter(|code| stations.contains(code)).count();
        let (mut known, mut found): (Sums, Sums) = ([0; 2], [0; 2]);
        for (county, sums) in expected.iter().filter(|(county, _)| places[*county][0].city == city.code) {
            sums.iter().zip(&mut known).for_each(|(sum, known)| *known += sum);
            let total = province.total(root(), *county, FLOOD)?.unwrap_or_default();
            total.iter().zip(&mut found).for_each(|(sum, found)| *found += sum);
        }
        let counties = plan.counties.iter().filter(|county| county.city == city.code).count();
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
    let head = ["市州", "县级站", "乡镇站", "县回执", "市回执", "省回执", "受灾人口", "转移安置", "与核算"];
    Ok(table(&head, &rows, &[1, 2, 3, 4, 5, 6, 7]))
}

/// What each process has used.
fn used(province: &Province) -> String {
    let row = |(name, stations, used): (&str, usize, Option<Used>)| {
        let shown = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.1}"));
        let peak = used.map(|used| used.peak_mb);
        vec![
            name.to_owned(),
            stations.to_string(),
            shown(used.map(|used| used.cpu_s)),
            peak.map_or_else(String::new, |peak| format!("{peak:.0}")),
            shown(peak.map(|peak| peak / stations as f64)),
        ]
    };
    let rows: Vec<_> = province.used().into_iter().map(row).collect();
    table(&["进程", "站数", "处理器 秒", "内存峰值 MB", "每站 MB"], &rows, &[1, 2, 3, 4])
}
