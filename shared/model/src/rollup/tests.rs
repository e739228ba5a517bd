use std::sync::OnceLock;

use proptest::prelude::*;

use super::*;
use crate::{
    directory::JILIN_2019_CSV,
    figure::Figure::{self, Blank, Number, Some as SomeThere},
    form::{FormTables, FormTitle},
};

const EVENT: &str = "20261121-220221-flood";

fn jilin() -> &'static Directory {
    static JILIN: OnceLock<Directory> = OnceLock::new();
    JILIN.get_or_init(|| Directory::from_csv(JILIN_2019_CSV, 1).unwrap())
}

fn code(text: &str) -> DivisionCode {
    text.parse().unwrap()
}

/// One indicator for each way of adding up: persons, income per person, and so on. Owed as the quick report is: by the
/// townships.
fn form() -> &'static Form {
    static FORM: OnceLock<Form> = OnceLock::new();
    FORM.get_or_init(|| {
        let title = FormTitle {
            id: 8,
            code: "quick".to_owned(),
            version: 1,
            zh: "试".to_owned(),
            en: "Trial".to_owned(),
            about: crate::About::Event,
            optional: false,
        };
        let indicators = "id,code,zh,en,unit,unit_en,scale,nature,adds_up,reach,group,kinds,loss,note\n\
            1,SUM,和,Sum,人,,0,cumulative,sum,province,g,,yes,\n\
            2,MAX,最大,Max,级,,0,cumulative,max,province,g,,no,\n\
            3,LATEST,最近,Latest,米,,0,current,latest,province,g,,no,\n\
            4,MEAN,均,Mean,元,,2,current,mean:SUM,province,g,,no,\n\
            5,AREA,面积,Area,公顷,ha,2,cumulative,sum,province,g,,yes,\n\
            6,RATIO,率,Ratio,公顷,ha,2,current,ratio:AREA/SUM,province,g,,no,\n\
            7,STRUCK,受灾乡镇,Struck,个,,0,count,count:township:loss,province,g,,no,\n\
            8,TOWNS,受淹县城,Towns,个,,0,cumulative,count:county:TOWNS,province,g,,no,\n\
            9,TEXT,不加,None,个,,0,current,no,province,g,,no,\n";
        let tables = FormTables {
            groups: "code,zh,en\ng,组,Group\n",
            indicators,
            checks: "id,rule,left,op,right,severity,zh,en,source\n",
        };
        Form { duties: Form::quick().duties.clone(), ..Form::from_csv(title, tables).unwrap() }
    })
}

fn report(division: &str, figures: &[(u32, Figure)]) -> Report {
    Report {
        occurred_ms: Some(0),
        figures: figures.iter().copied().collect(),
        ..Report::blank(form().id, code(division), EVENT.parse().unwrap())
    }
}

fn contribution(report: &Report) -> Contribution<'_> {
    Contribution {
        division: report.division,
        revision: report.revision,
        entry: [report.revision as u8; 32],
        report,
    }
}

fn roll(division: &str, reports: &[Report]) -> Rollup {
    let contributions: Vec<_> = reports.iter().map(contribution).collect();
    fold(form(), jilin(), code(division), EVENT.parse::<Subject>().unwrap(), &contributions)
}

fn value(rollup: &Rollup, id: u32) -> i64 {
    rollup.total(id).unwrap().value
}

/// Three townships of 永吉县 and the county itself.
const TOWNSHIPS: [&str; 3] = ["220221100", "220221101", "220221102"];
const COUNTY: &str = "220221";

#[test]
fn a_division_is_its_children_and_itself() {
    let reports = [
        report(TOWNSHIPS[0], &[(1, Number(10))]),
        report(TOWNSHIPS[1], &[(1, Number(20))]),
        report(COUNTY, &[(1, Number(3))]),
        report("2202", &[(1, Number(500))]),
        report("222426120", &[(1, Number(7_000))]),
    ];
    assert_eq!(value(&roll(COUNTY, &reports), 1), 33, "the city above and other divisions stay out");
    assert_eq!(value(&roll("2202", &reports), 1), 533);
    assert_eq!(value(&roll("22", &reports), 1), 7_533);
    assert_eq!(value(&roll(TOWNSHIPS[0], &reports), 1), 10);
}

