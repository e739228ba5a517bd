//! The versions of the catalogue as people and programs see them: which is in force, and what each changed.

use fengsui_model::{Catalogue, Date, Form, Indicator};
use fengsui_protocol::Now;
use serde::{Deserialize, Serialize};

use crate::station::Station;

/// Where a version stands in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// 现行.
    InForce,
    /// 未施行: its first day is to come.
    ToCome,
    /// 已被取代.
    Replaced,
    /// It has arrived, and this software cannot read it.
    Unreadable,
}

/// One version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueView {
    /// Its number; 0: the one that is compiled in.
    pub version: u32,
    /// Number of the document; empty for the built-in one.
    pub document: String,
    /// First day in force; absent for the built-in one.
    pub from: Option<Date>,
    /// Where it stands in time.
    pub standing: Standing,
    /// Why it cannot be read here.
    pub unreadable: Option<String>,
    /// Forms in it.
    pub forms: usize,
    /// Indicators in it.
    pub indicators: usize,
    /// What the version before does not have, or has otherwise.
    pub changes: Vec<ChangedView>,
}

/// What a version changed in one form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedView {
    /// Code of the form.
    pub form: String,
    /// Its Chinese name.
    pub zh: String,
    /// The whole form is new.
    pub new: bool,
    /// The whole form is no longer asked.
    pub retired: bool,
    /// New indicators: code and name.
    pub added: Vec<(String, String)>,
    /// Indicators that are no longer asked: code and name.
    pub left_out: Vec<(String, String)>,
}

/// Every version that is held, the built-in one first.
pub fn catalogues(station: &Station, now: Now) -> Vec<CatalogueView> {
    let held = station.registry().catalogues();
    let in_force = station.catalogue(now).version;
    let mut before = Catalogue::builtin();
    let mut views = vec![view(before, None, in_force)];
    for issued in held.issued() {
        match &issued.catalogue {
            Ok(catalogue) => {
                views.push(view(catalogue, Some(before), in_force));
                before = catalogue;
            }
            Err(error) => views.push(CatalogueView {
                version: issued.version,
                document: issued.document.clone(),
                from: Some(issued.from),
                standing: Standing::Unreadable,
                unreadable: Some(error.to_string()),
                forms: 0,
                indicators: 0,
                changes: Vec::new(),
            }),
        }
    }
    views
}

fn view(of: &Catalogue, before: Option<&Catalogue>, in_force: u32) -> CatalogueView {
    CatalogueView {
        version: of.version,
        document: of.document.clone(),
        from: of.from,
        standing: match of.version.cmp(&in_force) {
            std::cmp::Ordering::Less => Standing::Replaced,
            std::cmp::Ordering::Equal => Standing::InForce,
            std::cmp::Ordering::Greater => Standing::ToCome,
        },
        unreadable: None,
        forms: of.forms.len(),
        indicators: of.forms.iter().map(|form| form.indicators.len()).sum(),
        changes: before.map(|before| changes(of, before)).unwrap_or_default(),
    }
}

fn changes(of: &Catalogue, before: &Catalogue) -> Vec<ChangedView> {
    let now = of.forms.iter().filter_map(|form| changed(form, before.form(form.id).map(AsRef::as_ref)));
    let gone = before.forms.iter().filter(|form| of.form(form.id).is_none());
    let gone = gone.map(|form| ChangedView { retired: true, ..unchanged(form) });
    now.chain(gone).collect()
}

fn unchanged(form: &Form) -> ChangedView {
    ChangedView {
        form: form.code.clone(),
        zh: form.zh.clone(),
        new: false,
        retired: false,
        added: Vec::new(),
        left_out: Vec::new(),
    }
}

fn changed(form: &Form, before: Option<&Form>) -> Option<ChangedView> {
    let Some(before) = before else { return Some(ChangedView { new: true, ..unchanged(form) }) };
    let only = |of: &Form, other: &Form| {
        let only = of.indicators.iter().filter(|indicator| other.by_id(indicator.id).is_none());
        only.map(|indicator: &Indicator| (indicator.code.clone(), indicator.zh.clone())).collect()
    };
    (form != before).then(|| ChangedView {
        added: only(form, before),
        left_out: only(before, form),
        ..unchanged(form)
    })
}
