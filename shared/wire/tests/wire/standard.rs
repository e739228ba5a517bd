//! Standards and adoptions: whatever can be said comes back, and what contradicts itself does not read.

use fengsui_model::standard::{AidStandard, Clause, Income, Period, Setting, Step};
use fengsui_model::{Adoption, Fen, Level};
use fengsui_wire::{
    Body, Field, Kind, Statement, StatementError, Value, adoption_body, standard_body, statement,
};
use proptest::prelude::*;

use crate::sample::division;

pub fn standard() -> AidStandard {
    let clause = Clause {
        divisions: vec![division(2_299), division(222_401)],
        kinds: vec!["区".into(), "开发区".into()],
        floor: Some(Fen(18_000)),
        share_bp: Some(2_000),
        set_by: Level::City,
    };
    AidStandard {
        code: "urban_dibao".parse().expect("a code"),
        version: 3,
        name: "城市居民最低生活保障标准".into(),
        title: "关于提高全省城市居民最低生活保障标准方案".into(),
        document: "吉民发〔2026〕8号".into(),
        issued: "2026-11-20".parse().ok(),
        from: "2027-01-01".parse().expect("a day"),
        recorded_late: false,
        period: Period::Month,
        income: Income::Urban,
        clauses: vec![
            clause.clone(),
            Clause { divisions: vec![division(22)], kinds: vec![], floor: None, ..clause },
        ],
    }
}

pub fn adoption() -> Adoption {
    Adoption {
        standard: "urban_dibao".parse().expect("a code"),
        version: 3,
        setter: division(2_202),
        number: 7,
        covers: vec![division(220_202), division(220_203)],
        recorded_late: true,
        step: Step::InForce(Setting {
            value: Fen(18_550),
            period: Period::Month,
            from: "2026-12-01".parse().expect("a day"),
            document: "吉市民发〔2026〕1号".into(),
            income: Some(Fen(1_282_945)),
        }),
    }
}

fn any_step() -> impl Strategy<Value = Step> {
    let day = || (2000u16..2100, 1u8..13, 1u8..29);
    let date =
        |(year, month, day)| fengsui_model::Date::new(year, month, day).expect("a day of the calendar");
    let amount = || (1i64..1_000_000).prop_map(Fen);
    prop_oneof![
        day().prop_map(move |until| Step::Preparing { until: date(until) }),
        (day(), "[a-z一-龥]{1,9}")
            .prop_map(move |(day, document)| Step::Issued { document, date: date(day) }),
        (amount(), any::<bool>(), day(), proptest::option::of(amount())).prop_map(
            move |(value, monthly, from, income)| {
                let period = if monthly { Period::Month } else { Period::Year };
                let document = "x".into();
                Step::InForce(Setting { value, period, from: date(from), document, income })
            }
        ),
    ]
}

proptest! {
    #[test]
    fn any_adoption_comes_back_as_it_went(step in any_step(), late: bool, number: u32) {
        let adoption = Adoption { step, recorded_late: late, number, ..adoption() };
        let back = statement(Kind::Adoption, &adoption_body(&adoption));
        prop_assert_eq!(back, Ok(Statement::Adoption(Box::new(adoption))));
    }

    #[test]
    fn any_clause_comes_back_as_it_went(
        floor in proptest::option::of(1i64..1_000_000),
        share in 1u32..=10_000,
        city: bool,
        version in 1u32..,
    ) {
        let mut standard = AidStandard { version, issued: None, ..standard() };
        standard.clauses[1].floor = floor.map(Fen);
        standard.clauses[1].share_bp = Some(share);
        standard.clauses[1].set_by = if city { Level::City } else { Level::County };
        let back = statement(Kind::Standard, &standard_body(&standard));
        prop_assert_eq!(back, Ok(Statement::Standard(Box::new(standard))));
    }
}

#[test]
fn a_standard_that_is_only_seen_covers_nothing() {
    let seen = Adoption { step: Step::Seen, covers: vec![], ..adoption() };
    let read = statement(Kind::Adoption, &adoption_body(&seen));
    assert_eq!(read, Ok(Statement::Adoption(Box::new(seen.clone()))));
    let covering = Adoption { covers: adoption().covers, ..seen };
    let read = statement(Kind::Adoption, &adoption_body(&covering));
    assert!(matches!(read, Err(StatementError::Adoption(_))), "{read:?}");
}

#[test]
fn what_belongs_to_another_step_is_refused() {
    let preparing = Step::Preparing { until: "2027-01-31".parse().expect("a day") };
    let mut body =
        Body::from_bytes(&adoption_body(&Adoption { step: preparing, ..adoption() })).expect("own bytes");
    body.push(11, Value::Integer(18_000));
    assert_eq!(statement(Kind::Adoption, &body.to_bytes()), Err(StatementError::Unknown(11)));
}

#[test]
fn lists_and_dates_have_one_form() {
    let changed = |kind: Kind, id: u32, text: &str| {
        let bytes =
            if kind == Kind::Standard { standard_body(&standard()) } else { adoption_body(&adoption()) };
        let mut body = Body::from_bytes(&bytes).expect("own bytes");
        let field: &mut Field = body.fields.iter_mut().find(|field| field.id == id).expect("the field");
        field.value = Value::Text(text.into());
        statement(kind, &body.to_bytes()).map(|_| ())
    };
    assert_eq!(changed(Kind::Adoption, 5, "220202 220203"), Ok(()));
    for covers in ["220202  220203", " 220202", "220202,220203", "22020", ""] {
        assert_eq!(changed(Kind::Adoption, 5, covers), Err(StatementError::Field("covers")), "{covers:?}");
    }
    for covers in ["220203 220202", "220202 220202"] {
        assert!(matches!(changed(Kind::Adoption, 5, covers), Err(StatementError::Adoption(_))), "{covers:?}");
    }
    assert_eq!(changed(Kind::Standard, 7, "20270101"), Err(StatementError::Field("from")));
    assert_eq!(changed(Kind::Standard, 1, "Urban"), Err(StatementError::Field("code")));
    assert!(matches!(changed(Kind::Standard, 5, "\u{7}"), Err(StatementError::Standard(_))));
}
