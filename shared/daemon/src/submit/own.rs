//! What a station has signed itself: `list`.

use std::collections::BTreeSet;

use fengsui_protocol::Now;
use fengsui_wire::{LogId, LogName, Position};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::index;
use crate::owed::{self, OwedView};
use crate::station::Station;
use crate::views::{self, EntryView};

/// This station's reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reports {
    /// What is owed now.
    #[serde(default)]
    pub owed: Vec<OwedView>,
    /// How many there are in all.
    pub total: usize,
    /// The latest of them, latest first.
    pub reports: Vec<EntryView>,
}

/// Every report this station, or a machine before it, has signed, those included that do not read or speak for another division: their author
/// must see why they are not counted. The latest event or month first.
///
/// # Errors
/// When the store cannot be read.
pub fn list(station: &Station, limit: usize, now: Now) -> Result<Reports, Failure> {
    let store = station.store();
    let (key, division) = (station.own().key, station.identity().division);
    // What the machines before this one wrote is this station's history too.
    let ours = |name: &LogName| name.key == key || station.registry().is_former_of(&name.key, division);
    let logs = store.logs().into_iter().filter(ours);
    let own: BTreeSet<LogId> = logs.map(|name| name.id(station.network())).collect();
    let mut topics = index::all_subjects(store)?;
    topics.sort_by_key(|(form, subject)| (subject.first_day(), *subject, *form));
    let mut positions: Vec<Position> = Vec::new();
    for (form, subject) in topics.into_iter().rev() {
        let of_topic = index::revisions(store, form, subject, None)?;
        positions.extend(of_topic.iter().rev().map(|revision| revision.position));
    }
    positions.extend(index::unreadable(store)?.into_iter().rev());
    positions.retain(|position| own.contains(&position.log));
    let shown = positions.iter().take(limit);
    let views = shown.map(|position| views::entry(station, *position)).collect::<Result<Vec<_>, _>>()?;
    let (owed, total) = (owed::owed(station, now)?, positions.len());
    Ok(Reports { owed, total, reports: views.into_iter().flatten().collect() })
}
