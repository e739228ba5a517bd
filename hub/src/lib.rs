//! The hub: county, city or province by configuration. It receives, verifies, totals, appoints and answers.
//!
//! | file | holds |
//! |---|---|
//! | `about` | what a question is about: event or period, form |
//! | `catalogue` | the forms: issued, listed, written out |
//! | `as_of` | the moment as of which it is asked |
//! | `clean` | review in one step of all reports in which nothing was found |
//! | `cli` | the command line |
//! | `hub` | what the hub answers: appoint, total, directory |
//! | `file_for` | reports for divisions that are cut off |
//! | `funds` | money and goods from level to level |
//! | `target` | targets: set, and listed beside what was reported |
//! | `inspect` | inspections and consultations |
//! | `event` | events: which are one, which are stable, who owes a word |
//! | `person` | keys of reviewers and heads |
//! | `review` | reviews: what waits, accept, return, correct, undo |
//! | `submission` | this level's statement to the one above, and those from below |
//! | `directory` | tables of divisions from a file |
//! | `standard` | standards: issued, adopted, asked for |
//! | `enrol` | invite, invites, enroll, revoke |
//! | `qr` | a join code as a picture |
//! | `print` | how that reads on a terminal |
//!
//! Absent on purpose: levels. What differs between county, city and province is in the directory, not in `if` chains.

/// A station's thread frees what session threads have allocated, tens of thousands of times a second on a busy hub: the
/// system's allocator spends a third of that thread on it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub mod about;
mod as_of;
pub mod catalogue;
pub mod clean;
pub mod cli;
mod directory;
mod enrol;
pub mod event;
mod file_for;
pub mod funds;
pub mod hub;
pub mod inspect;
pub mod person;
mod print;
mod qr;
pub mod review;
pub mod standard;
pub mod submission;
pub mod target;
