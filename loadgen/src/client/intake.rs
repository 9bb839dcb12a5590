//! Where bytes are read and frames are found: one buffer a thread, not one a connection.

use std::cell::Cell;
use std::io::Cursor;

use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;

use super::error::LinkError;

/// Bytes read at once.
const CHUNK: usize = 16 * 1024;

/// What a buffer of the thread may keep when a large message has gone through.
const KEPT: usize = 64 * 1024;

/// Largest message taken; a result is at most 512 KiB of rows and their envelope.
pub(super) const LARGEST_MESSAGE: usize = 2 * 1024 * 1024;

thread_local! {
    static SPARE: Cell<Option<Box<Intake>>> = const { Cell::new(None) };
}

/// The bytes of one connection while they are looked at. Taken from the thread, given back when dropped.
#[derive(Debug)]
pub(super) struct Intake {
    /// What was read last.
    pub(super) chunk: Box<[u8]>,
    filled: usize,
    /// An incomplete frame of earlier reads with what was read behind it; empty on most days.
    joined: Vec<u8>,
    /// How far the bytes have been looked at.
    at: usize,
    /// A message that came in fragments, once it is whole.
    pub(super) whole: Vec<u8>,
}

/// A frame: its header, and where its payload lies in [`Intake::bytes`].
pub(super) struct Found {
    pub(super) header: FrameHeader,
    pub(super) payload: std::ops::Range<usize>,
}

impl Intake {
    /// The buffer of this thread, empty.
    pub(super) fn take() -> Box<Self> {
        SPARE.take().unwrap_or_else(|| {
            Box::new(Self {
                chunk: vec![0; CHUNK].into_boxed_slice(),
                filled: 0,
                joined: Vec::new(),
                at: 0,
                whole: Vec::new(),
            })
        })
    }

    /// Gives the buffer back to the thread.
    pub(super) fn put(mut self: Box<Self>) {
        self.filled = 0;
        self.at = 0;
        for large in [&mut self.joined, &mut self.whole] {
            large.clear();
            large.shrink_to(KEPT);
        }
        SPARE.set(Some(self));
    }

    /// Begins with what a connection held back.
    pub(super) fn begin(&mut self, held: Vec<u8>) {
        self.joined = held;
        self.filled = 0;
        self.at = 0;
    }

    /// `count` bytes were read into the chunk.
    pub(super) fn filled(&mut self, count: usize) {
        if self.at >= self.bytes().len() {
            self.joined.clear();
            self.at = 0;
        }
        self.filled = count;
        if !self.joined.is_empty() {
            self.joined.extend_from_slice(&self.chunk[..count]);
        }
    }

    /// Everything there is, looked at or not.
    pub(super) fn bytes(&self) -> &[u8] {
        if self.joined.is_empty() { &self.chunk[..self.filled] } else { &self.joined }
    }

    /// The next whole frame; `None` when more must be read.
    pub(super) fn frame(&mut self) -> Result<Option<Found>, LinkError> {
        let rest = &self.bytes()[self.at..];
        if rest.is_empty() {
            return Ok(None);
        }
        let mut cursor = Cursor::new(rest);
        let parsed =
            FrameHeader::parse(&mut cursor).map_err(|error| LinkError::Unreadable(error.to_string()))?;
        let Some((header, length)) = parsed else { return Ok(None) };
        let head = usize::try_from(cursor.position()).unwrap_or(usize::MAX);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > LARGEST_MESSAGE {
            return Err(LinkError::Unreadable(format!("a frame of {length} bytes")));
        }
        if rest.len() - head < length {
            return Ok(None);
        }
        let from = self.at + head;
        self.at = from + length;
        Ok(Some(Found { header, payload: from..from + length }))
    }

    /// Looks at everything again.
    pub(super) fn rewind(&mut self) {
        self.at = 0;
    }

    /// What has not been looked at, for the connection to hold; empty when all is quiet.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        let at = self.at;
        let rest = if self.joined.is_empty() {
            self.chunk[at..self.filled].to_vec()
        } else if at >= self.joined.len() {
            Vec::new()
        } else {
            let mut rest = std::mem::take(&mut self.joined);
            rest.drain(..at);
            rest
        };
        self.begin(Vec::new());
        rest
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Feeds `bytes` in pieces and collects the payloads.
    fn payloads(bytes: &[u8], pieces: &[usize]) -> Result<Vec<Vec<u8>>, LinkError> {
        let mut found = Vec::new();
        let mut held = Vec::new();
        let mut left = bytes;
        let mut sizes = pieces.iter().copied().cycle();
        while !left.is_empty() {
            let size = sizes.next().unwrap_or(1).clamp(1, left.len());
            let mut intake = Intake::take();
            intake.begin(std::mem::take(&mut held));
            intake.chunk[..size].copy_from_slice(&left[..size]);
            intake.filled(size);
            left = &left[size..];
            while let Some(frame) = intake.frame()? {
                found.push(intake.bytes()[frame.payload].to_vec());
            }
            held = intake.rest();
            intake.put();
        }
        Ok(found)
    }

    #[test]
    fn frames_are_found_however_they_are_cut() {
        let mut bytes = Vec::new();
        for text in ["a", "", "bcd"] {
            bytes.extend_from_slice(&[0x81, u8::try_from(text.len()).unwrap()]);
            bytes.extend_from_slice(text.as_bytes());
        }
        let whole = payloads(&bytes, &[100]).unwrap();
        assert_eq!(whole, [b"a".to_vec(), Vec::new(), b"bcd".to_vec()]);
        for size in 1..bytes.len() {
            assert_eq!(payloads(&bytes, &[size]).unwrap(), whole, "{size}");
        }
    }

    #[test]
    fn a_frame_beyond_the_limit_is_refused_before_it_has_come() {
        let mut bytes = vec![0x81, 127];
        bytes.extend_from_slice(&(1_u64 << 40).to_be_bytes());
        assert!(payloads(&bytes, &[100]).is_err());
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            pieces in prop::collection::vec(1_usize..40, 1..5),
        ) {
            let _ = payloads(&bytes, &pieces);
        }

        #[test]
        fn any_cutting_finds_the_same(
            lengths in prop::collection::vec(0_usize..700, 1..8),
            pieces in prop::collection::vec(1_usize..500, 1..5),
        ) {
            let mut bytes = Vec::new();
            for (number, length) in lengths.iter().enumerate() {
                let header = FrameHeader { opcode: 2.into(), ..FrameHeader::default() };
                header.format(*length as u64, &mut bytes).unwrap();
                bytes.extend(std::iter::repeat_n(u8::try_from(number).unwrap(), *length));
            }
            let found = payloads(&bytes, &pieces).unwrap();
            let sizes: Vec<usize> = found.iter().map(Vec::len).collect();
            prop_assert_eq!(sizes, lengths);
        }
    }
}
