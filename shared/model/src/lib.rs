//! What is said: divisions, disaster events, reports, forms, checks and rollups, as plain values and exact
//! arithmetic.
//!
//! A [`Form`] lists indicators and checks; a [`Report`] states [`Figure`]s for one division and one
//! [`Subject`], an event or a period; [`evaluate`] judges a report; [`fold`] totals the standing reports of the divisions below
//! one [`Division`] of the [`Directory`].
//!
//! # What is absent
//!
//! No clock, no entropy, no file, no network, no floating point, no hashing and no signature: whoever calls
//! brings the time and the bytes. So the same values give the same findings and the same totals on every
//! machine, in any order of arrival. Built-in tables under `deploy/data` are compiled in as text.
//!
//! serde appears only where people read or write: codes, dates and keys as strings, findings and rollups as
//! views.

pub mod account;
pub mod catalogue;
pub mod check;
pub mod consultation;
pub mod course;
pub mod date;
pub mod directory;
pub mod division;
pub mod duty;
pub mod event;
pub mod figure;
pub mod filler;
pub mod form;
pub mod inspection;
pub mod kind;
mod moment;
pub mod period;
pub mod report;
pub mod review;
pub mod rollup;
pub mod site;
pub mod standard;
pub mod subject;
pub mod submission;
mod table;
pub mod target;
mod text;
pub mod word;

pub use account::Account;
pub use catalogue::{Catalogue, CatalogueIssue, Catalogues, NoForm};
pub use check::{
    Context, Earlier, Finding, Missing, MonthBefore, Severity, Unjudged, alarms, evaluate, unjudged,
};
pub use consultation::Consultation;
pub use course::{Merge, Merged, Stability};
pub use date::Date;
pub use directory::{Directory, DirectoryError, DirectoryRefusal};
pub use division::{Division, DivisionCode, Level};
pub use duty::{Due, Duty};
pub use event::EventKey;
pub use figure::{Figure, FigureError};
pub use form::{About, AddsUp, Form, FormError, Indicator, Nature};
pub use inspection::Inspection;
pub use kind::DisasterKind;
pub use period::Period;
pub use report::{Report, Stage};
pub use review::{Citation, Correction, Review, Verdict};
pub use rollup::{Contribution, Coverage, FigureTotal, Ground, Rollup, Total, Tree, fold};
pub use site::{Site, SiteKey, SiteKind};
pub use standard::{Adoption, AidStandard, Fen, StandardCode};
pub use subject::Subject;
pub use submission::Submission;
pub use table::TableError;
pub use target::Targets;
