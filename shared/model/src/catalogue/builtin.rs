//! The catalogue that is compiled in, as tables of text. It is what a station fills in and judges by before the province
//! has issued one.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use super::{Catalogue, read};

/// The texts of some tables, by file name.
macro_rules! files {
    ($($name:literal)*) => {
        [$(($name, include_str!(concat!("../../../../deploy/data/forms/", $name)))),*]
    };
}

/// The three tables of each form named.
macro_rules! tables {
    ($($code:literal)*) => {
        [$([
            (concat!($code, ".csv"), include_str!(concat!("../../../../deploy/data/forms/", $code, ".csv"))),
            (
                concat!($code, "-groups.csv"),
                include_str!(concat!("../../../../deploy/data/forms/", $code, "-groups.csv")),
            ),
            (
                concat!($code, "-checks.csv"),
                include_str!(concat!("../../../../deploy/data/forms/", $code, "-checks.csv")),
            ),
        ]),*]
    };
}

/// What the whole catalogue has once.
const SHARED: [(&str, &str); 2] = files!["forms.csv" "duties.csv"];

/// The one line of code that a new built-in form needs, beside its row in `forms.csv`.
const FORMS: &[[(&str, &str); 3]] = &tables![
    "quick" "relief" "winter" "annual_loss" "annual_rebuild" "annual_base"
    "urban_dibao" "rural_dibao" "tekun" "medical_aid" "temporary_aid" "disability" "children" "disaster_victims"
    "charity" "special_aid" "workflow" "early_warning" "service_network"
    "a01" "d01" "z01" "relief_stock"
];

/// Its tables by file name, as `catalogue issue` takes them: where an office begins that writes the next version.
#[must_use]
pub fn files() -> BTreeMap<String, String> {
    let all = SHARED.iter().chain(FORMS.iter().flatten());
    all.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

/// All of it, read once.
pub(super) fn catalogue() -> &'static Arc<Catalogue> {
    static CATALOGUE: OnceLock<Arc<Catalogue>> = OnceLock::new();
    CATALOGUE.get_or_init(|| {
        let forms = read::forms(&files()).expect("the built-in tables are read by a test");
        Arc::new(Catalogue { version: 0, document: String::new(), from: None, forms })
    })
}
