//! Entries that no clerk could have typed, written with the station's own key while it is stopped: what changed software,
//! or somebody with the key file, could sign.

use std::collections::BTreeMap;

use fengsui_daemon::clock::Clock;
use fengsui_daemon::home::{Home, NODE_CACHE_BYTES};
use fengsui_daemon::station::Writing;
use fengsui_daemon::views::Reference;
use fengsui_model::{Figure, Form, Level, Report};
use fengsui_wire::{Flags, Kind, Lane, report_body};

use crate::network::FLOOD;
use crate::station::{PATIENCE, Station, wait_for};

/// A first report on the flood for `division` that states these figures.
pub fn report(division: &str, figures: &[(u32, i64)]) -> Report {
    Report {
        occurred_ms: Some(0),
        figures: figures.iter().map(|(id, value)| (*id, Figure::Number(*value))).collect::<BTreeMap<_, _>>(),
        ..Report::blank(
            Form::quick().id,
            division.parse().expect("a division code"),
            FLOOD.parse().expect("an event"),
        )
    }
}

/// A report of urban dibao on `period` that states these figures and names `before`, in hexadecimal, as the report on the
/// month before.
pub fn month(division: &str, period: &str, before: &str, figures: &[(u32, i64)]) -> Report {
    let before: fengsui_wire::Hash = before.parse().expect("a hash");
    Report {
        form: Form::of_code("urban_dibao").expect("a form").id,
        subject: period.parse().expect("a month"),
        month_before: Some(before.0),
        occurred_ms: None,
        ..report(division, figures)
    }
}

/// Signs `body` as a report in the log of a stopped station; the entry's reference.
pub fn write(station: &Station, body: Vec<u8>) -> String {
    let clock = Clock::default();
    // A process that another test has just forked holds the lock of a store that was closed here until it execs.
    let (mut open, _) = wait_for("the station to open", PATIENCE, || {
        Home::new(station.dir()).open(NODE_CACHE_BYTES, &clock).map_err(|failure| failure.to_string())
    });
    let writing = Writing {
        kind: Kind::Report,
        lane: Lane::Urgent,
        flags: Flags::default(),
        reach: Level::Province,
        addressee: None,
        body,
    };
    let entry = open.write(writing, clock.now()).expect("the entry is signed");
    open.commit(clock.now()).expect("the entry is kept");
    Reference::of(&entry.header().position())
}

/// Signs a report in the log of a stopped station; the entry's reference.
pub fn write_report(station: &Station, report: &Report) -> String {
    write(station, report_body(report))
}
