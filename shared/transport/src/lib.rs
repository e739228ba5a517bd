//! How it travels: bounded frames between two ends that know each other's key.
//!
//! This crate is the only one that knows QUIC and TLS, and it knows nothing else: not what a frame means, not who
//! may say what. It moves opaque byte strings on four [`Class`]es of priority, and it refuses, inside the
//! handshake, every key that its caller's [`Admittance`] does not name.
//!
//! ```text
//!   Dialer ── dial(address, expected key) ──▶ Connection ◀── accept() ── Listener ◀─ asks ─ Admittance
//!                                              send · recv
//! ```
//!
//! What is absent is the invariant: there is no certificate, no session resumption (a revoked key would ride on
//! it), no early data, no datagram, and no queue without a bound. Every bound is in [`limits`] with its reason.

mod class;
mod config;
mod connection;
mod dialer;
mod error;
mod frame;
mod identity;
mod inbox;
pub mod limits;
mod link;
mod listener;
mod outbox;
mod verifier;

#[cfg(test)]
mod tests;

pub use class::Class;
pub use connection::{Connection, Stats};
pub use dialer::Dialer;
pub use error::{Blame, TransportError, Violation};
pub use identity::Identity;
pub use limits::Limits;
pub use listener::{Listener, Refused};
pub use verifier::Admittance;
