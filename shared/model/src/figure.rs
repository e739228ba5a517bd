//! One cell of a report: blank, zero, "some, not counted" and a number are four different values, and never
//! floating point.

use crate::form::Indicator;

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
    /// otherwise a decimal number with at most [`Indicator::scale`] decimals, exactly. Full-width digits
    /// and points of a Chinese keyboard count as plain ones. Separators between thousands are refused:
    /// `1,200` is 1.2 in one habit and 1200 in another.
    ///
    /// # Errors
    /// [`FigureError`], naming the indicator and the text.
    pub fn parse(&self, text: &str) -> Result<Figure, FigureError> {
        let plain: String = text.trim().chars().take(TEXT_CHARS_MAX + 1).map(narrow).collect();
        match plain.as_str() {
            "" => return Ok(Figure::Blank),
            "有" | "some" | SOME_ZH => return Ok(Figure::Some),
            _ => {}
        }
        let (indicator, shown) = (self.label(), text.trim().chars().take(TEXT_CHARS_MAX).collect::<String>());
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let (sign, unsigned) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("-", rest));
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
        match figure.into() {
            Figure::Blank => String::new(),
            Figure::Some => SOME_ZH.to_owned(),
            Figure::Number(value) => decimal(value, self.scale),
        }
    }

    fn label(&self) -> String {
        format!("{} {}", self.code, self.zh)
    }
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
