//! Receipts on their way down: what the child has been told, and what is still to be told.

use std::collections::{BTreeMap, BTreeSet};

use fengsui_wire::{Head, Holds, Lane, LogId, LogName, PublicKey, Receipt, ReceiptHead, Signature};

use crate::io::{LoadedEntry, Run};
use crate::session::Setup;

/// One signer's receipts of one lane.
pub(crate) type Line = (LogId, Lane, PublicKey);

/// What a hub keeps of its child's receipts, and what it believes the child to hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    /// First sequence not covered by what the child was told.
    told: BTreeMap<Line, u64>,
    /// First sequence not covered by what is kept here; for the hub's own signature, its durable head.
    kept: BTreeMap<Line, u64>,
    /// Lines with a load under way, and from where.
    loading: BTreeMap<Line, u64>,
    /// Lines that may lack something.
    open: BTreeSet<Line>,
}

impl Told {
    /// The child states which receipts it holds.
    pub fn stated(&mut self, heads: &[ReceiptHead], first: bool) {
        if first {
            self.told.clear();
            self.open = self.kept.keys().copied().collect();
        }
        self.told.extend(heads.iter().map(|head| ((head.log, head.lane, head.signer), head.next)));
    }

    /// Receipts up to `next` are there to be told.
    pub fn kept(&mut self, line: Line, next: u64) {
        let kept = self.kept.entry(line).or_default();
        *kept = next.max(*kept);
        self.open.insert(line);
    }

    /// The next line of which something can be loaded and told, and from where.
    pub fn next(&mut self) -> Option<(Line, u64)> {
        let lacks = |line: &Line| {
            let from = self.told.get(line).copied().unwrap_or_default();
            (!self.loading.contains_key(line) && self.kept.get(line).is_some_and(|kept| *kept > from))
                .then_some(from)
        };
        while let Some(line) = self.open.pop_first() {
            if let Some(from) = lacks(&line) {
                self.loading.insert(line, from);
                return Some((line, from));
            }
        }
        None
    }

    /// A load of this line came back. Where nothing of it could be told, loading it again would go on for ever; the line
    /// is looked at again when there is more to tell, or the child states anew what it holds.
    pub fn loaded(&mut self, line: Line, told_some: bool) {
        let from = self.loading.remove(&line);
        // Meanwhile the child may have stated something else: then what was loaded was not what it lacks.
        let moved = from != Some(self.told.get(&line).copied().unwrap_or_default());
        if told_some || moved {
            self.open.insert(line);
        }
    }

    /// Whether this receipt goes on where the child is; if so it counts as told.
    pub fn tell(&mut self, receipt: &Receipt) -> bool {
        let line = (receipt.log, receipt.lane, receipt.signer);
        let told = self.told.entry(line).or_default();
        let follows = receipt.from <= *told && receipt.to >= *told;
        if follows {
            *told = receipt.to + 1;
        }
        follows
    }

    /// Whether all that is kept has been told.
    pub fn is_settled(&self) -> bool {
        self.loading.is_empty()
    }

    /// What the child holds, as far as is known.
    pub fn believed(&self) -> Vec<ReceiptHead> {
        let some = self.told.iter().filter(|(_, next)| **next > 0);
        some.map(|((log, lane, signer), next)| ReceiptHead {
            log: *log,
            lane: *lane,
            signer: *signer,
            next: *next,
        })
        .collect()
    }
}

/// Signs the receipt of a durable run.
pub(crate) fn receipt(setup: &Setup, name: LogName, lane: Lane, run: &Run) -> Receipt {
    Receipt {
        holds: if run.bodies { Holds::Bodies } else { Holds::Headers },
        level: setup.level,
        lane,
        from: run.from,
        to: run.head.next - 1,
        log: name.id(setup.network),
        hash: run.head.hash,
        received_ms: run.received_ms,
        signer: setup.key.public(),
        division: setup.scope.division,
        signature: Signature([0; 64]),
    }
    .signed(&setup.key, setup.network)
}

/// The runs that stored entries came in: what was received together, with bodies or without. So a receipt that was
/// lost on the way can be signed again with the same time.
pub(crate) fn runs(entries: &[LoadedEntry]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for entry in entries {
        let sequence = entry.envelope.header().sequence;
        let head = Head { next: sequence + 1, hash: entry.envelope.hash() };
        let bodies = entry.body.is_some();
        match runs.last_mut() {
            Some(run) if run.bodies == bodies && run.received_ms == entry.received_ms => run.head = head,
            _ => runs.push(Run { from: sequence, head, bodies, received_ms: entry.received_ms }),
        }
    }
    runs
}

/// The receipts of stored entries of one lane.
pub fn sign_receipts(setup: &Setup, name: LogName, lane: Lane, entries: &[LoadedEntry]) -> Vec<Receipt> {
    runs(entries).iter().map(|run| receipt(setup, name, lane, run)).collect()
}
