//! What a station has signed itself: `list`.

use std::collections::BTreeSet;

use fengsui_wire::{LogId, Position};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::index;
use crate::station::Station;
use crate::views::{self, EntryView};

/// This station's reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reports {
    /// How many there are in all.
    pub total: usize,
    /// The latest of them, latest first.
    pub reports: Vec<EntryView>,
}

/// Every report this station has signed, those included that do not read or speak for another division: their author
/// must see why they are not counted. The latest event or month first.
///
/// # Errors
/// When the store cannot be read.
pub fn list(station: &Station, limit: usize) -> Result<Reports, Failure> {
    let store = station.store();
    let logs = store.logs().into_iter().filter(|name| name.key == station.own().key);
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
    Ok(Reports { total: positions.len(), reports: views.into_iter().flatten().collect() })
}
