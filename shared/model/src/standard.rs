//! Aid standards (救助标准): what the province demands of every local value, as data that comes down signed.
//!
//! An [`AidStandard`] is one version of one document: clauses with a floor, a formula, or both, each for a scope. It
//! sets no value itself. A level below sets its own by an [`Adoption`], judged by [`check()`] against the version in
//! force on the day the value takes effect; [`reach()`] tells where a version has been followed.
//!
//! All comparisons are made on yearly amounts by cross-multiplication: nothing is rounded, so a value that equals
//! the formula to the last fen passes and one fen less does not.

mod adoption;
mod check;
mod fen;
mod place;
mod reach;

pub use adoption::{Adoption, AdoptionError, Setting, Step};
pub use check::{Finding, Formula, Ground, PENDING, check, formula, governing};
pub use fen::{Fen, FenError};
pub use place::{is_county, is_place, place_of, places_within};
pub use reach::{PlaceState, Reached, reach};

use std::{fmt, str::FromStr};

use crate::{
    date::Date,
    directory::Directory,
    division::{DivisionCode, Level},
    text::serde_as_text,
};

/// Characters of a name, a title or a document number. The longest document titles of the province have about 80.
pub const TEXT_CHARS_MAX: usize = 200;

/// Clauses of one standard: a tier for each county of a province would be 60.
pub const CLAUSES_MAX: usize = 64;

/// Divisions or kinds that one clause names: every county of the largest province.
pub const SCOPE_MAX: usize = 256;

/// Hundredths of a percent in the whole.
pub const WHOLE_BP: u32 = 10_000;

/// Which standard: a word that all its versions share, like `urban_dibao`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StandardCode(String);

impl StandardCode {
    /// Characters of a code.
    pub const CHARS_MAX: usize = 32;

    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is not the code of a standard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("read {0:?} as the code of a standard: 1 to 32 of a-z, 0-9 and _, beginning with a letter")]
pub struct StandardCodeError(String);

impl FromStr for StandardCode {
    type Err = StandardCodeError;

    fn from_str(text: &str) -> Result<Self, StandardCodeError> {
        let letter = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        match letter && text.len() <= Self::CHARS_MAX && text.bytes().all(known) {
            true => Ok(Self(text.to_owned())),
            false => Err(StandardCodeError(text.chars().take(Self::CHARS_MAX * 2).collect())),
        }
    }
}

impl fmt::Display for StandardCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

serde_as_text!(StandardCode);

/// What span of time an amount is for, and the frozen number it has in signed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Period {
    /// 元/人·月.
    Month = 1,
    /// 元/人·年.
    Year = 2,
}

impl Period {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Month, Self::Year];

    /// The unit of an amount for one person: 元/人·月, 元/人·年.
    #[must_use]
    pub const fn unit_zh(self) -> &'static str {
        match self {
            Self::Month => "元/人·月",
            Self::Year => "元/人·年",
        }
    }

    /// The same in English.
    #[must_use]
    pub const fn unit_en(self) -> &'static str {
        match self {
            Self::Month => "yuan per person and month",
            Self::Year => "yuan per person and year",
        }
    }

    /// How many of it make a year.
    const fn in_year(self) -> i128 {
        match self {
            Self::Month => 12,
            Self::Year => 1,
        }
    }
}

/// Whose disposable income a formula is a share of, and its frozen number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Income {
    /// 上年度城镇居民人均可支配收入.
    Urban = 1,
    /// 上年度农村居民人均可支配收入.
    Rural = 2,
}

impl Income {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Urban, Self::Rural];

    /// As a document names it.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Urban => "上年度城镇居民人均可支配收入",
            Self::Rural => "上年度农村居民人均可支配收入",
        }
    }

    /// The same in English.
    #[must_use]
    pub const fn en(self) -> &'static str {
        match self {
            Self::Urban => "last year's urban disposable income per person",
            Self::Rural => "last year's rural disposable income per person",
        }
    }
}

/// What holds for one scope. A division that is named goes before its kind, and its kind before the whole province.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Divisions it names, each with everything below it; rising, each once.
    pub divisions: Vec<DivisionCode>,
    /// Kinds of county-level divisions it names, as the directory spells them; rising, each once.
    pub kinds: Vec<String>,
    /// Least value for one person and [`AidStandard::period`].
    pub floor: Option<Fen>,
    /// Least share of last year's income, in hundredths of a percent: 2000 is 20 %. An income is for a year, so it is
    /// divided by 12 where the value is for a month.
    pub share_bp: Option<u32>,
    /// Highest level that may set a value here; levels below it may too, and the lowest one that did is followed.
    pub set_by: Level,
}

