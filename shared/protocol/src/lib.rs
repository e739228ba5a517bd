//! Who says what when: replication between a station and the hub above it, without sockets, clocks or disks.
//!
//! One [`Session`] is one end of one connection. What happens goes in as an [`Input`] together with the time; what is to
//! be done comes out as [`Output`]s, in order; [`Session::next_deadline`] replaces timers. The same code runs under tokio
//! in the daemons and under a seeded clock in the simulator.
//!
//! The exchange, both ways at once: each end states how far it durably holds the logs that it takes from the other
//! ([`Have`](fengsui_wire::Have)); the other sends what is missing; what has become durable is receipted (upward) or
//! acknowledged (downward). The receiver's durable head is the cursor. What was sent is only a guess; what was
//! receipted is only evidence.
//!
//! | file | holds |
//! |---|---|
//! | `io` | inputs, outputs, the time |
//! | `registry` | who may sign for whom |
//! | `scope` | which logs and bodies go which way: `uplink`, `downlink` |
//! | `offer` | the sending half |
//! | `intake` | the receiving half: verification, order, forks |
//! | `told` | receipts on their way down |
//! | `presences` | who is connected, on its way up |
//! | `window` | how much may be on the way |
//! | `session` | hello, beats and deadlines; joins the halves |
//!
//! Absent on purpose: tokio, files, entropy, wall clocks, unordered maps. A receipt can only arise from
//! [`Input::Appended`], which is said after the fsync; so no order of events can receipt what a power cut could take.

mod intake;
mod io;
mod offer;
mod presences;
mod registry;
mod scope;
mod session;
mod told;
mod window;

pub use io::{Appended, Class, Input, Load, LoadedEntry, Now, Output, Purpose, Run, Ticket};
pub use registry::{Former, Heir, Learned, Registry, Standing};
pub use scope::{Scope, Side, may_hold_body};
pub use session::{BEAT_MS, Session, Setup};
pub use told::sign_receipts;
pub use window::{WINDOW_BYTES_MAX, WINDOW_BYTES_MIN, WINDOW_BYTES_START, Window};
