use std::{collections::BTreeMap, sync::Arc};

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
        occurred_ms: Some(NOW_MS - 3_600_000),
        figures: figures.iter().map(|(code, figure)| (quick.by_code(code).unwrap().id, *figure)).collect(),
        ..Report::blank(quick.id, "220221100".parse().unwrap(), event.into())
    }
}

fn flood(figures: &[(&str, Figure)]) -> Report {
    report("20261121-220221-flood", figures)
}

fn found(report: &Report) -> Vec<String> {
    evaluate(Form::quick(), report, Earlier::NOTHING, &CONTEXT)
        .into_iter()
        .map(|finding| finding.check)
        .collect()
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
        Earlier::NOTHING,
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
    let judge = |now: &Report| evaluate(Form::quick(), now, Earlier::followed(Some(&before)), &CONTEXT);
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
    late.occurred_ms = Some(NOW_MS + 60_001);
    let findings = evaluate(Form::quick(), &late, Earlier::NOTHING, &CONTEXT);
    assert_eq!(findings.len(), 1);
    assert!(
        findings[0].check == "DC73" && findings[0].zh.ends_with("（灾害发生时间比报告时间晚2分钟）"),
        "{}",
        findings[0].zh
    );
    late.occurred_ms = Some(NOW_MS);
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
    let findings = evaluate(Form::quick(), &lost(5, 5), Earlier::NOTHING, &CONTEXT);
    assert_eq!((findings[0].check.as_str(), findings[0].severity), ("FS07", Severity::Alarm));
}

/// Whether the quick form's indicators with this one check find fault.
fn breaks(rule: &str, figures: &[(&str, Figure)]) -> bool {
    use crate::form::{FormTables, FormTitle};
    let title = FormTitle {
        id: 1,
        code: "t".to_owned(),
        version: 1,
        zh: "试".to_owned(),
        en: "Trial".to_owned(),
        about: crate::About::Event,
        optional: false,
    };
    let checks = format!("id,rule,left,op,right,severity,zh,en,source\nC,{rule},hard,中,en,s\n");
    let tables = FormTables {
        groups: include_str!("../../../../deploy/data/forms/quick-groups.csv"),
        indicators: include_str!("../../../../deploy/data/forms/quick.csv"),
        checks: &checks,
    };
    !evaluate(&Form::from_csv(title, tables).unwrap(), &flood(figures), Earlier::NOTHING, &CONTEXT).is_empty()
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
        let now = Report { zero, occurred_ms: Some(times[0]), cutoff_ms: Some(times[1]), ..with(&now, kind) };
        let (before, context) = (with(&before, kind), Context { report_time_ms: times[2] });
        let once = evaluate(Form::quick(), &now, Earlier::followed(Some(&before)), &context);
        prop_assert_eq!(&once, &evaluate(Form::quick(), &now.clone(), Earlier::followed(Some(&before)), &context));
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

/// The monthly form of urban dibao, as a township or county fills it in.
fn month(period: &str, figures: &[(&str, Figure)]) -> Report {
    let form = Form::of_code("urban_dibao").unwrap();
    Report {
        form: form.id,
        subject: period.parse().unwrap(),
        occurred_ms: None,
        figures: figures.iter().map(|(code, figure)| (form.by_code(code).unwrap().id, *figure)).collect(),
        ..flood(&[])
    }
}

fn found_after(before: MonthBefore<'_>, report: &Report) -> Vec<Finding> {
    let earlier = Earlier { month_before: before, ..Earlier::NOTHING };
    evaluate(Form::of_code("urban_dibao").unwrap(), report, earlier, &CONTEXT)
}

fn ids(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.check.as_str()).collect()
}

