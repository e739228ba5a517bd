use super::*;

fn code(text: &str) -> DivisionCode {
    text.parse().unwrap()
}

fn jilin() -> Directory {
    Directory::from_csv(JILIN_2019_CSV, 7).unwrap()
}

fn small(rows: &str) -> Result<Directory, DirectoryError> {
    told(rows).map_err(|refusal| refusal.error)
}

fn told(rows: &str) -> Result<Directory, DirectoryRefusal> {
    Directory::from_csv(&format!("code,name,level,parent,kind,villages\n{rows}"), 1)
}

#[test]
fn jilin_is_a_tree() {
    let jilin = jilin();
    assert_eq!((jilin.version(), jilin.len()), (7, 999));
    assert_eq!(jilin.root().name, "吉林省");
    let of_level = |level| jilin.iter().filter(|division| division.level == level).count();
    assert_eq!(Level::ALL.map(of_level), [919, 69, 10, 1]);
    assert_eq!(jilin.townships(jilin.root().code).count(), 919);
}

#[test]
fn a_lineage_climbs_to_the_root() {
    let jilin = jilin();
    assert_eq!(jilin.lineage(code("222426200")), [code("222426"), code("2224"), code("22")]);
    assert_eq!(
        jilin.lineage(code("222426120")),
        [code("2299"), code("22")],
        "池北区 hangs on a city-level unit"
    );
    assert!(jilin.lineage(code("22")).is_empty());
    assert!(jilin.lineage(code("99")).is_empty());
}

#[test]
fn within_is_inclusive_and_follows_parents_not_digits() {
    let jilin = jilin();
    assert!(jilin.is_within(code("222426200"), code("222426200")));
    assert!(jilin.is_within(code("222426200"), code("22")));
    assert!(!jilin.is_within(code("22"), code("2224")));
    assert!(
        !jilin.is_within(code("222426120"), code("222426")),
        "the digits say 安图县, the parent says Changbaishan"
    );
    assert!(!jilin.is_within(code("99"), code("99")), "an unknown code lies nowhere");
}

#[test]
fn children_come_in_code_order() {
    let jilin = jilin();
    let names: Vec<&str> = jilin.children(code("2299")).map(|child| child.name.as_str()).collect();
    assert_eq!(names, ["池西区", "池南区", "池北区"]);
    assert_eq!(jilin.children(code("222426120")).count(), 0);
    assert_eq!(jilin.townships(code("2299")).count(), 3);
}

#[test]
fn a_list_that_is_no_tree_is_refused() {
    let province = "22,吉林省,province,,省,0\n";
    assert!(small(province).is_ok());
    assert_eq!(small(""), Err(DirectoryError::NoRoot));
    assert_eq!(small("2201,甲,city,2202,市,0\n2202,乙,city,2201,市,0\n"), Err(DirectoryError::NoRoot));
    let two = format!("{province}23,乙,province,,省,0\n");
    assert_eq!(small(&two), Err(DirectoryError::SecondRoot { first: code("22"), second: code("23") }));
    let twice = format!("{province}2201,甲,city,22,市,0\n2201,乙,city,22,市,0\n");
    assert_eq!(small(&twice), Err(DirectoryError::Duplicate(code("2201"))));
    let orphan = format!("{province}220101,甲,county,2201,区,0\n");
    assert_eq!(
        small(&orphan),
        Err(DirectoryError::MissingParent { code: code("220101"), parent: code("2201") })
    );
    let circle = format!("{province}2201,甲,city,220101,市,0\n220101,乙,county,2201,区,0\n");
    assert_eq!(small(&circle), Err(DirectoryError::Cycle(code("2201"))));
}

#[test]
fn a_child_ranks_below_its_parent() {
    let city = "22,吉林省,province,,省,0\n2201,甲,city,22,市,0\n";
    assert!(small(&format!("{city}220101001,乙,township,2201,街道,3\n")).is_ok(), "a level may be left out");
    for row in ["2202,乙,city,2201,市,0\n", "220101,乙,province,2201,省,0\n"] {
        assert!(
            matches!(
                small(&format!("{city}{row}")),
                Err(DirectoryError::WrongLevel { parent_level: Level::City, .. })
            ),
            "{row}"
        );
    }
}

