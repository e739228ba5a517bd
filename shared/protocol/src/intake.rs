//! The receiving half: what comes is verified here, put in order, and handed on to be made durable.

use std::collections::{BTreeMap, BTreeSet};

use fengsui_wire::{
    Author, Batch, Carried, Envelope, Have, Head, Incarnation, Lane, LogHead, LogName, Message, NetworkId,
    Verified, limits,
};

use crate::io::{Appended, Class, Load, Output, Purpose, Ticket};
use crate::registry::Registry;
use crate::scope::{Scope, Takes};

/// How far one lane has come.
#[derive(Clone, Copy, Debug, Default)]
struct Cursor {
    /// Held durably. What is stated to the peer.
    durable: Head,
    /// Verified and handed on, not durable yet. Where the next batch must follow.
    pending: Head,
    /// The peer was asked to continue here, and has not since.
    asked: Option<u64>,
}

/// State of the receiving half.
#[derive(Clone, Debug)]
pub(crate) struct Intake {
    network: NetworkId,
    cursors: BTreeMap<(LogName, Lane), Cursor>,
    /// Logs whose writers are not appointed yet; asked for when they are.
    held: BTreeSet<LogName>,
    /// Logs that were asked for since, and of which nothing has come yet.
    released: BTreeSet<LogName>,
    /// Logs of which an entry was refused or contradicts ours: not asked for again on this connection.
    refused: BTreeSet<LogName>,
    authors: BTreeMap<LogName, Author>,
}

impl Intake {
    pub fn new(network: NetworkId) -> Self {
        Self {
            network,
            cursors: BTreeMap::new(),
            held: BTreeSet::new(),
            released: BTreeSet::new(),
            refused: BTreeSet::new(),
            authors: BTreeMap::new(),
        }
    }

    /// A lane grew durably, here or through another session.
    pub fn grown(&mut self, name: LogName, lane: Lane, head: Head) {
        let cursor = self.cursors.entry((name, lane)).or_default();
        if head.next >= cursor.durable.next {
            cursor.durable = head;
        }
        if head.next > cursor.pending.next {
            cursor.pending = head;
        }
    }

    /// An append is done, whatever came of it: the cursor is where the store says.
    pub fn appended(&mut self, done: &Appended) {
        let cursor = self.cursors.entry((done.name, done.lane)).or_default();
        if done.head.next >= cursor.durable.next {
            cursor.durable = done.head;
        }
        let added = done.runs.last().is_some_and(|run| run.head == done.head);
        if !added && done.head != cursor.pending {
            // What was handed on did not follow after all; more may be under way behind it and will not follow either.
            cursor.pending = done.head;
        }
        if done.forked {
            self.refused.insert(done.name);
        }
    }

    /// Every lane held, in order.
    pub fn heads(&self) -> Vec<LogHead> {
        let held = self.cursors.iter().filter(|(_, cursor)| cursor.durable != Head::EMPTY);
        held.map(|((name, lane), cursor)| LogHead { name: *name, lane: *lane, head: cursor.durable })
            .collect()
    }

    /// The durable head of one lane.
    pub fn durable(&self, name: LogName, lane: Lane) -> Head {
        self.cursors.get(&(name, lane)).map_or(Head::EMPTY, |cursor| cursor.durable)
    }

    /// Asks for the logs whose writers have been appointed since they were held.
    pub fn release(&mut self, scope: &Scope, registry: &Registry) -> Vec<Have> {
        let now: Vec<LogName> =
            self.held.iter().copied().filter(|name| scope.takes(registry, name) == Takes::Yes).collect();
        now.iter().for_each(|name| {
            self.held.remove(name);
        });
        self.released.extend(&now);
        self.ask_for(&now)
    }

    /// Asks again for the logs that were asked for when their writers were appointed, until something of them comes. The peer
    /// holds them back on our word and would never send them if the question were lost; its other statements do not show that.
    pub fn ask_again(&self) -> Vec<Have> {
        self.ask_for(&self.released.iter().copied().collect::<Vec<_>>())
    }