#[test]
fn four_values_stay_apart_in_a_total() {
    let reports = [
        report(TOWNSHIPS[0], &[(1, Number(10))]),
        report(TOWNSHIPS[1], &[(1, SomeThere)]),
        report(TOWNSHIPS[2], &[(1, Blank)]),
    ];
    let total = *roll(COUNTY, &reports).total(1).unwrap();
    assert_eq!(total, Total { value: 10, at_least: true, overflow: false, counted: 1, some: 1, blank: 1 });
    let persons = form().by_id(1).unwrap();
    assert_eq!(total.format(persons), "≥10");
    assert_eq!(roll(COUNTY, &reports[1..]).total(1).unwrap().format(persons), "有（未统计）");
    assert_eq!(roll(COUNTY, &reports[2..]).total(1).unwrap().format(persons), "");
    assert_eq!(
        roll(COUNTY, &[report(TOWNSHIPS[0], &[(1, Number(0))])]).total(1).unwrap().format(persons),
        "0"
    );
}

#[test]
fn the_greater_revision_stands_then_the_greater_entry() {
    let old = report(TOWNSHIPS[0], &[(1, Number(1))]);
    let new = Report { revision: 1, ..report(TOWNSHIPS[0], &[(1, Number(2))]) };
    let rival = Report { revision: 1, ..report(TOWNSHIPS[0], &[(1, Number(3))]) };
    let rival = Contribution { entry: [9; 32], ..contribution(&rival) };
    let both = [rival, contribution(&old), contribution(&new), contribution(&new)];
    let rollup = fold(form(), jilin(), code(COUNTY), EVENT.parse::<Subject>().unwrap(), &both);
    assert_eq!(value(&rollup, 1), 3);
    assert_eq!(
        rollup.coverage.counted,
        [Counted { division: code(TOWNSHIPS[0]), revision: 1, entry: [9; 32] }]
    );
    assert_eq!(value(&roll(COUNTY, &[new, old]), 1), 2);
}

#[test]
fn who_is_missing_is_named() {
    let rollup = roll("2299", &[report("220621121", &[(1, Number(1))])]);
    assert_eq!(rollup.coverage.missing, [code("220621120"), code("222426120")]);
    assert_eq!(roll("22", &[]).coverage.missing.len(), 919);
}

#[test]
fn max_and_latest_take_one_figure() {
    let at =
        |division, cutoff_ms, figure| Report { cutoff_ms, ..report(division, &[(2, figure), (3, figure)]) };
    let reports = [
        at(TOWNSHIPS[0], Some(9), Number(5)),
        at(TOWNSHIPS[1], Some(8), Number(7)),
        at(TOWNSHIPS[2], None, Number(6)),
    ];
    let rollup = roll(COUNTY, &reports);
    assert_eq!((value(&rollup, 2), value(&rollup, 3)), (7, 5));
    let tied = [at(TOWNSHIPS[1], Some(9), Number(4)), reports[0].clone()];
    assert_eq!(value(&roll(COUNTY, &tied), 3), 4, "the greater code, in any order");
    let uncounted = [reports[0].clone(), at(TOWNSHIPS[1], Some(10), SomeThere)];
    let latest = *roll(COUNTY, &uncounted).total(3).unwrap();
    assert_eq!((latest.value, latest.at_least), (0, true), "an old number is not the latest word");
}

#[test]
fn means_and_ratios_come_from_sums() {
    let reports = [
        report(TOWNSHIPS[0], &[(1, Number(1)), (4, Number(1_000)), (5, Number(100))]),
        report(TOWNSHIPS[1], &[(1, Number(3)), (4, Number(2_000)), (5, Number(50))]),
        report(TOWNSHIPS[2], &[(1, Blank), (4, Number(9_000))]),
    ];
    let rollup = roll(COUNTY, &reports);
    assert_eq!(value(&rollup, 4), 1_750, "(1·10 + 3·20) / 4, the one without weight left out");
    assert_eq!(rollup.total(4).unwrap().counted, 2);
    assert_eq!(value(&rollup, 6), 38, "1.50 ha / 4 = 0.375, rounded half away from zero");
    let weightless = report(TOWNSHIPS[2], &[(1, Number(0)), (4, Number(9_000))]);
    let total = *roll(COUNTY, &[reports[0].clone(), weightless]).total(4).unwrap();
    assert_eq!((total.value, total.counted), (1_000, 1), "nobody earns it, so it is not in the mean");
    let negative = [report(TOWNSHIPS[0], &[(1, Number(4)), (5, Number(-150))])];
    assert_eq!(value(&roll(COUNTY, &negative), 6), -38);
    let nobody = roll(COUNTY, &[report(TOWNSHIPS[0], &[(1, Number(0)), (5, Number(9))])]);
    assert_eq!(nobody.total(6).unwrap().counted, 0, "no ratio to zero");
}

