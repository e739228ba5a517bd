//! Figures that offices of Jilin have published, stated at the level that owns them, come out as the totals that the same
//! texts give. Persons are spread over the real townships, money stands where it is raised or spent. Where a text rounds,
//! the difference is named.
//!
//! Sources: the province's account of 2009 on urban and rural dibao (seed 000), the city of Jilin on its aid of 2007
//! (seed 001), the province on its aid staff (seed 004).

use std::collections::BTreeMap;

use fengsui_model::account::{Amount, Ledger, Part, Rule, Verdict, reconcile};
use fengsui_model::directory::JILIN_2019_CSV;
use fengsui_model::{
    Account, Contribution, Directory, DivisionCode, Figure, Form, Level, Report, Rollup, Subject, filler,
    fold,
};

const PROVINCE: &str = "22";
const JILIN_CITY: &str = "2202";
/// 万元 in the smallest unit.
const WAN_YUAN: i64 = 1_000_000;
/// 亿元.
const YI_YUAN: i64 = 10_000 * WAN_YUAN;

fn jilin() -> Directory {
    Directory::from_csv(JILIN_2019_CSV, 1).unwrap()
}

fn code(text: &str) -> DivisionCode {
    text.parse().unwrap()
}

/// What each division states by one form on one month or year.
struct Stated<'d> {
    directory: &'d Directory,
    form: &'static Form,
    subject: Subject,
    reports: BTreeMap<DivisionCode, Report>,
}

impl<'d> Stated<'d> {
    fn by(directory: &'d Directory, form: &str, subject: &str) -> Self {
        let form = Form::of_code(form).unwrap();
        Self { directory, form, subject: subject.parse().unwrap(), reports: BTreeMap::new() }
    }

    /// A figure in the smallest unit.
    fn state(&mut self, division: DivisionCode, indicator: &str, value: i64) {
        let blank = Report::blank(self.form.id, division, self.subject);
        let report = self.reports.entry(division).or_insert(blank);
        let id = self.form.by_code(indicator).unwrap().id;
        assert_eq!(report.figures.insert(id, Figure::Number(value)), None, "{indicator} of {division}");
    }

    /// A sum over the divisions of `level` within `above`, as even as whole numbers are.
    fn spread(&mut self, above: &str, level: Level, indicator: &str, sum: i64) {
        let within = |row: &&fengsui_model::Division| {
            row.level == level && self.directory.is_within(row.code, code(above))
        };
        let divisions: Vec<_> = self.directory.iter().filter(within).map(|row| row.code).collect();
        let count = i64::try_from(divisions.len()).unwrap();
        for (at, division) in (0..).zip(divisions) {
            self.state(division, indicator, sum / count + i64::from(at < sum % count));
        }
    }

    /// The totals of a division, after every report was found to state only what its level fills in.
    fn total(&self, division: &str) -> Rollup {
        for report in self.reports.values() {
            let levels = filler::levels(Some(self.directory), report.division);
            assert!(filler::misfilled(self.form, &levels, report).is_empty(), "{report:?}");
        }
        let contribution = |report| Contribution {
            division: Report::clone(report).division,
            revision: 0,
            entry: [0; 32],
            report,
        };
        let contributions: Vec<_> = self.reports.values().map(contribution).collect();
        fold(self.form, self.directory, code(division), self.subject, &contributions)
    }

    /// As people read it.
    fn text(&self, division: &str, indicator: &str) -> String {
        let indicator = self.form.by_code(indicator).unwrap();
        self.total(division).total(indicator.id).unwrap().format(indicator)
    }
}

