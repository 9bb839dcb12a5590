//! Finding the frame at which a connection is cut, in bytes that may come in any pieces.

use crate::peer::{Opcode, Splitter, head_end};

use super::plan::Cut;

/// Frames larger than this are not looked into.
const MAX_SEEN: u64 = 16 * 1024 * 1024;
/// A head longer than this is none.
const MAX_HEAD: usize = 64 * 1024;

/// What of some bytes goes on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Bytes that go on.
    pub(super) bytes: Vec<u8>,
    /// True when the connection is cut behind them.
    pub(super) cut: bool,
}

/// One direction's bytes on their way past a cut.
pub(super) struct Cutter {
    cut: Cut,
    /// Bytes of the HTTP head, to find its end in; `None` behind it.
    head: Option<Vec<u8>>,
    splitter: Splitter,
    /// True when the bytes are no frames: they go on unseen.
    blind: bool,
}

impl Cutter {
    pub(super) fn new(cut: Cut) -> Self {
        Self { cut, head: Some(Vec::new()), splitter: Splitter::new(MAX_SEEN), blind: false }
    }

    /// What of `bytes`, and of what was held back before, goes on. Frames go on when they are complete.
    pub(super) fn pass(&mut self, bytes: Vec<u8>) -> Piece {
        if self.blind {
            return Piece { bytes, cut: false };
        }
        let mut out = Vec::new();
        if let Some(head) = &mut self.head {
            let before = head.len();
            head.extend_from_slice(&bytes);
            let Some(end) = head_end(head) else {
                self.blind = head.len() > MAX_HEAD;
                return Piece { bytes, cut: false };
            };
            out.extend_from_slice(&bytes[..end - before]);
            self.splitter.push(&bytes[end - before..]);
            self.head = None;
        } else {
            self.splitter.push(&bytes);
        }
        self.frames(out)
    }

    fn frames(&mut self, mut out: Vec<u8>) -> Piece {
        loop {
            match self.splitter.next_frame() {
                Ok(Some(raw)) => {
                    let text = raw.frame.opcode == Opcode::Text && raw.frame.fin;
                    let message = text.then(|| serde_json::from_slice(&raw.frame.payload).ok()).flatten();
                    if message.is_some_and(|message| (self.cut.matches)(&message)) {
                        out.extend_from_slice(&raw.bytes[..self.cut.place.bytes(raw.bytes.len())]);
                        return Piece { bytes: out, cut: true };
                    }
                    out.extend_from_slice(&raw.bytes);
                }
                Ok(None) => return Piece { bytes: out, cut: false },
                Err(_) => {
                    self.blind = true;
                    out.extend_from_slice(self.splitter.rest());
                    return Piece { bytes: out, cut: false };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::Place;
    use super::*;
    use crate::peer::Frame;

    /// A head and three events, the frames' lengths too.
    fn stream() -> (Vec<u8>, Vec<usize>) {
        let mut bytes = b"HTTP/1.1 101 Switching Protocols\r\n\r\n".to_vec();
        let mut ends = vec![bytes.len()];
        for offset in 1..=3 {
            let text = format!("{{\"type\":\"progress_update\",\"offset\":{offset}}}");
            bytes.extend_from_slice(&Frame::text(text.as_bytes()).encode());
            ends.push(bytes.len());
        }
        (bytes, ends)
    }

    fn passed(place: Place, chunk: usize) -> (usize, bool) {
        let mut cutter = Cutter::new(Cut::at_event(2, place));
        let mut sum = 0;
        for bytes in stream().0.chunks(chunk) {
            let piece = cutter.pass(bytes.to_vec());
            sum += piece.bytes.len();
            if piece.cut {
                return (sum, true);
            }
        }
        (sum, false)
    }

    #[test]
    fn the_cut_is_where_it_was_asked_for_however_the_bytes_come() {
        let (_, ends) = stream();
        let size = ends[2] - ends[1];
        for chunk in [1, 7, 40, 4096] {
            for (place, expected) in [
                (Place::Before, ends[1]),
                (Place::FirstByte, ends[1] + 1),
                (Place::Middle, ends[1] + size / 2),
                (Place::AllButLast, ends[2] - 1),
                (Place::After, ends[2]),
            ] {
                assert_eq!(passed(place, chunk), (expected, true), "{place:?} in chunks of {chunk}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn bytes_that_are_no_frames_go_on_whole(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..600)) {
            let mut cutter = Cutter::new(Cut::at_event(1, Place::Before));
            let mut out = cutter.pass(b"HTTP/1.1 101 x\r\n\r\n".to_vec()).bytes;
            for chunk in bytes.chunks(50) {
                out.extend(cutter.pass(chunk.to_vec()).bytes);
            }
            let seen = out.len().saturating_sub(18);
            proptest::prop_assert!(bytes.starts_with(&out[18..]) && seen <= bytes.len());
        }
    }
}
