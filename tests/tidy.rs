//! Rules that no compiler checks: dependencies point one way, the lower crates touch no clock, disk or socket, and
//! the sources hold no unfinished work and no path of somebody's machine.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Each crate and the crates of this workspace that it may build on, bottom to top. Daemons may not know each other;
/// only the demonstration starts both.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("wire", &["model"]),
    ("protocol", &["model", "wire"]),
    ("store", &["model", "wire"]),
    ("transport", &["model", "wire"]),
    ("daemon", &["model", "wire", "protocol", "store", "transport"]),
    ("node", &["model", "wire", "protocol", "store", "transport", "daemon"]),
    ("hub", &["model", "wire", "protocol", "store", "transport", "daemon"]),
    ("demo", &["model", "wire", "protocol", "store", "transport", "daemon", "node", "hub"]),
    ("sim", &["model", "wire", "protocol", "store", "transport", "daemon", "node", "hub"]),
    ("bench", &["model", "wire", "protocol", "store", "transport", "daemon", "node", "hub", "sim", "demo"]),
];

/// The crates that are told the time and the bytes, and ask nobody.
const PURE: &[&str] = &["model", "wire", "protocol"];

/// What a pure crate may not depend on, even in its tests.
const IMPURE_CRATES: &[&str] = &["tokio", "getrandom", "sled", "quinn", "tracing"];

/// What a pure crate's sources may not mention. The tests under its `tests` folder may.
const IMPURE_WORDS: &[&str] = &["std::fs", "std::net", "SystemTime::now", "Instant::now", "std::thread"];

/// A library and the only crates that may use it, in what they ship. Tests are free, and so are the benchmarks, which
/// measure against the bare library.
const HELD_BY: &[(&str, &[&str])] = &[
    ("rkyv", &["wire"]),
    ("ed25519-dalek", &["wire"]),
    ("sled", &["store"]),
    ("quinn", &["transport"]),
    ("rustls", &["transport"]),
];

/// A file longer than this holds a second noun.
const RUST_LINES_MAX: usize = 900;

/// Folders that hold no sources of ours.
const NOT_SOURCES: &[&str] = &["target", ".git", ".venv", "__pycache__"];

/// Crates of the workspace by short name, each with its dependencies by name: shipped, and those of tests.
struct Crates(BTreeMap<String, [BTreeSet<String>; 2]>);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate lies in the workspace")
}

impl Crates {
    fn read() -> Self {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
            .current_dir(root())
            .output()
            .expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
        let packages = metadata["packages"].as_array().expect("a list of packages");
        Self(packages.iter().map(|package| (short(&package["name"]), dependencies(package))).collect())
    }

    fn shipped(&self, name: &str) -> &BTreeSet<String> {
        &self.0[name][0]
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &String> {
        self.0[name].iter().flatten()
    }
}

/// A crate's name without the `fengsui-` that all of ours have.
fn short(name: &serde_json::Value) -> String {
    let name = name.as_str().expect("a name");
    name.strip_prefix("fengsui-").unwrap_or(name).to_owned()
}

fn dependencies(package: &serde_json::Value) -> [BTreeSet<String>; 2] {
    let list = package["dependencies"].as_array().expect("a list of dependencies");
    let of = |tests: bool| {
        let of_kind = list.iter().filter(|dependency| (dependency["kind"] == "dev") == tests);
        of_kind.map(|dependency| short(&dependency["name"])).collect()
    };
    [of(false), of(true)]
}

fn is_ours(name: &str) -> bool {
    MAY_KNOW.iter().any(|(ours, _)| *ours == name)
}

#[test]
fn dependencies_point_one_way() {
    let crates = Crates::read();
    let known: Vec<&str> = MAY_KNOW.iter().map(|(name, _)| *name).collect();
    let found: BTreeSet<&str> = crates.0.keys().map(String::as_str).collect();
    assert_eq!(found, known.iter().copied().collect(), "a new crate needs its place in this table");
    for (name, may_know) in MAY_KNOW {
        let ours: Vec<_> = crates.all(name).filter(|other| is_ours(other)).collect();
        let wrong: Vec<_> = ours.iter().filter(|other| !may_know.contains(&other.as_str())).collect();
        assert!(wrong.is_empty(), "{name} may not know {wrong:?}");
    }
}

#[test]
fn pure_crates_depend_on_nothing_impure() {
    let crates = Crates::read();
    for name in PURE {
        let wrong: Vec<_> =
            crates.all(name).filter(|other| IMPURE_CRATES.contains(&other.as_str())).collect();
        assert!(wrong.is_empty(), "{name} may not depend on {wrong:?}");
    }
}

#[test]
fn each_format_and_engine_has_one_holder() {
    let crates = Crates::read();
    for (library, holders) in HELD_BY {
        let users: Vec<&str> = MAY_KNOW
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| *name != "bench" && crates.shipped(name).contains(*library))
            .collect();
        assert_eq!(users, *holders, "users of {library}");
    }
}

