//! Reads checks from their table.
//!
//! | rule | left | op | right |
//! |---|---|---|---|
//! | `compare` | expression | `>=`, `<=`, `==` | expression |
//! | `implies` | expression | | codes with a bar between |
//! | `iff` | expression | | expression |
//! | `kind_only` | codes with a bar between | | kinds with a bar between |
//! | `not_falling` | codes, or `cumulative` for all of that nature | | |
//! | `stock` | code, carried from month to month | | expression: what went in, less what went out |
//! | `year_to_date` | code, carried from month to month, anew each January | | expression |
//! | `month_before` | codes with a bar between | | |
//! | `jump` | codes with a bar between | | percent |
//! | `header_before` | `occurred`, `cutoff`, `reported`, `month_begin`, `month_end` | | the same |
//! | `bound` | codes, or `all` | | `min..max`, both included |
//! | `zero_report` | | | |
//! | `each_at_most` | codes with a bar between | | expression |
//! | `falling` | codes with a bar between, the greatest first | | |
//! | `ratio` | `CODE/CODE` | `>=`, `<=` | `70%` |
//! | `approx` | code | | `CODE*CODE+CODE*CODE~3%` |
//! | `within` | codes that ask for a time | | `occurred+24h` |
//! | `beside` | expression | `>=`, `<=`, `==` | `FORM:CODE` or `FORM:CODE*120%` |
//! | `waits` | codes with a bar between, or none | | `ledger:WHICH` or `workflow:submission` |
//!
//! An expression is terms with `+` or `-` between; a term is a code, `number*code`, or a number in the
//! smallest unit: `QL011+2*QL012-3`.

use super::{
    COEF_MAX, Check, HeaderTime, Linear, Missing, Op, OtherFigure, Rule, Severity, Term, unjudged::Ledger,
};
use crate::{
    form::{Answer, Draft, Indicator, Nature, read_kinds},
    table::{Row, Table, TableError},
};

/// Rules that compare with another report, which may come later or be corrected.
const COMPARING: [&str; 6] = ["not_falling", "stock", "year_to_date", "month_before", "jump", "beside"];

/// Hard in the last report of an event (核报), soft before it.
const FROM_VERIFIED: &str = "verified";

const COLUMNS: [&str; 9] = ["id", "rule", "left", "op", "right", "severity", "zh", "en", "source"];

/// The most percent that a rule may name: a figure is compared with at most ten times another.
const PERCENT_MAX: i64 = 1_000;

/// The most hours that a rule may name: a quarter of a year.
const HOURS_MAX: i64 = 24 * 92;

/// The other forms that a check may name.
#[derive(Clone, Copy)]
pub(crate) struct Beside<'a>(pub(crate) &'a [Draft]);

/// The checks in the order of the table. Every code must be one of `indicators`, or of a form beside.
pub(crate) fn read_checks(
    text: &str,
    indicators: &[Indicator],
    beside: Beside<'_>,
) -> Result<Vec<Check>, TableError> {
    let table = Table::parse(text, &COLUMNS, &[])?;
    let mut checks: Vec<Check> = Vec::with_capacity(table.rows().len());
    for row in table.rows() {
        let check = Cells { row, indicators, beside }.check()?;
        if checks.iter().any(|other| other.id == check.id) {
            return Err(row.wrong("id", "stands twice"));
        }
        checks.push(check);
    }
    Ok(checks)
}

/// One row and the indicators it may name.
#[derive(Clone, Copy)]
struct Cells<'a> {
    row: Row<'a>,
    indicators: &'a [Indicator],
    beside: Beside<'a>,
}

