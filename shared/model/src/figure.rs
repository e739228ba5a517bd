//! One cell of a report: blank, zero, "some, not counted" and a number are four different values, and never
//! floating point.

use crate::{
    form::{Answer, Choice, Indicator},
    moment,
};

/// The largest figure, in the smallest unit: 10 万亿 yuan in fen, far above any loss of a province, and low
/// enough that a sum over every division of a directory stays below 2^64.
pub const FIGURE_MAX: i64 = 1_000_000_000_000_000;

/// Characters a clerk may type into a cell: the digits of [`FIGURE_MAX`], a point, and room for leading
/// zeros and spaces.
const TEXT_CHARS_MAX: usize = 40;

/// Decimals that are always shown where the scale has them, so that hectares read `12.50` in a column.
const DECIMALS_SHOWN: usize = 2;

/// What people read for [`Figure::Some`].
const SOME_ZH: &str = "有（未统计）";

/// What one division says about one indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Figure {
    /// Not stated: nobody has said anything, not even zero.
    #[default]
    Blank,
    /// 有，未统计: there is some, nobody has counted it yet. At least one unit.
    Some,
    /// Counted, in the smallest unit of the indicator; zero is a count.
    Number(i64),
}

/// Why a text is not a figure of that indicator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FigureError {
    /// Neither a decimal number nor one of the words for "some".
    #[error("read {text:?} as a number for {indicator}")]
    NotANumber {
        /// Code and name of the indicator.
        indicator: String,
        /// As typed, shortened if it is very long.
        text: String,
    },
    /// A number with a unit that is not the indicator's: 亩 where hectares are asked.
    #[error("take {text:?} for {indicator}: it is counted in {unit}")]
    WrongUnit {
        /// Code and name of the indicator.
        indicator: String,
        /// As typed.
        text: String,
        /// What it is counted in.
        unit: String,
    },
    /// Not a moment.
    #[error("read {text:?} as a time for {indicator}: write it as 2026-07-20T03:30")]
    NotATime {
        /// Code and name of the indicator.
        indicator: String,
        /// As typed.
        text: String,
    },
    /// None of the words that may be chosen.
    #[error("take {text:?} for {indicator}: it is none of {choices}")]
    NotAChoice {
        /// Code and name of the indicator.
        indicator: String,
        /// As typed.
        text: String,
        /// The words, with what they mean.
        choices: String,
    },
    /// A loss cannot be less than nothing.
    #[error("take {text:?} for {indicator}: it is negative")]
    Negative {
        /// Code and name of the indicator.
        indicator: String,
        /// As typed.
        text: String,
    },
    /// More decimals than the indicator keeps; nothing is rounded behind the clerk's back.
    #[error("take {text:?} for {indicator}: at most {decimals} decimals")]
    TooManyDecimals {
        /// Code and name of the indicator.
        indicator: String,
        /// As typed.
        text: String,
        /// How many it keeps.
        decimals: u8,
    },
    /// More than [`FIGURE_MAX`].
    #[error("take {text:?} for {indicator}: it is too large")]
    TooLarge {
        /// Code and name of the indicator.
        indicator: String,
        /// As typed.
        text: String,
    },
}

impl Figure {
    /// The number, where there is one.
    #[must_use]
    pub const fn number(self) -> Option<i64> {
        match self {
            Self::Number(value) => Some(value),
            Self::Blank | Self::Some => None,
        }
    }

    /// Nothing was stated.
    #[must_use]
    pub const fn is_blank(self) -> bool {
        matches!(self, Self::Blank)
    }

    /// Something is there for certain: "some", or a number above zero.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        match self {
            Self::Blank => false,
            Self::Some => true,
            Self::Number(value) => value > 0,
        }
    }
}

impl From<i64> for Figure {
    fn from(value: i64) -> Self {
        Self::Number(value)
    }
}

/// A view for people: `null`, `"some"` or the number in the smallest unit.
impl serde::Serialize for Figure {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Blank => serializer.serialize_none(),
            Self::Some => serializer.serialize_str("some"),
            Self::Number(value) => serializer.serialize_i64(*value),
        }
    }
}

impl Indicator {
    /// Reads what a clerk types. Nothing is [`Figure::Blank`]; `有` or `some` is [`Figure::Some`];
    /// otherwise a time, a choice, or a decimal number with at most [`Indicator::scale`] decimals, exactly.
    /// The indicator's own unit may stand after it. Full-width digits and points of a Chinese keyboard count
    /// as plain ones. Separators between thousands are refused:
    /// `1,200` is 1.2 in one habit and 1200 in another.
    ///
    /// # Errors
    /// [`FigureError`], naming the indicator and the text.
    pub fn parse(&self, text: &str) -> Result<Figure, FigureError> {
        let plain: String = text.trim().chars().take(TEXT_CHARS_MAX + 1).map(narrow).collect();
        match (plain.as_str(), &self.answer) {
            ("", _) => Ok(Figure::Blank),
            ("有" | "some" | SOME_ZH, Answer::Number) => Ok(Figure::Some),
            (_, Answer::Number) => self.parse_number(&plain, text),
            (_, Answer::Time) => moment::read(&plain)
                .map(Figure::Number)
                .ok_or_else(|| FigureError::NotATime { indicator: self.label(), text: shortened(text) }),
            (_, Answer::Choice(choices)) => {
                chosen(choices, &plain).map(Figure::Number).ok_or_else(|| FigureError::NotAChoice {
                    indicator: self.label(),
                    text: shortened(text),
                    choices: words(choices),
                })
            }
        }
    }

