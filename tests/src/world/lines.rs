//! What happens on lines: connections that come and go, frames, deadlines.

use fengsui_daemon::station::SessionId;
use fengsui_protocol::{Class, Input, Side};
use fengsui_wire::{Message, NetworkId, limits};

use super::World;
use crate::event::Event;
use crate::machine::End;
use crate::network::{CHILD, PARENT};
use crate::story::Violation;

impl World {
    pub(super) fn drop_connections(&mut self, place: usize) {
        for link in 0..self.links.len() {
            if self.links[link].ends.contains(&place)
                && let Some(number) = self.links[link].connection.as_ref().map(|connection| connection.number)
            {
                self.break_off(link, number);
            }
        }
    }

    /// Both ends lose their sessions and everything in flight; the child dials again after a pause.
    pub(crate) fn break_off(&mut self, link: usize, number: u64) {
        let Some(connection) = self.links[link].connection.as_ref().filter(|now| now.number == number) else {
            return;
        };
        let sessions = connection.sessions;
        let at = self.links[link].next_dial(self.now, &mut self.random);
        let ends = self.links[link].ends;
        self.links[link].connection = None;
        for end in [CHILD, PARENT] {
            self.machines[ends[end]].sessions.remove(&sessions[end]);
        }
        self.tell(|shape| format!("{} and {} are apart", shape.name(ends[CHILD]), shape.name(ends[PARENT])));
        self.queue.push(at, Event::Dial { link });
    }

    pub(super) fn dial(&mut self, link: usize) -> Result<(), Violation> {
        if self.links[link].connection.is_some() {
            return Ok(());
        }
        let ends = self.links[link].ends;
        let keys = ends.map(|place| self.shape.places[place].identity.key.public());
        let (child, parent) = (&self.machines[ends[CHILD]].station, &self.machines[ends[PARENT]].station);
        let (true, Some(child), Some(parent)) = (self.links[link].is_whole(self.now), child, parent) else {
            let at = self.links[link].next_dial(self.now, &mut self.random);
            self.queue.push(at, Event::Dial { link });
            return Ok(());
        };
        let sessions =
            [child.session(Side::Uplink, keys[PARENT]), parent.session(Side::Downlink, keys[CHILD])];
        let numbers = [self.made + 1, self.made + 2];
        self.made += 3;
        self.links[link].connect(self.made, numbers, self.now);
        self.tell(|shape| format!("{} reaches {}", shape.name(ends[CHILD]), shape.name(ends[PARENT])));
        for (end, session) in sessions.into_iter().enumerate() {
            let new = End { session, link, end, closed: false, armed: u64::MAX };
            self.machines[ends[end]].sessions.insert(numbers[end], new);
        }
        (0..2).try_for_each(|end| self.feed(ends[end], numbers[end], Input::Up))
    }

    pub(super) fn arrive(
        &mut self,
        link: usize,
        number: u64,
        end: usize,
        frame: Vec<u8>,
    ) -> Result<(), Violation> {
        let Some(connection) = self.links[link].connection.as_ref().filter(|now| now.number == number) else {
            return Ok(());
        };
        let (place, session) = (self.links[link].ends[end], connection.sessions[end]);
        self.story.mix(&frame);
        let (network, bytes) = (self.network, frame.len());
        let text = || match Message::from_bytes(network, &frame, limits::BATCH_BYTES_MAX) {
            Ok(message) => crate::story::words(&message),
            Err(error) => format!("{bytes} bytes that do not read: {error}"),
        };
        let shape = &self.shape;
        self.story.tell(self.now, || format!("{} receives {}", shape.name(place), text()));
        self.feed(place, session, Input::Frame(frame))
    }

    pub(super) fn deadline(&mut self, place: usize, session: SessionId) -> Result<(), Violation> {
        let now = self.now;
        let Some(end) = self.machines[place].sessions.get_mut(&session) else { return Ok(()) };
        if end.armed == now {
            end.armed = u64::MAX;
        }
        match end.session.next_deadline() <= now {
            true => self.feed(place, session, Input::Deadline),
            false => {
                self.arm(place, session);
                Ok(())
            }
        }
    }

    pub(super) fn arm(&mut self, place: usize, session: SessionId) {
        let Some(end) = self.machines[place].sessions.get_mut(&session) else { return };
        // A deadline in the past would be asked about for ever: time goes on by a millisecond at least.
        let at = end.session.next_deadline().max(self.now + 1);
        if at < end.armed && at != u64::MAX {
            end.armed = at;
            self.queue.push(at, Event::Deadline { place, session });
        }
    }

    /// Ends a connection from one side, with time for the goodbye to arrive.
    pub(super) fn close(&mut self, place: usize, session: SessionId, link: usize, reason: &str) {
        self.tell(|shape| format!("{} ends the connection: {reason}", shape.name(place)));
        if let Some(end) = self.machines[place].sessions.get_mut(&session) {
            end.closed = true;
        }
        if let Some(number) = self.links[link].connection.as_ref().map(|connection| connection.number) {
            self.queue.push(self.now + 1_000, Event::Break { link, connection: number });
        }
    }

    pub(super) fn send(
        &mut self,
        place: usize,
        link: usize,
        end: usize,
        class: Class,
        mut frame: Vec<u8>,
    ) -> Result<(), Violation> {
        if self.plan.lying == Some(place) {
            if self.random.chance(20) {
                self.counts.fault("withheld frame");
                return Ok(());
            }
            if self.random.chance(20) && !frame.is_empty() {
                let at = self.random.index(frame.len());
                frame[at] ^= 1 << self.random.below(8);
                self.counts.fault("altered frame");
            }
        } else if let Ok(Message::Receipt(receipt)) = message_if_short(self.network, &frame)
            && receipt.signer == self.shape.places[place].identity.key.public()
            && self.plan.liar != Some(place)
        {
            self.oracle.receipt(place, &receipt, self.machines[place].after_power_cut()?)?;
        }
        self.put_on_line(link, end, class, frame);
        Ok(())
    }

    /// Gives a frame to the line.
    pub(crate) fn put_on_line(&mut self, link: usize, end: usize, class: Class, frame: Vec<u8>) {
        let Some(number) = self.links[link].connection.as_ref().map(|connection| connection.number) else {
            return;
        };
        let times = self.links[link].carry(end, class, frame.len(), self.now, &mut self.random);
        match times.len() {
            0 => self.counts.fault("frame lost"),
            1 => {}
            _ => self.counts.fault("frame doubled"),
        }
        for at in times {
            let (end, frame) = (1 - end, frame.clone());
            self.queue.push(at, Event::Arrive { link, connection: number, end, frame });
        }
    }
}

/// A receipt is a short frame; long ones are not unpacked for nothing.
fn message_if_short(network: NetworkId, frame: &[u8]) -> Result<Message, fengsui_wire::MessageError> {
    let receipt = frame.len() == fengsui_wire::RECEIPT_BYTES + 1;
    Message::from_bytes(network, if receipt { frame } else { &[] }, limits::BATCH_BYTES_MAX)
}
