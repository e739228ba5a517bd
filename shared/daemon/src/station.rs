//! A station without its sockets: the store, the registry and the own log, with one owner.
//!
//! Work goes in through [`Station::take`]; what must be durable is only staged there, and its completions come out of
//! [`Station::commit`], after the fsync. The daemon calls both from one thread; the simulator calls both under a seeded
//! clock and cuts the power in between.

mod append;
mod author;
mod catalogue;
mod course;
mod invite;
mod records;
mod reviews;
mod revoke;
mod rotate;
mod setback;
mod standards;
mod submissions;
mod totals;

use std::sync::Arc;

use fengsui_model::{DivisionCode, FigureTotal, Level};
use fengsui_protocol::{
    Appended, Input, Learned, Load, LoadedEntry, Now, Registry, Scope, Session, Setup, Side, Ticket,
};
use fengsui_store::{Fact, Source, Store, StoreError};
use fengsui_wire::{
    Answer, Author, Carried, Hash, Incarnation, Kind, Lane, LogId, LogName, NetworkId, Position, PublicKey,
    Receipt, ReceiptHead, Statement, StationKey, Verified, VerifyError, statement,
};

use crate::reading::{Fresh, News, Reading};
use crate::reckon::{Held, Kept, Total};
use crate::topic::Topic;
use crate::{index, reckon};

pub use append::AppendError;
pub use author::{AppointError, DirectoryIssueError, Writing};
pub use catalogue::CatalogueIssueError;
pub use course::{Happening, HappeningError};
pub use invite::{Invite, InviteError, Inviting, Used};
pub use records::{Agreed, Counted, RecordError};
pub use reviews::{ReviewError, Saying as ReviewSaying, WithdrawError};
pub use revoke::RevokeError;
pub use rotate::RotateError;
pub use standards::{AdoptError, Saying, StandardIssueError};
pub use submissions::SubmitError;

/// Name and version that a station says hello with.
pub const SOFTWARE: &str = concat!("fengsui ", env!("CARGO_PKG_VERSION"));

/// Receipts read at once for one session.
const RECEIPTS_MAX: usize = 256;

const OWN_INCARNATION: &str = "own incarnation";

/// Names a connection within one run of a station.
pub type SessionId = u64;

/// Who a station is.
#[derive(Clone)]
pub struct Identity {
    /// Signs everything it says.
    pub key: StationKey,
    /// Root of its network, pinned at enrolment.
    pub root: PublicKey,
    /// Division it speaks for.
    pub division: DivisionCode,
}

/// Where random numbers come from: the operating system, or a seed.
pub type Entropy = Box<dyn FnMut() -> [u8; 16] + Send>;

/// Something to be done for a session.
#[derive(Debug)]
pub enum Work {
    /// Make entries durable.
    Append {
        /// Who asks.
        session: SessionId,
        /// Comes back.
        ticket: Ticket,
        /// Which log.
        name: LogName,
        /// Which lane.
        lane: Lane,
        /// Consecutive and verified.
        entries: Vec<Verified>,
        /// From whom.
        source: Source,
    },
    /// Keep a receipt of a hub above.
    Keep(Receipt),
    /// Read entries.
    Load(SessionId, Load),
    /// Read receipts.
    LoadReceipts {
        /// Who asks.
        session: SessionId,
        /// Comes back.
        ticket: Ticket,
        /// Log that is receipted.
        log: LogId,
        /// Its lane.
        lane: Lane,
        /// Whose receipts.
        signer: PublicKey,
        /// First sequence that they should cover.
        from: u64,
    },
    /// Keep proof of a fork.
    Forked {
        /// Whose log.
        name: LogName,
        /// The other entry.
        theirs: Box<Verified>,
        /// From whom.
        source: Source,
    },
    /// Our own log is longer, or other, with a peer.
    SetBack {
        /// Signed by us.
        theirs: Vec<Verified>,
        /// From whom.
        source: Source,
    },
    /// Put refused bytes aside.
    Quarantine {
        /// Why.
        reason: String,
        /// What.
        bytes: Vec<u8>,
        /// From whom.
        source: Source,
    },
}