/// One version of one aid standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AidStandard {
    /// Which standard.
    pub code: StandardCode,
    /// Rises with every change; an older or equal one never replaces what stands.
    pub version: u32,
    /// What it is called: 城市居民最低生活保障标准.
    pub name: String,
    /// Title of the document that sets it.
    pub title: String,
    /// Number of that document (文号), or who passed it where it has none.
    pub document: String,
    /// Date of the document; `None`: not known.
    pub issued: Option<Date>,
    /// First day it is in force.
    pub from: Date,
    /// It was in force before it was entered here; without this word a day that is past is refused.
    pub recorded_late: bool,
    /// What the floors are for.
    pub period: Period,
    /// Whose income the formulas share.
    pub income: Income,
    /// Its clauses.
    pub clauses: Vec<Clause>,
}

/// Why a standard cannot be issued, or is not followed by whoever receives it. Clauses count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StandardError {
    /// Versions begin at 1.
    #[error("take version 0 of a standard: versions begin at 1")]
    VersionZero,
    /// A text is empty, too long or holds control characters.
    #[error("take the {0} of the standard: it is empty, over {TEXT_CHARS_MAX} characters or not printable")]
    Text(&'static str),
    /// No clause, or too many.
    #[error("take {0} clauses: 1 to {CLAUSES_MAX} are allowed")]
    Clauses(usize),
    /// A clause that names nobody, too many, or out of order.
    #[error("take the scope of clause {0}: it names nobody, over {SCOPE_MAX}, or one of them twice")]
    Scope(usize),
    /// A clause that demands nothing.
    #[error("take clause {0}: it has neither a floor nor a share of the income")]
    Empty(usize),
    /// A floor or share that cannot be.
    #[error("take the amounts of clause {0}: a floor is above zero, a share above 0 % and at most 100 %")]
    Amount(usize),
    /// The township sets nothing, the province sets the standard itself.
    #[error("take clause {0}: a value is set by a county or a city")]
    SetBy(usize),
    /// Two clauses for one scope.
    #[error("take clause {clause}: {scope} stands in an earlier clause")]
    Twice {
        /// The later clause.
        clause: usize,
        /// What stands twice.
        scope: String,
    },
    /// A scope that the directory does not know.
    #[error("find {scope} of clause {clause} in the directory")]
    Unknown {
        /// In which clause.
        clause: usize,
        /// The division or kind.
        scope: String,
    },
}

impl StandardError {
    /// The same for an office.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::VersionZero => "版本号从 1 开始".into(),
            Self::Text(which) => {
                let what = match *which {
                    "name" => "名称",
                    "title" => "文件标题",
                    _ => "文号",
                };
                format!("{what}不能为空，不超过 {TEXT_CHARS_MAX} 字，不含控制字符")
            }
            Self::Clauses(count) => format!("条款应为 1 至 {CLAUSES_MAX} 条，现有 {count} 条"),
            Self::Scope(clause) => format!("第 {clause} 条的适用范围为空、过多或有重复"),
            Self::Empty(clause) => format!("第 {clause} 条既无最低线，也无占收入的比例"),
            Self::Amount(clause) => format!("第 {clause} 条：最低线应大于 0，比例应大于 0、不超过 100%"),
            Self::SetBy(clause) => format!("第 {clause} 条：制定单位只能是县级（county）或市级（city）"),
            Self::Twice { clause, scope } => format!("第 {clause} 条：{scope} 已列入前面的条款"),
            Self::Unknown { clause, scope } => format!("第 {clause} 条：区划表里没有 {scope}"),
        }
    }
}

impl AidStandard {
    /// Whether it holds together by itself, as every receiver asks before it follows it.
    ///
    /// # Errors
    /// The first thing that does not.
    pub fn check(&self) -> Result<(), StandardError> {
        if self.version == 0 {
            return Err(StandardError::VersionZero);
        }
        for (what, text) in [("name", &self.name), ("title", &self.title), ("document", &self.document)] {
            if !is_line(text) {
                return Err(StandardError::Text(what));
            }
        }
        if self.clauses.is_empty() || self.clauses.len() > CLAUSES_MAX {
            return Err(StandardError::Clauses(self.clauses.len()));
        }
        self.clauses.iter().enumerate().try_for_each(|(at, clause)| clause.check(at + 1))?;
        self.check_twice()
    }

