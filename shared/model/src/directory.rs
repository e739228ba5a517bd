//! The directory: which divisions exist and who reports to whom. One tree, checked whole before anybody can
//! ask it anything.

mod refusal;

use std::collections::{BTreeMap, BTreeSet};

pub use refusal::DirectoryRefusal;

use crate::{
    division::{Division, DivisionCode, Level},
    table::{Row, Table, TableError},
};

/// Divisions of the province as public data of 2019 list them, in the columns that [`Directory::from_csv`]
/// reads. It seeds demonstrations and tests; in service the directory comes from the province as a signed
/// entry.
pub const JILIN_2019_CSV: &str = include_str!("../../../deploy/data/jilin/divisions.csv");

/// Divisions in one directory. Jilin has 999; the largest province has fewer than 6 000, and dated
/// divisions stay listed.
pub const DIVISIONS_MAX: usize = 20_000;

/// Characters of a name or a kind. The longest official names of autonomous townships have about 25.
pub const NAME_CHARS_MAX: usize = 64;

/// A version of the tree of divisions. Immutable: a change is a new version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    version: u32,
    root: DivisionCode,
    divisions: BTreeMap<DivisionCode, Division>,
    children: BTreeMap<DivisionCode, Vec<DivisionCode>>,
}

/// Why a list of divisions is not a tree of four levels.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// A line of the table cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// More divisions than [`DIVISIONS_MAX`].
    #[error("take {0} divisions: {DIVISIONS_MAX} are allowed")]
    TooMany(usize),
    /// One code stands twice.
    #[error("read division {0} twice")]
    Duplicate(DivisionCode),
    /// The name or kind is empty, too long or holds control characters.
    #[error(
        "take the name of division {code}: {name:?} is empty, over {NAME_CHARS_MAX} characters or not printable"
    )]
    BadName {
        /// Whose.
        code: DivisionCode,
        /// The name or kind at fault.
        name: String,
    },
    /// `until` does not come after `from`.
    #[error("take the dates of division {0}: it ends before it begins")]
    BadDates(DivisionCode),
    /// Every division has a parent.
    #[error("find a root: every division has a parent")]
    NoRoot,
    /// Two divisions have no parent.
    #[error("take {second} as a second root beside {first}")]
    SecondRoot {
        /// The lower code.
        first: DivisionCode,
        /// The next one.
        second: DivisionCode,
    },
    /// The parent is not in the list.
    #[error("find parent {parent} of division {code}")]
    MissingParent {
        /// The child.
        code: DivisionCode,
        /// Who is missing.
        parent: DivisionCode,
    },
    /// The division is among its own ancestors.
    #[error("reach division {0} from the root: its line of parents turns in a circle")]
    Cycle(DivisionCode),
    /// A child does not rank below its parent.
    #[error("place {level} {code} under {parent_level} {parent}: a child ranks below its parent")]
    WrongLevel {
        /// The child.
        code: DivisionCode,
        /// Its rank.
        level: Level,
        /// The parent.
        parent: DivisionCode,
        /// Its rank.
        parent_level: Level,
    },
}

impl Directory {
    /// Reads the columns `code,name,level,parent,kind,villages` and, if they are there, `from` and `until`.
    /// An empty parent marks the root.
    ///
    /// # Errors
    /// What is wrong, with the line and the name of the division at fault.
    pub fn from_csv(text: &str, version: u32) -> Result<Self, DirectoryRefusal> {
        let table =
            Table::parse(text, &["code", "name", "level", "parent", "kind", "villages"], &["from", "until"])?;
        let divisions: Vec<Division> =
            table.rows().map(|row| read_division(&row)).collect::<Result<_, _>>()?;
        let lines: Vec<u64> = table.rows().map(|row| row.line()).collect();
        // Cloned, because only the whole list tells where in the table a fault stands; a table is a thousand rows.
        Self::from_divisions(divisions.clone(), version)
            .map_err(|error| DirectoryRefusal::of_rows(error, &divisions, &lines))
    }

    /// Checks that the divisions make one tree in which every child ranks below its parent. A level may be
    /// left out: the townships of Changbaishan hang on a city-level unit.
    ///
    /// # Errors
    /// The first [`DirectoryError`] in code order.
    pub fn from_divisions(divisions: Vec<Division>, version: u32) -> Result<Self, DirectoryError> {
        if divisions.len() > DIVISIONS_MAX {
            return Err(DirectoryError::TooMany(divisions.len()));
        }
        let divisions = index(divisions)?;
        let root = find_root(&divisions)?;
        let children = link(&divisions)?;
        check_reached(root, &divisions, &children)?;
        check_levels(&divisions)?;
        Ok(Self { version, root, divisions, children })
    }

    /// The version its issuer gave it; versions only go forward.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// The division at the top.
    #[must_use]
    pub fn root(&self) -> &Division {
        &self.divisions[&self.root]
    }

    /// The division of that code.
    #[must_use]
    pub fn get(&self, code: DivisionCode) -> Option<&Division> {
        self.divisions.get(&code)
    }