/// The figures of Fujian, July 2017, on which the rule was checked: 75 916 + 553 − 853 = 75 616.
#[test]
fn a_stock_goes_on_from_the_month_before() {
    let june = month("2017-06", &[("UD002", Number(75_916))]);
    let july = |persons: i64| {
        month("2017-07", &[("UD002", Number(persons)), ("UD003", Number(553)), ("UD004", Number(853))])
    };
    let judged = |persons: i64| found_after(MonthBefore::Held(&june), &july(persons));
    assert_eq!(ids(&judged(75_616)), [""; 0]);
    let findings = judged(75_600);
    assert_eq!((ids(&findings), findings[0].severity), (vec!["AC01"], Severity::Hard));
    assert_eq!(findings[0].fields, [2002, 2003, 2004]);
    assert_eq!(
        findings[0].zh,
        "本月人数应等于上月人数加当月新增减当月退出（城市低保人数 75600人，上月 75916人，城市低保当月新增人数 553人，\
         城市低保当月退出人数 853人，应为 75616人）"
    );
    assert!(
        findings[0].en.ends_with(
            "last month 75916 persons, Urban dibao persons entered this month: 553 persons, \
        Urban dibao persons left this month: 853 persons, it should be 75616 persons)"
        ),
        "{}",
        findings[0].en
    );
}

#[test]
fn a_stock_that_moves_says_by_what() {
    let before = month("2026-09", &[("UD002", Number(100))]);
    let after = |figures: &[(&str, Figure)]| {
        let found = found_after(MonthBefore::Held(&before), &month("2026-10", figures));
        found.into_iter().map(|finding| finding.check).collect::<Vec<_>>()
    };
    assert_eq!(after(&[("UD002", Number(100))]), [""; 0], "nobody came or went");
    assert_eq!(after(&[("UD002", Number(101))]), ["AC01"]);
    assert_eq!(after(&[("UD002", Number(101)), ("UD003", SomeThere)]), [""; 0]);
    assert_eq!(after(&[("UD002", Number(99)), ("UD003", SomeThere)]), ["AC01"], "some came, nobody left");
    assert_eq!(after(&[("UD003", Number(5))]), [""; 0], "the stock itself is not stated");
}

#[test]
fn the_first_month_is_noted_and_a_missing_one_waits() {
    let october = month("2026-10", &[("UD002", Number(100))]);
    for (before, word) in [(MonthBefore::None, "首次报送"), (MonthBefore::Waiting, "尚未收到")] {
        let findings = found_after(before, &october);
        assert_eq!((ids(&findings), findings[0].severity), (vec!["FS20"], Severity::Soft));
        assert!(findings[0].zh.contains(word), "{}", findings[0].zh);
    }
    assert_eq!(ids(&found_after(MonthBefore::None, &month("2026-10", &[("UD001", Number(5))]))), [""; 0]);
}

#[test]
fn what_is_spent_since_january_begins_anew() {
    let spent = |period: &str, year: i64, month: i64| {
        self::month(period, &[("UD006", Number(year)), ("UD005", Number(month))])
    };
    let december = spent("2025-12", 900, 80);
    let january = found_after(MonthBefore::Held(&december), &spent("2026-01", 70, 70));
    assert_eq!(ids(&january), [""; 0]);
    assert_eq!(ids(&found_after(MonthBefore::None, &spent("2026-01", 70, 70))), [""; 0], "nothing is needed");
    assert_eq!(ids(&found_after(MonthBefore::Held(&december), &spent("2026-01", 970, 70))), ["AC07"]);
    let january = spent("2026-01", 70, 70);
    assert_eq!(ids(&found_after(MonthBefore::Held(&january), &spent("2026-02", 130, 60))), [""; 0]);
    assert_eq!(ids(&found_after(MonthBefore::Held(&january), &spent("2026-02", 131, 60))), ["AC07"]);
}

#[test]
fn a_jump_wants_a_reason() {
    let before = month("2026-09", &[("UD001", Number(100))]);
    let after = |households: i64, why: Option<&str>| {
        let now = Report {
            explanation: why.map(str::to_owned),
            ..month("2026-10", &[("UD001", Number(households))])
        };
        found_after(MonthBefore::Held(&before), &now).len()
    };
    assert_eq!((after(130, None), after(70, None)), (0, 0), "30 % exactly");
    assert_eq!((after(131, None), after(69, None), after(131, Some("清理整顿"))), (1, 1, 0));
}

