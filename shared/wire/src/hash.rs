//! Hash values: BLAKE3, 256 bits.

use std::fmt;

/// A BLAKE3 hash of 32 bytes. An entry's hash covers its envelope, header and signature together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// What stands where there is nothing before: the `previous` of sequence 0.
    pub const ZERO: Self = Self([0; 32]);

    /// Hash of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// Hash of `bytes` in a context of its own, so that equal bytes with another meaning hash differently.
    pub fn derived(context: &'static str, bytes: &[u8]) -> Self {
        Self(blake3::derive_key(context, bytes))
    }

    /// The first eight hexadecimal digits: enough to tell two apart on a screen, never to compare by.
    pub fn short(&self) -> String {
        self.to_string()[..8].to_owned()
    }
}

/// Text that is not the expected number of hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("read {expected} hexadecimal digits from a text of {found} characters")]
pub struct HexError {
    /// Digits wanted.
    pub expected: usize,
    /// Characters given.
    pub found: usize,
}

pub(crate) fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

pub(crate) fn read_hex<const N: usize>(text: &str) -> Result<[u8; N], HexError> {
    let error = || HexError { expected: N * 2, found: text.chars().count() };
    if text.len() != N * 2 || !text.is_ascii() {
        return Err(error());
    }
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digit = |c: u8| (c as char).to_digit(16).ok_or_else(error);
        *byte = (digit(pair[0])? * 16 + digit(pair[1])?) as u8;
    }
    Ok(out)
}

/// Display as lower-case hexadecimal, parse the same.
macro_rules! hex_newtype {
    ($name:ident) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::hash::write_hex(&self.0, f)
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::hash::write_hex(&self.0, f)
            }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::hash::HexError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self($crate::hash::read_hex(text)?))
            }
        }
    };
}
pub(crate) use hex_newtype;

hex_newtype!(Hash);
