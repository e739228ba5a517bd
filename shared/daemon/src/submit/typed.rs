//! A report as a clerk types it, and the report that it makes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use fengsui_model::{DivisionCode, Figure, FigureError, Form, Indicator, Report, Stage, Subject};
use serde::{Deserialize, Serialize};

use super::sites::{TypedSite, TypedSites};
use crate::failure::{Code, Failure};
use crate::topic::Topic;

/// Longest file of a report: every figure and both narratives are 20 kB.
const BYTES_MAX: u64 = 1024 * 1024;
/// Digits that survive the floating point of TOML and JSON. A longer number must be written as text.
const EXACT_DIGITS: usize = 15;

/// A report as typed: in a TOML or JSON file, or in `--set`. Everything may be left out that follows from the revision
/// before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Typed {
    /// Form, like `urban_dibao`. Left out: the quick report.
    pub form: Option<String>,
    /// Month, year or winter, like `2026-10`, `2026` or `2026-2027`, for a form that is about one.
    pub period: Option<String>,
    /// Event, like `20260720-220221-flood`.
    pub event: Option<String>,
    /// `initial`, `continued` or `verified`.
    pub stage: Option<String>,
    /// When the disaster began, like `2026-07-20T03:30`, in Asia/Shanghai.
    pub occurred: Option<String>,
    /// To when the figures count.
    pub cutoff: Option<String>,
    /// Begin with the figures of the revision before.
    pub update: bool,
    /// A zero report.
    pub zero: bool,
    /// A drill, or for real. Left out: as the revision before, and for real where there is none.
    pub drill: Option<bool>,
    /// Why a figure fell or jumped.
    pub explanation: Option<String>,
    /// The disaster in words.
    pub narrative: Option<String>,
    /// The relief work in words.
    pub relief: Option<String>,
    /// Figures by code.
    pub figures: BTreeMap<String, Cell>,
    /// Villages of the township, which add up to the figures.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub village: Vec<TypedSite>,
    /// Depots of the office, likewise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depot: Vec<TypedSite>,
}

/// What the division has written before, that a new report goes on from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Written<'a> {
    /// The latest revision of the same report, with the hash of its envelope.
    pub previous: Option<(&'a Report, [u8; 32])>,
    /// Hash of the envelope of the report on the month before.
    pub month_before: Option<[u8; 32]>,
}

/// A figure as typed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    /// A whole number.
    Integer(i64),
    /// A number with decimals, as TOML and JSON read it.
    Decimal(f64),
    /// Digits, `有`, or nothing.
    Text(String),
}

pub(super) fn usage(message: impl Into<String>) -> Failure {
    Failure::new(Code::Usage, message)
}

