//! Statements: what is said comes back; what says more than is understood is refused.

use std::collections::BTreeMap;

use fengsui_model::{Directory, Figure, Report, Site, SiteKey, SiteKind, Stage, directory::JILIN_2019_CSV};
use fengsui_wire::limits::{FIELDS_MAX, ROWS_MAX};
use fengsui_wire::{
    Answer, Appointment, Body, BodyError, Field, Genesis, Hash, Incarnation, Kind, Lane, Position, Post,
    Reason, Revocation, Role, Rotation, Row, Sealed, StandLine, Statement, StatementError, StationKey, Value,
    adoption_body, answer_body, appointment_body, catalogue_body, consultation_body, directory_body,
    genesis_body, inspection_body, merge_body, proxy_body, report_body, report_id, review_body,
    revocation_body, rotation_body, stability_body, standard_body, statement, submission_body, targets_body,
    withdrawal_body,
};
use proptest::prelude::*;

use crate::catalogue::catalogue;
use crate::records::{consultation, inspection, targets};
use crate::review::{cites, merge, proxy, returned, review, stability, submission};
use crate::sample::{division, key, log, name, network};
use crate::standard::{adoption, standard};

fn genesis() -> Genesis {
    Genesis { name: name(), division: division(220_221_100), continues: Some(log()) }
}

fn sites() -> BTreeMap<SiteKey, Site> {
    let site = |kind, key: &str, name: &str, figure| {
        let key = SiteKey { kind, key: key.into() };
        (key, Site { name: name.into(), figures: [(1010, figure)].into() })
    };
    [
        site(SiteKind::Village, "220221100201", "永丰村", Figure::Number(70)),
        site(SiteKind::Village, "前进村", "前进村", Figure::Some),
        site(SiteKind::Depot, "中心库", "中心库", Figure::Number(0)),
    ]
    .into()
}

pub fn report() -> Report {
    Report {
        form: 1,
        catalogue: 2,
        division: division(220_221_100),
        subject: "20261121-220221-flood".parse().expect("an event"),
        stage: Stage::Continued,
        revision: 3,
        follows: Some([8; 32]),
        month_before: None,
        occurred_ms: Some(1_700_000_000_000),
        cutoff_ms: Some(1_700_000_100_000),
        drill: true,
        zero: false,
        explanation: Some("更正".into()),
        narrative: Some("暴雨引发洪涝。".into()),
        relief_narrative: Some(String::new()),
        figures: BTreeMap::from([(100, Figure::Number(0)), (1010, Figure::Number(-4)), (1020, Figure::Some)]),
        sites: sites(),
    }
}

fn two_tables() -> BTreeMap<String, String> {
    [("forms.csv", "id\n1\n"), ("quick.csv", "")].map(|(name, text)| (name.into(), text.into())).into()
}

fn appointment() -> Appointment {
    Appointment {
        key: key().public(),
        division: division(220_221),
        role: Role::Hub,
        from_ms: -1,
        until_ms: Some(i64::MAX),
        address: Some("[::1]:4433".into()),
        second_parent: Some(key().public()),
        post: Some(Post { office: "民政".into(), number: 2 }),
    }
}

fn answer() -> Answer {
    let reason =
        |check: &str| Reason { check: check.into(), zh: "人数不符".into(), en: "counts differ".into() };
    Answer {
        position: Position { log: log(), lane: Lane::Urgent, sequence: 7 },
        entry: Hash([3; 32]),
        reasons: vec![reason("LR01"), reason("LR02")],
    }
}

fn directory() -> Directory {
    Directory::from_csv(JILIN_2019_CSV, 12).expect("the table that is compiled in")
}

fn revocation() -> Revocation {
    let line = |lane| StandLine {
        incarnation: Incarnation([4; 16]),
        lane,
        sequence: u64::from(lane as u8) + 8,
        hash: Hash([6; 32]),
    };
    Revocation {
        key: key().public(),
        at_ms: 1_700_000_000_000,
        reason: "机器遗失".into(),
        successor: Some(key().public()),
        lines: vec![line(Lane::Urgent), line(Lane::Routine)],
    }
}

fn rotation() -> Rotation {
    Rotation::new(&StationKey::from_seed(&[9; 32]), network(), key().public(), division(220_221_100))
}

