//! Totals of what was reviewed: the latest accepted revision of each division. The other view, of all that was received, is
//! [`total`](super::total).

use std::collections::BTreeMap;
use std::sync::Arc;

use fengsui_model::{Contribution, Directory, DivisionCode, fold};
use fengsui_protocol::Registry;
use fengsui_store::{Store, StoreError};

use super::{Judged, Total, contribution, judge};
use crate::course;
use crate::index::Revision;
use crate::reviews::{Opinions, State, cited};
use crate::topic::Topic;

/// The total of what was reviewed, and how the latest report of each division stands.
#[derive(Clone, Debug)]
pub struct Reviewed {
    /// Over the latest accepted revisions.
    pub total: Total,
    /// By division that has any report which counts: how its latest one stands.
    pub states: BTreeMap<DivisionCode, State>,
}

/// Totals `topic` for `division` over what was reviewed. Its own report (本级) counts without: nobody reviews himself, and
/// the level above reviews it before counting it.
///
/// # Errors
/// When the store cannot be read.
pub fn reviewed(
    store: &Store,
    registry: &Registry,
    directory: &Directory,
    division: DivisionCode,
    topic: &Topic,
) -> Result<Reviewed, StoreError> {
    let revisions = course::revisions(store, registry, topic, None)?;
    let (mut real, mut drills, mut states) = (Vec::new(), Vec::new(), BTreeMap::new());
    let mut not_counted = Vec::new();
    for of_one in revisions.chunk_by(|a, b| a.division == b.division) {
        let Some(author) = of_one.first().map(|first| first.division) else { continue };
        if !directory.is_within(author, division) {
            continue;
        }
        let found = accepted(store, registry, of_one, author == division)?;
        states.extend(found.state.map(|state| (author, state)));
        not_counted.extend(found.not_counted);
        match found.standing {
            Some(judged) if judged.report.drill => drills.push(judged),
            standing => real.extend(standing),
        }
    }
    // As in the other view: beside one real report all drills are left out.
    let standing = if real.is_empty() { drills } else { real };
    let contributions: Vec<Contribution<'_>> =
        standing.iter().map(|judged: &Arc<Judged>| contribution(judged)).collect();
    let rollup = fold(&topic.form, directory, division, topic.subject, &contributions);
    Ok(Reviewed { total: Total { rollup, standing, not_counted }, states })
}

#[derive(Default)]
struct Found {
    /// The greatest real revision that was accepted, or else the greatest drill.
    standing: Option<Arc<Judged>>,
    /// How the greatest revision stands that counts at all.
    state: Option<State>,
    /// Newer ones that break a rule.
    not_counted: Vec<Arc<Judged>>,
}

/// `revisions` are one division's, in ascending order.
fn accepted(
    store: &Store,
    registry: &Registry,
    revisions: &[Revision],
    own: bool,
) -> Result<Found, StoreError> {
    let (mut found, mut drill, mut filed) = (Found::default(), None, None);
    let mut opinions: Option<Opinions> = None;
    for revision in revisions.iter().rev() {
        let Some(Ok(judged)) = judge(store, registry, revision.position)? else { continue };
        if !judged.reasons.is_empty() {
            if found.state.is_none() {
                found.not_counted.push(Arc::new(judged));
            }
            continue;
        }
        if judged.filed_by.is_some() {
            // The office that filed it vouches for it; it stands until the division's own report is accepted.
            if !judged.report.drill {
                filed = filed.or(Some(Arc::new(judged)));
            }
            continue;
        }
        if opinions.is_none() {
            opinions = Some(Opinions::load(store, registry, &judged.report)?);
        }
        let stands = opinions.as_ref().map(|opinions| opinions.state(&cited(&judged)));
        let state = if own { State::Accepted } else { stands.unwrap_or(State::Waiting) };
        let latest = *found.state.get_or_insert(state);
        if state == State::Accepted && !judged.report.drill {
            return Ok(Found { standing: Some(Arc::new(judged)), state: Some(latest), ..found });
        }
        if state == State::Accepted && drill.is_none() {
            drill = Some(Arc::new(judged));
        }
    }
    if filed.is_some() {
        found.state.get_or_insert(State::Accepted);
        return Ok(Found { standing: filed, ..found });
    }
    Ok(Found { standing: drill, ..found })
}

/// How the report stands with whoever has to review it.
///
/// # Errors
/// When the store cannot be read.
pub fn state(store: &Store, registry: &Registry, judged: &Judged) -> Result<State, StoreError> {
    // What an office filed itself waits for nobody.
    match judged.filed_by {
        Some(_) => Ok(State::Accepted),
        None => Ok(Opinions::load(store, registry, &judged.report)?.state(&cited(judged))),
    }
}
