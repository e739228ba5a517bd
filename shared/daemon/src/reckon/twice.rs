//! One number signed twice: two revisions of one report with the same number and different bodies, by the division itself. A
//! station that was set back can do that honestly. Every machine takes the same one, the greater (revision, body hash), and
//! says so until a later revision replaces both.

use fengsui_model::Report;
use fengsui_protocol::Registry;
use fengsui_store::StoreError;
use fengsui_wire::{Hash, Kind, Reason};

use crate::index::{self, Revision};
use crate::seen::Seen;
use crate::views::Reference;

/// Id of the note that a number was signed twice.
pub const TWICE: &str = "TWICE";

/// Two revisions with one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Twice {
    /// The one that stands, where nothing later does.
    pub stands: Revision,
    /// The one that it stands before.
    pub other: Revision,
}

/// The latest number that was signed twice, of each division. `revisions` are in ascending order; a pair that a later
/// revision has replaced is history.
///
/// # Errors
/// When the store cannot be read.
pub fn twice<'s>(
    seen: impl Into<Seen<'s>>,
    registry: &Registry,
    revisions: &[Revision],
) -> Result<Vec<Twice>, StoreError> {
    let (seen, mut found) = (seen.into(), Vec::new());
    for of_one in revisions.chunk_by(|a, b| a.division == b.division) {
        let last = of_one.last().map(|last| last.revision);
        let latest = of_one.iter().filter(|of| Some(of.revision) == last);
        let mut bodies: Vec<Revision> = Vec::new();
        for revision in latest {
            let known = bodies.iter().any(|of| of.body == revision.body);
            if !known && is_own(seen, registry, revision)? {
                bodies.push(*revision);
            }
        }
        if let [.., other, stands] = bodies.as_slice() {
            found.push(Twice { stands: *stands, other: *other });
        }
    }
    Ok(found)
}

/// What is to be said of a report whose number was signed for another body too.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn note(
    seen: Seen<'_>,
    registry: &Registry,
    report: &Report,
    body: Hash,
) -> Result<Option<Reason>, StoreError> {
    let mut revisions = index::revisions(seen.store(), report.form, report.subject, Some(report.division))?;
    revisions.retain(|of| of.revision == report.revision);
    let found = match revisions.iter().any(|of| of.body != body) {
        true => twice(seen, registry, &revisions)?,
        false => Vec::new(),
    };
    let concerns = |of: &&Twice| [of.stands.body, of.other.body].contains(&body);
    Ok(found.iter().find(concerns).map(|of| {
        let (stands, other) = (Reference::of(&of.stands.position), Reference::of(&of.other.position));
        Reason {
            check: TWICE.into(),
            zh: format!("同一次报告签了两份不同的内容，各级都以 {stands} 为准，不计 {other}；请核对后再报一版"),
            en: format!(
                "one number was signed with two contents: {stands} stands and {other} does not; check and report once more"
            ),
        }
    }))
}

/// Whether the division itself signed it, and it stands.
fn is_own(seen: Seen<'_>, registry: &Registry, revision: &Revision) -> Result<bool, StoreError> {
    let at = revision.position;
    let (Some(entry), Some(name)) = (seen.entry(at)?, seen.name(at.log)) else { return Ok(false) };
    let author = registry.place(&name.key).is_some_and(|author| author.division == revision.division);
    let stands = registry.stands(&name, at.lane, at.sequence, entry.hash());
    Ok(author && stands && entry.envelope.header().draft.kind == Kind::Report)
}
