use super::*;
use crate::{check::Rule, division::Level};

const GROUPS: &str = "code,zh,en\ng,组,Group\n";
const INDICATORS: &str = "id,code,zh,en,unit,unit_en,scale,nature,adds_up,reach,group,kinds,loss,note\n";
const CHECKS: &str = "id,rule,left,op,right,severity,zh,en,source\n";

/// Three indicators: two counts and an area.
fn rows() -> String {
    let row = |id, code: &str, scale| {
        format!("{id},{code},名{id},Name {id},个,,{scale},cumulative,sum,province,g,,yes,\n")
    };
    format!("{INDICATORS}{}{}{}", row(1, "A1", 0), row(2, "A2", 0), row(3, "A3", 2))
}

fn read(indicators: &str, checks: &str) -> Result<Form, FormError> {
    let title = FormTitle {
        id: 9,
        code: "t".to_owned(),
        version: 1,
        zh: "试".to_owned(),
        en: "Trial".to_owned(),
        about: About::Event,
        optional: false,
    };
    Form::from_csv(title, FormTables { groups: GROUPS, indicators, checks })
}

/// Line and column of the error in one extra indicator row.
fn indicator_fault(row: &str) -> (u64, String) {
    match read(&format!("{}{row}\n", rows()), CHECKS) {
        Err(FormError::Indicators { error: crate::table::TableError::Cell { line, column, .. }, .. }) => {
            (line, column)
        }
        other => panic!("{row}: {other:?}"),
    }
}

/// Column of the error in one check row.
fn check_fault(row: &str) -> String {
    match read(&rows(), &format!("{CHECKS}{row}\n")) {
        Err(FormError::Checks { error: crate::table::TableError::Cell { line: 2, column, .. }, .. }) => {
            column
        }
        other => panic!("{row}: {other:?}"),
    }
}

#[test]
fn the_quick_form_reads() {
    let quick = Form::quick();
    assert_eq!((quick.id, quick.indicators.len(), quick.checks.len()), (1, 77, 65));
    let affected = quick.by_code("QL010").unwrap();
    assert_eq!((affected.id, affected.zh.as_str(), affected.unit.as_str()), (1010, "受灾人口", "人"));
    assert_eq!(quick.by_id(1010), Some(affected));
    assert_eq!(quick.by_zh("受灾人口"), Some(affected));
    assert_eq!(quick.by_zh("人口"), None);
    assert!(quick.groups.iter().all(|group| quick.in_group(&group.code).next().is_some()));
}

#[test]
fn ids_follow_the_catalogue_and_stay() {
    for indicator in &Form::quick().indicators {
        let (prefix, number) = indicator.code.split_at(2);
        let base = if prefix == "HD" { 900 } else { 1_000 };
        assert!(["HD", "QL"].contains(&prefix), "{}", indicator.code);
        assert_eq!(indicator.id, base + number.parse::<u32>().unwrap(), "{}", indicator.code);
    }
}

#[test]
fn checks_on_kinds_agree_with_the_indicators() {
    let quick = Form::quick();
    for indicator in &quick.indicators {
        let judged = |rule: &Rule| matches!(rule, Rule::OfKind { field } if *field == indicator.id);
        if quick.checks.iter().any(|check| judged(&check.rule)) {
            // Its rule looks at the word that is chosen.
            continue;
        }
        let checked = quick.checks.iter().find_map(|check| match &check.rule {
            Rule::KindOnly { fields, kinds } if fields.contains(&indicator.id) => Some(kinds.clone()),
            _ => None,
        });
        assert_eq!(checked.unwrap_or_default(), indicator.kinds, "{}", indicator.code);
    }
}

#[test]
fn only_the_number_of_townships_struck_is_not_typed() {
    let counted: Vec<&str> =
        Form::quick().indicators.iter().filter(|i| !i.is_entered()).map(|i| i.code.as_str()).collect();
    assert_eq!(counted, ["QL001"]);
}

