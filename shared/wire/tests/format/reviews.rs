//! Reviews, withdrawals, submissions and the course of an event against the page.

use fengsui_model::submission::{Absence, Cell, Cited};
use fengsui_model::{Citation, Correction, Merge, Review, Stability, Submission, Verdict};
use fengsui_wire::{
    Act, Endorsement, Proxy, SignedReview, SignedSubmission, merge_body, proxy_body, review_body,
    stability_body, submission_body, submission_citation, withdrawal_body,
};

use super::*;

fn cites() -> Citation {
    Citation { report: [6; 16], revision: 1, body: [2; 32] }
}

fn bytes(byte: u8, length: usize) -> Value {
    Value::Bytes(vec![byte; length])
}

fn person() -> Endorsement {
    Endorsement { key: PublicKey([8; 32]), signature: Signature([9; 64]) }
}

#[test]
fn acts_are_those_of_the_page_and_are_signed() {
    let [_, acts] = &tables("What is signed")[..] else { panic!("the page has two tables of signatures") };
    let expected: Vec<Vec<String>> =
        Act::ALL.iter().map(|act| vec![(*act as u8).to_string(), format!("{act:?}")]).collect();
    assert_eq!(*acts, expected);
    let signed = Endorsement::sign(&key(), network(), Act::Submit, &cites());
    let content = [&[5][..], &[6; 16], &1u32.to_le_bytes(), &[2; 32]].concat();
    check_signature(&[Domain::Person.prefix(), &network().0, &content].concat(), signed.signature);
}

/// The fields of each verdict are the rows of the page that are not kept for another verdict.
#[test]
fn review_has_the_fields_of_the_page() {
    let [fields, columns] = &tables("Review")[..] else { panic!("the page has two tables of the review") };
    let correction = Correction { occurred_ms: Some(5), kind: "flood".parse().ok() };
    let verdicts = [
        Verdict::Accept,
        Verdict::Return([(1010, "为何".to_owned())].into()),
        Verdict::Correct(correction),
        Verdict::Undo { review: [7; 32] },
    ];
    let own: [&[(&str, Value)]; 4] =
        [&[], &[], &[("occurred", Value::Integer(5)), ("kind", text("flood"))], &[("undone", bytes(7, 32))]];
    for (verdict, own) in verdicts.into_iter().zip(own) {
        let number = verdict.number();
        let review = Review { cites: cites(), number: 3, verdict };
        let body = read(&review_body(&SignedReview { review, person: Some(person()) }));
        assert_eq!(body.report_id, [6; 16]);
        let mut expected = vec![
            ("revision", Value::Integer(1)),
            ("body", bytes(2, 32)),
            ("number", Value::Integer(3)),
            ("verdict", Value::Integer(i64::from(number))),
        ];
        expected.extend(own.iter().cloned());
        expected.extend([("person", bytes(8, 32)), ("signature", bytes(9, 64))]);
        let of_verdict = |row: &&Vec<String>| {
            !row[2].contains("in verdict") || row[2].contains(&format!("in verdict {number} only"))
        };
        let rows: Vec<Vec<String>> = fields.iter().filter(of_verdict).cloned().collect();
        check_fields(&rows, &body.fields, &expected);
        assert_eq!(body.rows.len(), usize::from(number == 2));
        for row in &body.rows {
            assert_eq!(row.table, 1);
            let expected = [("indicator", Value::Integer(1010)), ("reason", text("为何"))];
            check_fields(columns, &row.fields, &expected);
        }
    }
}

#[test]
fn withdrawal_has_the_fields_of_the_page() {
    let body = read(&withdrawal_body(&cites()));
    assert_eq!(body.report_id, [6; 16]);
    let expected = [("revision", Value::Integer(1)), ("body", bytes(2, 32))];
    check_fields(&table("Withdrawal"), &body.fields, &expected);
}

fn submission() -> Submission {
    let filed_by = Some(division(2_202));
    Submission {
        form: 1,
        catalogue: 9,
        division: division(220_221),
        subject: "20261121-220221-flood".parse().expect("an event"),
        number: 3,
        stage: Some(Stage::Continued),
        follows: Some([5; 32]),
        drill: true,
        counted: vec![Cited { division: division(220_221_100), revision: 2, body: [3; 32], filed_by }],
        left_out: [(division(220_221_101), Absence::Waiting)].into(),
        totals: [
            (1010, Cell { value: Some(2), at_least: true }),
            (1011, Cell { value: None, at_least: true }),
        ]
        .into(),
    }
}

