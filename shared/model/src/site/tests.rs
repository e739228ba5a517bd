use super::*;
use crate::{
    check::{Context, Earlier, Finding, MonthBefore, Severity, evaluate},
    subject::Subject,
};

const TOWNSHIP: &str = "220221100";

fn quick() -> &'static Form {
    Form::quick()
}

fn stock() -> &'static Form {
    Form::of_code("relief_stock").unwrap()
}

fn figures(form: &Form, figures: &[(&str, Figure)]) -> BTreeMap<u32, Figure> {
    figures.iter().map(|(code, figure)| (form.by_code(code).unwrap().id, *figure)).collect()
}

fn site(form: &Form, name: &str, stated: &[(&str, Figure)]) -> (SiteKey, Site) {
    let kind = if form.id == stock().id { SiteKind::Depot } else { SiteKind::Village };
    let key = SiteKey { kind, key: name.to_owned() };
    (key, Site { name: name.to_owned(), figures: figures(form, stated) })
}

fn report(form: &Form, division: &str, subject: &str, stated: &[(&str, Figure)]) -> Report {
    let subject: Subject = subject.parse().unwrap();
    let occurred_ms = subject.event().map(|_| 0);
    let figures = figures(form, stated);
    Report { figures, occurred_ms, ..Report::blank(form.id, division.parse().unwrap(), subject) }
}

fn flood(stated: &[(&str, Figure)], sites: Vec<(SiteKey, Site)>) -> Report {
    Report {
        sites: sites.into_iter().collect(),
        ..report(quick(), TOWNSHIP, "20261121-220221-flood", stated)
    }
}

fn hard(form: &Form, report: &Report, earlier: Earlier<'_>) -> Vec<Finding> {
    let found = evaluate(form, report, earlier, &Context { report_time_ms: i64::MAX });
    found.into_iter().filter(|finding| finding.severity == Severity::Hard).collect()
}

#[test]
fn villages_add_up_to_their_township() {
    use Figure::Number;
    let villages = || {
        vec![
            site(quick(), "永丰村", &[("QL010", Number(70)), ("QL020", Number(3))]),
            site(quick(), "前进村", &[("QL010", Number(50))]),
        ]
    };
    let right = flood(&[("QL010", Number(120)), ("QL020", Number(3))], villages());
    assert_eq!(hard(quick(), &right, Earlier::NOTHING), []);
    let wrong = flood(&[("QL010", Number(119))], villages());
    let found = hard(quick(), &wrong, Earlier::NOTHING);
    let texts: Vec<&str> = found.iter().map(|finding| finding.zh.as_str()).collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[0].contains("合计 119人") && texts[0].contains("各村之和 120人"), "{texts:?}");
    assert!(texts[1].contains("合计 未填") && texts[1].contains("各村之和 3人"), "{texts:?}");
    let figures = sums(&right, SiteKind::Village);
    assert_eq!(figures, super::tests::figures(quick(), &[("QL010", Number(120)), ("QL020", Number(3))]));
}

#[test]
fn a_village_that_is_not_counted_makes_the_sum_at_least() {
    use Figure::{Number, Some};
    let villages = || {
        vec![site(quick(), "永丰村", &[("QL010", Number(70))]), site(quick(), "前进村", &[("QL010", Some)])]
    };
    for (stated, holds) in [(Some, true), (Number(71), true), (Number(70), false)] {
        let report = flood(&[("QL010", stated)], villages());
        assert_eq!(hard(quick(), &report, Earlier::NOTHING).is_empty(), holds, "{stated:?}");
    }
    assert_eq!(sums(&flood(&[], villages()), SiteKind::Village).into_values().collect::<Vec<_>>(), [Some]);
}

#[test]
fn a_village_keeps_the_rules_of_the_form() {
    use Figure::Number;
    // More dead than affected in one village, though not in the township.
    let villages = vec![
        site(quick(), "永丰村", &[("QL010", Number(1)), ("QL011", Number(2))]),
        site(quick(), "前进村", &[("QL010", Number(50)), ("QL011", Number(0))]),
    ];
    let report = flood(&[("QL010", Number(51)), ("QL011", Number(2))], villages);
    let found = hard(quick(), &report, Earlier::NOTHING);
    assert!(!found.is_empty() && found.iter().all(|finding| finding.zh.starts_with("永丰村：")), "{found:?}");
}

#[test]
fn a_depot_closes_by_goods_and_goes_on_from_last_month() {
    use Figure::Number;
    let month = |period: &str, opening: i64, closing: i64| {
        let stated = [
            ("RS011", Number(opening)),
            ("RS013", Number(5)),
            ("RS015", Number(2)),
            ("RS016", Number(closing)),
        ];
        let whole = report(stock(), "220221", period, &stated);
        Report { sites: [site(stock(), "中心库", &stated)].into(), ..whole }
    };
    let october = month("2026-10", 10, 13);
    assert_eq!(hard(stock(), &october, Earlier::NOTHING), []);
    let found = hard(stock(), &month("2026-10", 10, 12), Earlier::NOTHING);
    assert_eq!(found.iter().map(|of| of.check.as_str()).collect::<Vec<_>>(), ["FS201", "FS201"]);
    assert!(found[0].zh.contains("应为 13顶") && found[1].zh.starts_with("中心库："), "{found:?}");
    // Twelve were left, and the next month begins with thirteen: for the office and for the depot.
    let november = month("2026-11", 12, 15);
    let earlier = Earlier { month_before: MonthBefore::Held(&october), ..Earlier::NOTHING };
    assert_eq!(hard(stock(), &november, earlier), []);
    let all = evaluate(stock(), &november, earlier, &Context { report_time_ms: i64::MAX });
    let soft: Vec<&str> = all.iter().map(|of| of.check.as_str()).collect();
    assert_eq!(soft, ["FS221", "FS221"], "softly: the reports of two months may be corrected apart");
}

#[test]
fn sites_stand_where_they_belong() {
    use Figure::Number;
    let whole = |division: &str| report(quick(), division, "20261121-220221-flood", &[]);
    let with = |division: &str, site: (SiteKey, Site)| Report { sites: [site].into(), ..whole(division) };
    let village = || site(quick(), "永丰村", &[("QL010", Number(1))]);
    assert_eq!(check(quick(), &with(TOWNSHIP, village())), Ok(()));
    assert_eq!(check(quick(), &with("220221", village())), Err(SiteFault::Kind(SiteKind::Village)));
    let (key, depot) = village();
    let depot = (SiteKey { kind: SiteKind::Depot, ..key }, depot);
    assert_eq!(check(quick(), &with(TOWNSHIP, depot)), Err(SiteFault::Kind(SiteKind::Depot)));
    let counted = site(quick(), "永丰村", &[("QL001", Number(1))]);
    assert!(matches!(check(quick(), &with(TOWNSHIP, counted)), Err(SiteFault::Figure(_, 1001))));
    for name in ["", " ", "两\n行", &"村".repeat(SITE_CHARS_MAX + 1)] {
        let found = check(quick(), &with(TOWNSHIP, site(quick(), name, &[])));
        assert_eq!(found, Err(SiteFault::Name(name.to_owned())));
    }
    let many = (0..=SITES_MAX).map(|at| site(quick(), &at.to_string(), &[])).collect();
    let found = check(quick(), &Report { sites: many, ..whole(TOWNSHIP) });
    assert_eq!(found, Err(SiteFault::TooMany(SITES_MAX + 1)));
}