/// What is to be told to sessions.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// To one.
    To(SessionId, Input),
    /// To all.
    All(Input),
    /// The station goes on in a new log, or with other scopes: every session must end and be made anew.
    Restart,
}

/// What must not be done by a station in its place.
#[derive(Debug, thiserror::Error)]
pub enum StationError {
    /// The store's word.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key file does not hold a key that anybody could verify.
    #[error(transparent)]
    Key(#[from] VerifyError),
}

/// Who asked for an append, and what came of staging it.
struct Waiting {
    session: SessionId,
    done: Appended,
}

/// One station: township node or hub.
pub struct Station {
    store: Store,
    identity: Identity,
    network: NetworkId,
    registry: Arc<Registry>,
    own: Author,
    entropy: Entropy,
    boot: u32,
    /// Staged appends whose sessions wait for the commit.
    waiting: Vec<Waiting>,
    /// Staged entries that the registry may learn from.
    learning: Vec<Verified>,
    /// Staged reports of stations below.
    unjudged: Vec<Position>,
    /// Submissions of hubs below that are to be judged.
    submitted: Vec<Position>,
    /// What is to be done about standards.
    desk: standards::Desk,
    /// What the store's index has read since the last commit.
    fresh: Fresh,
    /// Totals kept up to date. Asking changes only what is kept, so it is asked through a shared reference.
    totals: std::cell::RefCell<Kept>,
    /// Divisions whose reports were reviewed or withdrawn since the last commit.
    moved: std::collections::BTreeSet<DivisionCode>,
    /// Events were merged or taken apart since the last commit.
    merged: bool,
    /// Lanes that grew since the last commit.
    grown: std::collections::BTreeSet<(LogId, Lane)>,
    kept: Vec<Receipt>,
    restart: bool,
    /// Takes logs of every station, wherever it stands: for checking a bundle, never for a station of the network.
    reads_all: bool,
    /// True now, and not told to anybody yet.
    untold: Vec<Delivery>,
}

impl Station {
    /// Takes over a store whose [`Index`](index::Index) hands to `fresh`: folds the registry from it, and opens the own log, with a genesis where it is new.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn open(
        store: Store,
        fresh: Fresh,
        identity: Identity,
        mut entropy: Entropy,
        now: Now,
    ) -> Result<Self, StationError> {
        let network = NetworkId::of_root(&identity.root);
        let known = store.setting(OWN_INCARNATION)?.and_then(|bytes| bytes.try_into().ok()).map(Incarnation);
        let (key, logs) = (identity.key.public(), store.logs());
        // A log of the same number by another key: the station's key was rotated.
        let before = known.and_then(|known| logs.iter().find(|name| name.incarnation == known));
        let before = before.filter(|name| name.key != key).map(|name| name.id(network));
        let begins = known.is_none() || before.is_some();
        let incarnation = known.filter(|_| !begins).unwrap_or_else(|| Incarnation(entropy()));
        let own = Author::new(network, LogName { key, incarnation })?;
        let boot = u32::from_le_bytes(*entropy().first_chunk().expect("16 bytes hold 4"));
        let registry = Arc::new(Registry::new(identity.root));
        let mut station = Self {
            store,
            identity,
            network,
            registry,
            own,
            entropy,
            boot,
            waiting: Vec::new(),
            learning: Vec::new(),
            unjudged: Vec::new(),
            submitted: Vec::new(),
            desk: standards::Desk::default(),
            fresh,
            totals: std::cell::RefCell::default(),
            moved: std::collections::BTreeSet::new(),
            merged: false,
            grown: std::collections::BTreeSet::new(),
            kept: Vec::new(),
            restart: false,
            reads_all: false,
            untold: Vec::new(),
        };
        station.recall()?;
        station.open_desk()?;
        station.unjudged = station.unanswered()?;
        station.submitted = station.unanswered_submissions()?;
        if begins {
            station.begin_log(before, now)?;
        }
        if station.take_over(now)? || begins {
            station.commit(now)?;
        }
        Ok(station)
    }

    /// Folds the registry from what is held.
    fn recall(&mut self) -> Result<(), StationError> {
        self.registry = Arc::new(self.registry_of((&self.store).into())?);
        Ok(())
    }

