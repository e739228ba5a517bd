//! The join code: what an operator prints and a clerk pastes.
//!
//! Groups of eight characters, of which the eighth checks the other seven and the group's place: so a mistyped character
//! is found, and its group named, before anything is sent. The alphabet has no I, L, O and U: what looks like a digit is
//! read as one, and no case, space, dash or full-width form matters.

use fengsui_model::DivisionCode;

use super::JoinSecret;
use crate::hash::Hash;
use crate::keys::PublicKey;
use crate::reader::{Reader, Short};
use crate::statement::Role;

const VERSION: u8 = 1;
/// Longest address: a host name of a government network and its port.
pub const JOIN_ADDRESS_BYTES_MAX: usize = 120;
/// Bytes before the address: version 1, role 1, division 4, expiry 4, secret 16, root 32, hub 32.
const FIXED_BYTES: usize = 90;
/// Bytes of the check over the whole: groups that are each sound can still be of two codes.
const CHECK_BYTES: usize = 4;
/// Characters of a group, the check included.
const GROUP: usize = 8;
/// Characters read at most, separators not counted: the longest code.
const SYMBOLS_MAX: usize =
    ((FIXED_BYTES + JOIN_ADDRESS_BYTES_MAX + CHECK_BYTES) * 8).div_ceil(5).div_ceil(GROUP - 1) * GROUP;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const MINUTE_MS: i64 = 60_000;

/// What a join code says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinCode {
    /// Root of the network: pinned by whoever joins.
    pub root: PublicKey,
    /// The hub that invites: pinned in the handshake.
    pub hub: PublicKey,
    /// Host and UDP port of its enrolment door.
    pub address: String,
    /// For which division.
    pub division: DivisionCode,
    /// As a node or a hub.
    pub role: Role,
    /// Until when, milliseconds since 1970 UTC, exclusive; told in whole minutes.
    pub expires_ms: i64,
    /// What is proved.
    pub secret: JoinSecret,
}

/// Why a text is not a join code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinCodeError {
    /// Nothing that could belong to a code.
    #[error("read the join code: it is empty")]
    Empty,
    /// A character that no code has.
    #[error("read the join code: '{character}' in group {group} belongs to no code")]
    Character {
        /// Counted from 1.
        group: usize,
        /// As typed.
        character: char,
    },
    /// A group whose check does not fit: mistyped, left out, or not in its place.
    #[error("read the join code: group {0} is mistyped")]
    Group(usize),
    /// It ends early, or goes on.
    #[error("read the join code: it is not whole, {0} characters were given")]
    Length(usize),
    /// Each group is sound; together they are no code.
    #[error("read the join code: its groups do not belong together")]
    Check,
    /// Made by another version.
    #[error("read the join code: version {0} is not known here")]
    Version(u8),
    /// A field that no hub writes.
    #[error("read the join code: field '{0}' does not read")]
    Field(&'static str),
}

impl From<Short> for JoinCodeError {
    fn from(_: Short) -> Self {
        Self::Field("length")
    }
}

impl JoinCode {
    /// The text to hand over: groups joined by dashes.
    ///
    /// # Errors
    /// [`JoinCodeError::Field`] for an address that does not fit, or an expiry that no clock shows.
    pub fn to_text(&self) -> Result<String, JoinCodeError> {
        let groups: Vec<String> = symbols(&self.to_bytes()?)
            .chunks(GROUP - 1)
            .enumerate()
            .map(|(index, data)| data.iter().chain([&check(data, index)]).map(letter).collect())
            .collect();
        Ok(groups.join("-"))
    }

    /// Reads what was pasted or typed.
    ///
    /// # Errors
    /// What is wrong, and in which group.
    pub fn from_text(text: &str) -> Result<Self, JoinCodeError> {
        let read = typed(text)?;
        let mut data = Vec::with_capacity(read.len());
        for (index, group) in read.chunks(GROUP).enumerate() {
            match group.split_last() {
                Some((last, group)) if !group.is_empty() && *last == check(group, index) => {
                    data.extend_from_slice(group);
                }
                _ => return Err(JoinCodeError::Group(index + 1)),
            }
        }
        Self::from_bytes(&bytes(&data).ok_or(JoinCodeError::Length(read.len()))?, read.len())
    }

