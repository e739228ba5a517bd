//! Export and import: what a station holds, in a file, for a line that is down or a person who checks.

use std::collections::BTreeSet;
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;

use fengsui_model::Level;
use fengsui_protocol::{LoadedEntry, Now, Side, sign_receipts};
use fengsui_wire::{BundleError, BundleReader, BundleRecord, BundleWriter, Carried, Lane, LogName, Receipt};
use serde::{Deserialize, Serialize};

use crate::failure::{Code, Failure};
use crate::station::{AppendError, Station, loaded};

/// Entries read at once.
const READ_MAX: usize = 256;

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// Logs.
    pub logs: u64,
    /// Entries.
    pub entries: u64,
    /// Receipts.
    pub receipts: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// Entries that were new here.
    pub new: u64,
    /// Entries that were held already.
    pub held: u64,
    /// Receipts that were kept.
    pub receipts: u64,
    /// Entries that wait in the file, because their author is not appointed here yet.
    pub waiting: u64,
    /// Entries of stations that are neither above nor below this one: left in the file.
    pub elsewhere: u64,
    /// Entries that were refused, each with the reason.
    pub refused: Vec<String>,
}

impl Station {
    /// Writes all that this station holds to a new file: hubs' logs first, so that whoever reads it knows who may sign
    /// before the entries come. The file appears whole or not at all.
    ///
    /// # Errors
    /// The file's or the store's.
    pub fn export(&self, path: &Path) -> Result<Exported, Failure> {
        if path.exists() {
            let message = format!("failed to export to {}: the file is there already", path.display());
            return Err(Failure::new(Code::Usage, message));
        }
        let partial = path.with_file_name(format!(
            "{}.partial",
            path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default()
        ));
        let exported = self.write_bundle(&partial).and_then(|exported| {
            std::fs::rename(&partial, path).map_err(|error| io(path, &error))?;
            sync_parent(path).map_err(|error| io(path, &error))?;
            Ok(exported)
        });
        if exported.is_err() {
            let _ = std::fs::remove_file(&partial);
        }
        exported
    }

    fn write_bundle(&self, path: &Path) -> Result<Exported, Failure> {
        let file = std::fs::File::create(path).map_err(|error| io(path, &error))?;
        let bundle = |error: BundleError| Failure::caused(Code::Failed, &error);
        let mut writer = BundleWriter::new(BufWriter::new(&file), self.identity().root).map_err(bundle)?;
        let mut exported = Exported::default();
        for name in self.logs_by_level() {
            exported.logs += 1;
            for lane in Lane::ALL {
                exported.entries += self.write_lane(&mut writer, name, *lane)?;
            }
        }
        for name in self.logs_by_level() {
            for lane in Lane::ALL {
                for receipt in self.store().receipts(name.id(self.network()), *lane)? {
                    writer.receipt(&receipt).map_err(bundle)?;
                    exported.receipts += 1;
                }
                for receipt in self.own_receipts(name, *lane)? {
                    writer.receipt(&receipt).map_err(bundle)?;
                    exported.receipts += 1;
                }
            }
        }
        writer.finish().map_err(bundle)?.flush().map_err(|error| io(path, &error))?;
        file.sync_all().map_err(|error| io(path, &error))?;
        exported.bytes = file.metadata().map_err(|error| io(path, &error))?.len();
        Ok(exported)
    }

    fn write_lane(
        &self,
        writer: &mut BundleWriter<impl Write>,
        name: LogName,
        lane: Lane,
    ) -> Result<u64, Failure> {
        let mut from = 0;
        loop {
            let entries = self.store().entries(name.id(self.network()), lane, from, READ_MAX, usize::MAX)?;
            if entries.is_empty() {
                return Ok(from);
            }
            for entry in &entries {
                // A stick goes to the office above or to whoever checks: a body that may not leave this level stays.
                let leaves =
                    entry.envelope.header().draft.reach > self.level() || self.level() == Level::Province;
                let body = entry.body.as_deref().filter(|_| leaves);
                let written = writer.entry(name, &entry.envelope, body);
                written.map_err(|error| Failure::caused(Code::Failed, &error))?;
            }
            from += entries.len() as u64;
        }
    }

    /// This hub's own receipts for a lane of a station below, signed again from the journal's facts.
    fn own_receipts(&self, name: LogName, lane: Lane) -> Result<Vec<Receipt>, Failure> {
        let own = self.identity();
        if name.key == self.own().key || !self.registry().is_within(&name.key, own.division) {
            return Ok(Vec::new());
        }
        let entries = self.store().entries(name.id(self.network()), lane, 0, usize::MAX, usize::MAX)?;
        let entries: Vec<LoadedEntry> = entries.into_iter().map(loaded).collect();
        Ok(sign_receipts(&self.setup(Side::Downlink, name.key), name, lane, &entries))
    }