    /// The stored entry at `position`, with its signature checked again.
    ///
    /// # Errors
    /// When the store cannot be read. An entry that no longer verifies is `None`, and is logged: the scrub names it.
    pub fn verified(&self, position: Position) -> Result<Option<Verified>, StoreError> {
        let (Some(name), Some(entry)) = (self.store.name(position.log), self.store.entry(position)?) else {
            return Ok(None);
        };
        let verified =
            Author::new(self.network, name).and_then(|author| author.verify(entry.envelope, entry.body));
        if let Err(error) = &verified {
            tracing::error!(log = %position.log.short(), sequence = position.sequence, %error, "a stored entry does not verify");
        }
        Ok(verified.ok())
    }

    /// Makes this a reader of whole bundles, whose division does not matter.
    #[must_use]
    pub fn reading_all(mut self) -> Self {
        self.reads_all = true;
        self
    }

    /// The answer to the entry at `position`, by a hub above its author, about that very entry.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn answer_to(&self, position: Position) -> Result<Option<Answer>, StoreError> {
        let Some((entry, name)) = self.store.entry(position)?.zip(self.store.name(position.log)) else {
            return Ok(None);
        };
        let author = self.registry.place(&name.key).map(|standing| standing.division);
        for at in index::answers(&self.store, &position)? {
            let Some(said) = self.verified(at)? else { continue };
            let stands = self.registry.stands(&said.name(), at.lane, at.sequence, said.hash());
            let above =
                stands && author.is_some_and(|author| self.registry.is_above(&said.name().key, author));
            if let (true, Some(body)) = (above, said.body())
                && let Ok(Statement::Answer(answer)) = statement(Kind::Answer, body)
                && answer.entry == entry.hash()
            {
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }

    /// The store, to read from.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Appointments and directory in force.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// The own log in use.
    pub fn own(&self) -> LogName {
        self.own.name()
    }

    /// The network.
    pub fn network(&self) -> NetworkId {
        self.network
    }

    /// Who this station is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The own level: as appointed, and before that as the code of the division says.
    pub fn level(&self) -> Level {
        let appointed = self.registry.standing(&self.own.name().key).map(|standing| standing.level);
        appointed.unwrap_or(match self.identity.division.digits() {
            2 => Level::Province,
            4 => Level::City,
            6 => Level::County,
            _ => Level::Township,
        })
    }

    pub(crate) fn setup(&self, side: Side, peer: PublicKey) -> Setup {
        Setup {
            scope: Scope { side, own: self.own.name(), division: self.identity.division, peer },
            network: self.network,
            key: self.identity.key.clone(),
            level: self.level(),
            software: SOFTWARE.into(),
        }
    }

    /// A session with `peer` over what is durable now.
    pub fn session(&self, side: Side, peer: PublicKey) -> Session {
        let receipts = self.store.receipt_heads().into_iter();
        let receipts = receipts.map(|(log, lane, signer, next)| ReceiptHead { log, lane, signer, next });
        Session::new(self.setup(side, peer), self.registry.clone(), self.store.heads(), receipts)
    }

    /// Takes one piece of work. What must be durable is staged; it is answered by [`commit`](Self::commit). What only reads
    /// is answered from what is durable, and [`told`](Self::told) has the answer at once.
    ///
    /// # Errors
    /// The store's, each of which ends the process: nothing was promised that is not durable.
    pub fn take(&mut self, work: Work, now: Now) -> Result<(), StationError> {
        match work {
            Work::Append { session, ticket, name, lane, entries, source } => {
                let done = self.append(name, lane, entries, source, now)?;
                self.waiting.push(Waiting { session, done: Appended { ticket, ..done } });
            }
            Work::Keep(receipt) => self.keep(receipt)?,
            Work::Load(session, load) => {
                let entries = self.load(&load)?;
                self.untold.push(Delivery::To(session, Input::Loaded(load, entries)));
            }
            Work::LoadReceipts { session, ticket, log, lane, signer, from } => {
                let receipts = self.store.receipts_from(log, lane, signer, from, RECEIPTS_MAX)?;
                self.untold.push(Delivery::To(session, Input::LoadedReceipts(ticket, receipts)));
            }
            Work::Forked { name, theirs, source } => self.forked(name, &theirs, source, now)?,
            Work::SetBack { theirs, source } => self.set_back(theirs, source, now)?,
            Work::Quarantine { reason, bytes, source } => self.quarantine(reason, bytes, source, now)?,
        }
        Ok(())
    }

    /// What can be told before the next commit.
    pub fn told(&mut self) -> Vec<Delivery> {
        std::mem::take(&mut self.untold)
    }

    /// Makes everything staged durable, and says what is to be told to whom.
    ///
    /// # Errors
    /// The store's. After an error nothing more may be said to anybody: the process must stop.
    pub fn commit(&mut self, now: Now) -> Result<Vec<Delivery>, StationError> {
        self.store.commit()?;
        let mut told = self.told();
        self.learn(&mut told)?;
        let answered = self.answer(now)? | self.answer_submissions(now)?;
        if self.clear_desk(now)? || answered {
            self.store.commit()?;
        }
        // Before the growth: a session that hears of growth first takes its own receipts of it for lost, and has the entries
        // read again to sign them anew.
        for waiting in std::mem::take(&mut self.waiting) {
            told.push(Delivery::To(waiting.session, Input::Appended(waiting.done)));
        }
        self.tell_growth(&mut told);
        let kept = std::mem::take(&mut self.kept);
        if !kept.is_empty() {
            told.push(Delivery::All(Input::Kept(kept)));
        }
        if std::mem::take(&mut self.restart) {
            told.push(Delivery::Restart);
        }
        Ok(told)
    }

    /// Commits in the middle of a longer piece of work. What is to be told comes out of the next [`commit`](Self::commit):
    /// sessions wait for it.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub fn settle(&mut self, now: Now) -> Result<(), StationError> {
        self.untold = self.commit(now)?;
        Ok(())
    }

