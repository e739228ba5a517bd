//! Committed bytes of each wire version, read by today's code. What was signed once must read, and verify, for ever;
//! so these files are only ever added to.
//!
//! `FENGSUI_BLESS=1 cargo test -p fengsui-sim --test golden` writes them again. It fails after writing, so that it
//! cannot pass unseen: look at the difference, then run without it.

#[path = "golden/catalogue.rs"]
mod catalogue;
#[path = "golden/later.rs"]
mod later;
#[path = "golden/offices.rs"]
mod offices;
#[path = "golden/records.rs"]
mod records;
#[path = "golden/scene.rs"]
mod scene;
#[path = "golden/view.rs"]
mod view;

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fengsui_wire::limits::BATCH_UP_BYTES_MAX;
use fengsui_wire::{
    Author, BundleReader, BundleRecord, Head, Lane, LogId, Message, NetworkId, Position, PublicKey, Receipt,
    Verified, statement,
};
use scene::Scene;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/v1")
}

fn committed(name: &str) -> Vec<u8> {
    let path = folder().join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("failed to read golden file {name}: {error}"))
}

fn blessing() -> bool {
    std::env::var_os("FENGSUI_BLESS").is_some()
}

/// Compares with the committed file, or writes it when a person asked for that.
fn compare(name: &str, bytes: &[u8]) {
    if blessing() {
        let path = folder().join(name);
        std::fs::create_dir_all(path.parent().expect("a file in a folder")).expect("make the folder");
        std::fs::write(&path, bytes).expect("write the golden file");
        return;
    }
    assert!(committed(name) == bytes, "golden file {name} is not what today's code writes");
}

/// All that a bundle holds, every signature and chain checked.
pub struct Read {
    root: PublicKey,
    network: NetworkId,
    entries: Vec<Verified>,
    receipts: Vec<Receipt>,
}

fn read(bytes: &[u8]) -> Read {
    let mut reader = BundleReader::new(Cursor::new(bytes)).expect("the head reads");
    let (root, network) = (reader.root(), reader.network());
    let mut read = Read { root, network, entries: Vec::new(), receipts: Vec::new() };
    let mut author = None;
    while let Some(record) = reader.next_record().expect("every record reads") {
        match record {
            BundleRecord::Log(name) => author = Some(Author::new(network, name).expect("a sound key")),
            BundleRecord::Entry(envelope, body) => {
                let author = author.as_ref().expect("a log stands before its entries");
                read.entries.push(author.verify(*envelope, body).expect("the entry holds"));
            }
            BundleRecord::Receipt(receipt) => {
                receipt.verify(network).expect("the receipt holds");
                read.receipts.push(*receipt);
            }
        }
    }
    read
}

#[test]
fn todays_code_writes_the_committed_bytes() {
    let scene = Scene::build();
    compare("scene.bundle", &scene.bundle());
    compare("later.bundle", &Scene::later().bundle());
    compare("catalogue.bundle", &Scene::catalogue().bundle());
    compare("records.bundle", &Scene::records().bundle());
    compare("offices.bundle", &Scene::offices().bundle());
    for (name, message) in scene.messages() {
        let file = format!("messages/{name}");
        // The batch is compressed, and another release of zstd may pack tighter: its bytes are read, not compared.
        if name != "batch" || blessing() {
            compare(&file, &message.to_bytes());
        }
    }
    assert!(
        !blessing(),
        "the golden files were written: look at the difference, then run again without FENGSUI_BLESS"
    );
}

