//! The numbers of the documents: 20 % ÷ 12 with floors of 180 and 160 for towns, 30 % for the country.

use proptest::prelude::*;

use super::*;
use crate::directory::JILIN_2019_CSV;

fn jilin() -> Directory {
    Directory::from_csv(JILIN_2019_CSV, 1).unwrap()
}

fn code(code: u64) -> DivisionCode {
    DivisionCode::new(code).unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn yuan(text: &str) -> Fen {
    text.parse().unwrap()
}

fn clause(divisions: &[u64], kinds: &[&str], floor: Option<&str>, set_by: Level) -> Clause {
    let mut kinds: Vec<String> = kinds.iter().map(ToString::to_string).collect();
    kinds.sort();
    let divisions = divisions.iter().map(|of| code(*of)).collect();
    Clause { divisions, kinds, floor: floor.map(yuan), share_bp: Some(2_000), set_by }
}

fn urban(version: u32) -> AidStandard {
    let standard = AidStandard {
        code: "urban_dibao".parse().unwrap(),
        version,
        name: "城市居民最低生活保障标准".into(),
        title: "关于提高全省城市居民最低生活保障标准方案".into(),
        document: "省政府第八次常务会议".into(),
        issued: None,
        from: day("2026-12-01"),
        recorded_late: false,
        period: Period::Month,
        income: Income::Urban,
        clauses: vec![
            clause(&[2_299, 222_401], &["区", "开发区"], Some("180"), Level::City),
            clause(&[], &["县", "市", "自治县"], Some("160"), Level::County),
        ],
    };
    standard.check().unwrap();
    standard
}

fn rural() -> AidStandard {
    let clause = Clause {
        divisions: vec![code(22)],
        kinds: vec![],
        floor: None,
        share_bp: Some(3_000),
        set_by: Level::City,
    };
    AidStandard {
        code: "rural_dibao".parse().unwrap(),
        period: Period::Year,
        income: Income::Rural,
        clauses: vec![clause],
        ..urban(1)
    }
}

fn says(standard: &AidStandard, setter: u64, covers: &[u64], step: Step) -> Adoption {
    Adoption {
        standard: standard.code.clone(),
        version: standard.version,
        setter: code(setter),
        number: 1,
        covers: covers.iter().map(|of| code(*of)).collect(),
        recorded_late: false,
        step,
    }
}

fn value(value: &str, from: &str, period: Period, income: Option<&str>) -> Step {
    Step::InForce(Setting {
        value: yuan(value),
        period,
        from: day(from),
        document: "吉市民发〔2026〕1号".into(),
        income: income.map(yuan),
    })
}

/// The rules that a monthly value breaks which one division sets for one place from the standard's first day.
fn rules(
    standard: &AidStandard,
    setter: u64,
    place: u64,
    amount: &str,
    income: Option<&str>,
) -> Vec<&'static str> {
    let step = value(amount, "2026-12-01", standard.period, income);
    judged(&[standard], &says(standard, setter, &[place], step), "2026-11-22")
}

fn judged(versions: &[&AidStandard], adoption: &Adoption, signed_on: &str) -> Vec<&'static str> {
    adoption.check().unwrap();
    let ground = Ground { versions, directory: &jilin(), signed_on: Some(day(signed_on)) };
    check(adoption, &ground).iter().map(|finding| finding.rule).collect()
}

#[test]
fn towns_keep_to_180_and_counties_to_160() {
    let urban = urban(1);
    // A district, Yanji by its name, an area of Changbaishan; then a county and a county-level city.
    for (setter, place) in [(2_202, 220_202), (220_202, 220_202), (222_401, 222_401), (2_299, 222_426_120)] {
        assert_eq!(rules(&urban, setter, place, "180", None), [""; 0], "{place}");
        assert_eq!(rules(&urban, setter, place, "179.99", None), ["FLOOR"], "{place}");
    }
    for place in [220_221, 220_282, 222_402] {
        assert_eq!(rules(&urban, place, place, "160", None), [""; 0], "{place}");
        assert_eq!(rules(&urban, place, place, "159.99", None), ["FLOOR"], "{place}");
    }
}