    /// Whether the directory knows all that its clauses name: asked where it is issued, before anything is signed.
    ///
    /// # Errors
    /// The first division or kind that is not known.
    pub fn check_scope(&self, directory: &Directory) -> Result<(), StandardError> {
        let kind = |kind: &String| directory.iter().any(|division| division.kind == *kind);
        for (at, clause) in self.clauses.iter().enumerate() {
            let unknown = |scope: String| StandardError::Unknown { clause: at + 1, scope };
            if let Some(code) = clause.divisions.iter().find(|code| directory.get(**code).is_none()) {
                return Err(unknown(code.to_string()));
            }
            if let Some(missing) = clause.kinds.iter().find(|of| !kind(of)) {
                return Err(unknown(missing.clone()));
            }
        }
        Ok(())
    }

    fn check_twice(&self) -> Result<(), StandardError> {
        let mut seen = std::collections::BTreeSet::new();
        for (at, clause) in self.clauses.iter().enumerate() {
            let names = clause.divisions.iter().map(ToString::to_string).chain(clause.kinds.iter().cloned());
            for scope in names {
                if !seen.insert(scope.clone()) {
                    return Err(StandardError::Twice { clause: at + 1, scope });
                }
            }
        }
        Ok(())
    }

    /// The clause that holds for a division: the one naming it or the nearest division above it, then the one naming
    /// its kind, then the one naming the whole province. `None`: the standard says nothing about it.
    #[must_use]
    pub fn clause(&self, directory: &Directory, code: DivisionCode) -> Option<&Clause> {
        let division = directory.get(code)?;
        let root = directory.root().code;
        let naming = |code: DivisionCode| self.clauses.iter().find(|clause| clause.divisions.contains(&code));
        let above = std::iter::once(code).chain(directory.lineage(code)).filter(|code| *code != root);
        let by_kind = || self.clauses.iter().find(|clause| clause.kinds.contains(&division.kind));
        above.into_iter().find_map(naming).or_else(by_kind).or_else(|| naming(root))
    }
}

impl Clause {
    fn check(&self, number: usize) -> Result<(), StandardError> {
        let named = self.divisions.len() + self.kinds.len();
        let rising = self.divisions.is_sorted_by(|a, b| a < b) && self.kinds.is_sorted_by(|a, b| a < b);
        // A kind is written between blanks in the signed body.
        let word = |kind: &String| is_line(kind) && !kind.contains(char::is_whitespace);
        if named == 0 || named > SCOPE_MAX || !rising || !self.kinds.iter().all(word) {
            return Err(StandardError::Scope(number));
        }
        if self.floor.is_none() && self.share_bp.is_none() {
            return Err(StandardError::Empty(number));
        }
        let share = self.share_bp.is_none_or(|share| (1..=WHOLE_BP).contains(&share));
        if !share || !self.floor.is_none_or(Fen::is_amount) {
            return Err(StandardError::Amount(number));
        }
        match self.set_by {
            Level::County | Level::City => Ok(()),
            Level::Township | Level::Province => Err(StandardError::SetBy(number)),
        }
    }

    /// The least value for `period` where the floor is for `floor_period` and the income is this, rounded up to the
    /// fen; `None` where there is only a formula and no income.
    #[must_use]
    pub fn least(&self, floor_period: Period, income: Option<Fen>, period: Period) -> Option<Fen> {
        let year = i128::from(WHOLE_BP) * period.in_year();
        let floor = self.floor.map(|floor| {
            let yearly = i128::from(floor.0) * floor_period.in_year();
            ceil(yearly, period.in_year())
        });
        let share = self.share_bp.zip(income);
        let share = share.map(|(share, income)| ceil(i128::from(share) * i128::from(income.0), year));
        let least = floor.into_iter().chain(share).max()?;
        i64::try_from(least).ok().map(Fen)
    }
}

/// Division of amounts that are not negative, rounded up: half a fen below a floor is below it.
fn ceil(amount: i128, by: i128) -> i128 {
    (amount + by - 1) / by
}

/// A hundredth of a percent as people write it: `20%`, `12.5%`.
#[must_use]
pub fn percent(share_bp: u32) -> String {
    let (whole, rest) = (share_bp / 100, share_bp % 100);
    match rest {
        0 => format!("{whole}%"),
        rest => format!("{whole}.{}%", format!("{rest:02}").trim_end_matches('0')),
    }
}

/// One printable line of at most [`TEXT_CHARS_MAX`] characters.
pub(crate) fn is_line(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= TEXT_CHARS_MAX && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests;