impl Typed {
    /// Reads a file, TOML or JSON by its first character; `-` is standard input.
    ///
    /// # Errors
    /// Which key does not read, and where it stands.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        match path.as_os_str() == "-" {
            true => Self::read_from(path, std::io::stdin()),
            false => Self::read_file(path),
        }
    }

    /// The same where the path is that of a file, whatever its name.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_file(path: &Path) -> Result<Self, Failure> {
        let file = std::fs::File::open(path)
            .map_err(|error| usage(format!("failed to read {}: {error}", path.display())))?;
        Self::read_from(path, file)
    }

    fn read_from(path: &Path, from: impl Read) -> Result<Self, Failure> {
        let failed =
            |error: &dyn std::fmt::Display| usage(format!("failed to read {}: {error}", path.display()));
        let mut text = String::new();
        let read = from.take(BYTES_MAX + 1).read_to_string(&mut text);
        if read.map_err(|error| failed(&error))? as u64 > BYTES_MAX {
            return Err(failed(&format!("it is longer than {BYTES_MAX} bytes")));
        }
        match text.trim_start().starts_with('{') {
            true => serde_json::from_str(&text).map_err(|error| failed(&error)),
            false => toml::from_str(&text).map_err(|error| failed(&error)),
        }
    }

    /// Adds figures given as `CODE=VALUE`.
    ///
    /// # Errors
    /// Which one is not of that form.
    pub fn add(&mut self, set: &[String]) -> Result<(), Failure> {
        for pair in set {
            let (code, value) = pair.split_once('=').ok_or_else(|| {
                usage(format!("--set {pair}: 应写成 代码=数值，如 QL010=120 (write it as CODE=VALUE)"))
            })?;
            self.figures.insert(code.trim().to_owned(), Cell::Text(value.to_owned()));
        }
        Ok(())
    }

    /// The report on `topic` that this makes, after `earlier`.
    ///
    /// # Errors
    /// Every field that does not read, with its name.
    pub fn report(
        &self,
        division: DivisionCode,
        topic: &Topic,
        earlier: Written<'_>,
    ) -> Result<Report, Failure> {
        let before = earlier.previous.map(|(report, _)| report);
        let sites = before.filter(|_| self.update).map(|report| report.sites.clone());
        let mut report = Report {
            form: topic.form.id,
            catalogue: topic.catalogue,
            division,
            subject: topic.subject,
            stage: self.stage_of(topic, before)?,
            revision: match before {
                None => 0,
                Some(report) => report
                    .revision
                    .checked_add(1)
                    .ok_or_else(|| usage("报送次数已到上限 (no revision can follow the last number)"))?,
            },
            follows: earlier.previous.map(|(_, hash)| hash),
            month_before: earlier.month_before,
            occurred_ms: self.occurred_ms(topic, before)?,
            cutoff_ms: self.cutoff.as_deref().map(|text| moment("cutoff", text)).transpose()?,
            drill: self.drill.unwrap_or(before.is_some_and(|report| report.drill)),
            zero: self.zero,
            explanation: text(&self.explanation),
            narrative: text(&self.narrative),
            relief_narrative: text(&self.relief),
            figures: self.figures(&topic.form, before)?,
            sites: sites.unwrap_or_default(),
        };
        let typed = self.figures.keys().filter_map(|code| named(&topic.form, code)).map(|of| of.id);
        let typed: BTreeSet<u32> = typed.collect();
        let sites = TypedSites { villages: &self.village, depots: &self.depot };
        sites.put(&topic.form, &typed, &mut report).map_err(|wrong| usage(wrong.join("\n")))?;
        Ok(report)
    }

    /// When the disaster began: as typed, as before, or the day of the event, which is all that is known. A period has no
    /// such time.
    fn occurred_ms(&self, topic: &Topic, before: Option<&Report>) -> Result<Option<i64>, Failure> {
        match (topic.subject, &self.occurred, before) {
            (Subject::Event(_), Some(text), _) => moment("occurred", text).map(Some),
            (Subject::Event(_), None, Some(report)) => Ok(report.occurred_ms),
            (Subject::Event(event), None, None) => {
                moment("event", &format!("{}T00:00", event.date())).map(Some)
            }
            (Subject::Period(_), None, _) => Ok(None),
            (Subject::Period(_), Some(text), _) => Err(usage(format!(
                "occurred '{text}': {}{}报送，没有灾害发生时间 (a period has no time at which a disaster began)",
                topic.form.zh,
                topic.form.about.zh()
            ))),
        }
    }

    fn stage_of(&self, topic: &Topic, before: Option<&Report>) -> Result<Stage, Failure> {
        match (topic.subject, &self.stage) {
            (Subject::Event(_), Some(text)) => stage(text),
            (Subject::Period(_), Some(text)) => Err(usage(format!(
                "stage '{text}': {}{}报送，不分初报、续报、核报 (a period has no stages)",
                topic.form.zh,
                topic.form.about.zh()
            ))),
            // What follows a verified report corrects it.
            (_, None) if before.is_some_and(|report| report.stage == Stage::Verified) => Ok(Stage::Verified),
            (_, None) if before.is_some() => Ok(Stage::Continued),
            (_, None) => Ok(Stage::Initial),
        }
    }

    fn figures(&self, form: &Form, before: Option<&Report>) -> Result<BTreeMap<u32, Figure>, Failure> {
        let mut figures = match (self.update, before) {
            (true, Some(report)) => report.figures.clone(),
            _ => BTreeMap::new(),
        };
        let mut wrong = Vec::new();
        for (code, cell) in &self.figures {
            let Some(indicator) = named(form, code) else {
                wrong.push(format!("{code}: 本表没有这个指标 (not an indicator of form {})", form.code));
                continue;
            };
            if !indicator.is_entered() {
                wrong.push(format!("{code} {}: 由上级统计，不用填 (the hub counts it)", indicator.zh));
                continue;
            }
            match cell.text().and_then(|text| indicator.parse(&text).map_err(|error| mistake(&error))) {
                Ok(Figure::Blank) => {
                    figures.remove(&indicator.id);
                }
                Ok(figure) => {
                    figures.insert(indicator.id, figure);
                }
                Err(error) => wrong.push(format!("{code} {}: {error}", indicator.zh)),
            }
        }
        match wrong.is_empty() {
            true => Ok(figures),
            false => Err(usage(wrong.join("\n"))),
        }
    }
}

