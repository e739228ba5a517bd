//! Totals by a model of their own: which revision stands, and what the standing ones add up to.

use std::collections::BTreeMap;

use fengsui_daemon::reckon;
use fengsui_daemon::station::Station;
use fengsui_daemon::topic::Topic;
use fengsui_model::{DivisionCode, EventKey, Figure, Rollup};
use fengsui_wire::Hash;

use super::{Cited, Oracle, Said, read};
use crate::story::Violation;
use crate::workload::FIGURES;

/// What one indicator should add up to: sum, whether it is a lower bound, and how many stated a number, said "some",
/// or left it blank.
#[derive(Debug, PartialEq, Eq)]
struct Sum {
    value: i64,
    at_least: bool,
    counted: u32,
    some: u32,
    blank: u32,
}

impl Oracle {
    /// Compares the station's totals of its own division with what the entries it holds should give.
    pub(super) fn totals(&self, place: usize, station: &Station) -> Result<(), Violation> {
        let Some(directory) = station.registry().directory().cloned() else { return Ok(()) };
        let division = self.shape.places[place].identity.division;
        let (store, registry) = (station.store(), station.registry());
        let knows_offices = self.knows_offices(station);
        for event in self.shape.events() {
            let topic = Topic::event(event);
            let found = read(reckon::total(store, registry, &directory, division, &topic))?;
            let kept = read(station.total(division, &topic))?.map(|kept| kept.rollup);
            if kept.as_ref() != Some(&found.rollup) {
                let words = format!("keeps {kept:?} of {event} where the log gives {:?}", found.rollup);
                return Err(self.wrong(place, words));
            }
            let reviewed = read(reckon::reviewed(store, registry, &directory, division, &topic))?;
            let kept = read(station.reviewed_total(division, &topic))?;
            if kept.as_ref().map(|kept| (&kept.total.rollup, &kept.states))
                != Some((&reviewed.total.rollup, &reviewed.states))
            {
                let words = format!(
                    "keeps {kept:?} as reviewed of {event} where the log gives {:?}, {:?}",
                    reviewed.total.rollup, reviewed.states
                );
                return Err(self.wrong(place, words));
            }
            if !knows_offices {
                continue;
            }
            self.compare(place, &event, &found.rollup, &self.standing(place, &event), "received")?;
            self.compare(place, &event, &reviewed.total.rollup, &self.accepted(place, &event), "reviewed")?;
        }
        Ok(())
    }

    fn compare(
        &self,
        place: usize,
        event: &EventKey,
        found: &Rollup,
        standing: &BTreeMap<DivisionCode, &Said>,
        view: &str,
    ) -> Result<(), Violation> {
        let covered: BTreeMap<DivisionCode, u32> =
            found.coverage.counted.iter().map(|item| (item.division, item.revision)).collect();
        let expected = standing.iter().map(|(division, said)| (*division, said.revision)).collect();
        if covered != expected {
            let words = format!("counts revisions {covered:?} of {event}, {view}, where {expected:?} stand");
            return Err(self.wrong(place, words));
        }
        for id in FIGURES {
            let found = found.total(id).map(|total| Sum {
                value: total.value,
                at_least: total.at_least,
                counted: total.counted,
                some: total.some,
                blank: total.blank,
            });
            let expected = sum(standing.values().copied(), id);
            if found.as_ref() != Some(&expected) {
                let words = format!("totals {id} of {event}, {view}, as {found:?} where it is {expected:?}");
                return Err(self.wrong(place, words));
            }
        }
        Ok(())
    }

    /// The revision of each division that stands, among the reports that `place` holds: the greatest that is sound and was
    /// not taken back; of two with one number, the one with the greater body hash.
    fn standing(&self, place: usize, event: &EventKey) -> BTreeMap<DivisionCode, &Said> {
        self.greatest(place, event, |cites| !self.is_withdrawn(place, cites))
    }

    /// The greatest sound revision of each division that `counts`.
    pub(super) fn greatest(
        &self,
        place: usize,
        event: &EventKey,
        counts: impl Fn(&Cited) -> bool,
    ) -> BTreeMap<DivisionCode, &Said> {
        let mut best: BTreeMap<DivisionCode, (u32, Hash, &Said)> = BTreeMap::new();
        let held = self.views[place].reports.iter().filter_map(|key| Some((key.1, self.said.get(key)?)));
        let of_event = held.filter(|(_, said)| said.sound && said.event == *event);
        for (body, said) in of_event.filter(|(body, said)| counts(&said.cited(*body))) {
            let stands = best.entry(said.division).or_insert((said.revision, body, said));
            if (said.revision, body) > (stands.0, stands.1) {
                *stands = (said.revision, body, said);
            }
        }
        best.into_iter().map(|(division, (_, _, said))| (division, said)).collect()
    }
}

fn sum<'a>(standing: impl Iterator<Item = &'a Said>, id: u32) -> Sum {
    let mut sum = Sum { value: 0, at_least: false, counted: 0, some: 0, blank: 0 };
    for said in standing {
        match said.figures.get(&id).copied().unwrap_or_default() {
            Figure::Number(value) => {
                sum.value += value;
                sum.counted += 1;
            }
            Figure::Some => {
                sum.at_least = true;
                sum.some += 1;
            }
            Figure::Blank => sum.blank += 1,
        }
    }
    sum
}
