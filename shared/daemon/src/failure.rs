//! Failures as a person or a script sees them: a sentence and an exit code.

use serde::{Deserialize, Serialize};

/// Exit codes of every program of the project. README.md lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum Code {
    /// Something went wrong that is no fault of the command.
    Failed = 1,
    /// The command or its input does not read.
    Usage = 2,
    /// The input reads, and breaks a rule.
    Refused = 3,
    /// The station's directory is missing, is not set up, or is in use.
    Unavailable = 4,
    /// What is stored or given is damaged or contradicts its signatures.
    Damage = 5,
    /// The disk failed; the process stopped rather than say what it cannot keep.
    Storage = 6,
}

/// A failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Which exit code.
    pub code: Code,
    /// What and where, in English; for a clerk's mistake in Chinese first.
    pub message: String,
}

impl Failure {
    /// A failure with this code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// "failed to …", from an error with its causes.
    pub fn caused(code: Code, error: &dyn std::error::Error) -> Self {
        Self::new(code, format!("failed to {}", crate::uplink::chain(error)))
    }
}

impl From<fengsui_store::StoreError> for Failure {
    fn from(error: fengsui_store::StoreError) -> Self {
        let code = match error {
            fengsui_store::StoreError::InUse { .. } => Code::Unavailable,
            _ => Code::Storage,
        };
        Self::caused(code, &error)
    }
}

impl From<crate::station::StationError> for Failure {
    fn from(error: crate::station::StationError) -> Self {
        match error {
            crate::station::StationError::Store(error) => error.into(),
            error => Self::caused(Code::Damage, &error),
        }
    }
}

impl From<crate::worker::Stopped> for Failure {
    fn from(error: crate::worker::Stopped) -> Self {
        Self::caused(Code::Storage, &error)
    }
}
