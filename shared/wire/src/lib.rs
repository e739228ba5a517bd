//! How it is written: every byte that is signed, stored, sent or shown as evidence.
//!
//! This crate is the only one that knows the body's archive format and the only one that signs or verifies. Its
//! layouts are described byte by byte in `FORMAT.md` at the root of the repository; `tests/format.rs` ties that page to
//! the constants here.
//!
//! Absent on purpose: clocks, randomness, files and sockets. Times and entropy are arguments.

mod batch;
mod body;
mod bundle;
mod cursor;
mod endorsement;
mod envelope;
mod hash;
mod header;
mod join;
mod keys;
pub mod limits;
mod log;
mod message;
mod presence;
mod reader;
mod receipt;
mod statement;
mod verify;

pub use batch::{Batch, BatchError, Carried};
pub use body::{Body, BodyError, Field, Row, Sealed, Value, Wrapped};
pub use bundle::{BundleError, BundleReader, BundleRecord, BundleWriter};
pub use cursor::{Head, Position};
pub use endorsement::{Act, Endorsement};
pub use envelope::{ENVELOPE_BYTES, Envelope};
pub use hash::{Hash, HexError};
pub use header::{Draft, Flags, HEADER_BYTES, Header, HeaderError, Kind, Lane};
pub use join::{
    InviteId, JOIN_ADDRESS_BYTES_MAX, JOIN_FRAME_BYTES_MAX, JOIN_VERSION, Join, JoinCode, JoinCodeError,
    JoinKey, JoinMessage, JoinMessageError, JoinSecret, Joined, Proof, Refusal, Refused,
};
pub use keys::{Domain, NetworkId, PublicKey, Signature, StationKey};
pub use log::{Incarnation, LogId, LogName};
pub use message::{Evidence, Have, Hello, LogHead, Message, MessageError, PROTOCOL_VERSION, ReceiptHead};
pub use presence::{Presence, PresenceError, Seen};
pub use receipt::{Holds, RECEIPT_BYTES, Receipt, ReceiptError};
pub use statement::{
    Answer, Appointment, Genesis, Post, Proxy, Reason, ReportId, Revocation, Role, Rotation, SignedReview,
    SignedSubmission, StandLine, Statement, StatementError, act_of, adoption_body, answer_body,
    appointment_body, catalogue_body, consultation_body, directory_body, genesis_body, inspection_body,
    merge_body, proxy_body, report_body, report_id, review_body, revocation_body, rotation_body,
    stability_body, standard_body, statement, submission_body, submission_citation, targets_body,
    withdrawal_body,
};
pub use verify::{Author, Verified, VerifyError};
