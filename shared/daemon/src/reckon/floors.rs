//! The floors of standards that a report's amounts are compared with: those in force where its division lies, on the last day
//! of its period.

use std::collections::BTreeSet;

use fengsui_model::check::{Floor, Rule};
use fengsui_model::standard::Period;
use fengsui_model::{Form, Report, StandardCode};
use fengsui_protocol::Registry;
use fengsui_store::StoreError;

use crate::seen::Seen;
use crate::standards::{Issued, Standards};

/// At most one floor of each standard that the checks of `form` name, as far as the standards have come.
///
/// # Errors
/// When the store cannot be read.
pub fn floors<'s>(
    seen: impl Into<Seen<'s>>,
    registry: &Registry,
    form: &Form,
    report: &Report,
) -> Result<Vec<Floor>, StoreError> {
    let named: BTreeSet<&StandardCode> = form.checks.iter().filter_map(|check| named(&check.rule)).collect();
    let Some(period) = report.period().filter(|_| !named.is_empty()) else { return Ok(Vec::new()) };
    let standards = Standards::load(seen, registry)?;
    let floor = |code: &StandardCode| {
        let issued = standards.in_force(code, period.last_day())?;
        floor(registry, report, issued)
    };
    Ok(named.into_iter().filter_map(floor).collect())
}

fn named(rule: &Rule) -> Option<&StandardCode> {
    match rule {
        Rule::Floor { standard, .. } => Some(standard),
        _ => None,
    }
}

/// A share of an income is no amount by itself: whoever adopts a value states the income that it is judged by.
fn floor(registry: &Registry, report: &Report, issued: &Issued) -> Option<Floor> {
    let standard = &issued.standard;
    let clause = standard.clause(registry.directory()?, report.division)?;
    let month = clause.least(standard.period, None, Period::Month)?;
    let (code, version) = (standard.code.clone(), standard.version);
    Some(Floor { standard: code, version, month, document: standard.document.clone() })
}
