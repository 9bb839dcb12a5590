//! From the server: compressed messages become plain ones, everything else goes on as it is.

use flate2::{Decompress, FlushDecompress, Status};

use super::{COMPRESSED, FINAL, Head, LARGEST_WINDOW, TAIL};
use crate::mistake::Mistake;

/// The largest message that is held: what the WebSocket library would hold, too.
const LARGEST: usize = 64 << 20;
/// Longest head of a frame.
const LONGEST_HEAD: usize = 14;
/// Octets that a message may refer back to.
const WINDOW: usize = 1 << LARGEST_WINDOW;
/// Opcode of pings.
const PING: u8 = 9;
/// Least room for what is inflated.
const ROOM: usize = 4 * 1024;
/// The tail, and a last empty block: only a message that ends with a block ends the stream there.
const END: [u8; 9] = [0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff];
/// Most streams that one message may consist of: some writers end a stream instead of flushing it.
const MOST_STREAMS: usize = 1_024;

/// What fails the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// Frames in an order that there is not, or what is not DEFLATE.
    Malformed,
    /// More than is held.
    TooLarge,
}

/// Where in a frame the next octet stands.
#[derive(Debug)]
enum Place {
    /// In its head, of which there is so much.
    Head(Vec<u8>),
    /// In a payload that goes on as it is, so many octets before its end.
    Passing(u64),
    /// In a compressed payload, so many octets before its end; whether the message ends with it.
    Gathering(u64, bool),
}

/// Reads what a server sends.
#[derive(Debug)]
pub(super) struct Incoming {
    place: Place,
    /// Opcode and payload of a compressed message that is not complete.
    message: Option<(u8, Vec<u8>)>,
    inflater: Decompress,
    /// The end of what came before; nothing where nothing is taken over.
    history: Vec<u8>,
    takes_over: bool,
    mistake: Option<Mistake>,
}

impl Incoming {
    /// A reader of messages that may refer to those before them, if `takes_over`.
    pub(super) fn new(takes_over: bool) -> Self {
        Self {
            place: Place::Head(Vec::with_capacity(LONGEST_HEAD)),
            message: None,
            inflater: Decompress::new_with_window_bits(false, LARGEST_WINDOW),
            history: Vec::new(),
            takes_over,
            mistake: None,
        }
    }

    /// The same, which makes `mistake`.
    pub(super) fn mistaken(self, mistake: Option<Mistake>) -> Self {
        Self { mistake, ..self }
    }

    /// Takes `bytes`, and appends what goes on to `ready`.
    pub(super) fn take(&mut self, mut bytes: &[u8], ready: &mut Vec<u8>) -> Result<(), Broken> {
        while !bytes.is_empty() {
            match &mut self.place {
                Place::Head(head) => {
                    head.push(bytes[0]);
                    bytes = &bytes[1..];
                    let Some(read) = Head::read(head) else { continue };
                    let head = std::mem::take(head);
                    self.begin(&read, &head, ready)?;
                }
                Place::Passing(left) => {
                    let size = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    ready.extend_from_slice(&bytes[..size]);
                    bytes = &bytes[size..];
                    *left -= size as u64;
                }
                Place::Gathering(left, _) => {
                    let size = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    if let Some((_, payload)) = &mut self.message {
                        payload.extend_from_slice(&bytes[..size]);
                    }
                    bytes = &bytes[size..];
                    *left -= size as u64;
                }
            }
            self.end(ready)?;
        }
        Ok(())
    }

    /// Behind a frame's head.
    fn begin(&mut self, head: &Head, octets: &[u8], ready: &mut Vec<u8>) -> Result<(), Broken> {
        let bits = head.first & 0x70;
        let compressed = head.begins() && bits == COMPRESSED;
        if head.begins() && self.message.is_some() {
            // The library has not seen that a message is open.
            return Err(Broken::Malformed);
        }
        let continues = head.opcode() == 0 && bits == 0 && self.message.is_some();
        if head.mask.is_some() || !(compressed || continues) {
            match self.mistake {
                Some(Mistake::ForgetsAtPlain) if head.begins() => self.history.clear(),
                Some(Mistake::ForgetsAtPing) if head.opcode() == PING => self.history.clear(),
                _ => {}
            }
            // What is wrong with it is for the library to say.
            ready.extend_from_slice(octets);
            self.place = Place::Passing(head.length);
            return Ok(());
        }
        let (_, payload) = self.message.get_or_insert_with(|| (head.opcode(), Vec::new()));
        if head.length > (LARGEST - payload.len()) as u64 {
            return Err(Broken::TooLarge);
        }
        self.place = Place::Gathering(head.length, head.is_final());
        Ok(())
    }

    /// Where a payload is complete, its message may be, and the next head begins.
    fn end(&mut self, ready: &mut Vec<u8>) -> Result<(), Broken> {
        match self.place {
            Place::Passing(0) | Place::Gathering(0, false) => {}
            Place::Gathering(0, true) => {
                if let Some((opcode, payload)) = self.message.take() {
                    let message = self.inflated(&payload)?;
                    Head::write(FINAL | opcode, None, message.len(), ready);
                    ready.extend_from_slice(&message);
                }
            }
            _ => return Ok(()),
        }
        self.place = Place::Head(Vec::with_capacity(LONGEST_HEAD));
        Ok(())
    }