#[test]
fn a_sharp_change_shows_old_new_and_percent_until_and_after_it_is_explained() {
    let before = flood(&[("QL010", Number(100)), ("QL022", Number(50)), ("QL050", Number(0))]);
    let after = |affected: i64, relocated: i64, why: Option<&str>| {
        let figures = [("QL010", Number(affected)), ("QL022", Number(relocated)), ("QL050", Number(900))];
        let now = Report { explanation: why.map(str::to_owned), revision: 1, ..flood(&figures) };
        let found = evaluate(Form::quick(), &now, Earlier::followed(Some(&before)), &CONTEXT);
        found.into_iter().find(|of| of.check == "FS08")
    };
    assert_eq!(after(300, 25, None), None, "exactly the limits, and a first number after nought");
    let found = after(301, 24, None).unwrap();
    assert_eq!((found.severity, found.fields.as_slice()), (Severity::Soft, [1010, 1022].as_slice()));
    assert_eq!(
        found.zh,
        "数据骤增骤减须说明原因（受灾人口 100人 → 301人，+201%，紧急转移安置人口（实时值） 50人 → 24人，-52%；\
         请用 --because 说明原因）"
    );
    assert!(found.en.contains("100 persons → 301 persons, +201 %") && found.en.contains("--because"));
    let explained = after(301, 50, Some("新增两个村")).unwrap();
    assert_eq!(explained.severity, Severity::Soft);
    assert!(explained.zh.ends_with("100人 → 301人，+201%；说明：新增两个村）"), "{}", explained.zh);
}

#[test]
fn a_month_is_reported_when_it_is_over() {
    let report = month("2027-01", &[]);
    let at = |report_time_ms: i64| {
        let form = Form::of_code("urban_dibao").unwrap();
        let found = evaluate(form, &report, Earlier::NOTHING, &Context { report_time_ms });
        found.into_iter().map(|finding| finding.check).collect::<Vec<_>>()
    };
    let period = report.period().unwrap();
    assert_eq!(at(period.ends_ms()), [""; 0]);
    assert_eq!(at(period.ends_ms() - 1), ["AC23"]);
    assert_eq!(at(period.begins_ms() - 1), ["AC23", "FS23"]);
}

#[test]
fn parts_of_destitute_support_make_the_whole() {
    let form = Form::of_code("tekun").unwrap();
    let judged = |figures: &[(&str, i64)]| {
        let figures = figures.iter().map(|(code, value)| (form.by_code(code).unwrap().id, Number(*value)));
        let report = Report { form: form.id, figures: figures.collect(), ..month("2026-10", &[]) };
        let found = evaluate(form, &report, Earlier::NOTHING, &CONTEXT);
        found.into_iter().filter(|of| of.severity == Severity::Hard).map(|of| of.check).collect::<Vec<_>>()
    };
    assert_eq!(judged(&[("TK001", 10_350), ("TK004", 3_870), ("TK005", 6_480)]), [""; 0]);
    assert_eq!(judged(&[("TK001", 10_351), ("TK004", 3_870), ("TK005", 6_480)]), ["AC09"]);
    assert_eq!(judged(&[("TK001", 6), ("TK006", 1), ("TK007", 2), ("TK008", 2)]), ["AC10"]);
    assert_eq!(judged(&[("TK001", 6), ("TK002", 1), ("TK003", 4)]), ["AC11"]);
}

/// A report by that form on its example, as a county or township fills it in.
fn of_form(code: &str, figures: &[(&str, i64)]) -> Report {
    let form = Form::of_code(code).unwrap();
    let figures = figures.iter().map(|(code, value)| (form.by_code(code).unwrap().id, Number(*value)));
    let subject: crate::Subject = form.about.example().parse().unwrap();
    Report {
        form: form.id,
        subject,
        occurred_ms: subject.event().map(|_| OCCURRED_MS),
        figures: figures.collect(),
        ..flood(&[])
    }
}

/// 2026-07-20T03:30 in Asia/Shanghai.
const OCCURRED_MS: i64 = 1_784_489_400_000;
const HOUR_MS: i64 = 3_600_000;

