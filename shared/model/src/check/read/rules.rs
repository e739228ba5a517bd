//! The rules that one row can be, each from its three cells.

use super::Cells;
use crate::{
    check::{Missing, Op, OtherFigure, Rule, unjudged::Ledger},
    form::{Answer, Indicator, Nature, read_kinds},
    table::TableError,
};

/// The most percent that a rule may name: a figure is compared with at most ten times another.
const PERCENT_MAX: i64 = 1_000;

/// The most hours that a rule may name: a quarter of a year.
const HOURS_MAX: i64 = 24 * 92;

impl Cells<'_> {
    fn op(&self) -> Result<Op, TableError> {
        match self.row.cell("op") {
            ">=" => Ok(Op::AtLeast),
            "<=" => Ok(Op::AtMost),
            "==" => Ok(Op::Equal),
            other => Err(self.row.wrong("op", format_args!("{other:?} is neither >=, <= nor =="))),
        }
    }

    pub(super) fn compare(&self) -> Result<Rule, TableError> {
        let op = self.op()?;
        let (left, left_scale) = self.linear("left")?;
        let (right, right_scale) = self.linear("right")?;
        // Metres against fen would compare; that nobody means it is more likely.
        if matches!((left_scale, right_scale), (Some(left), Some(right)) if left != right) {
            return Err(self.row.wrong("right", "keeps other decimals than the left side"));
        }
        Ok(Rule::Compare { left, op, right })
    }

    pub(super) fn each_at_most(&self) -> Result<Rule, TableError> {
        let fields = self.fields("left")?;
        let (limit, scale) = self.linear("right")?;
        let other_scale = |id: &u32| self.indicators.iter().any(|of| of.id == *id && Some(of.scale) != scale);
        if scale.is_some() && fields.iter().any(other_scale) {
            return Err(self.row.wrong("right", "keeps other decimals than the left side"));
        }
        Ok(Rule::EachAtMost { fields, limit })
    }

    pub(super) fn falling(&self) -> Result<Rule, TableError> {
        self.must_be_empty("right")?;
        let fields = self.fields("left")?;
        if fields.len() < 2 {
            return Err(self.row.wrong("left", "names one figure: it cannot fall"));
        }
        Ok(Rule::Falling { fields })
    }

    pub(super) fn ratio(&self) -> Result<Rule, TableError> {
        let parts = self.row.cell("left").split_once('/');
        let (above, below) = parts.ok_or_else(|| self.row.wrong("left", "is not CODE/CODE"))?;
        let (above, below) = (self.indicator("left", above)?, self.indicator("left", below)?);
        if above.scale != below.scale {
            return Err(self.row.wrong("left", "divides figures that keep different decimals"));
        }
        let percent = self.percent("right", self.row.cell("right"))?;
        Ok(Rule::Ratio { numerator: above.id, denominator: below.id, op: self.op()?, percent })
    }

    pub(super) fn approx(&self) -> Result<Rule, TableError> {
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

    pub(super) fn within(&self) -> Result<Rule, TableError> {
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

    pub(super) fn beside(&self) -> Result<Rule, TableError> {
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
        let indicator = indicator.ok_or_else(|| {
            self.row.wrong(
                "right",
                format_args!("{form} 表没有指标 {code:?} (no indicator {code:?} in form {form})"),
            )
        })?;
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

    pub(super) fn waits(&self) -> Result<Rule, TableError> {
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

    pub(super) fn kind_only(&self) -> Result<Rule, TableError> {
        let kinds = read_kinds(&self.row, "right")?;
        if kinds.is_empty() {
            return Err(self.row.wrong("right", "names no kind"));
        }
        Ok(Rule::KindOnly { fields: self.fields("left")?, kinds })
    }

    pub(super) fn of_kind(&self) -> Result<Rule, TableError> {
        self.must_be_empty("right")?;
        let indicator = self.indicator("left", self.row.cell("left"))?;
        match indicator.answer {
            Answer::Choice(_) => Ok(Rule::OfKind { field: indicator.id }),
            Answer::Number | Answer::Time => Err(self.row.wrong("left", "names a figure that is no choice")),
        }
    }

    pub(super) fn floor(&self) -> Result<Rule, TableError> {
        let indicator = self.indicator("left", self.row.cell("left"))?;
        // Two decimals of a yuan are fen, as a standard counts.
        if indicator.scale != 2 || !indicator.unit.starts_with('元') {
            return Err(self.row.wrong("left", "names a figure that is not kept in fen"));
        }
        Ok(Rule::Floor { field: indicator.id, standard: self.row.read("right")? })
    }

    pub(super) fn not_falling(&self) -> Result<Rule, TableError> {
        self.must_be_empty("right")?;
        let cumulative = |indicator: &&Indicator| indicator.nature == Nature::Cumulative;
        let fields = match self.row.cell("left") {
            "cumulative" => self.indicators.iter().filter(cumulative).map(|indicator| indicator.id).collect(),
            _ => self.fields("left")?,
        };
        Ok(Rule::NotFalling { fields })
    }

    pub(super) fn carried(&self, yearly: bool) -> Result<Rule, TableError> {
        let indicator = self.indicator("left", self.row.cell("left"))?;
        let (flow, scale) = self.linear("right")?;
        if scale.is_some_and(|scale| scale != indicator.scale) {
            return Err(self.row.wrong("right", "keeps other decimals than the left side"));
        }
        Ok(Rule::Carried { field: indicator.id, flow, yearly })
    }

    pub(super) fn closes(&self) -> Result<Rule, TableError> {
        let indicator = self.indicator("left", self.row.cell("left"))?;
        let (sum, scale) = self.linear("right")?;
        if scale.is_some_and(|scale| scale != indicator.scale) {
            return Err(self.row.wrong("right", "keeps other decimals than the left side"));
        }
        Ok(Rule::Closes { field: indicator.id, sum })
    }

    pub(super) fn jump(&self) -> Result<Rule, TableError> {
        let percent: i64 = self.row.read("right")?;
        if percent < 1 {
            return Err(self.row.wrong("right", "a jump is at least 1 percent"));
        }
        Ok(Rule::Jump { fields: self.fields("left")?, percent })
    }

    pub(super) fn sharp(&self) -> Result<Rule, TableError> {
        let percents = self.row.cell("right").split_once('/').and_then(|(rise, fall)| {
            let percent = |text: &str, sign: char| text.strip_prefix(sign)?.strip_suffix('%')?.parse().ok();
            Some((percent(rise, '+')?, percent(fall, '-')?))
        });
        match percents {
            Some((rise, fall)) if rise > 0 && (1..=100).contains(&fall) => {
                Ok(Rule::Sharp { fields: self.fields("left")?, rise, fall })
            }
            _ => Err(self.row.wrong("right", "a sharp change is written as +200%/-50%: rise, fall")),
        }
    }

    pub(super) fn bound(&self) -> Result<Rule, TableError> {
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
}

/// Decimals of the plain unit that the smallest unit is: 万元 kept with 6 decimals and 元 with 2 are both fen.
fn decimals_of_one(indicator: &Indicator) -> u8 {
    const TEN_THOUSAND: u8 = 4;
    let shift = if indicator.unit.starts_with('万') { TEN_THOUSAND } else { 0 };
    indicator.scale.saturating_sub(shift)
}
