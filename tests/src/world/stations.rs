//! What happens at stations: starts and power cuts, sessions that ask for work, commits, and what operators do.

use fengsui_daemon::station::{Delivery, SessionId, Station, StationError, Work};
use fengsui_protocol::{Input, Output};
use fengsui_store::Source;
use fengsui_wire::Appointment;

use super::{ENROL_MS, World};
use crate::event::Event;
use crate::story::Violation;

impl World {
    pub(super) fn start(&mut self, place: usize) -> Result<(), Violation> {
        if self.machines[place].station.is_some() {
            return Ok(());
        }
        let identity = self.shape.places[place].identity.clone();
        self.machines[place].start(&identity, self.now, &mut self.random)?;
        self.tell(|shape| format!("{} is switched on", shape.name(place)));
        let Some(station) = &self.machines[place].station else { return Ok(()) };
        match self.putting_back.remove(&place) {
            true => self.oracle.put_back(place, station)?,
            false => self.oracle.observe(place, station)?,
        }
        self.check_alarms(place)?;
        self.due(place);
        Ok(())
    }

    /// Cuts the power of a station; it comes back after a while.
    pub(crate) fn crash(&mut self, place: usize, why: &str) {
        self.tell(|shape| format!("{} loses power: {why}", shape.name(place)));
        self.machines[place].stop(&mut self.random);
        self.lose_engine(place);
        self.drop_connections(place);
        let at = self.now + self.random.between(500, 180_000);
        self.queue.push(at, Event::Start { place });
    }

    /// A station has ended itself. Its disk must have given it the reason.
    pub(crate) fn stopped(&mut self, place: usize, error: &StationError) -> Result<(), Violation> {
        if !self.machines[place].disk.has_failed() {
            return Err(Violation(format!("{} stops over a sound disk: {error}", self.shape.name(place))));
        }
        self.counts.fault("disk failed");
        self.crash(place, "its disk has failed");
        self.check_alarms(place)
    }

    pub(super) fn lose_engine(&mut self, place: usize) {
        let machine = &mut self.machines[place];
        match self.random.below(10) {
            0 => {
                machine.engine.replace(fengsui_store::Memory::new());
                self.counts.fault("engine lost");
            }
            1 | 2 => {
                machine.engine.replace(machine.engine_before.clone());
                self.counts.fault("engine behind");
            }
            _ => {}
        }
        self.machines[place].engine_before = self.machines[place].engine.copy();
    }

    /// Gives a session an input and does what it asks for.
    pub(super) fn feed(&mut self, place: usize, session: SessionId, input: Input) -> Result<(), Violation> {
        let now = self.machines[place].now(self.now);
        let Some(end) = self.machines[place].sessions.get_mut(&session).filter(|end| !end.closed) else {
            return Ok(());
        };
        let (outputs, link, side) = (end.session.handle(now, input), end.link, end.end);
        let peer = self.links[link].ends[1 - side];
        let source = Source::Peer(self.shape.places[peer].identity.key.public());
        for output in outputs {
            let work = match output {
                Output::Send(class, frame) => {
                    self.send(place, link, side, class, frame)?;
                    continue;
                }
                // Shown to people, and no part of what the oracle knows: nothing durable follows from either.
                Output::Greeted { .. } | Output::Presence(_) => continue,
                Output::Close(reason) => {
                    self.close(place, session, link, &reason);
                    continue;
                }
                Output::Append { ticket, name, lane, entries } => {
                    Work::Append { session, ticket, name, lane, entries, source }
                }
                Output::Keep(receipt) => Work::Keep(receipt),
                Output::Load(load) => Work::Load(session, load),
                Output::LoadReceipts { ticket, log, lane, signer, from } => {
                    Work::LoadReceipts { session, ticket, log, lane, signer, from }
                }
                Output::Forked { name, theirs } => Work::Forked { name, theirs, source },
                Output::SetBack { theirs } => Work::SetBack { theirs, source },
                Output::Quarantine { reason, bytes } => Work::Quarantine { reason, bytes, source },
            };
            self.take(place, work)?;
        }
        self.arm(place, session);
        Ok(())
    }

