//! Standards: which versions stand, and what the levels below say of them. Functions of the entries held, whatever their
//! order of arrival.

mod lacked;
mod words;

pub use lacked::{LACKED, Lacked};
pub(crate) use words::reason;
pub use words::{Word, judge, seen, words};

use std::collections::BTreeMap;

use fengsui_model::{AidStandard, Date, StandardCode};
use fengsui_protocol::{Now, Registry};
use fengsui_store::StoreError;
use fengsui_wire::{Flags, Hash, Header, Kind, LogId, Position, Statement, statement};

use crate::failure::{Code, Failure};
use crate::index;
use crate::seen::Seen;

/// One version that stands.
#[derive(Clone, Debug)]
pub struct Issued {
    /// What it says.
    pub standard: AidStandard,
    /// Where it stands in the log of the root.
    pub position: Position,
    /// Hash of that entry.
    pub entry: Hash,
    /// When it was signed, by the root's clock.
    pub signed_ms: i64,
}

/// Every version of every standard that stands here.
#[derive(Clone, Debug, Default)]
pub struct Standards(BTreeMap<StandardCode, BTreeMap<u32, Issued>>);

impl Standards {
    /// Folds what the root has signed. In one log of the root versions only rise: an older or equal one that is signed
    /// later is passed over. Where two logs of the root, one begun after its store was set back, give one version two
    /// contents, the one signed first stands.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn load<'s>(seen: impl Into<Seen<'s>>, registry: &Registry) -> Result<Self, StoreError> {
        let seen = seen.into();
        let mut standards = Self::default();
        let mut risen: BTreeMap<(LogId, StandardCode), u32> = BTreeMap::new();
        for position in index::standards(seen.store())? {
            let Some(issued) = issued(seen, registry, position)? else { continue };
            let (code, version) = (issued.standard.code.clone(), issued.standard.version);
            let greatest = risen.entry((position.log, code.clone())).or_default();
            if version <= *greatest {
                continue;
            }
            *greatest = version;
            let versions = standards.0.entry(code).or_default();
            let rank = |of: &Issued| (of.signed_ms, of.entry);
            if versions.get(&version).is_none_or(|held| rank(&issued) < rank(held)) {
                versions.insert(version, issued);
            }
        }
        Ok(standards)
    }

    /// How many versions stand: what a header states as its author's standards.
    pub fn count(&self) -> u32 {
        let count: usize = self.0.values().map(BTreeMap::len).sum();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// The codes, in order.
    pub fn codes(&self) -> impl Iterator<Item = &StandardCode> {
        self.0.keys()
    }

    /// All versions of one standard, rising.
    pub fn of(&self, code: &StandardCode) -> Vec<&Issued> {
        self.0.get(code).map(|versions| versions.values().collect()).unwrap_or_default()
    }

    /// The latest version, in force or to come.
    pub fn latest(&self, code: &StandardCode) -> Option<&Issued> {
        self.0.get(code)?.values().next_back()
    }

    /// The version that is in force on a day.
    pub fn in_force(&self, code: &StandardCode, day: Date) -> Option<&Issued> {
        self.0.get(code)?.values().rev().find(|issued| issued.standard.from <= day)
    }
}

fn issued(seen: Seen<'_>, registry: &Registry, position: Position) -> Result<Option<Issued>, StoreError> {
    let author = seen.name(position.log).map(|name| name.key);
    let Some(entry) = seen.entry(position)?.filter(|_| author == Some(registry.root())) else {
        return Ok(None);
    };
    let header = *entry.envelope.header();
    let read = entry.body.as_deref().map(|body| statement(Kind::Standard, body));
    let Some(Ok(Statement::Standard(standard))) = read else { return Ok(None) };
    let past = signed_on(&header).is_some_and(|signed| standard.from < signed);
    if past && !standard.recorded_late {
        return Ok(None);
    }
    let (entry, signed_ms) = (entry.hash(), header.draft.clock_ms);
    Ok(Some(Issued { standard: *standard, position, entry, signed_ms }))
}

/// The day of a wall time in the province, Asia/Shanghai. `None`: the clock has lost its battery.
pub fn day(wall_ms: i64) -> Option<Date> {
    let at = jiff::Timestamp::from_millisecond(wall_ms).ok()?;
    let day = at.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))).date();
    let part = |number: i8| u8::try_from(number).ok();
    let date = Date::new(u16::try_from(day.year()).ok()?, part(day.month())?, part(day.day())?).ok()?;
    crate::clock::is_plausible(wall_ms).then_some(date)
}

/// Today, for a command that asks what is in force.
///
/// # Errors
/// When this machine's clock cannot be right.
pub fn today(now: Now) -> Result<Date, Failure> {
    let message =
        "本机时钟不对，无法判断现行标准 (failed to tell the day: this machine's clock cannot be right)";
    day(now.wall_ms).ok_or_else(|| Failure::new(Code::Failed, message))
}

/// The failure of a command that names a standard, or a version of one, that is not here.
pub fn missing(code: &StandardCode, version: Option<u32>) -> Failure {
    let zh = version.map(|version| format!(" 第 {version} 版")).unwrap_or_default();
    let en = version.map(|version| format!("version {version} of ")).unwrap_or_default();
    let message =
        format!("尚未收到标准 {code}{zh} (failed to find {en}standard {code}: it has not arrived here)");
    Failure::new(Code::Refused, message)
}

/// The day an entry says it was signed. `None` where its author's clock could not be right, and where it says again what
/// was signed before: a day that was to come then may be past now.
pub(crate) fn signed_on(header: &Header) -> Option<Date> {
    let flags = header.draft.flags;
    let first_said = !flags.has(Flags::CLOCK_UNSURE) && !flags.has(Flags::RELOGGED);
    day(header.draft.clock_ms).filter(|_| first_said)
}

#[cfg(test)]
mod tests;
