//! Drafts: what a clerk typed and the station refused. Nothing typed is lost: it stands in a file that `submit` reads again,
//! and that goes when its report was kept.

use std::path::{Path, PathBuf};

use super::Typed;
use crate::bundle::sync_parent;
use crate::failure::Failure;
use crate::home::{make_private, write_private};

/// The directory under that of the station.
const DIR: &str = "drafts";

/// Where a station keeps its drafts.
pub struct Drafts(PathBuf);

impl Drafts {
    /// Those of the station in this directory.
    pub fn of(station: &Path) -> Self {
        Self(station.join(DIR))
    }

    /// Keeps what was typed, and adds to the failure where it is and how to go on with `command`. `file`: what was typed came
    /// from there; a draft is then written over, so that there is one of each report, and any other file that says all of
    /// it is left alone.
    pub fn keep(&self, typed: &Typed, file: Option<&Path>, command: &str, failure: Failure) -> Failure {
        if file.is_some_and(|file| Typed::read_file(file).as_ref() == Ok(typed)) {
            return failure;
        }
        let path = file.filter(|file| self.holds(file)).map_or_else(|| self.new_path(typed), Path::to_owned);
        let more = match self.write(&path, typed) {
            Ok(()) => format!(
                "所填内容已存为草稿，更正后继续：{command} {} (what was typed is kept as a draft: correct it and go on)",
                path.display()
            ),
            Err(error) => format!("草稿未能保存：{error} (failed to keep a draft in {})", path.display()),
        };
        Failure::new(failure.code, format!("{}\n{more}", failure.message))
    }

    /// The report was kept: a draft that it came from is no longer needed. One that cannot be deleted is found again, and
    /// its report is refused as a repeat or follows as a revision.
    pub fn drop(&self, file: &Path) {
        if self.holds(file) {
            let _ = std::fs::remove_file(file);
        }
    }

    fn holds(&self, file: &Path) -> bool {
        let whole = |path: &Path| std::fs::canonicalize(path).ok();
        file.parent().and_then(whole).is_some_and(|parent| whole(&self.0) == Some(parent))
    }

    fn write(&self, path: &Path, typed: &Typed) -> Result<(), String> {
        let text = toml::to_string(typed).map_err(|error| error.to_string())?;
        let kept = make_private(&self.0).and_then(|()| {
            // Whole or not at all: the draft before must not go while this one is written. The clerk is told that it is kept,
            // so its name is durable before, and that of a new directory.
            let partial = path.with_extension("partial");
            write_private(&partial, text.as_bytes())?;
            std::fs::rename(&partial, path)?;
            sync_parent(path)?;
            sync_parent(&self.0)
        });
        kept.map_err(|error| error.to_string())
    }

    /// A name that says what it is about, and that no draft has.
    fn new_path(&self, typed: &Typed) -> PathBuf {
        let about = [&typed.form, &typed.event, &typed.period];
        let about: Vec<&str> = about.into_iter().flatten().map(String::as_str).collect();
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
        let mut name: String = about.join("-").chars().take(NAME_CHARS_MAX).map(plain).collect();
        if name.is_empty() {
            name.push_str("report");
        }
        let paths = (1u32..).map(|number| self.0.join(format!("{name}.{number}.toml")));
        paths.into_iter().find(|path| !path.exists()).unwrap_or_else(|| self.0.join("report.toml"))
    }
}

/// Characters of the form and event in the name of a draft: enough for every real one, and within what file systems take.
const NAME_CHARS_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Code;
    use crate::submit::Cell;
    use crate::submit::sites::TypedSite;

    fn site<const N: usize>(name: &str, goods: [(&str, [(&str, Cell); 1]); N]) -> TypedSite {
        let cells = |cells: [(&str, Cell); 1]| cells.map(|(flow, cell)| (flow.to_owned(), cell)).into();
        TypedSite {
            name: name.into(),
            number: Some("02".into()),
            goods: goods.into_iter().map(|(kind, flows)| (kind.to_owned(), cells(flows))).collect(),
            figures: [("QL010".to_owned(), Cell::Text("有".into()))].into(),
        }
    }

    fn refused(drafts: &Drafts, typed: &Typed, file: Option<&Path>) -> String {
        drafts.keep(typed, file, "submit", Failure::new(Code::Refused, "未保存")).message
    }

    #[test]
    fn what_was_typed_reads_back_whole_and_goes_when_it_was_kept() {
        let dir = tempfile::TempDir::new().expect("a directory");
        let drafts = Drafts::of(dir.path());
        let figures = [
            ("QL010", Cell::Text("1.5".into())),
            ("QL050", Cell::Decimal(12.5)),
            ("QL011", Cell::Integer(3)),
        ];
        let typed = Typed {
            event: Some("20260720-220221-flood/../x".into()),
            narrative: Some("河水漫堤\n“两个村”".into()),
            update: true,
            figures: figures.into_iter().map(|(code, cell)| (code.to_owned(), cell)).collect(),
            village: vec![site("永丰村", [])],
            depot: vec![site("中心库", [("帐篷", [("opening", Cell::Integer(10))])])],
            ..Typed::default()
        };
        let message = refused(&drafts, &typed, None);
        let first = dir.path().join("drafts/20260720-220221-flood____x.1.toml");
        assert!(
            message.starts_with("未保存\n所填内容已存为草稿") && message.contains("kept as a draft"),
            "{message}"
        );
        assert_eq!(Typed::read(&first).expect("it reads"), typed);
        // From the draft: written over. From anywhere else: a draft of its own.
        let corrected = Typed { update: false, ..typed.clone() };
        refused(&drafts, &corrected, Some(&first));
        assert_eq!(Typed::read(&first).expect("it reads"), corrected);
        let elsewhere = dir.path().join("mine.toml");
        std::fs::write(&elsewhere, "").expect("a file");
        refused(&drafts, &typed, Some(&elsewhere));
        assert_eq!(std::fs::read_dir(dir.path().join("drafts")).expect("drafts").count(), 2);
        let whole = toml::to_string(&typed).expect("it is written");
        std::fs::write(&elsewhere, whole).expect("a file");
        assert_eq!(refused(&drafts, &typed, Some(&elsewhere)), "未保存", "the file says all of it");
        drafts.drop(&elsewhere);
        drafts.drop(&first);
        assert!(elsewhere.exists() && !first.exists());
    }

    #[test]
    fn a_draft_that_cannot_be_written_is_said() {
        let dir = tempfile::TempDir::new().expect("a directory");
        std::fs::write(dir.path().join("drafts"), "no directory").expect("a file");
        let message = refused(&Drafts::of(dir.path()), &Typed::default(), None);
        assert!(message.contains("草稿未能保存"), "{message}");
    }
}
