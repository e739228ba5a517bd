//! Bounded reading and writing of the layouts of this crate.

use fengsui_wire::limits::ARTEFACT_BYTES_MAX;
use fengsui_wire::{ENVELOPE_BYTES, Envelope, HeaderError};

use crate::fact::FactError;

/// Takes fields off the front of a slice; every step may find that the bytes end.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8], FactError> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or(FactError::Short)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], FactError> {
        let mut out = [0; N];
        out.copy_from_slice(self.bytes(N)?);
        Ok(out)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, FactError> {
        Ok(self.array::<1>()?[0])
    }

    pub(crate) fn u32(&mut self) -> Result<u32, FactError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(crate) fn i64(&mut self) -> Result<i64, FactError> {
        Ok(i64::from_le_bytes(self.array()?))
    }

    /// A length of four bytes, at most `max`, and that many bytes.
    pub(crate) fn counted(&mut self, max: usize) -> Result<&'a [u8], FactError> {
        let length = self.u32()? as usize;
        if length > max {
            return Err(FactError::Length { length, max });
        }
        self.bytes(length)
    }

    /// Whether there is a body, and the body.
    pub(crate) fn body(&mut self) -> Result<Option<&'a [u8]>, FactError> {
        match self.u8()? {
            0 => Ok(None),
            1 => Ok(Some(self.counted(ARTEFACT_BYTES_MAX)?)),
            number => Err(FactError::Number { field: "body mark", number }),
        }
    }

    pub(crate) fn envelope(&mut self) -> Result<Envelope, FactError> {
        let bytes: [u8; ENVELOPE_BYTES] = self.array()?;
        Envelope::from_bytes(bytes).map_err(|error: HeaderError| FactError::Envelope(error))
    }

    /// Everything that is left.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    pub(crate) fn end(&self) -> Result<(), FactError> {
        if self.0.is_empty() { Ok(()) } else { Err(FactError::Trailing(self.0.len())) }
    }
}

/// Writes a length of four bytes, then the bytes. Callers have bounded the length far below 4 GiB.
pub(crate) fn put_counted(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).expect("lengths were bounded before writing");
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(bytes);
}
