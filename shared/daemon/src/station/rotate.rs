//! A new key for the same station: the old one vouches for it, the hub above receipts that, and the new one takes over.

use fengsui_model::DivisionCode;
use fengsui_protocol::Now;
use fengsui_store::StoreError;
use fengsui_wire::{Kind, Lane, Position, PublicKey, Role, Rotation, rotation_body};

use super::author::down;
use super::{Station, StationError};

/// What the new key says of the old one when it takes over.
const REASON: &str = "本站更换密钥";

/// Why the key is not rotated.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// The root's key is the network's name.
    #[error("rotate the key of the root: every station knows the network by it")]
    Root,
    /// Nobody has appointed this station.
    #[error("rotate the key: nobody has appointed this station as far as it knows")]
    NotAppointed,
    /// The key was revoked.
    #[error("rotate the key: it was revoked")]
    Revoked,
    /// The new key has not signed that it follows this one.
    #[error("rotate to key {0}: it does not prove that it follows the key of this station")]
    Proof(PublicKey),
    /// The store's word.
    #[error(transparent)]
    Station(#[from] StationError),
}

impl Station {
    /// Whether the own key can be rotated now.
    ///
    /// # Errors
    /// Why not.
    pub fn may_rotate(&self) -> Result<(), RotateError> {
        let own = self.own().key;
        if own == self.identity().root {
            return Err(RotateError::Root);
        }
        if self.registry.former(&own).is_some() || self.revoked().map_err(StationError::from)?.is_some() {
            return Err(RotateError::Revoked);
        }
        let standing = self.registry.standing(&own).filter(|own| matches!(own.role, Role::Node | Role::Hub));
        standing.map(|_| ()).ok_or(RotateError::NotAppointed)
    }

    /// Vouches for the key that is to take the place of the own one; said once, however often it is asked.
    ///
    /// # Errors
    /// Why not.
    pub fn vouch(&mut self, rotation: &Rotation, now: Now) -> Result<(), RotateError> {
        self.may_rotate()?;
        let (own, division) = (self.own().key, self.identity.division);
        if rotation.division != division || !rotation.holds(self.network, own) {
            return Err(RotateError::Proof(rotation.key));
        }
        if self.registry.vouchings(&own, rotation.key).next().is_none() {
            tracing::info!(key = %rotation.key.short(), "this station's key vouches for a new one");
            self.write(down(Kind::Rotation, Lane::Urgent, division, rotation_body(rotation)), now)?;
        }
        Ok(())
    }

    /// Whether a hub of `division`, or, where that is `None`, any hub above, has receipted that the own key vouches for `key`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn is_vouching_receipted(
        &self,
        key: PublicKey,
        division: Option<DivisionCode>,
    ) -> Result<bool, StoreError> {
        for (name, lane, sequence) in self.registry.vouchings(&self.own().key, key) {
            let log = name.id(self.network);
            for receipt in self.store.receipts(log, lane)? {
                let covers = sequence <= receipt.to;
                let asked = division.is_none_or(|division| division == receipt.division);
                // One for another branch, given before this store was set back, says nothing about this entry.
                let last = self.store.entry(Position { log, lane, sequence: receipt.to })?;
                if covers && asked && last.is_some_and(|last| last.hash() == receipt.hash) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// With a new key: takes the place of the one that has vouched for it, of which everything held here stands. `true` if
    /// there was anything to say.
    pub(super) fn take_over(&mut self, now: Now) -> Result<bool, StationError> {
        let own = self.own().key;
        let Some(old) = self.registry.vouched_by(&own) else { return Ok(false) };
        self.write_revocation(old, self.identity.division, Some(own), REASON, now)?;
        Ok(true)
    }
}
