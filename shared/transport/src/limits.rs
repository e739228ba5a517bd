//! Every bound of the transport, with its reason.

use std::time::Duration;

use crate::Class;

/// What one end is willing to take from the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest frame accepted, in bytes of payload, inclusive. A longer one closes the connection before
    /// anything is allocated for it.
    pub frame_bytes_max_in: usize,
}

impl Limits {
    /// What a hub takes from a child: 128 KiB. A batch of reports is far smaller, and a hub serves many children,
    /// each of which can make it hold [`QUEUE_FRAMES_MAX`] frames per class.
    pub const FROM_CHILD: Limits = Limits { frame_bytes_max_in: 128 * 1024 };

    /// What a child takes from its parent: 1.25 MiB, so that a standard's artefact of 1 MiB passes in one frame
    /// with its signatures. A child has few parents and trusts them further.
    pub const FROM_PARENT: Limits = Limits { frame_bytes_max_in: 1280 * 1024 };
}

/// The longest frame anybody may send, in bytes of payload: what the most generous receiver takes. The receiver's
/// own bound may be lower; only it knows.
pub const FRAME_BYTES_MAX: usize = Limits::FROM_PARENT.frame_bytes_max_in;

/// Frames waiting per class and direction: one on its way while the next is made ready. More would only hide back
/// pressure from the protocol, which has better queues.
pub const QUEUE_FRAMES_MAX: usize = 2;

/// Bytes handed to QUIC in one piece. QUIC frees a piece of its send window when the whole of it is acknowledged,
/// so pieces of about three packets let an urgent frame in after one of them rather than after 64 KiB.
pub const PIECE_BYTES: usize = 4 * 1024;

/// Bytes one stream may receive ahead of its reader: 64 KiB is about one round trip of 300 ms at 1.7 Mbit/s, more
/// than the links of the townships carry. A longer frame passes too, since it is read as it arrives.
pub const STREAM_WINDOW_BYTES: u32 = 64 * 1024;

/// Bytes a whole connection may receive ahead of its readers. Exactly the sum of its streams: then a class that
/// nobody reads can fill its own window and never that of another. 916 townships at once make 234 MB.
pub const CONNECTION_WINDOW_BYTES: u32 = 256 * 1024;

/// Bytes kept for sending and not yet acknowledged. Small on purpose: with the default of 10 MB a severe report
/// stood behind more than 25 s of our own back-fill at 64 kbit/s.
pub const SEND_WINDOW_BYTES: u64 = 64 * 1024;

/// What control and urgent frames may use of the send window beyond [`SEND_WINDOW_BYTES`], so that back-fill that
/// fills the window never keeps them waiting for an acknowledgement.
pub const EXPRESS_WINDOW_BYTES: u64 = 64 * 1024;

/// Streams that the peer may have open: one per class, one direction each.
pub const STREAMS_UNI_MAX: u32 = Class::COUNT as u32;

/// Streams in both directions: the protocol has none.
pub const STREAMS_BIDI_MAX: u32 = 0;

/// How long a silent connection lives. NAT tables forget a UDP flow after 30 to 60 s.
pub const IDLE_MAX: Duration = Duration::from_secs(45);

/// How often the dialling end says that it lives, unless told otherwise: three beats fit into [`IDLE_MAX`], so
/// two may be lost. The listening end never beats; one side is enough, and the dialler is the one behind a NAT.
pub const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The round trip assumed before one is measured; the usual 333 ms repeats packets needlessly on slow links.
pub const INITIAL_RTT: Duration = Duration::from_millis(500);

/// The largest UDP payload that path discovery tries; tunnels of government networks rarely pass more.
pub const MTU_BYTES_MAX: u16 = 1400;

/// How long a handshake may take. Measured: 1.5 s at 16 kbit/s; the rest is for lost packets.
pub const HANDSHAKE_MAX: Duration = Duration::from_secs(15);

/// How long [`finish`](crate::Connection::finish) waits for acknowledgements: a full send window at 64 kbit/s.
pub const FINISH_MAX: Duration = Duration::from_secs(10);

/// How long closing a listener or dialler waits for the farewell to be acknowledged.
pub const CLOSE_MAX: Duration = Duration::from_secs(3);

/// Handshakes under way at once. Beyond it newcomers go unanswered; they repeat their first packet by themselves,
/// so an honest one gets in when there is room.
pub const HALF_OPEN_MAX: usize = 256;

/// Handshakes under way above which a newcomer must first prove its address (one round trip more): a whole county
/// that comes back after a power cut stays below it, a flood from forged addresses does not.
pub const HALF_OPEN_RETRY: usize = 64;

/// Bytes held of one newcomer before its handshake is taken up.
pub const INCOMING_BYTES: u64 = 64 * 1024;

/// Bytes held of all newcomers together before their handshakes are taken up.
pub const INCOMING_BYTES_TOTAL: u64 = 8 * 1024 * 1024;

/// Bytes of a close reason; it must fit one packet beside its overhead.
pub const REASON_BYTES_MAX: usize = 256;

const _: () = assert!(CONNECTION_WINDOW_BYTES == STREAMS_UNI_MAX * STREAM_WINDOW_BYTES);
const _: () = assert!((PIECE_BYTES as u64) < EXPRESS_WINDOW_BYTES);
const _: () = assert!(KEEP_ALIVE.as_secs() * 3 <= IDLE_MAX.as_secs());
const _: () = assert!(HALF_OPEN_RETRY < HALF_OPEN_MAX);
const _: () = assert!(FRAME_BYTES_MAX <= u32::MAX as usize);
