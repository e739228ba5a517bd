//! When a hub had received what is held here, by its own signed receipts: whoever checks a bundle has no journal of that hub
//! and believes nothing else.

use std::collections::{BTreeMap, BTreeSet};

use fengsui_model::DivisionCode;
use fengsui_protocol::Registry;
use fengsui_store::{Store, StoreError, StoredEntry};
use fengsui_wire::{Holds, Lane, LogId, NetworkId, Position};

/// Stretches of lanes with the time of receipt.
#[derive(Clone, Debug, Default)]
pub struct Receipted {
    stretches: BTreeMap<(LogId, Lane), Vec<Stretch>>,
    /// Logs of stations below the hub: what of them it has not receipted it did not have.
    below: BTreeSet<LogId>,
}

#[derive(Clone, Copy, Debug)]
struct Stretch {
    from: u64,
    to: u64,
    received_ms: i64,
}

impl Receipted {
    /// The receipts that the hub of `division` has given for what `store` holds, bodies included.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn by(store: &Store, registry: &Registry, division: DivisionCode) -> Result<Self, StoreError> {
        let mut found = Self::default();
        for name in store.logs() {
            let log = name.id(NetworkId::of_root(&registry.root()));
            let author = registry.place(&name.key).map(|author| author.division);
            let is_below = |author| author != division && registry.is_within(&name.key, division);
            if author.is_some_and(is_below) {
                found.below.insert(log);
            }
            for lane in Lane::ALL {
                found.lane(store, division, (log, *lane))?;
            }
        }
        Ok(found)
    }

    fn lane(
        &mut self,
        store: &Store,
        division: DivisionCode,
        (log, lane): (LogId, Lane),
    ) -> Result<(), StoreError> {
        for receipt in store.receipts(log, lane)? {
            let last = Position { log, lane, sequence: receipt.to };
            let ours = receipt.division == division && receipt.holds == Holds::Bodies;
            // One for the other branch of a log that was set back says nothing of what is held here.
            if ours && store.entry(last)?.is_some_and(|entry| entry.hash() == receipt.hash) {
                let stretch =
                    Stretch { from: receipt.from, to: receipt.to, received_ms: receipt.received_ms };
                self.stretches.entry((log, lane)).or_default().push(stretch);
            }
        }
        Ok(())
    }

    /// When the hub had received the entry, milliseconds since 1970 UTC; `None`: it says nowhere that it has. What it wrote
    /// itself, and what came from above it, counts from its author's clock: nobody receipts either to it.
    pub fn at_ms(&self, entry: &StoredEntry) -> Option<i64> {
        let at = entry.position();
        let covers = |of: &&Stretch| of.from <= at.sequence && at.sequence <= of.to;
        let stretches = self.stretches.get(&(at.log, at.lane)).into_iter().flatten();
        let first = stretches.filter(covers).map(|of| of.received_ms).min();
        match self.below.contains(&at.log) {
            true => first,
            false => Some(entry.envelope.header().draft.clock_ms),
        }
    }
}
