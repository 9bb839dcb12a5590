//! permessage-deflate (RFC 7692): what is offered, what was agreed, and a stream that compresses and decompresses
//! between the WebSocket library, which knows no extensions, and the connection.

mod agreement;
mod incoming;
mod outgoing;
mod stream;

pub use agreement::{Agreement, AgreementError, Offer};
pub(crate) use stream::Deflated;

/// The field of both sides.
pub(crate) const FIELD: &str = "Sec-WebSocket-Extensions";

/// The largest window, as a power of two.
const LARGEST_WINDOW: u8 = 15;
/// The smallest window, as a power of two.
const SMALLEST_WINDOW: u8 = 8;

/// What ends each message and is taken off (RFC 7692, section 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// The bit of a first octet that marks a compressed message.
const COMPRESSED: u8 = 0x40;
/// The bit of a first octet that ends a message.
const FINAL: u8 = 0x80;

/// A frame's head: its first octet, the mask, the length of the payload, and how many octets it takes itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    first: u8,
    mask: Option<[u8; 4]>,
    length: u64,
    size: usize,
}

impl Head {
    /// Reads a head when all of it is there.
    fn read(bytes: &[u8]) -> Option<Self> {
        let [first, second, rest @ ..] = bytes else { return None };
        let (length, used) = match second & 0x7f {
            126 => (u64::from(u16::from_be_bytes(*rest.first_chunk()?)), 2),
            127 => (u64::from_be_bytes(*rest.first_chunk()?), 8),
            short => (u64::from(short), 0),
        };
        if second & 0x80 == 0 {
            return Some(Self { first: *first, mask: None, length, size: 2 + used });
        }
        let mask = *rest.get(used..)?.first_chunk()?;
        Some(Self { first: *first, mask: Some(mask), length, size: 6 + used })
    }

    /// Appends the head of a frame to `out`.
    fn write(first: u8, mask: Option<[u8; 4]>, length: usize, out: &mut Vec<u8>) {
        out.push(first);
        let masked = if mask.is_some() { 0x80 } else { 0 };
        match length {
            0..126 => out.push(masked | length as u8),
            126..=0xffff => {
                out.push(masked | 126);
                out.extend_from_slice(&(length as u16).to_be_bytes());
            }
            _ => {
                out.push(masked | 127);
                out.extend_from_slice(&(length as u64).to_be_bytes());
            }
        }
        out.extend(mask.into_iter().flatten());
    }

    fn opcode(&self) -> u8 {
        self.first & 0x0f
    }

    fn is_final(&self) -> bool {
        self.first & FINAL != 0
    }

    /// True of a frame that begins a message.
    fn begins(&self) -> bool {
        matches!(self.opcode(), 1 | 2)
    }
}

/// Puts a mask on, or takes it off.
fn apply(mask: [u8; 4], payload: &mut [u8]) {
    for (octet, key) in payload.iter_mut().zip(mask.into_iter().cycle()) {
        *octet ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_as_they_are_written() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 1 << 24] {
            for mask in [None, Some([1, 2, 3, 4])] {
                let mut bytes = Vec::new();
                Head::write(0xc1, mask, length, &mut bytes);
                let expected = Head { first: 0xc1, mask, length: length as u64, size: bytes.len() };
                assert_eq!(Head::read(&bytes), Some(expected));
                assert_eq!(Head::read(&bytes[..bytes.len() - 1]), None);
            }
        }
    }
}