#[test]
fn every_way_of_adding_up_can_be_written() {
    let row = |adds_up: &str| format!("4,A4,名,Name,个,,0,current,{adds_up},city,g,flood|snow,no,");
    let adds_up = |text: &str| {
        let form = read(&format!("{}{}\n", rows(), row(text)), CHECKS).unwrap();
        let indicator = form.by_id(4).unwrap();
        assert_eq!(
            (indicator.reach, indicator.nature, indicator.kinds.len()),
            (Level::City, Nature::Current, 2)
        );
        indicator.adds_up.clone()
    };
    assert_eq!(adds_up("max"), AddsUp::Max);
    assert_eq!(adds_up("latest"), AddsUp::Latest);
    assert_eq!(adds_up("no"), AddsUp::No);
    assert_eq!(adds_up("mean:A2"), AddsUp::WeightedMean { weight: 2 });
    assert_eq!(adds_up("ratio:A1/A3"), AddsUp::Ratio { numerator: 1, denominator: 3, factor: 1 });
    assert_eq!(adds_up("ratio:A1/A2*100"), AddsUp::Ratio { numerator: 1, denominator: 2, factor: 100 });
    assert_eq!(adds_up("parts:A1|A2"), AddsUp::Parts(vec![1, 2]));
    assert_eq!(
        adds_up("count:county:A1"),
        AddsUp::CountUnits { level: Level::County, condition: UnitCondition::Positive(1) }
    );
    assert_eq!(
        adds_up("count:township:loss"),
        AddsUp::CountUnits { level: Level::Township, condition: UnitCondition::AnyLoss }
    );
    for wrong in [
        "",
        "total",
        "sum:A1",
        "mean:",
        "mean:A9",
        "ratio:A1",
        "ratio:A1/A9",
        "ratio:A1/A2*0",
        "ratio:A1/A2*x",
        "ratio:A1/A2*1000001",
        "parts:",
        "parts:A1|A9",
        "count:A1",
        "count:village:loss",
        "count:county:A9",
    ] {
        assert_eq!(indicator_fault(&row(wrong)), (5, "adds_up".to_owned()), "{wrong}");
    }
}

#[test]
fn a_wrong_indicator_names_its_line_and_column() {
    for (row, column) in [
        ("1,A4,名,Name,个,,0,current,sum,city,g,,no,", "id"),
        ("0,A4,名,Name,个,,0,current,sum,city,g,,no,", "id"),
        ("4,A1,名,Name,个,,0,current,sum,city,g,,no,", "code"),
        ("4,A-4,名,Name,个,,0,current,sum,city,g,,no,", "code"),
        ("4,4A,名,Name,个,,0,current,sum,city,g,,no,", "code"),
        ("4,A4,,Name,个,,0,current,sum,city,g,,no,", "zh"),
        ("4,A4,名,Name,个,,7,current,sum,city,g,,no,", "scale"),
        ("4,A4,名,Name,个,,0,stock,sum,city,g,,no,", "nature"),
        ("4,A4,名,Name,个,,0,current,sum,village,g,,no,", "reach"),
        ("4,A4,名,Name,个,,0,current,sum,city,h,,no,", "group"),
        ("4,A4,名,Name,个,,0,current,sum,city,g,comet,no,", "kinds"),
        ("4,A4,名,Name,个,,0,current,sum,city,g,,maybe,", "loss"),
    ] {
        assert_eq!(indicator_fault(row), (5, column.to_owned()), "{row}");
    }
    let unknown = rows().replacen("note", "notes", 1);
    assert!(matches!(read(&unknown, CHECKS), Err(FormError::Indicators { .. })));
}

