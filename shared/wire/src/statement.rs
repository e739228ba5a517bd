//! What a body says, by the kind of its entry. This is interpretation: an admitted entry whose body does not read as a
//! statement stays admitted, stored and receipted; it is only not counted, and a hub answers why.

mod answer;
mod appointment;
mod directory;
mod fields;
mod genesis;
mod report;

pub use answer::{Answer, Reason, answer_body};
pub use appointment::{Appointment, Role, appointment_body};
pub use directory::directory_body;
pub use genesis::{Genesis, genesis_body};
pub use report::{ReportId, report_body, report_id};

use fengsui_model::{Directory, Report};

use crate::body::{Body, BodyError};
use crate::header::Kind;

/// A body, read.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// Who writes this log.
    Genesis(Genesis),
    /// Figures of a division.
    Report(Box<Report>),
    /// Who may sign for a division.
    Appointment(Appointment),
    /// The table of divisions.
    Directory(Box<Directory>),
    /// Why an entry is not counted.
    Answer(Answer),
    /// A kind that a later version interprets.
    Later(Kind),
}

/// Why a body does not read as a statement of its kind.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StatementError {
    /// The container itself.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// A field that must be there.
    #[error("read the statement: field '{0}' is missing")]
    Missing(&'static str),
    /// A field of the wrong type, or out of range.
    #[error("read the statement: field '{0}' does not read")]
    Field(&'static str),
    /// A field or row nobody knows.
    #[error("read the statement: field or table {0} is not known here")]
    Unknown(u32),
    /// The report id is not the one of its form, division and event.
    #[error("read the report: its id does not belong to its form, division and event")]
    ReportId,
    /// Another form.
    #[error("read the report: form {0} is not known")]
    Form(u32),
    /// The divisions contradict each other.
    #[error("read the directory: {0}")]
    Directory(String),
}

/// Reads `body` as a statement of `kind`.
///
/// # Errors
/// The first thing that does not read; never a panic, whatever the bytes.
pub fn statement(kind: Kind, body: &[u8]) -> Result<Statement, StatementError> {
    let body = || Body::from_bytes(body);
    Ok(match kind {
        Kind::Genesis => Statement::Genesis(genesis::read(&body()?)?),
        Kind::Report => Statement::Report(Box::new(report::read(&body()?)?)),
        Kind::Appointment => Statement::Appointment(appointment::read(&body()?)?),
        Kind::Directory => Statement::Directory(Box::new(directory::read(&body()?)?)),
        Kind::Answer => Statement::Answer(answer::read(&body()?)?),
        later => Statement::Later(later),
    })
}