/// The indicator of that code or name.
fn named<'f>(form: &'f Form, text: &str) -> Option<&'f Indicator> {
    form.by_code(text).or_else(|| form.by_zh(text))
}

impl Cell {
    pub(super) fn text(&self) -> Result<String, String> {
        match self {
            Self::Integer(value) => Ok(value.to_string()),
            Self::Text(text) => Ok(text.clone()),
            Self::Decimal(value) => {
                let text = value.to_string();
                match text.bytes().filter(u8::is_ascii_digit).count() > EXACT_DIGITS {
                    true => Err("数字太长，请加引号 (too many digits: write it in quotes)".into()),
                    false => Ok(text),
                }
            }
        }
    }
}

/// The stage by its English or its Chinese word.
///
/// # Errors
/// That it is none of the three.
pub fn stage(text: &str) -> Result<Stage, Failure> {
    if let Some(stage) = Stage::ALL.into_iter().find(|stage| stage.zh() == text) {
        return Ok(stage);
    }
    text.parse().map_err(|error: fengsui_model::report::StageError| {
        usage(format!("stage '{text}': 应为 初报、续报 或 核报 (failed to {error})"))
    })
}

/// What is wrong with a figure, for the clerk who typed it.
pub(super) fn mistake(error: &FigureError) -> String {
    let zh = match error {
        FigureError::NotANumber { text, .. } => format!("“{text}”不是数字"),
        FigureError::Negative { text, .. } => format!("“{text}”不能是负数"),
        FigureError::TooManyDecimals { text, decimals: 0, .. } => format!("“{text}”只能填整数"),
        FigureError::TooManyDecimals { text, decimals, .. } => format!("“{text}”最多 {decimals} 位小数"),
        FigureError::TooLarge { text, .. } => format!("“{text}”数值太大"),
        FigureError::WrongUnit { text, unit, .. } => format!("“{text}”单位不对，应按{unit}填写"),
        FigureError::NotATime { text, .. } => format!("“{text}”不是时间，应写成 2026-07-20T03:30"),
        FigureError::NotAChoice { text, choices, .. } => format!("“{text}”不在可选范围：{choices}"),
    };
    format!("{zh} (failed to {error})")
}

