//! Totals of what was reviewed: the latest accepted revision of each division. The other view, of all that was received, is
//! [`total`](super::total).

use std::collections::BTreeMap;
use std::sync::Arc;

use fengsui_model::{Directory, DivisionCode, FigureTotal, Subject};
use fengsui_protocol::Registry;
use fengsui_store::StoreError;

use super::ledger::{Choice, Ledger, Pages};
use super::{Judged, Total, judge};
use crate::index::Revision;
use crate::reviews::{Opinions, State, cited};
use crate::seen::Seen;
use crate::topic::Topic;

/// The total of what was reviewed, and how the latest report of each division stands.
#[derive(Clone, Debug)]
pub struct Reviewed {
    /// Over the latest accepted revisions.
    pub total: Total,
    /// By division that has any report which counts: how its latest one stands.
    pub states: BTreeMap<DivisionCode, State>,
}

/// Totals `topic` for `division` over what was reviewed, from the log alone. Its own report (本级) counts without: nobody
/// reviews himself, and the level above reviews it before counting it. [`Kept`](super::Kept) says the same without
/// reading it all each time.
///
/// # Errors
/// When the store cannot be read.
pub fn reviewed<'s>(
    seen: impl Into<Seen<'s>>,
    registry: &Registry,
    directory: &Directory,
    division: DivisionCode,
    topic: &Topic,
) -> Result<Reviewed, StoreError> {
    let pages = Pages { seen: seen.into(), registry, directory, topic };
    Ok(Ledger::read(pages, division)?.reviewed(directory, topic, division))
}

/// What of one division's revisions was accepted.
#[derive(Clone, Debug, Default)]
pub(super) struct Accepted {
    /// As whoever is above it counts.
    above: Found,
    /// As it counts itself.
    own: Found,
    /// It is asked for its own totals just now.
    asks: bool,
}

#[derive(Clone, Debug, Default)]
struct Found {
    /// The greatest real revision that was accepted.
    real: Option<Arc<Judged>>,
    /// The greatest drill that was, where nothing real is.
    drill: Option<Arc<Judged>>,
    /// How the greatest revision stands that counts at all.
    state: Option<State>,
    /// Newer ones that break a rule.
    not_counted: Vec<Arc<Judged>>,
}

impl Accepted {
    fn found(&self) -> &Found {
        if self.asks { &self.own } else { &self.above }
    }
}

impl Choice for Accepted {
    fn of(seen: Seen<'_>, registry: &Registry, revisions: &[Revision]) -> Result<Self, StoreError> {
        let (mut above, mut own) = (Found::default(), Found::default());
        let (mut filed, mut opinions) = (None, Read::default());
        for revision in revisions.iter().rev() {
            let Some(Ok(judged)) = judge(seen, registry, revision.position)? else { continue };
            let judged = Arc::new(judged);
            if !judged.reasons.is_empty() {
                above.leave_out(&judged);
                own.leave_out(&judged);
                continue;
            }
            if judged.filed_by.is_some() {
                // The office that filed it vouches for it; it stands until the division's own report is accepted.
                filed = filed.or(Some(judged).filter(|judged| !judged.report.drill));
                continue;
            }
            above.take(&judged, opinions.of(seen, registry, &judged)?.state(&cited(&judged)));
            own.take(&judged, State::Accepted);
            if above.real.is_some() {
                break;
            }
        }
        above.fall_back(filed.as_ref());
        own.fall_back(filed.as_ref());
        Ok(Self { above, own, asks: false })
    }

    fn real(&self) -> Option<&Arc<Judged>> {
        self.found().real.as_ref()
    }

    fn drill(&self) -> Option<&Arc<Judged>> {
        self.found().drill.as_ref()
    }

    fn not_counted(&self) -> &[Arc<Judged>] {
        &self.found().not_counted
    }
}

impl Found {
    /// Takes the next lower revision, which counts.
    fn take(&mut self, judged: &Arc<Judged>, state: State) {
        if self.real.is_some() {
            return;
        }
        self.state.get_or_insert(state);
        match (state == State::Accepted, judged.report.drill) {
            (true, false) => (self.real, self.drill) = (Some(judged.clone()), None),
            (true, true) if self.drill.is_none() => self.drill = Some(judged.clone()),
            _ => {}
        }
    }

    /// The next lower revision, which does not count: of interest where nothing newer does.
    fn leave_out(&mut self, judged: &Arc<Judged>) {
        if self.state.is_none() {
            self.not_counted.push(judged.clone());
        }
    }

    /// Nothing real of its own was accepted: what was filed for it stands.
    fn fall_back(&mut self, filed: Option<&Arc<Judged>>) {
        if let (None, Some(filed)) = (&self.real, filed) {
            self.state.get_or_insert(State::Accepted);
            (self.real, self.drill) = (Some(filed.clone()), None);
        }
    }
}

/// The reviews of the report that was looked at last: its revisions come one after the other.
#[derive(Default)]
struct Read(Option<((u32, DivisionCode, Subject), Opinions)>);

impl Read {
    fn of(&mut self, seen: Seen<'_>, registry: &Registry, judged: &Judged) -> Result<&Opinions, StoreError> {
        let identity = judged.report.identity();
        let held = match self.0.take().filter(|(of, _)| *of == identity) {
            Some(held) => held,
            None => (identity, Opinions::load(seen, registry, &judged.report)?),
        };
        Ok(&self.0.insert(held).1)
    }
}

impl Ledger<Accepted> {
    /// The totals of one division, its own report counted.
    pub fn reviewed(&mut self, directory: &Directory, topic: &Topic, division: DivisionCode) -> Reviewed {
        self.asked_by(directory, division, |ledger| {
            let states = ledger.within(directory, division);
            let states =
                states.filter_map(|(code, of)| of.found().state.map(|state| (code, state))).collect();
            Reviewed { total: ledger.total(directory, topic, division), states }
        })
    }

    /// The total of one indicator, as [`reviewed`](Self::reviewed) counts.
    pub fn reviewed_figure(
        &mut self,
        directory: &Directory,
        topic: &Topic,
        division: DivisionCode,
        indicator: u32,
    ) -> Option<FigureTotal> {
        self.asked_by(directory, division, |ledger| ledger.figure(directory, topic, division, indicator))
    }

    /// Answers with the own report of `division` counted unreviewed: it is put in, and taken out again.
    fn asked_by<T>(
        &mut self,
        directory: &Directory,
        division: DivisionCode,
        answer: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let Some(own) = self.get(division).cloned() else { return answer(self) };
        self.set(directory, division, Accepted { asks: true, ..own.clone() });
        let answered = answer(self);
        self.set(directory, division, own);
        answered
    }
}

/// How the report stands with whoever has to review it.
///
/// # Errors
/// When the store cannot be read.
pub fn state<'s>(
    seen: impl Into<Seen<'s>>,
    registry: &Registry,
    judged: &Judged,
) -> Result<State, StoreError> {
    // What an office filed itself waits for nobody.
    match judged.filed_by {
        Some(_) => Ok(State::Accepted),
        None => Ok(Opinions::load(seen, registry, &judged.report)?.state(&cited(judged))),
    }
}
