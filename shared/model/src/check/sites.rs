//! Rules over the sites of a report: they add up to its figures, and each keeps the rules of the form that one site can keep.

use std::collections::BTreeMap;

use super::{
    Earlier, Finding, MonthBefore, Op, Rule, Severity, evaluate::Judge, interval::Interval, message,
};
use crate::{
    figure::Figure,
    report::Report,
    site::{self, Site, SiteKey, SiteKind},
};

/// Id of the rule that sites add up.
const SUM: &str = "SITES";

/// What is to be said of the sites. Rules that look at the whole report, its times or another form are not asked of a site.
pub(super) fn findings(judge: &Judge<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = SiteKind::ALL.into_iter().flat_map(|kind| sums(judge, kind)).collect();
    for (key, site) in &judge.report.sites {
        findings.extend(of_site(judge, key, site));
    }
    findings
}

/// A figure differs from the sum of its sites, or is blank beside them. "Some" among the sites makes the sum "at least".
fn sums(judge: &Judge<'_>, kind: SiteKind) -> Vec<Finding> {
    let mut sums: BTreeMap<u32, Interval> = BTreeMap::new();
    for (_, site) in judge.report.sites.iter().filter(|(key, _)| key.kind == kind) {
        for (id, figure) in site.figures.iter().filter(|(_, figure)| !figure.is_blank()) {
            let sum = sums.entry(*id).or_insert(Interval::exactly(0));
            *sum = sum.plus((*figure).into());
        }
    }
    let broken = |(id, sum): (u32, Interval)| {
        let stated = judge.report.figure(id);
        let differs = stated.is_blank() || Interval::from(stated).breaks(Op::Equal, sum);
        differs.then(|| differing(judge, kind, id))
    };
    sums.into_iter().filter_map(broken).collect()
}

fn differing(judge: &Judge<'_>, kind: SiteKind, id: u32) -> Finding {
    let summed = site::sums(judge.report, kind).get(&id).copied().unwrap_or_default();
    let (stated_zh, stated_en) = message::figure_of(judge, judge.report.figure(id), id);
    let (sum_zh, sum_en) = message::figure_of(judge, summed, id);
    let (name_zh, name_en) = message::name(judge, id);
    let (of_zh, of_en) = (kind.zh(), kind.en());
    Finding {
        check: SUM.to_owned(),
        severity: Severity::Hard,
        fields: vec![id],
        zh: format!("各{of_zh}之和应等于合计（{name_zh} 合计 {stated_zh}，各{of_zh}之和 {sum_zh}）"),
        en: format!("the {of_en}s add up to the whole ({name_en}: stated {stated_en}, sum {sum_en})"),
    }
}

fn of_site(judge: &Judge<'_>, key: &SiteKey, site: &Site) -> Vec<Finding> {
    let report = alone(judge.report, site);
    let before = match judge.earlier.month_before {
        MonthBefore::Held(before) => before.sites.get(key).map(|site| alone(before, site)),
        MonthBefore::None | MonthBefore::Waiting => None,
    };
    let month_before = before.as_ref().map_or(MonthBefore::None, MonthBefore::Held);
    let earlier = Earlier { month_before, ..Earlier::NOTHING };
    let alone = Judge { report: &report, earlier, form: judge.form, context: judge.context };
    let of_one = judge.form.checks.iter().filter(|check| is_of_one(&check.rule));
    let named = |finding: Finding| Finding {
        zh: format!("{}：{}", site.name, finding.zh),
        en: format!("{}: {}", site.name, finding.en),
        ..finding
    };
    of_one.filter_map(|check| alone.check(check)).map(named).collect()
}

/// The report as if the division were this site.
fn alone(report: &Report, site: &Site) -> Report {
    let figures: BTreeMap<u32, Figure> = site.figures.clone();
    Report { figures, ..Report { sites: BTreeMap::new(), ..report.clone() } }
}

/// Whether one site by itself can break the rule.
const fn is_of_one(rule: &Rule) -> bool {
    matches!(
        rule,
        Rule::Compare { .. }
            | Rule::EachAtMost { .. }
            | Rule::Bound { .. }
            | Rule::Closes { .. }
            | Rule::Carried { .. }
            | Rule::ZeroReport
    )
}