#[test]
fn the_province_of_2009_urban() {
    let directory = jilin();
    let mut stated = Stated::by(&directory, "urban_dibao", "2009-12");
    stated.spread(PROVINCE, Level::Township, "UD002", 1_270_000);
    // 21.39 亿 raised: centre, province, and what cities and counties raised together, not divided.
    stated.state(code(PROVINCE), "UD008", 16 * YI_YUAN + 3_800 * WAN_YUAN);
    stated.state(code(PROVINCE), "UD009", 2 * YI_YUAN + 5_100 * WAN_YUAN);
    stated.state(code(PROVINCE), "UD051", 2 * YI_YUAN + 5_000 * WAN_YUAN);
    // 126 元 a person in the month.
    stated.spread(PROVINCE, Level::County, "UD005", 1_270_000 * 126 * 100);
    assert_eq!(stated.text(PROVINCE, "UD002"), "1270000");
    let raised = stated.form.by_code("UD007").unwrap().id;
    assert_eq!(stated.total(PROVINCE).total(raised).unwrap().value, 21 * YI_YUAN + 3_900 * WAN_YUAN);
    assert_eq!(stated.text(PROVINCE, "UD016"), "126.00");
}

#[test]
fn the_province_of_2009_rural() {
    let directory = jilin();
    let mut stated = Stated::by(&directory, "rural_dibao", "2009-12");
    stated.spread(PROVINCE, Level::Township, "RD002", 800_000);
    stated.state(code(PROVINCE), "RD008", YI_YUAN + 9_200 * WAN_YUAN);
    stated.state(code(PROVINCE), "RD009", YI_YUAN + 8_100 * WAN_YUAN);
    stated.state(code(PROVINCE), "RD060", 6_000 * WAN_YUAN);
    stated.spread(PROVINCE, Level::County, "RD006", 4 * YI_YUAN + 3_300 * WAN_YUAN);
    let raised = stated.form.by_code("RD007").unwrap().id;
    assert_eq!(stated.total(PROVINCE).total(raised).unwrap().value, 4 * YI_YUAN + 3_300 * WAN_YUAN);
    // The text says 540: it rounds 4.33 亿元 over 80 万 persons, which are 541.25, down to tens.
    assert_eq!(stated.text(PROVINCE, "RD016"), "541.25");
}

#[test]
fn the_city_of_jilin_2007() {
    let directory = jilin();
    let mut stated = Stated::by(&directory, "tekun", "2007-12");
    stated.spread(JILIN_CITY, Level::Township, "TK004", 3_870);
    stated.spread(JILIN_CITY, Level::Township, "TK005", 6_480);
    // The township adds its own two: parts are the whole in each, and so in the city.
    let wholes: Vec<(DivisionCode, i64)> = stated
        .reports
        .iter()
        .map(|(division, report)| (*division, report.figures.values().filter_map(|of| of.number()).sum()))
        .collect();
    wholes.into_iter().for_each(|(division, whole)| stated.state(division, "TK001", whole));
    assert_eq!(stated.text(JILIN_CITY, "TK001"), "10350");
    assert_eq!(stated.text(PROVINCE, "TK001"), "10350");

    let mut stated = Stated::by(&directory, "rural_dibao", "2007-12");
    stated.spread(JILIN_CITY, Level::Township, "RD002", 82_000);
    stated.spread(JILIN_CITY, Level::County, "RD006", 1_476 * WAN_YUAN);
    assert_eq!(stated.text(JILIN_CITY, "RD016"), "180.00", "8.2 万 × 180 元 = 1,476 万元");

    // Urban 2,179 in the districts, rural 52,000 in the counties. The text calls the second 5.2 万.
    let mut stated = Stated::by(&directory, "medical_aid", "2007-12");
    let (districts, counties): (Vec<_>, Vec<_>) = directory
        .children(code(JILIN_CITY))
        .filter(|row| row.level == Level::County)
        .partition(|row| row.kind == "区");
    assert!(!districts.is_empty() && !counties.is_empty());
    stated.state(districts[0].code, "MA003", 2_179);
    for (at, county) in counties.iter().enumerate() {
        stated.state(county.code, "MA003", if at == 0 { 52_000 } else { 0 });
    }
    assert_eq!(stated.text(JILIN_CITY, "MA003"), "54179");
}

