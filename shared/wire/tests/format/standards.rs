//! Standards and adoptions against the page.

use fengsui_model::standard::{AidStandard, Clause, Income, Period, Setting, Step};
use fengsui_model::{Adoption, Date, Fen};
use fengsui_wire::{adoption_body, standard_body};

use super::*;

#[test]
fn standard_has_the_fields_of_the_page() {
    let clause = Clause {
        divisions: vec![division(2_299), division(222_401)],
        kinds: vec!["区".into(), "县".into()],
        floor: Some(Fen(3)),
        share_bp: Some(4),
        set_by: Level::City,
    };
    let standard = AidStandard {
        code: "one".parse().expect("a code"),
        version: 2,
        name: "three".into(),
        title: "four".into(),
        document: "five".into(),
        issued: "2006-06-06".parse().ok(),
        from: "2007-07-07".parse().expect("a day"),
        recorded_late: true,
        period: Period::Year,
        income: Income::Rural,
        clauses: vec![clause],
    };
    let body = read(&standard_body(&standard));
    let [fields, columns] = &tables("Standard")[..] else {
        panic!("the page has two tables of the standard")
    };
    let expected = [
        ("code", text("one")),
        ("version", Value::Integer(2)),
        ("name", text("three")),
        ("title", text("four")),
        ("document", text("five")),
        ("issued", text("2006-06-06")),
        ("from", text("2007-07-07")),
        ("recorded late", Value::Integer(1)),
        ("period", Value::Integer(2)),
        ("income", Value::Integer(2)),
    ];
    check_fields(fields, &body.fields, &expected);
    let expected = [
        ("divisions", text("2299 222401")),
        ("kinds", text("区 县")),
        ("floor", Value::Integer(3)),
        ("share", Value::Integer(4)),
        ("set by", Value::Integer(3)),
    ];
    assert_eq!((body.rows.len(), body.rows[0].table), (1, 1));
    check_fields(columns, &body.rows[0].fields, &expected);
}

/// The fields of each step are the rows of the page that are not kept for another step.
#[test]
fn adoption_has_the_fields_of_the_page() {
    let day = |text: &str| text.parse::<Date>().expect("a day");
    let setting = Setting {
        value: Fen(11),
        period: Period::Year,
        from: day("2013-01-01"),
        document: "nine".into(),
        income: Some(Fen(14)),
    };
    let issued = Step::Issued { document: "nine".into(), date: day("2010-01-01") };
    let steps = [Step::Seen, Step::Preparing { until: day("2008-01-01") }, issued, Step::InForce(setting)];
    let own: [&[(&str, Value)]; 4] = [
        &[],
        &[("until", text("2008-01-01"))],
        &[("document", text("nine")), ("date", text("2010-01-01"))],
        &[
            ("document", text("nine")),
            ("value", Value::Integer(11)),
            ("period", Value::Integer(2)),
            ("from", text("2013-01-01")),
            ("income", Value::Integer(14)),
        ],
    ];
    let page = table("Adoption");
    for (step, own) in steps.into_iter().zip(own) {
        let number = step.number();
        let covers = if step == Step::Seen { vec![] } else { vec![division(2_299), division(220_221)] };
        let adoption = Adoption {
            standard: "one".parse().expect("a code"),
            version: 2,
            setter: division(22),
            number: 4,
            covers,
            recorded_late: true,
            step,
        };
        let mut expected = vec![
            ("standard", text("one")),
            ("version", Value::Integer(2)),
            ("setter", Value::Integer(22)),
            ("number", Value::Integer(4)),
            ("covers", text("2299 220221")),
            ("recorded late", Value::Integer(1)),
            ("step", Value::Integer(i64::from(number))),
        ];
        expected.extend(own.iter().cloned());
        expected.retain(|(name, _)| number != 1 || *name != "covers");
        let of_step = |row: &&Vec<String>| match row[2].split_once("in step") {
            Some((_, steps)) => {
                let only = steps.trim_start_matches('s').split(" only").next().unwrap_or_default();
                only.contains(&number.to_string())
            }
            None => true,
        };
        let rows: Vec<Vec<String>> = page.iter().filter(of_step).cloned().collect();
        let rows = rows.into_iter().filter(|row| number != 1 || row[1] != "covers").collect::<Vec<_>>();
        check_fields(&rows, &read(&adoption_body(&adoption)).fields, &expected);
    }
}
