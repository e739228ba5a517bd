//! `rollup`: what it costs to keep a total right, and to ask for it, with a million reports held.
//!
//! A province's hub holds ten thousand reports and later a million: townships with a thousand revisions each. At both
//! sizes sixty other townships report on one event, commit by commit, and after each commit the province's total of one
//! indicator is asked and compared with what the reports state. A report touches one line of divisions, so that should
//! cost the same at both sizes. The same question goes to PostgreSQL over the same rows, and the whole store is thrown away
//! and built again from its journal, beside plain reading and verifying of the same entries.

use std::path::Path;
use std::time::Instant;

use fengsui_daemon::clock::Clock;
use fengsui_daemon::failure::Failure;
use fengsui_daemon::home::{HUB_CACHE_BYTES, Home, Network as Joined};
use fengsui_daemon::station::{Station, Work};
use fengsui_daemon::topic::Topic;
use fengsui_model::{DivisionCode, Form};
use fengsui_store::Source;
use fengsui_wire::{Appointment, Carried, Lane, NetworkId, Position, Role, Verified};

use crate::clerk;
use crate::driver::Log;
use crate::failed;
use crate::figure::{Figure, Goal, percentile};
use crate::network::{directory, division};
use crate::postgres::{Postgres, Row};

/// Events on which every filling township reports.
const EVENTS: usize = 79;
/// And how often on each: sixteen days of daily reports.
const REVISIONS: u32 = 16;
/// Filling townships, first and in the end: 10,112 and 1,009,936 reports.
const FEW: usize = 8;
const MANY: usize = 799;
/// Townships that report while it is measured, at each size; each of them with each commit.
const MEASURED: usize = 60;
/// Commits measured at each size: one for each revision of all of them, and then as many of one township alone.
const COMMITS: u32 = REVISIONS;
/// The event that they report on.
const HOT: usize = 0;
/// Times that a total is asked for.
const ASKS: usize = 1_000;
/// Logs read and verified for the reference of the rebuild.
const LOGS_READ: usize = 100;
/// What is asked.
const INDICATOR: &str = "QL010";
/// When the reports were signed, before the clock of any machine that runs this.
const SIGNED_MS: i64 = 1_640_966_400_000;

/// The hub, and what it should add up to.
struct Hub {
    station: Station,
    clock: Clock,
    network: NetworkId,
    townships: Vec<DivisionCode>,
    /// Townships whose log has been begun.
    begun: usize,
    /// What the standing reports on the event state.
    expected: i64,
    /// The same reports as rows.
    rows: Vec<Row>,
}

/// What was measured at one size.
struct Sample {
    /// Appended, judged, committed, and in the province's total.
    applied_us: f64,
    /// The total asked after one township has reported.
    asked_ms: f64,
    /// And when nothing has changed.
    again_ms: f64,
}

/// Runs the benchmark.
///
/// # Errors
/// When something is refused, a total is not what it must be, or there is no PostgreSQL.
pub fn run(dir: &Path) -> Result<Vec<Figure>, Failure> {
    let postgres = Postgres::find()?;
    let home = Home::new(dir.join("province"));
    let mut hub = Hub::begin(&home)?;
    hub.fill(FEW)?;
    let few = hub.measure()?;
    hub.fill(MANY)?;
    let first_ms = hub.ask_first()?;
    let many = hub.measure()?;
    let (asked_elsewhere_ms, found) = postgres.ask(dir, &hub.rows)?;
    if found != hub.expected {
        return Err(failed(format!("compare with PostgreSQL: it says {found}, not {}", hub.expected)));
    }
    let reports = hub.rows.len() as f64;
    let plain = hub.read_plainly()?;
    drop(hub);
    std::fs::remove_dir_all(home.dir().join("sled")).map_err(failed)?;
    let begun = Instant::now();
    let (station, _) = home.open(HUB_CACHE_BYTES, &Clock::default())?;
    let rebuilt = reports / begun.elapsed().as_secs_f64();
    drop(station);
    Ok(vec![
        Figure::new("rollup", "one report applied, with a million held", many.applied_us, "µs")
            .beside(few.applied_us)
            .with_goal(Goal::RatioAtMost(1.5)),
        Figure::new("rollup", "the province's total of one indicator, after a report", many.asked_ms, "ms")
            .beside(asked_elsewhere_ms)
            .with_goal(Goal::AtMost(1.0)),
        Figure::new("rollup", "the same, when nothing has changed", many.again_ms, "ms")
            .beside(asked_elsewhere_ms)
            .with_goal(Goal::AtMost(1.0)),
        Figure::new("rollup", "the same, for the first time since the start", first_ms, "ms")
            .beside(asked_elsewhere_ms),
        Figure::new("rollup", "rebuilt from the journal", rebuilt, "reports/s").beside(plain),
        Figure::new("rollup", "reports held", reports, "reports"),
    ])
}