fn one_of_each() -> [(Kind, Vec<u8>); 19] {
    [
        (Kind::Genesis, genesis_body(&genesis())),
        (Kind::Report, report_body(&report())),
        (Kind::Appointment, appointment_body(&appointment())),
        (Kind::Directory, directory_body(&directory())),
        (Kind::Answer, answer_body(&answer(), [5; 16])),
        (Kind::Standard, standard_body(&standard())),
        (Kind::Catalogue, catalogue_body(&catalogue(two_tables()))),
        (Kind::Adoption, adoption_body(&adoption())),
        (Kind::Revocation, revocation_body(&revocation())),
        (Kind::Review, review_body(&review(returned()))),
        (Kind::Withdrawal, withdrawal_body(&cites())),
        (Kind::Submission, submission_body(&submission())),
        (Kind::Merge, merge_body(&merge())),
        (Kind::Stability, stability_body(&stability())),
        (Kind::Proxy, proxy_body(&proxy())),
        (Kind::Rotation, rotation_body(&rotation())),
        (Kind::Target, targets_body(&targets())),
        (Kind::Inspection, inspection_body(&inspection())),
        (Kind::Consultation, consultation_body(&consultation())),
    ]
}

/// What a reader says of a sound body after `change`.
fn changed(kind: Kind, change: impl FnOnce(&mut Body)) -> Result<Statement, StatementError> {
    let (_, bytes) = one_of_each().into_iter().find(|(other, _)| *other == kind).expect("one of each");
    let mut body = Body::from_bytes(&bytes).expect("own bytes read");
    change(&mut body);
    statement(kind, &body.to_bytes())
}

#[test]
fn each_comes_back_as_it_went() {
    let expected = [
        Statement::Genesis(genesis()),
        Statement::Report(Box::new(report())),
        Statement::Appointment(appointment()),
        Statement::Directory(Box::new(directory())),
        Statement::Answer(answer()),
        Statement::Standard(Box::new(standard())),
        Statement::Catalogue(Box::new(catalogue(two_tables()))),
        Statement::Adoption(Box::new(adoption())),
        Statement::Revocation(revocation()),
        Statement::Review(Box::new(review(returned()))),
        Statement::Withdrawal(cites()),
        Statement::Submission(Box::new(submission())),
        Statement::Merge(merge()),
        Statement::Stability(stability()),
        Statement::Proxy(Box::new(proxy())),
        Statement::Rotation(rotation()),
        Statement::Targets(Box::new(targets())),
        Statement::Inspection(Box::new(inspection())),
        Statement::Consultation(Box::new(consultation())),
    ];
    for ((kind, bytes), expected) in one_of_each().into_iter().zip(expected) {
        assert!(bytes.len() <= kind.body_bytes_max(), "{kind:?}");
        assert_eq!(statement(kind, &bytes), Ok(expected));
    }
}

fn month() -> Report {
    Report {
        form: 2,
        subject: "2026-10".parse().expect("a month"),
        month_before: Some([9; 32]),
        occurred_ms: None,
        drill: false,
        ..report()
    }
}

#[test]
fn a_month_comes_back_as_it_went() {
    for month in [month(), Report { month_before: None, ..month() }] {
        let read = statement(Kind::Report, &report_body(&month));
        assert_eq!(read, Ok(Statement::Report(Box::new(month))));
    }
}

#[test]
fn an_event_says_when_it_began_and_a_month_does_not() {
    let read = |report: Report| statement(Kind::Report, &report_body(&report)).err();
    let without = Report { occurred_ms: None, ..report() };
    assert_eq!(read(without), Some(StatementError::Missing("occurred")));
    assert_eq!(read(Report { occurred_ms: Some(1), ..month() }), Some(StatementError::Field("occurred")));
    let before = Report { month_before: Some([9; 32]), ..report() };
    assert_eq!(read(before), Some(StatementError::Field("month before")));
}

#[test]
fn what_is_optional_may_be_missing() {
    let first = Genesis { continues: None, ..genesis() };
    assert_eq!(statement(Kind::Genesis, &genesis_body(&first)), Ok(Statement::Genesis(first)));
    let bare =
        Appointment { until_ms: None, address: None, second_parent: None, post: None, ..appointment() };
    assert_eq!(statement(Kind::Appointment, &appointment_body(&bare)), Ok(Statement::Appointment(bare)));
    let nothing = Revocation { successor: None, lines: Vec::new(), ..revocation() };
    let read = statement(Kind::Revocation, &revocation_body(&nothing));
    assert_eq!(read, Ok(Statement::Revocation(nothing)));
    let empty = Report {
        follows: None,
        cutoff_ms: None,
        explanation: None,
        narrative: None,
        relief_narrative: None,
        figures: BTreeMap::new(),
        ..report()
    };
    assert_eq!(statement(Kind::Report, &report_body(&empty)), Ok(Statement::Report(Box::new(empty))));
}

#[test]
fn a_blank_figure_is_not_written() {
    let mut with_blank = report();
    with_blank.figures.insert(1030, Figure::Blank);
    assert_eq!(report_body(&with_blank), report_body(&report()));
}

