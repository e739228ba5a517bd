//! What stands of all that was received: the greatest revision of each division that counts.

use std::sync::Arc;

use fengsui_protocol::Registry;
use fengsui_store::StoreError;

use super::ledger::Choice;
use super::{Judged, judge};
use crate::index::Revision;
use crate::seen::Seen;

/// What of one division's revisions stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Latest {
    /// The greatest real revision that counts.
    pub real: Option<Arc<Judged>>,
    /// The greatest drill that counts, where nothing real does.
    pub drill: Option<Arc<Judged>>,
    /// Newer ones that do not count.
    pub not_counted: Vec<Arc<Judged>>,
}

impl Choice for Latest {
    fn of(seen: Seen<'_>, registry: &Registry, revisions: &[Revision]) -> Result<Self, StoreError> {
        let (mut latest, mut filed) = (Self::default(), None);
        for revision in revisions.iter().rev() {
            let Some(Ok(judged)) = judge(seen, registry, revision.position)? else { continue };
            let counts = judged.reasons.is_empty();
            if judged.filed_by.is_some() && counts && !judged.report.drill {
                // What a hub filed stands until anything real of the division's own does.
                filed = filed.or(Some(Arc::new(judged)));
                continue;
            }
            let standing = if judged.report.drill { &mut latest.drill } else { &mut latest.real };
            match (counts, standing.is_some()) {
                (true, false) => *standing = Some(Arc::new(judged)),
                (false, false) => latest.not_counted.push(Arc::new(judged)),
                (_, true) => {}
            }
            if latest.real.is_some() {
                // Where something real counts, no drill is totalled; the older ones need not be read.
                latest.drill = None;
                break;
            }
        }
        if latest.real.is_none() && filed.is_some() {
            (latest.real, latest.drill) = (filed, None);
        }
        Ok(latest)
    }

    fn real(&self) -> Option<&Arc<Judged>> {
        self.real.as_ref()
    }

    fn drill(&self) -> Option<&Arc<Judged>> {
        self.drill.as_ref()
    }

    fn not_counted(&self) -> &[Arc<Judged>] {
        &self.not_counted
    }
}
