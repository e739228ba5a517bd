//! Where it is kept: the journal, and the engine that follows it.
//!
//! A [`Store`] takes [`Fact`]s. [`Store::stage`] checks one and puts it in line, [`Store::commit`] makes all that wait
//! durable with one `fdatasync` of the journal and then visible in the engine with one atomic batch. The journal is the
//! copy that counts; the engine (sled, or a map in memory) can be thrown away at any time and is then rebuilt from it.
//!
//! This is the only crate that knows sled. Absent on purpose: the network, clocks, tasks, and any notion of what a body
//! says: a [`Projector`] brings that.

mod block;
mod bytes;
mod disk;
mod engine;
mod error;
mod fact;
mod journal;
mod keyspace;
mod memory;
mod project;
mod report;
mod store;
mod stored;
mod supervised;
mod tree;
mod view;

pub use disk::{Disk, RealDisk};
pub use engine::{Batch, Direction, Engine, EngineError, Pair, Space, Visit};
pub use error::{Blame, StoreError};
pub use fact::{FACT_BYTES_MAX, Fact, FactError, Kept, Source};
pub use memory::Memory;
pub use project::{NoProjection, Projector};
pub use report::{Damage, Fault, OpenReport, Rebuilt, ScrubReport, Stats, TOLD_MAX, Unread};
pub use store::{PENDING_BYTES_MAX, Store};
pub use stored::{Fork, Refused, StoredEntry};
pub use supervised::{OPEN_WATCHDOG, Opened, Watchdog, open_sled};
pub use tree::Sled;
pub use view::View;
