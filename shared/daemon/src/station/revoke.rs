//! Revoking a key: it may act no more, and of what it has written, what this hub durably holds stands.

use fengsui_model::DivisionCode;
use fengsui_protocol::Now;
use fengsui_store::{Fact, StoreError};
use fengsui_wire::{Kind, Lane, PublicKey, Revocation, Role, StandLine, Verified, limits, revocation_body};

use super::author::down;
use super::{Station, StationError};

/// Why the own key was revoked, in the words of the hub above; empty: it is in use.
const TOLD_REVOKED: &str = "told revoked";

/// Why a key is not revoked.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// This station is no hub, or nobody has appointed it.
    #[error("revoke a key: this station is not appointed as a hub itself")]
    NotAHub,
    /// Nobody has appointed the key, as far as this hub knows.
    #[error("revoke key {0}: it is not appointed as far as this hub knows")]
    Unknown(PublicKey),
    /// It was revoked already.
    #[error("revoke key {0}: it was revoked already")]
    Already(PublicKey),
    /// It does not speak for a division below.
    #[error("revoke key {key}: it speaks for {division}, which is not below {own}")]
    NotBelow {
        /// As asked.
        key: PublicKey,
        /// For which it speaks.
        division: DivisionCode,
        /// Of this hub.
        own: DivisionCode,
    },
    /// A hub above this one appointed it.
    #[error("revoke key {key}: key {by} appointed it, and stands above this hub")]
    NotOurs {
        /// As asked.
        key: PublicKey,
        /// Who appointed it.
        by: PublicKey,
    },
    /// The reason is too long.
    #[error("revoke a key for a reason of {0} bytes: at most {max} are allowed", max = limits::NOTE_BYTES_MAX)]
    Reason(usize),
    /// The store's word.
    #[error(transparent)]
    Station(#[from] StationError),
}

impl Station {
    /// Revokes `key`. When this returns, the registry knows it: nothing that comes later is taken from the key any more.
    ///
    /// # Errors
    /// Why not.
    pub fn revoke(&mut self, key: PublicKey, reason: &str, now: Now) -> Result<Verified, RevokeError> {
        if reason.len() > limits::NOTE_BYTES_MAX {
            return Err(RevokeError::Reason(reason.len()));
        }
        let own = self.registry.standing(&self.own().key).filter(|own| own.role == Role::Hub);
        let own = own.ok_or(RevokeError::NotAHub)?.division;
        if self.registry.former(&key).is_some() {
            return Err(RevokeError::Already(key));
        }
        let (division, by, role) = match self.registry.standing(&key) {
            Some(there) => (there.division, there.appointed_by, there.role),
            None => return Err(RevokeError::Unknown(key)),
        };
        let person = matches!(role, Role::Reviewer | Role::Head);
        if (division == own && !person) || !self.registry.is_within(&key, own) {
            return Err(RevokeError::NotBelow { key, division, own });
        }
        if !self.outranks(&by) {
            return Err(RevokeError::NotOurs { key, by });
        }
        let entry = self.write_revocation(key, division, None, reason, now)?;
        self.revoke_heirs(key, division, reason, now)?;
        self.settle(now)?;
        Ok(entry)
    }

    /// Revokes the keys that `key` vouches for: whoever has its machine has them too.
    pub(super) fn revoke_heirs(
        &mut self,
        key: PublicKey,
        division: DivisionCode,
        reason: &str,
        now: Now,
    ) -> Result<(), StationError> {
        let heirs: Vec<PublicKey> = self.registry.heirs_of(key).map(|heir| heir.standing.key).collect();
        for heir in heirs {
            self.write_revocation(heir, division, None, reason, now)?;
        }
        Ok(())
    }

    /// Why the own key was revoked, as its revocation or the hub above has said. `None`: it was not, as far as is known here.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn revoked(&self) -> Result<Option<String>, StoreError> {
        if let Some(former) = self.registry.former(&self.own().key) {
            return Ok(Some(former.revocation.reason.clone()));
        }
        let told = self.store.setting(TOLD_REVOKED)?.filter(|told| !told.is_empty());
        Ok(told.map(|told| String::from_utf8_lossy(&told).into_owned()))
    }

    /// Keeps what the hub above says of the own key: revoked, and why, or, with `None`, in use. The revocation itself does not
    /// come down to a key that may not connect any more.
    ///
    /// # Errors
    /// The store's.
    pub fn told_revoked(&mut self, reason: Option<&str>) -> Result<(), StationError> {
        let told = reason.unwrap_or_default().as_bytes().to_vec();
        if self.store.setting(TOLD_REVOKED)?.unwrap_or_default() != told {
            self.store.stage(Fact::Setting { key: TOLD_REVOKED.into(), value: told })?;
        }
        Ok(())
    }

    /// Whether this hub may undo what `giver` gave: only a hub of a lower level may not.
    pub(super) fn outranks(&self, giver: &PublicKey) -> bool {
        let giver = self.registry.place(giver).map(|giver| giver.level);
        giver.is_none_or(|giver| giver <= self.level())
    }

    pub(super) fn write_revocation(
        &mut self,
        key: PublicKey,
        division: DivisionCode,
        successor: Option<PublicKey>,
        reason: &str,
        now: Now,
    ) -> Result<Verified, StationError> {
        tracing::warn!(key = %key.short(), %division, "a key is revoked");
        let lines = self.stand_lines(key);
        let revocation = Revocation { key, at_ms: now.wall_ms, reason: reason.into(), successor, lines };
        self.write(down(Kind::Revocation, Lane::Urgent, division, revocation_body(&revocation)), now)
    }

    /// How far this hub holds the logs of `key`, staged entries included.
    fn stand_lines(&self, key: PublicKey) -> Vec<StandLine> {
        let logs = self.store.logs().into_iter().filter(|name| name.key == key);
        let lanes = logs.flat_map(|name| Lane::ALL.iter().map(move |lane| (name, *lane)));
        let line = |(name, lane): (fengsui_wire::LogName, Lane)| {
            let head = self.store.head(name.id(self.network), lane);
            let sequence = head.next.checked_sub(1)?;
            Some(StandLine { incarnation: name.incarnation, lane, sequence, hash: head.hash })
        };
        lanes.filter_map(line).collect()
    }
}