#[test]
fn a_wrong_check_names_its_column() {
    for (row, column) in [
        ("C,comparison,A1,,A2,hard,中,en,s", "rule"),
        ("C,compare,A1,>,A2,hard,中,en,s", "op"),
        ("C,compare,A9,>=,A2,hard,中,en,s", "left"),
        ("C,compare,,>=,A2,hard,中,en,s", "left"),
        ("C,compare,A1,>=,A2+,hard,中,en,s", "right"),
        ("C,compare,A1,>=,A2++A1,hard,中,en,s", "right"),
        ("C,compare,A1,>=,x*A2,hard,中,en,s", "right"),
        ("C,compare,A1,>=,1000001*A2,hard,中,en,s", "right"),
        ("C,compare,A1,>=,A3,hard,中,en,s", "right"),
        ("C,compare,A1,>=,A2+A3,hard,中,en,s", "right"),
        ("C,compare,A1,>=,9223372036854775807+9223372036854775807,hard,中,en,s", "right"),
        ("C,compare,A1,>=,A2,fatal,中,en,s", "severity"),
        ("C,implies,A1,>,A2,hard,中,en,s", "op"),
        ("C,implies,A1,,A2|A9,hard,中,en,s", "right"),
        ("C,kind_only,A1,,,hard,中,en,s", "right"),
        ("C,kind_only,A1,,comet,hard,中,en,s", "right"),
        ("C,not_falling,current,,,hard,中,en,s", "left"),
        ("C,header_before,begun,,cutoff,hard,中,en,s", "left"),
        ("C,bound,all,,1,hard,中,en,s", "right"),
        ("C,bound,all,,2..1,hard,中,en,s", "right"),
        ("C,zero_report,A1,,,hard,中,en,s", "left"),
        ("C,each_at_most,A1|A9,,A2,hard,中,en,s", "left"),
        ("C,each_at_most,A1,,A3,hard,中,en,s", "right"),
        ("C,each_at_most,A1,<=,A2,hard,中,en,s", "op"),
        ("C,closes,A1|A2,,A2,hard,中,en,s", "left"),
        ("C,closes,A1,,A3,hard,中,en,s", "right"),
        ("C,closes,A1,==,A2,hard,中,en,s", "op"),
        ("C,falling,A1,,,hard,中,en,s", "left"),
        ("C,falling,A1|A2,,A1,hard,中,en,s", "right"),
        ("C,ratio,A1,>=,70%,hard,中,en,s", "left"),
        ("C,ratio,A1/A3,>=,70%,hard,中,en,s", "left"),
        ("C,ratio,A1/A2,,70%,hard,中,en,s", "op"),
        ("C,ratio,A1/A2,>=,0.7,hard,中,en,s", "right"),
        ("C,ratio,A1/A2,>=,1001%,hard,中,en,s", "right"),
        ("C,approx,A1,,A2*A2,hard,中,en,s", "right"),
        ("C,approx,A1,,A2*A9~3%,hard,中,en,s", "right"),
        ("C,approx,A1,,A2*A3~3%,hard,中,en,s", "right"),
        ("C,within,A1,,occurred+24h,alarm,中,en,s", "left"),
        ("C,waits,A1,,ledger:horses,hard,中,en,s", "right"),
        ("C,waits,A9,,ledger:house,hard,中,en,s", "left"),
        ("C,jump,A1,,30,alarm,中,en,s", "severity"),
        ("C,sharp,A9,,+200%/-50%,soft,中,en,s", "left"),
        ("C,sharp,A1,,+200%,soft,中,en,s", "right"),
        ("C,sharp,A1,,+0%/-50%,soft,中,en,s", "right"),
        ("C,sharp,A1,,+200%/-101%,soft,中,en,s", "right"),
        ("C,sharp,A1,,+200%/-50%,alarm,中,en,s", "severity"),
        ("C,beside,A1,<=,t:A2,alarm,中,en,s", "severity"),
        ("C,beside,A1,<=,t:A2,soft,中,en,s", "right"),
        ("C,beside,A1,<=,t:A2,hard,中,en,s", "severity"),
        ("C,beside,A1,<=,t:A2,verified,中,en,s", "severity"),
        ("C,compare,A1,>=,A2,hard,,en,s", "zh"),
        (",compare,A1,>=,A2,hard,中,en,s", "id"),
    ] {
        assert_eq!(check_fault(row), column, "{row}");
    }
    let missing =
        read(&rows(), &format!("{CHECKS}C,compare,A1,>=,A9,hard,中,en,s\n")).unwrap_err().to_string();
    for part in ["line 2", "right", "本表没有指标 \"A9\"", "no indicator \"A9\""] {
        assert!(missing.contains(part), "{part}: {missing}");
    }
    let twice = format!("{CHECKS}C,compare,A1,>=,A2,hard,中,en,s\nC,compare,A1,>=,A2,hard,中,en,s\n");
    assert!(matches!(read(&rows(), &twice), Err(FormError::Checks { .. })));
}

/// A catalogue of the form `t` with its three indicators, and a form `u` with what is given.
fn read_two(indicators: &str, checks: &str) -> Result<Vec<Form>, FormError> {
    let titles =
        "id,code,version,zh,en,about,set\n1,t,1,甲,First,event,standard\n2,u,1,乙,Second,year,optional\n";
    let (rows, first) = (rows(), CHECKS);
    let second = format!("{INDICATORS}{indicators}");
    let checks = format!("{CHECKS}{checks}");
    let tables = |indicators, checks| FormTables { groups: GROUPS, indicators, checks };
    read::catalogue(titles, &[("t".into(), tables(&rows, first)), ("u".into(), tables(&second, &checks))])
}

#[test]
fn a_check_on_another_form_is_refused_with_table_row_and_field() {
    let own = "11,B1,名,Name,个,,0,current,sum,city,g,,no,\n";
    let check = |right: &str| format!("C,beside,B1,<=,{right},soft,中,en,s\n");
    let forms = read_two(own, &check("t:A1*120%")).unwrap();
    assert_eq!((forms[1].beside(), forms[1].optional, forms[0].optional), ([1].into(), true, false));
    for (right, what) in [("t:A9", "A9"), ("v:A1", "v"), ("t:A3", "decimals"), ("A1", "FORM:CODE")] {
        let error = read_two(own, &check(right)).unwrap_err().to_string();
        for part in ["checks of form u", "line 2", "right", what] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }
    let error = read_two("3,B1,名,Name,个,,0,current,sum,city,g,,no,\n", "").unwrap_err();
    assert_eq!(error, FormError::Twice { form: "u".to_owned(), code: "B1".to_owned() });
}

