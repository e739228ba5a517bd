//! The earlier reports that a report names: the revision it follows, and the one on the month before. They are found by
//! the hash of their envelope, so that every machine compares with the same one, whatever else it holds.

use std::borrow::Cow;

use fengsui_model::{DivisionCode, Earlier, MonthBefore, Report, Subject};
use fengsui_store::StoreError;

use crate::index::{self, Revision};
use crate::reading::Reading;
use crate::seen::Seen;

/// What this machine holds of them.
pub(super) struct Named<'a> {
    followed: Option<Cow<'a, Report>>,
    month_before: Option<Cow<'a, Report>>,
    names_month: bool,
}

impl<'a> Named<'a> {
    /// Finds what `report` names. `near` was read just before: where it is the one, it is not read again.
    pub(super) fn find(
        seen: Seen<'_>,
        report: &Report,
        near: Option<&'a Reading>,
    ) -> Result<Self, StoreError> {
        let known = |named: Option<[u8; 32]>, identity| {
            let near = near.filter(|near| named == Some(near.hash.0))?;
            near.report.as_ref().ok().filter(|known| known.identity() == identity)
        };
        let followed = match known(report.follows, report.identity()) {
            Some(known) => Some(Cow::Borrowed(known)),
            None => followed(seen, report)?.map(Cow::Owned),
        };
        let identity = before(report);
        let month_before = match identity.and_then(|identity| known(report.month_before, identity)) {
            Some(known) => Some(Cow::Borrowed(known)),
            None => month_before(seen, report)?.map(Cow::Owned),
        };
        Ok(Self { followed, month_before, names_month: report.month_before.is_some() })
    }

    /// As the checks take it.
    pub(super) fn earlier(&self) -> Earlier<'_> {
        Earlier {
            followed: self.followed.as_deref(),
            month_before: match (self.names_month, self.month_before.as_deref()) {
                (false, _) => MonthBefore::None,
                (true, None) => MonthBefore::Waiting,
                (true, Some(before)) => MonthBefore::Held(before),
            },
            beside: &[],
            floors: &[],
        }
    }
}

/// The revision that `report` says it follows, if it is held.
fn followed(seen: Seen<'_>, report: &Report) -> Result<Option<Report>, StoreError> {
    let Some(hash) = report.follows else { return Ok(None) };
    let mut revisions = index::revisions(seen.store(), report.form, report.subject, Some(report.division))?;
    // Nearly always it is the one before; only where it is not, the others are read.
    let before = report.revision.checked_sub(1);
    revisions.sort_by_key(|revision| Some(revision.revision) != before);
    of_hash(seen, hash, &revisions)
}

/// The report on the month before that `report` names, if it is held.
fn month_before(seen: Seen<'_>, report: &Report) -> Result<Option<Report>, StoreError> {
    let Some((hash, (form, division, subject))) = report.month_before.zip(before(report)) else {
        return Ok(None);
    };
    let mut revisions = index::revisions(seen.store(), form, subject, Some(division))?;
    // Nearly always the latest correction is the one that stood.
    revisions.reverse();
    of_hash(seen, hash, &revisions)
}

/// What the report on the month before is a revision of.
pub(super) fn before(report: &Report) -> Option<(u32, DivisionCode, Subject)> {
    Some((report.form, report.division, report.period()?.previous()?.into()))
}

/// The report among `revisions` whose envelope has that hash.
fn of_hash(seen: Seen<'_>, hash: [u8; 32], revisions: &[Revision]) -> Result<Option<Report>, StoreError> {
    for revision in revisions {
        let Some(entry) = seen.entry(revision.position)? else { continue };
        if entry.hash().0 != hash {
            continue;
        }
        if let Some(Reading { report: Ok(report), .. }) = Reading::of(&entry.envelope, entry.body.as_deref())
        {
            return Ok(Some(report));
        }
    }
    Ok(None)
}
