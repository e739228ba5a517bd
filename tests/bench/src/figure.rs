//! What a benchmark says: a value beside its reference, both from one run.

use serde::Serialize;

/// On which side of its goal a figure should lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// The value itself is at most this.
    AtMost(f64),
    /// The ratio to the reference is at least this.
    RatioAtLeast(f64),
    /// The ratio to the reference is at most this.
    RatioAtMost(f64),
}

/// One measured figure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// Which benchmark.
    pub bench: &'static str,
    /// What was measured.
    pub figure: String,
    /// How much of it.
    pub value: f64,
    /// In what.
    pub unit: &'static str,
    /// The limit or peer that was measured in the same run, in the same unit.
    pub reference: Option<f64>,
    /// `value` by `reference`.
    pub ratio: Option<f64>,
    /// As a person writes it, like `ratio >= 0.5`.
    pub goal: Option<String>,
    /// Whether the goal is met; absent where there is none.
    pub met: Option<bool>,
}

impl Figure {
    /// A figure without reference or goal.
    pub fn new(bench: &'static str, figure: impl Into<String>, value: f64, unit: &'static str) -> Self {
        let figure = figure.into();
        Self { bench, figure, value, unit, reference: None, ratio: None, goal: None, met: None }
    }

    /// Beside what it was measured.
    #[must_use]
    pub fn beside(mut self, reference: f64) -> Self {
        self.reference = Some(reference);
        self.ratio = (reference != 0.0).then(|| self.value / reference);
        self
    }

    /// What it should be.
    #[must_use]
    pub fn with_goal(mut self, goal: Goal) -> Self {
        let (text, met) = match goal {
            Goal::AtMost(most) => (format!("<= {most}"), self.value <= most),
            Goal::RatioAtLeast(least) => {
                (format!("ratio >= {least}"), self.ratio.is_some_and(|ratio| ratio >= least))
            }
            Goal::RatioAtMost(most) => {
                (format!("ratio <= {most}"), self.ratio.is_some_and(|ratio| ratio <= most))
            }
        };
        self.goal = Some(text);
        self.met = Some(met);
        self
    }
}

/// The figures as a table for a person.
pub fn table(figures: &[Figure]) -> String {
    let head = ["bench", "figure", "value", "unit", "reference", "ratio", "goal", "met"];
    let optional = |value: Option<f64>| value.map(number).unwrap_or_default();
    let row = |figure: &Figure| {
        let met = figure.met.map_or("", |met| if met { "yes" } else { "NO" });
        vec![
            figure.bench.to_owned(),
            figure.figure.clone(),
            number(figure.value),
            figure.unit.to_owned(),
            optional(figure.reference),
            optional(figure.ratio),
            figure.goal.clone().unwrap_or_default(),
            met.to_owned(),
        ]
    };
    let rows: Vec<_> = figures.iter().map(row).collect();
    fengsui_daemon::print::table(&head, &rows, &[2, 4, 5])
}

/// Three digits that count, and no more behind the point than they need.
fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// The value below which `percent` of the samples lie; 50 is the median. Zero where there are no samples.
pub fn percentile(samples: &[f64], percent: usize) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_met_on_its_own_side() {
        let figure = |goal| Figure::new("b", "f", 30.0, "s").beside(60.0).with_goal(goal).met;
        assert_eq!(figure(Goal::RatioAtLeast(0.5)), Some(true));
        assert_eq!(figure(Goal::RatioAtLeast(0.51)), Some(false));
        assert_eq!(figure(Goal::RatioAtMost(0.49)), Some(false));
        assert_eq!(figure(Goal::AtMost(30.0)), Some(true));
        assert_eq!(figure(Goal::AtMost(29.0)), Some(false));
    }

    #[test]
    fn a_ratio_without_a_reference_is_not_met() {
        assert_eq!(Figure::new("b", "f", 1.0, "s").with_goal(Goal::RatioAtMost(4.0)).met, Some(false));
        assert_eq!(Figure::new("b", "f", 1.0, "s").beside(0.0).ratio, None);
    }

    #[test]
    fn percentiles_are_samples() {
        let samples: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!((percentile(&samples, 50), percentile(&samples, 95)), (50.0, 95.0));
        assert_eq!(percentile(&[7.0], 95), 7.0);
        assert_eq!(percentile(&[], 50), 0.0);
    }

    #[test]
    fn json_has_one_object_a_figure() {
        let json = serde_json::to_value([Figure::new("b", "f", 1.5, "s")]).expect("it serialises");
        assert_eq!(json[0]["value"], 1.5);
        assert!(json[0]["reference"].is_null() && json[0]["met"].is_null());
    }
}
