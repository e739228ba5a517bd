//! Rules that were not judged, and who attests them.

use fengsui_model::{DivisionCode, Missing, Unjudged};

use super::{ReasonView, division};
use crate::station::Station;

/// What could not be judged of a report of `author`. A report that only the author and the hub above it hold is attested
/// by that hub: who stands higher says so, and never that the rule holds. Nobody attests what waits for a ledger or for
/// the hub's own submission.
pub fn unjudged(station: &Station, author: DivisionCode, rules: Vec<Unjudged>) -> Vec<ReasonView> {
    let registry = station.registry();
    let own = station.identity().division;
    let above = registry.directory().and_then(|directory| directory.lineage(author).first().copied());
    let attests = above.filter(|above| own != author && own != *above).map(|above| division(registry, above));
    let view = |rule: Unjudged| {
        let Unjudged { check, missing, mut zh, mut en } = rule;
        if let (Some(by), Missing::Form(_)) = (&attests, missing) {
            zh.push_str(&format!("；本级不作结论，由{by}核对"));
            en.push_str(&format!("; attested by {by}"));
        }
        ReasonView { check, zh, en }
    };
    rules.into_iter().map(view).collect()
}
