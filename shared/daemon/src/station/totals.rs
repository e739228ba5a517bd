//! What a station says of totals: from what is kept, and, as of a moment, from what had come by then.

use fengsui_model::{DivisionCode, FigureTotal};
use fengsui_protocol::Registry;
use fengsui_store::StoreError;

use super::Station;
use crate::index;
use crate::reckon::Reviewed;
use crate::seen::Seen;
use crate::topic::Topic;

impl Station {
    /// The totals of `division` on `topic` over what was reviewed; `None` before there is a directory.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn reviewed_total(
        &self,
        division: DivisionCode,
        topic: &Topic,
    ) -> Result<Option<Reviewed>, StoreError> {
        let totals = |held| self.totals.borrow_mut().reviewed_total(held, topic, division);
        self.held().map(totals).transpose()
    }

    /// The total of one indicator over what was reviewed, by its number; `None` before there is a directory, and where it
    /// does not add up.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn reviewed_figure(
        &self,
        division: DivisionCode,
        topic: &Topic,
        indicator: u32,
    ) -> Result<Option<FigureTotal>, StoreError> {
        let figure = |held| self.totals.borrow_mut().reviewed_figure(held, topic, division, indicator);
        Ok(self.held().map(figure).transpose()?.flatten())
    }

    /// Folds the registry from what is seen. Stored entries are verified once more: the disk is no witness.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn registry_of(&self, seen: Seen<'_>) -> Result<Registry, StoreError> {
        let mut entries = Vec::new();
        for position in index::registry_entries(&self.store)? {
            if seen.entry(position)?.is_some() {
                entries.extend(self.verified(position)?);
            }
        }
        let mut registry = Registry::new(self.identity.root);
        registry.learn_all(&entries);
        Ok(registry)
    }
}
