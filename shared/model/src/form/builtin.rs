//! The forms that are compiled in, as tables of text.

use std::sync::OnceLock;

use super::{About, Form, FormTables, FormTitle};

/// What a form is called, and its tables.
struct Builtin {
    /// Number in signed bytes. Frozen, never reused.
    id: u32,
    code: &'static str,
    /// Version of the three tables together: raised with every change to any of them.
    version: u32,
    zh: &'static str,
    en: &'static str,
    about: About,
    tables: FormTables<'static>,
}

/// The quick report (快报) first: what is typed without naming a form belongs to it.
const BUILTIN: [Builtin; 4] = [
    Builtin {
        id: 1,
        code: "quick",
        version: 2,
        zh: "自然灾害灾情快报",
        en: "Disaster quick report",
        about: About::Event,
        tables: FormTables {
            groups: include_str!("../../../../deploy/data/forms/quick-groups.csv"),
            indicators: include_str!("../../../../deploy/data/forms/quick.csv"),
            checks: include_str!("../../../../deploy/data/forms/quick-checks.csv"),
        },
    },
    Builtin {
        id: 2,
        code: "urban_dibao",
        version: 1,
        zh: "城市低保",
        en: "Urban dibao",
        about: About::Month,
        tables: FormTables {
            groups: include_str!("../../../../deploy/data/forms/urban_dibao-groups.csv"),
            indicators: include_str!("../../../../deploy/data/forms/urban_dibao.csv"),
            checks: include_str!("../../../../deploy/data/forms/urban_dibao-checks.csv"),
        },
    },
    Builtin {
        id: 3,
        code: "rural_dibao",
        version: 1,
        zh: "农村低保",
        en: "Rural dibao",
        about: About::Month,
        tables: FormTables {
            groups: include_str!("../../../../deploy/data/forms/rural_dibao-groups.csv"),
            indicators: include_str!("../../../../deploy/data/forms/rural_dibao.csv"),
            checks: include_str!("../../../../deploy/data/forms/rural_dibao-checks.csv"),
        },
    },
    Builtin {
        id: 4,
        code: "tekun",
        version: 1,
        zh: "特困供养",
        en: "Destitute support",
        about: About::Month,
        tables: FormTables {
            groups: include_str!("../../../../deploy/data/forms/tekun-groups.csv"),
            indicators: include_str!("../../../../deploy/data/forms/tekun.csv"),
            checks: include_str!("../../../../deploy/data/forms/tekun-checks.csv"),
        },
    },
];

/// All of them, read once.
pub(super) fn forms() -> &'static [Form] {
    static FORMS: OnceLock<Vec<Form>> = OnceLock::new();
    FORMS.get_or_init(|| {
        let read = |of: &Builtin| {
            let title = FormTitle {
                id: of.id,
                code: of.code.to_owned(),
                version: of.version,
                zh: of.zh.to_owned(),
                en: of.en.to_owned(),
                about: of.about,
            };
            Form::from_csv(title, of.tables).expect("the built-in forms are read by a test")
        };
        BUILTIN.iter().map(read).collect()
    })
}
