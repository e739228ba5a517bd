//! The protocol without its sockets.

mod network;
mod registry;
mod rotation;
mod session;