    /// All divisions in code order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Division> {
        self.divisions.values()
    }

    /// How many divisions there are, at least 1.
    #[expect(clippy::len_without_is_empty, reason = "a directory has a root, so it is never empty")]
    #[must_use]
    pub fn len(&self) -> usize {
        self.divisions.len()
    }

    /// The direct children in code order; none for a township and for an unknown code.
    pub fn children(&self, code: DivisionCode) -> impl Iterator<Item = &Division> {
        let codes = self.children.get(&code).map(Vec::as_slice).unwrap_or_default();
        codes.iter().filter_map(|child| self.get(*child))
    }

    /// Parent, parent's parent, … root, without the division itself. Empty for the root and for an unknown
    /// code.
    #[must_use]
    pub fn lineage(&self, code: DivisionCode) -> Vec<DivisionCode> {
        std::iter::successors(self.parent(code), |ancestor| self.parent(*ancestor)).collect()
    }

    /// Whether the division lies in the subtree of `ancestor`; every known division lies within itself.
    #[must_use]
    pub fn is_within(&self, code: DivisionCode, ancestor: DivisionCode) -> bool {
        self.divisions.contains_key(&code)
            && std::iter::successors(Some(code), |below| self.parent(*below))
                .any(|division| division == ancestor)
    }

    /// The townships in the subtree, the division itself included if it is one, in code order.
    pub fn townships(&self, code: DivisionCode) -> impl Iterator<Item = &Division> {
        self.iter()
            .filter(move |division| division.level == Level::Township && self.is_within(division.code, code))
    }

    fn parent(&self, code: DivisionCode) -> Option<DivisionCode> {
        self.get(code).and_then(|division| division.parent)
    }
}

fn read_division(row: &Row<'_>) -> Result<Division, TableError> {
    Ok(Division {
        code: row.read("code")?,
        name: row.text("name")?,
        level: row.read("level")?,
        parent: row.read_optional("parent")?,
        kind: row.text("kind")?,
        villages: row.read("villages")?,
        from: row.read_optional("from")?,
        until: row.read_optional("until")?,
    })
}

fn index(list: Vec<Division>) -> Result<BTreeMap<DivisionCode, Division>, DirectoryError> {
    let mut divisions = BTreeMap::new();
    for division in list {
        check_row(&division)?;
        let code = division.code;
        if divisions.insert(code, division).is_some() {
            return Err(DirectoryError::Duplicate(code));
        }
    }
    Ok(divisions)
}

fn check_row(division: &Division) -> Result<(), DirectoryError> {
    let code = division.code;
    for name in [&division.name, &division.kind] {
        if name.trim().is_empty()
            || name.chars().count() > NAME_CHARS_MAX
            || name.chars().any(char::is_control)
        {
            return Err(DirectoryError::BadName { code, name: name.chars().take(NAME_CHARS_MAX).collect() });
        }
    }
    match (division.from, division.until) {
        (Some(from), Some(until)) if until <= from => Err(DirectoryError::BadDates(code)),
        _ => Ok(()),
    }
}

fn find_root(divisions: &BTreeMap<DivisionCode, Division>) -> Result<DivisionCode, DirectoryError> {
    let mut roots =
        divisions.values().filter(|division| division.parent.is_none()).map(|division| division.code);
    match (roots.next(), roots.next()) {
        (None, _) => Err(DirectoryError::NoRoot),
        (Some(root), None) => Ok(root),
        (Some(first), Some(second)) => Err(DirectoryError::SecondRoot { first, second }),
    }
}

fn link(
    divisions: &BTreeMap<DivisionCode, Division>,
) -> Result<BTreeMap<DivisionCode, Vec<DivisionCode>>, DirectoryError> {
    let mut children: BTreeMap<DivisionCode, Vec<DivisionCode>> = BTreeMap::new();
    for division in divisions.values() {
        let Some(parent) = division.parent else { continue };
        if !divisions.contains_key(&parent) {
            return Err(DirectoryError::MissingParent { code: division.code, parent });
        }
        children.entry(parent).or_default().push(division.code);
    }
    Ok(children)
}

/// With one root and no missing parent, only a circle keeps a division from being reached.
fn check_reached(
    root: DivisionCode,
    divisions: &BTreeMap<DivisionCode, Division>,
    children: &BTreeMap<DivisionCode, Vec<DivisionCode>>,
) -> Result<(), DirectoryError> {
    let mut reached = BTreeSet::from([root]);
    let mut waiting = vec![root];
    while let Some(code) = waiting.pop() {
        let below = children.get(&code).map(Vec::as_slice).unwrap_or_default();
        waiting.extend(below.iter().copied().filter(|child| reached.insert(*child)));
    }
    match divisions.keys().find(|code| !reached.contains(code)) {
        Some(code) => Err(DirectoryError::Cycle(*code)),
        None => Ok(()),
    }
}

fn check_levels(divisions: &BTreeMap<DivisionCode, Division>) -> Result<(), DirectoryError> {
    for division in divisions.values() {
        let Some(parent) = division.parent.and_then(|code| divisions.get(&code)) else { continue };
        if division.level >= parent.level {
            return Err(DirectoryError::WrongLevel {
                code: division.code,
                level: division.level,
                parent: parent.code,
                parent_level: parent.level,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
