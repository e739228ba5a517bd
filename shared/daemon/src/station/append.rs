//! Taking in what others have signed. The one serial point: two sessions may bring the same entries, and only here is
//! it decided what follows.

use fengsui_protocol::{Appended, Now, Run, may_hold_body};
use fengsui_store::{Fact, Kept, Source};
use fengsui_wire::{Carried, Head, Header, Kind, Lane, LogName, Position, Receipt, Verified};

use super::{Station, StationError, teaches};
use crate::index;

/// Why an entry from a file is not admitted.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The author is not appointed, as far as this station knows. It may be later: the entry waits in the file.
    #[error("admit entries of key {0}: it is not appointed as far as this station knows")]
    Unknown(fengsui_wire::PublicKey),
    /// The author is neither above nor below this station: its entries are no business of this office.
    #[error("admit entries of key {0}: it is neither above nor below this station")]
    Elsewhere(fengsui_wire::PublicKey),
    /// The author was revoked before it wrote this.
    #[error("admit entry {sequence} of key {key}: the key was revoked before (密钥已被撤销，此条在撤销之后)")]
    Revoked {
        /// Whose.
        key: fengsui_wire::PublicKey,
        /// Of the entry.
        sequence: u64,
    },
    /// The entry's predecessor is not held.
    #[error("admit entry {found} of log {log}: entry {expected} is the next one here")]
    Gap {
        /// Short id of the log.
        log: String,
        /// Sequence that would follow.
        expected: u64,
        /// Sequence in the file.
        found: u64,
    },
    /// It contradicts an entry that is held.
    #[error(
        "admit entry {sequence} of log {log}: another entry with this number is held; both are kept as evidence"
    )]
    Fork {
        /// Short id of the log.
        log: String,
        /// Of the entry.
        sequence: u64,
    },
    /// It does not verify.
    #[error(transparent)]
    Verify(#[from] fengsui_wire::VerifyError),
    /// The store's word.
    #[error(transparent)]
    Station(#[from] StationError),
}

impl Station {
    /// Stages what of `entries` follows the lane's head. The result is true once [`Station::commit`] has returned.
    pub(super) fn append(
        &mut self,
        name: LogName,
        lane: Lane,
        entries: Vec<Verified>,
        source: Source,
        now: Now,
    ) -> Result<Appended, StationError> {
        let log = name.id(self.network);
        let staged = self.store.head(log, lane).next;
        let doubtful = self.store.durable_head(log, lane).next..staged;
        if entries.iter().any(|entry| doubtful.contains(&entry.header().sequence)) {
            // Another session has brought entries under the same numbers, and whether they are the same is asked of what
            // is durable.
            self.store.commit()?;
        }
        let head = self.store.head(log, lane);
        let mut done = Appended { ticket: 0, name, lane, head, runs: Vec::new(), forked: false };
        let mut follow = Vec::new();
        for entry in entries {
            let sequence = entry.header().sequence;
            let own = name.key == self.own.name().key;
            if !own && !self.registry.stands(&name, lane, sequence, entry.hash()) {
                // Written after the line of a revocation that the session did not know of yet.
                break;
            }
            if sequence < head.next {
                done.forked |= self.contradicts(&entry)?;
                if done.forked {
                    self.forked(name, &entry, source, now)?;
                }
            } else if sequence == done.head.next && entry.header().previous == done.head.hash {
                done.head = Head { next: sequence + 1, hash: entry.hash() };
                follow.push(entry);
            } else if sequence == done.head.next {
                done.forked = true;
                self.forked(name, &entry, source, now)?;
                break;
            } else {
                break;
            }
        }
        done.runs = runs(&follow, now.wall_ms);
        self.stage(name, lane, follow, source, now)?;
        Ok(done)
    }

    /// Stages entries that follow the head, and remembers what is to be done once they are durable.
    pub(super) fn stage(
        &mut self,
        name: LogName,
        lane: Lane,
        entries: Vec<Verified>,
        source: Source,
        now: Now,
    ) -> Result<(), StationError> {
        if entries.is_empty() {
            return Ok(());
        }
        let log = name.id(self.network);
        let judges = self.is_first_hub_above(&name);
        for entry in &entries {
            let kind = entry.header().draft.kind;
            if teaches(kind) {
                self.learning.push(entry.clone());
            }
            self.note(kind, entry.header().position(), judges);
            self.moves(&name, entry.header());
            let is_word =
                matches!(kind, Kind::Submission | Kind::Target | Kind::Inspection | Kind::Consultation);
            if is_word && judges {
                self.submitted.push(Position { log, lane, sequence: entry.header().sequence });
            }
            if matches!(kind, Kind::Report | Kind::Proxy) && judges {
                self.fresh.want(log);
                self.unjudged.push(Position { log, lane, sequence: entry.header().sequence });
            }
        }
        let kept = |entry: Verified| {
            let (envelope, body) = entry.into_parts();
            Kept { envelope, body }
        };
        let entries = entries.into_iter().map(kept).collect();
        self.store.stage(Fact::Admitted { received_ms: now.wall_ms, source, name, entries })?;
        self.grown.insert((log, lane));
        Ok(())
    }

    /// Remembers whose totals an entry may move besides those of a report.
    fn moves(&mut self, name: &LogName, header: &Header) {
        match header.draft.kind {
            Kind::Merge => self.merged = true,
            Kind::Review => self.moved.extend(header.draft.addressee),
            Kind::Withdrawal => {
                let author = self.registry.place(&name.key).map(|author| author.division);
                self.moved.insert(author.unwrap_or(self.identity.division));
            }
            _ => {}
        }
    }

    /// Reports of stations below that nobody has answered: those that count, and those whose answer a power cut took
    /// between the commit of the report and the commit of the answer.
    pub(super) fn unanswered(&self) -> Result<Vec<Position>, StationError> {
        let store = &self.store;
        let mut reports = index::unreadable(store)?;
        for (form, subject) in index::all_subjects(store)? {
            reports.extend(
                index::revisions(store, form, subject, None)?.iter().map(|revision| revision.position),
            );
        }
        let mut unanswered = Vec::new();
        for position in reports {
            let below = store.name(position.log).is_some_and(|name| self.is_first_hub_above(&name));
            if below && self.answer_to(position)?.is_none() {
                unanswered.push(position);
            }
        }
        Ok(unanswered)
    }

    pub(super) fn is_first_hub_above(&self, name: &LogName) -> bool {
        let (own, author) = (self.own.name().key, self.registry.place(&name.key));
        let Some(author) = author.filter(|author| author.key != own) else { return false };
        self.registry.first_hub_above(author.division) == Some(self.identity.division)
    }

    /// Whether a different entry is held under this number.
    fn contradicts(&self, entry: &Verified) -> Result<bool, StationError> {
        let held = self.store.entry(entry.header().position())?;
        Ok(held.is_some_and(|held| held.hash() != entry.hash()))
    }

    /// Keeps proof of a fork where both sides of it are at hand; an entry that merely does not follow is put aside
    /// until the other side shows its own.
    pub(super) fn forked(
        &mut self,
        name: LogName,
        theirs: &Verified,
        source: Source,
        now: Now,
    ) -> Result<(), StationError> {
        let position = theirs.header().position();
        match self.store.entry(position)? {
            Some(ours) if ours.hash() == theirs.hash() => Ok(()),
            Some(ours) => {
                tracing::error!(log = %position.log.short(), sequence = position.sequence, "fork: two entries with one number");
                let fork = Fact::Fork { name, ours: ours.envelope, theirs: *theirs.envelope() };
                Ok(self.store.stage(fork)?)
            }
            None => {
                let reason = format!(
                    "entry {} of log {} does not follow the entry before it: the log has forked",
                    position.sequence,
                    position.log.short()
                );
                self.quarantine(reason, theirs.envelope().bytes().to_vec(), source, now)
            }
        }
    }

    /// Admits entries of one lane from a file, by the same rules as from a connection. Returns how many were new.
    ///
    /// # Errors
    /// The first entry that cannot be admitted; those before it are staged.
    pub fn import(&mut self, name: LogName, carried: Carried, now: Now) -> Result<bool, AppendError> {
        self.may_import(&name)?;
        let own = self.own.name();
        let may_hold =
            may_hold_body(&self.registry, self.identity.division, own.key, &name, carried.envelope.header());
        let body = carried.body.filter(|_| may_hold || self.reads_all);
        let entry = self.verify(name, Carried { body, ..carried })?;
        let position = entry.header().position();
        let stands = self.registry.stands(&name, position.lane, position.sequence, entry.hash());
        if !stands && name.key != own.key {
            return Err(AppendError::Revoked { key: name.key, sequence: position.sequence });
        }
        let short = || position.log.short();
        let head = self.store.head(position.log, position.lane);
        if position.sequence > head.next {
            return Err(AppendError::Gap { log: short(), expected: head.next, found: position.sequence });
        }
        if name == own && (position.sequence == head.next || self.contradicts(&entry)?) {
            self.set_back(vec![entry], Source::Bundle, now)?;
            return Ok(true);
        }
        let done = self.append(name, position.lane, vec![entry], Source::Bundle, now)?;
        match done.forked {
            true => Err(AppendError::Fork { log: short(), sequence: position.sequence }),
            false => Ok(!done.runs.is_empty()),
        }
    }

    /// A stick brings what a connection would: the lineage's logs and the subtree's.
    fn may_import(&self, name: &LogName) -> Result<(), AppendError> {
        let own = self.identity.division;
        if name.key == self.own.name().key || name.key == self.identity.root {
            return Ok(());
        }
        if self.registry.place(&name.key).is_none() {
            return Err(AppendError::Unknown(name.key));
        }
        let ours = self.registry.is_above(&name.key, own) || self.registry.is_within(&name.key, own);
        if ours || self.reads_all { Ok(()) } else { Err(AppendError::Elsewhere(name.key)) }
    }

    /// Whether a receipt from a file is one that a session would keep: signed, by a hub above the author.
    pub fn believes(&self, receipt: &Receipt) -> bool {
        let author = self.store.name(receipt.log).and_then(|name| {
            let own = (name.key == self.own.name().key).then_some(self.identity.division);
            own.or_else(|| self.registry.place(&name.key).map(|standing| standing.division))
        });
        author.is_some_and(|author| self.registry.may_receipt(receipt, author))
            && receipt.verify(self.network).is_ok()
    }
}

/// Entries of one commit as stretches with and without bodies.
fn runs(entries: &[Verified], received_ms: i64) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for entry in entries {
        let head = Head { next: entry.header().sequence + 1, hash: entry.hash() };
        let bodies = entry.body().is_some();
        match runs.last_mut() {
            Some(run) if run.bodies == bodies => run.head = head,
            _ => runs.push(Run { from: entry.header().sequence, head, bodies, received_ms }),
        }
    }
    runs
}
