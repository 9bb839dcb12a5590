//! Frames on their way out: made in one buffer of the thread, masked, handed to the system at once.

use std::cell::RefCell;

use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::OpCode;

/// What the buffer of the thread may keep when a large message has gone through.
const KEPT: usize = 64 * 1024;

thread_local! {
    static OUTGO: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Makes one masked frame (RFC 6455, section 5.3) and shows it to `take`.
pub(super) fn with_frame<T>(opcode: OpCode, payload: &[u8], take: impl FnOnce(&[u8]) -> T) -> T {
    OUTGO.with_borrow_mut(|buffer| {
        buffer.clear();
        format(buffer, opcode, payload, rand::random());
        let taken = take(buffer);
        buffer.clear();
        buffer.shrink_to(KEPT);
        taken
    })
}

fn format(buffer: &mut Vec<u8>, opcode: OpCode, payload: &[u8], mask: [u8; 4]) {
    let header = FrameHeader { opcode, mask: Some(mask), ..FrameHeader::default() };
    header.format(payload.len() as u64, buffer).expect("a vector takes everything");
    let from = buffer.len();
    buffer.extend_from_slice(payload);
    apply(&mut buffer[from..], mask);
}

/// Eight bytes at a time.
fn apply(bytes: &mut [u8], mask: [u8; 4]) {
    let [a, b, c, d] = mask;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let mut words = bytes.chunks_exact_mut(8);
    for word in &mut words {
        let mut value = [0; 8];
        value.copy_from_slice(word);
        word.copy_from_slice(&(u64::from_ne_bytes(value) ^ wide).to_ne_bytes());
    }
    for (byte, mask) in words.into_remainder().iter_mut().zip([a, b, c, d, a, b, c]) {
        *byte ^= mask;
    }
}

#[cfg(test)]
mod tests {
    use tokio_tungstenite::tungstenite::protocol::frame::coding::Data;

    use super::*;

    #[test]
    fn the_masked_hello_of_the_rfc() {
        let mut buffer = Vec::new();
        format(&mut buffer, OpCode::Data(Data::Text), b"Hello", [0x37, 0xfa, 0x21, 0x3d]);
        assert_eq!(buffer, [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
    }

    #[test]
    fn masking_twice_changes_nothing_whatever_the_length() {
        for length in 0..40_u8 {
            let plain: Vec<u8> = (0..length).collect();
            let mut bytes = plain.clone();
            apply(&mut bytes, [1, 2, 3, 250]);
            let slow: Vec<u8> = plain.iter().zip([1, 2, 3, 250].iter().cycle()).map(|(b, m)| b ^ m).collect();
            assert_eq!(bytes, slow);
            apply(&mut bytes, [1, 2, 3, 250]);
            assert_eq!(bytes, plain);
        }
    }
}