impl Hub {
    fn begin(home: &Home) -> Result<Self, Failure> {
        let clock = Clock::default();
        let key = home.init(directory().root().code, &Joined::New, None, None)?;
        let (mut station, _) = home.open(HUB_CACHE_BYTES, &clock)?;
        station.issue_directory(&directory(), clock.now()).map_err(failed)?;
        station.commit(clock.now()).map_err(failed)?;
        let townships = directory().townships(directory().root().code).map(|row| row.code).collect();
        let network = NetworkId::of_root(&key);
        Ok(Self { station, clock, network, townships, begun: 0, expected: 0, rows: Vec::new() })
    }

    /// The next township's log, appointed.
    fn log(&mut self) -> Result<Log, Failure> {
        let township = self.townships[self.begun];
        let log = Log::begin(self.network, township, self.begun as u64, SIGNED_MS);
        self.begun += 1;
        let appointment = Appointment {
            key: log.key(),
            division: township,
            role: Role::Node,
            from_ms: self.clock.now().wall_ms,
            until_ms: None,
            address: None,
            second_parent: None,
            post: None,
        };
        self.station.appoint(&appointment, self.clock.now()).map_err(failed)?;
        self.station.commit(self.clock.now()).map_err(failed)?;
        Ok(log)
    }

    /// Takes in reports until so many townships have sent all of theirs.
    fn fill(&mut self, townships: usize) -> Result<(), Failure> {
        // Those that were measured before are among the logs begun.
        let filled = self.rows.iter().filter(|row| row.event == EVENTS - 1 && row.revision == 0).count();
        for _ in filled..townships {
            let mut log = self.log()?;
            log.report(EVENTS, REVISIONS);
            self.expected += value(log.division, HOT, REVISIONS - 1);
            let events = 0..EVENTS;
            let rows = events.flat_map(|event| (0..REVISIONS).map(move |revision| (event, revision)));
            self.rows.extend(rows.map(|(event, revision)| row(log.division, event, revision)));
            let entries = verified(&log, &log.entries)?;
            self.append(entries)?;
            self.station.commit(self.clock.now()).map_err(failed)?;
        }
        Ok(())
    }

    fn append(&mut self, entries: Vec<Verified>) -> Result<(), Failure> {
        let Some(first) = entries.first() else { return Ok(()) };
        let (name, source) = (first.name(), Source::Peer(first.name().key));
        let work = Work::Append { session: 0, ticket: 0, name, lane: Lane::Urgent, entries, source };
        self.station.take(work, self.clock.now()).map_err(failed)
    }

    /// The province's total of the indicator on the event.
    fn ask(&self) -> Result<Option<i64>, Failure> {
        let form = Form::quick();
        let indicator = form.by_code(INDICATOR).map(|of| of.id).unwrap_or_default();
        let topic = Topic::event(clerk::event(HOT));
        let figure = self.station.figure(directory_root(), &topic, indicator).map_err(failed)?;
        Ok(figure.map(|figure| figure.total.value))
    }

    fn check(&self) -> Result<(), Failure> {
        match self.ask()? {
            Some(found) if found == self.expected => Ok(()),
            found => Err(failed(format!("total the reports: {found:?} is not {}", self.expected))),
        }
    }

