//! Every bound of the network, with its reason. Nothing from a peer, a file or a person is read past one of these.

/// Body of an ordinary entry. The disaster quick report with every figure and both narratives is under 6 KiB; ten
/// times that leaves room for the widest annual table.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// Body of a directory, standard or catalogue: 20,000 divisions at 50 bytes, or six times the forms of today as text.
pub const ARTEFACT_BYTES_MAX: usize = 1024 * 1024;

/// Raw bytes of one batch before compression: one artefact and its envelope.
pub const BATCH_BYTES_MAX: usize = ARTEFACT_BYTES_MAX + 16 * 1024;

/// Raw bytes of one batch from a child: a root that was set back gets its own directory back from below. Packed it must
/// fit [`FRAME_UP_BYTES_MAX`]; a decompression bomb stops here.
pub const BATCH_UP_BYTES_MAX: usize = BATCH_BYTES_MAX;

/// A batch of more than one entry has no more raw bytes, so a broken link costs little: about 10 kB packed.
pub const BATCH_BYTES_GOAL: usize = 64 * 1024;

/// Entries in one batch.
pub const BATCH_ENTRIES_MAX: usize = 256;

/// Frame on the wire, before decompression: incompressible batch plus its head.
pub const FRAME_BYTES_MAX: usize = BATCH_BYTES_MAX + 1024;

/// Frame from a child: the widest batch of reports, or the directory of Jilin packed eight times over.
pub const FRAME_UP_BYTES_MAX: usize = 128 * 1024;

/// Log heads or receipt heads in one `Have` frame: 400 × 89 bytes fit into a child's frame.
pub const HAVE_ITEMS_MAX: usize = 400;

/// Stations in one presence: no hub has more children, and all of Jilin's are 919. 1,000 × 58 bytes fit into a child's frame.
pub const PRESENCE_STATIONS_MAX: usize = 1_000;

/// Different software in one presence: an office updates its stations within a year.
pub const PRESENCE_SOFTWARE_MAX: usize = 32;

/// Name and version of one software in a presence, in bytes.
pub const SOFTWARE_BYTES_MAX: usize = 64;

/// Logs that one peer may name: 919 stations, each with a few incarnations.
pub const LOGS_PER_PEER_MAX: usize = 20_000;

/// Logs of one key: a machine that is set back once a week for a year. More are no accident.
pub const INCARNATIONS_PER_KEY_MAX: usize = 64;

/// Logs of yet unknown stations that a session remembers in order to ask again when the appointment comes.
pub const HELD_LOGS_MAX: usize = 4_096;

/// Text in a hello, a goodbye or an answer's reason, in bytes.
pub const NOTE_BYTES_MAX: usize = 1_024;

/// Fields in a body or in one of its rows: the widest form has 330.
pub const FIELDS_MAX: usize = 2_048;

/// Rows in a body: a directory has one per division.
pub const ROWS_MAX: usize = 20_000;

/// Refused envelopes kept for a person to look at; the oldest goes first.
pub const QUARANTINE_MAX: usize = 1_000;

/// Bytes kept of one refused envelope and its body: enough to see who sent what.
pub const QUARANTINE_BYTES_MAX: usize = 4 * 1024;

/// Forks kept per log: one proves it; more only fill the disk.
pub const FORKS_PER_LOG_MAX: usize = 16;

/// A record of an exported bundle.
pub const BUNDLE_RECORD_BYTES_MAX: usize = ARTEFACT_BYTES_MAX + 4 * 1024;

/// A bundle read in one go: a township's ten years are 120 MB.
pub const BUNDLE_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// How far ahead of the receiver's clock an author's may be before the entry is shown as "clock wrong".
pub const CLOCK_AHEAD_MS_MAX: i64 = 5 * 60 * 1000;

const _: () = assert!(BATCH_BYTES_GOAL < BATCH_UP_BYTES_MAX);
const _: () = assert!(2 * BODY_BYTES_MAX <= FRAME_UP_BYTES_MAX && 2 * BATCH_BYTES_GOAL <= FRAME_UP_BYTES_MAX);
const _: () = assert!(HAVE_ITEMS_MAX * 96 + 64 < FRAME_UP_BYTES_MAX);
const _: () = assert!(
    PRESENCE_STATIONS_MAX * 58 + PRESENCE_SOFTWARE_MAX * (SOFTWARE_BYTES_MAX + 1) + 256 < FRAME_UP_BYTES_MAX
);
const _: () = assert!(BATCH_UP_BYTES_MAX <= BATCH_BYTES_MAX);