#[test]
fn who_does_the_work() {
    let directory = jilin();
    let mut stated = Stated::by(&directory, "service_network", "2010");
    // 60 counties; the nine development zones have staff of their own kind and state nothing here.
    let counties: Vec<_> = directory
        .iter()
        .filter(|row| row.level == Level::County && row.kind != "开发区")
        .map(|row| row.code)
        .collect();
    assert_eq!(counties.len(), 60);
    for (at, county) in (0..).zip(&counties) {
        stated.state(*county, "SN001", 1_446 / 60 + i64::from(at < 1_446 % 60));
    }
    stated.spread(PROVINCE, Level::Township, "SN002", 3_445);
    let (staff, townships) = (stated.form.by_code("SN001").unwrap(), stated.form.by_code("SN002").unwrap());
    let total = stated.total(PROVINCE);
    let (staff, clerks) = (total.total(staff.id).unwrap(), total.total(townships.id).unwrap());
    assert_eq!((staff.value, staff.counted), (1_446, 60), "24 a county");
    // The text divides 3,445 by 916 townships, 3.8 each. The list of 2019 has 916 and three areas of Changbaishan.
    assert_eq!((clerks.value, clerks.counted), (3_445, 919));
}

/// The counties, and who stands for one: whose townships hang on it directly.
fn payers(directory: &Directory) -> Vec<DivisionCode> {
    let pays =
        |row: &&fengsui_model::Division| filler::levels(Some(directory), row.code).contains(&Level::County);
    directory.iter().filter(pays).map(|row| row.code).collect()
}

impl Stated<'_> {
    /// `sum` comes down from the province to every county, through its city where it has one; `spent` is paid there, and
    /// nothing is left. `received`, `passed on`, `paid` and `left` are the codes of the form.
    fn send_down(&mut self, sum: i64, spent: i64, [received, passed_on, paid, left]: [&str; 4]) {
        let counties = payers(self.directory);
        let count = i64::try_from(counties.len()).unwrap();
        let mut through: BTreeMap<DivisionCode, i64> = BTreeMap::new();
        for (at, county) in (0..).zip(counties) {
            let share = |of: i64| of / count + i64::from(at < of % count);
            self.state(county, received, share(sum));
            self.state(county, paid, share(spent));
            self.state(county, left, 0);
            let above = self.directory.get(county).unwrap().parent.unwrap();
            if above != code(PROVINCE) {
                *through.entry(above).or_default() += share(sum);
            }
        }
        for (city, share) in through {
            self.state(city, received, share);
            self.state(city, passed_on, share);
            self.state(city, left, 0);
        }
    }

    /// The one account of the form, held against itself from level to level.
    fn reconciled(&self) -> Ledger {
        let accounts = Account::of(self.form);
        let [account] = &accounts[..] else { panic!("one account") };
        let total = self.total(PROVINCE);
        let raised = total.total(account.indicators[&Part::Raised][0].id).unwrap();
        let raised = Amount { value: raised.value, uncounted: raised.at_least };
        let province = code(PROVINCE);
        reconcile(account, self.directory, self.subject, province, self.reports.values(), Some(raised))
    }
}

fn equation(ledger: &Ledger, rule: Rule, division: &str) -> (Verdict, i64, i64) {
    let found = ledger.equations.iter().find(|of| (of.rule, of.division) == (rule, code(division))).unwrap();
    (found.verdict, found.left.value, found.right.value)
}