#[test]
fn a_bad_cell_names_its_line() {
    let line_of = |rows: &str| match small(rows) {
        Err(DirectoryError::Table(TableError::Cell { line, column, .. })) => (line, column),
        other => panic!("{other:?}"),
    };
    let root = "22,吉林省,province,,省,0\n";
    assert_eq!(line_of(&format!("{root}2x,甲,city,22,市,0\n")), (3, "code".to_owned()));
    assert_eq!(line_of(&format!("{root}2201,,city,22,市,0\n")), (3, "name".to_owned()));
    assert_eq!(line_of(&format!("{root}2201,甲,town,22,市,0\n")), (3, "level".to_owned()));
    assert_eq!(line_of(&format!("{root}2201,甲,city,22,市,-1\n")), (3, "villages".to_owned()));
}

#[test]
fn names_and_dates_are_checked() {
    let root = "22,吉林省,province,,省,0,,\n";
    let dated = |row: &str| {
        Directory::from_csv(&format!("code,name,level,parent,kind,villages,from,until\n{root}{row}"), 1)
            .map_err(|refusal| refusal.error)
    };
    assert!(dated("2201,甲,city,22,市,0,2001-01-01,2020-01-01\n").is_ok());
    assert_eq!(
        dated("2201,甲,city,22,市,0,2020-01-01,2020-01-01\n"),
        Err(DirectoryError::BadDates(code("2201")))
    );
    let long = "长".repeat(NAME_CHARS_MAX + 1);
    assert!(matches!(dated(&format!("2201,{long},city,22,市,0,,\n")), Err(DirectoryError::BadName { .. })));
    assert!(matches!(dated("2201,\"甲\n乙\",city,22,市,0,,\n"), Err(DirectoryError::BadName { .. })));
    assert!(dated(&format!("2201,{},city,22,市,0,,\n", "长".repeat(NAME_CHARS_MAX))).is_ok());
}

#[test]
fn too_many_divisions_are_refused_before_they_are_read() {
    let root = jilin().root().clone();
    let many = vec![root; DIVISIONS_MAX + 1];
    assert_eq!(Directory::from_divisions(many, 1), Err(DirectoryError::TooMany(DIVISIONS_MAX + 1)));
}

/// What an office and an operator read of a table with these rows below the province and a city.
fn words(rows: &str) -> (String, String) {
    let above = "22,吉林省,province,,省,0\n2201,长春市,city,22,市,0\n";
    let refusal = told(&format!("{above}{rows}")).unwrap_err();
    (refusal.zh(), refusal.to_string())
}

#[test]
fn a_refusal_names_row_and_division_in_both_languages() {
    let cases = [
        (
            "2202,吉林市,city,22,市,0\n220221,永吉县,county,2203,县,0\n",
            "第 5 行 永吉县：220221 的上级 2203 不在表中",
            "find parent 2203 of division 220221 (line 5, 永吉县)",
        ),
        (
            "220221,永吉县,county,220222,县,0\n220222,乙县,county,220221,县,0\n",
            "第 4 行 永吉县：220221 的上级连成一圈，到不了最高单位",
            "reach division 220221 from the root: its line of parents turns in a circle (line 4, 永吉县)",
        ),
        (
            "220221,永吉县,city,2201,县,0\n",
            "第 4 行 永吉县：220221（市级）不能放在 2201（市级）之下，下级须低于上级",
            "place city 220221 under city 2201: a child ranks below its parent (line 4, 永吉县)",
        ),
        (
            "220221,永吉县,county,2201,县,0\n220221,乙县,county,2201,县,0\n",
            "第 5 行 乙县：220221 出现两次",
            "read division 220221 twice (line 5, 乙县)",
        ),
        (
            "220221,永吉县,county,2201,,0\n",
            "第 4 行 kind 列不能识读：must not be empty",
            "read line 4, column \"kind\": must not be empty",
        ),
        (
            "23,黑龙江省,province,,省,0\n",
            "第 4 行 黑龙江省：22 和 23 都没有上级，最高单位只能有一个",
            "take 23 as a second root beside 22 (line 4, 黑龙江省)",
        ),
    ];
    for (rows, zh, en) in cases {
        assert_eq!(words(rows), (zh.to_owned(), en.to_owned()));
    }
    let none = told("").unwrap_err();
    assert_eq!(none.zh(), "没有最高单位：每个单位都写了上级，或表是空的");
    assert!(told("22,吉林省,province,,省,0\n22,一\n").unwrap_err().zh().starts_with("第 3 行不能识读"));
}