    fn ask_for(&self, names: &[LogName]) -> Vec<Have> {
        let heads = names.iter().flat_map(|name| {
            Lane::ALL.iter().map(|lane| LogHead {
                name: *name,
                lane: *lane,
                head: self.durable(*name, *lane),
            })
        });
        let logs: Vec<LogHead> = heads.collect();
        logs.chunks(limits::HAVE_ITEMS_MAX)
            .map(|logs| Have { logs: logs.to_vec(), ..Have::default() })
            .collect()
    }

    /// Takes a batch.
    pub fn batch(
        &mut self,
        batch: Batch,
        scope: &Scope,
        registry: &Registry,
        tickets: &mut impl FnMut() -> Ticket,
    ) -> Vec<Output> {
        let name = batch.name;
        self.released.remove(&name);
        if self.refused.contains(&name) {
            return vec![send(Message::Hold(name))];
        }
        match scope.takes(registry, &name) {
            Takes::Yes if self.has_too_many_logs(&name) => {
                self.refuse(name, "its key has begun too many logs", first_bytes(&batch))
            }
            Takes::Yes => self.take(batch, scope, registry, tickets),
            Takes::NotYet => self.hold(name),
            Takes::No => self.refuse(name, "it has no business on this connection", first_bytes(&batch)),
        }
    }

    /// A new log of a key that has many: whoever holds a key can begin logs without end.
    fn has_too_many_logs(&self, name: &LogName) -> bool {
        let log = |incarnation| LogName { key: name.key, incarnation: Incarnation(incarnation) };
        let known = self.cursors.range((log([0; 16]), Lane::Urgent)..=(log([0xff; 16]), Lane::Bulk));
        let names: BTreeSet<LogName> = known.map(|((name, _), _)| *name).collect();
        names.len() >= limits::INCARNATIONS_PER_KEY_MAX && !names.contains(name)
    }

    fn hold(&mut self, name: LogName) -> Vec<Output> {
        if self.held.len() < limits::HELD_LOGS_MAX {
            self.held.insert(name);
        }
        vec![send(Message::Hold(name))]
    }

    fn refuse(&mut self, name: LogName, why: &str, bytes: Vec<u8>) -> Vec<Output> {
        self.refused.insert(name);
        let reason = format!("log {} of key {}: {why}", name.id(self.network).short(), name.key);
        vec![Output::Quarantine { reason, bytes }, send(Message::Hold(name))]
    }

    fn take(
        &mut self,
        mut batch: Batch,
        scope: &Scope,
        registry: &Registry,
        tickets: &mut impl FnMut() -> Ticket,
    ) -> Vec<Output> {
        let (name, lane) = (batch.name, batch.lane);
        if self.cut(&mut batch, registry) {
            return vec![send(Message::Hold(name))];
        }
        for carried in &mut batch.entries {
            if !scope.holds_body(registry, &name, carried.envelope.header()) {
                carried.body = None;
            }
        }
        let cursor = *self.cursors.entry((name, lane)).or_default();
        let first = batch.entries.first().map_or(0, |carried| carried.envelope.header().sequence);
        if first > cursor.pending.next {
            return self.ask(name, lane);
        }
        let known =
            usize::try_from(cursor.pending.next - first).unwrap_or(usize::MAX).min(batch.entries.len());
        let mut entries = batch.entries;
        let new = entries.split_off(known);
        let contradicts = |carried: &Carried| {
            let header = carried.envelope.header();
            let same = header.sequence + 1 == cursor.pending.next;
            same && carried.envelope.hash() != cursor.pending.hash
        };
        let doubtful: Vec<Carried> = match (entries.pop(), new.first()) {
            (Some(last), _) if contradicts(&last) => vec![last],
            (_, Some(next)) if next.envelope.header().previous != cursor.pending.hash => vec![next.clone()],
            (_, None) => return self.repeated(name, lane, first + known as u64),
            _ => return self.follow(name, lane, new, scope, tickets),
        };
        self.contradicted(name, lane, doubtful, scope, tickets)
    }

    /// Cuts off what a revoked station wrote after the line that its revocation names, whoever brings it; `true` if
    /// nothing is left.
    fn cut(&mut self, batch: &mut Batch, registry: &Registry) -> bool {
        let (name, lane) = (batch.name, batch.lane);
        let stands = |carried: &Carried| {
            registry.stands(&name, lane, carried.envelope.header().sequence, carried.envelope.hash())
        };
        let standing = batch.entries.iter().take_while(|carried| stands(carried)).count();
        batch.entries.truncate(standing);
        standing == 0
    }

