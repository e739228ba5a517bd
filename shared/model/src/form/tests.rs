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
    };
    Form::from_csv(title, FormTables { groups: GROUPS, indicators, checks })
}

/// Line and column of the error in one extra indicator row.
fn indicator_fault(row: &str) -> (u64, String) {
    match read(&format!("{}{row}\n", rows()), CHECKS) {
        Err(FormError::Indicators(crate::table::TableError::Cell { line, column, .. })) => (line, column),
        other => panic!("{row}: {other:?}"),
    }
}

/// Column of the error in one check row.
fn check_fault(row: &str) -> String {
    match read(&rows(), &format!("{CHECKS}{row}\n")) {
        Err(FormError::Checks(crate::table::TableError::Cell { line: 2, column, .. })) => column,
        other => panic!("{row}: {other:?}"),
    }
}

#[test]
fn the_quick_form_reads() {
    let quick = Form::quick();
    assert_eq!((quick.id, quick.indicators.len(), quick.checks.len()), (1, 74, 53));
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
        let number: u32 = indicator.code.strip_prefix("QL").unwrap().parse().unwrap();
        assert_eq!(indicator.id, 1000 + number, "{}", indicator.code);
    }
}

#[test]
fn checks_on_kinds_agree_with_the_indicators() {
    let quick = Form::quick();
    for indicator in &quick.indicators {
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
    assert!(matches!(read(&unknown, CHECKS), Err(FormError::Indicators(_))));
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
        ("C,compare,A1,>=,A2,hard,,en,s", "zh"),
        (",compare,A1,>=,A2,hard,中,en,s", "id"),
    ] {
        assert_eq!(check_fault(row), column, "{row}");
    }
    let twice = format!("{CHECKS}C,compare,A1,>=,A2,hard,中,en,s\nC,compare,A1,>=,A2,hard,中,en,s\n");
    assert!(matches!(read(&rows(), &twice), Err(FormError::Checks(_))));
}
