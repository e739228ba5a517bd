//! Reads checks from their table.
//!
//! | rule | left | op | right |
//! |---|---|---|---|
//! | `compare` | expression | `>=`, `<=`, `==` | expression |
//! | `implies` | expression | | codes with a bar between |
//! | `iff` | expression | | expression |
//! | `kind_only` | codes with a bar between | | kinds with a bar between |
//! | `of_kind` | code that asks for a choice | | |
//! | `not_falling` | codes, or `cumulative` for all of that nature | | |
//! | `stock` | code, carried from month to month | | expression: what went in, less what went out |
//! | `closes` | code of what is left | | expression: what there was and came, less what went |
//! | `year_to_date` | code, carried from month to month, anew each January | | expression |
//! | `month_before` | codes with a bar between | | |
//! | `jump` | codes with a bar between | | percent |
//! | `sharp` | codes with a bar between | | `+200%/-50%`: rise, fall |
//! | `header_before` | `occurred`, `cutoff`, `reported`, `month_begin`, `month_end` | | the same |
//! | `bound` | codes, or `all` | | `min..max`, both included |
//! | `zero_report` | | | |
//! | `each_at_most` | codes with a bar between | | expression |
//! | `falling` | codes with a bar between, the greatest first | | |
//! | `ratio` | `CODE/CODE` | `>=`, `<=` | `70%` |
//! | `approx` | code | | `CODE*CODE+CODE*CODE~3%` |
//! | `within` | codes that ask for a time | | `occurred+24h` |
//! | `beside` | expression | `>=`, `<=`, `==` | `FORM:CODE` or `FORM:CODE*120%` |
//! | `floor` | code of an amount in yuan a month | | code of an aid standard |
//! | `waits` | codes with a bar between, or none | | `ledger:WHICH` or `workflow:submission` |
//!
//! An expression is terms with `+` or `-` between; a term is a code, `number*code`, or a number in the
//! smallest unit: `QL011+2*QL012-3`.

mod rules;

use super::{COEF_MAX, Check, HeaderTime, Linear, Rule, Severity, Term};
use crate::{
    form::{Draft, Indicator},
    table::{Row, Table, TableError},
};

/// Rules that compare with another report, which may come later or be corrected.
const COMPARING: [&str; 8] =
    ["not_falling", "stock", "year_to_date", "month_before", "jump", "sharp", "beside", "floor"];

/// Hard in the last report of an event (核报), soft before it.
const FROM_VERIFIED: &str = "verified";

const COLUMNS: [&str; 9] = ["id", "rule", "left", "op", "right", "severity", "zh", "en", "source"];

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
            "hard" | FROM_VERIFIED if ["beside", "floor"].contains(&self.row.cell("rule")) => {
                Err(self.row.wrong("severity", "a rule that looks at what may come later is never hard"))
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
            "of_kind" => self.of_kind(),
            "floor" => self.floor(),
            "not_falling" => self.not_falling(),
            "closes" => self.closes(),
            "stock" => self.carried(false),
            "year_to_date" => self.carried(true),
            "month_before" => {
                self.must_be_empty("right")?;
                Ok(Rule::MonthBefore { fields: self.fields("left")? })
            }
            "jump" => self.jump(),
            "sharp" => self.sharp(),
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
        found.ok_or_else(|| {
            self.row.wrong(column, format_args!("本表没有指标 {code:?} (no indicator {code:?})"))
        })
    }

    fn must_be_empty(&self, column: &str) -> Result<(), TableError> {
        match self.row.cell(column) {
            "" => Ok(()),
            _ => Err(self.row.wrong(column, "must be empty for this rule")),
        }
    }
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
