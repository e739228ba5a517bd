//! The reports of other forms that a report is compared with: those of the same division that stand.

use fengsui_model::{Form, Report};
use fengsui_protocol::Registry;
use fengsui_store::StoreError;

use super::standing;
use crate::seen::Seen;
use crate::topic;

/// At most one report of each form that the checks of `form` look at, as far as this machine holds them. A drill is
/// compared with drills, a real report with real ones.
///
/// # Errors
/// When the store cannot be read.
pub fn beside<'s>(
    seen: impl Into<Seen<'s>>,
    registry: &Registry,
    form: &Form,
    report: &Report,
) -> Result<Vec<Report>, StoreError> {
    let (seen, mut found) = (seen.into(), Vec::new());
    // As the report's own version of the catalogue has them: the rule was read with them.
    let Ok(catalogue) = registry.catalogues().version(report.catalogue) else { return Ok(found) };
    for other in form.beside() {
        for topic in topic::beside(catalogue, other, report.subject) {
            let standing = standing(seen, registry, &topic, report.division)?;
            if let Some(judged) = standing.filter(|judged| judged.report.drill == report.drill) {
                found.push(judged.report);
                break;
            }
        }
    }
    Ok(found)
}
