//! One step of workload or fault after another, drawn from the seed.

use std::collections::BTreeSet;

use fengsui_daemon::station::Writing;
use fengsui_model::Level;
use fengsui_protocol::Class;
use fengsui_wire::{Flags, Hash, Kind, Lane, directory_body};

use crate::clock;
use crate::event::Event;
use crate::lies::Lie;
use crate::oracle::Said;
use crate::random::Random;
use crate::shape::Shape;
use crate::story::Violation;
use crate::workload;
use crate::world::World;

/// Longest pause between two steps, milliseconds.
const PAUSE_MS_MAX: u64 = 20_000;
/// Longest cut of a line, milliseconds: longer than any patience of the protocol.
const CUT_MS_MAX: u64 = 5 * 60 * 1_000;
/// After so long without a word the connection below gives up.
const DEAF_MS: u64 = 30_000;
/// How often, in steps, everything is audited.
const AUDIT_STEPS: u64 = 15;
/// Copies kept of one disk.
const BACKUPS_MAX: usize = 2;

/// What a seed has in store.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Steps still to come.
    pub(crate) left: u64,
    /// Who lies at some time in this world; its own log is worth nothing.
    pub(crate) liar: Option<usize>,
    /// Who lies now.
    pub(crate) lying: Option<usize>,
    /// Whose disks may be put back: none of them is above another, or above or below a liar.
    victims: BTreeSet<usize>,
    crashes: bool,
    lines: bool,
}

impl Plan {
    pub(crate) fn draw(shape: &Shape, left: u64, random: &mut Random) -> Self {
        let count = shape.places.len();
        let hubs: Vec<usize> = (1..count).filter(|place| !shape.children(*place).is_empty()).collect();
        let liar = match random.below(10) {
            0 | 1 => random.pick(&shape.nodes()).copied(),
            2 => random.pick(&hubs).copied(),
            _ => None,
        };
        let mut victims = BTreeSet::new();
        for _ in 0..random.below(3) {
            let place = random.index(count);
            let related = |other: &usize| shape.is_within(place, *other) || shape.is_within(*other, place);
            if !victims.iter().chain(&liar).any(related) {
                victims.insert(place);
            }
        }
        Self { left, liar, lying: liar, victims, crashes: random.chance(750), lines: random.chance(750) }
    }
}

impl World {
    /// Does the next thing, and plans the one after it.
    pub(crate) fn step(&mut self) -> Result<(), Violation> {
        self.plan.left = self.plan.left.saturating_sub(1);
        let pause = if self.random.chance(300) { 200 } else { PAUSE_MS_MAX };
        let at = self.now + self.random.between(1, pause);
        if self.plan.left > 0 {
            self.queue.push(at, Event::Step);
        }
        let place = self.random.index(self.machines.len());
        let link = self.random.index(self.links.len());
        match self.random.below(100) {
            0..34 => self.report()?,
            34..46 => self.review()?,
            46..50 => self.withdraw()?,
            50..53 => self.fill(place)?,
            53..55 => self.next_directory()?,
            55..61 if self.plan.crashes => self.power_cut(place),
            61..67 if self.plan.crashes => self.disk_fault(place),
            67..70 => self.machines[place].engine_before = self.machines[place].engine.copy(),
            70..76 if self.plan.lines => self.break_line(link),
            76..81 if self.plan.lines => self.cut_line(link),
            81..84 => self.turn_clock(place),
            84..88 => self.back_up(),
            88..93 => self.put_back(),
            93..100 => self.lie(),
            _ => {}
        }
        if self.plan.left.is_multiple_of(AUDIT_STEPS) { self.audit() } else { Ok(()) }
    }

    fn report(&mut self) -> Result<(), Violation> {
        let Some(place) = self.random.pick(&self.shape.nodes()).copied() else { return Ok(()) };
        let Some(county) = self.shape.county(place) else { return Ok(()) };
        let events: Vec<_> =
            self.shape.events().into_iter().filter(|event| event.county() == county).collect();
        let Some(event) = self.random.pick(&events).copied() else { return Ok(()) };
        // A liar also reports for its neighbour, which nobody may count.
        let lies = self.plan.lying == Some(place) && self.random.chance(400);
        let about =
            if lies { self.random.pick(&self.shape.nodes()).copied().unwrap_or(place) } else { place };
        let division = self.shape.places[about].identity.division;
        let machine = &mut self.machines[place];
        let now = machine.now(self.now);
        let Some(station) = &mut machine.station else { return Ok(()) };
        let draft = workload::draft(station, division, event, &mut self.random);
        let draft = draft.map_err(|error| Violation(format!("a node cannot read its reports: {error}")))?;
        let (report, writing) = (&draft.report, workload::writing(&draft.report));
        let body = Hash::of(&writing.body);
        if let Err(error) = station.write(writing, now) {
            return self.stopped(place, &error);
        }
        let said = Said {
            division,
            event,
            revision: report.revision,
            figures: report.figures.clone(),
            sound: draft.sound && about == place,
            saved: false,
            lost: false,
        };
        self.oracle.signed(place, body, said);
        let revision = report.revision;
        self.tell(|shape| {
            format!("{} signs revision {revision} of its report on {event}", shape.name(place))
        });
        self.due(place);
        Ok(())
    }

    fn fill(&mut self, place: usize) -> Result<(), Violation> {
        let below: Vec<usize> =
            (0..self.machines.len()).filter(|below| self.shape.is_within(*below, place)).collect();
        let to = self.random.pick(&below).filter(|_| self.shape.places[place].level != Level::Township);
        let to = to.map(|place| self.shape.places[*place].identity.division);
        let writing = workload::filler(to, &mut self.random);
        let now = self.machines[place].now(self.now);
        let Some(station) = &mut self.machines[place].station else { return Ok(()) };
        if let Err(error) = station.write(writing, now) {
            return self.stopped(place, &error);
        }
        self.tell(|shape| format!("{} writes something for others", shape.name(place)));
        self.due(place);
        Ok(())
    }