/// A county sets a standard, its townships count the persons; a city sets one for whoever below it sets none.
#[test]
fn a_standard_is_weighted_by_the_persons_it_is_for() {
    let reports = [
        report(TOWNSHIPS[0], &[(1, Number(30))]),
        report(TOWNSHIPS[1], &[(1, Number(10))]),
        report(COUNTY, &[(4, Number(20_000))]),
        report("220202001", &[(1, Number(60))]),
        report("2202", &[(4, Number(40_000))]),
        report("222426120", &[(1, Number(1_000))]),
    ];
    assert_eq!(value(&roll(COUNTY, &reports), 4), 20_000);
    let city = roll("2202", &reports);
    assert_eq!(value(&city, 4), 32_000, "(40·200 + 60·400) / 100, not the sum");
    assert_eq!(city.total(4).unwrap().counted, 2);
    assert_eq!(value(&roll("22", &reports), 4), 32_000, "persons without a standard weigh nothing");
    assert_eq!(roll(TOWNSHIPS[0], &reports).total(4).unwrap().counted, 0, "who sets nothing has no standard");
}

/// What the monthly forms compute: money raised from parts that four levels state, payments from money and persons.
#[test]
fn a_month_adds_up_over_the_levels_that_fill_it_in() {
    let form = Form::of_code("urban_dibao").unwrap();
    let month = |division: &str, figures: &[(&str, i64)]| Report {
        form: form.id,
        subject: "2026-10".parse().unwrap(),
        occurred_ms: None,
        figures: figures
            .iter()
            .map(|(code, value)| (form.by_code(code).unwrap().id, Number(*value)))
            .collect(),
        ..report(division, &[])
    };
    let yuan = 1_000_000 / 10_000;
    let reports = [
        month(TOWNSHIPS[0], &[("UD002", 30)]),
        month(TOWNSHIPS[1], &[("UD002", 10)]),
        month(COUNTY, &[("UD005", 5_000 * yuan), ("UD011", 7), ("UD015", 20_000)]),
        month("2202", &[("UD010", 5)]),
        month("22", &[("UD008", 3), ("UD009", 2)]),
    ];
    let contributions: Vec<_> = reports.iter().map(contribution).collect();
    let of = |division: &str, wanted: &str| {
        let rollup =
            fold(form, jilin(), code(division), "2026-10".parse::<Subject>().unwrap(), &contributions);
        let total = *rollup.total(form.by_code(wanted).unwrap().id).unwrap();
        (total.counted > 0).then_some(total.value)
    };
    assert_eq!((of(COUNTY, "UD007"), of("2202", "UD007"), of("22", "UD007")), (Some(7), Some(12), Some(17)));
    assert_eq!(of("22", "UD016"), Some(12_500), "5 000 yuan for 40 persons are 125.00 yuan");
    assert_eq!((of(COUNTY, "UD015"), of(TOWNSHIPS[0], "UD015")), (Some(20_000), None));
    let rollup =
        fold(form, jilin(), code(COUNTY), "2026-10".parse::<Subject>().unwrap(), &contributions[..2]);
    let missing = &rollup.coverage.missing;
    assert!(missing.contains(&code(COUNTY)), "the county owes figures of its own");
    assert_eq!(missing.len(), 8 - 2 + 1, "永吉县 has eight townships");
}

#[test]
fn townships_with_a_loss_are_counted_once() {
    let reports = [
        report(TOWNSHIPS[0], &[(1, Number(1)), (5, Number(1))]),
        report(TOWNSHIPS[1], &[(1, SomeThere)]),
        report(TOWNSHIPS[2], &[(1, Number(0)), (2, Number(7))]),
        report(COUNTY, &[(1, Number(9))]),
        report("222426120", &[(1, Blank)]),
    ];
    let total = *roll("22", &reports).total(7).unwrap();
    assert_eq!(
        (total.value, total.counted, total.blank),
        (2, 3, 1),
        "the county's own report is no township"
    );
}

#[test]
fn a_county_town_is_counted_once_whoever_says_so() {
    let flooded = |division| report(division, &[(8, Number(1))]);
    let dry = report("222426200", &[(8, Number(0))]);
    let reports = [flooded(TOWNSHIPS[0]), flooded(TOWNSHIPS[1]), flooded(COUNTY), flooded("222426120"), dry];
    let total = *roll("22", &reports).total(8).unwrap();
    assert_eq!((total.value, total.counted), (2, 3), "永吉县, and Changbaishan for itself; 安图县 is dry");
}

