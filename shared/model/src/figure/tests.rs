use proptest::prelude::*;

use super::*;
use crate::form::Form;

fn indicator(code: &str) -> &'static Indicator {
    Form::quick().by_code(code).unwrap()
}

const PERSONS: &str = "QL010";
const HECTARES: &str = "QL050";
const KILOMETRES: &str = "QL080";
const MONEY: &str = "QL100";

#[test]
fn four_values_are_four_values() {
    let persons = indicator(PERSONS);
    assert_eq!(persons.parse(""), Ok(Figure::Blank));
    assert_eq!(persons.parse("  "), Ok(Figure::Blank));
    assert_eq!(persons.parse("0"), Ok(Figure::Number(0)));
    assert_eq!(persons.parse("有"), Ok(Figure::Some));
    assert_eq!(persons.parse("some"), Ok(Figure::Some));
    assert_eq!(persons.parse(" 1200 "), Ok(Figure::Number(1200)));
}

#[test]
fn figures_are_kept_in_the_smallest_unit() {
    assert_eq!(indicator(HECTARES).parse("12.5"), Ok(Figure::Number(1_250)));
    assert_eq!(indicator(KILOMETRES).parse("1.234"), Ok(Figure::Number(1_234)));
    assert_eq!(indicator(MONEY).parse("1"), Ok(Figure::Number(1_000_000)), "1 万元 is a million fen");
    assert_eq!(indicator(MONEY).parse("0.000001"), Ok(Figure::Number(1)));
    assert_eq!(indicator(PERSONS).parse("１２００"), Ok(Figure::Number(1_200)));
    assert_eq!(indicator(HECTARES).parse("３．０５"), Ok(Figure::Number(305)));
}

#[test]
fn decimals_are_shown_the_same_way_in_a_column() {
    let shown = |code, value: i64| indicator(code).format(value);
    assert_eq!(shown(PERSONS, 1_200), "1200");
    assert_eq!(shown(HECTARES, 1_250), "12.50");
    assert_eq!(shown(HECTARES, 5), "0.05");
    assert_eq!(shown(KILOMETRES, 1_200), "1.20");
    assert_eq!(shown(KILOMETRES, 1_234), "1.234");
    assert_eq!(shown(MONEY, 1_000_000), "1.00");
    assert_eq!(shown(MONEY, 1), "0.000001");
    assert_eq!(shown(MONEY, -1_500_000), "-1.50");
    assert_eq!(indicator(MONEY).format(Figure::Blank), "");
    assert_eq!(indicator(MONEY).format(Figure::Some), "有（未统计）");
}

#[test]
fn what_is_no_figure_is_refused_by_name() {
    let persons = indicator(PERSONS);
    for text in ["x", "1,200", "1 200", "1e3", "+5", ".", ".5", "5.", "1.2.3", "--1", "一百", "0x10", "NaN"]
    {
        assert!(matches!(persons.parse(text), Err(FigureError::NotANumber { .. })), "{text}");
    }
    assert!(matches!(persons.parse("-1"), Err(FigureError::Negative { .. })));
    assert!(matches!(persons.parse("1.5"), Err(FigureError::TooManyDecimals { decimals: 0, .. })));
    assert!(matches!(
        indicator(HECTARES).parse("1.005"),
        Err(FigureError::TooManyDecimals { decimals: 2, .. })
    ));
    let error = persons.parse("x").unwrap_err().to_string();
    assert!(error.contains("QL010 受灾人口") && error.contains("\"x\""), "{error}");
}

#[test]
fn a_unit_is_the_indicators_own_or_refused() {
    let hectares = indicator(HECTARES);
    for text in ["12.5公顷", "12.5 公顷", "12.5 ha", "１２．５公顷"] {
        assert_eq!(hectares.parse(text), Ok(Figure::Number(1_250)), "{text}");
    }
    for text in ["12.5亩", "12.5 平方米", "3万", "5人", "75%"] {
        assert!(matches!(hectares.parse(text), Err(FigureError::WrongUnit { .. })), "{text}");
    }
    let error = hectares.parse("12亩").unwrap_err().to_string();
    assert!(
        error.contains("QL050 农作物受灾面积") && error.contains("12亩") && error.contains("公顷"),
        "{error}"
    );
    assert!(matches!(hectares.parse("-3公顷"), Err(FigureError::Negative { .. })));
}

#[test]
fn times_and_choices_read_back_as_shown() {
    let relief = Form::of_code("relief").unwrap();
    let (level, begun) = (relief.by_code("QR001").unwrap(), relief.by_code("QR002").unwrap());
    for (text, value) in [("none", 0), ("未启动", 0), ("IV", 1), ("四级响应", 1), ("I", 4), ("4", 4)] {
        assert_eq!(level.parse(text), Ok(Figure::Number(value)), "{text}");
    }
    assert_eq!((level.format(1), level.format(9)), ("四级响应".to_owned(), "9".to_owned()));
    assert_eq!(begun.parse("1970-01-02T08:00"), Ok(Figure::Number(86_400_000)));
    assert_eq!(begun.format(86_400_000), "1970-01-02T08:00");
    assert_eq!((level.parse(""), begun.parse(" ")), (Ok(Figure::Blank), Ok(Figure::Blank)));
    for text in ["V", "5", "有", "-1"] {
        assert!(matches!(level.parse(text), Err(FigureError::NotAChoice { .. })), "{text}");
    }
    for text in ["有", "yesterday", "2026-07-20", "12"] {
        assert!(matches!(begun.parse(text), Err(FigureError::NotATime { .. })), "{text}");
    }
    let error = level.parse("V").unwrap_err().to_string();
    assert!(error.contains("QR001") && error.contains("IV 四级响应"), "{error}");
}

#[test]
fn the_largest_figure_is_the_limit() {
    let persons = indicator(PERSONS);
    assert_eq!(persons.parse("1000000000000000"), Ok(Figure::Number(FIGURE_MAX)));
    for text in ["1000000000000001", "9223372036854775808", &"9".repeat(40)] {
        assert!(matches!(persons.parse(text), Err(FigureError::TooLarge { .. })), "{text}");
    }
    assert!(matches!(indicator(MONEY).parse("1000000000.000001"), Err(FigureError::TooLarge { .. })));
    assert!(matches!(persons.parse(&"9".repeat(10_000)), Err(FigureError::NotANumber { .. })));
}

#[test]
fn a_view_tells_the_four_values_apart() {
    let view =
        serde_json::to_string(&[Figure::Blank, Figure::Some, Figure::Number(0), Figure::Number(7)]).unwrap();
    assert_eq!(view, r#"[null,"some",0,7]"#);
}

proptest! {
    #[test]
    fn what_is_shown_reads_back(value in 0..=FIGURE_MAX, at in 0..77_usize) {
        let indicators = &Form::quick().indicators;
        let indicator = &indicators[at % indicators.len()];
        let value = match &indicator.answer {
            Answer::Choice(words) => value % i64::try_from(words.len()).unwrap(),
            Answer::Number | Answer::Time => value,
        };
        prop_assert_eq!(indicator.parse(&indicator.format(value)), Ok(Figure::Number(value)));
    }

    #[test]
    fn no_text_panics(text in "\\PC*", number in "[-0-9.０-９．有]{0,60}", value in any::<i64>()) {
        for indicator in &Form::quick().indicators {
            let _ = indicator.parse(&text);
            if let Ok(figure) = indicator.parse(&number) {
                prop_assert_eq!(indicator.parse(&indicator.format(figure)), Ok(figure));
            }
            let _ = indicator.format(value);
        }
    }
}
