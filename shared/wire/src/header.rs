//! The header: 160 bytes, little-endian, laid out by hand. `FORMAT.md` describes every byte.

use fengsui_model::{DivisionCode, Level};

use crate::hash::Hash;
use crate::limits;
use crate::log::LogId;

/// Length of a header.
pub const HEADER_BYTES: usize = 160;

/// Version of the header layout.
pub(crate) const VERSION: u8 = 1;
/// Signature suite: ed25519 with BLAKE3-256. 2 is kept for SM2 with SM3.
pub(crate) const SUITE: u8 = 1;

/// Offset of each field. `FORMAT.md` repeats these, and a test compares the two.
pub(crate) mod at {
    pub const VERSION: usize = 0;
    pub const SUITE: usize = 1;
    pub const KIND: usize = 2;
    pub const LANE: usize = 3;
    pub const FLAGS: usize = 4;
    pub const REACH: usize = 6;
    pub const BODY_FORMAT: usize = 7;
    pub const SEQUENCE: usize = 8;
    pub const LOG: usize = 16;
    pub const PREVIOUS: usize = 48;
    pub const BODY_HASH: usize = 80;
    pub const BODY_LENGTH: usize = 112;
    pub const STANDARDS: usize = 116;
    pub const DIRECTORY: usize = 120;
    pub const ADDRESSEE: usize = 124;
    pub const CLOCK: usize = 132;
    pub const BOOT: usize = 140;
    pub const UPTIME: usize = 144;
    pub const RESERVED: usize = 148;
}