#[test]
fn what_does_not_add_up_has_no_total() {
    let rollup = roll(COUNTY, &[report(TOWNSHIPS[0], &[(9, Number(4)), (77, Number(4))])]);
    assert_eq!((rollup.total(9), rollup.total(77)), (None, None));
}

#[test]
fn an_overflow_is_flagged() {
    let huge =
        |division| report(division, &[(1, Number(i64::MAX)), (4, Number(i64::MAX)), (5, Number(i64::MIN))]);
    let rollup = roll(COUNTY, &[huge(TOWNSHIPS[0]), huge(TOWNSHIPS[1]), huge(TOWNSHIPS[2])]);
    let sum = rollup.total(1).unwrap();
    assert_eq!((sum.value, sum.overflow, sum.at_least), (i64::MAX, true, true));
    assert_eq!((rollup.total(5).unwrap().value, rollup.total(5).unwrap().overflow), (i64::MIN, true));
    assert!(rollup.total(6).unwrap().overflow, "a ratio of what did not fit");
    assert!(rollup.total(4).unwrap().overflow, "a mean of what did not fit");
}

#[test]
fn a_drill_is_never_added_to_the_real_thing() {
    let drill = Report { drill: true, ..report(TOWNSHIPS[0], &[(1, Number(100))]) };
    assert_eq!(value(&roll(COUNTY, &[drill.clone(), report(TOWNSHIPS[1], &[(1, Number(1))])]), 1), 1);
    assert_eq!(value(&roll(COUNTY, &[drill]), 1), 100, "an exercise has its own total");
}

#[test]
fn another_form_is_left_out() {
    let other = Report { form: 99, ..report(TOWNSHIPS[0], &[(1, Number(100))]) };
    assert!(roll(COUNTY, &[other]).coverage.counted.is_empty());
}

#[test]
fn a_view_names_entries_as_people_do() {
    let rollup = roll("2299", &[report("220621121", &[(1, Number(1))])]);
    let view = serde_json::to_value(&rollup).unwrap();
    assert_eq!(view["division"], "2299");
    assert_eq!(view["subject"], EVENT);
    assert_eq!(view["coverage"]["counted"][0]["entry"], "0".repeat(64));
    assert_eq!(view["figures"]["1"]["value"], 1);
}

fn figure() -> impl Strategy<Value = Figure> {
    prop_oneof![Just(Blank), Just(SomeThere), (0..1_000_i64).prop_map(Number), any::<i64>().prop_map(Number)]
}

fn reports() -> impl Strategy<Value = Vec<(Report, u8)>> {
    let divisions: Vec<String> =
        jilin().iter().step_by(23).map(|division| division.code.to_string()).collect();
    let one = (
        prop::sample::select(divisions),
        0..3_u32,
        0..3_i64,
        prop::collection::vec((1..10_u32, figure()), 0..9),
        any::<u8>(),
    );
    let one = one.prop_map(|(division, revision, cutoff, figures, entry)| {
        (Report { revision, cutoff_ms: Some(cutoff), ..report(&division, &figures) }, entry)
    });
    prop::collection::vec(one, 0..40)
}

/// A month of urban dibao in one city: persons from townships, money and standards from counties and the city.
fn month() -> impl Strategy<Value = Vec<Report>> {
    let form = Form::of_code("urban_dibao").unwrap();
    let id = |wanted: &str| form.by_code(wanted).unwrap().id;
    let ids = [id("UD002"), id("UD005"), id("UD010"), id("UD011"), id("UD015")];
    let divisions: Vec<String> = jilin()
        .iter()
        .filter(|of| jilin().is_within(of.code, code("2202")))
        .map(|of| of.code.to_string())
        .collect();
    let one = (
        prop::sample::select(divisions),
        prop::collection::vec((prop::sample::select(ids.to_vec()), 0..9_999_i64), 1..5),
    );
    let one = one.prop_map(move |(division, figures)| {
        let figures: Vec<_> = figures.into_iter().map(|(id, value)| (id, Number(value))).collect();
        let subject = "2026-10".parse().unwrap();
        Report { form: form.id, subject, occurred_ms: None, ..report(&division, &figures) }
    });
    prop::collection::vec(one, 0..30)
}