    fn learn(&mut self, told: &mut Vec<Delivery>) -> Result<(), StationError> {
        let learning = std::mem::take(&mut self.learning);
        if learning.is_empty() {
            return Ok(());
        }
        let mut registry = (*self.registry).clone();
        if registry.learn_all(&learning) == Learned::Nothing {
            return Ok(());
        }
        let before = std::mem::replace(&mut self.registry, Arc::new(registry));
        let forms = before.catalogues() != self.registry.catalogues();
        match (self.registry.offices_that_changed_persons(&before), self.registry.directory()) {
            // Whoever signs for an office decides what it has said of the divisions within it, and nothing else.
            (Some(offices), Some(directory)) => {
                let totals = self.totals.get_mut();
                offices.into_iter().for_each(|office| totals.touch_within(directory, office));
            }
            _ => self.totals.get_mut().forget(),
        }
        told.push(Delivery::All(Input::Registry(self.registry.clone())));
        if forms {
            // Reports may have waited for the version that has come.
            self.unjudged = self.unanswered()?;
            self.submitted = self.unanswered_submissions()?;
        }
        Ok(())
    }

    /// As the lowest hub above the author, answers reports that are held and do not count. `true` if anything was said.
    fn answer(&mut self, now: Now) -> Result<bool, StationError> {
        let News { readings: mut fresh, reported, .. } = self.fresh.take();
        let totals = self.totals.get_mut();
        reported.into_iter().for_each(|(form, division)| totals.touch(form, division));
        std::mem::take(&mut self.moved).into_iter().for_each(|division| totals.touch_all(division));
        if std::mem::take(&mut self.merged) {
            totals.forget();
        }
        let (mut said, mut earlier) = (false, None);
        for position in std::mem::take(&mut self.unjudged) {
            let reading = match fresh.remove(&position) {
                Some(reading) => Some(reading),
                None => self.reading(position)?,
            };
            let (Some(reading), Some(name)) = (reading, self.store.name(position.log)) else { continue };
            let reasons =
                reckon::judge_reading(&self.store, &self.registry, &name, &reading, earlier.as_ref())?;
            earlier = Some(reading);
            if !reasons.is_empty() && !reckon::waits(&reasons) {
                if self.store.is_full() {
                    self.store.commit()?;
                }
                self.write_answer(position, reasons, now)?;
                said = true;
            }
        }
        Ok(said)
    }