/// A byte enum with a refusal for every number it does not name.
macro_rules! byte_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $number:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        #[repr(u8)]
        pub enum $name { $($(#[$doc])* $variant = $number,)+ }
        impl $name {
            /// Every variant, by number.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
            /// The variant with this number, if it is known.
            pub fn from_byte(byte: u8) -> Option<Self> {
                match byte { $($number => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}
pub(crate) use byte_enum;

byte_enum! {
    /// What an entry states. Those that `statement` does not interpret are known by name, so that today's hub can admit,
    /// keep and forward what a later version writes.
    Kind {
        /// First entry of a log: who writes it, and which log it continues.
        Genesis = 0,
        /// A report of a division.
        Report = 1,
        /// Who may sign for a division.
        Appointment = 2,
        /// The table of divisions.
        Directory = 3,
        /// A hub's answer to an entry that it admitted but does not count.
        Answer = 4,
        /// The branch of a fork that stands.
        Verdict = 5,
        /// What of a revoked key's logs stands.
        Revocation = 6,
        /// A reviewer's word on a report.
        Review = 7,
        /// A hub's statement to the level above.
        Submission = 8,
        /// An aid standard.
        Standard = 9,
        /// Arrival, reading or adoption of a standard.
        Adoption = 10,
        /// A ledger of households or persons.
        Ledger = 11,
        /// A list of content-addressed blobs.
        Blobs = 12,
        /// A person's signature on a report.
        Endorsement = 13,
        /// Events put together or taken apart.
        Merge = 14,
        /// An author takes a revision of its report back.
        Withdrawal = 15,
        /// The figures of an event are stable.
        Stability = 16,
        /// A key vouches for the key that takes its place.
        Rotation = 17,
        /// A hub's report in place of a division that is cut off.
        Proxy = 18,
        /// The forms, and who owes what.
        Catalogue = 19,
        /// What a level wants those below it to reach.
        Target = 20,
        /// What an office counted on the ground, beside what was reported.
        Inspection = 21,
        /// What two offices that counted the same thing agreed on.
        Consultation = 22,
    }
}

impl Kind {
    /// Longest body this kind may have, in bytes.
    pub const fn body_bytes_max(self) -> usize {
        match self {
            Self::Directory | Self::Standard | Self::Catalogue => limits::ARTEFACT_BYTES_MAX,
            _ => limits::BODY_BYTES_MAX,
        }
    }
}

byte_enum! {
    /// The three chains of a log. A flood report never waits for a month of back-fill.
    Lane {
        /// Disaster reports, and whatever they need to be believed (genesis, appointments, directory).
        Urgent = 0,
        /// Monthly reports, answers, standards.
        Routine = 1,
        /// Photos and documents.
        Bulk = 2,
    }
}

/// What an entry says about itself, besides its content.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Flags(u16);

impl Flags {
    /// The body has a sealed section.
    pub const SEALED: Self = Self(1);
    /// Written against standards that had expired.
    pub const STANDARDS_STALE: Self = Self(2);
    /// The author's clock was not synchronised.
    pub const CLOCK_UNSURE: Self = Self(4);
    /// Says again what an earlier incarnation said.
    pub const RELOGGED: Self = Self(8);
    /// A drill (演练): never part of real totals.
    pub const DRILL: Self = Self(16);
    const KNOWN: u16 = 31;

    /// Both.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` is set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The two bytes as a number.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// `None` when a bit is set that this version does not know.
    pub const fn from_bits(bits: u16) -> Option<Self> {
        if bits & !Self::KNOWN == 0 { Some(Self(bits)) } else { None }
    }
}

/// What the author decides about a new entry; the log adds the rest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Draft {
    /// What it states.
    pub kind: Kind,
    /// In which chain.
    pub lane: Lane,
    /// About itself.
    pub flags: Flags,
    /// Highest level the body may travel up to. The header travels everywhere.
    pub reach: Level,
    /// Division whose stations, and all below, get the body on its way down. `None`: the body goes nowhere down.
    pub addressee: Option<DivisionCode>,
    /// Version of the standards it was written against; 0: those built in.
    pub standards: u32,
    /// Version of the directory it was written against; 0: none yet.
    pub directory: u32,
    /// Author's wall clock, milliseconds since 1970 UTC. A claim, never an order.
    pub clock_ms: i64,
    /// Random number of this start of the machine.
    pub boot: u32,
    /// Seconds since that start, so that clock jumps within one start show.
    pub uptime_s: u32,
}

impl Draft {
    /// An urgent entry of that kind that goes all the way up and nowhere down, and says nothing else of itself.
    pub fn of(kind: Kind) -> Self {
        Self {
            kind,
            lane: Lane::Urgent,
            flags: Flags::default(),
            reach: Level::Province,
            addressee: None,
            standards: 0,
            directory: 0,
            clock_ms: 0,
            boot: 0,
            uptime_s: 0,
        }
    }
}

/// A decoded header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// The author's part.
    pub draft: Draft,
    /// Counted from 0 within the lane, without gaps.
    pub sequence: u64,
    /// The log it belongs to.
    pub log: LogId,
    /// Hash of the entry before in the lane; zero at sequence 0.
    pub previous: Hash,
    /// Hash of the body's exact bytes.
    pub body_hash: Hash,
    /// Length of the body in bytes.
    pub body_length: u32,
}

/// Why 160 bytes are not a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Another layout.
    #[error("read header version {0}: this program knows version 1")]
    Version(u8),
    /// Another signature suite.
    #[error("read signature suite {0}: this program knows suite 1, ed25519 with BLAKE3")]
    Suite(u8),
    /// Not a kind of this version.
    #[error("read entry kind {0}: not known")]
    Kind(u8),
    /// Not a lane.
    #[error("read lane {0}: there are lanes 0, 1 and 2")]
    Lane(u8),
    /// A bit that means nothing yet.
    #[error("read flags {0:#06x}: a bit is set that version 1 does not know")]
    Flags(u16),
    /// Not a level.
    #[error("read reach {0}: there are levels 1 to 4")]
    Reach(u8),
    /// Not a body format.
    #[error("read body format {0}: this program knows format 1")]
    BodyFormat(u8),
    /// Too long for its kind.
    #[error("read a body length of {length} bytes: at most {max} are allowed for {kind:?}")]
    BodyLength {
        /// As stated.
        length: u32,
        /// As allowed.
        max: usize,
        /// For this kind.
        kind: Kind,
    },
    /// Not a code of 2, 4, 6 or 9 digits.
    #[error("read addressee {0}: not a division code")]
    Addressee(u64),
    /// There would be no next number.
    #[error("read sequence {0}: the greatest is kept free")]
    Sequence(u64),
    /// The first entry names one before it, or a later one names none.
    #[error("read previous hash of sequence {0}: zero exactly at sequence 0")]
    Previous(u64),
    /// The last 12 bytes are kept for later versions.
    #[error("read reserved bytes: they must be zero in version 1")]
    Reserved,
}

/// Only body format there is: the container of `body.rs`.
const BODY_FORMAT: u8 = 1;

impl Header {
    /// The exact bytes.
    pub fn to_bytes(&self) -> [u8; HEADER_BYTES] {
        let mut out = [0; HEADER_BYTES];
        let draft = &self.draft;
        out[at::VERSION] = VERSION;
        out[at::SUITE] = SUITE;
        out[at::KIND] = draft.kind as u8;
        out[at::LANE] = draft.lane as u8;
        put(&mut out, at::FLAGS, &draft.flags.bits().to_le_bytes());
        out[at::REACH] = draft.reach as u8;
        out[at::BODY_FORMAT] = BODY_FORMAT;
        put(&mut out, at::SEQUENCE, &self.sequence.to_le_bytes());
        put(&mut out, at::LOG, &self.log.0);
        put(&mut out, at::PREVIOUS, &self.previous.0);
        put(&mut out, at::BODY_HASH, &self.body_hash.0);
        put(&mut out, at::BODY_LENGTH, &self.body_length.to_le_bytes());
        put(&mut out, at::STANDARDS, &draft.standards.to_le_bytes());
        put(&mut out, at::DIRECTORY, &draft.directory.to_le_bytes());
        put(&mut out, at::ADDRESSEE, &draft.addressee.map_or(0, |code| code.get()).to_le_bytes());
        put(&mut out, at::CLOCK, &draft.clock_ms.to_le_bytes());
        put(&mut out, at::BOOT, &draft.boot.to_le_bytes());
        put(&mut out, at::UPTIME, &draft.uptime_s.to_le_bytes());
        out
    }

    /// Reads a header; refuses whatever version 1 does not define.
    ///
    /// # Errors
    /// The first field that does not read.
    pub fn from_bytes(bytes: &[u8; HEADER_BYTES]) -> Result<Self, HeaderError> {
        if bytes[at::VERSION] != VERSION {
            return Err(HeaderError::Version(bytes[at::VERSION]));
        }
        if bytes[at::SUITE] != SUITE {
            return Err(HeaderError::Suite(bytes[at::SUITE]));
        }
        if bytes[at::BODY_FORMAT] != BODY_FORMAT {
            return Err(HeaderError::BodyFormat(bytes[at::BODY_FORMAT]));
        }
        if bytes[at::RESERVED..].iter().any(|byte| *byte != 0) {
            return Err(HeaderError::Reserved);
        }
        let header = Self {
            draft: read_draft(bytes)?,
            sequence: u64::from_le_bytes(get(bytes, at::SEQUENCE)),
            log: LogId(get(bytes, at::LOG)),
            previous: Hash(get(bytes, at::PREVIOUS)),
            body_hash: Hash(get(bytes, at::BODY_HASH)),
            body_length: u32::from_le_bytes(get(bytes, at::BODY_LENGTH)),
        };
        header.checked()
    }

    pub(crate) fn checked(self) -> Result<Self, HeaderError> {
        let (kind, max) = (self.draft.kind, self.draft.kind.body_bytes_max());
        if self.body_length as usize > max {
            return Err(HeaderError::BodyLength { length: self.body_length, max, kind });
        }
        if self.sequence == u64::MAX {
            return Err(HeaderError::Sequence(self.sequence));
        }
        if (self.sequence == 0) != (self.previous == Hash::ZERO) {
            return Err(HeaderError::Previous(self.sequence));
        }
        Ok(self)
    }

    /// Where the entry stands.
    pub fn position(&self) -> crate::Position {
        crate::Position { log: self.log, lane: self.draft.lane, sequence: self.sequence }
    }
}

fn read_draft(bytes: &[u8; HEADER_BYTES]) -> Result<Draft, HeaderError> {
    let flags = u16::from_le_bytes(get(bytes, at::FLAGS));
    let addressee = u64::from_le_bytes(get(bytes, at::ADDRESSEE));
    Ok(Draft {
        kind: Kind::from_byte(bytes[at::KIND]).ok_or(HeaderError::Kind(bytes[at::KIND]))?,
        lane: Lane::from_byte(bytes[at::LANE]).ok_or(HeaderError::Lane(bytes[at::LANE]))?,
        flags: Flags::from_bits(flags).ok_or(HeaderError::Flags(flags))?,
        reach: Level::try_from(bytes[at::REACH]).map_err(|_| HeaderError::Reach(bytes[at::REACH]))?,
        addressee: match addressee {
            0 => None,
            code => Some(DivisionCode::new(code).map_err(|_| HeaderError::Addressee(code))?),
        },
        standards: u32::from_le_bytes(get(bytes, at::STANDARDS)),
        directory: u32::from_le_bytes(get(bytes, at::DIRECTORY)),
        clock_ms: i64::from_le_bytes(get(bytes, at::CLOCK)),
        boot: u32::from_le_bytes(get(bytes, at::BOOT)),
        uptime_s: u32::from_le_bytes(get(bytes, at::UPTIME)),
    })
}

fn put(out: &mut [u8], at: usize, bytes: &[u8]) {
    out[at..at + bytes.len()].copy_from_slice(bytes);
}

fn get<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[at..at + N]);
    out
}
