//! A form as people and programs see it: what is asked, and who fills it in.

use fengsui_model::{About, AddsUp, Form, Indicator, Level};
use serde::{Deserialize, Serialize};

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
    /// An event or a month.
    pub about: About,
    /// What is asked, in the order of the paper.
    pub indicators: Vec<IndicatorView>,
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
}

impl From<&Form> for FormView {
    fn from(form: &Form) -> Self {
        Self {
            code: form.code.clone(),
            zh: form.zh.clone(),
            en: form.en.clone(),
            version: form.version,
            about: form.about,
            indicators: form.indicators.iter().map(IndicatorView::from).collect(),
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
        }
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
