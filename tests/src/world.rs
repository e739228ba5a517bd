//! The world: all stations and lines of one seed, and the loop that lets one thing happen after another.

use std::collections::BTreeSet;

use fengsui_daemon::station::{Delivery, SessionId, Station, StationError, Work};
use fengsui_protocol::{Class, Input, Output, Side};
use fengsui_store::Source;
use fengsui_wire::{Appointment, Message, NetworkId, limits};

use crate::alarm::Alarms;
use crate::event::{Event, Queue};
use crate::machine::{End, Machine};
use crate::network::{CHILD, Link, PARENT};
use crate::oracle::Oracle;
use crate::random::Random;
use crate::shape::Shape;
use crate::step::Plan;
use crate::story::{Counts, Story, Violation};

/// Steps of workload and faults in a run, unless another number is asked for.
pub const STEPS: u64 = 150;

/// How long everything may take to arrive after the last fault: the slowest line, and a few rounds of heads.
const HEALING_MS: u64 = 40 * 60 * 1_000;
/// How often it is looked whether everything has arrived.
const LOOK_MS: u64 = 20_000;
/// How long nothing should happen afterwards.
const IDLE_MS: u64 = 10 * 60 * 1_000;
/// Frames that an idle line may carry in that time: two beats a minute from each end, and a few answers.
const IDLE_FRAMES_MAX: u64 = 60;
/// How often a hub's operator looks for children without appointment.
const ENROL_MS: u64 = 30_000;

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What happened, in numbers.
    pub counts: Counts,
    /// The same for every run of one seed.
    pub digest: u64,
    /// What was wrong; `None`: nothing.
    pub failure: Option<Failure>,
}

/// What was wrong in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which rule does not hold.
    pub violation: Violation,
    /// After which event.
    pub event: u64,
    /// Everything that happened before, one line each; kept by [`replay`] only.
    pub story: Vec<String>,
}

/// Runs one seed with `steps` steps of workload and faults.
pub fn run(seed: u64, steps: u64) -> Outcome {
    begin(seed, steps, false)
}

/// As [`run`], and keeps the story of a failure.
pub fn replay(seed: u64, steps: u64) -> Outcome {
    begin(seed, steps, true)
}

fn begin(seed: u64, steps: u64, told: bool) -> Outcome {
    let alarms = Alarms::default();
    let mut world = World::new(seed, steps, told, alarms.clone());
    let result = tracing::subscriber::with_default(alarms, || world.live());
    world.counts.simulated_ms = world.now;
    world.counts.entries = world.oracle.entries;
    (world.counts.receipts, world.counts.receipted) = world.oracle.promised();
    world.counts.receipted_lost = world.oracle.lost().count() as u64;
    let (digest, event) = (world.story.digest(), world.counts.events);
    let story = world.story.into_lines();
    let failure = result.err().map(|violation| Failure { violation, event, story });
    Outcome { counts: world.counts, digest, failure }
}

/// Everything there is.
pub(crate) struct World {
    pub(crate) random: Random,
    pub(crate) shape: Shape,
    pub(crate) plan: Plan,
    pub(crate) machines: Vec<Machine>,
    pub(crate) links: Vec<Link>,
    pub(crate) queue: Queue,
    /// Steady time, milliseconds.
    pub(crate) now: u64,
    pub(crate) oracle: Oracle,
    pub(crate) story: Story,
    pub(crate) counts: Counts,
    /// Places that were put back and are not on again yet.
    pub(crate) putting_back: BTreeSet<usize>,
    alarms: Alarms,
    network: NetworkId,
    /// Sessions and connections made so far.
    made: u64,
}

impl World {
    fn new(seed: u64, steps: u64, told: bool, alarms: Alarms) -> Self {
        let mut random = Random::new(seed);
        let shape = Shape::draw(&mut random);
        let plan = Plan::draw(&shape, steps, &mut random);
        let links = (1..shape.places.len()).filter_map(|child| Some((child, shape.places[child].parent?)));
        let links = links.map(|(child, parent)| Link::draw(child, parent, &mut random)).collect();
        Self {
            machines: shape.places.iter().map(|_| Machine::new(&mut random)).collect(),
            oracle: Oracle::new(shape.clone(), plan.liar),
            network: NetworkId::of_root(&shape.places[0].identity.root),
            links,
            plan,
            shape,
            random,
            queue: Queue::default(),
            now: 0,
            story: Story::new(told),
            counts: Counts::default(),
            putting_back: BTreeSet::new(),
            alarms,
            made: 0,
        }
    }

    /// From the first start to the last silence.
    fn live(&mut self) -> Result<(), Violation> {
        for place in 0..self.shape.places.len() {
            let at = self.random.between(0, 60_000);
            self.queue.push(at, Event::Start { place });
            if !self.shape.children(place).is_empty() {
                self.queue.push(at + ENROL_MS, Event::Enrol { place });
            }
        }
        (0..self.links.len()).for_each(|link| self.queue.push(1_000, Event::Dial { link }));
        self.queue.push(30_000, Event::Step);
        while self.plan.left > 0 {
            self.next(u64::MAX)?;
        }
        self.heal();
        self.settle()?;
        self.idle()
    }

    /// Lets everything happen that is due by `until`.
    fn pass(&mut self, until: u64) -> Result<(), Violation> {
        while self.next(until)? {}
        self.now = until;
        Ok(())
    }

    fn settle(&mut self) -> Result<(), Violation> {
        let begin = self.now;
        let mut missing = String::new();
        while self.now < begin + HEALING_MS {
            self.pass(self.now + LOOK_MS)?;
            match self.missing()? {
                Some(words) => missing = words,
                None => return self.audit(),
            }
        }
        let minutes = HEALING_MS / 60_000;
        Err(Violation(format!(
            "{minutes} minutes after the last fault, not everything has arrived: {missing}"
        )))
    }

