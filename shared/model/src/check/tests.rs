use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{
    figure::{FIGURE_MAX, Figure},
    form::Form,
    report::{Report, Stage},
};

const NOW_MS: i64 = 1_800_000_000_000;
const CONTEXT: Context = Context { report_time_ms: NOW_MS };

fn report(event: &str, figures: &[(&str, Figure)]) -> Report {
    let quick = Form::quick();
    let event: crate::EventKey = event.parse().unwrap();
    Report {
        form: quick.id,
        division: "220221100".parse().unwrap(),
        event,
        stage: Stage::Initial,
        revision: 0,
        follows: None,
        occurred_ms: NOW_MS - 3_600_000,
        cutoff_ms: None,
        drill: false,
        zero: false,
        explanation: None,
        narrative: None,
        relief_narrative: None,
        figures: figures.iter().map(|(code, figure)| (quick.by_code(code).unwrap().id, *figure)).collect(),
    }
}

fn flood(figures: &[(&str, Figure)]) -> Report {
    report("20261121-220221-flood", figures)
}

fn found(report: &Report) -> Vec<String> {
    evaluate(Form::quick(), report, None, &CONTEXT).into_iter().map(|finding| finding.check).collect()
}

use Figure::{Blank, Number, Some as SomeThere};

#[test]
fn a_part_above_its_whole_is_found() {
    assert_eq!(found(&flood(&[("QL010", Number(5)), ("QL011", Number(6))])), ["DC01", "DC06"]);
    assert_eq!(found(&flood(&[("QL010", Number(6)), ("QL011", Number(6))])), [""; 0]);
}

#[test]
fn the_message_says_what_and_where() {
    let findings = evaluate(
        Form::quick(),
        &flood(&[("QL050", Number(1_250)), ("QL052", Number(1_300))]),
        None,
        &CONTEXT,
    );
    let finding = findings.iter().find(|finding| finding.check == "DC40").unwrap();
    assert_eq!(finding.severity, Severity::Hard);
    assert_eq!(finding.fields, [1050, 1052]);
    assert_eq!(
        finding.zh,
        "农作物受灾面积不能小于成灾面积（农作物受灾面积 12.50公顷，农作物成灾面积 13.00公顷）"
    );
    assert!(
        finding.en.ends_with("(Crop area affected: 12.50 ha, Crop area damaged: 13.00 ha)"),
        "{}",
        finding.en
    );
}

#[test]
fn a_blank_breaks_no_rule_but_does_not_hide_one() {
    assert_eq!(found(&flood(&[("QL011", Number(6))])), [""; 0], "the population may be any");
    assert_eq!(
        found(&flood(&[("QL021", Number(5)), ("QL023", Number(4))])),
        [""; 0],
        "the dispersed may be one"
    );
    assert_eq!(
        found(&flood(&[("QL021", Number(5)), ("QL023", Number(7)), ("QL027", Number(1))])),
        ["DC10"],
        "7 and more is never 5"
    );
    assert_eq!(found(&flood(&[("QL010", Blank), ("QL011", Blank)])), [""; 0]);
}

#[test]
fn some_is_at_least_one() {
    assert_eq!(found(&flood(&[("QL010", Number(0)), ("QL013", SomeThere)])), ["DC03", "DC06"]);
    assert_eq!(found(&flood(&[("QL010", SomeThere), ("QL013", Number(900))])), [""; 0]);
    assert_eq!(
        found(&flood(&[
            ("QL010", Number(2)),
            ("QL011", SomeThere),
            ("QL012", SomeThere),
            ("QL013", SomeThere)
        ])),
        ["DC06"]
    );
}

#[test]
fn an_exact_sum_is_exact_to_the_fen() {
    let money = |whole, part| {
        flood(&[
            ("QL100", Number(whole)),
            ("QL010", Number(1)),
            ("QL101", Number(part)),
            ("QL102", Number(0)),
            ("QL103", Number(0)),
            ("QL104", Number(0)),
            ("QL105", Number(0)),
            ("QL106", Number(0)),
        ])
    };
    assert_eq!(found(&money(1_000_000, 1_000_000)), [""; 0]);
    assert_eq!(found(&money(1_000_000, 999_999)), ["DC50"]);
}

#[test]
fn an_implication_needs_a_stated_zero() {
    assert_eq!(found(&flood(&[("QL050", Number(1))])), [""; 0], "the loss is blank");
    assert_eq!(found(&flood(&[("QL050", Number(1)), ("QL102", Number(0))])), ["DC52"]);
    assert_eq!(found(&flood(&[("QL050", SomeThere), ("QL102", SomeThere)])), [""; 0]);
    let causes =
        |roads| flood(&[("QL100", Number(9)), ("QL010", Number(0)), ("QL050", Number(0)), ("QL080", roads)]);
    assert_eq!(found(&causes(Number(0))), ["DC53"]);
    assert_eq!(found(&causes(SomeThere)), [""; 0]);
}