    fn reading(&self, position: Position) -> Result<Option<Reading>, StoreError> {
        let entry = self.store.entry(position)?;
        Ok(entry.and_then(|entry| Reading::of(&entry.envelope, entry.body.as_deref())))
    }

    fn tell_growth(&mut self, told: &mut Vec<Delivery>) {
        let grown = std::mem::take(&mut self.grown);
        let lanes: Vec<_> = grown
            .into_iter()
            .filter_map(|(log, lane)| Some((self.store.name(log)?, lane, self.store.durable_head(log, lane))))
            .collect();
        if !lanes.is_empty() {
            told.push(Delivery::All(Input::Grown(lanes)));
        }
    }

    fn load(&self, load: &Load) -> Result<Vec<LoadedEntry>, StoreError> {
        let log = load.name.id(self.network);
        let entries = self.store.entries(log, load.lane, load.from, load.count_max, load.bytes_max)?;
        // Checked on read: a body that the disk has changed must not be sent on as if it were what was signed.
        let sound = |entry: &LoadedEntry| {
            let header = entry.envelope.header();
            let sound = entry.body.as_ref().is_none_or(|body| Hash::of(body) == header.body_hash);
            if !sound {
                let (log, sequence) = (header.log.short(), header.sequence);
                tracing::error!(%log, sequence, "a stored body is damaged: run verify, and it is rebuilt from the journal at the next start");
            }
            sound
        };
        Ok(entries.into_iter().map(loaded).take_while(sound).collect())
    }

    /// The totals of `division` on `topic`; `None` before there is a directory.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn total(&self, division: DivisionCode, topic: &Topic) -> Result<Option<Total>, StoreError> {
        let totals = |held| self.totals.borrow_mut().total(held, topic, division);
        self.held().map(totals).transpose()
    }

    /// The total of one indicator, by its number; `None` before there is a directory, and where it does not add up.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn figure(
        &self,
        division: DivisionCode,
        topic: &Topic,
        indicator: u32,
    ) -> Result<Option<FigureTotal>, StoreError> {
        let figure = |held| self.totals.borrow_mut().figure(held, topic, division, indicator);
        Ok(self.held().map(figure).transpose()?.flatten())
    }

    fn held(&self) -> Option<Held<'_>> {
        let directory = self.registry.directory()?;
        Some(Held { store: &self.store, registry: &self.registry, directory })
    }

    /// Where a lane of the own log stands, staged entries included.
    pub fn own_head(&self, lane: Lane) -> fengsui_wire::Head {
        self.store.head(self.own.log(), lane)
    }

    /// Verifies what came with a bundle or another file, as a session does for what came with a connection.
    ///
    /// # Errors
    /// What does not hold.
    pub fn verify(&self, name: LogName, carried: Carried) -> Result<Verified, VerifyError> {
        Author::new(self.network, name)?.verify(carried.envelope, carried.body)
    }

    /// Keeps a receipt whose signature and signer the session, or the import, has checked. It may name another entry than
    /// the one held under its number: then it is about the other branch of a log that was set back, and whoever shows it
    /// beside an entry compares the hash first.
    ///
    /// # Errors
    /// The store's.
    pub fn keep(&mut self, receipt: Receipt) -> Result<(), StationError> {
        self.store.stage(Fact::Receipt(receipt))?;
        self.kept.push(receipt);
        Ok(())
    }

    /// Puts refused bytes aside.
    ///
    /// # Errors
    /// The store's.
    pub fn quarantine(
        &mut self,
        reason: String,
        bytes: Vec<u8>,
        source: Source,
        now: Now,
    ) -> Result<(), StationError> {
        tracing::warn!(%reason, "refused");
        self.store.stage(Fact::Quarantined { at_ms: now.wall_ms, source, reason, bytes })?;
        Ok(())
    }
}

/// Whether entries of this kind may change the registry.
fn teaches(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Genesis
            | Kind::Appointment
            | Kind::Directory
            | Kind::Revocation
            | Kind::Rotation
            | Kind::Catalogue
    )
}

/// A stored entry as the protocol takes it.
pub(crate) fn loaded(entry: fengsui_store::StoredEntry) -> LoadedEntry {
    LoadedEntry { envelope: entry.envelope, body: entry.body, received_ms: entry.received_ms }
}
