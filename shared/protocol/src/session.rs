//! One end of one connection: hello, the two halves, beats and deadlines.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fengsui_model::Level;
use fengsui_wire::{
    Evidence, Have, Head, Hello, Lane, LogHead, LogId, LogName, Message, NetworkId, PROTOCOL_VERSION,
    Presence, PublicKey, Receipt, ReceiptHead, Role, StationKey, limits,
};

use crate::intake::Intake;
use crate::io::{Class, Input, Load, LoadedEntry, Now, Output, Purpose, Ticket};
use crate::offer::Offer;
use crate::presences::Presences;
use crate::registry::Registry;
use crate::scope::{Scope, Side, Takes};
use crate::told::{Told, receipt, sign_receipts};

/// How often each end sends the digest of what it holds. Half a NAT table's memory; what a lost frame delays at most.
pub const BEAT_MS: u64 = 30_000;
/// How long a connected peer may take to say hello: a handshake on the slowest line is 1.5 s.
const HELLO_MS: u64 = 20_000;
/// What may come before the peer's hello: a first window, and the statement that goes with it.
const EARLY_BYTES_MAX: usize = 512 * 1024;
/// Entries loaded at once to receipt them again.
const RECEIPTS_AGAIN_MAX: usize = 256;

/// What a session is told once.
#[derive(Clone)]
pub struct Setup {
    /// Places of both ends.
    pub scope: Scope,
    /// The network.
    pub network: NetworkId,
    /// Signs receipts.
    pub key: StationKey,
    /// Own level.
    pub level: Level,
    /// Name and version of this software.
    pub software: String,
}

impl std::fmt::Debug for Setup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setup")
            .field("scope", &self.scope)
            .field("level", &self.level)
            .finish_non_exhaustive()
    }
}

/// State of one end.
#[derive(Debug)]
pub struct Session {
    setup: Setup,
    registry: Arc<Registry>,
    offer: Offer,
    intake: Intake,
    told: Told,
    presences: Presences,
    /// Receipts of its subtree that this end holds: what it states to the hub above.
    receipts: BTreeMap<(LogId, Lane, PublicKey), u64>,
    /// The same with those that were handed on and are not durable yet: where the next one must follow.
    keeping: BTreeMap<(LogId, Lane, PublicKey), u64>,
    /// Receipts that this end holds and cannot place yet: they came before the log that they speak of, or before its
    /// writer's appointment.
    unplaced: BTreeMap<(LogId, Lane, PublicKey), u64>,
    /// Full names of the logs seen, for receipts, which carry only the id.
    names: BTreeMap<LogId, LogName>,
    loads: BTreeMap<Ticket, (LogId, Lane, PublicKey)>,
    /// Lanes of which the peer has shown an entry of its own.
    shown: BTreeSet<(LogName, Lane)>,
    tickets: Ticket,
    greeted: bool,
    /// Frames that came before the peer's hello.
    early: Vec<Vec<u8>>,
    early_bytes: usize,
    /// First part of a complete statement is still to come.
    stating: bool,
    /// Logs of which a receipt came before the log or its signer was known: to be asked for again.
    missed: BTreeSet<LogId>,
    hello_until: u64,
    beat_at: u64,
    out: Vec<Output>,
}

impl Session {
    /// A session over what the station durably holds: the heads of its lanes, and how far it holds receipts.
    pub fn new(
        setup: Setup,
        registry: Arc<Registry>,
        heads: impl IntoIterator<Item = (LogName, Lane, Head)>,
        receipts: impl IntoIterator<Item = ReceiptHead>,
    ) -> Self {
        let network = setup.network;
        let mut session = Self {
            setup,
            registry,
            offer: Offer::default(),
            intake: Intake::new(network),
            told: Told::default(),
            presences: Presences::default(),
            receipts: BTreeMap::new(),
            keeping: BTreeMap::new(),
            unplaced: BTreeMap::new(),
            names: BTreeMap::new(),
            loads: BTreeMap::new(),
            shown: BTreeSet::new(),
            tickets: 0,
            greeted: false,
            early: Vec::new(),
            early_bytes: 0,
            stating: true,
            missed: BTreeSet::new(),
            hello_until: u64::MAX,
            beat_at: u64::MAX,
            out: Vec::new(),
        };
        heads.into_iter().for_each(|(name, lane, head)| session.grown(name, lane, head));
        receipts.into_iter().for_each(|head| session.hold_receipts(head));
        session
    }

