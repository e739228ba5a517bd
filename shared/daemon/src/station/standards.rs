//! What a station does about standards: issues them, says that they arrived, adopts them, answers what does not keep to
//! them.

use fengsui_model::standard::{Ground, Step, check, places_within};
use fengsui_model::{Adoption, AidStandard, Date, Directory, DivisionCode, Level, StandardCode};
use fengsui_protocol::Now;
use fengsui_store::StoreError;
use fengsui_wire::{Kind, Lane, Position, Reason, Role, Verified, adoption_body, standard_body};

use super::author::down;
use super::{Station, StationError};
use crate::index::{self, Class};
use crate::standards::{self, Issued, Standards, day};

/// What is to be done about standards after the next commit.
#[derive(Default)]
pub(super) struct Desk {
    /// Staged adoptions of stations below.
    unjudged: Vec<Position>,
    /// Standards came in: what was judged by fewer is judged again.
    arrived: bool,
    /// This station has not said yet of all that it holds that it arrived.
    unsaid: bool,
    /// Versions that stand here.
    pub(super) held: u32,
}

/// Why a standard is not issued.
#[derive(Debug, thiserror::Error)]
pub enum StandardIssueError {
    /// Only the root issues it.
    #[error("issue a standard: only the root of the network does")]
    NotRoot,
    /// There is no directory yet.
    #[error("issue a standard: there is no directory of divisions yet")]
    NoDirectory,
    /// Versions go forward only.
    #[error("issue version {version} of {code}: version {current} stands, and only a later one replaces it")]
    NotNewer {
        /// Which standard.
        code: StandardCode,
        /// As given.
        version: u32,
        /// The latest that stands.
        current: u32,
    },
    /// Its first day is past.
    #[error(
        "issue a standard in force from {from}: today is {today}; --recorded-late if it has been in force"
    )]
    Past {
        /// As given.
        from: Date,
        /// At the root.
        today: Date,
    },
    /// It does not hold together.
    #[error(transparent)]
    Standard(#[from] fengsui_model::standard::StandardError),
    /// The store's word.
    #[error(transparent)]
    Station(#[from] StationError),
}

/// What a hub is asked to say of a standard.
#[derive(Clone, Debug)]
pub struct Saying {
    /// Of which.
    pub standard: StandardCode,
    /// For which divisions; none: for all whose value this hub sets.
    pub covers: Vec<DivisionCode>,
    /// The value held before it is entered here.
    pub recorded_late: bool,
    /// How far it has come.
    pub step: Step,
}

/// Why a hub does not say it.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// This station is no hub, or nobody has appointed it.
    #[error("adopt a standard: this station is not appointed as a hub")]
    NotAHub,
    /// No such standard has arrived.
    #[error("find a standard {0}: none has arrived here")]
    NoStandard(StandardCode),
    /// The hub sets no value under this standard.
    #[error("adopt {code} for {setter}: under this standard it sets no value")]
    Nothing {
        /// Which standard.
        code: StandardCode,
        /// Who asks.
        setter: DivisionCode,
    },
    /// It breaks a rule.
    #[error("adopt the standard: it breaks {} rules", .0.len())]
    Refused(Vec<Reason>),
    /// It does not hold together.
    #[error(transparent)]
    Adoption(#[from] fengsui_model::standard::AdoptionError),
    /// The store's word.
    #[error(transparent)]
    Station(#[from] StationError),
}

impl From<StoreError> for StandardIssueError {
    fn from(error: StoreError) -> Self {
        Self::Station(error.into())
    }
}

impl From<StoreError> for AdoptError {
    fn from(error: StoreError) -> Self {
        Self::Station(error.into())
    }
}

impl Station {
    /// The standards that stand here.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn standards(&self) -> Result<Standards, StoreError> {
        Standards::load(&self.store, &self.registry)
    }

    /// Issues a standard; the root only.
    ///
    /// # Errors
    /// Why not.
    pub fn issue_standard(
        &mut self,
        standard: &AidStandard,
        now: Now,
    ) -> Result<Verified, StandardIssueError> {
        if self.own().key != self.identity.root {
            return Err(StandardIssueError::NotRoot);
        }
        standard.check()?;
        let directory = self.registry.directory().ok_or(StandardIssueError::NoDirectory)?;
        standard.check_scope(directory)?;
        let standards = self.standards()?;
        let current = standards.latest(&standard.code).map(|issued| issued.standard.version);
        if let Some(current) = current.filter(|current| standard.version <= *current) {
            let (code, version) = (standard.code.clone(), standard.version);
            return Err(StandardIssueError::NotNewer { code, version, current });
        }
        if let Some(today) = day(now.wall_ms)
            && standard.from < today
            && !standard.recorded_late
        {
            return Err(StandardIssueError::Past { from: standard.from, today });
        }
        let (to, body) = (self.identity.division, standard_body(standard));
        Ok(self.write(down(Kind::Standard, Lane::Routine, to, body), now)?)
    }

    /// Says how far this hub's division has come with a standard, after judging it as every hub above will.
    ///
    /// # Errors
    /// Why not; nothing is signed then.
    pub fn adopt(&mut self, saying: Saying, now: Now) -> Result<(Adoption, Verified), AdoptError> {
        let standing = self.registry.standing(&self.own().key).filter(|own| own.role == Role::Hub);
        let (setter, level) = standing.map(|own| (own.division, own.level)).ok_or(AdoptError::NotAHub)?;
        let directory = self.registry.directory().cloned().ok_or(AdoptError::NotAHub)?;
        let standards = self.standards()?;
        let code = saying.standard;
        let latest = standards.latest(&code).ok_or_else(|| AdoptError::NoStandard(code.clone()))?;
        let covers = match saying.covers.is_empty() {
            true => own_places(&latest.standard, &directory, setter, level),
            false => expanded(&directory, &saying.covers),
        };
        if covers.is_empty() {
            return Err(AdoptError::Nothing { code, setter });
        }
        let adoption = Adoption {
            version: latest.standard.version,
            setter,
            number: self.next_number(&standards, &code, setter)?,
            covers,
            recorded_late: saying.recorded_late,
            step: saying.step,
            standard: code,
        };
        adoption.check()?;
        let versions: Vec<_> = standards.of(&adoption.standard).into_iter().map(|of| &of.standard).collect();
        let ground = Ground { versions: &versions, directory: &directory, signed_on: day(now.wall_ms) };
        let found = check(&adoption, &ground);
        if !found.is_empty() {
            return Err(AdoptError::Refused(found.into_iter().map(standards::reason).collect()));
        }
        let body = adoption_body(&adoption);
        // Up to the root as proof, down to every station that it covers.
        let entry = self.write(down(Kind::Adoption, Lane::Routine, setter, body), now)?;
        Ok((adoption, entry))
    }

    fn next_number(
        &self,
        standards: &Standards,
        code: &StandardCode,
        setter: DivisionCode,
    ) -> Result<u32, StoreError> {
        let words = standards::words(&self.store, &self.registry, standards, code)?;
        let own = words.iter().filter(|word| word.adoption.setter == setter && !word.is_foreign());
        Ok(own.map(|word| word.adoption.number).max().unwrap_or(0).saturating_add(1))
    }

    /// After a start: everything is looked at once.
    pub(super) fn open_desk(&mut self) -> Result<(), StationError> {
        let held = self.standards()?.count();
        self.desk = Desk { arrived: true, unsaid: true, held, ..Desk::default() };
        Ok(())
    }

    /// Remembers what a staged entry asks for.
    pub(super) fn note(&mut self, kind: Kind, position: Position, judges: bool) {
        match kind {
            Kind::Standard => {
                self.desk.arrived = true;
                self.desk.unsaid = true;
            }
            Kind::Adoption if judges => self.desk.unjudged.push(position),
            _ => {}
        }
    }

    /// Does what the entries of this commit ask for. `true` if anything was signed.
    pub(super) fn clear_desk(&mut self, now: Now) -> Result<bool, StationError> {
        if !self.desk.arrived && !self.desk.unsaid && self.desk.unjudged.is_empty() {
            return Ok(false);
        }
        let standards = self.standards()?;
        if std::mem::take(&mut self.desk.arrived) {
            self.desk.held = standards.count();
            self.desk.unjudged = self.unanswered_adoptions()?;
        }
        let mut said = false;
        for position in std::mem::take(&mut self.desk.unjudged) {
            said |= self.answer_adoption(&standards, position, now)?;
        }
        Ok(self.say_arrived(&standards, now)? || said)
    }

    /// Adoptions below whose lowest hub above is this one, and that nobody has answered.
    fn unanswered_adoptions(&self) -> Result<Vec<Position>, StationError> {
        let mut unanswered = Vec::new();
        for position in index::all_adoptions(&self.store)? {
            let below = self.store.name(position.log).is_some_and(|name| self.is_first_hub_above(&name));
            if below && self.answer_to(position)?.is_none() {
                unanswered.push(position);
            }
        }
        Ok(unanswered)
    }

    fn answer_adoption(
        &mut self,
        standards: &Standards,
        position: Position,
        now: Now,
    ) -> Result<bool, StationError> {
        let judged = standards::judge(&self.store, &self.registry, standards, position)?;
        let reasons = match judged {
            None => return Ok(false),
            // The standard may still come; then this is looked at again.
            Some(Ok(word)) if word.is_pending() => return Ok(false),
            Some(Ok(word)) => word.reasons,
            Some(Err(reasons)) => reasons,
        };
        if reasons.is_empty() {
            return Ok(false);
        }
        self.write_answer(position, reasons, now)?;
        Ok(true)
    }

    /// Signs, for the latest version of each standard, that it has arrived. The province learns so who holds what it has
    /// issued; a station that nobody has appointed yet says it later.
    fn say_arrived(&mut self, standards: &Standards, now: Now) -> Result<bool, StationError> {
        let own = self.own().key;
        let root = own == self.identity.root;
        let appointed = self.registry.standing(&own).map(|standing| standing.division);
        let Some(setter) = appointed.filter(|_| self.desk.unsaid && !root) else {
            self.desk.unsaid &= !root;
            return Ok(false);
        };
        let mut said = false;
        let codes: Vec<StandardCode> = standards.codes().cloned().collect();
        for latest in codes.iter().filter_map(|code| standards.latest(code)) {
            if self.has_said(latest)? {
                continue;
            }
            let adoption = Adoption {
                standard: latest.standard.code.clone(),
                version: latest.standard.version,
                setter,
                number: 0,
                covers: Vec::new(),
                recorded_late: false,
                step: Step::Seen,
            };
            let body = adoption_body(&adoption);
            self.write(down(Kind::Adoption, Lane::Routine, setter, body), now)?;
            said = true;
        }
        self.desk.unsaid = false;
        Ok(said)
    }

    fn has_said(&self, latest: &Issued) -> Result<bool, StationError> {
        let own = self.own().key;
        for position in index::adoptions(&self.store, &latest.standard.code, Class::Seen)? {
            if self.store.name(position.log).is_none_or(|name| name.key != own) {
                continue;
            }
            let standards = Standards::default();
            let word = standards::judge(&self.store, &self.registry, &standards, position)?;
            if word.and_then(Result::ok).is_some_and(|word| word.adoption.version == latest.standard.version)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The places whose value this setter sets unless somebody nearer does.
fn own_places(
    standard: &AidStandard,
    directory: &Directory,
    setter: DivisionCode,
    level: Level,
) -> Vec<DivisionCode> {
    let sets = |code| standard.clause(directory, code).is_some_and(|clause| level <= clause.set_by);
    places_within(directory, setter).map(|place| place.code).filter(|code| sets(*code)).collect()
}

/// The places in these divisions; a code without places stands for itself, so that the check can name it.
fn expanded(directory: &Directory, codes: &[DivisionCode]) -> Vec<DivisionCode> {
    let mut places = std::collections::BTreeSet::new();
    for code in codes {
        let before = places.len();
        places.extend(places_within(directory, *code).map(|place| place.code));
        if places.len() == before {
            places.insert(*code);
        }
    }
    places.into_iter().collect()
}