    /// Nothing more to say, so little is said.
    fn idle(&mut self) -> Result<(), Violation> {
        let before: Vec<u64> = self.links.iter().map(|link| link.frames).collect();
        self.pass(self.now + IDLE_MS)?;
        for (link, before) in self.links.iter().zip(before) {
            let frames = link.frames - before;
            let liar = self.plan.liar.is_some_and(|liar| link.ends.contains(&liar));
            if frames > IDLE_FRAMES_MAX && !liar {
                let (child, parent) = (self.shape.name(link.ends[CHILD]), self.shape.name(link.ends[PARENT]));
                return Err(Violation(format!(
                    "{child} and {parent} have nothing to say and say it {frames} times"
                )));
            }
        }
        self.audit()?;
        match self.missing()? {
            Some(missing) => Err(Violation(format!("what had arrived is missing again: {missing}"))),
            None => Ok(()),
        }
    }

    fn missing(&self) -> Result<Option<String>, Violation> {
        self.oracle.arrived(&self.running())
    }

    /// Every slow check.
    pub(crate) fn audit(&mut self) -> Result<(), Violation> {
        self.oracle.audit(&self.running())
    }

    fn running(&self) -> Vec<(usize, &Station)> {
        let machines = self.machines.iter().enumerate();
        machines.filter_map(|(place, machine)| Some((place, machine.station.as_ref()?))).collect()
    }

    fn next(&mut self, until: u64) -> Result<bool, Violation> {
        let Some((at, event)) = self.queue.pop(until) else { return Ok(false) };
        self.now = at;
        self.counts.events += 1;
        self.story.mix_number(at);
        match event {
            Event::Dial { link } => self.dial(link)?,
            Event::Arrive { link, connection, end, frame } => self.arrive(link, connection, end, frame)?,
            Event::Break { link, connection } => self.break_off(link, connection),
            Event::Commit { place, boot } => self.commit(place, boot)?,
            Event::Deadline { place, session } => self.deadline(place, session)?,
            Event::Start { place } => self.start(place)?,
            Event::Enrol { place } => self.enrol(place)?,
            Event::Step => self.step()?,
        }
        Ok(true)
    }

    pub(crate) fn tell(&mut self, words: impl FnOnce(&Shape) -> String) {
        let shape = &self.shape;
        self.story.tell(self.now, || words(shape));
    }

    fn check_alarms(&mut self, place: usize) -> Result<(), Violation> {
        self.alarms.take().iter().try_for_each(|line| self.oracle.alarm(place, line))
    }

    fn start(&mut self, place: usize) -> Result<(), Violation> {
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

    fn lose_engine(&mut self, place: usize) {
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

    fn drop_connections(&mut self, place: usize) {
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

    fn dial(&mut self, link: usize) -> Result<(), Violation> {
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

    fn arrive(&mut self, link: usize, number: u64, end: usize, frame: Vec<u8>) -> Result<(), Violation> {
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

    fn deadline(&mut self, place: usize, session: SessionId) -> Result<(), Violation> {
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

    fn arm(&mut self, place: usize, session: SessionId) {
        let Some(end) = self.machines[place].sessions.get_mut(&session) else { return };
        // A deadline in the past would be asked about for ever: time goes on by a millisecond at least.
        let at = end.session.next_deadline().max(self.now + 1);
        if at < end.armed && at != u64::MAX {
            end.armed = at;
            self.queue.push(at, Event::Deadline { place, session });
        }
    }

    /// Gives a session an input and does what it asks for.
    fn feed(&mut self, place: usize, session: SessionId, input: Input) -> Result<(), Violation> {
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
                Output::Greeted { .. } => continue,
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

    /// Ends a connection from one side, with time for the goodbye to arrive.
    fn close(&mut self, place: usize, session: SessionId, link: usize, reason: &str) {
        self.tell(|shape| format!("{} ends the connection: {reason}", shape.name(place)));
        if let Some(end) = self.machines[place].sessions.get_mut(&session) {
            end.closed = true;
        }
        if let Some(number) = self.links[link].connection.as_ref().map(|connection| connection.number) {
            self.queue.push(self.now + 1_000, Event::Break { link, connection: number });
        }
    }

    fn take(&mut self, place: usize, work: Work) -> Result<(), Violation> {
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
        self.due(place);
        Ok(())
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

    fn commit(&mut self, place: usize, boot: u64) -> Result<(), Violation> {
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

    fn send(
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

    /// The operator of a hub appoints whoever is still to be appointed. What cannot be done yet is tried again later.
    fn enrol(&mut self, place: usize) -> Result<(), Violation> {
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

    /// No more faults: every line is whole, every machine on, every liar silent.
    fn heal(&mut self) {
        self.tell(|_| "all faults end".into());
        // Who was caught lying is not heard again on the same connection: the repaired machine is switched on anew.
        if let Some(liar) = self.plan.lying.take() {
            self.drop_connections(liar);
        }
        for link in 0..self.links.len() {
            self.links[link].heal();
        }
        for place in 0..self.machines.len() {
            self.machines[place].disk.mend();
            if self.machines[place].station.is_none() {
                self.queue.push(self.now + 1, Event::Start { place });
            }
        }
    }
}

/// A receipt is a short frame; long ones are not unpacked for nothing.
fn message_if_short(network: NetworkId, frame: &[u8]) -> Result<Message, fengsui_wire::MessageError> {
    let receipt = frame.len() == fengsui_wire::RECEIPT_BYTES + 1;
    Message::from_bytes(network, if receipt { frame } else { &[] }, limits::BATCH_BYTES_MAX)
}
