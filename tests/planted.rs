//! A checker that has never caught anything proves nothing: each patch under `planted/` breaks one rule, and the
//! simulator has to notice. The patched tree is built under `target/planted`, apart from everything else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Seeds that a planted bug may survive.
const SEEDS: &str = "300";

/// What of the repository is needed to build the simulator.
const PARTS: [&str; 8] =
    ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "shared", "node", "hub", "deploy", "tests"];

#[test]
fn every_planted_bug_is_caught() {
    let repository =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the repository");
    let copy = Copy { target: repository.join("target/planted") };
    for part in PARTS {
        mirror(&repository.join(part), &copy.pristine().join(part));
    }
    copy.refresh();
    let sound = copy.simulate();
    assert!(sound.status.success(), "the unpatched simulator fails:\n{}", text(&sound.stderr));
    let missed: Vec<String> = patches(repository).iter().filter_map(|patch| copy.check(patch)).collect();
    copy.refresh();
    assert!(missed.is_empty(), "not caught within {SEEDS} seeds: {missed:?}");
}

fn patches(repository: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(repository.join("tests/planted")).expect("the patches are in the repository");
    let mut patches: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    patches.retain(|path| path.extension().is_some_and(|extension| extension == "patch"));
    patches.sort();
    assert!(patches.len() >= 7, "patches are missing");
    patches
}

/// A copy of the sources that may be broken.
struct Copy {
    target: PathBuf,
}

impl Copy {
    fn sources(&self) -> PathBuf {
        self.target.join("sources")
    }

    /// The sources as they were when the test began: whoever edits them meanwhile does not disturb it.
    fn pristine(&self) -> PathBuf {
        self.target.join("pristine")
    }

    /// Makes the copy equal to the repository. Files that are equal are left alone, so that little is built again.
    fn refresh(&self) {
        for part in PARTS {
            mirror(&self.pristine().join(part), &self.sources().join(part));
        }
    }

    /// The name of the patch, if nothing notices it.
    fn check(&self, patch: &Path) -> Option<String> {
        let name = patch.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        self.refresh();
        let mut command = Command::new("patch");
        command.args(["-p1", "--no-backup-if-mismatch", "-i"]).arg(patch).current_dir(self.sources());
        let applied = command.output().expect("patch is installed");
        assert!(applied.status.success(), "{name} no longer applies:\n{}", text(&applied.stdout));
        let caught = self.simulate();
        let said = text(&caught.stderr);
        let why = said.lines().find(|line| line.starts_with("seed ")).unwrap_or("not caught");
        eprintln!("{name:<28}{why}");
        (caught.status.code() != Some(1) || why == "not caught").then_some(name)
    }

    fn simulate(&self) -> Output {
        let mut build = self.cargo();
        build.args(["build", "--offline", "--quiet", "-p", "fengsui-sim", "--bins"]);
        let built = build.output().expect("cargo is installed");
        assert!(built.status.success(), "a planted bug does not build:\n{}", text(&built.stderr));
        let mut run = Command::new(self.target.join("debug/fengsui-sim"));
        run.args(["--seeds", SEEDS]).output().expect("the simulator was built")
    }

    fn cargo(&self) -> Command {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(self.sources()).env("CARGO_TARGET_DIR", &self.target);
        cargo
    }
}

fn mirror(from: &Path, to: &Path) {
    if from.is_file() {
        let bytes = fs::read(from).expect("a source reads");
        if fs::read(to).ok().as_deref() != Some(&bytes[..]) {
            fs::create_dir_all(to.parent().expect("a file lies in a folder")).expect("target can be written");
            fs::write(to, bytes).expect("target can be written");
        }
        return;
    }
    for entry in fs::read_dir(from).expect("a folder reads") {
        let entry = entry.expect("a folder reads");
        mirror(&entry.path(), &to.join(entry.file_name()));
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
