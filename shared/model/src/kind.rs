//! The kind of a disaster (灾害种类), first level of the statistical rule; one table, compiled in.

use std::{fmt, str::FromStr, sync::OnceLock};

use crate::{
    table::{Table, TableError},
    text::serde_as_text,
};

/// The authored table. Numbers are frozen: they are in signed bytes, so a row is only ever added.
const KINDS_CSV: &str = include_str!("../../../deploy/data/forms/disaster-kinds.csv");

/// One kind. Always a row of the table, so every kind has a name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DisasterKind(u8);

/// No such row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("find disaster kind {0:?}")]
pub struct KindError(pub String);

#[derive(Debug)]
struct Row {
    number: u8,
    code: String,
    zh: String,
    en: String,
    shown: bool,
}

impl DisasterKind {
    /// All kinds in the order of their numbers.
    pub fn all() -> impl Iterator<Item = Self> {
        table().iter().map(|row| Self(row.number))
    }

    /// The kind of that frozen number.
    ///
    /// # Errors
    /// [`KindError`] when this build does not know it: an entry from a newer one waits, it is not guessed at.
    pub fn from_number(number: u8) -> Result<Self, KindError> {
        find(|row| row.number == number).ok_or_else(|| KindError(number.to_string()))
    }

    /// The frozen number in signed bytes.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The word in an event key: `flood`.
    #[must_use]
    pub fn code(self) -> &'static str {
        &self.row().code
    }

    /// 洪涝灾害.
    #[must_use]
    pub fn zh(self) -> &'static str {
        &self.row().zh
    }

    /// Flood.
    #[must_use]
    pub fn en(self) -> &'static str {
        &self.row().en
    }

    /// Whether a form in Jilin offers it. The province has no coast; a report that says `marine` is still
    /// understood.
    #[must_use]
    pub fn shown(self) -> bool {
        self.row().shown
    }

    fn row(self) -> &'static Row {
        table().iter().find(|row| row.number == self.0).expect("a kind is made from a row of the table only")
    }
}

fn find(wanted: impl Fn(&Row) -> bool) -> Option<DisasterKind> {
    table().iter().find(|row| wanted(row)).map(|row| DisasterKind(row.number))
}

fn table() -> &'static [Row] {
    static TABLE: OnceLock<Vec<Row>> = OnceLock::new();
    TABLE.get_or_init(|| read(KINDS_CSV).expect("the built-in table is read by a test"))
}

fn read(text: &str) -> Result<Vec<Row>, TableError> {
    let columns = ["number", "code", "zh", "en", "sub_kinds", "shown", "note"];
    let table = Table::parse(text, &columns, &[])?;
    let mut rows: Vec<Row> = Vec::with_capacity(table.rows().len());
    for row in table.rows() {
        let shown = match row.cell("shown") {
            "yes" => true,
            "no" => false,
            other => return Err(row.wrong("shown", format_args!("{other:?} is neither yes nor no"))),
        };
        let read = Row {
            number: row.read("number")?,
            code: row.text("code")?,
            zh: row.text("zh")?,
            en: row.text("en")?,
            shown,
        };
        if rows.iter().any(|other| other.number >= read.number || other.code == read.code) {
            return Err(row.wrong("number", "numbers rise and no code stands twice"));
        }
        rows.push(read);
    }
    Ok(rows)
}

impl fmt::Display for DisasterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for DisasterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for DisasterKind {
    type Err = KindError;

    fn from_str(text: &str) -> Result<Self, KindError> {
        find(|row| row.code == text).ok_or_else(|| KindError(text.to_owned()))
    }
}

serde_as_text!(DisasterKind);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_frozen() {
        let known: Vec<(u8, &str)> = DisasterKind::all().map(|kind| (kind.number(), kind.code())).collect();
        let frozen = [
            (1, "drought"),
            (2, "flood"),
            (3, "typhoon"),
            (4, "wind_hail"),
            (5, "low_temp"),
            (6, "snow"),
            (7, "sand"),
            (8, "earthquake"),
            (9, "geological"),
            (10, "marine"),
            (11, "fire"),
            (12, "biological"),
            (13, "volcano"),
        ];
        assert_eq!(known, frozen);
    }

    #[test]
    fn codes_read_back_and_fit_an_event_key() {
        for kind in DisasterKind::all() {
            assert_eq!(kind.code().parse(), Ok(kind));
            assert_eq!(DisasterKind::from_number(kind.number()), Ok(kind));
            assert!(!kind.code().contains('-'), "a hyphen divides the parts of an event key");
        }
        assert!("Flood".parse::<DisasterKind>().is_err());
        assert!(DisasterKind::from_number(0).is_err());
    }

    #[test]
    fn a_reused_number_is_refused() {
        let head = "number,code,zh,en,sub_kinds,shown,note\n";
        assert!(read(&format!("{head}1,a,甲,A,,yes,\n2,b,乙,B,,no,\n")).is_ok());
        assert!(read(&format!("{head}1,a,甲,A,,yes,\n1,b,乙,B,,no,\n")).is_err());
        assert!(read(&format!("{head}1,a,甲,A,,yes,\n2,a,乙,B,,no,\n")).is_err());
    }
}
