//! Money and goods from level to level: what each division states of an account, and where the levels do not agree.

use std::collections::BTreeMap;

use fengsui_model::account::{Amount, Equation, Ledger, Line, Part, Rule, Verdict, reconcile};
use fengsui_model::{Account, Directory, DivisionCode, Form, Indicator, Level};
use fengsui_protocol::Registry;
use serde::{Deserialize, Serialize};

use super::{DivisionView, Reference, Sight, SubjectView, TargetView, division};
use crate::failure::{Code, Failure};
use crate::reckon::Total;
use crate::topic::Topic;

/// What one division, or all together, state for one part of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmountView {
    /// In the smallest unit.
    pub value: i64,
    /// There is more, not counted.
    pub at_least: bool,
    /// As people write it, without the unit.
    pub text: String,
}

/// What one division states.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundsLine {
    /// Whose.
    pub division: DivisionView,
    /// Level of that division.
    pub level: Option<Level>,
    /// The signed entry.
    pub entry: String,
    /// By part; what is not there is blank.
    pub parts: BTreeMap<String, AmountView>,
}

/// One comparison of two sums.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EquationView {
    /// `sources`, `own`, `handover` or `whole`.
    pub rule: String,
    /// Whose.
    pub division: DivisionView,
    /// `holds`, `differs` or `open`.
    pub verdict: String,
    /// What there was, or was passed down; in the smallest unit.
    pub left: i64,
    /// What became of it, or arrived.
    pub right: i64,
    /// Left less right.
    pub difference: i64,
    /// Divisions that should have stated a part of it and have not.
    pub missing: Vec<DivisionView>,
    /// Parts without which nothing can be said, as an office names them.
    pub blank: Vec<String>,
    /// The comparison in words.
    pub text: String,
}

/// One account: relief money, or one kind of goods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    /// Code of the heading in the form.
    pub code: String,
    /// Its name.
    pub zh: String,
    /// The unit of all amounts.
    pub unit: String,
    /// The parts that anybody states: the word and its heading, in order.
    pub parts: Vec<(String, String)>,
    /// From the top down.
    pub lines: Vec<FundsLine>,
    /// Sums over the lines. What passes from level to level is left out: it would count at each.
    pub totals: BTreeMap<String, AmountView>,
    /// In the order of the lines.
    pub equations: Vec<EquationView>,
}

/// The accounts of a division and all below it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundsView {
    /// Whose.
    pub division: DivisionView,
    /// By which form, and on what.
    #[serde(flatten)]
    pub subject: SubjectView,
    /// The moment as of which it is told, Asia/Shanghai; absent: now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// Whether only what was reviewed is counted; otherwise all that was received is.
    #[serde(default)]
    pub reviewed_only: bool,
    /// A drill.
    pub drill: bool,
    /// Accounts of which anybody states anything.
    pub accounts: Vec<AccountView>,
    /// Targets that were set for its figures of money and goods.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<TargetView>,
    /// Offices that owe the form and have no report that counts.
    pub missing: Vec<DivisionView>,
}

/// Holds the accounts of `topic` within `code` against each other, over all that was received or what was reviewed.
///
/// # Errors
/// When the form keeps no account, there is no directory yet, the division is unknown, or the store cannot be read.
pub fn funds<'s>(
    sight: impl Into<Sight<'s>>,
    code: DivisionCode,
    topic: &Topic,
    reviewed: bool,
) -> Result<FundsView, Failure> {
    let sight = &sight.into();
    let registry = sight.registry();
    let accounts = Account::of(&topic.form);
    if accounts.is_empty() {
        return Err(no_account(registry, &topic.form));
    }
    super::total::askable(sight, code, topic, None)?;
    let directory = sight.directory()?;
    let total = match reviewed {
        true => sight.reviewed(code, topic)?.total,
        false => sight.total(code, topic)?,
    };
    let found = Found { registry, directory, topic, code, total: &total };
    let accounts = accounts.iter().filter_map(|account| found.account(account)).collect();
    let county = topic.subject.event().map(|event| event.county());
    let asked = |of: &&DivisionCode| {
        let office = directory.get(**of).is_some_and(|row| row.level > Level::Township);
        office && county.is_none_or(|county| directory.is_within(**of, county))
    };
    let missing = total.rollup.coverage.missing.iter().filter(asked);
    Ok(FundsView {
        division: division(registry, code),
        subject: SubjectView::new(registry.catalogues(), topic.form.id, topic.subject),
        reviewed_only: reviewed,
        as_of: sight.as_of_ms().map(crate::clock::shown),
        drill: !total.standing.is_empty() && total.standing.iter().all(|judged| judged.report.drill),
        accounts,
        targets: targets(sight, code, topic)?,
        missing: missing.map(|code| division(registry, *code)).collect(),
    })
}