proptest! {
    /// A mean lies between the smallest and the largest, whatever the weights; the order of arrival changes nothing.
    #[test]
    fn a_month_is_the_same_in_any_order(
        (reports, shuffled) in month().prop_flat_map(|reports| {
            let numbered: Vec<_> = reports.into_iter().enumerate().collect();
            (Just(numbered.clone()), Just(numbered).prop_shuffle())
        }),
    ) {
        let form = Form::of_code("urban_dibao").unwrap();
        let total = |list: &[(usize, Report)]| {
            let contributions: Vec<_> = list
                .iter()
                .map(|(number, report)| Contribution { entry: [*number as u8; 32], ..contribution(report) })
                .collect();
            fold(form, jilin(), code("2202"), "2026-10".parse::<Subject>().unwrap(), &contributions)
        };
        let once = total(&reports);
        prop_assert_eq!(&once, &total(&shuffled));
        let standard = form.by_code("UD015").unwrap().id;
        let mean = once.total(standard).unwrap();
        let stated: Vec<i64> = reports.iter().filter_map(|(_, of)| of.figure(standard).number()).collect();
        if mean.counted > 0 {
            prop_assert!(stated.iter().min() <= Some(&mean.value) && Some(&mean.value) <= stated.iter().max());
        }
    }


    #[test]
    fn the_order_of_arrival_and_repeats_do_not_matter(
        (reports, shuffled) in reports().prop_flat_map(|reports| {
            // An entry hash names one report: two different reports never share it.
            let numbered: Vec<_> = reports.into_iter().enumerate().collect();
            (Just(numbered.clone()), Just(numbered).prop_shuffle())
        }),
    ) {
        let contributions = |list: &[(usize, (Report, u8))]| -> Rollup {
            let contributions: Vec<Contribution<'_>> = list.iter().map(|(number, (report, entry))| {
                let mut hash = [*entry; 32];
                hash[31] = *number as u8;
                Contribution { entry: hash, ..contribution(report) }
            }).collect();
            fold(form(), jilin(), code("22"), EVENT.parse::<Subject>().unwrap(), &contributions)
        };
        let once = contributions(&reports);
        prop_assert_eq!(&once, &contributions(&shuffled));
        let repeated: Vec<_> = reports.iter().chain(&shuffled).cloned().collect();
        prop_assert_eq!(&once, &contributions(&repeated));
    }

    /// Whatever was set, taken away and asked before, the totals are those of what stands now.
    #[test]
    fn totals_that_are_kept_are_those_of_a_fold(
        steps in reports().prop_flat_map(|reports| {
            let count = reports.len();
            (Just(reports), prop::collection::vec((any::<bool>(), 0..4_u8), count))
        }),
    ) {
        let ground = Ground { form: form(), directory: jilin() };
        let asked = ["22", "2202", "220221", "220221100"].map(code);
        let subject = EVENT.parse::<Subject>().unwrap();
        let mut tree = Tree::new(ground, subject, code("22"));
        let mut stands: BTreeMap<(DivisionCode, bool), Report> = BTreeMap::new();
        for ((report, _), (drill, step)) in steps.0.into_iter().zip(steps.1) {
            let (division, report) = (report.division, Report { drill, ..report });
            if step == 0 {
                tree.set(jilin(), division, drill, None);
                stands.remove(&(division, drill));
            } else {
                tree.set(jilin(), division, drill, Some(&contribution(&report)));
                stands.insert((division, drill), report);
            }
            if step == 1 {
                tree.rollup(ground, code("220221"));
            }
        }
        let contributions: Vec<Contribution<'_>> = stands.values().map(contribution).collect();
        for division in asked {
            let whole = fold(form(), jilin(), division, subject, &contributions);
            prop_assert_eq!(&tree.rollup(ground, division), &whole);
            for indicator in &form().indicators {
                let figure = tree.figure(ground, division, indicator.id);
                prop_assert_eq!(figure.map(|of| of.total), whole.total(indicator.id).copied());
                let counted = figure.map_or(whole.coverage.counted.len(), |of| of.reports as usize);
                prop_assert_eq!(counted, whole.coverage.counted.len());
                let missing = figure.map_or(whole.coverage.missing.len(), |of| (of.owing - of.reported) as usize);
                prop_assert_eq!(missing, whole.coverage.missing.len());
            }
        }
    }

    /// What a county is, plus what the rest is, is what the province is.
    #[test]
    fn sums_of_parts_are_sums_of_the_whole(figures in prop::collection::vec(0..1_000_i64, 10)) {
        let townships: Vec<_> = jilin().iter().filter(|division| division.level == crate::Level::Township).step_by(91).collect();
        let reports: Vec<_> = townships.iter().zip(&figures).map(|(t, figure)| report(&t.code.to_string(), &[(1, Number(*figure))])).collect();
        let cities: i64 = jilin().children(code("22")).map(|city| value(&roll(&city.code.to_string(), &reports), 1)).sum();
        prop_assert_eq!(cities, value(&roll("22", &reports), 1));
    }
}
