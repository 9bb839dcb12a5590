//! Whether the suite has said what a case says, whatever its masks and however TCP cut it.

use crate::checks::Side;
use crate::checks::rfc6455::{Talk, masked, unmasked};
use crate::peer::{Frame, Opcode, Splitter};

/// Largest payload that is waited for.
const MOST: u64 = 16 << 20;

/// Compares what the suite says with what a case says.
#[derive(Debug)]
pub(super) struct Overheard {
    frames: std::vec::IntoIter<Frame>,
    tail: Vec<u8>,
    splitter: Splitter,
    /// All bytes, while no frame is expected: junk must not be taken for frames.
    junk: Option<Vec<u8>>,
    other: bool,
    said: bool,
}

impl Overheard {
    /// `judged` is the side that hears it.
    pub(super) fn new(talk: &Talk, early: bool, judged: Side) -> Self {
        let dressed = match judged {
            Side::Server => masked,
            Side::Client => unmasked,
        };
        let (frames, tail) = talk.said(early, dressed);
        let junk = frames.is_empty().then(Vec::new);
        Self {
            frames: frames.into_iter(),
            tail: cleared(&tail),
            splitter: Splitter::new(MOST),
            junk,
            other: false,
            said: false,
        }
    }

    /// Takes bytes of the suite; true from the moment on when all of it has been said.
    pub(super) fn hears(&mut self, bytes: &[u8]) -> bool {
        if self.said || self.other {
            return self.said;
        }
        if let Some(junk) = &mut self.junk {
            junk.extend_from_slice(bytes);
            self.said = !self.tail.is_empty() && cleared(junk).starts_with(&self.tail);
            return self.said;
        }
        self.splitter.push(bytes);
        while let Ok(Some(raw)) = self.splitter.next_frame() {
            match self.frames.as_slice().first() {
                Some(frame) if same(frame, &raw.frame) => drop(self.frames.next()),
                // The suite's peer answers pings, in between or at the end.
                _ if raw.frame.opcode == Opcode::Pong => {}
                Some(_) => self.other = true,
                None => self.other = !self.tail.is_empty(),
            }
            if self.other || (self.tail.is_empty() && self.frames.as_slice().is_empty()) {
                break;
            }
        }
        self.said = !self.other
            && self.frames.as_slice().is_empty()
            && cleared(self.splitter.rest()).starts_with(&self.tail);
        self.said
    }

    /// True when all has been said but the ping at its end: who closes at what stands before it may do so first.
    pub(super) fn lacks_a_ping(&self) -> bool {
        let last = matches!(self.frames.as_slice(), [last] if last.opcode == Opcode::Ping);
        last && self.tail.is_empty() && !self.other
    }
}

/// True for frames that differ in nothing but their key.
fn same(a: &Frame, b: &Frame) -> bool {
    let plain = |frame: &Frame| (frame.fin, frame.rsv, frame.opcode, frame.mask.is_some());
    plain(a) == plain(b) && a.payload == b.payload && head_length(a) == head_length(b)
}

/// Octets of the header: the form of the length, whichever way it came about.
fn head_length(frame: &Frame) -> usize {
    frame.encode_head(frame.payload.len() as u64).len()
}

/// A frame that may not be whole, its key zeroed and its payload unmasked.
fn cleared(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let Some(second) = bytes.get(1).copied() else { return bytes };
    let at = match second & 0x7f {
        126 => 4,
        127 => 10,
        _ => 2,
    };
    if second & 0x80 != 0 && bytes.len() >= at + 4 {
        let (head, payload) = bytes.split_at_mut(at + 4);
        for (octet, key) in payload.iter_mut().zip(head[at..].iter().cycle()) {
            *octet ^= key;
        }
        head[at..].fill(0);
    }
    bytes
}
