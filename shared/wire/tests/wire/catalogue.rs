//! The catalogue: whatever can be issued comes back, and what no office could have issued does not read.

use std::collections::BTreeMap;

use fengsui_model::CatalogueIssue;
use fengsui_model::catalogue::builtin_files;
use fengsui_wire::{
    Body, Field, Kind, Row, Statement, StatementError, Value, catalogue_body, report_body, statement,
};
use proptest::prelude::*;

pub fn catalogue(files: BTreeMap<String, String>) -> CatalogueIssue {
    let from = "2027-01-01".parse().expect("a day");
    CatalogueIssue { version: 1, document: "吉应急〔2026〕9号".into(), from, files }
}

fn read(body: &[u8]) -> Result<Statement, StatementError> {
    statement(Kind::Catalogue, body)
}

proptest! {
    #[test]
    fn a_catalogue_comes_back(
        version in 1u32..,
        document in "[ -~〔〕号]{0,8}号",
        files in prop::collection::btree_map("[a-z0-9_-]{1,12}\\.csv", ".{0,200}", 0..6),
    ) {
        let issue = CatalogueIssue { version, document, ..catalogue(files) };
        prop_assert_eq!(read(&catalogue_body(&issue)), Ok(Statement::Catalogue(Box::new(issue))));
    }
}

#[test]
fn the_built_in_tables_fit_an_artefact_many_times() {
    let body = catalogue_body(&catalogue(builtin_files()));
    let max = Kind::Catalogue.body_bytes_max();
    assert!(body.len() * 4 < max, "{} of {max} bytes", body.len());
}

#[test]
fn what_no_office_could_have_issued_does_not_read() {
    let file = |name: &str| BTreeMap::from([(name.to_owned(), String::new())]);
    let refused =
        |issue: CatalogueIssue| matches!(read(&catalogue_body(&issue)), Err(StatementError::Catalogue(_)));
    assert!(refused(CatalogueIssue { version: 0, ..catalogue(file("a.csv")) }));
    assert!(refused(CatalogueIssue { document: String::new(), ..catalogue(file("a.csv")) }));
    assert!(refused(catalogue(file("../a.csv"))));

    let body = |fields: Vec<Field>, names: &[&str]| {
        let column = |id, text: &str| Field { id, value: Value::Text(text.into()) };
        let row = |name: &&str| Row { table: 1, fields: vec![column(1, name), column(2, "x")] };
        Body { fields, rows: names.iter().map(row).collect(), ..Body::default() }.to_bytes()
    };
    let head = || {
        let text = |id, text: &str| Field { id, value: Value::Text(text.into()) };
        vec![Field { id: 1, value: Value::Integer(1) }, text(2, "d"), text(3, "2027-01-01")]
    };
    assert!(read(&body(head(), &["a.csv", "b.csv"])).is_ok());
    assert_eq!(
        read(&body(head(), &["b.csv", "a.csv"])),
        Err(StatementError::Field("name")),
        "one way to write it"
    );
    assert_eq!(read(&body(head(), &["a.csv", "a.csv"])), Err(StatementError::Field("name")), "twice");
    let mut more = head();
    more.push(Field { id: 4, value: Value::Integer(1) });
    assert_eq!(read(&body(more, &[])), Err(StatementError::Unknown(4)));
    assert_eq!(read(&body(head()[..2].to_vec(), &[])), Err(StatementError::Missing("from")));
}

#[test]
fn a_report_that_names_no_version_has_the_bytes_it_always_had() {
    let report = fengsui_model::Report { catalogue: 0, ..crate::statement::report() };
    let named = fengsui_model::Report { catalogue: 7, ..report.clone() };
    let fields = |report| Body::from_bytes(&report_body(report)).expect("a body").fields;
    let (without, with) = (fields(&report), fields(&named));
    let of: Vec<&Field> = with.iter().filter(|field| !without.contains(field)).collect();
    assert_eq!(of, [&Field { id: 14, value: Value::Integer(7) }]);
    assert_eq!(statement(Kind::Report, &report_body(&named)), Ok(Statement::Report(Box::new(named))));

    let mut zero = Body::from_bytes(&report_body(&report)).expect("a body");
    zero.push(14, Value::Integer(0));
    assert_eq!(statement(Kind::Report, &zero.to_bytes()), Err(StatementError::Field("catalogue")));
}