#[test]
fn a_value_keeps_to_a_fifth_of_the_income_by_the_month() {
    let urban = urban(1);
    // 20 % of 12 829.45 ÷ 12 is 213.824 16…: 213.83 is the first fen that reaches it.
    let income = Some("12829.45");
    assert_eq!(rules(&urban, 220_221, 220_221, "213.82", income), ["FORMULA"]);
    assert_eq!(rules(&urban, 220_221, 220_221, "213.83", income), [""; 0]);
    let clause = urban.clause(&jilin(), code(220_221)).unwrap();
    assert_eq!(clause.least(urban.period, Some(yuan("12829.45")), Period::Month), Some(yuan("213.83")));
    assert_eq!(clause.least(urban.period, Some(yuan("6000")), Period::Month), Some(yuan("160")));
    // An amount that comes out even is enough.
    assert_eq!(rules(&urban, 220_221, 220_221, "200", Some("12000")), [""; 0]);
    assert_eq!(rules(&urban, 220_221, 220_221, "199.99", Some("12000")), ["FORMULA"]);
}

#[test]
fn a_value_without_an_income_stands_on_its_floor_and_says_that_the_formula_was_not_judged() {
    let (urban, rural) = (urban(1), rural());
    let floor_only = AidStandard {
        clauses: urban.clauses.iter().map(|of| Clause { share_bp: None, ..of.clone() }).collect(),
        ..urban.clone()
    };
    let judged = |standard: &AidStandard, places: &[u64], income| {
        let said = says(standard, 2_202, places, value("200", "2026-12-01", Period::Month, income));
        formula(standard, &jilin(), &said.covers, said.setting().unwrap())
    };
    assert_eq!(rules(&urban, 220_221, 220_221, "160", None), [""; 0]);
    assert_eq!(judged(&urban, &[220_221], None), Some(Formula::NotJudged));
    assert_eq!(judged(&urban, &[220_221], Some("12000")), Some(Formula::Judged));
    assert_eq!(judged(&rural, &[220_221], Some("12000")), Some(Formula::Judged));
    assert_eq!(judged(&floor_only, &[220_221], None), None, "there is no formula to judge by");
    let county_only =
        AidStandard { clauses: vec![floor_only.clauses[0].clone(), urban.clauses[1].clone()], ..urban };
    assert_eq!(judged(&county_only, &[220_202], None), None, "a district has a floor only");
    assert_eq!(judged(&county_only, &[220_202, 220_221], None), Some(Formula::NotJudged), "one of two has");
}

#[test]
fn the_country_keeps_to_three_tenths_by_the_year() {
    let rural = rural();
    assert_eq!(rules(&rural, 220_221, 220_221, "3398", Some("11326.17")), [""; 0]);
    assert_eq!(rules(&rural, 220_221, 220_221, "3397.85", Some("11326.17")), ["FORMULA"]);
    assert_eq!(rules(&rural, 220_221, 220_221, "3398", None), ["INCOME"]);
    // By the month it is the same rule: 12 × 283.16 is 3397.92.
    let monthly = |amount| {
        says(&rural, 220_221, &[220_221], value(amount, "2026-12-01", Period::Month, Some("11326.17")))
    };
    assert_eq!(judged(&[&rural], &monthly("283.16"), "2026-11-22"), [""; 0]);
    assert_eq!(judged(&[&rural], &monthly("283.15"), "2026-11-22"), ["FORMULA"]);
}

#[test]
fn a_level_sets_for_itself_and_below_as_far_as_the_clause_lets_it() {
    let urban = urban(1);
    assert_eq!(rules(&urban, 2_202, 220_221, "200", None), ["SETTER"], "a county sets its own");
    assert_eq!(rules(&urban, 220_221, 220_282, "200", None), ["SETTER"], "not its neighbour's");
    assert_eq!(rules(&urban, 22, 220_202, "200", None), ["SETTER"], "the province sets the standard");
    assert_eq!(rules(&urban, 2_299, 220_621, "200", None), ["SETTER"], "Fusong is no area of Changbaishan");
    assert_eq!(rules(&urban, 222_426_120, 222_426_120, "200", None), ["SETTER"], "nor does an area");
    assert_eq!(rules(&urban, 2_202, 220_202_001, "200", None), ["SCOPE"], "a street is no place");
    assert_eq!(rules(&rural(), 2_202, 220_221, "4000", Some("11000")), [""; 0]);
}