    pub(super) fn take(&mut self, place: usize, work: Work) -> Result<(), Violation> {
        let now = self.machines[place].now(self.now);
        let Some(station) = &mut self.machines[place].station else { return Ok(()) };
        let before = station.own();
        let taken = station.take(work, now);
        if station.own() != before {
            self.counts.fault("new incarnation");
        }
        if let Err(error) = taken {
            self.stopped(place, &error)?;
        }
        self.check_alarms(place)?;
        self.queue.push(self.now, Event::Told { place, boot: self.machines[place].boot });
        self.due(place);
        Ok(())
    }

    /// What a station has only read goes to its sessions before the next commit, as in the daemon.
    pub(super) fn told(&mut self, place: usize, boot: u64) -> Result<(), Violation> {
        let machine = &mut self.machines[place];
        if machine.boot != boot {
            return Ok(());
        }
        let told = machine.station.as_mut().map(Station::told);
        self.deliver(place, told.unwrap_or_default())
    }

    /// The disk gets to the next commit after a while, as in the daemon, which gathers what comes meanwhile.
    pub(crate) fn due(&mut self, place: usize) {
        let boot = self.machines[place].boot;
        if self.machines[place].station.is_some()
            && !std::mem::replace(&mut self.machines[place].commit_due, true)
        {
            let at = self.now + self.random.between(1, 60);
            self.queue.push(at, Event::Commit { place, boot });
        }
    }

    pub(super) fn commit(&mut self, place: usize, boot: u64) -> Result<(), Violation> {
        let now = self.machines[place].now(self.now);
        let machine = &mut self.machines[place];
        if machine.boot != boot {
            return Ok(());
        }
        machine.commit_due = false;
        let Some(station) = &mut machine.station else { return Ok(()) };
        let deliveries = match station.commit(now) {
            Ok(deliveries) => deliveries,
            Err(error) => return self.stopped(place, &error),
        };
        self.oracle.observe(place, station)?;
        self.check_alarms(place)?;
        self.deliver(place, deliveries)
    }

    fn deliver(&mut self, place: usize, deliveries: Vec<Delivery>) -> Result<(), Violation> {
        for delivery in deliveries {
            match delivery {
                Delivery::To(session, input) => self.feed(place, session, input)?,
                Delivery::All(input) => {
                    let sessions: Vec<SessionId> = self.machines[place].sessions.keys().copied().collect();
                    sessions.into_iter().try_for_each(|session| self.feed(place, session, input.clone()))?;
                }
                Delivery::Restart => {
                    self.tell(|shape| format!("{} goes on in a new incarnation", shape.name(place)));
                    self.drop_connections(place);
                }
            }
        }
        Ok(())
    }

    /// The operator of a hub appoints whoever is still to be appointed. What cannot be done yet is tried again later.
    pub(super) fn enrol(&mut self, place: usize) -> Result<(), Violation> {
        self.queue.push(self.now + ENROL_MS, Event::Enrol { place });
        if place == 0 {
            self.issue(1)?;
        }
        let now = self.machines[place].now(self.now);
        for child in self.shape.children(place) {
            let Some(station) = &mut self.machines[place].station else { return Ok(()) };
            let at = &self.shape.places[child];
            let key = at.identity.key.public();
            if station.registry().standing(&key).is_some() {
                continue;
            }
            let appointment = Appointment {
                key,
                division: at.identity.division,
                role: at.role(),
                from_ms: now.wall_ms,
                until_ms: None,
                address: None,
                second_parent: None,
                post: None,
            };
            if station.appoint(&appointment, now).is_ok() {
                self.tell(|shape| format!("{} appoints {}", shape.name(place), shape.name(child)));
                self.due(place);
            }
        }
        Ok(())
    }

    /// The root issues directory `version`, if it is newer than the one in force.
    pub(crate) fn issue(&mut self, version: u32) -> Result<(), Violation> {
        let (now, directory) = (self.machines[0].now(self.now), self.shape.directory(version));
        let Some(station) = &mut self.machines[0].station else { return Ok(()) };
        if station.issue_directory(&directory, now).is_ok() {
            self.tell(|_| format!("the root issues directory {version}"));
            self.due(0);
        }
        Ok(())
    }
}