    fn to_bytes(&self) -> Result<Vec<u8>, JoinCodeError> {
        if self.address.is_empty() || self.address.len() > JOIN_ADDRESS_BYTES_MAX {
            return Err(JoinCodeError::Field("address"));
        }
        let division = u32::try_from(self.division.get()).map_err(|_| JoinCodeError::Field("division"))?;
        let minutes =
            u32::try_from(self.expires_ms / MINUTE_MS).map_err(|_| JoinCodeError::Field("expiry"))?;
        let mut out = vec![VERSION, self.role as u8];
        out.extend_from_slice(&division.to_le_bytes());
        out.extend_from_slice(&minutes.to_le_bytes());
        out.extend_from_slice(self.secret.bytes());
        out.extend_from_slice(&self.root.0);
        out.extend_from_slice(&self.hub.0);
        out.extend_from_slice(self.address.as_bytes());
        out.extend_from_slice(&whole(&out));
        Ok(out)
    }

    fn from_bytes(bytes: &[u8], given: usize) -> Result<Self, JoinCodeError> {
        let end = bytes.len().checked_sub(CHECK_BYTES).ok_or(JoinCodeError::Length(given))?;
        let (said, check) = bytes.split_at(end);
        match said.first() {
            Some(&VERSION) => {}
            Some(other) => return Err(JoinCodeError::Version(*other)),
            None => return Err(JoinCodeError::Length(given)),
        }
        if check != whole(said) {
            return Err(JoinCodeError::Check);
        }
        let mut reader = Reader::new(&said[1..]);
        let role = Role::from_byte(reader.u8()?).filter(|role| matches!(role, Role::Node | Role::Hub));
        let code = Self {
            role: role.ok_or(JoinCodeError::Field("role"))?,
            division: DivisionCode::new(u64::from(reader.u32()?))
                .map_err(|_| JoinCodeError::Field("division"))?,
            expires_ms: i64::from(reader.u32()?) * MINUTE_MS,
            secret: JoinSecret::new(reader.array()?),
            root: PublicKey(reader.array()?),
            hub: PublicKey(reader.array()?),
            address: String::from_utf8(reader.bytes(reader.bytes_left())?.to_vec())
                .map_err(|_| JoinCodeError::Field("address"))?,
        };
        if code.address.is_empty() || code.address.len() > JOIN_ADDRESS_BYTES_MAX {
            return Err(JoinCodeError::Field("address"));
        }
        match code.root.is_usable() && code.hub.is_usable() {
            true => Ok(code),
            false => Err(JoinCodeError::Field("key")),
        }
    }
}

fn whole(said: &[u8]) -> [u8; CHECK_BYTES] {
    let hash = Hash::derived("fengsui 2026 join code check v1", said);
    let mut check = [0; CHECK_BYTES];
    check.copy_from_slice(&hash.0[..CHECK_BYTES]);
    check
}

fn letter(symbol: &u8) -> char {
    char::from(ALPHABET[usize::from(*symbol & 31)])
}

/// The symbols of a text, separators left out.
fn typed(text: &str) -> Result<Vec<u8>, JoinCodeError> {
    let mut read = Vec::new();
    for character in text.chars().filter(|character| !separates(*character)) {
        let group = read.len() / GROUP + 1;
        read.push(symbol(character).ok_or(JoinCodeError::Character { group, character })?);
        if read.len() > SYMBOLS_MAX {
            return Err(JoinCodeError::Length(text.chars().count()));
        }
    }
    if read.is_empty() { Err(JoinCodeError::Empty) } else { Ok(read) }
}

