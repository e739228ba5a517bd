use super::*;
use crate::{
    directory::{Directory, JILIN_2019_CSV},
    division::DivisionCode,
    subject::Subject,
};

const PROVINCE: &str = "22";
const CITY: &str = "2202";
const YONGJI: &str = "220221";
const HUADIAN: &str = "220282";

fn jilin() -> Directory {
    Directory::from_csv(JILIN_2019_CSV, 1).unwrap()
}

fn code(text: &str) -> DivisionCode {
    text.parse().unwrap()
}

fn form() -> &'static Form {
    Form::of_code("urban_dibao").unwrap()
}

fn month() -> Subject {
    "2026-10".parse().unwrap()
}

fn report(division: &str, figures: &[(&str, Figure)]) -> Report {
    let figure = |(code, figure): &(&str, Figure)| (form().by_code(code).unwrap().id, *figure);
    let figures = figures.iter().map(figure).collect();
    Report { figures, ..Report::blank(form().id, code(division), month()) }
}

fn ledger(division: &str, reports: &[Report]) -> Ledger {
    let accounts = Account::of(form());
    let [account] = &accounts[..] else { panic!("one account") };
    reconcile(account, &jilin(), month(), code(division), reports, None)
}

fn found(ledger: &Ledger, rule: Rule, division: &str) -> Equation {
    let mut fits = ledger.equations.iter().filter(|of| (of.rule, of.division) == (rule, code(division)));
    fits.next().unwrap_or_else(|| panic!("no {rule:?} of {division} in {ledger:?}")).clone()
}

/// Province 500 down; the city keeps nothing of it and adds 60; two counties get and pay.
fn flows() -> Vec<Report> {
    use Figure::Number;
    vec![
        report(
            PROVINCE,
            &[("UD008", Number(450)), ("UD009", Number(70)), ("UD012", Number(500)), ("UD056", Number(20))],
        ),
        report(
            CITY,
            &[
                ("UD054", Number(500)),
                ("UD010", Number(60)),
                ("UD012", Number(60)),
                ("UD055", Number(500)),
                ("UD056", Number(0)),
            ],
        ),
        report(
            YONGJI,
            &[("UD054", Number(300)), ("UD011", Number(5)), ("UD006", Number(290)), ("UD056", Number(15))],
        ),
        report(
            HUADIAN,
            &[("UD053", Number(7)), ("UD054", Number(260)), ("UD006", Number(267)), ("UD056", Number(0))],
        ),
    ]
}

#[test]
fn every_level_agrees_with_the_ones_beside_it() {
    let ledger = ledger(PROVINCE, &flows());
    for (rule, division, sum) in [
        (Rule::Own, PROVINCE, 520),
        (Rule::Handover, PROVINCE, 500),
        (Rule::Own, CITY, 560),
        (Rule::Handover, CITY, 560),
        (Rule::Own, YONGJI, 305),
        (Rule::Own, HUADIAN, 267),
    ] {
        let equation = found(&ledger, rule, division);
        assert_eq!((equation.verdict, equation.left.value), (Verdict::Holds, sum), "{rule:?} {division}");
    }
    let total = |part| ledger.totals.get(&part).map(|amount| amount.value);
    assert_eq!((total(Part::Paid), total(Part::Balance)), (Some(557), Some(35)));
    assert_eq!(total(Part::Received), None, "the same money arrives at the city and at the county");
    let lines: Vec<String> = ledger.lines.iter().map(|line| line.division.to_string()).collect();
    assert_eq!(lines, [PROVINCE, CITY, YONGJI, HUADIAN]);
}

#[test]
fn money_that_did_not_arrive_is_named_with_who_is_silent() {
    let mut reports = flows();
    let received = form().by_code("UD054").unwrap().id;
    reports[1].figures.insert(received, Figure::Number(488));
    let ledger = ledger(PROVINCE, &reports);
    let handed = found(&ledger, Rule::Handover, PROVINCE);
    assert_eq!((handed.verdict, handed.difference()), (Verdict::Differs, 12));
    assert!(handed.missing.contains(&code("2201")) && !handed.missing.contains(&code(CITY)));
    let own = found(&ledger, Rule::Own, CITY);
    assert_eq!((own.verdict, own.difference()), (Verdict::Differs, -12), "it passed on more than it got");
    assert_eq!(found(&ledger, Rule::Handover, CITY).verdict, Verdict::Holds);
}

#[test]
fn what_is_blank_or_not_counted_leaves_it_open() {
    let mut reports = flows();
    reports[2].figures.remove(&form().by_code("UD056").unwrap().id);
    reports[3].figures.insert(form().by_code("UD006").unwrap().id, Figure::Some);
    let ledger = ledger(CITY, &reports);
    let blank = found(&ledger, Rule::Own, YONGJI);
    assert_eq!((blank.verdict, &blank.blank[..]), (Verdict::Open, &[Part::Balance][..]));
    let uncounted = found(&ledger, Rule::Own, HUADIAN);
    assert!(uncounted.right.uncounted && uncounted.verdict == Verdict::Open);
    assert!(ledger.equations.iter().all(|of| of.division != code(PROVINCE)), "only what was asked for");
}

