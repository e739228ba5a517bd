//! Entries, totals and status as people and programs see them. Every command prints one of these as text, or as JSON
//! with `--json`.

mod catalogue;
mod entry;
mod figure;
mod form;
mod funds;
mod records;
mod retired;
mod reviews;
mod sight;
mod site;
mod standards;
mod stations;
mod status;
mod subject;
mod submissions;
mod timely;
mod total;
mod unjudged;

pub use catalogue::{CatalogueView, ChangedView, Standing, catalogues};
pub(crate) use entry::lane_word;
pub use entry::{EntryView, FigureView, Hop, ReasonView, Reference, ReferenceError, entry};
pub use figure::{FigureTotalView, figure};
pub use form::{DutyView, FormView, IndicatorView, forms};
pub use funds::{AccountView, AmountView, EquationView, FundsLine, FundsView, funds};
pub use records::{
    ConsultationView, InspectionView, SampleView, TargetView, consultations, inspections, targets,
};
pub use retired::RetiredFigure;
pub use reviews::{CellView, PersonView, ReviewCounts, ReviewView, WaitingView, waiting};
pub use sight::Sight;
pub use site::{SitePart, SiteView, sites};
pub use standards::{
    BesideView, ClauseView, CountsView, HereView, PlaceView, ProofView, ReachView, SetterView, StandardView,
    ValueView, VersionView, formula_of, reach, standard, standards,
};
pub use stations::{Counts, HubView, Only, Presence, StationView, by_hub};
pub use status::{Below, LaneView, LinkView, StationStatus, status};
pub use subject::SubjectView;
pub use submissions::{ChangeView, CoverageView, SubmissionView, SubmittedFigure, submissions};
pub use total::{
    AlarmView, ContributionView, CountedView, MovedView, NotCountedView, TotalFigure, TotalView, TwiceView,
    reviewed_total, total,
};
pub use unjudged::unjudged;

use fengsui_model::DivisionCode;
use fengsui_protocol::Registry;
use serde::{Deserialize, Serialize};

/// A division with its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DivisionView {
    /// Its code.
    pub code: DivisionCode,
    /// Its name in the directory; the code again before there is a directory.
    pub name: String,
}

/// A division with its name, as far as the directory is here.
pub fn division(registry: &Registry, code: DivisionCode) -> DivisionView {
    let name =
        registry.directory().and_then(|directory| directory.get(code)).map(|division| division.name.clone());
    DivisionView { code, name: name.unwrap_or_else(|| code.to_string()) }
}

impl std::fmt::Display for DivisionView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.code, self.name)
    }
}
