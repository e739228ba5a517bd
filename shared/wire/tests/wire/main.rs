//! The wire crate through its public door: what it writes it reads, and it refuses everything else.

mod batch;
mod bundle;
mod catalogue;
mod header;
mod message;
mod receipt;
mod records;
mod review;
mod rotation;
mod sample;
mod standard;
mod statement;
mod verify;