#[test]
fn an_unknown_field_is_refused() {
    for (kind, _) in one_of_each() {
        let refused = changed(kind, |body| body.push(99, Value::Integer(1)));
        assert_eq!(refused, Err(StatementError::Unknown(99)), "{kind:?}");
    }
    for kind in [
        Kind::Directory,
        Kind::Answer,
        Kind::Standard,
        Kind::Revocation,
        Kind::Review,
        Kind::Submission,
        Kind::Merge,
        Kind::Target,
        Kind::Inspection,
        Kind::Consultation,
    ] {
        let refused =
            changed(kind, |body| body.rows[0].fields.push(Field { id: 99, value: Value::Uncounted }));
        assert_eq!(refused, Err(StatementError::Unknown(99)), "{kind:?}");
    }
}

#[test]
fn unknown_tables_and_unused_parts_are_refused() {
    for (kind, _) in one_of_each() {
        let table = changed(kind, |body| body.rows.push(Row { table: 77, fields: vec![] }));
        assert_eq!(table, Err(StatementError::Unknown(77)), "{kind:?}");
        let sealed = Sealed { suite: 1, wrapped: vec![], ciphertext: vec![1] };
        let sealed = changed(kind, |body| body.sealed = Some(sealed));
        assert_eq!(sealed, Err(StatementError::Field("sealed")), "{kind:?}");
    }
    for kind in [
        Kind::Genesis,
        Kind::Appointment,
        Kind::Directory,
        Kind::Standard,
        Kind::Adoption,
        Kind::Revocation,
        Kind::Merge,
        Kind::Stability,
        Kind::Rotation,
    ] {
        let id = changed(kind, |body| body.report_id = [1; 16]);
        assert_eq!(id, Err(StatementError::Field("report id")), "{kind:?}");
        assert_eq!(changed(kind, |body| body.form = 2), Err(StatementError::Form(2)), "{kind:?}");
    }
    for kind in [Kind::Answer, Kind::Review, Kind::Withdrawal] {
        assert_eq!(changed(kind, |body| body.form = 2), Err(StatementError::Form(2)), "{kind:?}");
    }
}

#[test]
fn a_missing_field_and_one_of_another_type_are_refused() {
    for (kind, field) in [(Kind::Genesis, "key"), (Kind::Appointment, "key"), (Kind::Directory, "version")] {
        let missing = changed(kind, |body| body.fields.retain(|field| field.id != 1));
        assert_eq!(missing, Err(StatementError::Missing(field)));
        let other = changed(kind, |body| body.fields[0].value = Value::Text("1".into()));
        assert_eq!(other, Err(StatementError::Field(field)));
    }
    let short = changed(Kind::Genesis, |body| body.fields[0].value = Value::Bytes(vec![1; 31]));
    assert_eq!(short, Err(StatementError::Field("key")));
    assert_eq!(changed(Kind::Answer, |body| body.rows.clear()), Err(StatementError::Missing("reason")));
}

#[test]
fn a_report_under_another_id_is_refused() {
    assert_eq!(changed(Kind::Report, |body| body.report_id[15] ^= 1), Err(StatementError::ReportId));
    assert_eq!(changed(Kind::Report, |body| body.form = 2), Err(StatementError::ReportId));
    let (form, division, event) = report().identity();
    assert_ne!(report_id(form + 1, division, event), report_id(form, division, event));
}

#[test]
fn numbers_out_of_range_are_refused() {
    let set = |id: u32, value: i64| {
        move |body: &mut Body| {
            let field = body.fields.iter_mut().find(|field| field.id == id).expect("the field is there");
            field.value = Value::Integer(value);
        }
    };
    for (id, name, good, bad) in [
        (1, "division", 220_221_100, 5),
        (3, "stage", 2, 4),
        (4, "revision", 3, -1),
        (4, "revision", 3, 1 << 32),
        (8, "drill", 1, 2),
        (9, "zero report", 0, -1),
    ] {
        assert!(changed(Kind::Report, set(id, good)).is_ok(), "{name}");
        assert_eq!(changed(Kind::Report, set(id, bad)), Err(StatementError::Field(name)));
    }
    for (kind, id, name, bad) in
        [(Kind::Appointment, 3, "role", 5), (Kind::Answer, 3, "lane", 3), (Kind::Answer, 4, "sequence", -1)]
    {
        assert_eq!(changed(kind, set(id, bad)), Err(StatementError::Field(name)));
    }
}

#[test]
fn a_figure_is_a_number_or_some() {
    let refused = changed(Kind::Report, |body| body.push(2000, Value::Text("12".into())));
    assert_eq!(refused, Err(StatementError::Field("figure")));
}

