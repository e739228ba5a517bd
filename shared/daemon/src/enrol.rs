//! Enrolment in the field, from the operator's command to the clerk's.
//!
//! ```text
//!   operator ── invite ──▶ Invitation (kept) ── code, QR ──▶ clerk
//!   clerk ── enroll CODE ──▶ key made and kept ── Join ═QUIC═▶ door ──▶ station: appointed, used
//!   clerk ◀── parent and address written ◀── Joined ══════════ door
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `ask` | what an operator asks of the hub: invite, list, cancel, revoke |
//! | `door` | the hub's enrolment port |
//! | `pace` | how many attempts it hears |
//! | `enroll` | the joining side |
//! | `words` | what people are told |
//!
//! What a hub keeps of an invitation, and the one place where it is honoured, is in `station/invite`.

pub mod ask;
pub mod door;
pub mod enroll;
mod pace;
mod words;
