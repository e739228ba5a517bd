//! The township station: it takes what the clerk types, signs it, keeps it, and passes it on.
//!
//! | file | holds |
//! |---|---|
//! | `cli` | the command line |
//! | `node` | what the station answers |
//! | `standards` | the standards that have come down |
//! | `print` | how the set-up reads on a terminal |
//!
//! Absent on purpose: everything that a hub does too; that is in `fengsui-daemon`.

pub mod cli;
pub mod node;
mod print;
mod standards;
