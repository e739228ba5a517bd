//! Reviews, submissions and the course of an event: whatever can be said comes back, and what contradicts itself does not
//! read.

use std::collections::BTreeMap;

use fengsui_model::submission::{Absence, Cell, Cited};
use fengsui_model::{Citation, Correction, Merge, Review, Stability, Stage, Submission, Verdict};
use fengsui_wire::{
    Act, Body, Endorsement, Field, Kind, Proxy, Row, SignedReview, SignedSubmission, Statement,
    StatementError, Value, VerifyError, act_of, merge_body, proxy_body, review_body, stability_body,
    statement, submission_body, submission_citation, withdrawal_body,
};
use proptest::prelude::*;

use crate::sample::{division, key, network};

pub fn cites() -> Citation {
    Citation { report: [5; 16], revision: 3, body: [7; 32] }
}

pub fn review(verdict: Verdict) -> SignedReview {
    let person = Endorsement::sign(&key(), network(), act_of(&verdict), &cites());
    SignedReview { review: Review { cites: cites(), number: 2, verdict }, person: Some(person) }
}

pub fn returned() -> Verdict {
    Verdict::Return([(0, "请补充文字说明".to_owned()), (1010, "与台账不符".to_owned())].into())
}

pub fn submission() -> SignedSubmission {
    let cited = |code, filed_by| Cited { division: division(code), revision: 1, body: [2; 32], filed_by };
    let submission = Submission {
        form: 1,
        catalogue: 2,
        division: division(220_221),
        subject: "20261121-220221-flood".parse().expect("an event"),
        number: 2,
        stage: Some(Stage::Verified),
        follows: Some([4; 32]),
        drill: false,
        counted: vec![cited(220_221_100, None), cited(220_221_101, Some(division(220_221)))],
        left_out: [(division(220_221_102), Absence::Missing)].into(),
        totals: [
            (1010, Cell { value: Some(-3), at_least: true }),
            (1011, Cell { value: None, at_least: true }),
        ]
        .into(),
    };
    let head = Endorsement::sign(&key(), network(), Act::Submit, &submission_citation(&submission));
    SignedSubmission { submission, head: Some(head) }
}

pub fn proxy() -> Proxy {
    Proxy {
        report: crate::statement::report(), told_by: "乡镇值班室".into(), told_ms: 1_795_320_000_000
    }
}

#[test]
fn a_proxy_is_a_report_and_who_told() {
    let bytes = proxy_body(&proxy());
    assert_eq!(statement(Kind::Proxy, &bytes), Ok(Statement::Proxy(Box::new(proxy()))));
    let nobody = changed(Kind::Proxy, &bytes, |body| body.fields.retain(|field| field.id != 90));
    assert_eq!(nobody, Err(StatementError::Missing("told by")));
    let as_report = statement(Kind::Report, &bytes);
    assert_eq!(as_report, Err(StatementError::Unknown(90)), "it never passes for the division's own report");
    let endless = Proxy { told_by: "长".repeat(41), ..proxy() };
    let endless = statement(Kind::Proxy, &proxy_body(&endless));
    assert_eq!(endless, Err(StatementError::Field("told by")));
}

pub fn merge() -> Merge {
    let event = |text: &str| text.parse().expect("an event");
    Merge {
        into: event("20261121-220221-flood"),
        number: 1,
        events: vec![event("20261122-220221-flood"), event("20261122-220282-flood")],
        undoes: None,
    }
}

pub fn stability() -> Stability {
    Stability { event: merge().into, number: 1, since_ms: Some(1_795_320_000_000), undoes: None }
}

fn any_verdict() -> impl Strategy<Value = Verdict> {
    let reasons = proptest::collection::btree_map(any::<u32>(), "[a-z一-龥]{1,9}", 1..9);
    prop_oneof![
        Just(Verdict::Accept),
        reasons.prop_map(|cells: BTreeMap<u32, String>| Verdict::Return(cells)),
        any::<i64>().prop_map(|at| Verdict::Correct(Correction {
            occurred_ms: Some(at),
            kind: "snow".parse().ok().filter(|_| at % 2 == 0),
        })),
        any::<[u8; 32]>().prop_map(|review| Verdict::Undo { review }),
    ]
}