    fn next_directory(&mut self) -> Result<(), Violation> {
        let Some(station) = &self.machines[0].station else { return Ok(()) };
        let version = station.registry().directory_version();
        if version > 1 && self.random.chance(500) {
            return self.repeat_directory(version - 1);
        }
        self.issue(version + 1)
    }

    /// The root's key signs an old directory again: a replay, or an operator's mistake. Nobody may go back to it.
    fn repeat_directory(&mut self, version: u32) -> Result<(), Violation> {
        let (now, directory) = (self.machines[0].now(self.now), self.shape.directory(version));
        let addressee = Some(directory.root().code);
        let Some(station) = &mut self.machines[0].station else { return Ok(()) };
        let writing = Writing {
            kind: Kind::Directory,
            lane: Lane::Urgent,
            flags: Flags::default(),
            reach: Level::Province,
            addressee,
            body: directory_body(&directory),
        };
        if let Err(error) = station.write(writing, now) {
            return self.stopped(0, &error);
        }
        self.counts.fault("old directory");
        self.tell(|_| format!("the root signs the old directory {version} again"));
        self.due(0);
        Ok(())
    }

    fn power_cut(&mut self, place: usize) {
        if self.machines[place].station.is_some() {
            self.counts.fault("power cut");
            self.crash(place, "a power cut");
        }
    }

    /// The disk fails at one of its next operations: within a commit, or between two.
    fn disk_fault(&mut self, place: usize) {
        if self.machines[place].station.is_some() {
            let more = self.random.below(4) as u32;
            self.machines[place].disk.fail_after(more);
            self.tell(|shape| format!("the disk of {} is about to fail", shape.name(place)));
        }
    }

    fn break_line(&mut self, link: usize) {
        if let Some(number) = self.links[link].connection.as_ref().map(|connection| connection.number) {
            self.counts.fault("connection broken");
            self.break_off(link, number);
        }
    }

    /// Cuts a line one way, or both; the connection notices later.
    fn cut_line(&mut self, link: usize) {
        let until = self.now + self.random.between(1_000, CUT_MS_MAX);
        let both = self.random.chance(500);
        let end = self.random.index(2);
        self.links[link].cut_until[end] = until;
        if both {
            self.links[link].cut_until[1 - end] = until;
        }
        self.counts.fault(if both { "partition" } else { "one-way cut" });
        let ends = self.links[link].ends;
        self.tell(|shape| {
            format!("the line between {} and {} is cut", shape.name(ends[0]), shape.name(ends[1]))
        });
        if until > self.now + DEAF_MS
            && let Some(number) = self.links[link].connection.as_ref().map(|connection| connection.number)
        {
            self.queue.push(self.now + DEAF_MS, Event::Break { link, connection: number });
        }
    }

    fn turn_clock(&mut self, place: usize) {
        let skew = self.random.below(clock::SKEW_MS_MAX).cast_signed();
        self.machines[place].skew_ms = if self.random.chance(500) { skew } else { -skew };
        self.counts.fault("clock jump");
        self.tell(|shape| format!("the clock of {} jumps", shape.name(place)));
    }

    fn back_up(&mut self) {
        for place in self.plan.victims.clone() {
            let machine = &mut self.machines[place];
            if machine.station.is_some() && machine.backups.len() < BACKUPS_MAX {
                machine.back_up(self.now);
                self.tell(|shape| format!("the disk of {} is copied", shape.name(place)));
            }
        }
    }

    /// Puts an old copy of a disk back in its place.
    fn put_back(&mut self) {
        let victims: Vec<usize> = self.plan.victims.iter().copied().collect();
        let Some(place) = self.random.pick(&victims).copied() else { return };
        let index = self.random.index(self.machines[place].backups.len());
        let machine = &mut self.machines[place];
        if machine.station.is_none() || machine.backups.is_empty() {
            return;
        }
        let backup = machine.backups.remove(index);
        let old_s = (self.now - backup.at_ms) / 1_000;
        let keeps_engine = self.random.chance(500);
        self.counts.fault("old image");
        self.crash(place, "somebody changes its disk");
        self.machines[place].restore(&backup, keeps_engine);
        self.putting_back.insert(place);
        self.tell(|shape| format!("the disk of {} is what it was {old_s} s ago", shape.name(place)));
    }

    fn lie(&mut self) {
        let Some(place) = self.plan.lying else { return };
        let is_hub = !self.shape.children(place).is_empty();
        let (lies, end) = match is_hub && self.random.chance(700) {
            true => (&Lie::HUB[..], 1),
            false => (&Lie::CHILD[..], 0),
        };
        let lines: Vec<usize> =
            (0..self.links.len()).filter(|link| self.links[*link].ends[end] == place).collect();
        let (Some(lie), Some(link)) = (self.random.pick(lies).copied(), self.random.pick(&lines).copied())
        else {
            return;
        };
        let victim = match end {
            1 => self.links[link].ends[0],
            _ => self.random.index(self.machines.len()),
        };
        let (Some(liar), Some(victim)) = (&self.machines[place].station, &self.machines[victim].station)
        else {
            return;
        };
        let frame = lie.frame(liar, victim, &mut self.random);
        self.counts.fault(if is_hub { "lie of a hub" } else { "lie of a child" });
        self.tell(|shape| format!("{} lies: {lie:?}", shape.name(place)));
        self.put_on_line(link, end, Class::Urgent, frame);
    }
}
