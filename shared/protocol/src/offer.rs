//! The sending half: what the peer lacks, in which order, and how much of it at once.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use fengsui_wire::{Batch, Carried, Have, Head, Lane, LogHead, LogName, Message, limits};

use crate::io::{Load, LoadedEntry, Purpose, Ticket};
use crate::window::{WINDOW_BYTES_MIN, Window};

/// Urgent bytes on the way at which no further batch is begun. Urgent entries do not wait for the window; this only bounds
/// what is sent twice.
const URGENT_BYTES_MAX: u64 = 256 * 1024;

/// Without an acknowledgement for so long, what was sent is taken as lost with the peer's memory of it, and is sent
/// again. The connection below loses nothing while it stands, so this is a safety net, not the way to recover.
const STALL_MS: u64 = 20_000;
/// A slow line is given so much longer for each byte on the way: 500 bytes a second is the slowest line.
const STALL_MS_PER_BYTE: u64 = 2;

/// Loads asked for and not answered, per lane: enough to keep the disk busy while a batch is packed.
const LOADS_MAX: usize = 4;

/// Batches that fill the window below the urgent lane: one on its way, one being sent, their receipts coming back.
const BATCHES_PER_WINDOW: u64 = 4;

#[derive(Clone, Debug, Default)]
struct Line {
    /// Entries held here.
    local: u64,
    /// Durable with the peer.
    peer: Head,
    /// Next to send.
    sent: u64,
    /// A load is under way.
    loading: bool,
    /// The peer does not know the writer yet, or has refused the log.
    held: bool,
    flights: VecDeque<Flight>,
}

/// A batch on its way.
#[derive(Clone, Copy, Debug)]
struct Flight {
    last: Head,
    bytes: u64,
    at_ms: u64,
}

impl Line {
    fn lacks(&self) -> bool {
        !self.held && !self.loading && self.sent < self.local
    }
}

/// The receipt or acknowledgement names another entry than the one that was sent under that number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OtherEntry;

/// State of the sending half.
#[derive(Clone, Debug, Default)]
pub(crate) struct Offer {
    lines: BTreeMap<(LogName, Lane), Line>,
    /// Lines that lack something, per lane, in turn.
    turns: [VecDeque<LogName>; 3],
    waiting: BTreeSet<(Lane, LogName)>,
    loads: BTreeMap<Ticket, (LogName, Lane)>,
    gathered: BTreeMap<(LogName, Lane), Head>,
    window: Window,
    urgent_flying: u64,
    /// Batches on the way, all lanes.
    flying: usize,
    /// When the peer last acknowledged something, or something was sent after a pause.
    moved_at: u64,
    /// The peer has stated all that it holds.
    ready: bool,
}

impl Offer {
    /// A lane grew here.
    pub fn grown(&mut self, name: LogName, lane: Lane, next: u64) {
        let line = self.lines.entry((name, lane)).or_default();
        line.local = line.local.max(next);
        self.queue(name, lane);
    }

    /// The peer states what it holds; `true` when the statement is complete with this part.
    pub fn told(&mut self, have: &Have) -> bool {
        if !have.complete {
            have.logs.iter().for_each(|item| self.rewind(item));
            return false;
        }
        self.gathered.extend(have.logs.iter().map(|item| ((item.name, item.lane), item.head)));
        if self.gathered.len() > limits::LOGS_PER_PEER_MAX * 3 {
            self.gathered.clear();
        }
        if have.last {
            self.restart();
        }
        have.last
    }

    fn restart(&mut self) {
        let gathered = std::mem::take(&mut self.gathered);
        self.ready = true;
        self.window.forget();
        self.urgent_flying = 0;
        self.flying = 0;
        for (key, line) in &mut self.lines {
            let peer = gathered.get(key).copied().unwrap_or_default();
            *line =
                Line { local: line.local, peer, sent: peer.next, loading: line.loading, ..Line::default() };
        }
        for (key, head) in gathered {
            self.lines.entry(key).or_insert(Line { peer: head, sent: head.next, ..Line::default() });
        }
        let all: Vec<_> = self.lines.keys().copied().collect();
        all.into_iter().for_each(|(name, lane)| self.queue(name, lane));
    }

    /// The peer corrects one lane: continue there.
    fn rewind(&mut self, item: &LogHead) {
        let line = self.lines.entry((item.name, item.lane)).or_default();
        let lost: Vec<Flight> = line.flights.drain(..).collect();
        line.peer = item.head;
        line.sent = item.head.next;
        line.held = false;
        lost.into_iter().for_each(|flight| self.landed(item.lane, flight, None));
        self.queue(item.name, item.lane);
    }

