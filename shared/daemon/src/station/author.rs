//! What a station signs itself.

use fengsui_model::{Directory, DivisionCode, Level};
use fengsui_protocol::Now;
use fengsui_store::Source;
use fengsui_wire::{
    Answer, Appointment, Body, Draft, Envelope, Flags, Genesis, Kind, Lane, LogId, Position, Reason, Role,
    Verified, answer_body, appointment_body, directory_body, genesis_body,
};

use super::{OWN_INCARNATION, Station, StationError};

/// An entry to be written into the own log.
#[derive(Clone, Debug)]
pub struct Writing {
    /// What it states.
    pub kind: Kind,
    /// In which lane.
    pub lane: Lane,
    /// About itself.
    pub flags: Flags,
    /// Highest level its body may reach.
    pub reach: Level,
    /// Whose stations, and all below, get the body.
    pub addressee: Option<DivisionCode>,
    /// Its content.
    pub body: Vec<u8>,
}

/// Why an appointment is not made.
#[derive(Debug, thiserror::Error)]
pub enum AppointError {
    /// There is no directory yet.
    #[error("appoint anybody: the directory of divisions has not arrived from the province yet")]
    NoDirectory,
    /// This station is no hub, or nobody has appointed it.
    #[error("appoint anybody: this station is not appointed as a hub itself yet")]
    NotAHub,
    /// The division is not in the directory.
    #[error("appoint for division {0}: it is not in the directory")]
    UnknownDivision(DivisionCode),
    /// The division is not below.
    #[error("appoint for division {division}: it is not below {own}, for which this hub speaks")]
    NotBelow {
        /// As asked.
        division: DivisionCode,
        /// Of this hub.
        own: DivisionCode,
    },
    /// A township has a node; every other level a hub.
    #[error("appoint a {role:?} for division {division} of level {level}")]
    WrongRole {
        /// As asked.
        role: Role,
        /// As asked.
        division: DivisionCode,
        /// Its level.
        level: Level,
    },
    /// The key cannot sign anything that would be accepted.
    #[error("appoint key {0}: it is not a sound ed25519 key")]
    Key(fengsui_wire::PublicKey),
    /// The store's word.
    #[error(transparent)]
    Station(#[from] StationError),
}

/// Why a directory is not issued.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryIssueError {
    /// Only the root issues it.
    #[error("issue a directory: only the root of the network does")]
    NotRoot,
    /// Versions go forward only.
    #[error("issue directory version {version}: version {current} is in force")]
    NotNewer {
        /// As given.
        version: u32,
        /// In force.
        current: u32,
    },
    /// The root must stand in its own directory.
    #[error("issue the directory: its root is {found}, this station speaks for {own}")]
    OtherRoot {
        /// In the table.
        found: DivisionCode,
        /// Of this station.
        own: DivisionCode,
    },
    /// The store's word.
    #[error(transparent)]
    Station(#[from] StationError),
}

impl Station {
    /// Signs the next entry of the own log and stages it. It is said to nobody before [`Station::commit`].
    ///
    /// # Errors
    /// The store's.
    pub fn write(&mut self, writing: Writing, now: Now) -> Result<Verified, StationError> {
        let draft = Draft {
            kind: writing.kind,
            lane: writing.lane,
            flags: match crate::clock::is_plausible(now.wall_ms) {
                true => writing.flags,
                false => writing.flags.with(Flags::CLOCK_UNSURE),
            },
            reach: writing.reach,
            addressee: writing.addressee,
            standards: self.desk.held,
            directory: self.registry.directory_version(),
            clock_ms: now.wall_ms,
            boot: self.boot,
            uptime_s: u32::try_from(now.steady_ms / 1000).unwrap_or(u32::MAX),
        };
        let head = self.own_head(writing.lane);
        let envelope =
            Envelope::sign(&self.identity.key, self.network, self.own.log(), head, draft, &writing.body);
        let entry = self.own.verify(envelope, Some(writing.body))?;
        self.stage(self.own.name(), writing.lane, vec![entry.clone()], Source::Own, now)?;
        Ok(entry)
    }