/// Only those of figures that stand in an account.
fn targets(sight: &Sight<'_>, code: DivisionCode, topic: &Topic) -> Result<Vec<TargetView>, Failure> {
    let mut targets = super::records::targets_within(sight, code, topic)?;
    let booked = |code: &str| topic.form.by_code(code).is_some_and(|of| of.booking.is_some());
    targets.retain(|target| booked(&target.code));
    Ok(targets)
}

fn no_account(registry: &Registry, form: &Form) -> Failure {
    let newest = registry.catalogues().readable().next();
    let forms = newest.iter().flat_map(|catalogue| &catalogue.forms);
    let kept = forms.filter(|form| !Account::of(form).is_empty());
    let kept: Vec<String> = kept.map(|form| format!("{} {}", form.code, form.zh)).collect();
    let kept = kept.join("、");
    Failure::new(
        Code::Usage,
        format!(
            "{}没有资金或物资收支，可查 {kept} (form {} keeps no account: ask for one of these)",
            form.zh, form.code
        ),
    )
}

/// What the question is answered from.
struct Found<'a> {
    registry: &'a Registry,
    directory: &'a Directory,
    topic: &'a Topic,
    code: DivisionCode,
    total: &'a Total,
}

impl Found<'_> {
    /// One account; `None` where nobody states anything of it.
    fn account(&self, account: &Account<'_>) -> Option<AccountView> {
        let unit = account.unit()?;
        let reports = self.total.standing.iter().map(|judged| &judged.report);
        let subject = self.topic.subject;
        let ledger = reconcile(account, self.directory, subject, self.code, reports, self.raised(account));
        if ledger.lines.is_empty() {
            return None;
        }
        let raised = self.raised(account).map(|amount| (Part::Raised, amount));
        let mut totals = ledger.totals.clone();
        totals.extend(raised.filter(|_| Part::SOURCES.iter().any(|part| ledger.totals.contains_key(part))));
        Some(AccountView {
            code: account.code.into(),
            zh: account.zh.into(),
            unit: unit.unit.clone(),
            parts: parts(&ledger, &totals),
            lines: ledger.lines.iter().map(|line| self.line(line, unit)).collect(),
            totals: amounts(&totals, unit),
            equations: {
                // What is closed by a stock is goods.
                let goods = account.indicators.contains_key(&Part::Closing);
                ledger.equations.iter().map(|of| self.equation(of, (unit, goods))).collect()
            },
        })
    }

    /// The total that was computed for what was raised.
    fn raised(&self, account: &Account<'_>) -> Option<Amount> {
        let indicator = account.indicators.get(&Part::Raised)?.first()?;
        let total = self.total.rollup.total(indicator.id)?;
        (total.counted > 0 || total.some > 0)
            .then_some(Amount { value: total.value, uncounted: total.at_least })
    }

    fn line(&self, line: &Line, unit: &Indicator) -> FundsLine {
        let mut standing = self.total.standing.iter();
        let judged = standing.find(|judged| judged.report.division == line.division);
        FundsLine {
            division: self.named(line.division),
            level: self.directory.get(line.division).map(|row| row.level),
            entry: judged.map(|judged| Reference::of(&judged.revision.position)).unwrap_or_default(),
            parts: amounts(&line.parts, unit),
        }
    }

    fn named(&self, code: DivisionCode) -> DivisionView {
        division(self.registry, code)
    }

    fn equation(&self, of: &Equation, unit: (&Indicator, bool)) -> EquationView {
        let division = self.named(of.division);
        let missing: Vec<DivisionView> = of.missing.iter().map(|code| self.named(*code)).collect();
        let text = words(of, &division, &missing, unit);
        EquationView {
            rule: rule_word(of.rule).into(),
            division,
            verdict: verdict_word(of.verdict).into(),
            left: of.left.value,
            right: of.right.value,
            difference: of.difference(),
            missing,
            blank: of.blank.iter().map(|part| part.zh().into()).collect(),
            text,
        }
    }
}

