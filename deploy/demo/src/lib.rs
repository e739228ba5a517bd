//! The demonstration as a library: the program tells its stories, and the benchmarks measure the same network.
//!
//! | file | holds |
//! |---|---|
//! | `cluster` | a station as a process |
//! | `crowd` | many stations in one process |
//! | `plan` | who is where in Jilin |
//! | `tree` | the whole province as a network that runs |
//! | `flood`, `province` | the two stories, told by `show` and `progress` over `line` |

pub mod cluster;
pub mod crowd;
pub mod flood;
pub mod line;
pub mod plan;
pub mod progress;
pub mod province;
pub mod show;
pub mod tree;
