//! What the peer above is told of who is connected: the last word of each hub, once.

use std::collections::BTreeMap;
use std::sync::Arc;

use fengsui_wire::{Presence, PublicKey};

/// The words to pass up, by hub.
#[derive(Clone, Debug, Default)]
pub(crate) struct Presences {
    unsent: BTreeMap<PublicKey, Arc<Presence>>,
    sent_ms: BTreeMap<PublicKey, i64>,
}

impl Presences {
    /// A later word of the same hub replaces one that has not gone out: on a slow line only the last is worth sending.
    pub fn learn(&mut self, latest: Vec<Arc<Presence>>) {
        for presence in latest {
            let sent = self.sent_ms.get(&presence.signer);
            if sent.is_none_or(|sent| *sent < presence.made_ms) {
                self.unsent.insert(presence.signer, presence);
            }
        }
    }

    /// What is to be sent now.
    pub fn take(&mut self) -> Vec<Arc<Presence>> {
        let unsent: Vec<_> = std::mem::take(&mut self.unsent).into_values().collect();
        self.sent_ms.extend(unsent.iter().map(|presence| (presence.signer, presence.made_ms)));
        unsent
    }
}