proptest! {
    #[test]
    fn any_review_comes_back_as_it_went(verdict in any_verdict(), number: u32, signed: bool) {
        let mut of = review(verdict);
        of.review.number = number;
        of.person = of.person.filter(|_| signed);
        let back = statement(Kind::Review, &review_body(&of));
        prop_assert_eq!(back, Ok(Statement::Review(Box::new(of))));
    }
}

#[test]
fn a_signature_holds_for_its_act_revision_and_network_only() {
    let person = Endorsement::sign(&key(), network(), Act::Accept, &cites());
    assert_eq!(person.verify(network(), Act::Accept, &cites()), Ok(()));
    let refused = Err(VerifyError::Person(key().public()));
    assert_eq!(person.verify(network(), Act::Return, &cites()), refused);
    let next = Citation { revision: 4, ..cites() };
    assert_eq!(person.verify(network(), Act::Accept, &next), refused);
    let drill = fengsui_wire::NetworkId([1; 16]);
    assert_eq!(person.verify(drill, Act::Accept, &cites()), refused);
}

#[test]
fn the_head_signs_the_submission_as_it_stands() {
    let signed = submission();
    let head = signed.head.expect("it is signed");
    assert_eq!(head.verify(network(), Act::Submit, &submission_citation(&signed.submission)), Ok(()));
    let mut other = signed.submission;
    other.totals.insert(1012, Cell { value: Some(1), at_least: false });
    assert!(head.verify(network(), Act::Submit, &submission_citation(&other)).is_err());
}

fn changed(kind: Kind, bytes: &[u8], change: impl FnOnce(&mut Body)) -> Result<Statement, StatementError> {
    let mut body = Body::from_bytes(bytes).expect("own bytes");
    change(&mut body);
    statement(kind, &body.to_bytes())
}

#[test]
fn what_belongs_to_another_verdict_is_refused() {
    let accept = review_body(&review(Verdict::Accept));
    let undone = changed(Kind::Review, &accept, |body| body.push(7, Value::Bytes(vec![1; 32])));
    assert_eq!(undone, Err(StatementError::Unknown(7)));
    let cells = changed(Kind::Review, &accept, |body| body.rows.push(Row { table: 1, fields: vec![] }));
    assert_eq!(cells, Err(StatementError::Unknown(1)));
    let half = changed(Kind::Review, &accept, |body| body.fields.retain(|field| field.id != 9));
    assert_eq!(half, Err(StatementError::Missing("signature")));
    let bytes = review_body(&review(returned()));
    let twice = changed(Kind::Review, &bytes, |body| body.rows[1] = body.rows[0].clone());
    assert_eq!(twice, Err(StatementError::Field("indicator")));
    let none = changed(Kind::Review, &bytes, |body| body.rows.clear());
    assert!(matches!(none, Err(StatementError::Review(_))), "{none:?}");
}

#[test]
fn a_submission_that_contradicts_itself_is_refused() {
    let bytes = submission_body(&submission());
    let swapped = changed(Kind::Submission, &bytes, |body| body.rows.swap(0, 1));
    assert!(matches!(swapped, Err(StatementError::Submission(_))), "{swapped:?}");
    let other = changed(Kind::Submission, &bytes, |body| body.report_id[0] ^= 1);
    assert_eq!(other, Err(StatementError::ReportId));
    let twice = changed(Kind::Submission, &bytes, |body| body.rows.push(body.rows[4].clone()));
    assert_eq!(twice, Err(StatementError::Field("indicator")));
    let stage = Field { id: 4, value: Value::Integer(9) };
    let stage = changed(Kind::Submission, &bytes, |body| {
        body.fields.iter_mut().filter(|field| field.id == 4).for_each(|field| *field = stage.clone());
    });
    assert_eq!(stage, Err(StatementError::Field("stage")));
}

#[test]
fn each_comes_back_as_it_went() {
    for (kind, bytes, expected) in [
        (Kind::Withdrawal, withdrawal_body(&cites()), Statement::Withdrawal(cites())),
        (Kind::Submission, submission_body(&submission()), Statement::Submission(Box::new(submission()))),
        (Kind::Merge, merge_body(&merge()), Statement::Merge(merge())),
        (Kind::Stability, stability_body(&stability()), Statement::Stability(stability())),
    ] {
        assert_eq!(statement(kind, &bytes), Ok(expected));
    }
    let undo = Stability { since_ms: None, undoes: Some([1; 32]), ..stability() };
    assert_eq!(statement(Kind::Stability, &stability_body(&undo)), Ok(Statement::Stability(undo)));
}
