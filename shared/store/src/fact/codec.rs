//! The bytes of a fact: version, tag, then the fields in the order of the declaration, little-endian.

use fengsui_wire::limits::{ARTEFACT_BYTES_MAX, NOTE_BYTES_MAX, QUARANTINE_BYTES_MAX};
use fengsui_wire::{ENVELOPE_BYTES, LogName, PublicKey, RECEIPT_BYTES, Receipt};

use super::{FACT_BYTES_MAX, Fact, FactError, Kept, SETTING_KEY_BYTES_MAX, SETTING_VALUE_BYTES_MAX, Source};
use crate::bytes::{Reader, put_counted};

const VERSION: u8 = 1;

mod tag {
    pub const ADMITTED: u8 = 1;
    pub const RECEIPT: u8 = 2;
    pub const FORK: u8 = 3;
    pub const QUARANTINED: u8 = 4;
    pub const SETTING: u8 = 5;
}

impl Fact {
    /// The journal's bytes of this fact.
    ///
    /// # Errors
    /// [`FactError::Length`] when a part or the whole is longer than could be read back.
    pub fn to_bytes(&self) -> Result<Vec<u8>, FactError> {
        let mut out = vec![VERSION];
        match self {
            Self::Admitted { received_ms, source, name, entries } => {
                out.push(tag::ADMITTED);
                out.extend_from_slice(&received_ms.to_le_bytes());
                source.put(&mut out);
                out.extend_from_slice(&name.to_bytes());
                put_entries(&mut out, entries)?;
            }
            Self::Receipt(receipt) => {
                out.push(tag::RECEIPT);
                out.extend_from_slice(&receipt.to_bytes());
            }
            Self::Fork { name, ours, theirs } => {
                out.push(tag::FORK);
                out.extend_from_slice(&name.to_bytes());
                out.extend_from_slice(ours.bytes());
                out.extend_from_slice(theirs.bytes());
            }
            Self::Quarantined { at_ms, source, reason, bytes } => {
                out.push(tag::QUARANTINED);
                out.extend_from_slice(&at_ms.to_le_bytes());
                source.put(&mut out);
                put_bounded(&mut out, reason.as_bytes(), NOTE_BYTES_MAX)?;
                put_bounded(&mut out, bytes, QUARANTINE_BYTES_MAX)?;
            }
            Self::Setting { key, value } => {
                out.push(tag::SETTING);
                put_bounded(&mut out, key.as_bytes(), SETTING_KEY_BYTES_MAX)?;
                put_bounded(&mut out, value, SETTING_VALUE_BYTES_MAX)?;
            }
        }
        bounded(out.len(), FACT_BYTES_MAX)?;
        Ok(out)
    }

    /// Reads a fact. Signatures are not checked again; lengths and every field are.
    ///
    /// # Errors
    /// The first field that does not read.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FactError> {
        let mut reader = Reader::new(bytes);
        let version = reader.u8()?;
        if version != VERSION {
            return Err(FactError::Version(version));
        }
        let fact = Self::read(&mut reader)?;
        reader.end()?;
        Ok(fact)
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, FactError> {
        Ok(match reader.u8()? {
            tag::ADMITTED => Self::Admitted {
                received_ms: reader.i64()?,
                source: Source::read(reader)?,
                name: LogName::from_bytes(&reader.array()?),
                entries: read_entries(reader)?,
            },
            tag::RECEIPT => {
                Self::Receipt(Receipt::from_bytes(reader.bytes(RECEIPT_BYTES)?).map_err(FactError::Receipt)?)
            }
            tag::FORK => Self::Fork {
                name: LogName::from_bytes(&reader.array()?),
                ours: reader.envelope()?,
                theirs: reader.envelope()?,
            },
            tag::QUARANTINED => Self::Quarantined {
                at_ms: reader.i64()?,
                source: Source::read(reader)?,
                reason: text(reader.counted(NOTE_BYTES_MAX)?)?,
                bytes: reader.counted(QUARANTINE_BYTES_MAX)?.to_vec(),
            },
            tag::SETTING => Self::Setting {
                key: text(reader.counted(SETTING_KEY_BYTES_MAX)?)?,
                value: reader.counted(SETTING_VALUE_BYTES_MAX)?.to_vec(),
            },
            number => return Err(FactError::Number { field: "fact", number }),
        })
    }
}

impl Source {
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Own => out.push(0),
            Self::Peer(key) => {
                out.push(1);
                out.extend_from_slice(&key.0);
            }
            Self::Bundle => out.push(2),
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, FactError> {
        match reader.u8()? {
            0 => Ok(Self::Own),
            1 => Ok(Self::Peer(PublicKey(reader.array()?))),
            2 => Ok(Self::Bundle),
            number => Err(FactError::Number { field: "source", number }),
        }
    }
}

impl Kept {
    /// Bytes that [`put`](Self::put) writes at most.
    pub(crate) fn size(&self) -> usize {
        ENVELOPE_BYTES + 5 + self.body.as_ref().map_or(0, Vec::len)
    }

    /// envelope 224 ‖ has body 1 ‖ if so, length 4 ‖ body. The caller has bounded the body.
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.envelope.bytes());
        out.push(u8::from(self.body.is_some()));
        if let Some(body) = &self.body {
            put_counted(out, body);
        }
    }
}

fn put_entries(out: &mut Vec<u8>, entries: &[Kept]) -> Result<(), FactError> {
    let total = entries.iter().map(Kept::size).sum();
    bounded(total, FACT_BYTES_MAX)?;
    out.reserve(total + 4);
    let count = u32::try_from(entries.len()).expect("the total above bounds the count");
    out.extend_from_slice(&count.to_le_bytes());
    for kept in entries {
        bounded(kept.body.as_ref().map_or(0, Vec::len), ARTEFACT_BYTES_MAX)?;
        kept.put(out);
    }
    Ok(())
}

fn read_entries(reader: &mut Reader<'_>) -> Result<Vec<Kept>, FactError> {
    let count = reader.u32()?;
    // Not reserved ahead: the count is only believed as far as bytes follow.
    let mut entries = Vec::new();
    for _ in 0..count {
        let envelope = reader.envelope()?;
        let body = reader.body()?.map(<[u8]>::to_vec);
        entries.push(Kept { envelope, body });
    }
    Ok(entries)
}

fn put_bounded(out: &mut Vec<u8>, bytes: &[u8], max: usize) -> Result<(), FactError> {
    bounded(bytes.len(), max)?;
    put_counted(out, bytes);
    Ok(())
}

fn bounded(length: usize, max: usize) -> Result<(), FactError> {
    if length > max { Err(FactError::Length { length, max }) } else { Ok(()) }
}

fn text(bytes: &[u8]) -> Result<String, FactError> {
    String::from_utf8(bytes.to_vec()).map_err(|_| FactError::Text)
}