#[test]
fn a_wrong_list_of_forms_is_refused() {
    let catalogue = |titles: &str| {
        let rows = rows();
        let tables = FormTables { groups: GROUPS, indicators: &rows, checks: CHECKS };
        read::catalogue(&format!("id,code,version,zh,en,about,set\n{titles}\n"), &[("t".into(), tables)])
            .map(|_| ())
    };
    assert_eq!(catalogue("1,t,1,甲,First,event,standard"), Ok(()));
    assert_eq!(catalogue("1,x,1,甲,First,event,standard"), Err(FormError::NoTables("x".to_owned())));
    for wrong in [
        "1,t,1,甲,First,day,standard",
        "1,t,1,甲,First,event,often",
        "1,t,x,甲,First,event,standard",
        "1,t,1,甲,First,event,standard\n1,t,1,乙,Second,event,standard",
    ] {
        assert!(matches!(catalogue(wrong), Err(FormError::Titles(_))), "{wrong}");
    }
}

#[test]
fn foreign_codes_and_answers_are_read() {
    let heading = INDICATORS.replace("note\n", "note,foreign,answer\n");
    let one = |row: &str| read(&format!("{heading}{row}\n"), CHECKS).map(|form| form.indicators[0].clone());
    let codes = one("1,A1,名,Name,个,,0,current,sum,city,g,,no,,A01:A01001|NNDIMS:A008,").unwrap().foreign;
    let said: Vec<(&str, &str)> = codes.iter().map(|of| (of.system.as_str(), of.code.as_str())).collect();
    assert_eq!(said, [("A01", "A01001"), ("NNDIMS", "A008")]);
    assert_eq!(one("1,A1,名,Name,,,0,current,max,city,g,,no,,,time").unwrap().answer, Answer::Time);
    let answer = one("1,A1,名,Name,,,0,current,max,city,g,,no,,,choice:none=无|all=全部").unwrap().answer;
    assert!(matches!(&answer, Answer::Choice(of) if of.len() == 2 && of[1].zh == "全部"));
    for wrong in [
        "1,A1,名,Name,,,0,current,max,city,g,,no,,,",
        "1,A1,名,Name,,,2,current,max,city,g,,no,,,time",
        "1,A1,名,Name,个,,0,current,max,city,g,,no,,A008,",
        "1,A1,名,Name,,,0,current,max,city,g,,no,,,choice:none",
        "1,A1,名,Name,,,0,current,max,city,g,,no,,,choice:none=无",
        "1,A1,名,Name,,,0,current,max,city,g,,no,,,date",
    ] {
        assert!(matches!(one(wrong), Err(FormError::Indicators { .. })), "{wrong}");
    }
}

#[test]
fn a_part_in_an_account_is_read() {
    let heading = INDICATORS.replace("note\n", "note,account\n");
    let of = |rows: &str| read(&format!("{heading}{rows}\n"), CHECKS).map(|form| form.indicators);
    let row = |id: u8, unit: &str, account: &str| {
        format!("{id},A{id},名,Name,{unit},,0,current,sum,province,g,,no,,{account}\n")
    };
    let read = of(&[row(1, "元", "g/received"), row(2, "人", "")].concat()).unwrap();
    let booking = read[0].booking.as_ref().map(|of| (of.account.as_str(), of.part));
    assert_eq!((booking, &read[1].booking), (Some(("g", crate::account::Part::Received)), &None));
    for wrong in ["g", "h/received", "g/arrived", "/received"] {
        assert!(matches!(of(&row(1, "元", wrong)), Err(FormError::Indicators { .. })), "{wrong}");
    }
    let units = [row(1, "元", "g/received"), row(2, "万元", "g/paid")].concat();
    assert!(matches!(of(&units), Err(FormError::Indicators { .. })), "one account, two units");
}

#[test]
fn every_form_reads_and_every_group_is_used() {
    assert_eq!(Form::all()[0].code, "quick");
    for form in Form::all() {
        assert!(!form.checks.is_empty() && !form.indicators.is_empty(), "{}", form.code);
        for group in &form.groups {
            assert!(form.in_group(&group.code).next().is_some(), "{} {}", form.code, group.code);
        }
        assert!(form.indicators.len() <= crate::report::FIGURES_MAX);
    }
}
