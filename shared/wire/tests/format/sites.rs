//! Villages and depots in a report against the page.

use fengsui_model::{Site, SiteKey, SiteKind};

use super::*;

#[test]
fn sites_have_the_columns_of_the_page() {
    let [_, columns] = &tables("Report")[..] else { panic!("the page has two tables of the report") };
    let key = |kind, key: &str| SiteKey { kind, key: key.into() };
    let site = |name: &str, figures: &[(u32, Figure)]| Site {
        name: name.into(),
        figures: figures.iter().copied().collect(),
    };
    let mut report = Report::blank(1, division(220_221_100), "2026-10".parse().expect("a month"));
    report.sites = [
        (key(SiteKind::Depot, "1"), site("中心库", &[(103, Figure::Some)])),
        (key(SiteKind::Village, "永丰村"), site("永丰村", &[(100, Figure::Number(3)), (101, Figure::Blank)])),
    ]
    .into();
    let body = read(&report_body(&report));
    assert_eq!(body.rows.iter().map(|row| row.table).collect::<Vec<_>>(), [1, 2]);
    check_fields(&columns[..1], &body.rows[0].fields[..1], &[("key", text("永丰村"))]);
    assert_eq!(body.rows[0].fields[1..], [Field { id: 100, value: Value::Integer(3) }]);
    let named = [("key", text("1")), ("name", text("中心库"))];
    check_fields(columns, &body.rows[1].fields[..2], &named);
    assert_eq!(body.rows[1].fields[2..], [Field { id: 103, value: Value::Uncounted }]);
}