fn text(of: &Option<String>) -> Option<String> {
    of.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A moment in Asia/Shanghai, in milliseconds since 1970 UTC. `T24:00` is the end of the day, as the rules write it.
///
/// # Errors
/// That it does not read, with the name of the field.
pub fn moment(field: &str, text: &str) -> Result<i64, Failure> {
    let wrong = |error: &dyn std::fmt::Display| {
        usage(format!("{field} '{text}': 时间应写成 2026-07-20T03:30 (write the time so): {error}"))
    };
    let text_of_day = text.trim().replace(' ', "T");
    let (day, end) = match text_of_day.strip_suffix("T24:00") {
        Some(day) => (format!("{day}T00:00"), true),
        None => (text_of_day, false),
    };
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    let at: jiff::civil::DateTime = day.parse().map_err(|error| wrong(&error))?;
    let at = at.to_zoned(zone).map_err(|error| wrong(&error))?;
    let at = if end { at.tomorrow().map_err(|error| wrong(&error))? } else { at };
    Ok(at.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use fengsui_model::Catalogue;

    use super::*;

    fn township() -> DivisionCode {
        DivisionCode::new(220_221_100).expect("a township")
    }

    fn flood() -> Topic {
        Topic::event("20260720-220221-flood".parse().expect("an event"))
    }

    fn after(report: &Report) -> Written<'_> {
        Written { previous: Some((report, [7; 32])), month_before: None }
    }

    fn report(typed: &Typed) -> Result<Report, Failure> {
        typed.report(township(), &flood(), Written::default())
    }

    fn toml(text: &str) -> Typed {
        toml::from_str(text).expect("it reads")
    }

    #[test]
    fn four_kinds_of_value_stay_four() {
        let typed = toml("[figures]\nQL010 = 120\nQL011 = 0\nQL013 = \"有\"\nQL050 = 12.5\nQL012 = \"\"\n");
        let report = report(&typed).expect("a report");
        assert_eq!(report.figure(1010), Figure::Number(120));
        assert_eq!(report.figure(1011), Figure::Number(0));
        assert_eq!(report.figure(1013), Figure::Some);
        assert_eq!(report.figure(1012), Figure::Blank);
        assert_eq!(report.figure(1050), Figure::Number(1_250), "hundredths of a hectare");
    }

    #[test]
    fn names_every_field_that_does_not_read() {
        let typed = toml("[figures]\nQL999 = 1\nQL010 = \"many\"\nQL050 = 1.234\nQL001 = 3\n");
        let failure = report(&typed).expect_err("four mistakes");
        assert_eq!(failure.code, Code::Usage);
        for code in ["QL999", "QL010", "QL050", "QL001"] {
            assert!(failure.message.contains(code), "{code} is not named in: {failure}");
        }
    }

    #[test]
    fn a_follow_up_goes_on_from_the_one_before() {
        let first =
            report(&toml("occurred = \"2026-07-20T03:30\"\n[figures]\nQL010 = 120\n")).expect("a report");
        assert_eq!((first.revision, first.stage), (0, Stage::Initial));
        let typed = Typed { update: true, ..toml("[figures]\nQL011 = 0\n") };
        let next = typed.report(township(), &flood(), after(&first)).expect("a report");
        assert_eq!((next.revision, next.stage, next.follows), (1, Stage::Continued, Some([7; 32])));
        assert_eq!((next.figure(1010), next.figure(1011)), (Figure::Number(120), Figure::Number(0)));
        assert_eq!(next.occurred_ms, first.occurred_ms);
    }

    #[test]
    fn without_update_a_blank_is_a_blank() {
        let first = report(&toml("[figures]\nQL010 = 120\n")).expect("a report");
        let next = Typed::default().report(township(), &flood(), after(&first)).expect("a report");
        assert_eq!(next.figure(1010), Figure::Blank);
    }

    #[test]
    fn a_month_has_neither_stage_nor_time() {
        let month =
            Topic::of(Catalogue::builtin(), 2, "2026-10".parse().expect("a month")).expect("urban dibao");
        let typed =
            toml("form = \"urban_dibao\"\nperiod = \"2026-10\"\n[figures]\nUD002 = 30\nUD005 = 1.25\n");
        let earlier = Written { previous: None, month_before: Some([8; 32]) };
        let report = typed.report(township(), &month, earlier).expect("a report");
        assert_eq!((report.form, report.occurred_ms, report.month_before), (2, None, Some([8; 32])));
        assert_eq!(report.figure(2005), Figure::Number(1_250_000), "fen");
        for wrong in ["stage = \"initial\"", "occurred = \"2026-10-01T00:00\"", "[figures]\nQL010 = 1"] {
            let failure = toml(wrong).report(township(), &month, Written::default()).expect_err(wrong);
            assert_eq!(failure.code, Code::Usage);
        }
    }

    #[test]
    fn reads_moments_as_the_rules_write_them() {
        assert_eq!(moment("cutoff", "2026-07-20T24:00"), moment("cutoff", "2026-07-21 00:00"));
        assert_eq!(moment("occurred", "1970-01-01T08:00"), Ok(0));
        for text in ["yesterday", "2026-13-01T00:00", "2026-07-20T25:00", ""] {
            assert_eq!(moment("cutoff", text).expect_err(text).code, Code::Usage);
        }
    }

    #[test]
    fn refuses_a_number_that_floating_point_would_change() {
        let typed = toml("[figures]\nQL100 = 123456789012.123456\n");
        assert!(report(&typed).expect_err("18 digits").message.contains("QL100"));
    }

    #[test]
    fn refuses_unknown_keys() {
        assert!(toml::from_str::<Typed>("evnt = \"x\"").is_err());
        assert!(serde_json::from_str::<Typed>(r#"{"figurs": {}}"#).is_err());
    }
}
