//! A report taken out of its entry. Reading costs more than most rules do, so it is done once: what the index has read
//! while a commit made it durable is handed to whoever judges it next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fengsui_model::{DivisionCode, Report};
use fengsui_wire::{Envelope, Hash, Header, Kind, LogId, Position, Statement, StatementError, statement};

/// Readings that wait to be judged: as many as one commit admits. What does not fit is read again from the store.
const FRESH_MAX: usize = 16_384;

/// One entry of kind report, read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// As signed.
    pub header: Header,
    /// Of the envelope.
    pub hash: Hash,
    /// What it states, or why it does not read.
    pub report: Result<Report, StatementError>,
}

impl Reading {
    /// Whether a hub filed it in place of the division (代报).
    pub fn is_proxy(&self) -> bool {
        self.header.draft.kind == Kind::Proxy
    }

    /// Reads the entry, if it is a report, or one that a hub filed for another division, whose body is here.
    pub fn of(envelope: &Envelope, body: Option<&[u8]>) -> Option<Self> {
        let (header, body) = (*envelope.header(), body?);
        let kind = header.draft.kind;
        if !matches!(kind, Kind::Report | Kind::Proxy) {
            return None;
        }
        let report = match statement(kind, body) {
            Ok(Statement::Report(report)) => Ok(*report),
            Ok(Statement::Proxy(proxy)) => Ok(proxy.report),
            // The kind of the entry decides what its body is read as.
            Ok(_) => return None,
            Err(error) => Err(error),
        };
        Some(Self { header, hash: envelope.hash(), report })
    }
}

/// What was read since it was last taken. The station says what it will judge, the index puts in, the station takes out.
#[derive(Clone, Debug, Default)]
pub struct Fresh(Arc<Mutex<News>>);

/// What came with one commit.
#[derive(Debug, Default)]
pub(crate) struct News {
    /// Logs whose reports are judged here.
    wanted: BTreeSet<LogId>,
    /// Of those logs, by where they stand.
    pub readings: BTreeMap<Position, Reading>,
    /// By which form there is a report of which division: all of them, whatever did not fit above.
    pub reported: BTreeSet<(u32, DivisionCode)>,
}

impl Fresh {
    /// Reports of this log will be judged. A hub further up holds them unjudged, and has no use for what was read.
    pub(crate) fn want(&self, log: LogId) {
        self.held().wanted.insert(log);
    }

    pub(crate) fn put(&self, reading: Reading) {
        let mut held = self.held();
        if let Ok(report) = &reading.report {
            held.reported.insert((report.form, report.division));
        }
        let at = reading.header.position();
        if held.wanted.contains(&at.log) && held.readings.len() < FRESH_MAX {
            held.readings.insert(at, reading);
        }
    }

    pub(crate) fn take(&self) -> News {
        std::mem::take(&mut *self.held())
    }

    fn held(&self) -> MutexGuard<'_, News> {
        // Only ever a whole insert or take: a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