#[test]
fn a_directory_that_is_no_tree_is_refused() {
    let twice = changed(Kind::Directory, |body| body.rows.push(body.rows[3].clone()));
    assert!(matches!(twice, Err(StatementError::Directory(_))));
}

#[test]
fn containers_are_bounded() {
    let fields =
        |count| (0..count as u32).map(|id| Field { id, value: Value::Uncounted }).collect::<Vec<_>>();
    let read = |body: &Body| Body::from_bytes(&body.to_bytes()).map(|_| ());
    let wide = |count| Body { fields: fields(count), ..Body::default() };
    assert_eq!(read(&wide(FIELDS_MAX)), Ok(()));
    assert_eq!(read(&wide(FIELDS_MAX + 1)), Err(BodyError::TooMany(FIELDS_MAX + 1)));
    let row = |count| Body { rows: vec![Row { table: 1, fields: fields(count) }], ..Body::default() };
    assert_eq!(read(&row(FIELDS_MAX)), Ok(()));
    assert_eq!(read(&row(FIELDS_MAX + 1)), Err(BodyError::TooMany(FIELDS_MAX + 1)));
    let long = |count| Body { rows: vec![Row { table: 1, fields: vec![] }; count], ..Body::default() };
    assert_eq!(read(&long(ROWS_MAX)), Ok(()));
    assert_eq!(read(&long(ROWS_MAX + 1)), Err(BodyError::TooMany(ROWS_MAX + 1)));
}

#[test]
fn kinds_of_a_later_version_are_left_alone() {
    let read = one_of_each().map(|(kind, _)| kind);
    for kind in Kind::ALL.iter().filter(|kind| !read.contains(kind)) {
        assert_eq!(statement(*kind, b"anything"), Ok(Statement::Later(*kind)));
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::Integer),
        Just(Value::Uncounted),
        ".{0,12}".prop_map(Value::Text),
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
    ]
}

fn any_body() -> impl Strategy<Value = Body> {
    let fields = || proptest::collection::btree_map(0u32..16, any_value(), 0..9);
    let fields =
        move || fields().prop_map(|map| map.into_iter().map(|(id, value)| Field { id, value }).collect());
    let rows = proptest::collection::vec(
        (0u32..3, fields()).prop_map(|(table, fields)| Row { table, fields }),
        0..3,
    );
    (any::<[u8; 16]>(), 0u32..2, fields(), rows).prop_map(|(report_id, form, fields, rows)| Body {
        report_id,
        form,
        fields,
        rows,
        sealed: None,
    })
}

proptest! {
    #[test]
    fn any_body_comes_back_as_it_went(body in any_body()) {
        prop_assert_eq!(Body::from_bytes(&body.to_bytes()), Ok(body));
    }

    #[test]
    fn no_body_makes_any_kind_panic(body in any_body()) {
        for kind in Kind::ALL {
            let _ = statement(*kind, &body.to_bytes());
        }
    }

    #[test]
    fn no_bytes_make_any_kind_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for kind in Kind::ALL {
            let _ = statement(*kind, &bytes);
        }
    }

    #[test]
    fn no_damage_makes_a_statement_panic(which in 0usize..15, at in 0usize..100_000, value: u8) {
        let (kind, mut bytes) = one_of_each()[which].clone();
        let at = at % bytes.len();
        bytes[at] = value;
        let _ = statement(kind, &bytes);
    }
}

/// Each village and depot once, in one order, and under its own table.
#[test]
fn sites_have_one_encoding() {
    let refused = |change: fn(&mut Vec<Row>)| {
        let mut body = Body::from_bytes(&report_body(&report())).expect("own bytes read");
        change(&mut body.rows);
        statement(Kind::Report, &body.to_bytes()).err()
    };
    let name = |text: &str| Field { id: 2, value: Value::Text(text.into()) };
    assert_eq!(refused(|rows| rows.swap(0, 1)), Some(StatementError::Field("key")));
    assert_eq!(refused(|rows| rows.push(rows[2].clone())), Some(StatementError::Field("key")));
    assert_eq!(refused(|rows| rows[1].table = 3), Some(StatementError::Unknown(3)));
    assert_eq!(refused(|rows| drop(rows[1].fields.remove(0))), Some(StatementError::Missing("key")));
    assert_eq!(refused(|rows| rows[1].fields[0].id = 3), Some(StatementError::Unknown(3)));
    let mut body = Body::from_bytes(&report_body(&report())).expect("own bytes read");
    body.rows[1].fields.push(name("前进村"));
    let twice = statement(Kind::Report, &body.to_bytes()).err();
    assert_eq!(twice, Some(StatementError::Field("name")), "a name that is the key is not written");
}
