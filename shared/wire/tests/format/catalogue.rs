//! The catalogue against the page.

use fengsui_model::CatalogueIssue;
use fengsui_wire::catalogue_body;

use super::*;

#[test]
fn catalogue_has_the_fields_of_the_page() {
    let file = |name: &str, words: &str| (name.to_owned(), words.to_owned());
    let issue = CatalogueIssue {
        version: 1,
        document: "two".into(),
        from: "2003-03-03".parse().expect("a day"),
        files: [file("b.csv", "second"), file("a.csv", "first")].into(),
    };
    let body = read(&catalogue_body(&issue));
    let [fields, columns] = &tables("Catalogue")[..] else {
        panic!("the page has two tables of the catalogue")
    };
    let expected = [("version", Value::Integer(1)), ("document", text("two")), ("from", text("2003-03-03"))];
    check_fields(fields, &body.fields, &expected);
    assert!(body.rows.iter().all(|row| row.table == 1));
    check_fields(columns, &body.rows[0].fields, &[("name", text("a.csv")), ("text", text("first"))]);
    check_fields(columns, &body.rows[1].fields, &[("name", text("b.csv")), ("text", text("second"))]);
}
