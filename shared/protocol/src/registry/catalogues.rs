//! The versions of the catalogue, folded from what the root has signed.

use std::collections::BTreeMap;
use std::sync::Arc;

use fengsui_model::catalogue::Issued;
use fengsui_model::{CatalogueIssue, Catalogues};
use fengsui_wire::{Hash, LogName, Verified};

use super::settle::Place;

/// What the root has signed, by where it stands; and what of it stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Laid {
    signed: BTreeMap<Place, Signed>,
    standing: Arc<Catalogues>,
}

#[derive(Clone, Debug)]
struct Signed {
    /// By the root's clock, and the entry's hash.
    rank: (i64, Hash),
    issued: Arc<Issued>,
}

impl Laid {
    pub fn standing(&self) -> &Arc<Catalogues> {
        &self.standing
    }

    /// Takes in what the root has signed; `true` if it was not known.
    pub fn take(&mut self, entry: &Verified, issue: &CatalogueIssue) -> bool {
        let place = Place::of(entry);
        if self.signed.contains_key(&place) {
            return false;
        }
        let rank = (entry.header().draft.clock_ms, entry.hash());
        self.signed.insert(place, Signed { rank, issued: Arc::new(Issued::read(issue)) });
        self.settle();
        true
    }

    /// In one log of the root versions only rise: an older or equal one that is signed later is passed over. Where two
    /// logs of the root, one begun after its store was set back, give one version two contents, the one signed first
    /// stands. So the result does not depend on the order of arrival.
    fn settle(&mut self) {
        let mut risen: BTreeMap<LogName, u32> = BTreeMap::new();
        let mut standing: BTreeMap<u32, &Signed> = BTreeMap::new();
        for (place, signed) in &self.signed {
            let greatest = risen.entry(place.at().0).or_default();
            let version = signed.issued.version;
            if version <= *greatest {
                continue;
            }
            *greatest = version;
            let stands = standing.entry(version).or_insert(signed);
            if signed.rank < stands.rank {
                *stands = signed;
            }
        }
        self.standing = Arc::new(Catalogues::of(standing.into_values().map(|signed| signed.issued.clone())));
    }
}
