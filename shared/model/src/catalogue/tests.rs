use std::{collections::BTreeMap, sync::Arc};

use proptest::prelude::*;

use super::*;
use crate::{Report, TableError, duty};

/// The built-in tables with one text exchanged in one of them.
fn with(file: &str, old: &str, new: &str) -> BTreeMap<String, String> {
    let mut files = builtin_files();
    let text = files.get_mut(file).unwrap();
    assert!(text.contains(old), "{file} has no {old:?}");
    *text = text.replacen(old, new, 1);
    files
}

/// The built-in tables with one text exchanged in the title of a form.
fn titled(form: &str, old: &str, new: &str) -> BTreeMap<String, String> {
    let mut files = builtin_files();
    let text = files.get_mut("forms.csv").unwrap();
    let title = text.lines().find(|line| line.split(',').nth(1) == Some(form)).unwrap().to_owned();
    assert!(title.contains(old), "{title} has no {old:?}");
    *text = text.replacen(&title, &title.replacen(old, new, 1), 1);
    files
}

/// The same tables with a greater version of that form.
fn raise(files: &mut BTreeMap<String, String>, form: &str) {
    let text = files.get_mut("forms.csv").unwrap();
    let title = text.lines().find(|line| line.split(',').nth(1) == Some(form)).unwrap().to_owned();
    let mut cells: Vec<String> = title.splitn(4, ',').map(str::to_owned).collect();
    cells[2] = (cells[2].parse::<u32>().unwrap() + 1).to_string();
    *text = text.replacen(&title, &cells.join(","), 1);
}

fn issue(version: u32, files: BTreeMap<String, String>) -> CatalogueIssue {
    let from = "2027-01-01".parse().unwrap();
    CatalogueIssue { version, document: "吉应急〔2026〕9号".into(), from, files }
}

fn read(version: u32, files: BTreeMap<String, String>) -> Result<Arc<Catalogue>, CatalogueError> {
    Issued::read(&issue(version, files)).catalogue
}

/// A row more in the quick report: persons in cars.
const NEW_ROW: &str = "1199,QL199,被困车内人员,People trapped in cars,人,persons,0,current,sum,province,population,,yes,,应急,as told,,\n";

/// The built-in tables with that row.
fn grown() -> BTreeMap<String, String> {
    let mut files = builtin_files();
    raise(&mut files, "quick");
    files.get_mut("quick.csv").unwrap().push_str(NEW_ROW);
    files
}

#[test]
fn the_built_in_tables_read_as_an_issued_catalogue_does() {
    let issued = read(1, builtin_files()).unwrap();
    assert_eq!(issued.forms, Catalogue::builtin().forms);
    assert!(
        issued.forms.iter().all(|form| form.optional != form.duties.iter().any(|duty| duty.body.is_none()))
    );
    assert_eq!(issued.form(QUICK).unwrap().code, "quick");
    assert_eq!(issued.form_of_code("城市低保").unwrap().code, "urban_dibao");
}

#[test]
fn a_wrong_table_is_named_with_line_and_column() {
    let place = |files| {
        let error = read(1, files).unwrap_err();
        let (file, at) = error.place();
        let at = match at {
            Some(TableError::Cell { line, column, .. }) => format!(" {line} {column}"),
            Some(other) => format!(" {other}"),
            None => String::new(),
        };
        format!("{file}{at}")
    };
    let mut less = builtin_files();
    less.remove("z01-checks.csv");
    let mut more = builtin_files();
    more.insert("z02.csv".into(), String::new());
    assert_eq!(place(less), "z01-checks.csv");
    assert_eq!(place(more), "z02.csv");
    assert_eq!(place(BTreeMap::new()), "forms.csv");
    assert_eq!(place(titled("quick", ",quick,", ",quick,x")), "forms.csv 2 version");
    assert_eq!(place(with("quick.csv", ",cumulative,", ",rising,")), "quick.csv 3 nature");
    assert_eq!(place(with("duties.csv", "relief,county", "relief,shire")), "duties.csv 3 levels");
    assert_eq!(
        place(with("quick-groups.csv", "code,zh,en", "code,zh")),
        "quick-groups.csv find column \"en\" in the heading"
    );
    let form = place(with("quick-checks.csv", "DC01,compare", "DC01,rhyme"));
    assert!(form.starts_with("quick-checks.csv 2 "), "{form}");
    assert_eq!(
        place(titled("quick", "1,quick,", "99,quick,")),
        "forms.csv",
        "disasters are reported by form 1"
    );
}