#[test]
fn undivided_money_keeps_its_line_and_closes_over_the_whole() {
    use Figure::Number;
    let reports = [
        report(
            PROVINCE,
            &[("UD008", Number(100)), ("UD051", Number(30)), ("UD012", Number(100)), ("UD056", Number(0))],
        ),
        report(YONGJI, &[("UD054", Number(100)), ("UD006", Number(125)), ("UD056", Number(5))]),
    ];
    let ledger = ledger(PROVINCE, &reports);
    assert_eq!(ledger.totals[&Part::Undivided].value, 30);
    let county = found(&ledger, Rule::Own, YONGJI);
    assert_eq!((county.verdict, &county.blank[..]), (Verdict::Open, &[Part::Undivided][..]));
    assert_eq!(county.difference(), -30, "its share of what is not divided");
    let whole = found(&ledger, Rule::Whole, PROVINCE);
    assert_eq!((whole.verdict, whole.left.value, whole.right.value), (Verdict::Holds, 130, 130));
    assert_eq!(found(&ledger, Rule::Own, PROVINCE).verdict, Verdict::Holds);
}

#[test]
fn an_account_has_one_unit_and_what_is_left_closes_it() {
    let mut accounts = 0;
    for account in Form::all().iter().flat_map(|form| Account::of(form)) {
        let unit = account.unit().unwrap();
        let all = account.indicators.values().flatten();
        assert!(all.clone().all(|of| (of.scale, &of.unit) == (unit.scale, &unit.unit)), "{}", account.code);
        let left = account.indicators.keys().filter(|part| part.side() == Side::Left).count();
        assert_eq!(left, 1, "{}", account.code);
        for (part, indicators) in &account.indicators {
            assert_eq!(*part == Part::Raised, indicators.iter().all(|of| !of.is_entered()), "{part}");
        }
        accounts += 1;
    }
    assert_eq!(accounts, 9 + 12, "nine of money, twelve of goods");
}

#[test]
fn parts_are_read_as_they_are_written() {
    for part in Part::ALL {
        assert_eq!((part.en().parse(), part.zh().parse()), (Ok(part), Ok(part)));
    }
    assert_eq!("left".parse::<Part>(), Err(PartError("left".into())));
}

mod any_flows {
    use proptest::prelude::*;

    use super::*;

    /// A province that passes `down[i]` to each of three cities, each of which keeps a part for its first county and adds
    /// money of its own.
    fn any() -> impl Strategy<Value = Vec<Report>> {
        let city = (0..1_000_000_000_i64, 0..1_000_000_i64, 0..=100_i64);
        (proptest::collection::vec(city, 3), 0..1_000_i64).prop_map(|(cities, kept)| {
            let directory = jilin();
            let number = Figure::Number;
            let down: i64 = cities.iter().map(|(sum, ..)| sum).sum();
            let raised = [("UD008", number(down + kept)), ("UD012", number(down)), ("UD056", number(kept))];
            let mut reports = vec![report(PROVINCE, &raised)];
            for ((sum, own, percent), city) in cities.into_iter().zip(["2201", "2202", "2203"]) {
                let county = directory.children(code(city)).next().unwrap().code.to_string();
                let left = (sum + own) * percent / 100;
                let (passed_on, passed) = (sum - left.min(sum), own - (left - left.min(sum)));
                reports.push(report(
                    city,
                    &[
                        ("UD054", number(sum)),
                        ("UD010", number(own)),
                        ("UD012", number(passed)),
                        ("UD055", number(passed_on)),
                        ("UD056", number(left)),
                    ],
                ));
                let got = passed + passed_on;
                let county_states =
                    [("UD054", number(got)), ("UD006", number(got - got / 3)), ("UD056", number(got / 3))];
                reports.push(report(&county, &county_states));
            }
            reports
        })
    }

    proptest! {
        #[test]
        fn what_is_consistent_holds_in_any_order(mut reports in any(), turn in 0usize..7) {
            let found = ledger(PROVINCE, &reports);
            prop_assert!(found.equations.iter().all(|of| of.verdict == Verdict::Holds), "{:?}", found.equations);
            reports.rotate_left(turn);
            prop_assert_eq!(&found, &ledger(PROVINCE, &reports));
        }

        #[test]
        fn one_wrong_figure_is_named_where_it_touches(mut reports in any(), which in 0usize..3, by in 1..1_000_000_i64) {
            let at = 1 + which * 2;
            let city = reports[at].division.to_string();
            let received = form().by_code("UD054").unwrap().id;
            let was = reports[at].figure(received).number().unwrap();
            reports[at].figures.insert(received, Figure::Number(was + by));
            let found = ledger(PROVINCE, &reports);
            let differing: Vec<(Rule, String, i64)> = found
                .equations
                .iter()
                .filter(|of| of.verdict == Verdict::Differs)
                .map(|of| (of.rule, of.division.to_string(), of.difference()))
                .collect();
            let expected = [(Rule::Handover, PROVINCE.to_owned(), -by), (Rule::Own, city, by)];
            prop_assert_eq!(differing, expected);
        }
    }
}
