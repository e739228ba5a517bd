//! What happens, in order of simulated time.

use std::collections::BTreeMap;

use fengsui_daemon::station::SessionId;

/// Something that is due.
#[derive(Debug)]
pub enum Event {
    /// A child tries to connect.
    Dial {
        /// On which line.
        link: usize,
    },
    /// A frame arrives.
    Arrive {
        /// On which line.
        link: usize,
        /// On which connection of it.
        connection: u64,
        /// At which end.
        end: usize,
        /// Its bytes.
        frame: Vec<u8>,
    },
    /// A connection ends.
    Break {
        /// On which line.
        link: usize,
        /// Which connection.
        connection: u64,
    },
    /// A station's disk is ready for the next commit.
    Commit {
        /// Where.
        place: usize,
        /// Of which run of the station.
        boot: u64,
    },
    /// A station tells what it has only read.
    Told {
        /// Where.
        place: usize,
        /// In which run of the station.
        boot: u64,
    },
    /// A session may have a deadline.
    Deadline {
        /// Where.
        place: usize,
        /// Whose.
        session: SessionId,
    },
    /// A station is switched on.
    Start {
        /// Where.
        place: usize,
    },
    /// The operator of a hub looks whether its children are appointed.
    Enrol {
        /// Where.
        place: usize,
    },
    /// The next piece of workload or the next fault.
    Step,
}

/// Events by time; those of one moment in the order in which they were made.
#[derive(Debug, Default)]
pub struct Queue {
    events: BTreeMap<(u64, u64), Event>,
    made: u64,
}

impl Queue {
    /// Adds an event at `at` milliseconds.
    pub fn push(&mut self, at: u64, event: Event) {
        self.made += 1;
        self.events.insert((at, self.made), event);
    }

    /// Takes the next event that is due at `until` or earlier.
    pub fn pop(&mut self, until: u64) -> Option<(u64, Event)> {
        let (at, _) = *self.events.first_key_value()?.0;
        if at > until {
            return None;
        }
        self.events.pop_first().map(|((at, _), event)| (at, event))
    }
}
