//! The township station: it takes what the clerk types, signs it, keeps it, and passes it on.
//!
//! | file | holds |
//! |---|---|
//! | `cli` | the command line |
//! | `intake` | from what is typed to a checked, signed report |
//! | `node` | what the station answers: submit, list |
//! | `standards` | the standards that have come down |
//! | `print` | how that reads on a terminal |
//!
//! Absent on purpose: everything that a hub does too; that is in `fengsui-daemon`.

pub mod cli;
pub mod intake;
pub mod node;
mod print;
mod standards;
