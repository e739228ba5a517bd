//! The story from beginning to end, and what is known of its outcome.

use std::time::{Duration, Instant};

use fengsui_daemon::failure::Failure;
use fengsui_daemon::views::TotalView;
use serde::Serialize;

use crate::aid::{self, Adopted};
use crate::cluster::{Station, failed};
use crate::flood;
use crate::network::{AGREE_MAX, CHANGBAISHAN, Network, PROVINCE, YONGJI};
use crate::show::Story;

/// What `--json` prints.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// Township stations.
    pub stations: usize,
    /// Reports that were signed.
    pub reports_submitted: usize,
    /// How many of them came how far.
    pub receipts: Receipts,
    /// Whether every total is the known answer.
    pub totals_match: bool,
    /// Who has followed the standard that came down.
    pub standards_adopted: Option<Adopted>,
    /// Reports that a clerk has signed and the province does not hold.
    pub lost: usize,
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

/// Tells the story; `true` if every figure is right, and nothing is lost or behind.
///
/// # Errors
/// When a station cannot be started, or a command fails that should not.
pub fn tell(once: bool, json: bool) -> Result<bool, Failure> {
    let mut story = Story::new(json);
    let mut network = Network::set_up(&mut story)?;
    let totals = [
        flood::yongji(&mut network, &mut story)?,
        flood::huadian(&mut network, &mut story)?,
        flood::changbaishan(&mut network, &mut story)?,
        aid::month(&mut network, &mut story)?,
    ];
    let adopted = aid::standard(&network, &mut story)?;
    let (outcome, everywhere) = outcome(&network, totals.iter().all(|right| *right), adopted)?;
    let good = outcome.totals_match && outcome.lost == 0 && everywhere && network.nobody_is_behind()?;
    story.end(&outcome.text(), good);
    outcome.print(json)?;
    if !once {
        let entry = &network.submitted[0];
        story.invite(network.hub(PROVINCE), network.hub(YONGJI), network.node(&entry.division), &entry.entry);
        wait_for_end()?;
    }
    network.stop()?;
    Ok(good)
}

/// What came of it; and whether every report was receipted by every hub above its author.
fn outcome(network: &Network, totals_match: bool, adopted: Adopted) -> Result<(Outcome, bool), Failure> {
    let (mut county, mut city, mut province, mut lost) = (0, 0, 0, 0);
    let mut everywhere = true;
    for report in &network.submitted {
        let from = report.division.as_str();
        let in_changbaishan = network.is_within(from, CHANGBAISHAN);
        // A hub's own report is receipted by those above it.
        let mut count = |counted: &mut usize, expected: bool, step: &str| -> Result<(), Failure> {
            if expected {
                let came = network.has_come(report, step)?;
                *counted += usize::from(came);
                everywhere &= came;
            }
            Ok(())
        };
        count(&mut county, from.len() == 9 && !in_changbaishan, "已到县")?;
        count(&mut city, from.len() > 4, "已到市")?;
        count(&mut province, from.len() > 2, "已到省")?;
        // A receipt is only evidence; the entry itself must be there, and verify.
        let held = network.hub(PROVINCE).ask(&["show", &report.entry]);
        lost += usize::from(!held.is_ok_and(|shown| shown["verified"] == true));
    }
    let outcome = Outcome {
        stations: network.stations(),
        reports_submitted: network.submitted.len(),
        receipts: Receipts { county, city: Some(city), province },
        totals_match,
        standards_adopted: Some(adopted),
        lost,
    };
    Ok((outcome, everywhere))
}

/// Waits until each of `hubs` counts `reports` reports, and compares their totals with `known`.
///
/// # Errors
/// When a hub has no total in the end.
pub fn agree(
    network: &Network,
    about: &[&str],
    hubs: &[&str],
    known: &[(&str, &str)],
    reports: usize,
    story: &mut Story,
) -> Result<bool, Failure> {
    let total = |hub: &Station| -> Result<TotalView, Failure> {
        let value = hub.ask(&[&["total"], about].concat())?;
        serde_json::from_value(value).map_err(|error| failed(error.to_string()))
    };
    let begun = Instant::now();
    let complete = |of: &TotalView| of.counted.len() >= reports && differs(of, known).is_empty();
    let mut totals = Vec::new();
    for hub in hubs {
        let found = loop {
            // Before the first report there is nothing to total, and that is refused: a wait, too.
            match total(network.hub(hub)) {
                Ok(total) if complete(&total) || begun.elapsed() > AGREE_MAX => break total,
                Err(failure) if begun.elapsed() > AGREE_MAX => return Err(failure),
                _ => std::thread::sleep(Duration::from_millis(100)),
            }
        };
        totals.push((network.name(hub).to_owned(), found));
    }
    story.totals(known, &totals);
    Ok(totals.iter().all(|(_, total)| complete(total)))
}

/// Whether the province's total holds no figure beyond the known ones: one too many would be as wrong as one too few.
///
/// # Errors
/// When there is none.
pub fn states_only(network: &Network, about: &[&str], known: &[(&str, &str)]) -> Result<bool, Failure> {
    let total = network.hub(PROVINCE).ask(&[&["total"], about].concat())?;
    let codes =
        total["figures"].as_array().into_iter().flatten().filter_map(|figure| figure["code"].as_str());
    Ok(codes.eq(known.iter().map(|(code, _)| *code)))
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

fn day() -> jiff::civil::Date {
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    jiff::Timestamp::now().to_zoned(zone).date()
}

/// Today in Asia/Shanghai.
pub fn today() -> String {
    day().to_string()
}

/// Yesterday in Asia/Shanghai: a report must not be older than the disaster.
pub fn yesterday() -> String {
    day().yesterday().unwrap_or_else(|_| day()).strftime("%Y%m%d").to_string()
}

/// The month before this one: the last that is over.
pub fn month_before() -> String {
    day().first_of_month().yesterday().unwrap_or_else(|_| day()).strftime("%Y-%m").to_string()
}

fn wait_for_end() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed(error.to_string()))?;
    runtime.block_on(fengsui_daemon::run::asked_to_end());
    Ok(())
}
