//! Presence: a hub's signed word on which of the stations below it are connected to it. Not an entry: only the last
//! one counts, nobody receipts it, and a hub that restarts has forgotten it. `FORMAT.md` describes each byte.

use fengsui_model::DivisionCode;

use crate::keys::{Domain, NetworkId, PublicKey, Signature, StationKey};
use crate::limits::{PRESENCE_SOFTWARE_MAX, PRESENCE_STATIONS_MAX, SOFTWARE_BYTES_MAX};
use crate::reader::{Reader, Short};
use crate::verify::{VerifyError, strict, verifying_key};

const VERSION: u8 = 1;
const SUITE: u8 = 1;
const MARK_ONLINE: u8 = 1;
/// Stands for a station that has not greeted since its hub began.
const NO_SOFTWARE: u8 = u8::MAX;

/// One station as the hub directly above it sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The station.
    pub key: PublicKey,
    /// Whether its connection stands and both ends have greeted.
    pub online: bool,
    /// Since when it is so, by the hub's clock, milliseconds since 1970 UTC. 0: not seen since the hub began.
    pub since_ms: i64,
    /// Entries of its logs, of all lanes, that the hub durably holds.
    pub held: u64,
    /// Entries from above that it lacks, as far as the hub knows.
    pub lacks: u32,
    /// Its clock minus the hub's, in seconds, when it greeted last.
    pub clock_offset_s: i32,
    /// Its software when it greeted last; `None`: not since the hub began.
    pub software: Option<String>,
}

/// What one hub says of the stations directly below it, and of others below that are connected to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// The hub's key.
    pub signer: PublicKey,
    /// Division the hub speaks for.
    pub division: DivisionCode,
    /// When it was made, by the hub's clock, milliseconds since 1970 UTC. Of two, the later counts.
    pub made_ms: i64,
    /// In ascending order of key, each once; at most [`PRESENCE_STATIONS_MAX`].
    pub stations: Vec<Seen>,
    /// Over all of the above.
    pub signature: Signature,
}

/// Why bytes are not a presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PresenceError {
    /// They end too early.
    #[error("read a presence: {0}")]
    Short(#[from] Short),
    /// A field holds what version 1 does not define.
    #[error("read field '{0}' of a presence")]
    Field(&'static str),
}

impl Presence {
    /// Signs the statement; `signature` of `self` is ignored and replaced, `signer` set, stations put in order. Stations
    /// past [`PRESENCE_STATIONS_MAX`] and software past [`PRESENCE_SOFTWARE_MAX`] are left out.
    #[must_use]
    pub fn signed(mut self, key: &StationKey, network: NetworkId) -> Self {
        self.signer = key.public();
        self.stations.sort_by_key(|seen| seen.key);
        self.stations.dedup_by_key(|seen| seen.key);
        self.stations.truncate(PRESENCE_STATIONS_MAX);
        self.signature = key.sign(Domain::Presence, network, &self.content());
        self
    }

    /// The exact bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        [&self.content()[..], &self.signature.0].concat()
    }

    fn content(&self) -> Vec<u8> {
        let software = self.software();
        let mut out = vec![VERSION, SUITE];
        out.extend_from_slice(&self.signer.0);
        out.extend_from_slice(&self.division.get().to_le_bytes());
        out.extend_from_slice(&self.made_ms.to_le_bytes());
        out.push(software.len() as u8);
        for name in &software {
            out.push(name.len() as u8);
            out.extend_from_slice(name.as_bytes());
        }
        out.extend_from_slice(&(self.stations.len() as u16).to_le_bytes());
        for seen in &self.stations {
            let named = seen.software.as_deref().and_then(|name| software.binary_search(&cut(name)).ok());
            out.extend_from_slice(&seen.key.0);
            out.push(if seen.online { MARK_ONLINE } else { 0 });
            out.extend_from_slice(&seen.since_ms.to_le_bytes());
            out.extend_from_slice(&seen.held.to_le_bytes());
            out.extend_from_slice(&seen.lacks.to_le_bytes());
            out.extend_from_slice(&seen.clock_offset_s.to_le_bytes());
            out.push(named.map_or(NO_SOFTWARE, |at| at as u8));
        }
        out
    }

    /// Every software that is named, once, in order: a county's stations run one or two versions.
    fn software(&self) -> Vec<&str> {
        let named = self.stations.iter().filter_map(|seen| seen.software.as_deref());
        let named: std::collections::BTreeSet<&str> =
            named.map(cut).filter(|name| !name.is_empty()).collect();
        named.into_iter().take(PRESENCE_SOFTWARE_MAX).collect()
    }

    /// Reads a presence, signature unchecked.
    ///
    /// # Errors
    /// The first field that does not read.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PresenceError> {
        let mut reader = Reader::new(bytes);
        if reader.array()? != [VERSION, SUITE] {
            return Err(PresenceError::Field("version or suite"));
        }
        let signer = PublicKey(reader.array()?);
        let division = DivisionCode::new(reader.u64()?).map_err(|_| PresenceError::Field("division"))?;
        let made_ms = reader.i64()?;
        let software = read_software(&mut reader)?;
        let count = usize::from(reader.u16()?);
        if count > PRESENCE_STATIONS_MAX {
            return Err(PresenceError::Field("count"));
        }
        let stations: Vec<Seen> =
            (0..count).map(|_| read_seen(&mut reader, &software)).collect::<Result<_, _>>()?;
        if !stations.is_sorted_by(|a, b| a.key < b.key) {
            return Err(PresenceError::Field("order"));
        }
        let signature = Signature(reader.array()?);
        let presence = Self { signer, division, made_ms, stations, signature };
        // One content, one form: else two hubs could hold different bytes of one word.
        match reader.is_empty() && presence.to_bytes() == bytes {
            true => Ok(presence),
            false => Err(PresenceError::Field("length or software")),
        }
    }

    /// Checks the signature. Whether the signer may speak for `division`, and is above these stations, is the registry's
    /// question.
    ///
    /// # Errors
    /// An unsound key, or a signature that does not hold.
    pub fn verify(&self, network: NetworkId) -> Result<(), VerifyError> {
        let key = verifying_key(&self.signer)?;
        strict(&key, Domain::Presence, network, &self.content(), self.signature)
            .map_err(|()| VerifyError::Presence(self.signer))
    }

    /// Whether `self` says the same of the same stations as `other`, whenever it was said.
    pub fn says_the_same(&self, other: &Self) -> bool {
        (self.signer, self.division, &self.stations) == (other.signer, other.division, &other.stations)
    }

    /// Whether the same stations are connected, since the same time: how many entries they have does not matter.
    pub fn same_connections(&self, other: &Self) -> bool {
        let connection = |seen: &Seen| (seen.key, seen.online, seen.since_ms);
        self.division == other.division
            && self.stations.iter().map(connection).eq(other.stations.iter().map(connection))
    }
}