    /// All of a batch is known. Where it is durable too, our word on that was lost, and would be awaited for ever.
    fn repeated(&self, name: LogName, lane: Lane, end: u64) -> Vec<Output> {
        let head = self.durable(name, lane);
        if head.next < end {
            return Vec::new();
        }
        vec![send(Message::Ack(LogHead { name, lane, head }))]
    }

    /// The batch begins past the cursor: something between was lost. Asks once, until there is progress.
    fn ask(&mut self, name: LogName, lane: Lane) -> Vec<Output> {
        let Some(cursor) = self.cursors.get_mut(&(name, lane)) else { return Vec::new() };
        if cursor.asked == Some(cursor.pending.next) {
            return Vec::new();
        }
        cursor.asked = Some(cursor.pending.next);
        let logs = vec![LogHead { name, lane, head: cursor.durable }];
        vec![send(Message::Have(Have { logs, ..Have::default() }))]
    }

    fn follow(
        &mut self,
        name: LogName,
        lane: Lane,
        new: Vec<Carried>,
        scope: &Scope,
        tickets: &mut impl FnMut() -> Ticket,
    ) -> Vec<Output> {
        let entries = match self.verify(name, new) {
            Ok(entries) => entries,
            Err((why, bytes)) => return self.refuse(name, &why, bytes),
        };
        if name == scope.own {
            // Signed by us, held by the peer, unknown to our store.
            return vec![Output::SetBack { theirs: entries }];
        }
        if let (Some(last), Some(cursor)) = (entries.last(), self.cursors.get_mut(&(name, lane))) {
            cursor.pending = Head { next: last.header().sequence + 1, hash: last.hash() };
            cursor.asked = None;
        }
        vec![Output::Append { ticket: tickets(), name, lane, entries }]
    }

    /// An entry that does not fit on what we hold. If it is truly signed by the log's writer, that proves a fork, and
    /// the peer is shown our side of it.
    fn contradicted(
        &mut self,
        name: LogName,
        lane: Lane,
        doubtful: Vec<Carried>,
        scope: &Scope,
        tickets: &mut impl FnMut() -> Ticket,
    ) -> Vec<Output> {
        let entries = match self.verify(name, doubtful) {
            Ok(entries) => entries,
            Err((why, bytes)) => return self.refuse(name, &why, bytes),
        };
        if name == scope.own {
            return vec![Output::SetBack { theirs: entries }];
        }
        self.refused.insert(name);
        let from = self.durable(name, lane).next.saturating_sub(1);
        let load = Load {
            ticket: tickets(),
            purpose: Purpose::Evidence,
            name,
            lane,
            from,
            count_max: 1,
            bytes_max: limits::BATCH_BYTES_GOAL,
        };
        let forked = entries.into_iter().map(|theirs| Output::Forked { name, theirs: Box::new(theirs) });
        forked.chain([Output::Load(load), send(Message::Hold(name))]).collect()
    }

    /// The one way from bytes to entries on this connection.
    pub fn verify(
        &mut self,
        name: LogName,
        carried: Vec<Carried>,
    ) -> Result<Vec<Verified>, (String, Vec<u8>)> {
        let network = self.network;
        let author = match self.authors.entry(name) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(new) => match Author::new(network, name) {
                Ok(author) => new.insert(author),
                Err(error) => return Err((error.to_string(), Vec::new())),
            },
        };
        let refused = |refused: Box<(fengsui_wire::VerifyError, Envelope)>| {
            let (error, envelope) = *refused;
            (error.to_string(), envelope.bytes().to_vec())
        };
        author.verify_all(carried).map_err(refused)
    }
}

fn first_bytes(batch: &Batch) -> Vec<u8> {
    batch.entries.first().map(|carried| carried.envelope.bytes().to_vec()).unwrap_or_default()
}

fn send(message: Message) -> Output {
    Output::Send(Class::Control, message.to_bytes())
}
