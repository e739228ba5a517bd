//! What clerks write.

use std::collections::BTreeMap;

use fengsui_daemon::index;
use fengsui_daemon::reckon;
use fengsui_daemon::station::{Station, Writing};
use fengsui_daemon::topic::Topic;
use fengsui_model::{DivisionCode, EventKey, Figure, Form, Level, Report, Stage};
use fengsui_store::StoreError;
use fengsui_wire::{Flags, Kind, Lane, report_body};

use crate::clock::BEGIN_MS;
use crate::random::Random;

/// Population affected; deaths; population relocated; road length: what the reports of the simulator state.
pub const FIGURES: [u32; 4] = [1010, 1011, 1020, 1080];
const AFFECTED: u32 = 1010;
const DEATHS: u32 = 1011;

/// How far before the world's begin every disaster began: more than any clock is wrong, so that no report is refused
/// for its time.
const SINCE_MS: i64 = 20 * 24 * 3_600 * 1_000;

/// A report that a clerk is about to sign.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What it states.
    pub report: Report,
    /// Whether it keeps every hard check.
    pub sound: bool,
}

/// The next revision of a division's report on `event`, as its own node knows the earlier ones.
///
/// # Errors
/// When the store cannot be read.
pub fn draft(
    station: &Station,
    division: DivisionCode,
    event: EventKey,
    random: &mut Random,
) -> Result<Draft, StoreError> {
    let (store, form) = (station.store(), Form::quick());
    let revisions = index::revisions(store, form.id, event, Some(division))?;
    let followed = reckon::standing(store, station.registry(), &Topic::event(event), division)?;
    let revision = revisions.last().map_or(0, |last| last.revision + 1);
    let earlier = followed.as_ref().map(|judged| &judged.report);
    let sound = !random.chance(120);
    let zero = earlier.is_none() && sound && random.chance(150);
    let report = Report {
        form: form.id,
        catalogue: 0,
        division,
        subject: event.into(),
        stage: if revision == 0 { Stage::Initial } else { Stage::Continued },
        revision,
        follows: followed.as_ref().map(|judged| judged.entry.hash().0),
        month_before: None,
        occurred_ms: Some(BEGIN_MS - SINCE_MS),
        cutoff_ms: None,
        drill: false,
        zero,
        explanation: None,
        narrative: random.chance(300).then(|| "河水漫堤，道路中断".to_owned()),
        relief_narrative: None,
        figures: if zero { zeros() } else { figures(earlier, sound, random) },
        sites: BTreeMap::new(),
    };
    Ok(Draft { report, sound })
}

fn zeros() -> BTreeMap<u32, Figure> {
    FIGURES.iter().map(|id| (*id, Figure::Number(0))).collect()
}

/// Figures that never fall, with blanks and "some" among them while nothing was counted before.
fn figures(earlier: Option<&Report>, sound: bool, random: &mut Random) -> BTreeMap<u32, Figure> {
    let mut figures = BTreeMap::new();
    for id in FIGURES {
        let before = earlier.map_or(Figure::Blank, |report| report.figure(id));
        let least = before.number().unwrap_or(0);
        let figure = match (before, random.below(10)) {
            (Figure::Blank, 0) => Figure::Blank,
            (Figure::Blank | Figure::Some, 1 | 2) => Figure::Some,
            _ => Figure::Number(least.max(1) + random.below(500).cast_signed()),
        };
        figures.insert(id, figure);
    }
    // Everybody who died was affected: 1010 is kept above 1011, or in a report that breaks the rule, below.
    let deaths = earlier.and_then(|report| report.figure(DEATHS).number()).unwrap_or(0)
        + random.below(3).cast_signed();
    let affected = earlier.and_then(|report| report.figure(AFFECTED).number()).unwrap_or(0) + deaths + 1;
    figures.insert(DEATHS, Figure::Number(deaths));
    if let Some(Figure::Number(value)) = figures.get_mut(&AFFECTED) {
        *value = affected.max(*value);
    }
    if !sound {
        figures.insert(AFFECTED, Figure::Number(affected));
        figures.insert(DEATHS, Figure::Number(affected + 1));
    }
    figures
}

/// The entry of a report.
pub fn writing(report: &Report) -> Writing {
    Writing {
        kind: Kind::Report,
        lane: Lane::Urgent,
        flags: Flags::default(),
        reach: Level::Province,
        addressee: None,
        body: report_body(report),
    }
}

/// An entry without meaning for totals: it fills the other lanes, and its body may not go everywhere.
pub fn filler(addressee: Option<DivisionCode>, random: &mut Random) -> Writing {
    let length = random.between(20, 1_500) as usize;
    Writing {
        kind: if addressee.is_some() { Kind::Standard } else { Kind::Ledger },
        lane: if random.chance(700) { Lane::Routine } else { Lane::Bulk },
        flags: Flags::default(),
        reach: *random.pick(&Level::ALL).unwrap_or(&Level::Province),
        addressee,
        body: (0..length).map(|_| random.next() as u8).collect(),
    }
}
