//! The protocol without its sockets.

mod network;
mod registry;
mod session;
