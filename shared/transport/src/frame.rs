//! How a frame lies on its stream: its length in four little-endian bytes, then the payload. The stream itself
//! begins with one byte that names its class.

use quinn::{ReadError, ReadExactError, RecvStream};

use crate::{Class, Violation, limits::PIECE_BYTES};

/// Bytes of a frame's length.
const LENGTH_BYTES: usize = 4;

/// Why no more frames come from a stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The sender finished between two frames.
    Finished,
    /// The whole connection ended; its own reason says why.
    Lost,
    /// The sender broke the rules.
    Violation(Violation),
}

/// The bytes of a frame, with the class byte before them if it is the first of its stream.
pub(crate) fn encode(announce: Option<Class>, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("the outbox refuses longer frames");
    let mut bytes = Vec::with_capacity(1 + LENGTH_BYTES + payload.len());
    bytes.extend(announce.map(Class::byte));
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// Reads the byte that names a new stream's class.
pub(crate) async fn read_class(stream: &mut RecvStream) -> Result<Class, Ending> {
    let mut byte = [0];
    stream.read_exact(&mut byte).await.map_err(within)?;
    Class::from_byte(byte[0]).ok_or(Ending::Violation(Violation::UnknownClass { byte: byte[0] }))
}

/// Reads the next frame. An announced length costs no memory: the buffer grows with the bytes that really come.
pub(crate) async fn read_frame(
    stream: &mut RecvStream,
    class: Class,
    limit: usize,
) -> Result<Vec<u8>, Ending> {
    let mut length = [0; LENGTH_BYTES];
    stream.read_exact(&mut length).await.map_err(between)?;
    let bytes = u32::from_le_bytes(length);
    let wanted = usize::try_from(bytes).unwrap_or(usize::MAX);
    if wanted > limit {
        return Err(Ending::Violation(Violation::FrameTooLarge { class, bytes, limit }));
    }
    let mut payload = Vec::with_capacity(wanted.min(PIECE_BYTES));
    while payload.len() < wanted {
        match stream.read_chunk(wanted - payload.len(), true).await.map_err(broken)? {
            Some(chunk) => payload.extend_from_slice(&chunk.bytes),
            None => return Err(Ending::Violation(Violation::Truncated)),
        }
    }
    Ok(payload)
}

/// An end that is clean where a frame would begin.
fn between(error: ReadExactError) -> Ending {
    match error {
        ReadExactError::FinishedEarly(0) => Ending::Finished,
        other => within(other),
    }
}

fn within(error: ReadExactError) -> Ending {
    match error {
        ReadExactError::FinishedEarly(_) => Ending::Violation(Violation::Truncated),
        ReadExactError::ReadError(error) => broken(error),
    }
}

fn broken(error: ReadError) -> Ending {
    match error {
        ReadError::Reset(_) => Ending::Violation(Violation::Reset),
        // The remaining cases need calls that this crate never makes, or end the connection as well.
        _ => Ending::Lost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_its_length_and_its_payload() {
        assert_eq!(encode(None, b"abc"), b"\x03\0\0\0abc");
        assert_eq!(encode(Some(Class::Bulk), b""), b"\x03\0\0\0\0");
    }
}