    /// `plain` is `text` without what a Chinese keyboard adds.
    fn parse_number(&self, plain: &str, text: &str) -> Result<Figure, FigureError> {
        let (indicator, shown) = (self.label(), shortened(text));
        let plain = match split_unit(plain) {
            Some((number, unit)) if unit == self.unit || unit == self.unit_en => number,
            Some(_) if !self.unit.is_empty() => {
                return Err(FigureError::WrongUnit { indicator, text: shown, unit: self.unit.clone() });
            }
            _ => plain,
        };
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let (sign, unsigned) = plain.strip_prefix('-').map_or(("", plain), |rest| ("-", rest));
        let (whole, decimals) =
            unsigned.split_once('.').map_or((unsigned, None), |(whole, rest)| (whole, Some(rest)));
        let stated = !whole.is_empty() && decimals != Some("");
        if plain.chars().count() > TEXT_CHARS_MAX
            || !stated
            || !digits(whole)
            || !digits(decimals.unwrap_or_default())
        {
            return Err(FigureError::NotANumber { indicator, text: shown });
        }
        if sign == "-" {
            return Err(FigureError::Negative { indicator, text: shown });
        }
        let decimals = decimals.unwrap_or_default();
        if decimals.len() > usize::from(self.scale) {
            return Err(FigureError::TooManyDecimals { indicator, text: shown, decimals: self.scale });
        }
        // Digits only by now, and few enough that i128 holds them: 40 digits is above its range, so `parse`
        // may still fail.
        let smallest = format!("{whole}{decimals:0<width$}", width = usize::from(self.scale));
        match smallest.parse::<i128>() {
            Ok(value) if value <= i128::from(FIGURE_MAX) => Ok(Figure::Number(value as i64)),
            _ => Err(FigureError::TooLarge { indicator, text: shown }),
        }
    }

    /// Writes a figure or a value in the smallest unit the way people read it, without the unit: exact,
    /// with two decimals (or the scale, if less) and more only where they are not zero. Blank is empty.
    /// What it writes for a figure that [`Indicator::parse`] made reads back as the same figure.
    #[must_use]
    pub fn format(&self, figure: impl Into<Figure>) -> String {
        match (figure.into(), &self.answer) {
            (Figure::Blank, _) => String::new(),
            (Figure::Some, _) => SOME_ZH.to_owned(),
            (Figure::Number(value), Answer::Number) => decimal(value, self.scale),
            (Figure::Number(value), Answer::Time) => moment::shown(value),
            (Figure::Number(value), Answer::Choice(choices)) => {
                let choice = usize::try_from(value).ok().and_then(|at| choices.get(at));
                choice.map_or_else(|| value.to_string(), |choice| choice.zh.clone())
            }
        }
    }

    fn label(&self) -> String {
        format!("{} {}", self.code, self.zh)
    }
}

/// A number and the unit after it, where there is one: a word or a percent sign. The exponents and prefixes of
/// programmers are no units.
fn split_unit(plain: &str) -> Option<(&str, &str)> {
    let (number, unit) =
        plain.split_at(plain.find(|letter: char| !letter.is_ascii_digit() && !"-.".contains(letter))?);
    let unit = unit.trim();
    let counted = number.bytes().any(|byte| byte.is_ascii_digit());
    let word = unit.starts_with(|first: char| first.is_alphabetic() || first == '%');
    let programmers = unit.is_ascii() && unit.bytes().any(|byte| byte.is_ascii_digit());
    (word && counted && !programmers).then_some((number.trim_end(), unit))
}

/// The place of the word, by its code, its Chinese name or its number.
fn chosen(choices: &[Choice], text: &str) -> Option<i64> {
    let at = choices.iter().position(|choice| choice.code == text || choice.zh == text);
    at.or_else(|| text.parse().ok().filter(|at| *at < choices.len())).and_then(|at| i64::try_from(at).ok())
}

/// `none 未启动, IV 四级响应`.
fn words(choices: &[Choice]) -> String {
    choices.iter().map(|choice| format!("{} {}", choice.code, choice.zh)).collect::<Vec<_>>().join(", ")
}

/// What was typed, for a message.
fn shortened(text: &str) -> String {
    text.trim().chars().take(TEXT_CHARS_MAX).collect()
}

/// Exact decimal text of `value` / 10^`scale`.
fn decimal(value: i64, scale: u8) -> String {
    let scale = usize::from(scale);
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, decimals) = digits.split_at(digits.len() - scale);
    let kept = decimals.trim_end_matches('0').len().max(scale.min(DECIMALS_SHOWN));
    let sign = if value < 0 { "-" } else { "" };
    match &decimals[..kept] {
        "" => format!("{sign}{whole}"),
        decimals => format!("{sign}{whole}.{decimals}"),
    }
}

/// The plain form of a full-width digit, point or minus sign.
fn narrow(letter: char) -> char {
    match letter {
        '０'..='９' => char::from_u32(letter as u32 - '０' as u32 + '0' as u32).unwrap_or(letter),
        '．' => '.',
        '－' | '−' => '-',
        other => other,
    }
}

#[cfg(test)]
mod tests;