fn found_beside(report: &Report, beside: &[Report]) -> Vec<Finding> {
    let form = Form::of_id(report.form).unwrap();
    let found = evaluate(form, report, Earlier { beside, ..Earlier::NOTHING }, &CONTEXT);
    found.into_iter().filter(|of| of.check != "FS20").collect()
}

fn found_in(code: &str, figures: &[(&str, i64)]) -> Vec<String> {
    found_beside(&of_form(code, figures), &[]).into_iter().map(|of| of.check).collect()
}

#[test]
fn a_figure_of_another_form_bounds_softly() {
    let base = of_form("annual_base", &[("AB001", 1_000), ("AB010", 50_000)]);
    let struck = |persons: i64| of_form("quick", &[("QL010", persons)]);
    assert_eq!(found_beside(&struck(1_200), std::slice::from_ref(&base)), []);
    let findings = found_beside(&struck(1_201), std::slice::from_ref(&base));
    assert_eq!((findings[0].check.as_str(), findings[0].severity), ("DC80", Severity::Soft));
    assert!(
        findings[0].zh.ends_with("（受灾人口 1201人，“受灾地区基础指标”年末总人口 1000人）"),
        "{}",
        findings[0].zh
    );
    assert!(findings[0].en.contains("Total population in the form Base figures of the area: 1000 persons"));
    assert_eq!(found_beside(&of_form("quick", &[("QL050", 50_001)]), &[base])[0].check, "DC81");
}

#[test]
fn what_cannot_be_judged_is_neither_passed_nor_found() {
    let unjudged = |report: &Report, beside: &[Report]| {
        let form = Form::of_id(report.form).unwrap();
        super::unjudged(form, report, Earlier { beside, ..Earlier::NOTHING }, &CONTEXT)
    };
    let struck = of_form("quick", &[("QL010", 5_000), ("QL011", 2), ("QL041", 0)]);
    assert_eq!(found_beside(&struck, &[]), []);
    let missing = unjudged(&struck, &[]);
    let checks: Vec<(&str, Missing)> = missing.iter().map(|of| (of.check.as_str(), of.missing)).collect();
    let base = Form::of_code("annual_base").unwrap().id;
    let ledger = Missing::Ledger(super::unjudged::Ledger::DeathMissing);
    assert_eq!(checks, [("DC60", ledger), ("DC80", Missing::Form(base))]);
    assert!(missing[1].zh.ends_with("没有本单位“受灾地区基础指标”的年末总人口"), "{}", missing[1].zh);
    let blank = [of_form("annual_base", &[("AB002", 5)])];
    assert_eq!(unjudged(&struck, &blank).len(), 2, "the figure itself is missing");
    let held = [of_form("annual_base", &[("AB001", 9_000)])];
    assert_eq!(unjudged(&struck, &held).len(), 1);
    assert_eq!(unjudged(&of_form("quick", &[]), &[]), [], "nothing stated, nothing to judge");
}

#[test]
fn aid_within_a_day_alarms_when_late() {
    let at = |hours: i64| found_in("relief", &[("QR041", OCCURRED_MS + hours * HOUR_MS)]);
    assert_eq!((at(24), at(25)), (vec![], vec!["DC84".to_owned()]));
    let late = of_form("relief", &[("QR045", OCCURRED_MS + 24 * HOUR_MS + 60_000)]);
    let findings = found_beside(&late, &[]);
    assert_eq!(findings[0].severity, Severity::Alarm);
    assert!(
        findings[0]
            .zh
            .ends_with("（灾害发生 2026-07-20T03:30，住（临时住处）全部落实时间 2026-07-21T03:31）"),
        "{}",
        findings[0].zh
    );
}

#[test]
fn no_part_is_above_its_limit() {
    assert_eq!(found_in("winter", &[("WN001", 10), ("WN010", 10), ("WN015", 3)]), [""; 0]);
    let report = of_form("winter", &[("WN001", 10), ("WN010", 11), ("WN011", 10), ("WN015", 12)]);
    let findings = found_beside(&report, &[]);
    assert_eq!(
        (findings[0].check.as_str(), findings[0].fields.as_slice()),
        ("DC-W1", [1510, 1515, 1501].as_slice())
    );
    assert_eq!(found_in("winter", &[("WN010", 11)]), [""; 0], "the whole is blank");
}