#[test]
fn a_number_keeps_its_meaning() {
    let before = Catalogue::builtin();
    let kept =
        |files| read(1, files).unwrap().keeps(before).map_err(|unfrozen| (unfrozen.code, unfrozen.kept));
    assert_eq!(kept(builtin_files()), Ok(()));
    assert_eq!(kept(grown()), Ok(()));
    let veterans = "SP012,优抚对象人数,Veterans and families on support,人,persons,0,current,";
    let changed = |to: &str| {
        let mut files = with("special_aid.csv", veterans, to);
        raise(&mut files, "special_aid");
        kept(files).map_err(|(code, kept)| (code == "SP012").then_some(kept))
    };
    assert_eq!(
        changed("SP012,优抚对象户数,Families on support,户,households,0,current,"),
        Err(Some(Kept::Unit))
    );
    assert_eq!(changed("SP012,优抚对象人数,Veterans,人,persons,2,current,"), Err(Some(Kept::Scale)));
    assert_eq!(changed("SP012,优抚对象人数,Veterans,人,persons,0,flow,"), Err(Some(Kept::Nature)));
    assert_eq!(
        changed("SP012,享受补助的优抚对象,Veterans paid,人,persons,0,current,"),
        Ok(()),
        "a name may change"
    );
    let same_version = with("quick.csv", "受灾人口,Population affected", "受灾总人口,All affected");
    assert_eq!(kept(same_version), Err(("quick".into(), Kept::Version)));
    let renumbered = titled("urban_dibao", ",month,", ",year,");
    assert_eq!(kept(renumbered), Err(("urban_dibao".into(), Kept::About)));
    let shorter = with("relief.csv", "I=", "X=x|I=");
    assert!(matches!(kept(shorter), Err((_, Kept::Answer | Kept::Version))));
}

#[test]
fn what_is_left_out_is_retired_and_comes_back_as_it_was_only() {
    let mut files = builtin_files();
    raise(&mut files, "special_aid");
    let checks = files.get_mut("special_aid-checks.csv").unwrap();
    *checks = checks.replacen("|SP012", "", 1);
    let veterans = "2912,SP012,优抚对象人数,";
    let text = files.get_mut("special_aid.csv").unwrap();
    let row = text.lines().find(|line| line.starts_with(veterans)).unwrap().to_owned();
    *text = text.replacen(&format!("{row}\n"), "", 1);
    let retired = read(1, files.clone()).unwrap();
    assert_eq!(retired.keeps(Catalogue::builtin()), Ok(()));
    assert!(retired.form(16).unwrap().by_id(2912).is_none());
    // Its number for something else, a version later, is found by the version that had it.
    let other = row.replacen(veterans, "2912,SP013,优抚对象户数,", 1).replacen(",人,", ",户,", 1);
    files.get_mut("special_aid.csv").unwrap().push_str(&format!("{other}\n"));
    raise(&mut files, "special_aid");
    let again = read(2, files).unwrap();
    assert_eq!(again.keeps(&retired), Ok(()));
    let unfrozen = again.keeps(Catalogue::builtin()).unwrap_err();
    assert_eq!((unfrozen.code.as_str(), unfrozen.version, unfrozen.kept), ("SP013", 0, Kept::Unit));
}

fn catalogues(versions: &[u32]) -> Catalogues {
    Catalogues::of(versions.iter().map(|version| Arc::new(Issued::read(&issue(*version, grown())))))
}

fn report(catalogue: u32, form: u32) -> Report {
    let subject = "20260720-220221-flood".parse().unwrap();
    Report { catalogue, ..Report::blank(form, "220221100".parse().unwrap(), subject) }
}

#[test]
fn a_report_is_judged_by_the_version_it_names_or_waits() {
    let held = catalogues(&[2, 4]);
    let has_row = |version| held.form_of(&report(version, QUICK)).map(|form| form.by_id(1199).is_some());
    assert_eq!((has_row(0), has_row(2), has_row(4)), (Ok(false), Ok(true), Ok(true)));
    assert_eq!(has_row(3), Err(NoForm::NeverIssued(3)), "a later one is here, and versions only rise");
    assert_eq!(has_row(5), Err(NoForm::Waiting(5)));
    assert_eq!(held.form_of(&report(2, 99)), Err(NoForm::NoSuchForm { version: 2, form: 99 }));
    assert!(NoForm::Waiting(5).waits() && NoForm::Unreadable(5).waits() && !NoForm::NeverIssued(3).waits());
    assert_eq!(Catalogues::default().form_of(&report(1, QUICK)), Err(NoForm::Waiting(1)));
}

