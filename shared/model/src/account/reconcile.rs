//! Holds the accounts of divisions against each other: each division's own, and what passes between a division and those
//! below it. An equation holds, or its difference is named with both sides and with who has not said anything; nothing is
//! rounded and nothing is made to fit.

use std::collections::{BTreeMap, BTreeSet};

use super::{Account, Amount, Part, Side};
use crate::{
    directory::Directory,
    division::{Division, DivisionCode, Level},
    filler,
    report::Report,
    subject::Subject,
};

/// What one division states of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Whose.
    pub division: DivisionCode,
    /// By part; what is not there is blank.
    pub parts: BTreeMap<Part, Amount>,
}

/// Which sums are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// 筹集 = 各来源: what was raised within a division, and its sources as the divisions state them.
    Sources,
    /// 收 = 支 + 余: what a division had and got, and what it passed down, paid and has left.
    Own,
    /// 下拨 = 下级收到: what a division passed down, and what those directly below it got.
    Handover,
    /// 全口径: all that was raised within a division and came from above, and all that was paid and is left. Compared
    /// where some money is not divided among the levels that raised it, so that their own accounts cannot close.
    Whole,
}

/// How a comparison ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Both sides are equal.
    Holds,
    /// They are not.
    Differs,
    /// A part without which nothing can be said is blank or not counted.
    Open,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Equation {
    /// Which.
    pub rule: Rule,
    /// Whose.
    pub division: DivisionCode,
    /// What there was or was passed down; in the smallest unit.
    pub left: Amount,
    /// What became of it, or arrived below.
    pub right: Amount,
    /// How it ended.
    pub verdict: Verdict,
    /// Divisions that should have stated a part of it and have stated nothing, in code order.
    pub missing: Vec<DivisionCode>,
    /// Parts without which it stays open.
    pub blank: Vec<Part>,
}

impl Equation {
    /// Left less right.
    #[must_use]
    pub const fn difference(&self) -> i64 {
        self.left.value.saturating_sub(self.right.value)
    }
}

/// An account of a division and all below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// Who has stated anything, from the top down: a division before those below it.
    pub lines: Vec<Line>,
    /// Sums over all lines, by part. Those of received, passed and passed on are left out: the same money would count
    /// at every level through which it goes.
    pub totals: BTreeMap<Part, Amount>,
    /// In the order of the lines.
    pub equations: Vec<Equation>,
}

/// What is compared.
struct Books<'a> {
    account: &'a Account<'a>,
    directory: &'a Directory,
    subject: Subject,
    lines: BTreeMap<DivisionCode, Line>,
}

/// Holds what `reports` (one that stands of each division) state of `account` against each other, within `division`.
/// `raised` is the total that was computed for what was raised; `None` where the form has none.
#[must_use]
pub fn reconcile<'r>(
    account: &Account<'_>,
    directory: &Directory,
    subject: Subject,
    division: DivisionCode,
    reports: impl IntoIterator<Item = &'r Report>,
    raised: Option<Amount>,
) -> Ledger {
    let mut books = Books { account, directory, subject, lines: BTreeMap::new() };
    for report in reports.into_iter().filter(|report| directory.is_within(report.division, division)) {
        let parts: BTreeMap<Part, Amount> =
            Part::ALL.into_iter().filter_map(|part| Some((part, account.stated(report, part)?))).collect();
        if !parts.is_empty() {
            books.lines.insert(report.division, Line { division: report.division, parts });
        }
    }
    let mut equations = Vec::new();
    equations.extend(books.sources(division, raised));
    equations.extend(books.whole(division));
    let mut order = Vec::new();
    down(directory, division, &mut order);
    for code in &order {
        equations.extend(books.own(*code));
        equations.extend(books.handover(*code));
    }
    let totals = books.totals();
    let lines = order.iter().filter_map(|code| books.lines.remove(code)).collect();
    Ledger { lines, totals, equations }
}

/// The division and all below it but townships, each before those below it.
fn down(directory: &Directory, code: DivisionCode, order: &mut Vec<DivisionCode>) {
    order.push(code);
    for child in directory.children(code).filter(|child| child.level > Level::Township) {
        down(directory, child.code, order);
    }
}

