//! 已停用的指标: figures that are counted under a number which the form in force no longer asks for. They stand apart, with
//! the version that still had them; nothing that was reported is lost.

use std::collections::BTreeSet;
use std::sync::Arc;

use fengsui_model::{Contribution, Directory, DivisionCode, Form, fold};
use fengsui_protocol::Registry;
use serde::{Deserialize, Serialize};

use crate::reckon::{Total, contribution};
use crate::topic::Topic;

/// What a retired indicator adds up to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetiredFigure {
    /// Its code.
    pub code: String,
    /// Its name.
    pub zh: String,
    /// Its unit.
    pub unit: String,
    /// The last version of the catalogue that asks for it.
    pub catalogue: u32,
    /// In the smallest unit; absent where nobody stated a number.
    pub value: Option<i64>,
    /// As people write it.
    pub text: String,
}

/// The figures in `total` that the form of `topic` does not have, each added up as the newest version says that does.
pub(super) fn retired(
    (registry, directory): (&Registry, &Directory),
    code: DivisionCode,
    topic: &Topic,
    total: &Total,
) -> Vec<RetiredFigure> {
    let stated = total.standing.iter().flat_map(|judged| judged.report.figures.keys().copied());
    let mut left: BTreeSet<u32> = stated.filter(|id| topic.form.by_id(*id).is_none()).collect();
    let mut found = Vec::new();
    for catalogue in registry.catalogues().readable() {
        let Some(form) = catalogue.form(topic.form.id).filter(|_| !left.is_empty()) else { continue };
        let here: Vec<u32> = left.iter().copied().filter(|id| form.by_id(*id).is_some()).collect();
        if !here.is_empty() {
            left.retain(|id| !here.contains(id));
            found.extend(added_up((form, catalogue.version), directory, (code, topic), total, &here));
        }
    }
    found
}

fn added_up(
    (form, catalogue): (&Arc<Form>, u32),
    directory: &Directory,
    (code, topic): (DivisionCode, &Topic),
    total: &Total,
    ids: &[u32],
) -> Vec<RetiredFigure> {
    let contributions: Vec<Contribution<'_>> =
        total.standing.iter().map(|judged| contribution(judged)).collect();
    let rollup = fold(form, directory, code, topic.subject, &contributions);
    let figure = |id: &u32| {
        let (indicator, of) = (form.by_id(*id)?, rollup.total(*id)?);
        Some(RetiredFigure {
            code: indicator.code.clone(),
            zh: indicator.zh.clone(),
            unit: indicator.unit.clone(),
            catalogue,
            value: (of.counted > 0).then_some(of.value),
            text: of.format(indicator),
        })
    };
    ids.iter().filter_map(figure).collect()
}