    /// The peer durably holds the lane up to `head`.
    pub fn acknowledged(&mut self, item: &LogHead, now_ms: u64) -> Result<(), OtherEntry> {
        let Some(line) = self.lines.get_mut(&(item.name, item.lane)) else { return Ok(()) };
        if item.head.next <= line.peer.next {
            return Ok(());
        }
        let named = line.flights.iter().find(|flight| flight.last.next == item.head.next);
        if named.is_some_and(|flight| flight.last.hash != item.head.hash) {
            return Err(OtherEntry);
        }
        line.peer = item.head;
        line.sent = line.sent.max(item.head.next);
        let held = line.held;
        let landed = line.flights.partition_point(|flight| flight.last.next <= item.head.next);
        let landed: Vec<Flight> = line.flights.drain(..landed).collect();
        landed.into_iter().for_each(|flight| self.landed(item.lane, flight, Some(now_ms)));
        if held {
            self.release(item.name);
        }
        Ok(())
    }

    /// The peer sends entries up to `head`: what it sends it holds, so none of it need be sent back.
    pub fn seen(&mut self, name: LogName, lane: Lane, head: Head) {
        let line = self.lines.entry((name, lane)).or_default();
        if head.next <= line.peer.next {
            return;
        }
        line.peer = head;
        line.sent = line.sent.max(head.next);
        let landed = line.flights.partition_point(|flight| flight.last.next <= head.next);
        let landed: Vec<Flight> = line.flights.drain(..landed).collect();
        landed.into_iter().for_each(|flight| self.landed(lane, flight, None));
    }

    fn landed(&mut self, lane: Lane, flight: Flight, now_ms: Option<u64>) {
        self.flying = self.flying.saturating_sub(1);
        self.moved_at = now_ms.unwrap_or(self.moved_at);
        match (lane, now_ms) {
            (Lane::Urgent, _) => self.urgent_flying = self.urgent_flying.saturating_sub(flight.bytes),
            (_, Some(now_ms)) => self.window.acknowledged(flight.bytes, flight.at_ms, now_ms),
            (_, None) => self.window.lost(flight.bytes),
        }
    }

    /// The peer cannot take the log now. This answers a batch: where none is on the way it comes late, and what it speaks of
    /// has been taken since.
    pub fn hold(&mut self, name: LogName) {
        let flies = |lane: &Lane| self.lines.get(&(name, *lane)).is_some_and(|line| !line.flights.is_empty());
        if !Lane::ALL.iter().any(flies) {
            return;
        }
        for lane in Lane::ALL {
            let Some(line) = self.lines.get_mut(&(name, *lane)) else { continue };
            line.held = true;
            line.sent = line.peer.next;
            let lost: Vec<Flight> = line.flights.drain(..).collect();
            lost.into_iter().for_each(|flight| self.landed(*lane, flight, None));
        }
    }

    /// The peer takes the log after all: it has acknowledged some of it.
    fn release(&mut self, name: LogName) {
        for lane in Lane::ALL {
            if let Some(line) = self.lines.get_mut(&(name, *lane)) {
                line.held = false;
                self.queue(name, *lane);
            }
        }
    }

    fn queue(&mut self, name: LogName, lane: Lane) {
        let lacks = self.lines.get(&(name, lane)).is_some_and(Line::lacks);
        if lacks && self.waiting.insert((lane, name)) {
            self.turns[lane as usize].push_back(name);
        }
    }

    /// What to load next, urgent first, in turn among logs.
    pub fn next_load(&mut self, ticket: Ticket) -> Option<Load> {
        if !self.ready {
            return None;
        }
        Lane::ALL.iter().find_map(|lane| {
            let bytes_max = self.batch_bytes(*lane, self.room(*lane)?);
            let name = self.next_turn(*lane)?;
            let line = self.lines.get_mut(&(name, *lane))?;
            line.loading = true;
            self.loads.insert(ticket, (name, *lane));
            Some(Load {
                ticket,
                purpose: Purpose::Offer,
                name,
                lane: *lane,
                from: line.sent,
                count_max: limits::BATCH_ENTRIES_MAX,
                bytes_max,
            })
        })
    }

    /// The next log in turn that lacks something in this lane.
    fn next_turn(&mut self, lane: Lane) -> Option<LogName> {
        while let Some(name) = self.turns[lane as usize].pop_front() {
            self.waiting.remove(&(lane, name));
            if self.lines.get(&(name, lane)).is_some_and(Line::lacks) {
                return Some(name);
            }
        }
        None
    }

