//! A strict reader of small tables: the columns are known, every cell has a line number, and nothing is
//! guessed.

use std::{fmt::Display, str::FromStr};

/// Why a table cannot be read. Lines count from 1, the heading included.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Broken quoting, or a row with more or fewer cells than the heading.
    #[error("read line {line} of the table: {reason}")]
    Broken {
        /// Where reading stopped; 0 when the reader cannot tell.
        line: u64,
        /// What the reader found.
        reason: String,
    },
    /// A column that must be there is not.
    #[error("find column {0:?} in the heading")]
    MissingColumn(String),
    /// A column nobody knows: more likely a slip than an extension.
    #[error("recognise column {0:?} in the heading")]
    UnknownColumn(String),
    /// A column stands twice in the heading.
    #[error("read a heading with column {0:?} twice")]
    DoubleColumn(String),
    /// A cell does not hold what its column asks for.
    #[error("read line {line}, column {column:?}: {reason}")]
    Cell {
        /// Line of the row.
        line: u64,
        /// Name of the column.
        column: String,
        /// What was wrong with the text.
        reason: String,
    },
}

/// A table with its heading.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<String>,
    rows: Vec<(u64, csv::StringRecord)>,
}

/// One row; borrows the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    table: &'a Table,
    line: u64,
    cells: &'a csv::StringRecord,
}

impl Table {
    /// Reads comma-separated text whose heading holds all `required` columns, any of the `optional`, and no
    /// other.
    pub(crate) fn parse(text: &str, required: &[&str], optional: &[&str]) -> Result<Self, TableError> {
        let mut reader =
            csv::ReaderBuilder::new().from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let columns: Vec<String> =
            reader.headers().map_err(|e| broken(&e))?.iter().map(str::to_owned).collect();
        check_heading(&columns, required, optional)?;
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|e| broken(&e))?;
            let line = record.position().map_or(0, csv::Position::line);
            rows.push((line, record));
        }
        Ok(Self { columns, rows })
    }

    /// The rows in the order of the text.
    pub(crate) fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, cells)| Row { table: self, line: *line, cells })
    }
}

fn check_heading(columns: &[String], required: &[&str], optional: &[&str]) -> Result<(), TableError> {
    for (position, column) in columns.iter().enumerate() {
        if !required.contains(&column.as_str()) && !optional.contains(&column.as_str()) {
            return Err(TableError::UnknownColumn(column.clone()));
        }
        if columns[..position].contains(column) {
            return Err(TableError::DoubleColumn(column.clone()));
        }
    }
    match required.iter().find(|name| !columns.iter().any(|column| column == *name)) {
        Some(missing) => Err(TableError::MissingColumn((*missing).to_owned())),
        None => Ok(()),
    }
}

fn broken(error: &csv::Error) -> TableError {
    TableError::Broken { line: error.position().map_or(0, csv::Position::line), reason: error.to_string() }
}

impl<'a> Row<'a> {
    /// Its line, counted from 1, the heading included.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// The cell under that column; empty for an optional column that the heading does not have.
    pub(crate) fn cell(&self, column: &str) -> &'a str {
        let position = self.table.columns.iter().position(|name| name == column);
        position.and_then(|position| self.cells.get(position)).unwrap_or_default()
    }

    /// The cell read as a value.
    pub(crate) fn read<T: FromStr<Err: Display>>(&self, column: &str) -> Result<T, TableError> {
        self.cell(column).parse().map_err(|e: T::Err| self.wrong(column, &e))
    }

    /// The cell read as a value, or `None` where it is empty.
    pub(crate) fn read_optional<T: FromStr<Err: Display>>(
        &self,
        column: &str,
    ) -> Result<Option<T>, TableError> {
        if self.cell(column).is_empty() { Ok(None) } else { self.read(column).map(Some) }
    }

    /// The text of a cell that must not be empty.
    pub(crate) fn text(&self, column: &str) -> Result<String, TableError> {
        match self.cell(column) {
            "" => Err(self.wrong(column, "must not be empty")),
            text => Ok(text.to_owned()),
        }
    }

    /// An error that points at this cell.
    pub(crate) fn wrong(&self, column: &str, reason: impl Display) -> TableError {
        TableError::Cell { line: self.line, column: column.to_owned(), reason: reason.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_is_exact() {
        let parse = |text| Table::parse(text, &["a", "b"], &["c"]).map(|_| ());
        assert_eq!(parse("a,b\n1,2\n"), Ok(()));
        assert_eq!(parse("c,b,a\n1,2,3\n"), Ok(()));
        assert_eq!(parse("a\n1\n"), Err(TableError::MissingColumn("b".to_owned())));
        assert_eq!(parse("a,b,d\n1,2,3\n"), Err(TableError::UnknownColumn("d".to_owned())));
        assert_eq!(parse("a,b,a\n1,2,3\n"), Err(TableError::DoubleColumn("a".to_owned())));
    }

    #[test]
    fn a_wrong_cell_names_its_line_and_column() {
        let table = Table::parse("a,b\n1,2\n3,x\n", &["a", "b"], &[]).unwrap();
        let read: Vec<_> = table.rows().map(|row| row.read::<u32>("b")).collect();
        assert_eq!(read[0], Ok(2));
        assert!(matches!(&read[1], Err(TableError::Cell { line: 3, column, .. }) if column == "b"));
    }

    #[test]
    fn a_ragged_row_is_refused() {
        assert!(matches!(
            Table::parse("a,b\n1\n", &["a", "b"], &[]),
            Err(TableError::Broken { line: 2, .. })
        ));
    }
}