/// 21.39 亿 are 16.38 + 2.51 + 2.5: what came from above arrives in every county, and what cities and counties raised
/// together, which nobody has divided, closes over the whole only.
#[test]
fn the_money_of_the_province_is_followed_to_every_county() {
    let directory = jilin();
    let mut stated = Stated::by(&directory, "urban_dibao", "2009-12");
    let (central, provincial, local) =
        (16 * YI_YUAN + 3_800 * WAN_YUAN, 2 * YI_YUAN + 5_100 * WAN_YUAN, 2 * YI_YUAN + 5_000 * WAN_YUAN);
    let all = 21 * YI_YUAN + 3_900 * WAN_YUAN;
    stated.state(code(PROVINCE), "UD008", central);
    stated.state(code(PROVINCE), "UD009", provincial);
    stated.state(code(PROVINCE), "UD051", local);
    stated.state(code(PROVINCE), "UD012", central + provincial);
    stated.state(code(PROVINCE), "UD056", 0);
    stated.send_down(central + provincial, all, ["UD054", "UD055", "UD006", "UD056"]);
    let ledger = stated.reconciled();
    let holds = |sum| (Verdict::Holds, sum, sum);
    assert_eq!(equation(&ledger, Rule::Sources, PROVINCE), holds(all), "21.39 = 16.38 + 2.51 + 2.5");
    assert_eq!(equation(&ledger, Rule::Own, PROVINCE), holds(central + provincial));
    assert_eq!(equation(&ledger, Rule::Handover, PROVINCE), holds(central + provincial));
    assert_eq!(equation(&ledger, Rule::Whole, PROVINCE), holds(all));
    let handed =
        ledger.equations.iter().filter(|of| of.rule == Rule::Handover && of.verdict == Verdict::Holds);
    assert_eq!(handed.count(), 1 + 9, "the province, and every city that has counties");
    let open = ledger.equations.iter().filter(|of| of.rule == Rule::Own && of.verdict == Verdict::Open);
    let local_of_each: i64 = open.clone().map(|of| -of.difference()).sum();
    assert_eq!(local_of_each, local, "what the counties' own accounts lack is the undivided sum, to the fen");
    assert!(ledger.equations.iter().all(|of| of.verdict != Verdict::Differs && of.missing.is_empty()));
    assert_eq!(ledger.totals[&Part::Undivided].value, local);
}

/// "已拨付各地中省级补助资金1.24亿元，其余资金将于10月份下拨": of 1.92 + 1.81 亿 the rest is still with the province. A county that
/// has not had its share is named with the difference.
#[test]
fn what_the_province_has_not_passed_down_is_left_there() {
    let directory = jilin();
    let mut stated = Stated::by(&directory, "rural_dibao", "2008-09");
    let (raised, passed) = (3 * YI_YUAN + 7_300 * WAN_YUAN, YI_YUAN + 2_400 * WAN_YUAN);
    stated.state(code(PROVINCE), "RD008", YI_YUAN + 9_200 * WAN_YUAN);
    stated.state(code(PROVINCE), "RD009", YI_YUAN + 8_100 * WAN_YUAN);
    stated.state(code(PROVINCE), "RD012", passed);
    stated.state(code(PROVINCE), "RD065", raised - passed);
    stated.send_down(passed, passed, ["RD063", "RD064", "RD006", "RD065"]);
    let holds = |sum| (Verdict::Holds, sum, sum);
    let ledger = stated.reconciled();
    assert_eq!(equation(&ledger, Rule::Own, PROVINCE), holds(raised), "3.73 = 1.24 + 2.49");
    assert!(ledger.equations.iter().all(|of| of.verdict == Verdict::Holds), "{:?}", ledger.equations);

    let yongji = stated.reports.remove(&code("220221")).unwrap();
    let share = yongji.figure(stated.form.by_code("RD063").unwrap().id).number().unwrap();
    let ledger = stated.reconciled();
    let of_city =
        ledger.equations.iter().find(|of| (of.rule, of.division) == (Rule::Handover, code(JILIN_CITY)));
    let of_city = of_city.unwrap();
    assert_eq!((of_city.verdict, of_city.difference()), (Verdict::Differs, share));
    assert_eq!(of_city.missing, [code("220221")]);
}
