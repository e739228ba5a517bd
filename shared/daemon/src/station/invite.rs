//! Invitations: what a hub keeps of the join codes that it gave, and what it answers whoever brings one.
//!
//! One use: the same key that asks again gets the same answer, because a lost answer must not cost a clerk a new code;
//! any other key is refused. The secret itself is not kept. Of several codes for one division only the first brings a
//! machine, because two would sign for one office; what replaces a machine says so.

use fengsui_model::DivisionCode;
use fengsui_protocol::Now;
use fengsui_store::{Fact, StoreError};
use fengsui_wire::{
    Appointment, Body, InviteId, JOIN_VERSION, Join, JoinKey, JoinSecret, Joined, Kind, Lane, LogId,
    Position, PublicKey, Refusal, Role, Value, Verified, appointment_body,
};

use super::author::down;
use super::{AppointError, Station, StationError};

/// Names of the settings that hold invitations begin so.
const PREFIX: &str = "invite/";

/// Invitations that may be open at once: the whole province once over. More is a script gone wrong.
const OPEN_MAX: usize = 1_000;

/// An invitation, as the hub keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// Its name.
    pub id: InviteId,
    /// Checks proofs.
    pub key: JoinKey,
    /// For which division.
    pub division: DivisionCode,
    /// As what.
    pub role: Role,
    /// When it was given, milliseconds since 1970 UTC.
    pub made_ms: i64,
    /// Until when it is good, exclusive.
    pub expires_ms: i64,
    /// Whether the keys that speak for the division until then are revoked.
    pub replaces: bool,
    /// Host and UDP port where whoever joins finds this hub from then on.
    pub address: String,
    /// The hub to which it turns while this one is down: key, host and UDP port.
    pub second: Option<(PublicKey, String)>,
    /// Taken back by the operator.
    pub cancelled: bool,
    /// Who used it.
    pub used: Option<Used>,
}

/// The use of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// By which key.
    pub key: PublicKey,
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Where its appointment stands, in this hub's own log.
    pub entry: Position,
}

/// What an operator asks for.
#[derive(Clone, Debug)]
pub struct Inviting {
    /// For which division.
    pub division: DivisionCode,
    /// As what.
    pub role: Role,
    /// How long it is good.
    pub valid_ms: i64,
    /// Whether it takes the place of the station that speaks for the division now.
    pub replaces: bool,
    /// Where whoever joins finds this hub.
    pub address: String,
    /// The hub to which it turns while this one is down.
    pub second: Option<(PublicKey, String)>,
}