/// The parts that stand in any line or sum.
fn parts(ledger: &Ledger, totals: &BTreeMap<Part, Amount>) -> Vec<(String, String)> {
    let stated = |part: &Part| {
        totals.contains_key(part) || ledger.lines.iter().any(|line| line.parts.contains_key(part))
    };
    let stated = Part::ALL.into_iter().filter(stated);
    stated.map(|part| (part.en().to_owned(), part.zh().to_owned())).collect()
}

fn amounts(amounts: &BTreeMap<Part, Amount>, unit: &Indicator) -> BTreeMap<String, AmountView> {
    amounts.iter().map(|(part, amount)| (part.en().to_owned(), amount_view(*amount, unit))).collect()
}

fn amount_view(amount: Amount, unit: &Indicator) -> AmountView {
    AmountView { value: amount.value, at_least: amount.uncounted, text: amount_text(amount, unit) }
}

fn amount_text(amount: Amount, unit: &Indicator) -> String {
    let text = unit.format(amount.value);
    if amount.uncounted { format!("≥{text}") } else { text }
}

const fn rule_word(rule: Rule) -> &'static str {
    match rule {
        Rule::Sources => "sources",
        Rule::Own => "own",
        Rule::Handover => "handover",
        Rule::Whole => "whole",
    }
}

const fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::Differs => "differs",
        Verdict::Open => "open",
    }
}

/// Divisions that one line names; a province lists dozens.
const NAMED_MAX: usize = 12;

/// `差 12.00 万元：吉林省下达 500.00，下级收到 488.00；未报：白城市`.
fn words(
    of: &Equation,
    division: &DivisionView,
    missing: &[DivisionView],
    (unit, goods): (&Indicator, bool),
) -> String {
    let (left, right) = match (of.rule, goods) {
        (Rule::Sources, _) => ("筹集合计", "各来源之和"),
        (Rule::Own, false) => ("结转、筹集与上级下达", "下拨、支付与结余"),
        (Rule::Own, true) => ("期初与入库", "出库与期末"),
        (Rule::Handover, false) => ("下达", "下级收到"),
        (Rule::Handover, true) => ("调出", "下级调入"),
        (Rule::Whole, _) => ("全部筹集、结转与上级下达", "全部支付与结余"),
    };
    let sides = format!(
        "{}{left} {}，{right} {}",
        division.name,
        amount_text(of.left, unit),
        amount_text(of.right, unit)
    );
    let verdict = match of.verdict {
        Verdict::Holds => "相符".to_owned(),
        Verdict::Differs => format!("差 {} {}", unit.format(of.difference().saturating_abs()), unit.unit),
        Verdict::Open => "未核对".to_owned(),
    };
    let blank: Vec<&str> = of.blank.iter().map(|part| blank_zh(*part)).collect();
    let blank = if blank.is_empty() { String::new() } else { format!("；{}", blank.join("，")) };
    let names: Vec<&str> = missing.iter().take(NAMED_MAX).map(|of| of.name.as_str()).collect();
    let more = if missing.len() > NAMED_MAX { format!(" 等 {} 个", missing.len()) } else { String::new() };
    let missing =
        if names.is_empty() { String::new() } else { format!("；未报：{}{more}", names.join("、")) };
    format!("{verdict}：{sides}{blank}{missing}")
}

/// Why a part leaves the comparison open.
const fn blank_zh(part: Part) -> &'static str {
    match part {
        Part::Undivided => "地方资金未分市县",
        Part::Balance => "结余未填",
        Part::Closing => "期末库存未填",
        Part::Passed => "下拨未填",
        _ => "有未填项",
    }
}
