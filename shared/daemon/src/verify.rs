//! Checking: the scrub of a store, and the proof of a bundle by somebody who trusts nobody but the root key.

use std::collections::BTreeSet;
use std::path::Path;

use fengsui_model::{DivisionCode, Subject};
use fengsui_store::{RealDisk, Store, StoreError};
use fengsui_wire::{Author, PublicKey, StationKey};
use serde::{Deserialize, Serialize};

use crate::bundle::Imported;
use crate::clock::{Clock, shown};
use crate::failure::{Code, Failure};
use crate::index::{self, Index};
use crate::reading::Fresh;
use crate::receipted::Receipted;
use crate::reviews;
use crate::seen::Seen;
use crate::standards::day;
use crate::station::{Identity, Station};
use crate::topic::Topic;
use crate::views::{self, DivisionView, Sight, SubmissionView, TotalView};

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
    /// As of which moment, Asia/Shanghai, and by whose receipts; absent: everything in it.
    #[serde(default)]
    pub as_of: Option<(String, DivisionView)>,
    /// Totals recomputed from it of all that was received, for the root's division or that of the hub whose receipts say
    /// when, one for each event and each period of a form.
    pub totals: Vec<TotalView>,
    /// The same of what was reviewed.
    #[serde(default)]
    pub reviewed: Vec<TotalView>,
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

/// The moment as of which a bundle is totalled, and the hub whose signed receipts say what had come by then.
#[derive(Clone, Copy, Debug)]
pub struct AsOf {
    /// Milliseconds since 1970 UTC, inclusive.
    pub at_ms: i64,
    /// Division of the hub; `None`: the root.
    pub hub: Option<DivisionCode>,
}

/// Reads a bundle into a store of its own and totals it, believing only what is signed under `root`. The sums are
/// proved; that nothing is missing is not.
///
/// # Errors
/// When the file is no bundle of that network, or is damaged.
pub fn bundle(path: &Path, root: PublicKey, as_of: Option<AsOf>) -> Result<Proof, Failure> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)
        .map_err(|error| Failure::new(Code::Failed, format!("failed to draw a key: {error}")))?;
    let dir = std::env::temp_dir()
        .join(format!("fengsui-verify-{}", StationKey::from_seed(&seed).public().short()));
    let proof = read(path, root, seed, &dir).and_then(|(station, imported)| {
        let proved = Proved { root, imported };
        prove(&station, proved, as_of)
    });
    let _ = std::fs::remove_dir_all(&dir);
    proof
}

/// What was read.
struct Proved {
    root: PublicKey,
    imported: Imported,
}

/// Reads the bundle into a new store in `dir`.
fn read(path: &Path, root: PublicKey, seed: [u8; 32], dir: &Path) -> Result<(Station, Imported), Failure> {
    let (clock, fresh) = (Clock::default(), Fresh::default());
    let disk = RealDisk::new(dir).map_err(|error| Failure::caused(Code::Failed, &error))?;
    let index = Box::new(Index::handing(&fresh));
    let (store, _) = Store::open(Box::new(disk), Box::new(fengsui_store::Memory::new()), index)?;
    let division = DivisionCode::new(22).map_err(|error| Failure::caused(Code::Failed, &error))?;
    // A key that nobody has appointed: this station only reads.
    let identity = Identity { key: StationKey::from_seed(&seed), root, division };
    let mut station = Station::open(store, fresh, identity, Box::new(|| [0; 16]), clock.now())?.reading_all();
    let imported = station.import_bundle(path, clock.now())?;
    Ok((station, imported))
}

fn prove(station: &Station, proved: Proved, as_of: Option<AsOf>) -> Result<Proof, Failure> {
    let Proved { root, imported } = proved;
    let root = root.to_string();
    let Some(directory) = station.registry().directory() else {
        let (totals, reviewed, submissions) = (Vec::new(), Vec::new(), Vec::new());
        return Ok(Proof { root, imported, as_of: None, totals, reviewed, submissions });
    };
    let hub = as_of.and_then(|of| of.hub).unwrap_or(directory.root().code);
    if directory.get(hub).is_none() {
        let message =
            format!("区划表中没有 {hub} (failed to total for hub {hub}: it is not in the directory)");
        return Err(Failure::new(Code::Usage, message));
    }
    let receipts = match as_of {
        Some(_) => Receipted::by(station.store(), station.registry(), hub)?,
        None => Receipted::default(),
    };
    let seen = match as_of {
        Some(AsOf { at_ms, .. }) => Seen::receipted(station.store(), &receipts, at_ms),
        None => station.store().into(),
    };
    let sight = || Sight::of(station, seen);
    let (mut totals, mut reviewed, mut submissions) = (Vec::new(), Vec::new(), Vec::new());
    let at_ms = as_of.map_or_else(|| Clock::default().now().wall_ms, |of| of.at_ms);
    for topic in topics(&sight()?, at_ms)? {
        totals.push(views::total(sight()?, hub, &topic, None)?);
        reviewed.push(views::reviewed_total(sight()?, hub, &topic, None)?);
        submissions.extend(views::submissions(sight()?, &topic)?);
    }
    let as_of = as_of.map(|of| (shown(of.at_ms), views::division(station.registry(), hub)));
    Ok(Proof { root, imported, as_of, totals, reviewed, submissions })
}

/// Every event and period that anything in it is about, those included to which a correction has moved a report. A form
/// that is not known here cannot be totalled.
fn topics(sight: &Sight<'_>, at_ms: i64) -> Result<Vec<Topic>, StoreError> {
    let (moves, store) = (sight.moves()?, sight.station().store());
    let (catalogues, day) = (sight.registry().catalogues(), day(at_ms));
    let of = |(form, subject)| Topic::of(catalogues.having(day, |of| of.form(form).is_some()), form, subject);
    let held = index::all_subjects(store)?;
    let forms: BTreeSet<u32> = held.iter().map(|(form, _)| *form).collect();
    let moved = |form: &u32| moves.targets(*form).map(|event| (*form, event.into())).collect::<Vec<_>>();
    let moved: Vec<_> = forms.iter().flat_map(moved).collect();
    let all: BTreeSet<(u32, Subject)> = held.into_iter().chain(moved).collect();
    Ok(all.into_iter().filter_map(of).collect())
}
