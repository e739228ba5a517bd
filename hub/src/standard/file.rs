//! The file that a standard is issued from: TOML as an office would fill it in, amounts in yuan.

use fengsui_daemon::failure::{Code, Failure};
use fengsui_model::standard::{Clause, Income, Period};
use fengsui_model::{AidStandard, Date, DivisionCode, Fen, Level, StandardCode};
use serde::Deserialize;

/// The file. Unknown keys are slips and are refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    code: StandardCode,
    version: u32,
    name: String,
    title: String,
    document: String,
    issued: Option<Date>,
    from: Date,
    per: Period,
    income: Income,
    clause: Vec<Paragraph>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Paragraph {
    #[serde(default)]
    divisions: Vec<DivisionCode>,
    #[serde(default)]
    kinds: Vec<String>,
    floor: Option<Fen>,
    percent: Option<String>,
    set_by: Level,
}

/// Reads a standard from the text of a file. What it says is judged where it is issued.
///
/// # Errors
/// The line that does not read.
pub(super) fn read(text: &str) -> Result<AidStandard, Failure> {
    let wrong = |what: &dyn std::fmt::Display| {
        Failure::new(Code::Usage, format!("标准文件无法识读 (failed to read the standard's file): {what}"))
    };
    let file: File = toml::from_str(text).map_err(|error| wrong(&error))?;
    Ok(AidStandard {
        code: file.code,
        version: file.version,
        name: file.name,
        title: file.title,
        document: file.document,
        issued: file.issued,
        from: file.from,
        recorded_late: false,
        period: file.per,
        income: file.income,
        clauses: file
            .clause
            .into_iter()
            .map(clause)
            .collect::<Result<_, _>>()
            .map_err(|error| wrong(&error))?,
    })
}

fn clause(mut of: Paragraph) -> Result<Clause, String> {
    of.divisions.sort_unstable();
    of.kinds.sort_unstable();
    Ok(Clause {
        divisions: of.divisions,
        kinds: of.kinds,
        floor: of.floor,
        share_bp: of.percent.as_deref().map(share).transpose()?,
        set_by: of.set_by,
    })
}

/// `20`, `20%` or `12.5`, in hundredths of a percent: two decimals, as money has.
fn share(text: &str) -> Result<u32, String> {
    let wrong = || format!("percent = {text:?}: write it like \"20\" or \"12.5\"");
    let hundredths: Fen = text.trim_end_matches('%').parse().map_err(|_| wrong())?;
    u32::try_from(hundredths.0).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use fengsui_model::Directory;
    use fengsui_model::directory::JILIN_2019_CSV;

    use super::*;

    const URBAN: &str = include_str!("../../../deploy/data/standards/urban_dibao.toml");
    const RURAL: &str = include_str!("../../../deploy/data/standards/rural_dibao.toml");

    fn jilin() -> Directory {
        Directory::from_csv(JILIN_2019_CSV, 1).unwrap()
    }

    #[test]
    fn the_files_for_jilin_say_what_the_documents_say() {
        let (urban, rural, jilin) = (read(URBAN).unwrap(), read(RURAL).unwrap(), jilin());
        for standard in [&urban, &rural] {
            standard.check().unwrap();
            standard.check_scope(&jilin).unwrap();
        }
        let terms = |standard: &AidStandard, code: u64| {
            let clause = standard.clause(&jilin, DivisionCode::new(code).unwrap()).unwrap();
            (clause.floor.map(|floor| floor.to_string()), clause.share_bp, clause.set_by)
        };
        let floor = |text: &str| Some(text.to_owned());
        for town in [220_102, 220_271, 222_401, 222_426_120] {
            assert_eq!(terms(&urban, town), (floor("180"), Some(2_000), Level::City), "{town}");
        }
        for county in [220_221, 220_282, 220_323, 222_402] {
            assert_eq!(terms(&urban, county), (floor("160"), Some(2_000), Level::County), "{county}");
        }
        for any in [220_102, 220_221, 222_401, 222_426_120] {
            assert_eq!(terms(&rural, any), (None, Some(3_000), Level::City), "{any}");
        }
        assert_eq!((urban.period, urban.from.to_string()), (Period::Month, "2009-01-01".into()));
        assert_eq!((rural.period, rural.from.to_string()), (Period::Year, "2016-01-01".into()));
    }

    #[test]
    fn every_county_zone_and_area_of_jilin_is_spoken_of() {
        let jilin = jilin();
        let root = jilin.root().code;
        for text in [URBAN, RURAL] {
            let standard = read(text).unwrap();
            let places = fengsui_model::standard::places_within(&jilin, root);
            let silent: Vec<_> =
                places.filter(|place| standard.clause(&jilin, place.code).is_none()).collect();
            assert!(silent.is_empty(), "{silent:?}");
        }
    }

    #[test]
    fn a_slip_is_named() {
        let refused = |from: &str, to: &str| read(&URBAN.replacen(from, to, 1)).unwrap_err().message;
        assert!(refused("floor =", "flor =").contains("flor"));
        assert!(refused("\"180\"", "\"180.001\"").contains("180.001"));
        assert!(refused("percent = \"20\"", "percent = \"a fifth\"").contains("a fifth"));
        assert!(refused("\"2009-01-01\"", "\"2009-02-30\"").contains("2009"));
        assert!(read("").unwrap_err().message.contains("标准文件无法识读"));
    }
}
