//! What a body says, by the kind of its entry. This is interpretation: an admitted entry whose body does not read as a
//! statement stays admitted, stored and receipted; it is only not counted, and a hub answers why.

mod adoption;
mod answer;
mod appointment;
mod catalogue;
mod consultation;
mod course;
mod directory;
mod fields;
mod genesis;
mod inspection;
mod proxy;
mod report;
mod review;
mod revocation;
mod rotation;
mod standard;
mod submission;
mod target;

pub use adoption::adoption_body;
pub use answer::{Answer, Reason, answer_body};
pub use appointment::{Appointment, Post, Role, appointment_body};
pub use catalogue::catalogue_body;
pub use consultation::consultation_body;
pub use course::{merge_body, stability_body};
pub use directory::directory_body;
pub use genesis::{Genesis, genesis_body};
pub use inspection::inspection_body;
pub use proxy::{Proxy, proxy_body};
pub use report::{ReportId, report_body, report_id};
pub use review::{SignedReview, act_of, review_body, withdrawal_body};
pub use revocation::{Revocation, StandLine, revocation_body};
pub use rotation::{Rotation, rotation_body};
pub use standard::standard_body;
pub use submission::{SignedSubmission, submission_body, submission_citation};
pub use target::targets_body;

use fengsui_model::{
    Adoption, AidStandard, CatalogueIssue, Citation, Consultation, Directory, Inspection, Merge, Report,
    Stability, Targets,
};

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
    /// What the province demands of every local value.
    Standard(Box<AidStandard>),
    /// What a division says of a standard.
    Adoption(Box<Adoption>),
    /// What of a key's logs stands.
    Revocation(Revocation),
    /// A reviewing office's word on a report.
    Review(Box<SignedReview>),
    /// The author takes this revision of its report back.
    Withdrawal(Citation),
    /// A hub's statement to the level above.
    Submission(Box<SignedSubmission>),
    /// Figures that a hub reports for a division.
    Proxy(Box<Proxy>),
    /// Events that were one disaster.
    Merge(Merge),
    /// The figures of an event are stable.
    Stability(Stability),
    /// Which key goes on for this one.
    Rotation(Rotation),
    /// The forms, as the province issues them.
    Catalogue(Box<CatalogueIssue>),
    /// What a level wants those below it to reach.
    Targets(Box<Targets>),
    /// What an office counted on the ground.
    Inspection(Box<Inspection>),
    /// What two offices agreed on.
    Consultation(Box<Consultation>),
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
    /// A form where none belongs.
    #[error("read the statement: form {0} does not belong to it")]
    Form(u32),
    /// The divisions contradict each other.
    #[error("read the directory: {0}")]
    Directory(String),
    /// The clauses contradict each other, or say nothing.
    #[error("read the standard: {0}")]
    Standard(String),
    /// It says nothing that could be judged.
    #[error("read the adoption: {0}")]
    Adoption(String),
    /// It says nothing that could be followed.
    #[error("read the review: {0}")]
    Review(String),
    /// It contradicts itself.
    #[error("read the submission: {0}")]
    Submission(String),
    /// It is not what an office could have issued.
    #[error("read the catalogue: {0}")]
    Catalogue(String),
    /// It says nothing of an event that could be followed.
    #[error("read the word on an event: {0}")]
    Course(String),
    /// They set nothing that could be reached.
    #[error("read the targets: {0}")]
    Targets(String),
    /// It says nothing that was found.
    #[error("read the inspection: {0}")]
    Inspection(String),
    /// It agrees on nothing.
    #[error("read the consultation: {0}")]
    Consultation(String),
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
        Kind::Standard => Statement::Standard(Box::new(standard::read(&body()?)?)),
        Kind::Adoption => Statement::Adoption(Box::new(adoption::read(&body()?)?)),
        Kind::Revocation => Statement::Revocation(revocation::read(&body()?)?),
        Kind::Review => Statement::Review(Box::new(review::read(&body()?)?)),
        Kind::Withdrawal => Statement::Withdrawal(review::read_withdrawal(&body()?)?),
        Kind::Submission => Statement::Submission(Box::new(submission::read(&body()?)?)),
        Kind::Proxy => Statement::Proxy(Box::new(proxy::read(&body()?)?)),
        Kind::Merge => Statement::Merge(course::read_merge(&body()?)?),
        Kind::Stability => Statement::Stability(course::read_stability(&body()?)?),
        Kind::Rotation => Statement::Rotation(rotation::read(&body()?)?),
        Kind::Catalogue => Statement::Catalogue(Box::new(catalogue::read(&body()?)?)),
        Kind::Target => Statement::Targets(Box::new(target::read(&body()?)?)),
        Kind::Inspection => Statement::Inspection(Box::new(inspection::read(&body()?)?)),
        Kind::Consultation => Statement::Consultation(Box::new(consultation::read(&body()?)?)),
        later => Statement::Later(later),
    })
}

/// Parts of the container that a statement uses besides its fields.
struct Parts {
    report_id: bool,
    form: bool,
    table: Option<u32>,
}

/// Refuses the parts that a statement does not use: what says more than is understood must not count as understood.
fn only_parts(body: &Body, used: Parts) -> Result<(), StatementError> {
    only_tables(body, (used.report_id, used.form), used.table.as_slice())
}

/// The same for a statement of several tables; whether it uses the report id, and the form.
fn only_tables(body: &Body, (report_id, form): (bool, bool), tables: &[u32]) -> Result<(), StatementError> {
    if body.sealed.is_some() {
        return Err(StatementError::Field("sealed"));
    }
    if !form && body.form != 0 {
        return Err(StatementError::Form(body.form));
    }
    if !report_id && body.report_id != [0; 16] {
        return Err(StatementError::Field("report id"));
    }
    match body.rows.iter().find(|row| !tables.contains(&row.table)) {
        Some(row) => Err(StatementError::Unknown(row.table)),
        None => Ok(()),
    }
}
