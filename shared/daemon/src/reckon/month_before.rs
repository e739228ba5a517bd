//! What this machine holds of the month before beside the report that a report names. Only the named one can uncount a
//! report, so that the order of arrival uncounts nothing; what is held otherwise, because none is named or the named one was
//! corrected since, is compared all the same, and said.

use fengsui_model::check::Rule;
use fengsui_model::{Context, Earlier, Finding, Form, MonthBefore, Report, evaluate};
use fengsui_protocol::Registry;
use fengsui_store::StoreError;

use super::named::before;
use super::standing_of;
use crate::index;
use crate::seen::Seen;

/// The report on the month before that stands here, where `form` compares with it and `report` names another or none. A
/// real one is never compared with a drill. One look into the index, by division.
///
/// # Errors
/// When the store cannot be read.
pub fn unnamed<'s>(
    seen: impl Into<Seen<'s>>,
    registry: &Registry,
    form: &Form,
    report: &Report,
) -> Result<Option<Report>, StoreError> {
    let compares = form.checks.iter().any(|check| is_absence(&check.rule) || is_continuity(&check.rule));
    let Some((form, division, subject)) = before(report).filter(|_| compares) else { return Ok(None) };
    let seen = seen.into();
    let revisions = index::revisions(seen.store(), form, subject, Some(division))?;
    let standing = standing_of(seen, registry, &revisions)?;
    let other = standing
        .filter(|it| it.report.drill == report.drill && Some(it.entry.hash().0) != report.month_before);
    Ok(other.map(|it| it.report))
}

/// The findings on `report` once `held` is known: what says that there was none is dropped, and where the report does not
/// go on from it, that is added, softly. `found` are the findings by what the report names.
pub(super) fn with_held(
    form: &Form,
    report: &Report,
    names: MonthBefore<'_>,
    held: &Report,
    context: &Context,
    found: Vec<Finding>,
) -> Vec<Finding> {
    let of = |finding: &Finding, is: fn(&Rule) -> bool| {
        form.checks.iter().any(|check| check.id == finding.check && is(&check.rule))
    };
    let earlier = Earlier { month_before: MonthBefore::Held(held), ..Earlier::NOTHING };
    let broken = evaluate(form, report, earlier, context).into_iter();
    // What is broken by the named one too is said already.
    let broken = broken.filter(|finding| of(finding, is_continuity) && !found.contains(finding));
    let broken: Vec<Finding> = broken.map(|finding| beside(report, finding)).collect();
    // One that is named and has not come is waited for all the same.
    let untrue = |finding: &Finding| matches!(names, MonthBefore::None) && of(finding, is_absence);
    found.into_iter().filter(|finding| !untrue(finding)).chain(broken).collect()
}

/// The same finding, said of what is held here.
fn beside(report: &Report, finding: Finding) -> Finding {
    let span = report.period().map(|period| period.span());
    let (before, en) = span.map_or(("上次", "report"), |span| (span.before_and_now_zh().0, span.en()));
    Finding {
        severity: fengsui_model::Severity::Soft,
        zh: format!("与本站所持{before}报表不衔接：{}", finding.zh),
        en: format!("it does not go on from the report of last {en} that is held here: {}", finding.en),
        ..finding
    }
}

/// A figure goes on from that of the month before.
fn is_continuity(rule: &Rule) -> bool {
    matches!(rule, Rule::Carried { .. })
}

/// Says that there is nothing to go on from.
fn is_absence(rule: &Rule) -> bool {
    matches!(rule, Rule::MonthBefore { .. })
}

#[cfg(test)]
mod tests {
    use fengsui_model::{Figure, Severity};
    use proptest::prelude::*;

    use super::*;
    use crate::reckon::Notes;

    fn form() -> &'static Form {
        Form::of_code("urban_dibao").expect("a form")
    }

    fn month(period: &str, figures: &[(&str, i64)]) -> Report {
        let id = |code: &str| form().by_code(code).expect("an indicator").id;
        Report {
            figures: figures.iter().map(|(code, value)| (id(code), Figure::Number(*value))).collect(),
            ..Report::blank(
                form().id,
                "220221100".parse().expect("a division"),
                period.parse().expect("a month"),
            )
        }
    }

    /// Checks and words of the soft notes on `report`.
    fn noted(report: &Report, names: MonthBefore<'_>, held: Option<&Report>) -> Vec<(String, String)> {
        let earlier = Earlier { month_before: names, ..Earlier::NOTHING };
        let soft = Notes::of(form(), report, earlier, held, i64::MAX).soft;
        soft.into_iter().map(|of| (of.check, of.zh)).collect()
    }

    fn checks(noted: &[(String, String)]) -> Vec<&str> {
        noted.iter().map(|(check, _)| check.as_str()).collect()
    }

    #[test]
    fn a_report_that_names_no_month_before_is_compared_with_the_one_that_is_held() {
        let september = month("2026-09", &[("UD002", 99)]);
        let october = month("2026-10", &[("UD002", 103), ("UD003", 5), ("UD004", 2)]);
        assert_eq!(checks(&noted(&october, MonthBefore::None, None)), ["FS20"]);
        let said = noted(&october, MonthBefore::None, Some(&september));
        assert_eq!(checks(&said), ["AC01"], "that it is the first is untrue: {said:?}");
        for part in ["与本站所持上月报表不衔接", "103人", "上月 99人", "应为 102人"] {
            assert!(said[0].1.contains(part), "{part}: {}", said[0].1);
        }
        let fits = month("2026-09", &[("UD002", 100)]);
        assert_eq!(noted(&october, MonthBefore::None, Some(&fits)), Vec::new());
        let waits = noted(&october, MonthBefore::Waiting, Some(&september));
        assert_eq!(checks(&waits), ["FS20", "AC01"], "what it names has still not come");
    }

    #[test]
    fn a_january_that_begins_anew_is_not_compared() {
        let december = month("2025-12", &[("UD002", 5), ("UD006", 900)]);
        let january = month("2026-01", &[("UD002", 5), ("UD005", 70), ("UD006", 80)]);
        assert_eq!(
            noted(&january, MonthBefore::None, Some(&december)),
            Vec::new(),
            "AC07 has refused it already"
        );
    }

    proptest! {
        /// Whatever is held, it only adds soft notes on continuity and takes away that there was nothing.
        #[test]
        fn what_is_held_never_uncounts(named in 0..9_i64, held in 0..9_i64, now in 0..9_i64, into in 0..3_i64) {
            let stock = |value| month("2026-09", &[("UD002", value)]);
            let (named, other) = (stock(named), stock(held));
            let october = month("2026-10", &[("UD002", now), ("UD003", into)]);
            let context = Context { report_time_ms: i64::MAX };
            let earlier = Earlier { month_before: MonthBefore::Held(&named), ..Earlier::NOTHING };
            let found = evaluate(form(), &october, earlier, &context);
            let all = with_held(form(), &october, earlier.month_before, &other, &context, found.clone());
            prop_assert_eq!(&all[..found.len()], &found[..]);
            let added = &all[found.len()..];
            prop_assert!(added.iter().all(|of| of.severity == Severity::Soft && of.check == "AC01"));
            let broken = now != held + into && named != other;
            prop_assert_eq!(added.len(), usize::from(broken));
        }
    }
}
