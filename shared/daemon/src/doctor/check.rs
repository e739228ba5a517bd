//! One thing that was looked at, and all of them together.

use serde::{Deserialize, Serialize};

use crate::failure::{Code, Failure};
use crate::print::pad;
use crate::station::SOFTWARE;

/// Columns of the titles.
const TITLE_COLUMNS: usize = 10;

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As it should be.
    Ok,
    /// It works, and somebody should look.
    Warning,
    /// It does not work.
    Failed,
    /// It could not be looked at; another check says why.
    Skipped,
}

impl Outcome {
    fn zh(self) -> &'static str {
        match self {
            Self::Ok => "正常",
            Self::Warning => "注意",
            Self::Failed => "异常",
            Self::Skipped => "未查",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its name, for programs.
    pub name: String,
    /// Its name, for people.
    pub title: String,
    /// How it is.
    pub outcome: Outcome,
    /// A sentence in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// What to do, in Chinese; empty where there is nothing to do.
    pub advice: String,
    /// The same in English.
    pub advice_en: String,
}

impl Check {
    pub(super) fn new(
        (name, title): (&str, &str),
        outcome: Outcome,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            title: title.into(),
            outcome,
            zh: zh.into(),
            en: en.into(),
            advice: String::new(),
            advice_en: String::new(),
        }
    }

    pub(super) fn advise(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        (self.advice, self.advice_en) = (zh.into(), en.into());
        self
    }

    /// One that needs what is missing.
    pub(super) fn skipped(name: (&str, &str)) -> Self {
        Self::new(
            name,
            Outcome::Skipped,
            "缺少前项信息，无法检查",
            "cannot be checked without what failed above",
        )
    }
}

/// Everything that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// This software and its version.
    pub software: String,
    /// Each check, in the order in which a person would look.
    pub checks: Vec<Check>,
    /// How many deserve a look.
    pub warnings: usize,
    /// How many failed.
    pub failed: usize,
}

impl Diagnosis {
    pub(super) fn of(checks: Vec<Check>) -> Self {
        let count = |outcome| checks.iter().filter(|check| check.outcome == outcome).count();
        let (warnings, failed) = (count(Outcome::Warning), count(Outcome::Failed));
        Self { software: SOFTWARE.into(), checks, warnings, failed }
    }

    /// # Errors
    /// When a check has failed.
    pub(super) fn verdict(&self) -> Result<(), Failure> {
        if self.failed == 0 {
            return Ok(());
        }
        let failed = self.checks.iter().filter(|check| check.outcome == Outcome::Failed);
        let titles: Vec<&str> = failed.clone().map(|check| check.title.as_str()).collect();
        let names: Vec<&str> = failed.map(|check| check.name.as_str()).collect();
        let message =
            format!("有 {} 项异常：{} (failed: {})", self.failed, titles.join("、"), names.join(", "));
        Err(Failure::new(Code::Failed, message))
    }
}

impl std::fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for check in &self.checks {
            let margin = pad("", TITLE_COLUMNS + 6);
            writeln!(f, "{}  {}{}", check.outcome.zh(), pad(&check.title, TITLE_COLUMNS), check.zh)?;
            writeln!(f, "{margin}{}", check.en)?;
            if !check.advice.is_empty() {
                writeln!(f, "{margin}→ {}\n{margin}  {}", check.advice, check.advice_en)?;
            }
        }
        write!(f, "{}：{} 项，注意 {}，异常 {}", self.software, self.checks.len(), self.warnings, self.failed)
    }
}