    /// How much one batch takes of the room. Several share a window: with one batch as long as the window, a slow line
    /// would be idle while it is acknowledged.
    fn batch_bytes(&self, lane: Lane, room: u64) -> usize {
        let share = match lane {
            // Whole batches only: what an acknowledgement frees is filled by many small ones otherwise, each with its own
            // receipt at every level.
            Lane::Urgent => limits::BATCH_BYTES_GOAL as u64,
            _ => room.min(self.window.limit() / BATCHES_PER_WINDOW).max(WINDOW_BYTES_MIN),
        };
        (share as usize).min(limits::BATCH_BYTES_GOAL)
    }

    /// Whether any lane could go on loading.
    pub fn wants_load(&self) -> bool {
        self.ready
            && Lane::ALL
                .iter()
                .any(|lane| self.room(*lane).is_some() && !self.turns[*lane as usize].is_empty())
    }

    fn room(&self, lane: Lane) -> Option<u64> {
        if self.loads.values().filter(|(_, of)| *of == lane).count() >= LOADS_MAX {
            return None;
        }
        let (room, flying) = match lane {
            Lane::Urgent => (URGENT_BYTES_MAX.saturating_sub(self.urgent_flying), self.urgent_flying),
            _ => (self.window.room(), self.window.flying() + self.loading_below_urgent()),
        };
        // With nothing on the way one packet may always go, or a closed window would never open.
        (room >= WINDOW_BYTES_MIN || flying == 0).then_some(room.max(WINDOW_BYTES_MIN))
    }

    fn loading_below_urgent(&self) -> u64 {
        self.loads.values().filter(|(_, lane)| *lane != Lane::Urgent).count() as u64
    }

    /// Makes the frame of what was loaded; `None` when there is nothing to send any more.
    pub fn loaded(
        &mut self,
        load: &Load,
        entries: Vec<LoadedEntry>,
        now_ms: u64,
        carries_body: impl Fn(&fengsui_wire::Header) -> bool,
    ) -> Option<Vec<u8>> {
        self.loads.remove(&load.ticket);
        let line = self.lines.get_mut(&(load.name, load.lane))?;
        line.loading = false;
        let wanted = !line.held && line.sent == load.from;
        let entries: Vec<Carried> = match wanted {
            true => entries
                .into_iter()
                .map(|entry| Carried {
                    body: entry.body.filter(|_| carries_body(entry.envelope.header())),
                    envelope: entry.envelope,
                })
                .collect(),
            // Meanwhile the peer corrected the lane: what was loaded is of no use.
            false => Vec::new(),
        };
        let frame = entries.last().map(|carried| carried.envelope).map(|last| {
            let head = Head { next: last.header().sequence + 1, hash: last.hash() };
            let frame = Message::Batch(Batch { name: load.name, lane: load.lane, entries }).to_bytes();
            self.fly(load, head, frame.len() as u64, now_ms);
            frame
        });
        if frame.is_some() || !wanted {
            self.queue(load.name, load.lane);
        }
        frame
    }

    fn fly(&mut self, load: &Load, last: Head, bytes: u64, now_ms: u64) {
        if let Some(line) = self.lines.get_mut(&(load.name, load.lane)) {
            line.sent = last.next;
            line.flights.push_back(Flight { last, bytes, at_ms: now_ms });
        }
        if self.flying == 0 {
            self.moved_at = now_ms;
        }
        self.flying += 1;
        match load.lane {
            Lane::Urgent => self.urgent_flying += bytes,
            _ => self.window.sent(bytes),
        }
    }

    /// When what is on the way counts as lost.
    pub fn stalled_at(&self) -> Option<u64> {
        let bytes = self.window.flying() + self.urgent_flying;
        (self.flying > 0).then_some(self.moved_at + STALL_MS + bytes * STALL_MS_PER_BYTE)
    }

    /// Sends again what was not acknowledged.
    pub fn rewind_stalled(&mut self, now_ms: u64) {
        if self.stalled_at().is_none_or(|at| now_ms < at) {
            return;
        }
        let stalled: Vec<LogHead> = self
            .lines
            .iter()
            .filter(|(_, line)| !line.flights.is_empty())
            .map(|((name, lane), line)| LogHead { name: *name, lane: *lane, head: line.peer })
            .collect();
        stalled.iter().for_each(|item| self.rewind(item));
    }

    /// Whether the peer has stated all that it holds.
    pub fn is_ready(&self) -> bool {
        self.ready
    }

