//! Why a table of divisions is not taken, as people read it: row, division, and what to look for.

use super::{DIVISIONS_MAX, DirectoryError, check_row};
use crate::division::{Division, DivisionCode};
use crate::table::TableError;

/// A [`DirectoryError`] and where in the table it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}{}", .place.as_ref().map(Place::en).unwrap_or_default())]
pub struct DirectoryRefusal {
    /// What is wrong.
    pub error: DirectoryError,
    /// The row at fault; `None` where the error names its line itself, or concerns the whole table.
    place: Option<Place>,
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    /// Counted from 1, the heading included.
    line: u64,
    /// The division's name.
    name: String,
}

impl Place {
    fn en(&self) -> String {
        format!(" (line {}, {})", self.line, self.name)
    }
}

impl From<TableError> for DirectoryRefusal {
    fn from(error: TableError) -> Self {
        Self { error: error.into(), place: None }
    }
}

impl DirectoryRefusal {
    /// Finds the row of `divisions` that `error` is about; `lines` are those of the divisions.
    pub(super) fn of_rows(error: DirectoryError, divisions: &[Division], lines: &[u64]) -> Self {
        let mut rows = divisions.iter().zip(lines);
        let of = |code: DivisionCode| move |(division, _): &(&Division, &u64)| division.code == code;
        let row = match &error {
            // Of two rows with one code the later is the one too many.
            DirectoryError::Duplicate(code) => rows.rfind(of(*code)),
            DirectoryError::BadName { code, .. } | DirectoryError::BadDates(code) => {
                rows.find(|row| of(*code)(row) && check_row(row.0).is_err())
            }
            DirectoryError::MissingParent { code, .. }
            | DirectoryError::Cycle(code)
            | DirectoryError::WrongLevel { code, .. }
            | DirectoryError::SecondRoot { second: code, .. } => rows.find(of(*code)),
            DirectoryError::Table(_) | DirectoryError::TooMany(_) | DirectoryError::NoRoot => None,
        };
        let place = row.map(|(division, line)| Place { line: *line, name: division.name.clone() });
        Self { error, place }
    }

    /// The same in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        let place = self.place.as_ref().map(|place| format!("第 {} 行 {}：", place.line, place.name));
        format!("{}{}", place.unwrap_or_default(), zh(&self.error))
    }
}

fn zh(error: &DirectoryError) -> String {
    match error {
        DirectoryError::Table(error) => table_zh(error),
        DirectoryError::TooMany(count) => format!("共 {count} 个单位，最多 {DIVISIONS_MAX} 个"),
        DirectoryError::Duplicate(code) => format!("{code} 出现两次"),
        DirectoryError::BadName { code, name } => {
            format!("{code} 的名称或类别 {name:?} 为空、过长或含控制字符")
        }
        DirectoryError::BadDates(code) => format!("{code} 的截止日期不晚于起始日期"),
        DirectoryError::NoRoot => "没有最高单位：每个单位都写了上级，或表是空的".into(),
        DirectoryError::SecondRoot { first, second } => {
            format!("{first} 和 {second} 都没有上级，最高单位只能有一个")
        }
        DirectoryError::MissingParent { code, parent } => format!("{code} 的上级 {parent} 不在表中"),
        DirectoryError::Cycle(code) => format!("{code} 的上级连成一圈，到不了最高单位"),
        DirectoryError::WrongLevel { code, level, parent, parent_level } => {
            format!("{code}（{}）不能放在 {parent}（{}）之下，下级须低于上级", level.zh(), parent_level.zh())
        }
    }
}

fn table_zh(error: &TableError) -> String {
    match error {
        TableError::Broken { line: 0, reason } => format!("表格不能识读：{reason}"),
        TableError::Broken { line, reason } => format!("第 {line} 行不能识读：{reason}"),
        TableError::MissingColumn(column) => format!("表头缺少 {column} 列"),
        TableError::UnknownColumn(column) => format!("表头的 {column} 列不认识"),
        TableError::DoubleColumn(column) => format!("表头的 {column} 列重复"),
        TableError::Cell { line, column, reason } => format!("第 {line} 行 {column} 列不能识读：{reason}"),
    }
}
