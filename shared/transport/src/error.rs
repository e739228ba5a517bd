//! What can go wrong, and whose turn it is then.

use std::{io, net::SocketAddr};

use quinn::ConnectionError;
use thiserror::Error;

use crate::{Class, identity::hex};

/// The range of QUIC error codes that carry a TLS alert.
const TLS_ALERTS: std::ops::Range<u64> = 0x100..0x200;

/// Whose turn it is after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// Nobody's fault, or not to be known: dial again after a pause.
    Retry,
    /// The other end did what it must not: tell somebody, and leave it alone for longer.
    Peer,
    /// Our own configuration or code: repeating cannot help.
    Stop,
}

/// Why a listener, a dialler or a connection failed.
#[derive(Debug, Error)]
pub enum TransportError {
    /// The socket could not be opened.
    #[error("bind {addr}")]
    Bind {
        /// The address asked for.
        addr: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The address can never be dialled, for example because its port is zero.
    #[error("dial {addr}")]
    Dial {
        /// The address asked for.
        addr: SocketAddr,
        /// Why it cannot be.
        source: quinn::ConnectError,
    },
    /// No answer, or no end of the handshake, within [`HANDSHAKE_MAX`](crate::limits::HANDSHAKE_MAX).
    #[error("finish the handshake with {addr} in time")]
    HandshakeTimeout {
        /// The address dialled.
        addr: SocketAddr,
    },
    /// Somebody else than the expected station answers at this address.
    #[error("find key {} at {addr}: key {} answers there", hex(expected), hex(presented))]
    WrongKey {
        /// The address dialled.
        addr: SocketAddr,
        /// The key that should have answered.
        expected: [u8; 32],
        /// The key that did. Its owner has not proved it: the handshake ended before.
        presented: [u8; 32],
    },
    /// The peer ended the handshake with a TLS alert; from a listener it means that our key is not admitted there.
    #[error("be admitted by the peer: {reason}")]
    NotAdmitted {
        /// The peer's words, which may be empty.
        reason: String,
    },
    /// The connection broke: silence, a restarted peer, or a breach of QUIC itself.
    #[error("keep the connection")]
    Lost(#[source] ConnectionError),
    /// The peer closed the connection.
    #[error("keep the connection: peer closed it with code {code}: {reason}")]
    ClosedByPeer {
        /// The peer's code; 0 is a finished exchange.
        code: u64,
        /// The peer's words.
        reason: String,
    },
    /// This end closed the connection.
    #[error("use a connection that this end has closed")]
    Closed,
    /// The peer broke the rules of framing; the connection is closed.
    #[error("accept what the peer sent")]
    Violation(#[from] Violation),
    /// A frame longer than any receiver accepts was given to be sent.
    #[error("send a frame of {bytes} bytes: at most {limit} are allowed")]
    FrameTooLarge {
        /// Length of the payload.
        bytes: usize,
        /// The longest allowed, inclusive.
        limit: usize,
    },
    /// The peer did not acknowledge all that was sent within [`FINISH_MAX`](crate::limits::FINISH_MAX).
    #[error("see every frame acknowledged in time")]
    Unacknowledged,
}

/// A peer's breach of the rules of framing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Violation {
    /// A frame is longer than this end accepts. Nothing was allocated for it.
    #[error("{class} frame of {bytes} bytes: at most {limit} are allowed")]
    FrameTooLarge {
        /// The stream's class.
        class: Class,
        /// The length announced.
        bytes: u32,
        /// The longest allowed, inclusive.
        limit: usize,
    },
    /// A stream's first byte names no class.
    #[error("stream of unknown class {byte}")]
    UnknownClass {
        /// The byte received.
        byte: u8,
    },
    /// A second stream of a class was opened.
    #[error("second {class} stream")]
    SecondStream {
        /// The class named twice.
        class: Class,
    },
    /// A stream ended before the frame, or the class byte, that it had begun.
    #[error("stream ended within a frame")]
    Truncated,
    /// A stream was abandoned; frames may have been lost from its middle.
    #[error("stream was reset")]
    Reset,
    /// One of our streams was told to stop; the peer may have missed frames from its middle.
    #[error("{class} stream was told to stop")]
    Stopped {
        /// The stream's class.
        class: Class,
    },
}

impl TransportError {
    /// Whose turn it is now.
    pub fn blame(&self) -> Blame {
        match self {
            Self::Bind { .. } | Self::FrameTooLarge { .. } => Blame::Stop,
            Self::WrongKey { .. } | Self::Violation(_) | Self::Dial { .. } => Blame::Peer,
            Self::Lost(ConnectionError::TransportError(_) | ConnectionError::VersionMismatch) => Blame::Peer,
            // Not being admitted is often a matter of time: the appointment is still on its way to the hub.
            Self::NotAdmitted { .. }
            | Self::HandshakeTimeout { .. }
            | Self::Lost(_)
            | Self::ClosedByPeer { .. }
            | Self::Closed
            | Self::Unacknowledged => Blame::Retry,
        }
    }
}

impl From<ConnectionError> for TransportError {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::LocallyClosed => Self::Closed,
            ConnectionError::ApplicationClosed(close) => Self::ClosedByPeer {
                code: close.error_code.into_inner(),
                reason: String::from_utf8_lossy(&close.reason).into_owned(),
            },
            ConnectionError::ConnectionClosed(close) if TLS_ALERTS.contains(&u64::from(close.error_code)) => {
                Self::NotAdmitted { reason: String::from_utf8_lossy(&close.reason).into_owned() }
            }
            other => Self::Lost(other),
        }
    }
}
