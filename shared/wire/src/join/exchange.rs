//! What is said at the enrolment door: one question, one answer. The type bytes are none of
//! [`Message`](crate::Message)'s, so that neither port can take the other's frames for its own.

use fengsui_model::DivisionCode;

use super::{InviteId, JOIN_ADDRESS_BYTES_MAX, Proof};
use crate::envelope::{ENVELOPE_BYTES, Envelope};
use crate::header::HeaderError;
use crate::keys::{NetworkId, PublicKey};
use crate::limits::{BODY_BYTES_MAX, NOTE_BYTES_MAX};
use crate::log::LogName;
use crate::reader::{Reader, Short};

/// Version of the exchange.
pub const JOIN_VERSION: u16 = 1;

/// Longest frame at the door: an appointment with its body, the address, and what stands between.
pub const JOIN_FRAME_BYTES_MAX: usize = 8 * 1024;

const _: () = assert!(JOIN_FRAME_BYTES_MAX <= BODY_BYTES_MAX);
const _: () = assert!(2 * NOTE_BYTES_MAX + 16 <= JOIN_FRAME_BYTES_MAX);

mod tag {
    pub const JOIN: u8 = 65;
    pub const JOINED: u8 = 66;
    pub const REFUSED: u8 = 67;
}

/// "I hold the code of this invitation." The connection proves the station's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// Exchange it speaks.
    pub version: u16,
    /// Network in the code.
    pub network: NetworkId,
    /// Which invitation.
    pub invite: InviteId,
    /// Division in the code.
    pub division: DivisionCode,
    /// Its clock, milliseconds since 1970 UTC.
    pub clock_ms: i64,
    /// That it knows the secret.
    pub proof: Proof,
    /// Name and version of its software.
    pub software: String,
    /// For a hub: host and UDP port where its children will find it. Empty: it is not told.
    pub address: String,
}

/// "You are appointed."
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The hub's log, in which the appointment stands.
    pub log: LogName,
    /// The appointment, as signed.
    pub envelope: Envelope,
    /// Its body.
    pub body: Vec<u8>,
    /// Host and UDP port where the hub takes its children's connections.
    pub address: String,
    /// Key and address of the hub to turn to while this one is down: its own parent.
    pub second: Option<(PublicKey, String)>,
}

/// Why a join is refused. Numbers are fixed; a number that a reader does not know is shown with the hub's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No such invitation here, or the proof is wrong.
    Unknown,
    /// Another machine has used it.
    Used,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Cancelled,
    /// Too many attempts; the same code is good later.
    Busy,
    /// It is for another division.
    Division,
    /// It is of another network.
    Foreign,
    /// The station's key was revoked.
    Revoked,
    /// The hub cannot appoint now: it is not appointed itself, or has no directory yet.
    NotReady,
    /// The hub speaks another version of the exchange.
    Version,
    /// Another machine speaks for the division, and the code does not replace it.
    Taken,
    /// Any other number.
    Other(u8),
}

impl Refusal {
    /// Every refusal with a number of its own.
    pub const ALL: &'static [Self] = &[
        Self::Unknown,
        Self::Used,
        Self::Expired,
        Self::Cancelled,
        Self::Busy,
        Self::Division,
        Self::Foreign,
        Self::Revoked,
        Self::NotReady,
        Self::Version,
        Self::Taken,
    ];

    /// Its number, from 1.
    pub fn number(self) -> u8 {
        match self {
            Self::Unknown => 1,
            Self::Used => 2,
            Self::Expired => 3,
            Self::Cancelled => 4,
            Self::Busy => 5,
            Self::Division => 6,
            Self::Foreign => 7,
            Self::Revoked => 8,
            Self::NotReady => 9,
            Self::Version => 10,
            Self::Taken => 11,
            Self::Other(number) => number,
        }
    }

    fn of(number: u8) -> Self {
        let known = Self::ALL.iter().copied().find(|refusal| refusal.number() == number);
        known.unwrap_or(Self::Other(number))
    }
}

/// "No, because …"
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Which reason.
    pub refusal: Refusal,
    /// For the clerk.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

/// One frame at the door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JoinMessage {
    /// From the station.
    Join(Box<Join>),
    /// From the hub.
    Joined(Box<Joined>),
    /// From the hub.
    Refused(Refused),
}