    /// Takes one input; the outputs are to be carried out in order.
    pub fn handle(&mut self, now: Now, input: Input) -> Vec<Output> {
        match input {
            Input::Up => self.up(now),
            Input::Frame(bytes) => self.frame(now, &bytes),
            Input::Appended(done) => self.appended(&done),
            Input::Loaded(load, entries) => self.loaded(now, &load, entries),
            Input::LoadedReceipts(ticket, receipts) => self.loaded_receipts(ticket, receipts),
            Input::Grown(lanes) => {
                lanes.into_iter().for_each(|(name, lane, head)| self.grown(name, lane, head))
            }
            Input::Kept(receipts) => receipts.iter().for_each(|receipt| self.kept(receipt)),
            Input::Registry(registry) => self.learned(registry),
            Input::Presences(latest) => self.presences.learn(latest),
            Input::Deadline => {}
        }
        self.deadlines(now);
        self.pump();
        std::mem::take(&mut self.out)
    }

    /// When to come back with [`Input::Deadline`], in steady milliseconds.
    pub fn next_deadline(&self) -> u64 {
        let hello = if self.greeted { u64::MAX } else { self.hello_until };
        self.beat_at.min(hello).min(self.offer.stalled_at().unwrap_or(u64::MAX))
    }

    /// Entries that the peer is known to lack.
    pub fn behind(&self) -> u64 {
        self.offer.behind()
    }

    /// Whether the peer has greeted and stated what it holds, and nothing is on the way.
    pub fn is_settled(&self) -> bool {
        self.greeted && self.offer.is_settled() && self.told.is_settled()
    }

    fn send(&mut self, message: &Message) {
        self.out.push(Output::Send(Class::Control, message.to_bytes()));
    }

    fn close(&mut self, reason: impl Into<String>) {
        let reason = reason.into();
        self.send(&Message::Bye(reason.clone()));
        self.out.push(Output::Close(reason));
    }

    fn up(&mut self, now: Now) {
        self.hello_until = now.steady_ms + HELLO_MS;
        self.beat_at = now.steady_ms + BEAT_MS;
        let hello = Hello {
            version: PROTOCOL_VERSION,
            network: self.setup.network,
            division: self.setup.scope.division,
            log: self.setup.scope.own,
            clock_ms: now.wall_ms,
            software: self.setup.software.clone(),
        };
        self.send(&Message::Hello(hello));
        self.state();
    }

    /// States all that is held of what is taken from the peer.
    fn state(&mut self) {
        let receipts = self.receipt_heads();
        for frame in Have::frames(&self.intake.heads(), &receipts) {
            self.send(&Message::Have(frame));
        }
    }

    fn receipt_heads(&self) -> Vec<ReceiptHead> {
        let head = |((log, lane, signer), next): (&(LogId, Lane, PublicKey), &u64)| ReceiptHead {
            log: *log,
            lane: *lane,
            signer: *signer,
            next: *next,
        };
        self.receipts.iter().map(head).collect()
    }