#[test]
fn households_and_rooms_go_together() {
    assert_eq!(found(&flood(&[("QL041", Number(3)), ("QL042", Number(0))])), ["DC36"]);
    assert_eq!(found(&flood(&[("QL041", Number(0)), ("QL042", Number(1))])), ["DC33", "DC36"]);
    assert_eq!(found(&flood(&[("QL041", Number(0)), ("QL042", Number(0))])), [""; 0]);
}

#[test]
fn drought_figures_are_for_drought() {
    let thirsty = [("QL033", Number(8)), ("QL010", Number(8)), ("QL035", SomeThere)];
    assert_eq!(found(&flood(&thirsty)), ["DC75"]);
    assert_eq!(found(&report("20261121-220221-drought", &thirsty)), [""; 0]);
    assert_eq!(found(&flood(&[("QL033", Number(0))])), [""; 0], "zero may be written anywhere");
    assert_eq!(found(&report("20261121-220221-snow", &[("QL002", Number(1))])), ["DC74"]);
}

#[test]
fn a_cumulative_figure_falls_with_an_explanation_only() {
    let before = flood(&[("QL010", Number(10)), ("QL015", Number(4)), ("QL040", SomeThere)]);
    let mut now = flood(&[("QL010", Number(9)), ("QL015", Number(0)), ("QL040", Number(0))]);
    let judge = |now: &Report| evaluate(Form::quick(), now, Some(&before), &CONTEXT);
    let finding = &judge(&now)[0];
    assert_eq!(
        (finding.check.as_str(), finding.severity, finding.fields.as_slice()),
        ("DC72", Severity::Hard, [1010, 1040].as_slice())
    );
    assert!(finding.zh.contains("受灾人口 上次 10人，本次 9人"), "{}", finding.zh);
    now.explanation = Some("  ".to_owned());
    assert_eq!(judge(&now)[0].severity, Severity::Hard, "blanks explain nothing");
    now.explanation = Some("核实后扣除重复登记".to_owned());
    assert_eq!(judge(&now)[0].severity, Severity::Soft);
    assert_eq!(found(&now), [""; 0], "nothing to compare with");
    assert!(judge(&flood(&[("QL010", SomeThere), ("QL040", Blank)])).is_empty(), "may be as high as before");
}

#[test]
fn times_are_in_order() {
    let mut late = flood(&[]);
    late.occurred_ms = NOW_MS + 60_001;
    let findings = evaluate(Form::quick(), &late, None, &CONTEXT);
    assert_eq!(findings.len(), 1);
    assert!(
        findings[0].check == "DC73" && findings[0].zh.ends_with("（灾害发生时间比报告时间晚2分钟）"),
        "{}",
        findings[0].zh
    );
    late.occurred_ms = NOW_MS;
    late.cutoff_ms = Some(NOW_MS);
    assert_eq!(found(&late), [""; 0]);
    late.cutoff_ms = Some(NOW_MS - 1);
    assert_eq!(found(&late), ["FS04"]);
    late.cutoff_ms = Some(NOW_MS + 1);
    assert_eq!(found(&late), ["FS05"]);
}

#[test]
fn a_zero_report_states_nothing() {
    let mut zero = flood(&[("QL010", Number(0)), ("QL011", Blank)]);
    zero.zero = true;
    assert_eq!(found(&zero), [""; 0]);
    zero.figures.insert(1013, SomeThere);
    assert!(found(&zero).contains(&"FS03".to_owned()));
    zero.figures = BTreeMap::from([(999_999, Number(1))]);
    assert_eq!(found(&zero), ["FS03"], "an indicator of a newer catalogue is a statement too");
}

#[test]
fn figures_stay_within_their_bounds() {
    assert_eq!(found(&flood(&[("QL058", Number(-1))])), ["FS01"]);
    assert_eq!(found(&flood(&[("QL058", Number(FIGURE_MAX))])), [""; 0]);
    assert_eq!(found(&flood(&[("QL058", Number(FIGURE_MAX + 1))])), ["FS01"]);
    assert_eq!(found(&flood(&[("QL003", Number(1))])), [""; 0]);
    assert_eq!(found(&flood(&[("QL003", Number(2))])), ["FS02"]);
}

#[test]
fn ten_dead_and_missing_alarm() {
    let lost =
        |dead, missing| flood(&[("QL010", Number(100)), ("QL011", Number(dead)), ("QL012", Number(missing))]);
    assert_eq!(found(&lost(5, 4)), [""; 0]);
    let findings = evaluate(Form::quick(), &lost(5, 5), None, &CONTEXT);
    assert_eq!((findings[0].check.as_str(), findings[0].severity), ("FS07", Severity::Alarm));
}