/// Why bytes are not a frame of the exchange.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinMessageError {
    /// It ends too early.
    #[error("read a join message: {0}")]
    Short(#[from] Short),
    /// Not one of this version.
    #[error("read a join message of unknown type {0}")]
    Type(u8),
    /// Longer than any.
    #[error("read a join message of {0} bytes: at most {JOIN_FRAME_BYTES_MAX} are allowed")]
    Length(usize),
    /// A field holds what version 1 does not define.
    #[error("read field '{0}' of a join message")]
    Field(&'static str),
    /// An envelope that does not read.
    #[error(transparent)]
    Header(#[from] HeaderError),
}

impl JoinMessage {
    /// The frame's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Join(join) => put_join(join),
            Self::Joined(joined) => {
                let mut out = vec![tag::JOINED];
                out.extend_from_slice(&joined.log.to_bytes());
                out.extend_from_slice(joined.envelope.bytes());
                put_text(&mut out, &joined.address);
                let (key, address) = joined.second.clone().unwrap_or((PublicKey([0; 32]), String::new()));
                out.extend_from_slice(&key.0);
                put_text(&mut out, &address);
                out.extend_from_slice(&joined.body);
                out
            }
            Self::Refused(refused) => {
                let mut out = vec![tag::REFUSED, refused.refusal.number()];
                put_text(&mut out, &refused.zh);
                put_text(&mut out, &refused.en);
                out
            }
        }
    }

    /// Reads a frame.
    ///
    /// # Errors
    /// The first thing that does not read.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, JoinMessageError> {
        if bytes.len() > JOIN_FRAME_BYTES_MAX {
            return Err(JoinMessageError::Length(bytes.len()));
        }
        let mut reader = Reader::new(bytes);
        let message = match reader.u8()? {
            tag::JOIN => Self::Join(Box::new(read_join(&mut reader)?)),
            tag::JOINED => Self::Joined(Box::new(Joined {
                log: LogName::from_bytes(&reader.array()?),
                envelope: Envelope::from_bytes(reader.array::<ENVELOPE_BYTES>()?)?,
                address: read_text(&mut reader, JOIN_ADDRESS_BYTES_MAX)?,
                second: read_second(&mut reader)?,
                body: reader.bytes(reader.bytes_left())?.to_vec(),
            })),
            tag::REFUSED => Self::Refused(Refused {
                refusal: Refusal::of(reader.u8()?),
                zh: read_text(&mut reader, NOTE_BYTES_MAX)?,
                en: read_text(&mut reader, NOTE_BYTES_MAX)?,
            }),
            other => return Err(JoinMessageError::Type(other)),
        };
        match reader.is_empty() {
            true => Ok(message),
            false => Err(JoinMessageError::Field("end")),
        }
    }
}

fn put_join(join: &Join) -> Vec<u8> {
    let mut out = vec![tag::JOIN];
    out.extend_from_slice(&join.version.to_le_bytes());
    out.extend_from_slice(&join.network.0);
    out.extend_from_slice(&join.invite.0);
    out.extend_from_slice(&join.division.get().to_le_bytes());
    out.extend_from_slice(&join.clock_ms.to_le_bytes());
    out.extend_from_slice(&join.proof.0);
    put_text(&mut out, &join.software);
    put_text(&mut out, &join.address);
    out
}

fn read_join(reader: &mut Reader<'_>) -> Result<Join, JoinMessageError> {
    Ok(Join {
        version: reader.u16()?,
        network: NetworkId(reader.array()?),
        invite: InviteId(reader.array()?),
        division: DivisionCode::new(reader.u64()?).map_err(|_| JoinMessageError::Field("division"))?,
        clock_ms: reader.i64()?,
        proof: Proof(reader.array()?),
        software: read_text(reader, NOTE_BYTES_MAX)?,
        address: read_text(reader, JOIN_ADDRESS_BYTES_MAX)?,
    })
}

