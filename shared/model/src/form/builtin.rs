//! The forms that are compiled in, as tables of text.

use std::sync::OnceLock;

use super::{Form, FormTables, read};

/// Titles of all forms (`id,code,version,zh,en,about,set`), in the order in which they are listed.
const TITLES: &str = include_str!("../../../../deploy/data/forms/forms.csv");

/// The three tables of each form named.
macro_rules! tables {
    ($($code:literal)*) => {
        &[$(($code, FormTables {
            groups: include_str!(concat!("../../../../deploy/data/forms/", $code, "-groups.csv")),
            indicators: include_str!(concat!("../../../../deploy/data/forms/", $code, ".csv")),
            checks: include_str!(concat!("../../../../deploy/data/forms/", $code, "-checks.csv")),
        })),*]
    };
}

/// The one line of code that a new form needs, beside its row in `forms.csv`.
const TABLES: &[(&str, FormTables<'static>)] = tables![
    "quick" "relief" "winter" "annual_loss" "annual_rebuild" "annual_base"
    "urban_dibao" "rural_dibao" "tekun" "medical_aid" "temporary_aid" "disability" "children" "disaster_victims"
    "charity" "special_aid" "workflow" "early_warning" "service_network"
    "a01" "d01" "z01" "relief_stock"
];

/// All of them, read once.
pub(super) fn forms() -> &'static [Form] {
    static FORMS: OnceLock<Vec<Form>> = OnceLock::new();
    FORMS.get_or_init(|| read::catalogue(TITLES, TABLES).expect("the built-in forms are read by a test"))
}