/// The committed bundles, each with the scene that it tells.
fn bundles() -> [(&'static str, Scene); 5] {
    [
        ("scene.bundle", Scene::build()),
        ("later.bundle", Scene::later()),
        ("catalogue.bundle", Scene::catalogue()),
        ("offices.bundle", Scene::offices()),
        ("records.bundle", Scene::records()),
    ]
}

#[test]
fn todays_code_reads_the_committed_bundles() {
    bundles().into_iter().for_each(|(name, scene)| check_read(name, &scene));
}

fn check_read(name: &str, scene: &Scene) {
    let read = read(&committed(name));
    assert_eq!((read.root, read.network), (scene.root.public(), scene.network()));
    assert_eq!(read.receipts, scene.receipts);
    assert_eq!(read.entries.len(), scene.entries.len());
    for (found, told) in read.entries.iter().zip(&scene.entries) {
        assert_eq!((found.name(), found.header()), (told.name, told.envelope.header()));
        assert_eq!(found.body(), told.body.as_deref());
        let says =
            found.body().map(|body| statement(found.header().draft.kind, body).expect("the statement reads"));
        assert_eq!(says, told.says);
    }
}

/// Written out by hand, so that a change of scene and code together still shows.
#[test]
fn the_committed_bundles_say_what_they_said_on_the_day() {
    let hashes = |name: &str| {
        let read = read(&committed(name));
        assert_eq!(read.network.to_string(), view::NETWORK);
        read.entries.iter().map(|entry| entry.hash().short()).collect::<Vec<String>>()
    };
    assert_eq!(hashes("scene.bundle"), view::ENTRY_HASHES);
    assert_eq!(hashes("later.bundle"), view::later::ENTRY_HASHES);
    assert_eq!(hashes("catalogue.bundle"), view::CATALOGUE_HASHES);
    assert_eq!(hashes("records.bundle"), view::records::ENTRY_HASHES);
    assert_eq!(hashes("offices.bundle"), view::offices::ENTRY_HASHES);
    let without_body = |entry: &&Verified| entry.body().is_none();
    assert_eq!(read(&committed("scene.bundle")).entries.iter().filter(without_body).count(), 1);
}

#[test]
fn the_committed_chains_and_receipts_hold_together() {
    bundles().into_iter().for_each(|(name, _)| check_chains(name));
}

fn check_chains(name: &str) {
    let read = read(&committed(name));
    let mut heads: BTreeMap<(LogId, Lane), Head> = BTreeMap::new();
    let mut hashes = BTreeMap::new();
    for entry in &read.entries {
        let header = entry.header();
        let head = heads.entry((header.log, header.draft.lane)).or_default();
        assert_eq!((header.sequence, header.previous), (head.next, head.hash));
        *head = Head { next: head.next + 1, hash: entry.hash() };
        hashes.insert(header.position(), entry.hash());
    }
    for receipt in &read.receipts {
        let last = Position { log: receipt.log, lane: receipt.lane, sequence: receipt.to };
        assert_eq!(hashes.get(&last), Some(&receipt.hash));
    }
}

#[test]
fn todays_code_reads_the_committed_messages() {
    let scene = Scene::build();
    for (name, message) in scene.messages() {
        let bytes = committed(&format!("messages/{name}"));
        let read =
            Message::from_bytes(scene.network(), &bytes, BATCH_UP_BYTES_MAX).expect("the message reads");
        assert_eq!(read, message, "{name}");
    }
}

#[test]
fn every_committed_message_is_known() {
    let known: Vec<&str> = Scene::build().messages().iter().map(|(name, _)| *name).collect();
    for file in std::fs::read_dir(folder().join("messages")).expect("the folder reads") {
        let name = file.expect("an entry of the folder").file_name();
        assert!(known.iter().any(|known| *known == name), "nobody reads golden message {name:?}");
    }
}

/// Runs the second decoder. A missing interpreter or module is a failure with a remedy, never a pass.
fn decoder(script: &str, arguments: &[&Path]) -> Output {
    let python = std::env::var_os("FENGSUI_PYTHON").unwrap_or_else(|| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("decoder").join(script);
    let output =
        Command::new(&python).arg("-B").arg(script).args(arguments).output().unwrap_or_else(|error| {
            panic!("failed to start {python:?} ({error}): ./tests/run makes an environment for it")
        });
    let words = String::from_utf8_lossy(&output.stderr);
    assert_ne!(output.status.code(), Some(3), "{words}(set FENGSUI_PYTHON or run ./tests/run)");
    output
}

#[test]
fn the_second_decoder_reads_the_same() {
    bundles().into_iter().for_each(|(name, _)| check_decoder(name));
}

fn check_decoder(name: &str) {
    let bundle = folder().join(name);
    let output = decoder("decode.py", &[&bundle, Path::new("--json")]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the decoder prints JSON");
    let ours = view::of(&read(&committed(name)));
    for part in ["root", "network", "receipts"] {
        assert_eq!(theirs[part], ours[part], "{part}");
    }
    let entries = |view: &serde_json::Value| view["entries"].as_array().cloned().unwrap_or_default();
    assert_eq!(entries(&theirs).len(), entries(&ours).len());
    for (theirs, ours) in entries(&theirs).iter().zip(entries(&ours)) {
        assert_eq!(*theirs, ours);
    }
}

/// Both reckon from the bundle and the root key alone, with no code in common.
#[test]
fn the_second_decoder_arrives_at_the_same_totals() {
    let bundle = folder().join("offices.bundle");
    let root = Scene::offices().root.public();
    let output = decoder(
        "decode.py",
        &[&bundle, Path::new("--totals"), Path::new("--root"), Path::new(&root.to_string())],
    );
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the decoder prints JSON");
    let ours = fengsui_daemon::verify::bundle(&bundle, root, None).expect("the bundle proves its totals");
    assert_eq!(theirs, view::totals::of(&ours));
    // Written out by hand: what both should find.
    let affected = |event: &str, view: &str| {
        let found = theirs
            .as_array()
            .and_then(|all| all.iter().find(|of| of["event"] == event && of["view"] == view));
        found.and_then(|of| of["figures"]["1010"]["value"].as_i64())
    };
    assert_eq!(affected("20261121-220221-flood", "received"), Some(1_300 + 30));
    assert_eq!(affected("20261121-220221-flood", "reviewed"), Some(1_260 + 30));
    assert_eq!(affected("20261123-220221-flood", "received"), None, "it was no flood, and a day earlier");
    assert_eq!(affected("20261122-220221-geological", "received"), Some(40));
    assert_eq!(affected("20261124-220221-flood", "received"), Some(7));
    let other = decoder("decode.py", &[&bundle, Path::new("--root"), Path::new(&"0".repeat(64))]);
    assert_eq!(other.status.code(), Some(1), "another root proves nothing");
}

/// Its own tests damage the committed bundle in some hundreds of places.
#[test]
fn the_second_decoder_refuses_damage() {
    let output = decoder("test_decode.py", &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