    fn frame(&mut self, now: Now, bytes: &[u8]) {
        let raw_max = match self.setup.scope.side {
            Side::Uplink => limits::BATCH_BYTES_MAX,
            Side::Downlink => limits::BATCH_UP_BYTES_MAX,
        };
        let message = match Message::from_bytes(self.setup.network, bytes, raw_max) {
            Ok(message) => message,
            Err(error) => return self.malformed(error.to_string(), bytes),
        };
        match message {
            Message::Hello(hello) => self.hello(now, &hello),
            Message::Bye(reason) => self.out.push(Output::Close(format!("the peer says: {reason}"))),
            _ if !self.greeted => self.keep_early(bytes),
            Message::Have(have) => self.have(&have),
            Message::Batch(batch) => self.batch(batch),
            Message::Ack(item) => self.acknowledged(now, &item),
            Message::Receipt(receipt) => self.receipt(now, *receipt),
            Message::Hold(name) => self.offer.hold(name),
            Message::Evidence(evidence) => self.evidence(*evidence),
            Message::Beat(digest) => self.beat(digest),
            Message::Tell => self.state(),
            Message::Presence(presence) => self.presence(*presence),
        }
    }

    /// Each class of urgency is a stream of its own, so a frame may overtake a hello that was lost once on the way.
    fn keep_early(&mut self, bytes: &[u8]) {
        self.early_bytes += bytes.len();
        if self.early_bytes > EARLY_BYTES_MAX {
            return self.malformed("too much came before hello".into(), bytes);
        }
        self.early.push(bytes.to_vec());
    }

    fn malformed(&mut self, reason: String, bytes: &[u8]) {
        let bytes = bytes[..bytes.len().min(limits::QUARANTINE_BYTES_MAX)].to_vec();
        self.out.push(Output::Quarantine { reason: reason.clone(), bytes });
        self.close(reason);
    }

    fn hello(&mut self, now: Now, hello: &Hello) {
        let scope = &self.setup.scope;
        let appointed = self.registry.standing(&scope.peer).map(|standing| standing.division);
        let wrong = if hello.version != PROTOCOL_VERSION {
            Some(format!("protocol version {} is not spoken here, {PROTOCOL_VERSION} is", hello.version))
        } else if hello.network != self.setup.network {
            Some(format!("network {} is another network than {}", hello.network, self.setup.network))
        } else if hello.log.key != scope.peer {
            Some("the log belongs to another key than the connection".into())
        } else if appointed.is_some_and(|appointed| appointed != hello.division) {
            Some(format!("the key is not appointed for division {}", hello.division))
        } else if let Some(former) = self.registry.former(&scope.peer) {
            Some(former.words())
        } else if scope.side == Side::Downlink && appointed.is_none() {
            Some("the key is not appointed".into())
        } else {
            None
        };
        if let Some(reason) = wrong {
            return self.close(reason);
        }
        self.greeted = true;
        let clock_offset_ms = hello.clock_ms.saturating_sub(now.wall_ms);
        self.out.push(Output::Greeted { software: hello.software.clone(), clock_offset_ms });
        for early in std::mem::take(&mut self.early) {
            self.frame(now, &early);
        }
    }

    fn have(&mut self, have: &Have) {
        if !have.logs.iter().all(|item| self.name(item.name)) {
            return self.close("it names too many logs");
        }
        have.logs.iter().for_each(|item| self.compare(item));
        if have.complete && self.setup.scope.side == Side::Downlink {
            let ours = |head: &&ReceiptHead| self.is_childs(&head.log);
            let stated: Vec<ReceiptHead> = have.receipts.iter().filter(ours).copied().collect();
            self.told.stated(&stated, self.stating);
        }
        self.stating = have.complete && have.last || !have.complete && self.stating;
        self.offer.told(have);
    }

    /// Two branches of one length: neither end would send anything, and neither would find out. Each shows its own.
    fn compare(&mut self, item: &LogHead) {
        let own = self.intake.durable(item.name, item.lane);
        let (Some(last), true) = (own.next.checked_sub(1), own.next == item.head.next) else { return };
        if own.hash != item.head.hash {
            let ticket = self.ticket();
            self.out.push(Output::Load(Load {
                ticket,
                purpose: Purpose::Evidence,
                name: item.name,
                lane: item.lane,
                from: last,
                count_max: 1,
                bytes_max: limits::BATCH_BYTES_GOAL,
            }));
        }
    }

