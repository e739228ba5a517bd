//! The seeded world: every station of a small province, its disks, its lines and its liars, driven by one number.
//!
//! The stations are the real ones ([`fengsui_daemon::station::Station`] over [`fengsui_store::Store`], joined by
//! [`fengsui_protocol::Session`]s); what is simulated is only what lies below and between them. There are no threads and
//! no real time, so a seed that fails once fails always.
//!
//! | file | holds |
//! |---|---|
//! | `world` | the loop: one event after another; `world/stations`, `world/lines`: what each does |
//! | `step` | workload and faults, drawn from the seed |
//! | `event` | what is due, by time |
//! | `shape` | who there is |
//! | `machine`, `disk`, `engine` | one station, what a power cut leaves of it, and its index |
//! | `network`, `clock` | lines and times |
//! | `workload`, `lies` | what clerks write, and what liars send |
//! | `oracle` | what should be true |
//! | `alarm`, `story` | ERROR lines; the course of a run, its counts, what went wrong |
//!
//! Not simulated: the real engine and the real connections (their crates test those), revocation, and two rolled-back
//! disks one above the other.

mod alarm;
mod clock;
mod disk;
mod engine;
mod event;
mod lies;
mod machine;
mod network;
mod oracle;
mod random;
mod shape;
mod step;
mod story;
mod workload;
mod world;

pub use story::{Counts, Violation};
pub use world::{Failure, Outcome, STEPS, replay, run};
