//! 迟报, 逾期未报: reports on a period beside its due day.
//!
//! The first hub above a division judges by its own receipt. A hub above that one does not hold it, and judges by the clock of
//! whoever signed: what a hub below was late in passing on is not the township's delay.

use fengsui_model::{Date, DivisionCode, duty};
use fengsui_store::StoreError;
use fengsui_wire::{Flags, Header};

use super::{Sight, TotalView};
use crate::index;
use crate::reckon::Judged;
use crate::standards::day;
use crate::topic::Topic;

impl TotalView {
    /// The same, told at a moment: whoever is missing after the due day is overdue.
    #[must_use]
    pub fn at(self, at_ms: i64) -> Self {
        let overdue = self.due.zip(day(at_ms)).is_some_and(|(due, today)| due < today);
        Self { overdue, ..self }
    }
}

/// Whether the division's first report on the topic came after it was due; a correction afterwards is not late.
pub(super) fn is_late(sight: &Sight<'_>, topic: &Topic, judged: &Judged) -> Result<bool, StoreError> {
    let Some(due) = duty::due_day(&topic.form, &topic.subject) else { return Ok(false) };
    let own =
        sight.registry().first_hub_above(judged.report.division) == Some(sight.station().identity().division);
    let late = |header: &Header, received_ms| came(header, received_ms, own).is_some_and(|came| came > due);
    if !late(judged.entry.envelope.header(), judged.entry.received_ms) {
        return Ok(false);
    }
    Ok(judged.report.revision == 0 || !earlier_in_time(sight, topic, judged.report.division, late)?)
}

/// The day on which a report came, as far as this station can say; `None` where no clock can be right.
fn came(header: &Header, received_ms: i64, own: bool) -> Option<Date> {
    let unsure = header.draft.flags.has(Flags::CLOCK_UNSURE);
    if own || unsure { day(received_ms) } else { day(header.draft.clock_ms) }
}

fn earlier_in_time(
    sight: &Sight<'_>,
    topic: &Topic,
    division: DivisionCode,
    late: impl Fn(&Header, i64) -> bool,
) -> Result<bool, StoreError> {
    let store = sight.station().store();
    for revision in index::revisions(store, topic.form.id, topic.subject, Some(division))? {
        let Some(entry) = store.entry(revision.position)? else { continue };
        if !late(entry.envelope.header(), entry.received_ms) {
            return Ok(true);
        }
    }
    Ok(false)
}
