//! The programs under test, built once by the cargo and in the profile that build this test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// `fengsui-node`.
pub fn node() -> PathBuf {
    folder().join("fengsui-node")
}

/// `fengsui-hub`.
pub fn hub() -> PathBuf {
    folder().join("fengsui-hub")
}

/// Where both lie, once they are built.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let test = std::env::current_exe().expect("this test has a path");
        // <target>/<profile>/deps/cluster-<hash>
        let profile = test.ancestors().nth(2).expect("a test lies in deps").to_path_buf();
        build(&profile);
        profile
    })
}

fn build(profile: &Path) {
    let name = profile.file_name().and_then(|name| name.to_str()).expect("a profile has a name");
    let target = profile.parent().expect("a profile lies in the target directory");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "-p", "fengsui-node", "-p", "fengsui-hub", "--profile"])
        .arg(if name == "debug" { "dev" } else { name })
        .arg("--manifest-path")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml"))
        .arg("--target-dir")
        .arg(target)
        .status()
        .expect("cargo runs");
    assert!(built.success(), "failed to build the programs under test: {built}");
}