    /// Whether nothing is on the way, so that the peer's state is known.
    pub fn is_settled(&self) -> bool {
        self.ready && self.loads.is_empty() && self.flying == 0
    }

    /// What the peer holds, as far as it has said.
    pub fn believed(&self) -> Vec<LogHead> {
        let held = self.lines.iter().filter(|(_, line)| line.peer != Head::EMPTY);
        held.map(|((name, lane), line)| LogHead { name: *name, lane: *lane, head: line.peer }).collect()
    }

    /// Entries that the peer lacks, over all lanes.
    pub fn behind(&self) -> u64 {
        self.lines.values().map(|line| line.local.saturating_sub(line.peer.next)).sum()
    }
}

#[cfg(test)]
mod tests {
    use fengsui_wire::{Incarnation, PublicKey};

    use super::*;

    fn name() -> LogName {
        LogName { key: PublicKey([7; 32]), incarnation: Incarnation([9; 16]) }
    }

    /// What is asked for while as much flies as may, each time when one of the batches on the way has landed.
    fn loads_of_a_full_line(lane: Lane, batch_bytes: u64) -> Vec<Load> {
        let mut offer = Offer::default();
        offer.told(&Have { complete: true, last: true, ..Have::default() });
        offer.grown(name(), lane, 1_000_000);
        let (mut loads, mut next, mut ticket) = (Vec::new(), 0, 0);
        let head = |next| Head { next, hash: fengsui_wire::Hash([1; 32]) };
        let mut flying = VecDeque::new();
        for _ in 0..500 {
            while offer.wants_load() {
                ticket += 1;
                let load = offer.next_load(ticket).expect("it wants one");
                offer.loads.remove(&ticket);
                next += 10;
                offer.fly(&load, head(next), batch_bytes, 0);
                let line = offer.lines.get_mut(&(name(), lane)).expect("a line");
                line.loading = false;
                offer.queue(name(), lane);
                flying.push_back(next);
                loads.push(load);
            }
            let landed = flying.pop_front().expect("something flies");
            offer
                .acknowledged(&LogHead { name: name(), lane, head: head(landed) }, 1)
                .expect("the same entry");
        }
        loads
    }

    /// An offer that has sent ten entries of one lane.
    fn having_sent(lane: Lane) -> Offer {
        let mut offer = Offer::default();
        offer.told(&Have { complete: true, last: true, ..Have::default() });
        offer.grown(name(), lane, 10);
        let load = offer.next_load(1).expect("something to send");
        offer.loads.remove(&1);
        offer.fly(&load, Head { next: 10, hash: fengsui_wire::Hash([1; 32]) }, 500, 0);
        offer.lines.get_mut(&(name(), lane)).expect("a line").loading = false;
        offer
    }

    fn acknowledge(offer: &mut Offer, lane: Lane) {
        let head = Head { next: 10, hash: fengsui_wire::Hash([1; 32]) };
        offer.acknowledged(&LogHead { name: name(), lane, head }, 1).expect("the same entry");
    }

    #[test]
    fn a_hold_that_comes_late_holds_nothing() {
        let mut offer = having_sent(Lane::Urgent);
        acknowledge(&mut offer, Lane::Urgent);
        offer.hold(name());
        offer.grown(name(), Lane::Urgent, 20);
        assert_eq!(offer.next_load(2).map(|load| load.from), Some(10));
    }

    #[test]
    fn a_held_log_goes_on_when_some_of_it_is_acknowledged() {
        let mut offer = having_sent(Lane::Urgent);
        offer.hold(name());
        offer.grown(name(), Lane::Urgent, 20);
        assert!(offer.next_load(2).is_none(), "it is held");
        acknowledge(&mut offer, Lane::Urgent);
        assert_eq!(offer.next_load(3).map(|load| load.from), Some(10));
    }

    #[test]
    fn a_full_urgent_line_goes_on_with_whole_batches() {
        let loads = loads_of_a_full_line(Lane::Urgent, 5_000);
        assert!(loads.len() >= 500, "it went on: {}", loads.len());
        assert!(loads.iter().all(|load| load.bytes_max == limits::BATCH_BYTES_GOAL));
    }

    #[test]
    fn what_flies_in_the_urgent_lane_is_bounded() {
        let flown = loads_of_a_full_line(Lane::Urgent, 5_000).len() as u64 - 500;
        assert!(flown * 5_000 <= URGENT_BYTES_MAX + 5_000, "{flown} batches fly at once");
    }
}