    /// Begins the own log with a genesis and remembers its incarnation.
    pub(super) fn begin_log(&mut self, continues: Option<LogId>, now: Now) -> Result<(), StationError> {
        let (name, division) = (self.own.name(), self.identity.division);
        let value = name.incarnation.0.to_vec();
        self.store.stage(fengsui_store::Fact::Setting { key: OWN_INCARNATION.into(), value })?;
        let body = genesis_body(&Genesis { name, division, continues });
        self.write(down(Kind::Genesis, Lane::Urgent, division, body), now)?;
        Ok(())
    }

    /// Appoints a key for a division below.
    ///
    /// # Errors
    /// Why not.
    pub fn appoint(&mut self, appointment: &Appointment, now: Now) -> Result<Verified, AppointError> {
        self.may_appoint(appointment)?;
        let body = appointment_body(appointment);
        Ok(self.write(down(Kind::Appointment, Lane::Urgent, appointment.division, body), now)?)
    }

    pub(super) fn may_appoint(&self, appointment: &Appointment) -> Result<(), AppointError> {
        let directory = self.registry.directory().ok_or(AppointError::NoDirectory)?;
        let own = self.registry.standing(&self.own().key).filter(|own| own.role == Role::Hub);
        let own = own.ok_or(AppointError::NotAHub)?.division;
        let division = appointment.division;
        let row = directory.get(division).ok_or(AppointError::UnknownDivision(division))?;
        let person = matches!(appointment.role, Role::Reviewer | Role::Head);
        if (division == own && !person) || !directory.is_within(division, own) {
            return Err(AppointError::NotBelow { division, own });
        }
        let fits = match appointment.role {
            Role::Node => row.level == Level::Township,
            Role::Hub => row.level != Level::Township,
            Role::Reviewer | Role::Head => true,
        };
        if !fits {
            return Err(AppointError::WrongRole { role: appointment.role, division, level: row.level });
        }
        if !appointment.key.is_usable() {
            return Err(AppointError::Key(appointment.key));
        }
        Ok(())
    }

    /// Issues the directory of divisions; the root only.
    ///
    /// # Errors
    /// Why not.
    pub fn issue_directory(
        &mut self,
        directory: &Directory,
        now: Now,
    ) -> Result<Verified, DirectoryIssueError> {
        let (own, division) = (self.own().key, self.identity.division);
        if own != self.identity.root {
            return Err(DirectoryIssueError::NotRoot);
        }
        let (version, current) = (directory.version(), self.registry.directory_version());
        if version <= current {
            return Err(DirectoryIssueError::NotNewer { version, current });
        }
        let found = directory.root().code;
        if found != division {
            return Err(DirectoryIssueError::OtherRoot { found, own: division });
        }
        Ok(self.write(down(Kind::Directory, Lane::Urgent, division, directory_body(directory)), now)?)
    }

    /// Answers an entry that is held and not counted.
    pub(super) fn write_answer(
        &mut self,
        position: Position,
        reasons: Vec<Reason>,
        now: Now,
    ) -> Result<(), StationError> {
        let Some((entry, name)) = self.store.entry(position)?.zip(self.store.name(position.log)) else {
            return Ok(());
        };
        let to = self.registry.place(&name.key).map_or(self.identity.division, |author| author.division);
        let report_id = entry.body.as_deref().and_then(|body| Body::from_bytes(body).ok());
        let report_id = report_id.map_or([0; 16], |body| body.report_id);
        let answer = Answer { position, entry: entry.hash(), reasons };
        self.write(down(Kind::Answer, Lane::Routine, to, answer_body(&answer, report_id)), now)?;
        Ok(())
    }
}

/// An entry whose body goes down to `addressee` and, as proof of what was said, up to the root.
pub(super) fn down(kind: Kind, lane: Lane, addressee: DivisionCode, body: Vec<u8>) -> Writing {
    Writing { kind, lane, flags: Flags::default(), reach: Level::Province, addressee: Some(addressee), body }
}
