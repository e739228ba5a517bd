//! Checking: the scrub of a store, and the proof of a bundle by somebody who trusts nobody but the root key.

use std::path::Path;

use fengsui_store::{RealDisk, Store};
use fengsui_wire::{Author, PublicKey, StationKey};
use serde::{Deserialize, Serialize};

use crate::bundle::Imported;
use crate::clock::Clock;
use crate::failure::{Code, Failure};
use crate::index::{self, Index};
use crate::reading::Fresh;
use crate::reviews;
use crate::standards::day;
use crate::station::{Identity, Station};
use crate::topic::Topic;
use crate::views::{self, SubmissionView, TotalView};

/// What a scrub found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scrubbed {
    /// Entries read, with hash, chain and signature checked.
    pub entries: u64,
    /// Bodies among them, with hash checked.
    pub bodies: u64,
    /// Receipts read, with signature checked.
    pub receipts: u64,
    /// Persons' signatures inside reviews and submissions, checked.
    #[serde(default)]
    pub persons: u64,
    /// What does not hold.
    pub faults: Vec<String>,
}

impl Scrubbed {
    /// A failure with exit code 5 when anything does not hold.
    ///
    /// # Errors
    /// That failure.
    pub fn verdict(&self) -> Result<(), Failure> {
        match self.faults.len() {
            0 => Ok(()),
            count => {
                Err(Failure::new(Code::Damage, format!("{count} of {} entries do not hold", self.entries)))
            }
        }
    }
}

impl Imported {
    /// A failure with exit code 5 when anything was refused.
    ///
    /// # Errors
    /// That failure.
    pub fn verdict(&self) -> Result<(), Failure> {
        match self.refused.len() {
            0 => Ok(()),
            count => Err(Failure::new(Code::Damage, format!("{count} entries were refused"))),
        }
    }
}

/// Reads everything a station holds and checks it anew.
///
/// # Errors
/// When the store cannot be read at all.
pub fn scrub(station: &Station) -> Result<Scrubbed, Failure> {
    let mut found = Scrubbed { entries: 0, bodies: 0, receipts: 0, persons: 0, faults: Vec::new() };
    let network = station.network();
    let mut author: Option<Author> = None;
    let report = station.store().scrub(&mut |entry| {
        let position = entry.position();
        found.bodies += u64::from(entry.body.is_some());
        if author.as_ref().is_none_or(|author| author.log() != position.log) {
            let name = station.store().name(position.log);
            author = name.and_then(|name| Author::new(network, name).ok());
        }
        let verified = author.as_ref().map(|author| author.verify(entry.envelope, entry.body.clone()));
        let fault = match verified {
            Some(Ok(_)) => match reviews::signature(network, entry) {
                None => return,
                Some(checked) => {
                    found.persons += 1;
                    let Err(error) = checked else { return };
                    error.to_string()
                }
            },
            Some(Err(error)) => error.to_string(),
            None => "its author is not known".into(),
        };
        found.faults.push(format!("{}: {fault}", views::Reference::of(&position)));
    })?;
    found.entries = report.entries;
    let faults = report.faults.iter();
    found
        .faults
        .extend(faults.map(|(position, fault)| format!("{}: {fault:?}", views::Reference::of(position))));
    for name in station.store().logs() {
        for lane in fengsui_wire::Lane::ALL {
            for receipt in station.store().receipts(name.id(network), *lane)? {
                found.receipts += 1;
                if let Err(error) = receipt.verify(network) {
                    found.faults.push(format!("receipt of {}: {error}", receipt.signer.short()));
                }
            }
        }
    }
    Ok(found)
}

/// What a bundle proves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Root that everything in it was checked against.
    pub root: String,
    /// What was read and checked.
    pub imported: Imported,
    /// Totals recomputed from it, for the root's division, one for each event and each month of a form.
    pub totals: Vec<TotalView>,
    /// What counties and cities stated upward, each checked against the reports it names.
    #[serde(default)]
    pub submissions: Vec<SubmissionView>,
}

impl Proof {
    /// A failure with exit code 5 when anything in the bundle does not hold.
    ///
    /// # Errors
    /// That failure.
    pub fn verdict(&self) -> Result<(), Failure> {
        self.imported.verdict()?;
        match self.imported.waiting {
            0 => Ok(()),
            count => {
                let message = format!(
                    "failed to prove {count} entries: the bundle does not show who appointed their authors"
                );
                Err(Failure::new(Code::Refused, message))
            }
        }
    }
}

/// Reads a bundle into a store of its own and totals it, believing only what is signed under `root`. The sums are
/// proved; that nothing is missing is not.
///
/// # Errors
/// When the file is no bundle of that network, or is damaged.
pub fn bundle(path: &Path, root: PublicKey) -> Result<Proof, Failure> {
    let clock = Clock::default();
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)
        .map_err(|error| Failure::new(Code::Failed, format!("failed to draw a key: {error}")))?;
    let dir = std::env::temp_dir()
        .join(format!("fengsui-verify-{}", StationKey::from_seed(&seed).public().short()));
    let proof = prove(path, root, seed, &dir, &clock);
    let _ = std::fs::remove_dir_all(&dir);
    proof
}

fn prove(path: &Path, root: PublicKey, seed: [u8; 32], dir: &Path, clock: &Clock) -> Result<Proof, Failure> {
    let disk = RealDisk::new(dir).map_err(|error| Failure::caused(Code::Failed, &error))?;
    let fresh = Fresh::default();
    let index = Box::new(Index::handing(&fresh));
    let (store, _) = Store::open(Box::new(disk), Box::new(fengsui_store::Memory::new()), index)?;
    let division =
        fengsui_model::DivisionCode::new(22).map_err(|error| Failure::caused(Code::Failed, &error))?;
    // A key that nobody has appointed: this station only reads.
    let identity = Identity { key: StationKey::from_seed(&seed), root, division };
    let mut station = Station::open(store, fresh, identity, Box::new(|| [0; 16]), clock.now())?.reading_all();
    let imported = station.import_bundle(path, clock.now())?;
    let topics = index::all_subjects(station.store())?;
    let (held, today) = (station.registry().catalogues(), day(clock.now().wall_ms));
    let of = |(form, subject)| Topic::of(held.having(today, |of| of.form(form).is_some()), form, subject);
    // A form that is not known here cannot be totalled.
    let topics: Vec<Topic> = topics.into_iter().filter_map(of).collect();
    let top = station.registry().directory().map(|directory| directory.root().code);
    let totals = match top {
        Some(top) => {
            topics.iter().map(|topic| views::total(&station, top, topic, None)).collect::<Result<_, _>>()?
        }
        None => Vec::new(),
    };
    let mut submissions = Vec::new();
    for topic in &topics {
        submissions.extend(views::submissions(&station, topic)?);
    }
    Ok(Proof { root: root.to_string(), imported, totals, submissions })
}
