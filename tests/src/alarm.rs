//! Counts what would wake somebody: every event of level ERROR, with the log that it names.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// One ERROR line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Short id of the log it is about; empty: it names none.
    pub log: String,
    /// All of its fields as text.
    pub text: String,
}

/// Collects ERROR events of the thread it is installed on.
#[derive(Clone, Debug, Default)]
pub struct Alarms(Arc<Mutex<Vec<Line>>>);

impl Alarms {
    /// What has come since the last call.
    pub fn take(&self) -> Vec<Line> {
        std::mem::take(&mut self.0.lock().expect("nothing panics while it holds the lines"))
    }
}

impl Subscriber for Alarms {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::ERROR
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        // Spans are not told apart here; an id must not be zero.
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        self.0.lock().expect("nothing panics while it holds the lines").push(line);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "log" {
            self.log = format!("{value:?}").trim_matches('"').to_owned();
        }
        // Writing into a text cannot fail.
        let _ = write!(self.text, "{}={value:?} ", field.name());
    }
}