#[test]
fn what_cannot_be_read_is_held_and_waits_for_later_software() {
    let unread = issue(3, with("quick-checks.csv", "DC01,compare", "DC01,rhyme"));
    let held = Catalogues::of([Arc::new(Issued::read(&unread))]);
    assert_eq!(held.form_of(&report(3, QUICK)), Err(NoForm::Unreadable(3)));
    assert_eq!((held.latest(), held.in_force(None).version), (3, 0));
}

#[test]
fn a_version_is_filled_in_from_its_first_day() {
    let held = catalogues(&[1]);
    let on = |day: &str| held.in_force(Some(day.parse().unwrap())).version;
    assert_eq!((on("2026-12-31"), on("2027-01-01")), (0, 1));
    assert_eq!(held.in_force(None).version, 1, "a clock that cannot be right takes the newest");
    assert!(held.newest_form(QUICK).unwrap().version > Form::quick().version);
}

#[test]
fn a_form_that_is_no_longer_asked_keeps_its_reports() {
    let mut files = builtin_files();
    files.retain(|name, _| !name.starts_with("z01"));
    for (name, line) in [("forms.csv", "22,z01,"), ("duties.csv", "z01,")] {
        let text = files.get_mut(name).unwrap();
        *text = text.lines().filter(|of| !of.starts_with(line)).map(|of| format!("{of}\n")).collect();
    }
    let held = Catalogues::of([Arc::new(Issued::read(&issue(1, files)))]);
    assert!(held.in_force(None).form_of_code("z01").is_none());
    assert_eq!(held.having(None, |of| of.form_of_code("z01").is_some()).version, 0);
    assert_eq!(held.having(None, |of| of.form_of_code("quick").is_some()).version, 1);
    assert_eq!(held.having(None, |_| false).version, 1, "what nobody has is asked of the one in force");
}

#[test]
fn an_issue_says_what_an_office_can_find_again() {
    let sound = issue(1, builtin_files());
    assert_eq!(sound.check(), Ok(()));
    assert_eq!(CatalogueIssue { version: 0, ..sound.clone() }.check(), Err(IssueError::Version));
    assert_eq!(CatalogueIssue { document: " ".into(), ..sound.clone() }.check(), Err(IssueError::Document));
    for name in ["../quick.csv", "quick", ".csv", "Quick.csv", "a b.csv", ""] {
        let files = BTreeMap::from([(name.to_owned(), String::new())]);
        assert_eq!(CatalogueIssue { files, ..sound.clone() }.check(), Err(IssueError::FileName(name.into())));
    }
}

#[test]
fn duties_come_with_the_version() {
    let later = with("duties.csv", "relief,county,", "relief,township|county,");
    let forms = read(1, later).unwrap();
    let directory = crate::Directory::from_csv(crate::directory::JILIN_2019_CSV, 1).unwrap();
    let owing = |catalogue: &Catalogue| {
        let form = catalogue.form_of_code("relief").unwrap();
        duty::owing(form, &"20260720-220221-flood".parse().unwrap(), &directory, "220221".parse().unwrap())
            .len()
    };
    assert_eq!((owing(Catalogue::builtin()), owing(&forms)), (1, 9));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is written into a table: read, or refused with a place; never a panic.
    #[test]
    fn no_table_is_too_strange(at in 0_usize..200_000, junk in ".{0,12}", cut in 0_usize..40) {
        let mut files = builtin_files();
        let names: Vec<String> = files.keys().cloned().collect();
        let name = &names[at % names.len()];
        let text = files.get_mut(name).unwrap();
        let chars: Vec<char> = text.chars().collect();
        let from = at % (chars.len() + 1);
        let until = (from + cut).min(chars.len());
        *text = chars[..from].iter().chain(junk.chars().collect::<Vec<_>>().iter()).chain(&chars[until..]).collect();
        if let Err(error) = read(1, files) {
            prop_assert!(error.place().0.ends_with(".csv"), "{error}");
        }
    }
}