/// Why nobody is invited.
#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    /// The hub may not appoint so.
    #[error(transparent)]
    Appoint(#[from] AppointError),
    /// A station speaks for the division already.
    #[error("invite for division {division}: key {key} speaks for it")]
    Taken {
        /// As asked.
        division: DivisionCode,
        /// Of the station there.
        key: PublicKey,
    },
    /// That station was appointed by a hub above this one.
    #[error("replace key {key}: key {by} appointed it, and stands above this hub")]
    NotOurs {
        /// Of the station there.
        key: PublicKey,
        /// Who appointed it.
        by: PublicKey,
    },
    /// The key is no hub's.
    #[error("say where key {0} is found: it is not appointed as a hub")]
    NoHub(PublicKey),
    /// Too many are open.
    #[error("invite again: {OPEN_MAX} invitations are open")]
    TooMany,
    /// The store's word.
    #[error(transparent)]
    Station(#[from] StationError),
}

impl Invite {
    /// Whether it may still be used at `now_ms` by anybody.
    pub fn is_open(&self, now_ms: i64) -> bool {
        self.used.is_none() && !self.cancelled && now_ms < self.expires_ms
    }

    fn setting(&self) -> Fact {
        Fact::Setting { key: format!("{PREFIX}{}", self.id), value: self.to_bytes() }
    }
}

impl Station {
    /// Invites a station for a division below.
    ///
    /// # Errors
    /// Why not.
    pub fn invite(&mut self, asked: &Inviting, now: Now) -> Result<(Invite, JoinSecret), InviteError> {
        let own = self.own().key;
        self.may_appoint(&appointment(own, asked.division, asked.role, now.wall_ms))?;
        match self.in_the_way(own, asked.division, asked.replaces) {
            Some((key, by)) if asked.replaces => return Err(InviteError::NotOurs { key, by }),
            Some((key, _)) => return Err(InviteError::Taken { division: asked.division, key }),
            None => {}
        }
        let open = self.invites()?.iter().filter(|invite| invite.is_open(now.wall_ms)).count();
        if open >= OPEN_MAX {
            return Err(InviteError::TooMany);
        }
        let secret = JoinSecret::new((self.entropy)());
        let invite = Invite {
            id: secret.id(),
            key: secret.key(),
            division: asked.division,
            role: asked.role,
            made_ms: now.wall_ms,
            expires_ms: now.wall_ms.saturating_add(asked.valid_ms),
            replaces: asked.replaces,
            address: asked.address.clone(),
            second: asked.second.clone(),
            cancelled: false,
            used: None,
        };
        self.store.stage(invite.setting()).map_err(StationError::from)?;
        Ok((invite, secret))
    }

    /// Every invitation ever given, by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn invites(&self) -> Result<Vec<Invite>, StationError> {
        let read = |(name, value): (String, Vec<u8>)| {
            let invite = name.strip_prefix(PREFIX).and_then(|id| id.parse().ok());
            let invite = invite.and_then(|id| Invite::from_bytes(id, &value));
            if invite.is_none() {
                tracing::error!(name, "a stored invitation does not read");
            }
            invite
        };
        Ok(self.store.settings(PREFIX)?.into_iter().filter_map(read).collect())
    }

    /// The key, and who appointed it, of a station other than `but` that speaks for `division` and would go on doing so
    /// beside a new one: any, unless the code replaces it and this hub may revoke it.
    fn in_the_way(
        &self,
        but: PublicKey,
        division: DivisionCode,
        replaces: bool,
    ) -> Option<(PublicKey, PublicKey)> {
        let mut others = self.registry.stations_of(division).filter(|there| there.key != but);
        let stays = others.find(|there| !(replaces && self.outranks(&there.appointed_by)))?;
        Some((stays.key, stays.appointed_by))
    }

    fn invitation(&self, id: InviteId) -> Result<Option<Invite>, StoreError> {
        let value = self.store.setting(&format!("{PREFIX}{id}"))?;
        Ok(value.and_then(|value| Invite::from_bytes(id, &value)))
    }

    /// Takes an invitation back. `None` where there is none; one that was used stays used.
    ///
    /// # Errors
    /// The store's.
    pub fn cancel_invite(&mut self, id: InviteId) -> Result<Option<Invite>, StationError> {
        let Some(mut invite) = self.invitation(id)? else { return Ok(None) };
        if invite.used.is_none() && !invite.cancelled {
            invite.cancelled = true;
            self.store.stage(invite.setting())?;
        }
        Ok(Some(invite))
    }

    /// Answers `station`, whose key the connection has proved. Everything that the answer says is durable.
    ///
    /// # Errors
    /// The store's.
    pub fn join(
        &mut self,
        station: PublicKey,
        join: &Join,
        now: Now,
    ) -> Result<Result<Joined, Refusal>, StationError> {
        let invite = match self.check_join(station, join, now)? {
            Ok(invite) => invite,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let entry = match invite.used {
            Some(used) => used.entry,
            None => match self.admit(station, join, invite.clone(), now)? {
                Some(entry) => entry,
                None => return Ok(Err(Refusal::NotReady)),
            },
        };
        // The name tells the log in which the appointment stands: this hub may have gone on in another since.
        let joined = self.store.entry(entry)?.zip(self.store.name(entry.log)).and_then(|(kept, log)| {
            let (envelope, body) = (kept.envelope, kept.body?);
            Some(Joined { log, envelope, body, address: invite.address, second: invite.second })
        });
        Ok(joined.ok_or(Refusal::NotReady))
    }

    fn check_join(
        &self,
        station: PublicKey,
        join: &Join,
        now: Now,
    ) -> Result<Result<Invite, Refusal>, StationError> {
        if join.version != JOIN_VERSION {
            return Ok(Err(Refusal::Version));
        }
        if join.network != self.network {
            return Ok(Err(Refusal::Foreign));
        }
        let Some(invite) = self.invitation(join.invite)? else { return Ok(Err(Refusal::Unknown)) };
        let proof = invite.key.proof(station, self.own().key, self.network, join.division);
        if proof != join.proof {
            return Ok(Err(Refusal::Unknown));
        }
        let refusal = if self.registry.former(&station).is_some() {
            Some(Refusal::Revoked)
        } else if join.division != invite.division {
            Some(Refusal::Division)
        } else {
            match invite.used {
                Some(used) if used.key == station => None,
                Some(_) => Some(Refusal::Used),
                None if invite.cancelled => Some(Refusal::Cancelled),
                None if now.wall_ms >= invite.expires_ms => Some(Refusal::Expired),
                // Asked again here: when the code was made, another one may have been open.
                None => self.in_the_way(station, invite.division, invite.replaces).map(|_| Refusal::Taken),
            }
        };
        Ok(refusal.map_or(Ok(invite), Err))
    }

    /// Appoints whoever holds the code, revokes whom it replaces, and marks the code as used, all in one commit. `None`
    /// where this hub cannot appoint now.
    fn admit(
        &mut self,
        station: PublicKey,
        join: &Join,
        mut invite: Invite,
        now: Now,
    ) -> Result<Option<Position>, StationError> {
        let mut appointment = appointment(station, invite.division, invite.role, now.wall_ms);
        if invite.role == Role::Hub && !join.address.is_empty() {
            appointment.address = Some(join.address.clone());
        }
        if let Err(error) = self.may_appoint(&appointment) {
            tracing::warn!(%error, invite = %invite.id, "cannot honour an invitation");
            return Ok(None);
        }
        let body = appointment_body(&appointment);
        let entry = self.write(down(Kind::Appointment, Lane::Urgent, invite.division, body), now)?;
        let entry = entry.header().position();
        if invite.replaces {
            self.replace(station, invite.division, now)?;
        }
        invite.used = Some(Used { key: station, at_ms: now.wall_ms, entry });
        self.store.stage(invite.setting())?;
        self.settle(now)?;
        Ok(Some(entry))
    }

    /// Says anew where the children of the hub with this key find it. Appointed by a hub above this one, it cannot be said
    /// here.
    ///
    /// # Errors
    /// Why not.
    pub fn locate(&mut self, key: PublicKey, address: &str, now: Now) -> Result<Verified, InviteError> {
        let registry = self.registry.clone();
        let there = registry.standing(&key).filter(|there| there.role == Role::Hub);
        let there = there.ok_or(InviteError::NoHub(key))?;
        if !self.outranks(&there.appointed_by) {
            return Err(InviteError::NotOurs { key, by: there.appointed_by });
        }
        let appointment = Appointment {
            until_ms: there.until_ms,
            address: Some(address.into()),
            second_parent: there.second_parent,
            // Later than the word it replaces, whatever this clock says.
            ..appointment(key, there.division, there.role, now.wall_ms.max(there.from_ms.saturating_add(1)))
        };
        Ok(self.appoint(&appointment, now)?)
    }

    fn replace(
        &mut self,
        successor: PublicKey,
        division: DivisionCode,
        now: Now,
    ) -> Result<(), StationError> {
        let registry = self.registry.clone();
        for there in registry.stations_of(division).filter(|there| there.key != successor) {
            if self.outranks(&there.appointed_by) {
                let reason = "换机重新入网";
                self.write_revocation(there.key, there.division, Some(successor), reason, now)?;
                self.revoke_heirs(there.key, there.division, reason, now)?;
            }
        }
        Ok(())
    }
}

/// The appointment that an invitation leads to.
fn appointment(key: PublicKey, division: DivisionCode, role: Role, from_ms: i64) -> Appointment {
    Appointment {
        key,
        division,
        role,
        from_ms,
        until_ms: None,
        address: None,
        second_parent: None,
        post: None,
    }
}

mod id {
    pub const KEY: u32 = 1;
    pub const DIVISION: u32 = 2;
    pub const ROLE: u32 = 3;
    pub const MADE: u32 = 4;
    pub const EXPIRES: u32 = 5;
    pub const REPLACES: u32 = 6;
    pub const ADDRESS: u32 = 7;
    pub const CANCELLED: u32 = 8;
    pub const USED_BY: u32 = 9;
    pub const USED_AT: u32 = 10;
    pub const USED_LOG: u32 = 11;
    pub const USED_SEQUENCE: u32 = 12;
    pub const SECOND: u32 = 13;
    pub const SECOND_ADDRESS: u32 = 14;
}

/// An invitation is kept in the network's own container: it reads in one way only.
impl Invite {
    fn to_bytes(&self) -> Vec<u8> {
        let mut body = Body::default();
        body.push(id::KEY, Value::Bytes(self.key.0.to_vec()));
        body.push(id::DIVISION, Value::Integer(self.division.get().cast_signed()));
        body.push(id::ROLE, Value::Integer(i64::from(self.role as u8)));
        body.push(id::MADE, Value::Integer(self.made_ms));
        body.push(id::EXPIRES, Value::Integer(self.expires_ms));
        body.push(id::REPLACES, Value::Integer(i64::from(self.replaces)));
        body.push(id::ADDRESS, Value::Text(self.address.clone()));
        body.push(id::CANCELLED, Value::Integer(i64::from(self.cancelled)));
        if let Some((key, address)) = &self.second {
            body.push(id::SECOND, Value::Bytes(key.0.to_vec()));
            body.push(id::SECOND_ADDRESS, Value::Text(address.clone()));
        }
        if let Some(used) = self.used {
            body.push(id::USED_BY, Value::Bytes(used.key.0.to_vec()));
            body.push(id::USED_AT, Value::Integer(used.at_ms));
            body.push(id::USED_LOG, Value::Bytes(used.entry.log.0.to_vec()));
            body.push(id::USED_SEQUENCE, Value::Integer(used.entry.sequence.cast_signed()));
        }
        body.to_bytes()
    }

    fn from_bytes(name: InviteId, bytes: &[u8]) -> Option<Self> {
        let body = Body::from_bytes(bytes).ok()?;
        let integer = |id| match body.get(id) {
            Some(Value::Integer(value)) => Some(*value),
            _ => None,
        };
        let hash = |id| match body.get(id) {
            Some(Value::Bytes(bytes)) => <[u8; 32]>::try_from(bytes.as_slice()).ok(),
            _ => None,
        };
        let Some(Value::Text(address)) = body.get(id::ADDRESS) else { return None };
        let second = hash(id::SECOND).and_then(|key| match body.get(id::SECOND_ADDRESS) {
            Some(Value::Text(address)) => Some((PublicKey(key), address.clone())),
            _ => None,
        });
        let used = hash(id::USED_BY).and_then(|key| {
            let sequence = integer(id::USED_SEQUENCE)?.cast_unsigned();
            let entry = Position { log: LogId(hash(id::USED_LOG)?), lane: Lane::Urgent, sequence };
            Some(Used { key: PublicKey(key), at_ms: integer(id::USED_AT)?, entry })
        });
        Some(Self {
            id: name,
            key: JoinKey(hash(id::KEY)?),
            division: DivisionCode::new(integer(id::DIVISION)?.cast_unsigned()).ok()?,
            role: Role::from_byte(u8::try_from(integer(id::ROLE)?).ok()?)?,
            made_ms: integer(id::MADE)?,
            expires_ms: integer(id::EXPIRES)?,
            replaces: integer(id::REPLACES)? == 1,
            address: address.clone(),
            second,
            cancelled: integer(id::CANCELLED)? == 1,
            used,
        })
    }
}
