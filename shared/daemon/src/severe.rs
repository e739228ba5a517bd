//! Severe events: those that must be known two levels up at once, not only one. The rule on bypass (越级报送) demands it
//! where the dead and missing of a county's event come to ten; a drill takes the same way, so that the way is known to
//! work.

use fengsui_model::catalogue::QUICK;
use fengsui_store::StoreError;
use fengsui_wire::Lane;

use crate::course::{self, Moves};
use crate::station::Station;
use crate::topic::Topic;

/// Dead and missing together (`deadlines.csv`, T3 and C2: ≥10 dead+missing).
const DEAD_AND_MISSING: i64 = 10;
/// Indicators of the quick report that are added: dead, missing.
const CODES: [&str; 2] = ["QL011", "QL012"];
/// So long after its last report an event no longer holds a second line open; while it lasts there is a report a day.
const SILENT_MS: i64 = 26 * 60 * 60 * 1000;
/// Looked at again after this time even where nothing came: an event ends by silence.
const AGAIN_MS: i64 = 10 * 60 * 1000;

/// What was found last, so that totals are folded only when something has come.
#[derive(Clone, Copy, Debug, Default)]
pub struct Severe {
    urgent: u64,
    looked_ms: i64,
    severe: bool,
}

impl Severe {
    /// Whether this station holds reports on an event that is severe now, in its own division as a whole.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn look(self, station: &Station, now_ms: i64) -> Result<Self, StoreError> {
        let heads = station.store().heads().into_iter();
        let urgent = heads.filter(|(_, lane, _)| *lane == Lane::Urgent).map(|(_, _, head)| head.next).sum();
        if urgent == self.urgent && now_ms - self.looked_ms < AGAIN_MS {
            return Ok(self);
        }
        Ok(Self { urgent, looked_ms: now_ms, severe: is_severe(station, now_ms)? })
    }

    /// What was found.
    pub fn is_severe(self) -> bool {
        self.severe
    }
}

fn is_severe(station: &Station, now_ms: i64) -> Result<bool, StoreError> {
    let catalogue = station.registry().catalogues().in_force(crate::standards::day(now_ms));
    let Some(form) = catalogue.form(QUICK) else { return Ok(false) };
    let moves = Moves::load(station.store(), station.registry())?;
    for event in course::events(station.store().into(), &moves, form.id)?.into_iter().rev() {
        let topic = Topic::new(catalogue, form, event.into());
        let Some(total) = station.total(station.identity().division, &topic)? else { return Ok(false) };
        let lasts =
            total.standing.iter().any(|judged| now_ms.saturating_sub(judged.entry.received_ms) < SILENT_MS);
        let figures = CODES.iter().filter_map(|code| total.rollup.total(form.by_code(code)?.id));
        let lost: i64 = figures.map(|figure| figure.value).fold(0, i64::saturating_add);
        if lasts && lost >= DEAD_AND_MISSING {
            return Ok(true);
        }
    }
    Ok(false)
}