/// A zero key and no address say that there is none; one without the other says nothing that a hub would.
fn read_second(reader: &mut Reader<'_>) -> Result<Option<(PublicKey, String)>, JoinMessageError> {
    let key = PublicKey(reader.array()?);
    let address = read_text(reader, JOIN_ADDRESS_BYTES_MAX)?;
    match (key.0 == [0; 32], address.is_empty()) {
        (true, true) => Ok(None),
        (false, false) if key.is_usable() => Ok(Some((key, address))),
        _ => Err(JoinMessageError::Field("second parent")),
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    let text = &text[..text.floor_char_boundary(NOTE_BYTES_MAX)];
    out.extend_from_slice(&(text.len() as u16).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn read_text(reader: &mut Reader<'_>, bytes_max: usize) -> Result<String, JoinMessageError> {
    let length = usize::from(reader.u16()?);
    if length > bytes_max {
        return Err(JoinMessageError::Field("text"));
    }
    String::from_utf8(reader.bytes(length)?.to_vec()).map_err(|_| JoinMessageError::Field("text"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::header::{Draft, Kind};
    use crate::{Head, Incarnation, JoinSecret, StationKey};

    fn messages() -> Vec<JoinMessage> {
        let key = StationKey::from_seed(&[3; 32]);
        let network = NetworkId::of_root(&key.public());
        let division = DivisionCode::new(220_221).expect("a county");
        let log = LogName { key: key.public(), incarnation: Incarnation([1; 16]) };
        let draft = Draft::of(Kind::Appointment);
        let secret = JoinSecret::new([5; 16]);
        vec![
            JoinMessage::Join(Box::new(Join {
                version: JOIN_VERSION,
                network,
                invite: secret.id(),
                division,
                clock_ms: -4,
                proof: secret.key().proof(key.public(), key.public(), network, division),
                software: "me".into(),
                address: "hub:7460".into(),
            })),
            JoinMessage::Joined(Box::new(Joined {
                log,
                envelope: Envelope::sign(&key, network, log.id(network), Head::EMPTY, draft, b"body"),
                body: b"body".to_vec(),
                address: "[::1]:7460".into(),
                second: Some((key.public(), "above:7460".into())),
            })),
            JoinMessage::Refused(Refused { refusal: Refusal::Used, zh: "用过".into(), en: "used".into() }),
        ]
    }

    #[test]
    fn reads_what_it_writes_and_nothing_shorter() {
        for message in messages() {
            let bytes = message.to_bytes();
            assert_eq!(JoinMessage::from_bytes(&bytes), Ok(message.clone()));
            // A body may be of any length; every other frame has exactly one.
            let whole = matches!(message, JoinMessage::Joined(_));
            for end in 0..bytes.len() {
                let read = JoinMessage::from_bytes(&bytes[..end]);
                assert!(read.is_err() || whole, "{end} bytes of {message:?}");
            }
        }
        assert_eq!(
            JoinMessage::from_bytes(&[0; JOIN_FRAME_BYTES_MAX + 1]),
            Err(JoinMessageError::Length(JOIN_FRAME_BYTES_MAX + 1))
        );
    }

    #[test]
    fn refusals_keep_their_numbers() {
        for number in 0..=u8::MAX {
            assert_eq!(Refusal::of(number).number(), number);
        }
        assert_eq!(
            Refusal::ALL.iter().map(|refusal| refusal.number()).collect::<Vec<_>>(),
            (1..=11).collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_proof_is_good_for_one_key_one_hub_one_network_one_division() {
        let [a, b] = [1, 2].map(|seed| StationKey::from_seed(&[seed; 32]).public());
        let (one, other) = (NetworkId([1; 16]), NetworkId([2; 16]));
        let [north, south] = [220_221_100, 220_221_101].map(|code| DivisionCode::new(code).expect("a code"));
        let key = JoinSecret::new([9; 16]).key();
        let good = key.proof(a, b, one, north);
        assert_eq!(good, key.proof(a, b, one, north));
        let others = [
            key.proof(b, b, one, north),
            key.proof(a, a, one, north),
            key.proof(a, b, other, north),
            key.proof(a, b, one, south),
            JoinSecret::new([8; 16]).key().proof(a, b, one, north),
        ];
        assert!(others.iter().all(|proof| *proof != good));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>, tag in 64u8..69) {
            let _ = JoinMessage::from_bytes(&bytes);
            let _ = JoinMessage::from_bytes(&[&[tag][..], &bytes].concat());
        }
    }
}
