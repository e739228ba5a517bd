//! Villages and depots of a report as people and programs see them.

use fengsui_model::{Figure, Form, Indicator, Report};
use serde::{Deserialize, Serialize};

use super::FigureView;
use super::entry::figure_view;

/// One village or depot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteView {
    /// `village` or `depot`.
    pub kind: String,
    /// 村 or 库.
    pub kind_zh: String,
    /// Its number at the office; its name where it has none.
    pub key: String,
    /// What it is called.
    pub name: String,
    /// What is stated of it.
    pub figures: Vec<FigureView>,
}

/// What one village or depot adds to a figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SitePart {
    /// What it is called.
    pub name: String,
    /// As stated.
    pub text: String,
}

/// The sites of a report, in order.
pub fn sites(form: &Form, report: &Report) -> Vec<SiteView> {
    let of_site = |(key, site): (&fengsui_model::SiteKey, &fengsui_model::Site)| SiteView {
        kind: key.kind.en().into(),
        kind_zh: key.kind.zh().into(),
        key: key.key.clone(),
        name: site.name.clone(),
        figures: {
            let figure =
                |of: &Indicator| figure_view(of, site.figures.get(&of.id).copied().unwrap_or_default());
            form.indicators.iter().filter_map(figure).collect()
        },
    };
    report.sites.iter().map(of_site).collect()
}

/// What each site of the report states of one figure.
pub(super) fn parts(indicator: &Indicator, report: &Report) -> Vec<SitePart> {
    let figure = |site: &fengsui_model::Site| site.figures.get(&indicator.id).copied().unwrap_or_default();
    let part = |site: &fengsui_model::Site| {
        let stated = figure(site);
        (stated != Figure::Blank)
            .then(|| SitePart { name: site.name.clone(), text: indicator.format(stated) })
    };
    report.sites.values().filter_map(part).collect()
}
