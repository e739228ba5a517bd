//! What goes into a session and what comes out. A session does nothing itself: it is told, and it asks.

use std::sync::Arc;

use fengsui_wire::{Envelope, Head, Lane, LogName, Presence, PublicKey, Receipt, Verified};

use crate::registry::Registry;

/// Time as a session sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds that only go forward: for deadlines and round trips.
    pub steady_ms: u64,
    /// Wall clock in milliseconds since 1970 UTC: for what people read, never for order.
    pub wall_ms: i64,
}

/// Urgency of a frame on the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Heads, receipts, goodbye: small, and everything waits for them.
    Control,
    /// The urgent lane.
    Urgent,
    /// The routine lane.
    Routine,
    /// The bulk lane.
    Bulk,
}

impl From<Lane> for Class {
    fn from(lane: Lane) -> Self {
        match lane {
            Lane::Urgent => Self::Urgent,
            Lane::Routine => Self::Routine,
            Lane::Bulk => Self::Bulk,
        }
    }
}

/// Names a request, so that its completion finds back.
pub type Ticket = u64;

/// Why a session wants entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To send them.
    Offer,
    /// To receipt again what is held already.
    Receipts,
    /// To show what is held where the peer holds another entry.
    Evidence,
}

/// A wish for stored entries of one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Comes back with the answer.
    pub ticket: Ticket,
    /// What for.
    pub purpose: Purpose,
    /// Which log.
    pub name: LogName,
    /// Which lane.
    pub lane: Lane,
    /// First sequence.
    pub from: u64,
    /// Stop after so many entries.
    pub count_max: usize,
    /// Stop once so many bytes are reached; at least one entry comes.
    pub bytes_max: usize,
}

/// A stored entry, as the store gives it back.
#[derive(Clone, Debug)]
pub struct LoadedEntry {
    /// As received.
    pub envelope: Envelope,
    /// Where it is held.
    pub body: Option<Vec<u8>>,
    /// When this station received it.
    pub received_ms: i64,
}

/// A stretch of entries that were committed together, all with bodies or all without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// First sequence, inclusive.
    pub from: u64,
    /// Head after its last entry.
    pub head: Head,
    /// Whether the bodies are held.
    pub bodies: bool,
    /// When this station received them.
    pub received_ms: i64,
}

/// Result of an [`Output::Append`], after it is durable.
#[derive(Clone, Debug)]
pub struct Appended {
    /// Of the request.
    pub ticket: Ticket,
    /// Which log.
    pub name: LogName,
    /// Which lane.
    pub lane: Lane,
    /// Durable head now, whether or not this request moved it.
    pub head: Head,
    /// What this request added; empty when all of it was held already, or nothing of it followed.
    pub runs: Vec<Run>,
    /// Entries that contradict what is held were among them.
    pub forked: bool,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// The connection stands; say hello.
    Up,
    /// A frame came.
    Frame(Vec<u8>),
    /// An append is durable.
    Appended(Appended),
    /// Entries were loaded. Empty: there are none from there on.
    Loaded(Load, Vec<LoadedEntry>),
    /// Receipts were loaded, in order of sequence.
    LoadedReceipts(Ticket, Vec<Receipt>),
    /// Lanes grew durably, by this session or another.
    Grown(Vec<(LogName, Lane, Head)>),
    /// Receipts of other hubs were kept durably.
    Kept(Vec<Receipt>),
    /// Other appointments are in force.
    Registry(Arc<Registry>),
    /// The last word of this hub, and of each hub below it, on the stations directly below them.
    Presences(Vec<Arc<Presence>>),
    /// The time given by `next_deadline` has come.
    Deadline,
}

/// Something to be done, in this order.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send a frame.
    Send(Class, Vec<u8>),
    /// Make entries durable, then say [`Input::Appended`].
    Append {
        /// Comes back.
        ticket: Ticket,
        /// Which log.
        name: LogName,
        /// Which lane.
        lane: Lane,
        /// Consecutive and verified.
        entries: Vec<Verified>,
    },
    /// Keep a receipt durably, then tell every session.
    Keep(Receipt),
    /// Load entries.
    Load(Load),
    /// Load the receipts of one signer from this sequence on.
    LoadReceipts {
        /// Comes back.
        ticket: Ticket,
        /// Log that is receipted.
        log: fengsui_wire::LogId,
        /// Its lane.
        lane: Lane,
        /// Whose receipts.
        signer: PublicKey,
        /// First sequence that they should cover.
        from: u64,
    },
    /// Keep proof of a fork in somebody's log and raise the alarm.
    Forked {
        /// Whose log.
        name: LogName,
        /// The entry that contradicts ours.
        theirs: Box<Verified>,
    },
    /// The peer holds entries of our own log in use that we do not hold, or other ones: our store was set back. Take
    /// the entries as history where they follow, and go on in a new incarnation.
    SetBack {
        /// Signed by us, held by the peer.
        theirs: Vec<Verified>,
    },
    /// Put refused bytes aside with the reason.
    Quarantine {
        /// For a person.
        reason: String,
        /// What was refused.
        bytes: Vec<u8>,
    },
    /// The peer's division and software, once.
    Greeted {
        /// As the peer says.
        software: String,
        /// Peer's clock minus ours, milliseconds, without the way between.
        clock_offset_ms: i64,
    },
    /// A hub below, or behind the peer, says who is connected to it. Its signature holds and it may say so.
    Presence(Box<Presence>),
    /// End the connection.
    Close(String),
}