impl Cells<'_> {
    fn check(&self) -> Result<Check, TableError> {
        Ok(Check {
            id: self.row.text("id")?,
            severity: self.severity()?,
            rule: self.rule()?,
            from_verified: self.row.cell("severity") == FROM_VERIFIED,
            zh: self.row.text("zh")?,
            en: self.row.text("en")?,
            source: self.row.text("source")?,
        })
    }

    fn severity(&self) -> Result<Severity, TableError> {
        match self.row.cell("severity") {
            "hard" | FROM_VERIFIED if self.row.cell("rule") == "beside" => {
                Err(self.row.wrong("severity", "a rule that looks at another report is never hard"))
            }
            "alarm" if COMPARING.contains(&self.row.cell("rule")) => Err(self
                .row
                .wrong("severity", "an alarm looks at the report alone, so that every station finds it")),
            FROM_VERIFIED => Ok(Severity::Hard),
            "soft" => Ok(Severity::Soft),
            "hard" => Ok(Severity::Hard),
            "alarm" => Ok(Severity::Alarm),
            other => Err(self
                .row
                .wrong("severity", format_args!("{other:?} is neither soft, hard, verified nor alarm"))),
        }
    }

    fn rule(&self) -> Result<Rule, TableError> {
        let word = self.row.cell("rule");
        if !["compare", "ratio", "beside"].contains(&word) {
            self.must_be_empty("op")?;
        }
        match word {
            "compare" => self.compare(),
            "implies" => Ok(Rule::Implies { left: self.linear("left")?.0, right: self.fields("right")? }),
            "iff" => Ok(Rule::Iff { left: self.linear("left")?.0, right: self.linear("right")?.0 }),
            "kind_only" => self.kind_only(),
            "not_falling" => self.not_falling(),
            "stock" => self.carried(false),
            "year_to_date" => self.carried(true),
            "month_before" => {
                self.must_be_empty("right")?;
                Ok(Rule::MonthBefore { fields: self.fields("left")? })
            }
            "jump" => self.jump(),
            "header_before" => {
                Ok(Rule::HeaderBefore { earlier: self.time("left")?, later: self.time("right")? })
            }
            "bound" => self.bound(),
            "zero_report" => {
                self.must_be_empty("left")?;
                self.must_be_empty("right")?;
                Ok(Rule::ZeroReport)
            }
            "each_at_most" => self.each_at_most(),
            "falling" => self.falling(),
            "ratio" => self.ratio(),
            "approx" => self.approx(),
            "within" => self.within(),
            "beside" => self.beside(),
            "waits" => self.waits(),
            other => Err(self.row.wrong("rule", format_args!("no rule is called {other:?}"))),
        }
    }

    fn op(&self) -> Result<Op, TableError> {
        match self.row.cell("op") {
            ">=" => Ok(Op::AtLeast),
            "<=" => Ok(Op::AtMost),
            "==" => Ok(Op::Equal),
            other => Err(self.row.wrong("op", format_args!("{other:?} is neither >=, <= nor =="))),
        }
    }

    fn compare(&self) -> Result<Rule, TableError> {
        let op = self.op()?;
        let (left, left_scale) = self.linear("left")?;
        let (right, right_scale) = self.linear("right")?;
        // Metres against fen would compare; that nobody means it is more likely.
        if matches!((left_scale, right_scale), (Some(left), Some(right)) if left != right) {
            return Err(self.row.wrong("right", "keeps other decimals than the left side"));
        }
        Ok(Rule::Compare { left, op, right })
    }

    fn each_at_most(&self) -> Result<Rule, TableError> {
        let fields = self.fields("left")?;
        let (limit, scale) = self.linear("right")?;
        let other_scale = |id: &u32| self.indicators.iter().any(|of| of.id == *id && Some(of.scale) != scale);
        if scale.is_some() && fields.iter().any(other_scale) {
            return Err(self.row.wrong("right", "keeps other decimals than the left side"));
        }
        Ok(Rule::EachAtMost { fields, limit })
    }

    fn falling(&self) -> Result<Rule, TableError> {
        self.must_be_empty("right")?;
        let fields = self.fields("left")?;
        if fields.len() < 2 {
            return Err(self.row.wrong("left", "names one figure: it cannot fall"));
        }
        Ok(Rule::Falling { fields })
    }

    fn ratio(&self) -> Result<Rule, TableError> {
        let parts = self.row.cell("left").split_once('/');
        let (above, below) = parts.ok_or_else(|| self.row.wrong("left", "is not CODE/CODE"))?;
        let (above, below) = (self.indicator("left", above)?, self.indicator("left", below)?);
        if above.scale != below.scale {
            return Err(self.row.wrong("left", "divides figures that keep different decimals"));
        }
        let percent = self.percent("right", self.row.cell("right"))?;
        Ok(Rule::Ratio { numerator: above.id, denominator: below.id, op: self.op()?, percent })
    }

    fn approx(&self) -> Result<Rule, TableError> {
        let field = self.indicator("left", self.row.cell("left"))?;
        let wrong = || self.row.wrong("right", "is not CODE*CODE~3%, or a sum of such products");
        let (products, percent) = self.row.cell("right").split_once('~').ok_or_else(wrong)?;
        let product = |text: &str| {
            let (one, other) = text.split_once('*').ok_or_else(wrong)?;
            let (one, other) = (self.indicator("right", one)?, self.indicator("right", other)?);
            if decimals_of_one(one) + decimals_of_one(other) != decimals_of_one(field) {
                return Err(self.row.wrong("right", "multiplies to another unit than the left side"));
            }
            Ok((one.id, other.id))
        };
        let products = products.split('+').map(product).collect::<Result<_, _>>()?;
        Ok(Rule::Approx { field: field.id, products, percent: self.percent("right", percent)? })
    }

    fn within(&self) -> Result<Rule, TableError> {
        let fields = self.fields("left")?;
        let is_time = |id: &u32| self.indicators.iter().any(|of| of.id == *id && of.answer == Answer::Time);
        if !fields.iter().all(is_time) {
            return Err(self.row.wrong("left", "names a figure that is no time"));
        }
        let hours = self.row.cell("right").strip_prefix("occurred+").and_then(|rest| rest.strip_suffix('h'));
        let hours =
            hours.and_then(|hours| hours.parse().ok()).filter(|hours| (1..=HOURS_MAX).contains(hours));
        let hours =
            hours.ok_or_else(|| self.row.wrong("right", "a time window is written as occurred+24h"))?;
        Ok(Rule::Within { fields, hours })
    }

    fn beside(&self) -> Result<Rule, TableError> {
        let (left, scale) = self.linear("left")?;
        let text = self.row.cell("right");
        let (figure, percent) = match text.split_once('*') {
            Some((figure, percent)) => (figure, self.percent("right", percent)?),
            None => (text, 100),
        };
        let (form, code) =
            figure.split_once(':').ok_or_else(|| self.row.wrong("right", "is not FORM:CODE"))?;
        let found = self.beside.0.iter().find(|other| other.title.code == form);
        let other = found.ok_or_else(|| self.row.wrong("right", format_args!("no form {form:?}")))?;
        let indicator = other.indicators.iter().find(|indicator| indicator.code == code);
        let indicator = indicator
            .ok_or_else(|| self.row.wrong("right", format_args!("no indicator {code:?} in form {form}")))?;
        if scale != Some(indicator.scale) {
            return Err(self.row.wrong("right", "keeps other decimals than the left side"));
        }
        let other = OtherFigure {
            form: other.title.id,
            form_zh: other.title.zh.clone(),
            form_en: other.title.en.clone(),
            indicator: Box::new(indicator.clone()),
        };
        Ok(Rule::Beside { left, op: self.op()?, other, percent })
    }

    fn waits(&self) -> Result<Rule, TableError> {
        let input = match self.row.cell("right") {
            "ledger:death_missing" => Missing::Ledger(Ledger::DeathMissing),
            "ledger:house" => Missing::Ledger(Ledger::House),
            "ledger:winter_household" => Missing::Ledger(Ledger::WinterHousehold),
            "workflow:submission" => Missing::Workflow,
            other => return Err(self.row.wrong("right", format_args!("no input is called {other:?}"))),
        };
        let fields = if self.row.cell("left").is_empty() { Vec::new() } else { self.fields("left")? };
        Ok(Rule::Waits { fields, input })
    }

    /// `70%`.
    fn percent(&self, column: &str, text: &str) -> Result<i64, TableError> {
        let percent = text.strip_suffix('%').and_then(|number| number.parse().ok());
        let percent = percent.filter(|percent| (1..=PERCENT_MAX).contains(percent));
        percent.ok_or_else(|| {
            self.row.wrong(column, format_args!("a percentage is written as 70%, from 1 to {PERCENT_MAX}"))
        })
    }

    fn kind_only(&self) -> Result<Rule, TableError> {
        let kinds = read_kinds(&self.row, "right")?;
        if kinds.is_empty() {
            return Err(self.row.wrong("right", "names no kind"));
        }
        Ok(Rule::KindOnly { fields: self.fields("left")?, kinds })
    }

    fn not_falling(&self) -> Result<Rule, TableError> {
        self.must_be_empty("right")?;
        let cumulative = |indicator: &&Indicator| indicator.nature == Nature::Cumulative;
        let fields = match self.row.cell("left") {
            "cumulative" => self.indicators.iter().filter(cumulative).map(|indicator| indicator.id).collect(),
            _ => self.fields("left")?,
        };
        Ok(Rule::NotFalling { fields })
    }

    fn carried(&self, yearly: bool) -> Result<Rule, TableError> {
        let indicator = self.indicator("left", self.row.cell("left"))?;
        let (flow, scale) = self.linear("right")?;
        if scale.is_some_and(|scale| scale != indicator.scale) {
            return Err(self.row.wrong("right", "keeps other decimals than the left side"));
        }
        Ok(Rule::Carried { field: indicator.id, flow, yearly })
    }

    fn jump(&self) -> Result<Rule, TableError> {
        let percent: i64 = self.row.read("right")?;
        if percent < 1 {
            return Err(self.row.wrong("right", "a jump is at least 1 percent"));
        }
        Ok(Rule::Jump { fields: self.fields("left")?, percent })
    }

    fn bound(&self) -> Result<Rule, TableError> {
        let fields = match self.row.cell("left") {
            "all" => self.indicators.iter().map(|indicator| indicator.id).collect(),
            _ => self.fields("left")?,
        };
        let ends = self
            .row
            .cell("right")
            .split_once("..")
            .and_then(|(min, max)| Some((min.parse().ok()?, max.parse().ok()?)));
        match ends {
            Some((min, max)) if min <= max => Ok(Rule::Bound { fields, min, max }),
            _ => Err(self.row.wrong("right", "a bound is written as min..max in the smallest unit")),
        }
    }

    fn time(&self, column: &str) -> Result<HeaderTime, TableError> {
        match self.row.cell(column) {
            "occurred" => Ok(HeaderTime::Occurred),
            "cutoff" => Ok(HeaderTime::Cutoff),
            "reported" => Ok(HeaderTime::Reported),
            "month_begin" => Ok(HeaderTime::MonthBegin),
            "month_end" => Ok(HeaderTime::MonthEnd),
            other => Err(self.row.wrong(column, format_args!("no time is called {other:?}"))),
        }
    }

    fn fields(&self, column: &str) -> Result<Vec<u32>, TableError> {
        self.row
            .cell(column)
            .split('|')
            .map(|code| self.indicator(column, code).map(|indicator| indicator.id))
            .collect()
    }

    /// The expression, and the scale of its figures if it has any.
    fn linear(&self, column: &str) -> Result<(Linear, Option<u8>), TableError> {
        let text = self.row.text(column)?;
        let mut expression = Linear { terms: Vec::new(), constant: 0 };
        let mut scale = None;
        for (sign, part) in signed_parts(&text) {
            if let Ok(number) = part.parse::<i64>() {
                let sum = sign.checked_mul(number).and_then(|number| expression.constant.checked_add(number));
                expression.constant =
                    sum.ok_or_else(|| self.row.wrong(column, "the constant is too large"))?;
                continue;
            }
            let (factor, code) = part.split_once('*').unwrap_or(("1", part));
            let factor: i64 = factor
                .parse()
                .map_err(|_| self.row.wrong(column, format_args!("{part:?} is not number*code")))?;
            if !(0..=COEF_MAX).contains(&factor) {
                return Err(self.row.wrong(column, format_args!("a factor is at most {COEF_MAX}")));
            }
            let indicator = self.indicator(column, code)?;
            if *scale.get_or_insert(indicator.scale) != indicator.scale {
                return Err(self.row.wrong(column, "adds figures that keep different decimals"));
            }
            expression.terms.push(Term { coef: sign * factor, field: indicator.id });
        }
        Ok((expression, scale))
    }

    fn indicator(&self, column: &str, code: &str) -> Result<&Indicator, TableError> {
        let found = self.indicators.iter().find(|indicator| indicator.code == code);
        found.ok_or_else(|| self.row.wrong(column, format_args!("no indicator {code:?}")))
    }

    fn must_be_empty(&self, column: &str) -> Result<(), TableError> {
        match self.row.cell(column) {
            "" => Ok(()),
            _ => Err(self.row.wrong(column, "must be empty for this rule")),
        }
    }
}

/// Decimals of the plain unit that the smallest unit is: 万元 kept with 6 decimals and 元 with 2 are both fen.
fn decimals_of_one(indicator: &Indicator) -> u8 {
    const TEN_THOUSAND: u8 = 4;
    let shift = if indicator.unit.starts_with('万') { TEN_THOUSAND } else { 0 };
    indicator.scale.saturating_sub(shift)
}

/// The parts between `+` and `-`, each with the sign before it. The first may go without.
fn signed_parts(text: &str) -> impl Iterator<Item = (i64, &str)> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (sign, text) =
            text.strip_prefix('-').map_or((1, text.strip_prefix('+').unwrap_or(text)), |text| (-1, text));
        let end = text.find(['+', '-']);
        rest = end.map(|end| &text[end..]);
        Some((sign, &text[..end.unwrap_or(text.len())]))
    })
}