    /// The message behind a compressed payload.
    fn inflated(&mut self, payload: &[u8]) -> Result<Vec<u8>, Broken> {
        let mut out = Vec::with_capacity(payload.len().saturating_mul(2).clamp(ROOM, LARGEST));
        let mut streams = 0;
        self.restart(&out)?;
        if !payload.is_empty() && self.feed(payload, &mut out, &mut streams)? {
            // Its last block said that it was the last.
            self.restart(&out)?;
        }
        let end = if payload.is_empty() { &END[TAIL.len()..] } else { &END[..] };
        if !self.feed(end, &mut out, &mut streams)? {
            return Err(Broken::Malformed);
        }
        if self.takes_over {
            self.history.extend_from_slice(&out[out.len().saturating_sub(WINDOW)..]);
            let surplus = self.history.len().saturating_sub(WINDOW);
            self.history.drain(..surplus);
            match self.mistake {
                Some(Mistake::ForgetsAtEmpty) if out.is_empty() => self.history.clear(),
                Some(Mistake::ForgetsAtWindow) if self.history.len() == WINDOW => self.history.clear(),
                _ => {}
            }
        }
        Ok(out)
    }

    /// Begins a stream behind what there is.
    fn restart(&mut self, out: &[u8]) -> Result<(), Broken> {
        self.inflater.reset(false);
        let own = &out[out.len().saturating_sub(WINDOW)..];
        let before = &self.history[self.history.len().saturating_sub(WINDOW - own.len())..];
        if own.is_empty() && before.is_empty() {
            return Ok(());
        }
        let dictionary = [before, own].concat();
        self.inflater.set_dictionary(&dictionary).map(drop).map_err(|_| Broken::Malformed)
    }

    /// Takes all of `input`; whether a stream ended exactly with it.
    fn feed(&mut self, mut input: &[u8], out: &mut Vec<u8>, streams: &mut usize) -> Result<bool, Broken> {
        loop {
            if out.len() > LARGEST {
                return Err(Broken::TooLarge);
            }
            if out.len() == out.capacity() {
                out.reserve(out.len().clamp(ROOM, LARGEST));
            }
            let (taken, made) = (self.inflater.total_in(), out.len());
            let status = self
                .inflater
                .decompress_vec(input, out, FlushDecompress::None)
                .map_err(|_| Broken::Malformed)?;
            let taken = usize::try_from(self.inflater.total_in() - taken).unwrap_or(usize::MAX);
            input = &input[taken.min(input.len())..];
            if status == Status::StreamEnd {
                *streams += 1;
                if input.is_empty() {
                    return Ok(true);
                }
                if *streams > MOST_STREAMS {
                    return Err(Broken::Malformed);
                }
                self.restart(out)?;
                continue;
            }
            if out.len() < out.capacity() && (input.is_empty() || (taken == 0 && out.len() == made)) {
                return if input.is_empty() { Ok(false) } else { Err(Broken::Malformed) };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What goes on of `wire`, which comes in pieces of `piece` octets.
    fn taken(wire: &[u8], piece: usize, takes_over: bool) -> Result<Vec<u8>, Broken> {
        let (mut incoming, mut ready) = (Incoming::new(takes_over), Vec::new());
        wire.chunks(piece.max(1)).try_for_each(|piece| incoming.take(piece, &mut ready)).map(|()| ready)
    }

    /// The frame of the standard's "Hello".
    const HELLO: [u8; 9] = [0xc1, 7, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    /// The same behind itself, with a reference to it.
    const AGAIN: [u8; 7] = [0xc1, 5, 0xf2, 0x00, 0x11, 0x00, 0x00];
    const PLAIN: &[u8] = b"\x81\x05Hello";

    #[test]
    fn the_examples_of_the_standard_are_read_in_any_pieces() {
        let stored = [0xc1, 0x0b, 0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00];
        let last = [0xc1, 0x08, 0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
        let two = [0x41, 0x03, 0xf2, 0x48, 0xcd, 0x80, 0x04, 0xc9, 0xc9, 0x07, 0x00];
        for wire in [&HELLO[..], &stored, &last, &two, PLAIN] {
            for piece in 1..wire.len() {
                assert_eq!(taken(wire, piece, true), Ok(PLAIN.to_vec()), "{wire:?}");
            }
        }
    }

    #[test]
    fn what_is_taken_over_is_needed() {
        let wire = [HELLO, HELLO].concat();
        assert_eq!(taken(&wire, 4, true), Ok(PLAIN.repeat(2)));
        let wire = [&HELLO[..], &AGAIN].concat();
        assert_eq!(taken(&wire, 4, true), Ok(PLAIN.repeat(2)));
        assert_eq!(taken(&wire, 4, false), Err(Broken::Malformed));
    }

    #[test]
    fn control_frames_pass_and_forbidden_ones_are_left_to_the_library() {
        let ping = [0x89, 0x00];
        let wire =
            [&[0x41, 0x03, 0xf2, 0x48, 0xcd][..], &ping, &[0x80, 0x04, 0xc9, 0xc9, 0x07, 0x00]].concat();
        assert_eq!(taken(&wire, 3, true), Ok([&ping[..], PLAIN].concat()));
        for odd in [&[0xc9, 0x00][..], &[0xc0, 0x01, 0x41], &[0xe1, 0x01, 0x41]] {
            assert_eq!(taken(odd, 2, true), Ok(odd.to_vec()));
        }
        let inside = [&[0x41, 0x03, 0xf2, 0x48, 0xcd][..], PLAIN].concat();
        assert_eq!(taken(&inside, 5, true), Err(Broken::Malformed));
        for broken in [&[0xc1, 0x01, 0x06][..], &[0xc1, 0x02, 0x04, 0x80], &HELLO[..5]] {
            let whole = broken.len() == broken[1] as usize + 2;
            assert_eq!(taken(broken, 9, true).is_err(), whole, "{broken:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn random_bytes_never_panic_and_pieces_have_no_meaning(
            bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300), piece in 1_usize..20,
        ) {
            let (whole, pieces) = (taken(&bytes, bytes.len(), true), taken(&bytes, piece, true));
            proptest::prop_assert_eq!(whole, pieces);
        }
    }
}
