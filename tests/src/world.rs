//! The world: all stations and lines of one seed, and the loop that lets one thing happen after another.

mod lines;
mod offices;
mod stations;

use std::collections::BTreeSet;

use fengsui_daemon::station::Station;
use fengsui_wire::NetworkId;

use crate::alarm::Alarms;
use crate::event::{Event, Queue};
use crate::machine::Machine;
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
/// Frames that an idle line may carry in that time: two beats a minute from each end make 40, and what was just said
/// may be said once more. Two ends that misunderstand each other need 120 or more.
const IDLE_FRAMES_MAX: u64 = 80;
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
            Event::Told { place, boot } => self.told(place, boot)?,
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