#[test]
fn a_past_day_needs_the_word_that_it_is_entered_late() {
    let urban = urban(1);
    let mut late = says(&urban, 220_221, &[220_221], value("170", "2026-11-21", Period::Month, None));
    assert_eq!(judged(&[&urban], &late, "2026-11-22"), ["PAST"]);
    assert_eq!(judged(&[&urban], &late, "2026-11-21"), [""; 0], "today is not past");
    late.recorded_late = true;
    assert_eq!(judged(&[&urban], &late, "2026-11-22"), [""; 0]);
    let preparing = says(&urban, 220_221, &[220_221], Step::Preparing { until: day("2026-11-21") });
    assert_eq!(judged(&[&urban], &preparing, "2026-11-22"), ["PAST"]);
    let ground = Ground { versions: &[&urban], directory: &jilin(), signed_on: None };
    assert_eq!(check(&preparing, &ground), [], "a clock that cannot be right says nothing");
}

#[test]
fn the_version_in_force_on_the_day_judges() {
    let first = urban(1);
    let mut second = urban(2);
    second.from = day("2027-07-01");
    second.clauses[1].floor = Some(yuan("190"));
    let held = [&first, &second];
    let from = |from| says(&first, 220_221, &[220_221], value("170", from, Period::Month, None));
    assert_eq!(judged(&held, &from("2027-06-30"), "2026-11-22"), [""; 0]);
    assert_eq!(judged(&held, &from("2027-07-01"), "2026-11-22"), ["FLOOR"], "whatever version it names");
    // Ahead of the first day of all, the version that is followed.
    let ahead = Adoption { version: 2, ..from("2026-11-25") };
    assert_eq!(judged(&held, &ahead, "2026-11-22"), ["FLOOR"]);
    assert_eq!(judged(&[&first], &ahead, "2026-11-22"), [PENDING]);
}

fn state_of(reached: &[Reached], place: u64) -> PlaceState {
    reached.iter().find(|of| of.place == code(place)).unwrap().state
}

#[test]
fn a_city_covers_its_districts_and_the_nearer_word_goes_before() {
    let (urban, jilin) = (urban(1), jilin());
    let districts = [220_202, 220_203, 220_204, 220_211];
    let city = says(&urban, 2_202, &districts, value("200", "2026-12-01", Period::Month, None));
    let own = says(&urban, 220_202, &[220_202], value("210", "2026-12-01", Period::Month, None));
    let county = says(&urban, 220_221, &[220_221], Step::Preparing { until: day("2026-12-31") });
    let said = [city, own, county];
    let reached = reach(&urban, &jilin, code(22), &said, day("2026-12-05"));
    assert_eq!(reached.iter().filter(|of| of.county).count(), 60);
    assert_eq!(reached.len(), 60 + 9 + 3, "zones and areas stand beside");
    assert_eq!(reached.iter().filter(|of| of.state == PlaceState::InForce).count(), 4);
    let by = |place| reached.iter().find(|of| of.place == code(place)).unwrap().in_force;
    assert_eq!((by(220_202), by(220_203)), (Some(1), Some(0)));
    assert_eq!(state_of(&reached, 220_221), PlaceState::Preparing);
    let before = reach(&urban, &jilin, code(22), &said, day("2026-11-30"));
    assert_eq!(state_of(&before, 220_202), PlaceState::Issued, "set, and not in force yet");
    let after = reach(&urban, &jilin, code(22), &said, day("2027-01-01"));
    assert_eq!(state_of(&after, 220_221), PlaceState::Overdue);
}

#[test]
fn a_new_version_is_not_reached_by_an_old_value() {
    let (first, jilin) = (urban(1), jilin());
    let mut second = urban(2);
    second.clauses[1].floor = Some(yuan("190"));
    let old = says(&first, 220_221, &[220_221], value("170", "2026-12-01", Period::Month, None));
    let said =
        [old.clone(), Adoption { number: 2, step: Step::Preparing { until: day("2027-01-31") }, ..old }];
    let reached = |standard, said: &[Adoption]| reach(standard, &jilin, code(22), said, day("2026-12-05"));
    assert_eq!(state_of(&reached(&first, &said), 220_221), PlaceState::InForce);
    assert_eq!(state_of(&reached(&second, &said), 220_221), PlaceState::Below, "prepared for version 1");
    let mut again = said.to_vec();
    again[1].version = 2;
    assert_eq!(state_of(&reached(&second, &again), 220_221), PlaceState::Preparing);
}

