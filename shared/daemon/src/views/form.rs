//! A form as people and programs see it: what is asked, and who fills it in.

use fengsui_model::{
    About, AddsUp, Catalogue, DivisionCode, Due, Duty, Form, Indicator, Level, Period,
    check::{Check, Rule},
    form::Answer,
};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::topic;

/// The forms of a catalogue, or the one of that word.
///
/// # Errors
/// Which forms there are.
pub fn forms(catalogue: &Catalogue, code: Option<&str>) -> Result<Vec<FormView>, Failure> {
    let forms = match code {
        None => catalogue.forms.clone(),
        Some(_) => vec![topic::form(catalogue, code)?],
    };
    Ok(forms.iter().map(|form| FormView::of(catalogue, form)).collect())
}

/// One form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormView {
    /// As `--form` takes it.
    pub code: String,
    /// Its name.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Version of its tables.
    pub version: u32,
    /// Version of the catalogue that has it so; 0: the one that is compiled in.
    #[serde(default)]
    pub catalogue: u32,
    /// Document by which that version was issued; empty for the built-in one.
    #[serde(default)]
    pub document: String,
    /// An event, a month, a year or a winter.
    pub about: About,
    /// Used only where somebody asks for it.
    pub optional: bool,
    /// Who owes it, and by when.
    pub duties: Vec<DutyView>,
    /// What is asked, in the order of the paper.
    pub indicators: Vec<IndicatorView>,
    /// Checks that wait for what this system does not hold yet: id, and what it is.
    pub waiting: Vec<(String, String)>,
}

/// One line of who owes a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DutyView {
    /// The levels that owe it; empty: a body outside the tree of divisions.
    pub levels: Vec<Level>,
    /// Only within these divisions; empty: everywhere.
    pub scope: Vec<DivisionCode>,
    /// The body.
    pub body: Option<String>,
    /// Owed once, in this period.
    pub only: Option<Period>,
    /// By when: days after the first or the last day of the period; absent where the clocks of an event say.
    pub due: Option<String>,
    /// Why.
    pub note: String,
}

/// One row of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndicatorView {
    /// Its code.
    pub code: String,
    /// Its name.
    pub zh: String,
    /// In English.
    pub en: String,
    /// What it is counted in.
    pub unit: String,
    /// Whether anybody types it; the others are counted or computed.
    pub entered: bool,
    /// The levels that fill it in; empty: whoever reports.
    pub levels: Vec<Level>,
    /// The office that does.
    pub office: String,
    /// How the figures of several divisions make one: sum, max, latest, mean, ratio, parts, count or none.
    pub adds_up: String,
    /// What is counted.
    pub note: String,
    /// `number`, `time` or `choice`.
    pub answer: String,
    /// The words to choose from: the word and its Chinese name.
    pub choices: Vec<(String, String)>,
    /// What other systems call it: `A01:A01001`.
    pub foreign: Vec<String>,
    /// The account of money or goods it stands in, and as what: `funds/received`; absent: in none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

impl FormView {
    /// A form of that catalogue.
    pub fn of(catalogue: &Catalogue, form: &Form) -> Self {
        Self {
            code: form.code.clone(),
            zh: form.zh.clone(),
            en: form.en.clone(),
            version: form.version,
            catalogue: catalogue.version,
            document: catalogue.document.clone(),
            about: form.about,
            optional: form.optional,
            duties: form.duties.iter().map(DutyView::from).collect(),
            indicators: form.indicators.iter().map(IndicatorView::from).collect(),
            waiting: form.checks.iter().filter_map(waiting).collect(),
        }
    }
}

fn waiting(check: &Check) -> Option<(String, String)> {
    match check.rule {
        Rule::Waits { input, .. } => Some((check.id.clone(), format!("{}：{}", check.zh, input.lacks().0))),
        _ => None,
    }
}

impl From<&Duty> for DutyView {
    fn from(duty: &Duty) -> Self {
        Self {
            levels: duty.levels.clone(),
            scope: duty.scope.clone(),
            body: duty.body.clone(),
            only: duty.only,
            due: duty.due.map(|due| match due {
                Due::Begin(days) => format!("begin{days:+}"),
                Due::End(days) => format!("end{days:+}"),
            }),
            note: duty.note.clone(),
        }
    }
}

impl From<&Indicator> for IndicatorView {
    fn from(of: &Indicator) -> Self {
        Self {
            code: of.code.clone(),
            zh: of.zh.clone(),
            en: of.en.clone(),
            unit: of.unit.clone(),
            entered: of.is_entered(),
            levels: of.filled_by.clone(),
            office: of.office.clone(),
            adds_up: adds_up_word(&of.adds_up).into(),
            note: of.note.clone(),
            answer: answer_word(&of.answer).into(),
            choices: match &of.answer {
                Answer::Choice(choices) => {
                    choices.iter().map(|of| (of.code.clone(), of.zh.clone())).collect()
                }
                Answer::Number | Answer::Time => Vec::new(),
            },
            foreign: of.foreign.iter().map(|code| format!("{}:{}", code.system, code.code)).collect(),
            account: of.booking.as_ref().map(|of| format!("{}/{}", of.account, of.part)),
        }
    }
}

fn answer_word(answer: &Answer) -> &'static str {
    match answer {
        Answer::Number => "number",
        Answer::Time => "time",
        Answer::Choice(_) => "choice",
    }
}

fn adds_up_word(adds_up: &AddsUp) -> &'static str {
    match adds_up {
        AddsUp::Sum => "sum",
        AddsUp::Max => "max",
        AddsUp::Latest => "latest",
        AddsUp::WeightedMean { .. } => "mean",
        AddsUp::Ratio { .. } => "ratio",
        AddsUp::Parts(_) => "parts",
        AddsUp::CountUnits { .. } => "count",
        AddsUp::No => "none",
    }
}