/// Longest prefix within [`SOFTWARE_BYTES_MAX`], cut between characters.
fn cut(name: &str) -> &str {
    &name[..name.floor_char_boundary(SOFTWARE_BYTES_MAX)]
}

fn read_software(reader: &mut Reader<'_>) -> Result<Vec<String>, PresenceError> {
    let wrong = PresenceError::Field("software");
    let count = usize::from(reader.u8()?);
    if count > PRESENCE_SOFTWARE_MAX {
        return Err(wrong);
    }
    let name = |_| {
        let length = usize::from(reader.u8()?);
        let bytes = reader.bytes(length)?.to_vec();
        String::from_utf8(bytes).map_err(|_| wrong)
    };
    (0..count).map(name).collect()
}

fn read_seen(reader: &mut Reader<'_>, software: &[String]) -> Result<Seen, PresenceError> {
    let key = PublicKey(reader.array()?);
    let mark = reader.u8()?;
    if mark & !MARK_ONLINE != 0 {
        return Err(PresenceError::Field("mark"));
    }
    Ok(Seen {
        key,
        online: mark & MARK_ONLINE != 0,
        since_ms: reader.i64()?,
        held: reader.u64()?,
        lacks: reader.u32()?,
        clock_offset_s: reader.i32()?,
        software: match reader.u8()? {
            NO_SOFTWARE => None,
            at => Some(software.get(usize::from(at)).ok_or(PresenceError::Field("software"))?.clone()),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(seed: u8) -> StationKey {
        StationKey::from_seed(&[seed; 32])
    }

    fn network() -> NetworkId {
        NetworkId::of_root(&key(1).public())
    }

    fn sample() -> Presence {
        let seen = |seed: u8, software: Option<&str>| Seen {
            key: key(seed).public(),
            online: seed.is_multiple_of(2),
            since_ms: 1_700_000_000_000,
            held: u64::from(seed),
            lacks: 3,
            clock_offset_s: -7,
            software: software.map(str::to_owned),
        };
        let stations = vec![seen(4, Some("fengsui 0.2.0")), seen(3, None), seen(5, Some("fengsui 0.1.0"))];
        let division = DivisionCode::new(220_221).expect("a code");
        let unsigned = Presence {
            signer: PublicKey([0; 32]),
            division,
            made_ms: 5,
            stations,
            signature: Signature([0; 64]),
        };
        unsigned.signed(&key(2), network())
    }

    #[test]
    fn comes_back_as_it_went_and_verifies() {
        let presence = sample();
        let back = Presence::from_bytes(&presence.to_bytes()).expect("own bytes read");
        assert_eq!(back, presence);
        assert_eq!(back.verify(network()), Ok(()));
        assert!(back.stations.is_sorted_by_key(|seen| seen.key));
    }

    #[test]
    fn another_network_or_signer_does_not_verify() {
        let other = NetworkId::of_root(&key(9).public());
        assert!(sample().verify(other).is_err());
        let stolen = Presence { signer: key(3).public(), ..sample() };
        assert!(stolen.verify(network()).is_err());
    }

    #[test]
    fn the_time_alone_is_no_news() {
        let (first, later) = (sample(), Presence { made_ms: 9, ..sample() });
        assert!(first.says_the_same(&later));
        let mut other = sample();
        other.stations[0].held += 1;
        assert!(!first.says_the_same(&other) && first.same_connections(&other));
        other.stations[0].online ^= true;
        assert!(!first.same_connections(&other));
    }

    #[test]
    fn more_stations_than_a_hub_can_have_are_left_out() {
        let mut many = sample();
        many.stations = (0..PRESENCE_STATIONS_MAX + 5)
            .map(|at| {
                let mut bytes = [0; 32];
                bytes[..8].copy_from_slice(&(at as u64).to_be_bytes());
                Seen { key: PublicKey(bytes), ..many.stations[0].clone() }
            })
            .collect();
        let many = many.signed(&key(2), network());
        assert_eq!(many.stations.len(), PRESENCE_STATIONS_MAX);
        assert_eq!(Presence::from_bytes(&many.to_bytes()), Ok(many));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Presence::from_bytes(&bytes);
        }

        #[test]
        fn every_changed_byte_is_found(at in 0usize..10_000, flip in 1u8..) {
            let mut bytes = sample().to_bytes();
            let at = at % bytes.len();
            bytes[at] ^= flip;
            let holds = Presence::from_bytes(&bytes).is_ok_and(|presence| presence.verify(network()).is_ok());
            prop_assert!(!holds);
        }
    }
}