/// What may stand between the characters of a code: whatever an editor, a chat window or an input method puts there.
fn separates(character: char) -> bool {
    let dashes = ['-', '_', '.', ',', '·', '—', '–', '‐', '‑', '−', '－', '＿', '．', '，', '。', '、'];
    let invisible = ['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}', '\u{ad}'];
    character.is_whitespace()
        || character.is_control()
        || dashes.contains(&character)
        || invisible.contains(&character)
}

/// The value of a character, whatever its case and width; letters that look like a digit are that digit.
fn symbol(character: char) -> Option<u8> {
    let narrow = match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0)?,
        other => other,
    };
    let letter = match narrow.to_ascii_uppercase() {
        'O' => b'0',
        'I' | 'L' => b'1',
        other => u8::try_from(other).ok()?,
    };
    ALPHABET.iter().position(|known| *known == letter).and_then(|at| u8::try_from(at).ok())
}

/// Bytes as symbols of five bits, the highest first; the last is filled up with zeros.
fn symbols(bytes: &[u8]) -> Vec<u8> {
    let bit = |at: usize| bytes.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1);
    let symbol = |at: usize| (0..5).fold(0, |symbol, of| symbol << 1 | u8::from(bit(at * 5 + of)));
    (0..(bytes.len() * 8).div_ceil(5)).map(symbol).collect()
}

/// The inverse; `None` for a number of symbols, or a filling, that [`symbols`] does not give.
fn bytes(symbols: &[u8]) -> Option<Vec<u8>> {
    let bit = |at: usize| symbols.get(at / 5).map_or(0, |symbol| symbol >> (4 - at % 5) & 1);
    let count = symbols.len() * 5 / 8;
    let filling = symbols.len() * 5 - count * 8;
    let zero = (count * 8..symbols.len() * 5).all(|at| bit(at) == 0);
    let byte = |at: usize| (0..8).fold(0, |byte, of| byte << 1 | bit(at * 8 + of));
    (filling < 5 && zero).then(|| (0..count).map(byte).collect())
}

/// The check of a group at place `index`: each symbol is weighed by another power of a generator of the field of 32
/// elements, so no single change and no exchange of two neighbours goes unseen.
fn check(data: &[u8], index: usize) -> u8 {
    let place = [(index & 31) as u8, (index >> 5 & 31) as u8];
    let weighed = (1..).zip(data).chain((GROUP..).zip(&place));
    weighed.fold(0, |sum, (power, symbol)| sum ^ times_power(*symbol & 31, power))
}