#[test]
fn tiers_fall() {
    assert_eq!(found_in("rural_dibao", &[("RD054", 300), ("RD055", 200), ("RD056", 200)]), [""; 0]);
    assert_eq!(found_in("rural_dibao", &[("RD054", 300), ("RD055", 301)]), ["AC13"]);
    assert_eq!(
        found_in("rural_dibao", &[("RD054", 300), ("RD056", 301)]),
        ["AC13"],
        "two tiers stated of three"
    );
    assert_eq!(found_in("rural_dibao", &[("RD057", 1), ("RD058", 2)]), ["FS32"]);
}

#[test]
fn a_ratio_is_bounded_without_division() {
    assert_eq!(found_in("medical_aid", &[("MA006", 7), ("MA010", 10)]), [""; 0]);
    assert_eq!(found_in("medical_aid", &[("MA006", 69), ("MA010", 100)]), ["AC14"]);
    assert_eq!(found_in("medical_aid", &[("MA006", 0), ("MA010", 0)]), [""; 0]);
    assert_eq!(found_in("medical_aid", &[("MA006", 1)]), [""; 0]);
}

#[test]
fn money_paid_is_about_persons_times_rate() {
    // 100 persons at 80 yuan and 50 at 80: 12 000 yuan, in fen.
    let paid = |fen: i64| {
        found_in(
            "disability",
            &[("DS001", 100), ("DS002", 50), ("DS006", 8_000), ("DS007", 8_000), ("DS008", fen)],
        )
    };
    assert_eq!((paid(1_200_000), paid(1_236_000), paid(1_164_000)), (vec![], vec![], vec![]), "3 % exactly");
    assert_eq!((paid(1_236_001), paid(1_163_999)), (vec!["AC17".to_owned()], vec!["AC17".to_owned()]));
    assert_eq!(found_in("disability", &[("DS001", 100), ("DS008", 1)]), [""; 0], "a factor is blank");
    assert_eq!(paid(i64::MAX), ["AC17", "FS01"]);
}

#[test]
fn a_rule_from_the_verified_report_on_is_soft_before_it() {
    let severity = |stage| {
        let mut form = (**Form::quick()).clone();
        form.checks.retain(|check| check.id == "DC01");
        form.checks[0].from_verified = true;
        let report = Report { stage, ..flood(&[("QL010", Number(5)), ("QL011", Number(6))]) };
        evaluate(&form, &report, Earlier::NOTHING, &CONTEXT)[0].severity
    };
    assert_eq!((severity(Stage::Continued), severity(Stage::Verified)), (Severity::Soft, Severity::Hard));
    let ledger = Form::quick().checks.iter().find(|check| check.id == "DC60").unwrap();
    assert_eq!((ledger.from_verified, ledger.severity), (true, Severity::Hard));
}

#[test]
fn years_are_compared_with_the_year_before() {
    let last = of_form("annual_base", &[("AB001", 1_000)]);
    let now = of_form("annual_base", &[("AB001", 1_400)]);
    let earlier = Earlier { month_before: MonthBefore::Held(&last), ..Earlier::NOTHING };
    let findings = evaluate(Form::of_code("annual_base").unwrap(), &now, earlier, &CONTEXT);
    assert_eq!(ids(&findings), ["AC21"]);
    assert!(findings[0].zh.ends_with("（年末总人口 上年 1000人，本年 1400人）"), "{}", findings[0].zh);
    assert!(findings[0].en.ends_with("last year 1000 persons, now 1400 persons)"), "{}", findings[0].en);
}