    /// How long the first question takes, that reads every standing report.
    fn ask_first(&self) -> Result<f64, Failure> {
        let begun = Instant::now();
        self.check()?;
        Ok(ms_since(begun))
    }

    /// Sixty more townships report, commit by commit.
    fn measure(&mut self) -> Result<Sample, Failure> {
        let mut logs = Vec::with_capacity(MEASURED);
        for _ in 0..MEASURED {
            let mut log = self.log()?;
            log.report(1, 2 * COMMITS);
            self.append(verified(&log, &log.entries[..1])?)?;
            logs.push(log);
        }
        self.station.commit(self.clock.now()).map_err(failed)?;
        self.check()?;
        let (mut applied, mut asked) = (Vec::new(), Vec::new());
        for revision in 0..COMMITS {
            let reports = self.revision(&logs, revision)?;
            let begun = Instant::now();
            self.take(reports)?;
            self.check()?;
            applied.push(ms_since(begun) * 1_000.0 / MEASURED as f64);
        }
        for revision in COMMITS..2 * COMMITS {
            let report = self.revision(&logs[..1], revision)?;
            self.take(report)?;
            let begun = Instant::now();
            self.check()?;
            asked.push(ms_since(begun));
        }
        let mut again = Vec::with_capacity(ASKS);
        for _ in 0..ASKS {
            let begun = Instant::now();
            self.check()?;
            again.push(ms_since(begun));
        }
        Ok(Sample {
            applied_us: percentile(&applied, 50),
            asked_ms: percentile(&asked, 50),
            again_ms: percentile(&again, 50),
        })
    }

    /// One revision of each of these logs, ready to be taken.
    fn revision(&mut self, logs: &[Log], revision: u32) -> Result<Vec<Vec<Verified>>, Failure> {
        let mut reports = Vec::with_capacity(logs.len());
        for log in logs {
            let value = |revision| value(log.division, HOT, revision);
            self.expected += value(revision) - revision.checked_sub(1).map_or(0, value);
            self.rows.push(row(log.division, HOT, revision));
            // The genesis stands before them.
            let at = revision as usize + 1;
            reports.push(verified(log, &log.entries[at..=at])?);
        }
        Ok(reports)
    }

    fn take(&mut self, reports: Vec<Vec<Verified>>) -> Result<(), Failure> {
        for report in reports {
            self.append(report)?;
        }
        self.station.commit(self.clock.now()).map(drop).map_err(failed)
    }

    /// Entries read and verified in a second by one thread, over some of the logs.
    fn read_plainly(&self) -> Result<f64, Failure> {
        let heads: Vec<_> = self.station.store().heads().into_iter().take(LOGS_READ).collect();
        let begun = Instant::now();
        let mut read = 0.0;
        for (name, lane, head) in heads {
            for sequence in 0..head.next {
                let position = Position { log: name.id(self.network), lane, sequence };
                let entry = self.station.verified(position).map_err(failed)?;
                entry.ok_or_else(|| failed("read an entry: it does not verify"))?;
                read += 1.0;
            }
        }
        Ok(read / begun.elapsed().as_secs_f64())
    }
}

fn directory_root() -> DivisionCode {
    division(22)
}

fn verified(log: &Log, entries: &[Carried]) -> Result<Vec<Verified>, Failure> {
    let author = log.author();
    let verify = |carried: &Carried| author.verify(carried.envelope, carried.body.clone()).map_err(failed);
    entries.iter().map(verify).collect()
}

/// What the township states.
fn value(division: DivisionCode, event: usize, revision: u32) -> i64 {
    let indicator = Form::quick().by_code(INDICATOR).map(|of| of.id).unwrap_or_default();
    clerk::report(division, clerk::event(event), revision, None)
        .figure(indicator)
        .number()
        .unwrap_or_default()
}

fn row(division: DivisionCode, event: usize, revision: u32) -> Row {
    Row { event, division: division.get(), revision, value: value(division, event, revision) }
}

fn ms_since(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1_000.0
}
