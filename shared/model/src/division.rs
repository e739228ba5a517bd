//! One administrative unit (行政区划): its code, its rank, its name and the time it exists.

use std::{fmt, str::FromStr};

use crate::{date::Date, text::serde_as_text};

/// The number of an administrative unit: 2 digits for a province, 4 a city, 6 a county (GB/T 2260), 9 a
/// township (GB/T 10114). Twelve digits are a village, which is counted in this directory but has no
/// station, so they are refused here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DivisionCode(u64);

/// Why a number is not the code of a division.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DivisionCodeError {
    /// Something else than the digits 0–9, or nothing at all.
    #[error("read {0:?} as a division code: digits only")]
    NotDigits(String),
    /// Not 2, 4, 6 or 9 digits, or a leading zero.
    #[error("read {0} as a division code: it has 2, 4, 6 or 9 digits and no leading zero")]
    Length(String),
    /// Twelve digits: reserved for villages.
    #[error("take village code {0}: villages have no station and are not in the directory")]
    Village(String),
}

impl DivisionCode {
    /// A code of 2, 4, 6 or 9 digits.
    ///
    /// # Errors
    /// [`DivisionCodeError`] for any other number of digits.
    pub fn new(code: u64) -> Result<Self, DivisionCodeError> {
        match code {
            10..=99 | 1_000..=9_999 | 100_000..=999_999 | 100_000_000..=999_999_999 => Ok(Self(code)),
            100_000_000_000..=999_999_999_999 => Err(DivisionCodeError::Village(code.to_string())),
            _ => Err(DivisionCodeError::Length(code.to_string())),
        }
    }

    /// The number itself, as it is stored and signed.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// How many digits people write: 2, 4, 6 or 9.
    #[must_use]
    pub const fn digits(self) -> u32 {
        // `new` admits no zero.
        self.0.ilog10() + 1
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for DivisionCode {
    type Err = DivisionCodeError;

    fn from_str(text: &str) -> Result<Self, DivisionCodeError> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(DivisionCodeError::NotDigits(text.to_owned()));
        }
        // A leading zero would make two texts of one code.
        if text.starts_with('0') {
            return Err(DivisionCodeError::Length(text.to_owned()));
        }
        let code = text.parse().map_err(|_| DivisionCodeError::Length(text.to_owned()))?;
        Self::new(code)
    }
}

serde_as_text!(DivisionCode);

/// The rank of a division, and the frozen number it has in signed bytes. Greater is higher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// 乡级: township, town, sub-district.
    Township = 1,
    /// 县级: county, district, county-level city, development zone.
    County = 2,
    /// 市级: prefecture-level city, autonomous prefecture, the Changbaishan committee.
    City = 3,
    /// 省级: the root of the network.
    Province = 4,
}

/// A rank that is not one of the four.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("read {0:?} as a level: township, county, city or province")]
pub struct LevelError(pub String);

impl Level {
    /// All four, lowest first.
    pub const ALL: [Self; 4] = [Self::Township, Self::County, Self::City, Self::Province];

    /// As people say it: 乡级, 县级, 市级, 省级.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Township => "乡级",
            Self::County => "县级",
            Self::City => "市级",
            Self::Province => "省级",
        }
    }

    /// The English word, lower case: also the word in configuration and tables.
    #[must_use]
    pub const fn en(self) -> &'static str {
        match self {
            Self::Township => "township",
            Self::County => "county",
            Self::City => "city",
            Self::Province => "province",
        }
    }
}

impl TryFrom<u8> for Level {
    type Error = LevelError;

    fn try_from(number: u8) -> Result<Self, LevelError> {
        Self::ALL
            .into_iter()
            .find(|level| *level as u8 == number)
            .ok_or_else(|| LevelError(number.to_string()))
    }
}

impl FromStr for Level {
    type Err = LevelError;

    fn from_str(text: &str) -> Result<Self, LevelError> {
        Self::ALL.into_iter().find(|level| level.en() == text).ok_or_else(|| LevelError(text.to_owned()))
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.en())
    }
}

serde_as_text!(Level);

/// One row of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// Unique in the directory.
    pub code: DivisionCode,
    /// As people write it, 1 to 64 characters.
    pub name: String,
    /// Its rank.
    pub level: Level,
    /// Who receives its reports; `None` for the root only.
    pub parent: Option<DivisionCode>,
    /// What it is called in the law: 乡, 镇, 街道, 区, 县, 自治州, 开发区, 派出机构 … Scopes of
    /// standards name it; nothing else depends on it.
    pub kind: String,
    /// Villages and communities below it; 0 above the township.
    pub villages: u32,
    /// First day it exists; `None`: since before the network.
    pub from: Option<Date>,
    /// First day it no longer exists (merged, split, renumbered); `None`: no end known.
    pub until: Option<Date>,
}

impl Division {
    /// Whether the division exists on that day: `from` inclusive, `until` exclusive.
    #[must_use]
    pub fn exists_on(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back_as_written() {
        for text in ["22", "2202", "220221", "220221100"] {
            let code: DivisionCode = text.parse().unwrap();
            assert_eq!(code.to_string(), text);
            assert_eq!(code.digits() as usize, text.len());
            assert_eq!(DivisionCode::new(code.get()), Ok(code));
            assert_eq!(serde_json::to_string(&code).unwrap(), format!("\"{text}\""));
        }
    }

    #[test]
    fn other_lengths_are_refused() {
        for text in [
            "",
            "2",
            "022",
            "0022",
            "220",
            "22022",
            "2202211",
            "22022110",
            "2202211001",
            "99999999999999999999999",
            "-22",
            "２２",
            "2 2",
        ] {
            assert!(text.parse::<DivisionCode>().is_err(), "{text}");
        }
        assert_eq!(
            "220221100201".parse::<DivisionCode>(),
            Err(DivisionCodeError::Village("220221100201".to_owned()))
        );
    }

    #[test]
    fn levels_rank_and_keep_their_numbers() {
        assert!(
            Level::Township < Level::County && Level::County < Level::City && Level::City < Level::Province
        );
        for level in Level::ALL {
            assert_eq!(Level::try_from(level as u8), Ok(level));
            assert_eq!(level.to_string().parse(), Ok(level));
        }
        assert!(Level::try_from(0).is_err() && Level::try_from(5).is_err());
        assert_eq!(Level::Township as u8, 1);
        assert_eq!(Level::Province as u8, 4);
    }

    #[test]
    fn the_last_day_is_the_day_before_until() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let merged = Division {
            code: "220221100".parse().unwrap(),
            name: "口前镇".to_owned(),
            level: Level::Township,
            parent: None,
            kind: "镇".to_owned(),
            villages: 1,
            from: Some(day("2001-01-01")),
            until: Some(day("2020-06-01")),
        };
        assert!(!merged.exists_on(day("2000-12-31")));
        assert!(merged.exists_on(day("2001-01-01")));
        assert!(merged.exists_on(day("2020-05-31")));
        assert!(!merged.exists_on(day("2020-06-01")));
    }
}
