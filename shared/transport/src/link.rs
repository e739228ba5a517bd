//! The QUIC connection as its tasks share it, with the reason of its end.

use std::sync::OnceLock;

use quinn::{ConnectionError, VarInt};

use crate::{TransportError, Violation, limits::REASON_BYTES_MAX};

/// What a close code tells the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Farewell {
    /// The exchange is complete, or the caller closed it with a reason of its own.
    Done = 0,
    /// The listener or dialler is shutting down.
    Closing = 1,
    /// The last handle was dropped without a word.
    Dropped = 2,
    /// The receiver of this code broke the rules of framing.
    Violation = 3,
}

impl From<Farewell> for VarInt {
    fn from(farewell: Farewell) -> Self {
        VarInt::from_u32(farewell as u32)
    }
}

/// One QUIC connection and the first breach of the rules seen on it.
pub(crate) struct Link {
    pub(crate) quic: quinn::Connection,
    fault: OnceLock<Violation>,
}

impl Link {
    pub(crate) fn new(quic: quinn::Connection) -> Link {
        Link { quic, fault: OnceLock::new() }
    }

    /// Closes at once. Reasons are cut to what a packet holds.
    pub(crate) fn close(&self, farewell: Farewell, reason: &str) {
        let bytes = reason.as_bytes();
        self.quic.close(farewell.into(), &bytes[..bytes.len().min(REASON_BYTES_MAX)]);
    }

    /// Closes because the peer broke a rule, and remembers the first such breach as the reason.
    pub(crate) fn accuse(&self, violation: Violation) {
        // A lost connection leaves half frames behind; they are no breach.
        if self.quic.close_reason().is_none() && self.fault.set(violation).is_ok() {
            self.close(Farewell::Violation, &violation.to_string());
        }
    }

    /// Why the connection ended, or `None` while it stands.
    pub(crate) fn ending(&self) -> Option<TransportError> {
        self.quic.close_reason().map(|error| self.reason(error))
    }

    /// Waits for the end and says why. Cancel-safe.
    pub(crate) async fn ended(&self) -> TransportError {
        let error = self.quic.closed().await;
        self.reason(error)
    }

    fn reason(&self, error: ConnectionError) -> TransportError {
        self.fault.get().map_or_else(|| error.into(), |violation| (*violation).into())
    }
}