/// `symbol` times the generator to this power, modulo x^5 + x^2 + 1.
fn times_power(symbol: u8, power: usize) -> u8 {
    (0..power).fold(symbol, |value, _| {
        let doubled = value << 1;
        if doubled & 32 == 0 { doubled } else { doubled ^ 0b10_0101 }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keys::StationKey;

    fn key(seed: u8) -> PublicKey {
        StationKey::from_seed(&[seed; 32]).public()
    }

    fn code(address: &str) -> JoinCode {
        JoinCode {
            root: key(1),
            hub: key(2),
            address: address.into(),
            division: DivisionCode::new(220_221_100).expect("a township"),
            role: Role::Node,
            expires_ms: 1_795_219_200_000,
            secret: JoinSecret::new([7; 16]),
        }
    }

    fn sample() -> (JoinCode, String) {
        let code = code("yongji.example:7461");
        let text = code.to_text().expect("it fits");
        (code, text)
    }

    #[test]
    fn reads_what_it_writes_whatever_the_length() {
        for length in 1..=JOIN_ADDRESS_BYTES_MAX {
            let code = code(&"a".repeat(length));
            assert_eq!(JoinCode::from_text(&code.to_text().expect("it fits")), Ok(code), "{length}");
        }
        let long = code(&"a".repeat(JOIN_ADDRESS_BYTES_MAX + 1));
        assert_eq!(long.to_text(), Err(JoinCodeError::Field("address")));
    }

    #[test]
    fn survives_pasting() {
        let (code, text) = sample();
        let wide: String = text
            .chars()
            .map(|c| match c {
                '0' => 'Ｏ',
                '1' => 'ｌ',
                '-' => '－',
                c => char::from_u32(u32::from(c) + 0xfee0).expect("a full-width form"),
            })
            .collect();
        let wrapped: String = text.chars().flat_map(|c| [c, '\u{200b}', '\r', '\n', '\u{3000}']).collect();
        let bare = text.replace('-', "").to_lowercase();
        for pasted in [wide, wrapped, bare, format!("  {text} 。")] {
            assert_eq!(JoinCode::from_text(&pasted).as_ref(), Ok(&code), "{pasted}");
        }
    }

    #[test]
    fn names_the_group_that_is_wrong() {
        let (_, text) = sample();
        let groups: Vec<&str> = text.split('-').collect();
        let mut swapped = groups.clone();
        swapped.swap(3, 4);
        assert_eq!(JoinCode::from_text(&swapped.join("-")), Err(JoinCodeError::Group(4)));
        let left_out = [&groups[..5], &groups[6..]].concat();
        assert_eq!(JoinCode::from_text(&left_out.join("-")), Err(JoinCodeError::Group(6)));
        let unknown = text.replacen(groups[2], "UUUUUUUU", 1);
        let expected = JoinCodeError::Character { group: 3, character: 'U' };
        assert_eq!(JoinCode::from_text(&unknown), Err(expected));
        let cut = groups[..groups.len() - 1].join("-");
        assert!(matches!(JoinCode::from_text(&cut), Err(JoinCodeError::Length(_) | JoinCodeError::Check)));
        assert_eq!(JoinCode::from_text(" - \n"), Err(JoinCodeError::Empty));
    }

    #[test]
    fn groups_of_two_codes_do_not_make_a_third() {
        let (_, text) = sample();
        let other = JoinCode { secret: JoinSecret::new([8; 16]), ..code("yongji.example:7461") };
        let other = other.to_text().expect("it fits");
        let mixed: Vec<&str> = text.split('-').take(4).chain(other.split('-').skip(4)).collect();
        assert_eq!(JoinCode::from_text(&mixed.join("-")), Err(JoinCodeError::Check));
    }

    #[test]
    fn prints_no_secret() {
        let (code, _) = sample();
        assert!(!format!("{code:?}{:?}", code.secret.key()).contains("7, 7"));
    }

    proptest! {
        #[test]
        fn any_single_mistyped_character_is_found(at in 0usize..500, to in 0usize..32) {
            let (code, text) = sample();
            let places: Vec<usize> =
                text.char_indices().filter(|(_, c)| *c != '-').map(|(place, _)| place).collect();
            let at = at % places.len();
            let mut bytes = text.into_bytes();
            let changed = bytes[places[at]] != ALPHABET[to];
            bytes[places[at]] = ALPHABET[to];
            let read = JoinCode::from_text(&String::from_utf8(bytes).expect("ascii"));
            match changed {
                true => prop_assert_eq!(read, Err(JoinCodeError::Group(at / GROUP + 1))),
                false => prop_assert_eq!(read, Ok(code)),
            }
        }

        #[test]
        fn two_neighbours_exchanged_are_found(at in 0usize..500) {
            let (code, text) = sample();
            let mut letters: Vec<char> = text.chars().filter(|c| *c != '-').collect();
            let at = at % (letters.len() - 1);
            let same = letters[at] == letters[at + 1];
            letters.swap(at, at + 1);
            let read = JoinCode::from_text(&letters.into_iter().collect::<String>());
            prop_assert_eq!(read == Ok(code), same);
        }

        #[test]
        fn no_text_panics(text: String, bytes: Vec<u8>) {
            let _ = JoinCode::from_text(&text);
            let _ = JoinCode::from_bytes(&bytes, 0);
            let letters: String = bytes.iter().map(letter).collect();
            let _ = JoinCode::from_text(&letters);
        }
    }
}
