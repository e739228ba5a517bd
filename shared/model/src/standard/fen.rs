//! Money in fen (分), written in yuan (元) by people.

use std::{fmt, str::FromStr};

use crate::text::serde_as_text;

/// An amount of money in fen. Standards and incomes are never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fen(pub i64);

/// Greatest amount of a standard or an income: 100 million yuan. Whatever is above it is a slip of the unit.
const FEN_MAX: i64 = 10_000_000_000;

impl Fen {
    /// Whether it can be a standard or an income: above zero, and no slip of the unit.
    #[must_use]
    pub const fn is_amount(self) -> bool {
        self.0 > 0 && self.0 <= FEN_MAX
    }
}

/// Why a text is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "read {0:?} as an amount in yuan: digits, with at most two decimals, above zero and at most 100 million"
)]
pub struct FenError(String);

impl FromStr for Fen {
    type Err = FenError;

    fn from_str(text: &str) -> Result<Self, FenError> {
        let wrong = || FenError(text.chars().take(40).collect());
        let (yuan, cents) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(yuan) || !digits(cents) || cents.len() > 2 {
            return Err(wrong());
        }
        let number = |part: &str| part.parse::<i64>().map_err(|_| wrong());
        let cents = number(cents)? * if cents.len() == 1 { 10 } else { 1 };
        let fen = number(yuan)?.checked_mul(100).and_then(|fen| fen.checked_add(cents)).ok_or_else(wrong)?;
        Some(Self(fen)).filter(|fen| fen.is_amount()).ok_or_else(wrong)
    }
}

impl fmt::Display for Fen {
    /// In yuan: `180`, `185.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 % 100 {
            0 => write!(f, "{}", self.0 / 100),
            rest => write!(f, "{}.{:02}", self.0 / 100, rest.abs()),
        }
    }
}

serde_as_text!(Fen);
