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
//!
//! An expression is terms with `+` or `-` between; a term is a code, `number*code`, or a number in the
//! smallest unit: `QL011+2*QL012-3`.

use super::{COEF_MAX, Check, HeaderTime, Linear, Op, Rule, Severity, Term};
use crate::{
    form::{Indicator, Nature, read_kinds},
    table::{Row, Table, TableError},
};

const COLUMNS: [&str; 9] = ["id", "rule", "left", "op", "right", "severity", "zh", "en", "source"];

/// The checks in the order of the table. Every code must be one of `indicators`.
pub(crate) fn read_checks(text: &str, indicators: &[Indicator]) -> Result<Vec<Check>, TableError> {
    let table = Table::parse(text, &COLUMNS, &[])?;
    let mut checks: Vec<Check> = Vec::with_capacity(table.rows().len());
    for row in table.rows() {
        let check = Cells { row, indicators }.check()?;
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
}

impl Cells<'_> {
    fn check(&self) -> Result<Check, TableError> {
        Ok(Check {
            id: self.row.text("id")?,
            rule: self.rule()?,
            severity: self.severity()?,
            zh: self.row.text("zh")?,
            en: self.row.text("en")?,
            source: self.row.text("source")?,
        })
    }

    fn severity(&self) -> Result<Severity, TableError> {
        match self.row.cell("severity") {
            "soft" => Ok(Severity::Soft),
            "hard" => Ok(Severity::Hard),
            "alarm" => Ok(Severity::Alarm),
            other => {
                Err(self.row.wrong("severity", format_args!("{other:?} is neither soft, hard nor alarm")))
            }
        }
    }

    fn rule(&self) -> Result<Rule, TableError> {
        let word = self.row.cell("rule");
        if word != "compare" {
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
            other => Err(self.row.wrong("rule", format_args!("no rule is called {other:?}"))),
        }
    }

    fn compare(&self) -> Result<Rule, TableError> {
        let op = match self.row.cell("op") {
            ">=" => Op::AtLeast,
            "<=" => Op::AtMost,
            "==" => Op::Equal,
            other => return Err(self.row.wrong("op", format_args!("{other:?} is neither >=, <= nor =="))),
        };
        let (left, left_scale) = self.linear("left")?;
        let (right, right_scale) = self.linear("right")?;
        // Metres against fen would compare; that nobody means it is more likely.
        if matches!((left_scale, right_scale), (Some(left), Some(right)) if left != right) {
            return Err(self.row.wrong("right", "keeps other decimals than the left side"));
        }
        Ok(Rule::Compare { left, op, right })
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
