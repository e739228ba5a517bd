//! Persons among the keys: reviewers and heads of unit, who have no log. What changes only among them leaves every station,
//! division and log where it was.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fengsui_model::DivisionCode;
use fengsui_wire::{PublicKey, Role};

use super::{Former, Registry, Standing};

/// A key that stands or has stood.
#[derive(PartialEq)]
enum Known<'r> {
    Current(&'r Standing),
    Former(&'r Former),
}

impl Known<'_> {
    fn standing(&self) -> &Standing {
        match self {
            Self::Current(standing) => standing,
            Self::Former(former) => &former.standing,
        }
    }
}

impl Registry {
    /// The divisions whose persons differ from those in `before`; `None` where anything else differs too.
    #[must_use]
    pub fn offices_that_changed_persons(&self, before: &Self) -> Option<BTreeSet<DivisionCode>> {
        let same_directory = match (&self.directory, &before.directory) {
            (Some(now), Some(then)) => Arc::ptr_eq(now, then),
            (now, then) => now.is_none() && then.is_none(),
        };
        let same_heirs = self.settled.heirs == before.settled.heirs;
        let same_forms = Arc::ptr_eq(self.catalogues(), before.catalogues());
        if !same_directory || !same_forms || !same_heirs || self.root_division != before.root_division {
            return None;
        }
        let (now, then) = (self.known(), before.known());
        let differs = |key: &&&PublicKey| now.get(**key) != then.get(**key);
        let changed: BTreeSet<&PublicKey> = now.keys().chain(then.keys()).filter(differs).copied().collect();
        let mut offices = BTreeSet::new();
        for known in changed.into_iter().flat_map(|key| [now.get(key), then.get(key)]).flatten() {
            let standing = known.standing();
            if !matches!(standing.role, Role::Reviewer | Role::Head) {
                return None;
            }
            offices.insert(standing.division);
        }
        Some(offices)
    }

    fn known(&self) -> BTreeMap<&PublicKey, Known<'_>> {
        let current = self.settled.current.iter().map(|(key, of)| (key, Known::Current(of)));
        current.chain(self.settled.former.iter().map(|(key, of)| (key, Known::Former(of)))).collect()
    }
}
