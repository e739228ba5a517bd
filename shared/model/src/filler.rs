//! Who fills in what (填报层级): each figure of a form belongs to certain levels, and a report may state only those of
//! its division's.

use crate::{
    directory::Directory,
    division::{DivisionCode, Level},
    form::{Form, Indicator},
    report::Report,
};

/// The levels as which `division` fills in figures, lowest first: its own, and the county's where its townships hang
/// on it directly. Without a directory, or for a division that is not in it, the digits of the code decide, and four
/// digits may be either: nobody is refused for what this machine does not know.
#[must_use]
pub fn levels(directory: Option<&Directory>, division: DivisionCode) -> Vec<Level> {
    let row = directory.and_then(|directory| Some((directory, directory.get(division)?)));
    let Some((directory, row)) = row else {
        return match division.digits() {
            9 => vec![Level::Township],
            6 => vec![Level::County],
            4 => vec![Level::County, Level::City],
            _ => vec![Level::Province],
        };
    };
    let mut children = directory.children(division);
    let stands_for_a_county =
        row.level > Level::County && children.any(|child| child.level == Level::Township);
    stands_for_a_county.then_some(Level::County).into_iter().chain([row.level]).collect()
}

/// Indicators for which `report` states a figure although other levels than `levels` fill them in, in the order of the
/// form.
#[must_use]
pub fn misfilled<'f>(form: &'f Form, levels: &[Level], report: &Report) -> Vec<&'f Indicator> {
    let ours = |of: &Indicator| of.filled_by.is_empty() || of.filled_by.iter().any(|by| levels.contains(by));
    let stated = form.indicators.iter().filter(|of| !report.figure(of.id).is_blank());
    stated.filter(|of| !ours(of)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{directory::JILIN_2019_CSV, figure::Figure};

    fn jilin() -> Directory {
        Directory::from_csv(JILIN_2019_CSV, 1).unwrap()
    }

    fn code(text: &str) -> DivisionCode {
        text.parse().unwrap()
    }

    /// Codes that `division` may not fill in among one township's, one county's, one city's and one province's.
    fn refused(division: &str) -> Vec<&'static str> {
        let form = Form::of_code("urban_dibao").unwrap();
        let stated = ["UD002", "UD005", "UD010", "UD009"];
        let figures = stated.map(|code| (form.by_code(code).unwrap().id, Figure::Number(1)));
        let report = Report {
            figures: figures.into(),
            ..Report::blank(form.id, code(division), "2026-10".parse().unwrap())
        };
        let levels = levels(Some(&jilin()), code(division));
        misfilled(form, &levels, &report).into_iter().map(|of| of.code.as_str()).collect()
    }

    #[test]
    fn each_level_fills_in_its_own_figures() {
        assert_eq!(refused("220221100"), ["UD005", "UD009", "UD010"]);
        assert_eq!(refused("220221"), ["UD002", "UD009", "UD010"]);
        assert_eq!(refused("2202"), ["UD002", "UD005", "UD009"]);
        assert_eq!(refused("22"), ["UD002", "UD005", "UD010"]);
    }

    #[test]
    fn who_has_no_counties_fills_in_what_counties_fill() {
        assert_eq!(
            refused("2299"),
            ["UD002", "UD009"],
            "the townships of Changbaishan hang on a city-level unit"
        );
        assert_eq!(levels(Some(&jilin()), code("2299")), [Level::County, Level::City]);
    }

    #[test]
    fn without_a_directory_the_code_decides() {
        let of = |text: &str| levels(None, code(text));
        assert_eq!((of("220221100"), of("220221")), (vec![Level::Township], vec![Level::County]));
        assert_eq!((of("2202"), of("22")), (vec![Level::County, Level::City], vec![Level::Province]));
    }

    #[test]
    fn the_quick_report_is_filled_in_by_whoever_reports() {
        assert!(Form::quick().indicators.iter().all(|of| of.filled_by.is_empty()));
    }
}
