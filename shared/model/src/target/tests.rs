use super::*;
use crate::directory::JILIN_2019_CSV;

fn jilin() -> Directory {
    Directory::from_csv(JILIN_2019_CSV, 1).unwrap()
}

fn code(text: &str) -> DivisionCode {
    text.parse().unwrap()
}

fn set(issuer: &str, number: u32, values: &[(&str, u32, i64)]) -> Targets {
    Targets {
        form: 2,
        division: code(issuer),
        subject: "2026-12".parse().unwrap(),
        number,
        document: "吉民发〔2026〕3号".into(),
        values: values.iter().map(|(division, id, value)| ((code(division), *id), *value)).collect(),
    }
}

fn forms() -> Vec<&'static Form> {
    Form::all().iter().map(AsRef::as_ref).collect()
}

fn file(rows: &str) -> Result<Vec<Targets>, TargetFileError> {
    read(&format!("form,period,indicator,division,value\n{rows}"), code("22"), &jilin(), &forms())
}

#[test]
fn the_word_of_the_higher_level_and_the_later_one_count() {
    let all = [
        set("2202", 7, &[("220221", 2016, 1), ("220221", 2002, 2)]),
        set("22", 1, &[("220221", 2016, 3), ("2202", 2016, 4)]),
        set("22", 2, &[("220221", 2016, 5)]),
    ];
    let directory = jilin();
    let values = |division: &str| {
        let found = in_force(&directory, &all, code(division));
        found.into_iter().map(|(id, of)| (id, of.value)).collect::<Vec<_>>()
    };
    assert_eq!(values("220221"), [(2002, 2), (2016, 5)]);
    assert_eq!(values("2202"), [(2016, 4)], "a later word that does not name it changes nothing");
    assert_eq!(values("220282"), []);
}

#[test]
fn what_is_reached_is_a_whole_number_of_thousandths() {
    let actual = |value| Cell { value, at_least: false };
    assert_eq!(reached_permille(actual(Some(12_600)), 10_000), Some(1_260));
    assert_eq!(reached_permille(actual(Some(1)), 3), Some(333));
    assert_eq!(reached_permille(actual(Some(0)), 3), Some(0));
    assert_eq!(reached_permille(actual(None), 3), None, "nobody reported");
    assert_eq!(reached_permille(actual(Some(5)), 0), None);
    assert_eq!(reached_permille(actual(Some(i64::MAX)), 1), None, "beyond anything that could be meant");
}

#[test]
fn a_file_sets_one_list_for_each_form_and_period() {
    let all = file(
        "urban_dibao,2026-12,UD016,22,100元/人·月\n\
         城市低保,2026-12,UD002,220221,1200\n\
         rural_dibao,2026-12,RD016,22,420\n",
    );
    let [urban, rural] = &all.unwrap()[..] else { panic!("two forms") };
    assert_eq!(urban.values, [((code("22"), 2016), 10_000), ((code("220221"), 2002), 1_200)].into());
    assert_eq!(rural.values, [((code("22"), 2116), 42_000)].into());
}

#[test]
fn a_row_that_cannot_be_is_named_with_its_line_and_column() {
    for (row, column) in [
        ("urban,2026-12,UD016,22,100", "form"),
        ("urban_dibao,2026-13,UD016,22,100", "period"),
        ("urban_dibao,2026,UD016,22,100", "period"),
        ("urban_dibao,2026-12,RD016,22,100", "indicator"),
        ("urban_dibao,2026-12,UD016,229999,100", "division"),
        ("urban_dibao,2026-12,UD016,22,100万元", "value"),
        ("urban_dibao,2026-12,UD016,22,有", "value"),
        ("urban_dibao,2026-12,UD016,22,100.005", "value"),
        ("urban_dibao,2026-12,UD002,22,1", "value"),
    ] {
        let found = file(&format!("urban_dibao,2026-12,UD002,22,5\n{row}\n"));
        let Err(TargetFileError::Row { line: 3, column: named, .. }) = found else {
            panic!("{row}: {found:?}")
        };
        assert_eq!(named, column, "{row}");
    }
    let below = read(
        "form,period,indicator,division,value\nurban_dibao,2026-12,UD016,22,1\n",
        code("2202"),
        &jilin(),
        &forms(),
    );
    assert!(matches!(below, Err(TargetFileError::Row { column: "division", .. })), "{below:?}");
    assert!(matches!(read("form,value\n", code("22"), &jilin(), &forms()), Err(TargetFileError::Table(_))));
}

#[test]
fn what_cannot_be_is_refused() {
    let good = set("22", 1, &[("220221", 2016, 1)]);
    let form = Form::of_code("urban_dibao").unwrap();
    assert_eq!((good.check(), good.check_scope(form, &jilin())), (Ok(()), Ok(())));
    assert_eq!(set("22", 0, &[("22", 2016, 1)]).check(), Err(TargetsError::Number));
    assert_eq!(set("22", 1, &[]).check(), Err(TargetsError::Values(0)));
    assert_eq!(set("22", 1, &[("22", 2016, -1)]).check(), Err(TargetsError::Value(-1)));
    let nameless = Targets { document: " ".into(), ..good };
    assert_eq!(nameless.check(), Err(TargetsError::Document(" ".into())));
    let outside = set("2202", 1, &[("22", 2016, 1)]);
    assert_eq!(outside.check_scope(form, &jilin()), Err(TargetsError::Outside(code("22"))));
    let unknown = set("22", 1, &[("22", 9999, 1)]);
    assert_eq!(unknown.check_scope(form, &jilin()), Err(TargetsError::Indicator(9999)));
}
