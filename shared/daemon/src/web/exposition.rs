//! The text format of Prometheus, version 0.0.4: a family's help and type, then its samples.

use std::fmt::{Display, Write};

/// What a scraper must be told the text is.
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What a family's samples are.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Only grows, until the process ends.
    Counter,
    /// Grows and falls.
    Gauge,
    /// Counts by class.
    Histogram,
}

/// A page of samples under construction.
#[derive(Default)]
pub(super) struct Exposition {
    text: String,
}

impl Exposition {
    /// Begins a family. Every one has the prefix `fengsui_`, and stands on the page once.
    pub(super) fn family(&mut self, name: &str, kind: Kind, help: &str) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        // Writing into a String cannot fail.
        let _ = writeln!(self.text, "# HELP fengsui_{name} {help}\n# TYPE fengsui_{name} {kind}");
    }

    /// One sample of the family that was begun last.
    pub(super) fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let _ = write!(self.text, "fengsui_{name}");
        let mut open = '{';
        for (label, value) in labels {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.text, "{open}{label}=\"{value}\"");
            open = ',';
        }
        let close = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.text, "{close} {value}");
    }

    /// A family of one sample without labels.
    pub(super) fn single(&mut self, name: &str, kind: Kind, help: &str, value: impl Display) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }

    /// A histogram of seconds. `ends` are the upper ends of the classes in microseconds, `classes` the counts of each
    /// class alone and of what lies beyond the last end.
    pub(super) fn seconds(&mut self, name: &str, help: &str, ends: &[u64], classes: &[u64], micros: u64) {
        self.family(name, Kind::Histogram, help);
        let bucket = format!("{name}_bucket");
        let mut count = 0;
        for (at, class) in classes.iter().enumerate() {
            count += class;
            let end = ends.get(at).map_or_else(|| "+Inf".to_owned(), |end| seconds(*end));
            self.sample(&bucket, &[("le", &end)], count);
        }
        self.sample(&format!("{name}_sum"), &[], seconds(micros));
        self.sample(&format!("{name}_count"), &[], count);
    }

    /// The page.
    pub(super) fn into_text(self) -> String {
        self.text
    }
}

/// Microseconds in seconds, exactly.
pub(super) fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_the_format_demands() {
        let mut page = Exposition::default();
        page.single("entries", Kind::Gauge, "Entries held.", 7);
        page.family("build_info", Kind::Gauge, "Version.");
        page.sample("build_info", &[("version", "a\"b\\c\nd"), ("x", "y")], 1);
        page.seconds("commit_seconds", "Commits.", &[500, 1_000_000], &[2, 1, 1], 3_000_001);
        let expected = [
            "# HELP fengsui_entries Entries held.",
            "# TYPE fengsui_entries gauge",
            "fengsui_entries 7",
            "# HELP fengsui_build_info Version.",
            "# TYPE fengsui_build_info gauge",
            "fengsui_build_info{version=\"a\\\"b\\\\c\\nd\",x=\"y\"} 1",
            "# HELP fengsui_commit_seconds Commits.",
            "# TYPE fengsui_commit_seconds histogram",
            "fengsui_commit_seconds_bucket{le=\"0.000500\"} 2",
            "fengsui_commit_seconds_bucket{le=\"1.000000\"} 3",
            "fengsui_commit_seconds_bucket{le=\"+Inf\"} 4",
            "fengsui_commit_seconds_sum 3.000001",
            "fengsui_commit_seconds_count 4",
        ];
        assert_eq!(page.into_text().lines().collect::<Vec<_>>(), expected);
    }
}
