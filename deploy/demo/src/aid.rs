//! The monthly report on urban dibao in Yongji, and the province's standard coming down. Figures are invented (演练).

use fengsui_daemon::failure::Failure;
use fengsui_daemon::views::ReachView;
use serde::Serialize;

use crate::cluster::{failed, text};
use crate::network::{CHANGBAISHAN, HUADIAN, JILIN, Network, PROVINCE, YONGJI, wait_until};
use crate::show::Story;
use crate::story::{agree, month_before, today};

/// Households and persons by township, with the month's arrivals and leavers left for the month after.
const TOWNSHIPS: [(&str, &str); 8] = [
    ("220221100", "UD001=412 UD002=618"),
    ("220221101", "UD001=35 UD002=52"),
    ("220221102", "UD001=28 UD002=41"),
    ("220221103", "UD001=44 UD002=63"),
    ("220221104", "UD001=51 UD002=77"),
    ("220221171", "UD001=66 UD002=98"),
    ("220221200", "UD001=17 UD002=25"),
    ("220221201", "UD001=19 UD002=26"),
];

/// Added up by hand: 672 households, 1 000 persons; 52 万元 for 1 000 persons are 520 yuan each.
const KNOWN: &[(&str, &str)] =
    &[("UD001", "672"), ("UD002", "1000"), ("UD005", "52.00"), ("UD015", "700.00"), ("UD016", "520.00")];

/// The standard as the province issues it.
pub const URBAN: &str = include_str!("../../data/standards/urban_dibao.toml");

/// Who has followed the standard.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Adopted {
    /// Units that have set a value.
    pub units: u64,
    /// Counties, county-level cities and districts that these values cover.
    pub counties: u64,
    /// Of so many.
    pub of: u64,
}

impl Adopted {
    /// As the province sees it.
    pub fn of(reach: &ReachView) -> Self {
        let count = |number: usize| number as u64;
        Self { units: count(reach.units), counties: count(reach.counties), of: count(reach.of) }
    }
}

/// The month: what townships, county, city and province fill in each; whether the totals are the known ones.
///
/// # Errors
/// When a command fails that should not.
pub fn month(network: &mut Network, story: &mut Story) -> Result<bool, Failure> {
    let month = month_before();
    let about = ["--drill", "--form", "urban_dibao", "--period", month.as_str()];
    story
        .step(&format!("月报：{month} 城市低保，乡镇报人数，县报支出和标准，县、市、省各报自筹资金（演练）"));
    for (division, figures) in TOWNSHIPS {
        network.submit(division, &about, figures, &[], story)?;
    }
    network.submit(YONGJI, &about, "UD005=52 UD006=505.5 UD011=30 UD015=700", &[], story)?;
    network.submit(JILIN, &about, "UD010=20", &[], story)?;
    network.submit(PROVINCE, &about, "UD008=600 UD009=150", &[], story)?;
    let same = agree(network, &about[1..], &[YONGJI, JILIN, PROVINCE], KNOWN, 9, story)?;
    // Each level's own money comes on top of what it has from below.
    let raised = [(YONGJI, "30.00"), (JILIN, "50.00"), (PROVINCE, "800.00")];
    let raised =
        raised.iter().map(|(hub, known)| agree(network, &about[1..], &[hub], &[("UD007", known)], 9, story));
    let raised: Vec<bool> = raised.collect::<Result<_, _>>()?;
    Ok(same && raised.iter().all(|right| *right))
}

/// The standard: issued, seen, set by whom it concerns, refused below the floor; who has followed, as the province sees it.
///
/// # Errors
/// When a command fails that should not, or one succeeds that should not.
pub fn standard(network: &Network, story: &mut Story) -> Result<Adopted, Failure> {
    story.step("标准下达：城市低保（演练文号），省级签发，逐级下达");
    let file = network.file("urban_dibao.toml", URBAN)?;
    let issue = ["standard", "issue", &file, "--recorded-late", "--document", "演练〔2026〕1号"];
    network.hub(PROVINCE).ask(&issue)?;
    for hub in [YONGJI, HUADIAN, CHANGBAISHAN] {
        wait_until("the standard did not come down", || {
            Ok(network.hub(hub).ask(&["standard", "list"])?.as_array().is_some_and(|all| !all.is_empty()))
        })?;
    }
    let today = today();
    let adopt = |hub: &str, value: &str| {
        let document = ["--document", "演练〔2026〕2号", "--from", today.as_str()];
        network
            .hub(hub)
            .ask(&[&["standard", "adopt", "urban_dibao", "--value", value], &document[..]].concat())
    };
    match adopt(YONGJI, "150") {
        Ok(_) => return Err(failed("a value of 150 yuan was taken, below the floor of 160")),
        Err(refused) => story.detail(&format!("永吉县定 150 元：{}", first_line(&refused.to_string()))),
    }
    let set = adopt(YONGJI, "185")?;
    story.detail(&format!("永吉县定 185 元，已签名  {}", text(&set, "entry")?));
    let set = adopt(CHANGBAISHAN, "190")?;
    story.detail(&format!("长白山为三区定 190 元，已签名  {}", text(&set, "entry")?));
    network.hub(HUADIAN).ask(&["standard", "prepare", "urban_dibao", "--until", "2099-12-31"])?;
    story.detail("桦甸市正在准备");
    let (mut adopted, mut not_judged) = (Adopted { units: 0, counties: 0, of: 0 }, 0);
    let all_heard = || {
        let said = network.hub(PROVINCE).ask(&["standard", "adoption", "urban_dibao"])?;
        let reach: ReachView = serde_json::from_value(said).map_err(|error| failed(error.to_string()))?;
        (adopted, not_judged) = (Adopted::of(&reach), reach.formula_not_judged);
        Ok(reach.units == 2 && reach.counts.preparing == 1)
    };
    wait_until("the province did not hear who has followed", all_heard)?;
    story.detail(&format!(
        "省级所见：{} 个单位已定，覆盖 {}/{} 个县（市、区），另有长白山；{}",
        adopted.units,
        adopted.counties,
        adopted.of,
        unjudged(not_judged)
    ));
    Ok(adopted)
}

/// No income per person is among the invented figures, so nothing was held against the formula: the story says so.
pub fn unjudged(units: usize) -> String {
    format!("其中 {units} 个未填上年收入，公式（收入的 20%）未核对")
}

fn first_line(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let (first, second) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    format!("{first} {second}").trim().to_owned()
}