#[test]
fn pure_sources_ask_no_clock_disk_or_socket() {
    for name in PURE {
        let folder = root().join("shared").join(name).join("src");
        for file in files(&folder) {
            let text = read(&file);
            let found: Vec<_> = IMPURE_WORDS.iter().filter(|word| text.contains(*word)).collect();
            assert!(found.is_empty(), "{} mentions {found:?}", file.display());
        }
    }
}

#[test]
fn rust_files_hold_one_noun() {
    for file in rust_files() {
        let lines = read(&file).lines().count();
        assert!(lines <= RUST_LINES_MAX, "{} has {lines} lines", file.display());
    }
}

/// The words are put together here, so that this file does not hold what it looks for.
#[test]
fn nothing_is_unfinished_or_skipped() {
    let words = [["todo", "!("], ["unimplemented", "!("], ["#[ig", "nore"]].map(|halves| halves.concat());
    for file in rust_files() {
        let text = read(&file);
        let found: Vec<_> = words.iter().filter(|word| text.contains(word.as_str())).collect();
        assert!(found.is_empty(), "{} holds {found:?}", file.display());
    }
}

#[test]
fn no_source_names_a_place_on_somebodys_machine() {
    let places = [
        ["/wor", "k/"],
        ["/ro", "ot/"],
        ["/ho", "me/"],
        ["/tm", "p/"],
        ["/Use", "rs/"],
        ["target", "/debug"],
    ];
    let places = places.map(|halves| halves.concat());
    for file in files(root()) {
        // What is not UTF-8 is no source: the golden bytes.
        let Ok(text) = String::from_utf8(std::fs::read(&file).expect("the file reads")) else { continue };
        for (number, line) in text.lines().enumerate() {
            let found = places.iter().find(|place| line.contains(place.as_str()));
            assert!(found.is_none(), "{}:{} names {found:?}", file.display(), number + 1);
        }
    }
}

/// A check that finds no file would pass for ever.
#[test]
fn the_checks_see_the_sources() {
    let seen: BTreeSet<PathBuf> = files(root()).into_iter().collect();
    for file in
        ["Cargo.toml", "FORMAT.md", "shared/wire/src/header.rs", "tests/tidy.rs", "tests/decoder/decode.py"]
    {
        assert!(seen.contains(&root().join(file)), "{file} is not looked at");
    }
    assert!(rust_files().len() > 50);
}

fn rust_files() -> Vec<PathBuf> {
    files(root()).into_iter().filter(|file| file.extension().is_some_and(|end| end == "rs")).collect()
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("failed to read {}: {error}", file.display()))
}

/// All files below `folder`, except where no sources of ours are.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("failed to read {}: {error}", folder.display()));
    let mut found = Vec::new();
    for entry in entries.map(|entry| entry.expect("an entry of the folder").path()) {
        let name = entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match entry.is_dir() {
            true if NOT_SOURCES.contains(&name.as_str()) => {}
            true => found.extend(files(&entry)),
            false => found.push(entry),
        }
    }
    found.sort();
    found
}