#[test]
fn a_standard_below_the_floor_in_force_is_found_and_without_one_not_judged() {
    let form = Form::of_code("urban_dibao").unwrap();
    let floor = |month| Floor {
        standard: "urban_dibao".parse().unwrap(),
        version: 2,
        month: crate::Fen(month),
        document: "吉民发〔2026〕8号".into(),
    };
    let stated = of_form("urban_dibao", &[("UD015", 15_999)]);
    let found = |floors: &[Floor]| {
        let earlier = Earlier { floors, ..Earlier::NOTHING };
        let checks = evaluate(form, &stated, earlier, &CONTEXT);
        let unjudged = unjudged(form, &stated, earlier, &CONTEXT);
        (checks.into_iter().find(|of| of.check == "AC05"), unjudged.iter().any(|of| of.check == "AC05"))
    };
    let (finding, unjudged) = found(&[floor(16_000)]);
    let finding = finding.unwrap();
    assert_eq!((finding.severity, unjudged), (Severity::Soft, false));
    for part in ["159.99", "每月 160 元", "第 2 版", "吉民发〔2026〕8号"] {
        assert!(finding.zh.contains(part), "{part}: {}", finding.zh);
    }
    assert_eq!(found(&[floor(15_999)]), (None, false));
    assert_eq!(found(&[]), (None, true), "no floor has come: neither passed nor found");
    let other = Floor { standard: "rural_dibao".parse().unwrap(), ..floor(16_000) };
    assert_eq!(found(&[other]), (None, true), "that of another standard says nothing");
}

#[test]
fn what_a_disaster_is_called_fits_its_kind() {
    let of = |event: &str, code: &str, value: i64| {
        let form = Form::quick();
        let mut report = of_form("quick", &[(code, value)]);
        report.subject = event.parse().unwrap();
        let found = evaluate(form, &report, Earlier::NOTHING, &CONTEXT);
        found.into_iter().map(|finding| finding.check).collect::<Vec<_>>()
    };
    let (flood, typhoon, quake) =
        ("20260720-220221-flood", "20260720-220221-typhoon", "20260720-220221-earthquake");
    let none: [&str; 0] = [];
    // 1 and 6 are floods, 7 is a gale, 0 says nothing.
    assert_eq!(
        (of(flood, "HD005", 1), of(flood, "HD005", 6), of(quake, "HD005", 0)),
        (vec![], vec![], vec![])
    );
    assert_eq!(
        (of(flood, "HD005", 7), of(quake, "HD005", 1)),
        (vec!["FS11".to_owned()], vec!["FS11".to_owned()])
    );
    assert_eq!(of(flood, "HD005", 99), ["FS11"], "no such word");
    assert_eq!((of(typhoon, "HD011", 2609), of(flood, "HD011", 2609)), (vec![], vec!["FS09".to_owned()]));
    assert_eq!(
        (of(typhoon, "HD011", 9), of(typhoon, "HD011", 12_609)),
        (vec!["FS12".to_owned()], vec!["FS12".to_owned()])
    );
    assert_eq!((of(quake, "HD012", 58), of(quake, "HD012", 580)), (vec![], vec!["FS13".to_owned()]));
    assert_eq!(of(flood, "HD012", 58), ["FS10"]);
    assert_eq!(of(flood, "QL010", 5), none);
}

fn any_form() -> impl Strategy<Value = &'static Arc<Form>> {
    prop::sample::select(Form::all().iter().collect::<Vec<_>>())
}

proptest! {
    /// Extreme figures in every form: no panic, the same twice, and no rule judged both ways.
    #[test]
    fn any_report_of_any_form_is_judged(form in any_form(), values in prop::collection::vec(figure(), 90), beside in figure()) {
        let figures = form.indicators.iter().map(|of| of.id).zip(values).collect();
        let report = Report { figures, ..of_form(&form.code, &[]) };
        let others: Vec<Report> = form.beside().into_iter().filter_map(Form::of_id).map(|other| {
            let figures = other.indicators.iter().map(|of| (of.id, beside)).collect();
            Report { figures, ..of_form(&other.code, &[]) }
        }).collect();
        let earlier = Earlier { beside: &others, ..Earlier::NOTHING };
        let found = evaluate(form, &report, earlier, &CONTEXT);
        prop_assert_eq!(&found, &evaluate(form, &report, earlier, &CONTEXT));
        let open = unjudged(form, &report, earlier, &CONTEXT);
        prop_assert!(open.iter().all(|of| found.iter().all(|finding| finding.check != of.check)));
    }
}