#[test]
fn submission_has_the_fields_of_the_page() {
    let [fields, counted, left_out, totals] = &tables("Submission")[..] else {
        panic!("the page has four tables of the submission")
    };
    let of = submission();
    let signed = SignedSubmission { submission: of.clone(), head: Some(person()) };
    let body = read(&submission_body(&signed));
    assert_eq!((body.form, body.report_id), (1, report_id(1, of.division, of.subject).0));
    let expected = [
        ("division", Value::Integer(220_221)),
        ("event", text("20261121-220221-flood")),
        ("number", Value::Integer(3)),
        ("stage", Value::Integer(2)),
        ("follows", bytes(5, 32)),
        ("drill", Value::Integer(1)),
        ("person", bytes(8, 32)),
        ("signature", bytes(9, 64)),
        ("catalogue", Value::Integer(9)),
    ];
    check_fields(fields, &body.fields, &expected);
    let tables: Vec<u32> = body.rows.iter().map(|row| row.table).collect();
    assert_eq!(tables, [1, 2, 3, 3]);
    let expected = [
        ("division", Value::Integer(220_221_100)),
        ("revision", Value::Integer(2)),
        ("body", bytes(3, 32)),
        ("filed by", Value::Integer(2_202)),
    ];
    check_fields(counted, &body.rows[0].fields, &expected);
    let expected = [("division", Value::Integer(220_221_101)), ("why", Value::Integer(2))];
    check_fields(left_out, &body.rows[1].fields, &expected);
    let expected =
        [("indicator", Value::Integer(1010)), ("value", Value::Integer(2)), ("at least", Value::Integer(1))];
    check_fields(totals, &body.rows[2].fields, &expected);
    assert_eq!(body.rows[3].fields[1].value, Value::Uncounted);

    let bare = submission_body(&SignedSubmission { submission: of.clone(), head: None });
    let cites = submission_citation(&of);
    assert_eq!((cites.report, cites.revision, cites.body), (body.report_id, 3, Hash::of(&bare).0));
}

#[test]
fn proxy_has_the_fields_of_the_page() {
    let report = Report::blank(1, division(220_221_100), "2026-10".parse().expect("a month"));
    let own = read(&report_body(&report));
    let body = read(&proxy_body(&Proxy { report, told_by: "值班室".into(), told_ms: 5 }));
    let more = own.fields.len();
    assert_eq!((body.report_id, body.form, &body.fields[..more]), (own.report_id, own.form, &own.fields[..]));
    let expected = [("told by", text("值班室")), ("told at", Value::Integer(5))];
    check_fields(&table("Proxy"), &body.fields[more..], &expected);
}

#[test]
fn the_course_of_an_event_has_the_fields_of_the_page() {
    let [fields, columns] = &tables("Merge")[..] else { panic!("the page has two tables of the merge") };
    let event = |text: &str| text.parse::<EventKey>().expect("an event");
    let merge = Merge {
        into: event("20261121-220221-flood"),
        number: 2,
        events: vec![event("20261122-220221-flood")],
        undoes: None,
    };
    let body = read(&merge_body(&merge));
    let expected = [("event", text("20261121-220221-flood")), ("number", Value::Integer(2))];
    check_fields(&fields[..2], &body.fields, &expected);
    assert_eq!(body.rows[0].table, 1);
    check_fields(columns, &body.rows[0].fields, &[("event", text("20261122-220221-flood"))]);
    let undo = read(&merge_body(&Merge { events: vec![], undoes: Some([4; 32]), ..merge.clone() }));
    check_fields(&fields[2..], &undo.fields[2..], &[("undone", bytes(4, 32))]);

    let stable = Stability { event: merge.into, number: 2, since_ms: Some(3), undoes: None };
    let page = table("Stability");
    let expected = [expected[0].clone(), expected[1].clone(), ("since", Value::Integer(3))];
    check_fields(&page[..3], &read(&stability_body(&stable)).fields, &expected);
    let undo = read(&stability_body(&Stability { since_ms: None, undoes: Some([4; 32]), ..stable }));
    check_fields(&page[3..], &undo.fields[2..], &[("undone", bytes(4, 32))]);
}