/// Whether the quick form's indicators with this one check find fault.
fn breaks(rule: &str, figures: &[(&str, Figure)]) -> bool {
    use crate::form::{FormTables, FormTitle};
    let title =
        FormTitle { id: 1, code: "t".to_owned(), version: 1, zh: "试".to_owned(), en: "Trial".to_owned() };
    let checks = format!("id,rule,left,op,right,severity,zh,en,source\nC,{rule},hard,中,en,s\n");
    let tables = FormTables {
        groups: include_str!("../../../../deploy/data/forms/quick-groups.csv"),
        indicators: include_str!("../../../../deploy/data/forms/quick.csv"),
        checks: &checks,
    };
    !evaluate(&Form::from_csv(title, tables).unwrap(), &flood(figures), None, &CONTEXT).is_empty()
}

#[test]
fn silence_breaks_no_rule_of_any_shape() {
    assert!(!breaks("compare,QL010,<=,-1", &[]));
    assert!(breaks("compare,QL010,<=,-1", &[("QL010", SomeThere)]));
    assert!(!breaks("bound,QL010,,-9..-1", &[]));
    assert!(breaks("bound,QL010,,-9..-1", &[("QL010", SomeThere)]));
}

#[test]
fn expressions_have_factors_signs_and_constants() {
    let rule = "compare,2*QL010-QL011+3,>=,10";
    assert!(!breaks(rule, &[("QL010", Number(5)), ("QL011", Number(3))]));
    assert!(breaks(rule, &[("QL010", Number(5)), ("QL011", Number(4))]));
    assert!(!breaks(rule, &[("QL010", SomeThere), ("QL011", Number(900))]), "the population may be large");
    assert!(breaks(rule, &[("QL010", Number(3)), ("QL011", Blank)]), "a blank can only take away");
    assert!(breaks("compare,-QL010,>=,0", &[("QL010", SomeThere)]));
    assert!(!breaks("compare,0*QL010,==,0", &[("QL010", SomeThere)]));
}

fn figure() -> impl Strategy<Value = Figure> {
    prop_oneof![
        Just(Blank),
        Just(SomeThere),
        (0..20_i64).prop_map(Number),
        any::<i64>().prop_map(Number),
        prop::sample::select(vec![i64::MIN, i64::MAX, FIGURE_MAX]).prop_map(Number)
    ]
}

fn figures() -> impl Strategy<Value = Vec<(u32, Figure)>> {
    let ids: Vec<u32> =
        Form::quick().indicators.iter().map(|indicator| indicator.id).chain([0, u32::MAX]).collect();
    prop::collection::vec((prop::sample::select(ids), figure()), 0..90)
}

fn with(figures: &[(u32, Figure)], kind: &str) -> Report {
    Report { figures: figures.iter().copied().collect(), ..report(&format!("20261121-220221-{kind}"), &[]) }
}

proptest! {
    #[test]
    fn any_report_is_judged_and_always_alike(
        now in figures(), before in figures(), times in any::<[i64; 3]>(), zero in any::<bool>(), drought in any::<bool>(),
    ) {
        let kind = if drought { "drought" } else { "flood" };
        let now = Report { zero, occurred_ms: times[0], cutoff_ms: Some(times[1]), ..with(&now, kind) };
        let (before, context) = (with(&before, kind), Context { report_time_ms: times[2] });
        let once = evaluate(Form::quick(), &now, Some(&before), &context);
        prop_assert_eq!(&once, &evaluate(Form::quick(), &now.clone(), Some(&before), &context));
        prop_assert!(once.iter().all(|finding| !finding.zh.is_empty() && !finding.en.is_empty()));
    }

    #[test]
    fn the_order_of_writing_does_not_matter(written in figures()) {
        let unique: BTreeMap<u32, Figure> = written.into_iter().collect();
        let (forward, backward): (Vec<_>, Vec<_>) = (unique.clone().into_iter().collect(), unique.into_iter().rev().collect());
        prop_assert_eq!(found(&with(&forward, "flood")), found(&with(&backward, "flood")));
    }

    #[test]
    fn blanks_break_nothing(blank in prop::collection::btree_set(1000..1120_u32, 0..90), zero in any::<bool>()) {
        let figures: Vec<_> = blank.into_iter().map(|id| (id, Blank)).collect();
        let report = Report { zero, ..with(&figures, "flood") };
        prop_assert_eq!(found(&report), [""; 0]);
    }

    /// Stating more can only decide more: a finding never goes away because a blank is filled in.
    #[test]
    fn a_finding_outlives_what_is_filled_in_later(written in figures(), at in 0..74_usize, later in 0..50_i64) {
        let before = with(&written, "drought");
        let id = Form::quick().indicators[at].id;
        prop_assume!(before.figure(id).is_blank());
        let mut after = before.clone();
        after.figures.insert(id, Number(later));
        let (before, after) = (found(&before), found(&after));
        prop_assert!(before.iter().all(|check| after.contains(check)), "{before:?} {after:?}");
    }
}