    fn batch(&mut self, batch: fengsui_wire::Batch) {
        if !self.name(batch.name) {
            return self.close("it names too many logs");
        }
        if let Some(last) =
            batch.entries.last().filter(|_| self.setup.scope.offers(&self.registry, &batch.name))
        {
            let head = Head { next: last.envelope.header().sequence + 1, hash: last.envelope.hash() };
            self.offer.seen(batch.name, batch.lane, head);
        }
        let mut next = self.tickets;
        let mut tickets = || {
            next += 1;
            next
        };
        let outputs = self.intake.batch(batch, &self.setup.scope, &self.registry, &mut tickets);
        self.tickets = next;
        self.out.extend(outputs);
    }

    /// Remembers the full name of a log; `false` when the peer has named more than a network has.
    fn name(&mut self, name: LogName) -> bool {
        let id = name.id(self.setup.network);
        if self.names.contains_key(&id) {
            return true;
        }
        let room = self.names.len() < limits::LOGS_PER_PEER_MAX;
        if room {
            self.names.insert(id, name);
            let of_log = |line: &(LogId, Lane, PublicKey)| line.0 == id;
            self.place(of_log);
            if self.missed.remove(&id) {
                self.state();
            }
        }
        room
    }

    /// Tries again to place the receipts of these lines.
    fn place(&mut self, which: impl Fn(&(LogId, Lane, PublicKey)) -> bool) {
        if self.unplaced.is_empty() {
            return;
        }
        let (again, rest) = std::mem::take(&mut self.unplaced).into_iter().partition(|(line, _)| which(line));
        self.unplaced = rest;
        let again: BTreeMap<_, _> = again;
        for ((log, lane, signer), next) in again {
            self.hold_receipts(ReceiptHead { log, lane, signer, next });
        }
    }

    /// A receipt that cannot be judged yet. The number of logs remembered is bounded; past it the next beat finds out.
    fn miss(&mut self, log: LogId) {
        if self.missed.len() < limits::LOGS_PER_PEER_MAX {
            self.missed.insert(log);
        }
    }

    fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        self.tickets
    }

    fn acknowledged(&mut self, now: Now, item: &LogHead) {
        if self.offer.acknowledged(item, now.steady_ms).is_err() {
            self.close("it acknowledges another entry than was sent");
        }
    }

    /// A receipt from above. From the parent itself it acknowledges; from any hub above the author it is kept.
    fn receipt(&mut self, now: Now, receipt: Receipt) {
        if self.setup.scope.side == Side::Downlink {
            return self.close("receipts come from above only");
        }
        let Some(name) = self.names.get(&receipt.log).copied() else { return self.miss(receipt.log) };
        if receipt.verify(self.setup.network).is_err() {
            return self.malformed("a receipt is not signed by its signer".into(), &receipt.to_bytes());
        }
        if receipt.signer == self.setup.scope.peer {
            let head = Head { next: receipt.to + 1, hash: receipt.hash };
            self.acknowledged(now, &LogHead { name, lane: receipt.lane, head });
        }
        if !self.may_receipt(&receipt, &name) {
            return self.miss(receipt.log);
        }
        let line = (receipt.log, receipt.lane, receipt.signer);
        let durable = self.receipts.get(&line).copied().unwrap_or_default();
        let next = self.keeping.get(&line).copied().unwrap_or_default().max(durable);
        if receipt.from <= next && receipt.to >= next {
            self.keeping.insert(line, receipt.to + 1);
            self.out.push(Output::Keep(receipt));
        }
    }

    fn may_receipt(&self, receipt: &Receipt, name: &LogName) -> bool {
        let author = match self.registry.place(&name.key) {
            Some(standing) => standing.division,
            None if name.key == self.setup.scope.own.key => self.setup.scope.division,
            None => return false,
        };
        self.registry.may_receipt(receipt, author) && self.setup.scope.is_childs(&self.registry, &name.key)
    }

    /// A hub says who is connected to it: the peer itself, or one below it whose word it passes up.
    fn presence(&mut self, presence: Presence) {
        if self.setup.scope.side == Side::Uplink {
            return self.close("presence comes from below only");
        }
        let speaks = self
            .registry
            .standing(&presence.signer)
            .is_some_and(|signer| signer.role == Role::Hub && signer.division == presence.division);
        // One that is not appointed yet will say it again.
        if !speaks || !self.setup.scope.is_childs(&self.registry, &presence.signer) {
            return;
        }
        if presence.verify(self.setup.network).is_err() {
            return self.malformed("a presence is not signed by its signer".into(), &presence.to_bytes());
        }
        self.out.push(Output::Presence(Box::new(presence)));
    }

    /// The peer shows an entry that it says we hold another one of. It is heard once for each lane, about logs that are
    /// taken from it, and only where there is an entry of ours to compare.
    fn evidence(&mut self, evidence: Evidence) {
        let header = *evidence.envelope.header();
        let held = self.intake.durable(evidence.name, header.draft.lane).next > header.sequence;
        let heard = evidence.name == self.setup.scope.own
            || held && self.setup.scope.takes(&self.registry, &evidence.name) == Takes::Yes;
        if !heard || !self.shown.insert((evidence.name, header.draft.lane)) {
            return;
        }
        let carried = fengsui_wire::Carried { envelope: evidence.envelope, body: None };
        let Ok(mut entries) = self.intake.verify(evidence.name, vec![carried]) else {
            return self
                .malformed("evidence is not signed by the log's key".into(), evidence.envelope.bytes());
        };
        if evidence.name == self.setup.scope.own {
            self.out.push(Output::SetBack { theirs: entries });
        } else if let Some(theirs) = entries.pop() {
            self.out.push(Output::Forked { name: evidence.name, theirs: Box::new(theirs) });
        }
    }

    fn beat(&mut self, digest: fengsui_wire::Hash) {
        if !self.offer.is_ready() {
            // The statement that belongs to the hello never came whole.
            return self.send(&Message::Tell);
        }
        if !self.offer.is_settled() || !self.told.is_settled() {
            return;
        }
        let receipts = match self.setup.scope.side {
            Side::Uplink => Vec::new(),
            Side::Downlink => self.told.believed(),
        };
        if Have::digest(&self.offer.believed(), &receipts) != digest {
            self.send(&Message::Tell);
        }
    }

    fn appended(&mut self, done: &crate::io::Appended) {
        self.intake.appended(done);
        let childs = self.setup.scope.is_childs(&self.registry, &done.name.key);
        match self.setup.scope.side {
            Side::Downlink if childs => {
                let line = (done.name.id(self.setup.network), done.lane, self.setup.key.public());
                self.told.kept(line, done.head.next);
                for run in &done.runs {
                    let receipt = receipt(&self.setup, done.name, done.lane, run);
                    self.tell(&receipt);
                }
                if done.runs.is_empty() {
                    // Held already, through another session: there is nothing new to receipt, and it must not come again.
                    self.send(&Message::Ack(LogHead { name: done.name, lane: done.lane, head: done.head }));
                }
            }
            // Downward, and for what a child gives back to a hub that was set back, an acknowledgement is enough.
            _ => {
                self.send(&Message::Ack(LogHead { name: done.name, lane: done.lane, head: done.head }));
            }
        }
    }

    fn grown(&mut self, name: LogName, lane: Lane, head: Head) {
        let (scope, registry) = (self.setup.scope, self.registry.clone());
        let takes = scope.takes(&registry, &name) == Takes::Yes;
        let offers = scope.offers(&registry, &name);
        if !takes && !offers {
            return;
        }
        self.name(name);
        if takes {
            self.intake.grown(name, lane, head);
        }
        if offers {
            self.offer.grown(name, lane, head.next.min(registry.end(&name, lane)));
        }
        if scope.side == Side::Downlink && scope.is_childs(&registry, &name.key) {
            self.told.kept((name.id(self.setup.network), lane, self.setup.key.public()), head.next);
        }
    }

    fn hold_receipts(&mut self, head: ReceiptHead) {
        let line = (head.log, head.lane, head.signer);
        if !self.is_childs(&head.log) {
            let next = self.unplaced.entry(line).or_default();
            *next = head.next.max(*next);
            return;
        }
        match self.setup.scope.side {
            Side::Uplink => {
                let held = self.receipts.entry(line).or_default();
                *held = head.next.max(*held);
            }
            Side::Downlink => self.told.kept(line, head.next),
        }
    }

    fn kept(&mut self, receipt: &Receipt) {
        let line = (receipt.log, receipt.lane, receipt.signer);
        let next = match self.setup.scope.side {
            Side::Uplink => {
                self.receipts.get(&line).or(self.unplaced.get(&line)).copied().unwrap_or_default()
            }
            // What is there is loaded from where the child is, and told as far as it follows.
            Side::Downlink => u64::MAX,
        };
        if receipt.from > next {
            // From a bundle that does not begin at the beginning: what lies between is still wanted from above.
            return;
        }
        if self.setup.scope.side == Side::Downlink && self.tells_receipts() && self.is_childs(&receipt.log) {
            self.tell(receipt);
        }
        self.hold_receipts(ReceiptHead {
            log: receipt.log,
            lane: receipt.lane,
            signer: receipt.signer,
            next: receipt.to + 1,
        });
    }

    /// Whether the writer of a log stands at or below the child.
    fn is_childs(&self, log: &LogId) -> bool {
        self.names.get(log).is_some_and(|name| self.setup.scope.is_childs(&self.registry, &name.key))
    }

    /// Passes a receipt on where the child is; `true` if it did.
    fn tell(&mut self, receipt: &Receipt) -> bool {
        let tells = self.told.tell(receipt);
        if tells {
            self.send(&Message::Receipt(Box::new(*receipt)));
        }
        tells
    }

    /// Whether receipts go down now: not between the parts of a statement, since what the child holds may stand in the part
    /// to come.
    fn tells_receipts(&self) -> bool {
        self.greeted && self.offer.is_ready() && self.stating
    }

    fn learned(&mut self, registry: Arc<Registry>) {
        let place = |registry: &Registry| registry.standing(&self.setup.scope.peer).map(|peer| peer.division);
        let moved = self.setup.scope.side == Side::Downlink && place(&self.registry) != place(&registry);
        let before = std::mem::replace(&mut self.registry, registry);
        if let Some(former) = self.registry.former(&self.setup.scope.peer) {
            let words = former.words();
            return self.close(words);
        }
        if moved {
            // What this session offers and takes was chosen for another place.
            return self.close("the place of the key has changed: connect again");
        }
        if self.revokes(&before) {
            // How far the logs go, and whose history goes down, was chosen before the revocation.
            return self.close("a key was revoked: connect again");
        }
        for have in self.intake.release(&self.setup.scope, &self.registry) {
            self.send(&Message::Have(have));
        }
        self.place(|_| true);
        if !std::mem::take(&mut self.missed).is_empty() {
            self.state();
        }
    }

    /// Whether a key whose logs travel here was revoked since `before`. One that was rotated has all of its logs standing,
    /// and whoever followed it holds them.
    fn revokes(&self, before: &Registry) -> bool {
        let revoked = self.registry.formers().filter(|former| !former.is_rotated());
        let news = revoked.map(|former| former.standing.key);
        news.filter(|key| before.former(key).is_none())
            .any(|key| self.setup.scope.concerns(&self.registry, &key))
    }

    fn loaded(&mut self, now: Now, load: &Load, entries: Vec<LoadedEntry>) {
        match load.purpose {
            Purpose::Offer => {
                let (scope, registry) = (self.setup.scope, self.registry.clone());
                let carries = |header: &_| scope.carries_body(&registry, &load.name, header);
                if let Some(frame) = self.offer.loaded(load, entries, now.steady_ms, carries) {
                    self.out.push(Output::Send(load.lane.into(), frame));
                }
            }
            Purpose::Receipts => self.receipt_again(load, &entries),
            Purpose::Evidence => {
                if let Some(entry) = entries.first() {
                    let evidence = Evidence { name: load.name, envelope: entry.envelope };
                    self.send(&Message::Evidence(Box::new(evidence)));
                }
            }
        }
    }

    fn receipt_again(&mut self, load: &Load, entries: &[LoadedEntry]) {
        let receipts = sign_receipts(&self.setup, load.name, load.lane, entries);
        let line = (load.name.id(self.setup.network), load.lane, self.setup.key.public());
        self.tell_loaded(line, receipts);
    }

    fn loaded_receipts(&mut self, ticket: Ticket, receipts: Vec<Receipt>) {
        if let Some(line) = self.loads.remove(&ticket) {
            self.tell_loaded(line, receipts);
        }
    }

    fn tell_loaded(&mut self, line: (LogId, Lane, PublicKey), receipts: Vec<Receipt>) {
        let mut told_some = false;
        for receipt in receipts {
            told_some |= self.tell(&receipt);
        }
        self.told.loaded(line, told_some);
    }

    fn deadlines(&mut self, now: Now) {
        if !self.greeted && now.steady_ms >= self.hello_until {
            self.hello_until = u64::MAX;
            return self.close("no hello came");
        }
        self.offer.rewind_stalled(now.steady_ms);
        if now.steady_ms >= self.beat_at {
            self.beat_at = now.steady_ms + BEAT_MS;
            let receipts = self.receipt_heads();
            let digest = Have::digest(&self.intake.heads(), &receipts);
            self.send(&Message::Beat(digest));
            for have in self.intake.ask_again() {
                self.send(&Message::Have(have));
            }
        }
    }

    /// Asks for what can go out now.
    fn pump(&mut self) {
        // Upward nothing goes before the level of the hub above is known: bodies go only as far as their reach.
        let known = self.registry.standing(&self.setup.scope.peer).is_some();
        if !self.greeted || !known {
            return;
        }
        if self.setup.scope.side == Side::Uplink {
            for presence in self.presences.take() {
                self.send(&Message::Presence(Box::new((*presence).clone())));
            }
        }
        while self.offer.wants_load() {
            let ticket = self.ticket();
            match self.offer.next_load(ticket) {
                Some(load) => self.out.push(Output::Load(load)),
                None => break,
            }
        }
        if self.setup.scope.side == Side::Downlink && self.tells_receipts() {
            self.pump_receipts();
        }
    }

    fn pump_receipts(&mut self) {
        while let Some((line, from)) = self.told.next() {
            let (log, lane, signer) = line;
            let ticket = self.ticket();
            if signer != self.setup.key.public() {
                self.loads.insert(ticket, line);
                self.out.push(Output::LoadReceipts { ticket, log, lane, signer, from });
            } else if let Some(name) = self.names.get(&log).copied() {
                self.out.push(Output::Load(Load {
                    ticket,
                    purpose: Purpose::Receipts,
                    name,
                    lane,
                    from,
                    count_max: RECEIPTS_AGAIN_MAX,
                    bytes_max: limits::ARTEFACT_BYTES_MAX,
                }));
            } else {
                self.told.loaded(line, false);
            }
        }
    }
}
