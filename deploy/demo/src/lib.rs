//! The demonstration as a library: the program tells its stories, and the benchmarks measure the same network.
//!
//! | file | holds |
//! |---|---|
//! | `cluster` | a station as a process |
//! | `crowd` | many stations in one process |
//! | `plan` | who is where in Jilin |
//! | `tree` | the whole province as a network that runs |
//! | `network` | two cities, two counties and their stations, a process each, over a `line` |
//! | `story`, with `flood` and `aid` | the story of those |
//! | `province` | the story of the whole province |
//! | `show`, `progress` | how a story reads on a terminal |

pub mod aid;
pub mod cluster;
pub mod crowd;
pub mod flood;
pub mod line;
pub mod network;
pub mod plan;
pub mod progress;
pub mod province;
pub mod show;
pub mod story;
pub mod tree;
