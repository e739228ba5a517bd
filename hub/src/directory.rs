//! Tables of divisions from a file, and what is wrong with them.

use fengsui_daemon::failure::{Code, Failure};
use fengsui_daemon::station::DirectoryIssueError;
use fengsui_model::{Directory, DirectoryError};

/// Reads a table of divisions, as the file holds it.
///
/// # Errors
/// Which row is wrong, and why: [`Code::Usage`] for what does not read, [`Code::Refused`] for what is no tree.
pub(crate) fn read(csv: &str, version: u32) -> Result<Directory, Failure> {
    Directory::from_csv(csv, version).map_err(|refusal| {
        let code = match refusal.error {
            DirectoryError::Table(_) => Code::Usage,
            _ => Code::Refused,
        };
        Failure::new(code, format!("区划表有误，未采用：{} (failed to {refusal})", refusal.zh()))
    })
}

/// Why a table that reads is not issued.
pub(crate) fn issue_failure(error: DirectoryIssueError) -> Failure {
    let zh = match &error {
        DirectoryIssueError::Station(_) => String::new(),
        DirectoryIssueError::NotRoot => "只有省级根站能发布区划表".into(),
        DirectoryIssueError::NotNewer { version, current } => {
            format!("版本号 {version} 不大于现行的第 {current} 版")
        }
        DirectoryIssueError::OtherRoot { found, own } => format!("表的最高单位是 {found}，本站代表 {own}"),
    };
    match error {
        DirectoryIssueError::Station(error) => error.into(),
        error => Failure::new(Code::Refused, format!("区划表未发布：{zh} (failed to {error})")),
    }
}