impl Books<'_> {
    fn part(&self, code: DivisionCode, part: Part) -> Option<Amount> {
        self.lines.get(&code)?.parts.get(&part).copied()
    }

    /// The sum of the parts that stand on one side of a division's own account.
    fn side(&self, code: DivisionCode, side: Side) -> Amount {
        let parts = self.lines.get(&code).into_iter().flat_map(|line| &line.parts);
        sum(parts.filter(|(part, _)| part.side() == side).map(|(_, amount)| *amount))
    }

    fn totals(&self) -> BTreeMap<Part, Amount> {
        let mut totals: BTreeMap<Part, Amount> = BTreeMap::new();
        for (part, amount) in self.lines.values().flat_map(|line| &line.parts) {
            if !matches!(part, Part::Received | Part::Passed | Part::PassedOn) {
                totals.entry(*part).or_default().add(*amount);
            }
        }
        totals
    }

    /// Whether the division is one that states this part, and the subject concerns it: of an event, the line of
    /// divisions through its county.
    fn states(&self, row: &Division, part: Part) -> bool {
        let levels = filler::levels(Some(self.directory), row.code);
        let ours = |by: &Level| levels.contains(by);
        let fills = self.account.indicators.get(&part).into_iter().flatten();
        let fills = fills.into_iter().any(|of| of.filled_by.iter().any(ours));
        let concerned = self.subject.event().is_none_or(|event| {
            let county = event.county();
            self.directory.is_within(row.code, county) || self.directory.is_within(county, row.code)
        });
        fills && concerned
    }

    fn left(&self) -> Option<Part> {
        [Part::Balance, Part::Closing].into_iter().find(|part| self.account.indicators.contains_key(part))
    }

    fn sources(&self, division: DivisionCode, raised: Option<Amount>) -> Option<Equation> {
        let totals = self.totals();
        let stated = Part::SOURCES.into_iter().filter_map(|part| totals.get(&part).copied());
        let stated: Vec<Amount> = stated.collect();
        let left = raised.filter(|_| !stated.is_empty())?;
        let right = sum(stated.into_iter());
        Some(self.judged(Rule::Sources, division, (left, right), Vec::new(), Vec::new()))
    }

    fn own(&self, code: DivisionCode) -> Option<Equation> {
        let line = self.lines.get(&code)?;
        let beside_only = line.parts.keys().all(|part| part.side() == Side::Beside);
        let left_part = self.left().filter(|_| !beside_only)?;
        let (came, went) = (self.side(code, Side::In), self.side(code, Side::Out));
        let kept = self.side(code, Side::Left);
        let mut blank = Vec::new();
        if !line.parts.contains_key(&left_part) {
            blank.push(left_part);
        }
        if self.undivided_above(code) {
            blank.push(Part::Undivided);
        }
        Some(self.judged(Rule::Own, code, (came, sum([went, kept].into_iter())), Vec::new(), blank))
    }

    /// Whether a level above has stated money of this one that is not divided, and this one states none of its own.
    fn undivided_above(&self, code: DivisionCode) -> bool {
        let own = [Part::City, Part::County].iter().any(|part| self.part(code, *part).is_some());
        let above = self.directory.lineage(code).into_iter().filter(|above| *above != code);
        let mut above = above.filter(|above| self.part(*above, Part::Undivided).is_some());
        !own && above.next().is_some()
    }

    fn handover(&self, code: DivisionCode) -> Option<Equation> {
        let passed = [Part::Passed, Part::PassedOn].map(|part| self.part(code, part));
        let children: Vec<&Division> = self.directory.children(code).collect();
        let received = children.iter().filter_map(|child| self.part(child.code, Part::Received));
        let received: Vec<Amount> = received.collect();
        let silent = passed.iter().all(Option::is_none);
        if silent && received.is_empty() {
            return None;
        }
        let mut missing: Vec<DivisionCode> = children
            .iter()
            .filter(|child| {
                self.states(child, Part::Received) && self.part(child.code, Part::Received).is_none()
            })
            .map(|child| child.code)
            .collect();
        missing.sort_unstable();
        let blank = if silent { vec![Part::Passed] } else { Vec::new() };
        let sides = (sum(passed.into_iter().flatten()), sum(received.into_iter()));
        Some(self.judged(Rule::Handover, code, sides, missing, blank))
    }

    fn whole(&self, division: DivisionCode) -> Option<Equation> {
        let totals = self.totals();
        totals.get(&Part::Undivided)?;
        let of = |parts: &[Part]| sum(parts.iter().filter_map(|part| totals.get(part).copied()));
        let came = of(&[&Part::SOURCES[..], &[Part::Opening, Part::Supplied]].concat());
        let came = sum([came].into_iter().chain(self.part(division, Part::Received)));
        let went = of(&[Part::Paid, Part::Issued, Part::Balance, Part::Closing]);
        let mut states: BTreeSet<DivisionCode> = BTreeSet::new();
        if let Some(left) = self.left() {
            let rows = self.directory.iter().filter(|row| self.directory.is_within(row.code, division));
            let silent = rows.filter(|row| self.states(row, left) && self.part(row.code, left).is_none());
            states.extend(silent.map(|row| row.code));
        }
        let blank = self.left().filter(|left| !totals.contains_key(left));
        let (missing, blank) = (states.into_iter().collect(), blank.into_iter().collect());
        Some(self.judged(Rule::Whole, division, (came, went), missing, blank))
    }

    fn judged(
        &self,
        rule: Rule,
        division: DivisionCode,
        (left, right): (Amount, Amount),
        missing: Vec<DivisionCode>,
        blank: Vec<Part>,
    ) -> Equation {
        let open = !blank.is_empty() || left.uncounted || right.uncounted;
        let verdict = match (left.value == right.value, open) {
            (_, true) => Verdict::Open,
            (true, false) => Verdict::Holds,
            (false, false) => Verdict::Differs,
        };
        Equation { rule, division, left, right, verdict, missing, blank }
    }
}

fn sum(amounts: impl Iterator<Item = Amount>) -> Amount {
    amounts.fold(Amount::default(), |mut sum, amount| {
        sum.add(amount);
        sum
    })
}