    fn logs_by_level(&self) -> Vec<LogName> {
        let mut logs = self.store().logs();
        let root = self.identity().root;
        let level = |name: &LogName| self.registry().place(&name.key).map(|standing| standing.level);
        // What vouches for a key comes before what that key has written.
        let before = self.registry().predecessors();
        let generation = |name: &LogName| {
            let older = std::iter::successors(before.get(&name.key), |key| before.get(key));
            // As many steps as there are pairs, and no more: keys may have vouched for one another in a circle.
            older.take(before.len()).count()
        };
        logs.sort_by_cached_key(|name| {
            (name.key != root, std::cmp::Reverse(level(name)), generation(name), *name)
        });
        logs
    }

    /// Reads a bundle by the same rules as a connection. What cannot be admitted now stays in the file, and the answer
    /// counts it.
    ///
    /// # Errors
    /// When the file is no bundle of this network, or is damaged; what came before the damage is kept.
    pub fn import_bundle(&mut self, path: &Path, now: Now) -> Result<Imported, Failure> {
        let file = std::fs::File::open(path).map_err(|error| {
            Failure::new(Code::Usage, format!("failed to read {}: {error}", path.display()))
        })?;
        let damaged = |error: BundleError| {
            let why = crate::uplink::chain(&error);
            Failure::new(Code::Damage, format!("failed to import {}: failed to {why}", path.display()))
        };
        let mut reader = BundleReader::new(BufReader::new(file)).map_err(damaged)?;
        if reader.root() != self.identity().root {
            let message = format!(
                "failed to import {}: it belongs to the network of root {}, this station to {}",
                path.display(),
                reader.root().short(),
                self.identity().root.short()
            );
            return Err(Failure::new(Code::Refused, message));
        }
        let mut imported = Imported::default();
        let mut import = Import { log: None, blocked: BTreeSet::new(), staged: 0 };
        loop {
            match reader.next_record() {
                Ok(Some(record)) => self.take_record(record, &mut import, &mut imported, now)?,
                Ok(None) => break,
                Err(error) => {
                    self.settle(now)?;
                    return Err(damaged(error));
                }
            }
        }
        self.settle(now)?;
        Ok(imported)
    }

    fn take_record(
        &mut self,
        record: BundleRecord,
        import: &mut Import,
        imported: &mut Imported,
        now: Now,
    ) -> Result<(), Failure> {
        match record {
            BundleRecord::Log(name) => {
                // What was staged may have appointed the author of what comes.
                self.settle_import(import, now)?;
                import.log = Some(name);
            }
            BundleRecord::Receipt(receipt) => {
                // What was staged may be what is receipted.
                self.settle_import(import, now)?;
                if let Err(error) = receipt.verify(self.network()) {
                    imported.refused.push(format!("receipt of {}: {error}", receipt.signer.short()));
                } else if self.believes(&receipt) {
                    self.keep(*receipt)?;
                    imported.receipts += 1;
                }
            }
            BundleRecord::Entry(envelope, body) => match import.log {
                Some(name) if import.blocked.contains(&name) => {
                    match self.registry().place(&name.key) {
                        Some(_) => imported.elsewhere += 1,
                        None => imported.waiting += 1,
                    };
                }
                Some(name) => {
                    let carried = Carried { envelope: *envelope, body };
                    self.take_entry(name, carried, import, imported, now)?;
                }
                None => imported.refused.push("an entry stands before the name of its log".into()),
            },
        }
        Ok(())
    }

    fn take_entry(
        &mut self,
        name: LogName,
        carried: Carried,
        import: &mut Import,
        imported: &mut Imported,
        now: Now,
    ) -> Result<(), Failure> {
        let bytes = carried.envelope.bytes().to_vec();
        match self.import(name, carried, now) {
            Ok(true) => imported.new += 1,
            Ok(false) => imported.held += 1,
            Err(AppendError::Unknown(_)) => {
                import.blocked.insert(name);
                imported.waiting += 1;
            }
            Err(AppendError::Elsewhere(_)) => {
                import.blocked.insert(name);
                imported.elsewhere += 1;
            }
            Err(AppendError::Station(error)) => return Err(error.into()),
            Err(error) => {
                self.quarantine(error.to_string(), bytes, fengsui_store::Source::Bundle, now)?;
                imported.refused.push(error.to_string());
            }
        }
        import.staged += 1;
        if import.staged == READ_MAX {
            self.settle_import(import, now)?;
        }
        Ok(())
    }

    /// Commits what was staged since the last time.
    fn settle_import(&mut self, import: &mut Import, now: Now) -> Result<(), Failure> {
        if std::mem::take(&mut import.staged) > 0 {
            self.settle(now)?;
        }
        Ok(())
    }
}

struct Import {
    log: Option<LogName>,
    /// Logs whose authors are not appointed here.
    blocked: BTreeSet<LogName>,
    /// Entries since the last commit.
    staged: usize,
}

fn io(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Code::Failed, format!("failed to write {}: {error}", path.display()))
}

/// Makes the name of a new file durable.
pub(crate) fn sync_parent(path: &Path) -> std::io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(parent)?.sync_all()
}
