//! WebSocket frames as they pass, put together to messages.

use std::io::Cursor;

use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::seen::Payload;

/// Longest message that is written down; a longer one passes unread.
const LONGEST: usize = 1024 * 1024;

/// What frames add up to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Whole {
    Message(Payload),
    /// A close frame with its code; 1005 without one.
    Close(u16),
}

/// Reads the frames of one direction.
#[derive(Debug, Default)]
pub(super) struct Frames {
    held: Vec<u8>,
    /// Bytes of a frame that is too long to be kept.
    skip: u64,
    message: Option<(bool, Vec<u8>)>,
    /// What came is no WebSocket: nothing is read any more.
    is_lost: bool,
}

impl Frames {
    /// Takes bytes and hands whatever they complete to `take`.
    pub(super) fn feed(&mut self, bytes: &[u8], mut take: impl FnMut(Whole)) {
        if self.is_lost {
            return;
        }
        let skipped = self.skip.min(bytes.len() as u64);
        self.skip -= skipped;
        self.held.extend_from_slice(&bytes[usize::try_from(skipped).unwrap_or_default()..]);
        loop {
            let mut cursor = Cursor::new(&self.held);
            let (header, length) = match FrameHeader::parse(&mut cursor) {
                Ok(Some(parsed)) => parsed,
                Ok(None) => return,
                Err(_) => {
                    self.is_lost = true;
                    self.held = Vec::new();
                    return;
                }
            };
            let head = usize::try_from(cursor.position()).unwrap_or(usize::MAX);
            if length > LONGEST as u64 {
                let there = (self.held.len() - head) as u64;
                self.skip = length.saturating_sub(there);
                let end = head + usize::try_from(length.min(there)).unwrap_or_default();
                self.held.drain(..end);
                self.message = None;
                continue;
            }
            let length = usize::try_from(length).unwrap_or_default();
            if self.held.len() < head + length {
                return;
            }
            let mut payload: Vec<u8> = self.held.drain(..head + length).skip(head).collect();
            if let Some(mask) = header.mask {
                payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
            }
            self.frame(&header, payload, &mut take);
        }
    }

    fn frame(&mut self, header: &FrameHeader, payload: Vec<u8>, take: &mut impl FnMut(Whole)) {
        match header.opcode {
            OpCode::Control(Control::Close) => take(Whole::Close(match payload.as_slice() {
                [high, low, ..] => u16::from_be_bytes([*high, *low]),
                _ => 1005,
            })),
            OpCode::Control(_) => {}
            OpCode::Data(data) => {
                let (_, message) = match data {
                    Data::Continue => self.message.get_or_insert_default(),
                    other => self.message.insert((other == Data::Binary, Vec::new())),
                };
                if message.len() + payload.len() <= LONGEST {
                    message.extend_from_slice(&payload);
                }
                if !header.is_final {
                    return;
                }
                let (is_binary, bytes) = self.message.take().unwrap_or_default();
                take(Whole::Message(match (is_binary, String::from_utf8(bytes)) {
                    (false, Ok(text)) => Payload::Text(text),
                    (true, Ok(text)) => Payload::Binary(text.into_bytes()),
                    (_, Err(error)) => Payload::Binary(error.into_bytes()),
                }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], piece: usize) -> Vec<Whole> {
        let mut frames = Frames::default();
        let mut found = Vec::new();
        for piece in bytes.chunks(piece.max(1)) {
            frames.feed(piece, |whole| found.push(whole));
        }
        found
    }

    #[test]
    fn messages_are_found_however_they_are_cut_and_masked() {
        let mut bytes = vec![0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        bytes.extend([0x01, 1, b'a', 0x89, 0, 0x80, 1, b'b', 0x82, 1, 0xff, 0x88, 2, 0x03, 0xe8]);
        let text = |text: &str| Whole::Message(Payload::Text(text.to_owned()));
        let expected =
            [text("Hello"), text("ab"), Whole::Message(Payload::Binary(vec![0xff])), Whole::Close(1000)];
        for piece in 1..bytes.len() {
            assert_eq!(read(&bytes, piece), expected, "{piece}");
        }
    }

    #[test]
    fn what_is_too_long_passes_and_the_next_one_is_read() {
        let mut bytes = vec![0x82, 127];
        bytes.extend((LONGEST as u64 + 1).to_be_bytes());
        bytes.resize(bytes.len() + LONGEST + 1, 7);
        bytes.extend([0x81, 1, b'x']);
        assert_eq!(read(&bytes, 10_000), [Whole::Message(Payload::Text("x".to_owned()))]);
    }

    proptest::proptest! {
        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = read(&bytes, 7);
        }
    }
}