#[test]
fn the_nearest_name_goes_before_the_kind_and_the_kind_before_all() {
    let mut standard = urban(1);
    standard.clauses = vec![
        clause(&[22], &[], Some("100"), Level::County),
        clause(&[], &["县"], Some("110"), Level::County),
        clause(&[2_202], &[], Some("120"), Level::County),
        clause(&[220_221], &[], Some("130"), Level::County),
    ];
    assert_eq!(standard.check(), Ok(()));
    let jilin = jilin();
    let floor = |place| standard.clause(&jilin, code(place)).and_then(|clause| clause.floor).unwrap();
    assert_eq!(floor(220_221), yuan("130"));
    assert_eq!(floor(220_282), yuan("120"));
    assert_eq!(floor(220_122), yuan("110"));
    assert_eq!(floor(220_102), yuan("100"));
    assert_eq!(standard.check_scope(&jilin), Ok(()));
    standard.clauses[1].kinds = vec!["旗".into()];
    let unknown = StandardError::Unknown { clause: 2, scope: "旗".into() };
    assert_eq!(standard.check_scope(&jilin), Err(unknown));
}

#[test]
fn a_standard_that_says_nothing_or_one_thing_twice_is_refused() {
    let broken = |change: fn(&mut AidStandard)| {
        let mut standard = urban(1);
        change(&mut standard);
        standard.check().unwrap_err()
    };
    assert_eq!(broken(|of| of.version = 0), StandardError::VersionZero);
    assert_eq!(broken(|of| of.document = " ".into()), StandardError::Text("document"));
    assert_eq!(broken(|of| of.name = "a\nb".into()), StandardError::Text("name"));
    assert_eq!(broken(|of| of.clauses.clear()), StandardError::Clauses(0));
    assert_eq!(broken(|of| of.clauses[1].kinds.clear()), StandardError::Scope(2));
    assert_eq!(broken(|of| of.clauses[0].divisions.reverse()), StandardError::Scope(1));
    assert_eq!(broken(|of| of.clauses[0].share_bp = Some(10_001)), StandardError::Amount(1));
    assert_eq!(broken(|of| of.clauses[0].floor = Some(Fen(0))), StandardError::Amount(1));
    assert_eq!(broken(|of| of.clauses[0].set_by = Level::Province), StandardError::SetBy(1));
    let empty = broken(|of| {
        of.clauses[0].floor = None;
        of.clauses[0].share_bp = None;
    });
    assert_eq!(empty, StandardError::Empty(1));
    let twice = broken(|of| of.clauses[1].kinds = vec!["区".into()]);
    assert_eq!(twice, StandardError::Twice { clause: 2, scope: "区".into() });
}

#[test]
fn amounts_read_in_yuan() {
    for (text, fen) in [("180", 18_000), ("185.5", 18_550), ("185.05", 18_505), ("0.01", 1)] {
        assert_eq!(text.parse(), Ok(Fen(fen)));
    }
    assert_eq!((Fen(18_000).to_string(), Fen(18_550).to_string()), ("180".into(), "185.50".into()));
    for text in ["", "0", "-1", "1.", ".5", "1.234", "1e3", "１８０", "100000000.01", "99999999999999999999"]
    {
        assert!(text.parse::<Fen>().is_err(), "{text}");
    }
    assert_eq!((percent(2_000), percent(1_250), percent(5)), ("20%".into(), "12.5%".into(), "0.05%".into()));
}

proptest! {
    /// What `least` says is the first fen that passes.
    #[test]
    fn least_is_the_border(income in 1i64..2_000_000, share in 1u32..=10_000, monthly: bool) {
        let mut standard = rural();
        standard.period = if monthly { Period::Month } else { Period::Year };
        standard.clauses[0].share_bp = Some(share);
        let least = standard.clauses[0].least(standard.period, Some(Fen(income)), standard.period).unwrap();
        let breaks = |value: i64| {
            let step = Step::InForce(Setting {
                value: Fen(value),
                period: standard.period,
                from: standard.from,
                document: "x".into(),
                income: Some(Fen(income)),
            });
            let said = says(&standard, 220_221, &[220_221], step);
            let ground = Ground { versions: &[&standard], directory: &JILIN, signed_on: None };
            !check(&said, &ground).is_empty()
        };
        prop_assert!(!breaks(least.0));
        prop_assert!(least.0 == 1 || breaks(least.0 - 1));
    }

    /// Which version judges does not depend on the order in which they came.
    #[test]
    fn the_later_version_wins_in_any_order(order in Just([1u32, 2, 3, 4]).prop_shuffle()) {
        let versions: Vec<AidStandard> = order.iter().map(|version| urban(*version)).collect();
        let held: Vec<&AidStandard> = versions.iter().collect();
        prop_assert_eq!(governing(&held, 1, day("2026-12-01")).map(|of| of.version), Some(4));
    }
}

static JILIN: std::sync::LazyLock<Directory> = std::sync::LazyLock::new(jilin);
