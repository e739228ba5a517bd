//! How it lives: everything that node and hub share around the protocol.
//!
//! | file | holds |
//! |---|---|
//! | `station` | store, registry and own log under one owner; no sockets |
//! | `index`, `reading`, `reckon` | which reports are held, which count, and what they add up to |
//! | `receipted` | when a hub had received what a bundle holds, by its receipts |
//! | `seen` | what a question sees: all that is held, or what had come by a moment |
//! | `topic` | a form with an event or month: what reports are about |
//! | `severe` | events that two levels must know at once |
//! | `submit` | from what is typed to a checked, signed report; the own reports |
//! | `owed` | what a station owes now: the next report, the verified one, what came back |
//! | `reviews` | whose word on a report is in effect, persons' signatures |
//! | `course` | which events are one disaster, and which are stable |
//! | `submissions` | what counties and cities state upward, and whether it adds up |
//! | `standards` | which standards are in force, and what is said of them |
//! | `worker` | the one thread that owns the station |
//! | `session`, `uplink`, `downlink` | drive the protocol over QUIC |
//! | `links`, `presence` | who is connected here, and below the hubs below |
//! | `clock` | the time of this machine |
//! | `config`, `home` | what a station's directory holds |
//! | `control` | how the command line talks to the running daemon |
//! | `records` | targets, inspections, consultations: what an office signs beside the reports |
//! | `views` | entries, totals and status as people and programs see them |
//! | `commands`, `print` | the commands that node and hub share, and how they read |
//! | `person` | a person's key file, and what is signed with it |
//! | `operations`, `doctor` | the commands of whoever looks after the machine |
//! | `verify` | the scrub, and the proof of a bundle |
//! | `bundle` | export and import on a stick |
//! | `meter`, `web`, `notify` | what a running station tells monitors and systemd |
//! | `enrol` | join codes: the hub's door, the joining side, revocation |
//! | `rotate` | a new key for the same station |
//! | `run` | start, drain, exit |
//!
//! Absent on purpose: anything that only a node or only a hub does.

pub mod bundle;
pub mod clock;
pub mod commands;
pub mod config;
pub mod control;
pub mod course;
pub mod doctor;
pub mod downlink;
pub mod enrol;
pub mod failure;
#[cfg(test)]
mod ground;
pub mod home;
pub mod index;
pub mod links;
pub mod meter;
pub mod notify;
pub mod operations;
pub mod owed;
pub mod person;
pub mod presence;
pub mod print;
pub mod reading;
pub mod receipted;
pub mod reckon;
pub mod records;
pub mod reviews;
pub mod rotate;
pub mod run;
pub mod seen;
pub mod session;
pub mod severe;
pub mod standards;
pub mod station;
pub mod submissions;
pub mod submit;
pub mod topic;
pub mod uplink;
pub mod verify;
pub mod views;
pub mod web;
pub mod worker;
