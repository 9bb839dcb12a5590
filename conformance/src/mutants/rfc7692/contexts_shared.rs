//! Connections that share what belongs to one.

use std::sync::{Arc, Mutex, PoisonError};

use crate::checks::ReasonCode;
use crate::checks::rfc7692::connection::COMPRESSED;
use crate::mutants::{Fault, FrameAction, Mutant, edit};
use crate::peer::Frame;
use crate::peer::deflate::{Deflater, InflateRules, Inflater, LARGEST_WINDOW, Style};

use super::wire::Reader;

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        Mutant::wire_shared(
            "deflate.context-of-server-shared",
            "the connections of a server compress with one context",
            "deflate.context-of-connections",
            ReasonCode::Malformed,
            || {
                let deflater = Arc::new(Mutex::new(Deflater::new(LARGEST_WINDOW, true, Style::Fixed)));
                move || Shared { deflater: Arc::clone(&deflater), server: Reader::new(false), size: 2_009 }
            },
        ),
        Mutant::wire_shared(
            "deflate.context-of-client-shared",
            "the connections of a server decompress with one context",
            "deflate.context-of-connections",
            ReasonCode::Closed,
            || {
                let rules = InflateRules { window_bits: LARGEST_WINDOW, takeover: true, limit: 1 << 20 };
                let inflater = Arc::new(Mutex::new(Inflater::new(rules)));
                move || SharedReading {
                    inflater: Arc::clone(&inflater),
                    client: Reader::new(true),
                    size: 2_009,
                }
            },
        ),
        Mutant::wire_shared(
            "deflate.reference-to-another-connection",
            "a reference to nothing gives octets of another connection",
            "deflate.context-not-anothers",
            ReasonCode::Accepted,
            || {
                let told = Arc::new(Mutex::new(Vec::new()));
                move || Told { told: Arc::clone(&told), client: Reader::new(false) }
            },
        ),
        Mutant::wire(
            "deflate.reference-to-nothing",
            "a reference to before the first message gives zeros",
            "deflate.context-before-the-beginning",
            ReasonCode::Accepted,
            || {
                let mut client = Reader::new(false);
                edit::client_frames(move |frame| {
                    let unreadable = frame.fin && frame.rsv == COMPRESSED && client.push(frame).is_none();
                    let far = unreadable && frame.payload.len() > 5 && frame.payload.len() < 12;
                    far.then(|| Frame::text([0; 41]).masked([2, 7, 1, 8]).encode())
                })
            },
        ),
        Mutant::wire_shared(
            "deflate.failure-of-all",
            "broken data on one connection spoils the next message of another",
            "deflate.failure-stays-apart",
            ReasonCode::WrongValue,
            || {
                let broken = Arc::new(Mutex::new(false));
                move || FailureOfAll { broken: Arc::clone(&broken), server: Reader::new(false) }
            },
        ),
    ]
}

/// Messages of one size are compressed with a context that all connections share.
struct Shared {
    deflater: Arc<Mutex<Deflater>>,
    server: Reader,
    size: usize,
}

impl Fault for Shared {
    fn on_server_frame(&mut self, frame: &Frame) -> FrameAction {
        if frame.opcode.is_control() {
            return FrameAction::Pass;
        }
        let Some(read) = self.server.push(frame) else { return FrameAction::Bytes(Vec::new()) };
        let plain = read.message.to_frame();
        if plain.payload.len() != self.size {
            return FrameAction::Bytes(plain.encode());
        }
        let payload = self.deflater.lock().unwrap_or_else(PoisonError::into_inner).message(&plain.payload);
        FrameAction::Bytes(Frame { payload, ..plain }.rsv(COMPRESSED).encode())
    }
}

/// Messages of one size are read with a context that all connections share: what comes of that goes to the server, and
/// where nothing comes of it, what is broken for it too.
struct SharedReading {
    inflater: Arc<Mutex<Inflater>>,
    client: Reader,
    size: usize,
}

impl Fault for SharedReading {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_frame(&mut self, frame: &Frame) -> FrameAction {
        let Some(read) = self.client.push(frame) else { return FrameAction::Bytes(frame.encode()) };
        let plain = read.message.to_frame();
        if plain.payload.len() != self.size || !read.compressed {
            return FrameAction::Bytes(plain.masked([3, 1, 4, 1]).encode());
        }
        let mut inflater = self.inflater.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = match inflater.message(&frame.payload) {
            Ok(inflated) if inflated.bytes == plain.payload => plain,
            _ => Frame::text([0x07]).rsv(COMPRESSED),
        };
        FrameAction::Bytes(passed.masked([3, 1, 4, 1]).encode())
    }
}

/// What can't be read is answered with what another connection sent last.
struct Told {
    told: Arc<Mutex<Vec<u8>>>,
    client: Reader,
}

impl Fault for Told {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_frame(&mut self, frame: &Frame) -> FrameAction {
        if frame.opcode.is_control() || !frame.fin {
            return FrameAction::Bytes(frame.encode());
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        match self.client.push(frame) {
            Some(read) => *told = read.message.to_frame().payload,
            None if !told.is_empty() => {
                let anothers = String::from_utf8_lossy(&told).into_owned();
                return FrameAction::Bytes(Frame::text(anothers).masked([3, 1, 4, 1]).encode());
            }
            None => {}
        }
        FrameAction::Bytes(frame.encode())
    }
}

/// One connection's broken data changes what another is sent.
struct FailureOfAll {
    broken: Arc<Mutex<bool>>,
    server: Reader,
}

impl Fault for FailureOfAll {
    fn on_server_frame(&mut self, frame: &Frame) -> FrameAction {
        let mut broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        if frame.opcode.is_control() {
            *broken |= frame.close_parts().is_some_and(|(code, _)| code == 1007);
            return FrameAction::Pass;
        }
        let Some(read) = self.server.push(frame).filter(|_| *broken) else { return FrameAction::Pass };
        *broken = false;
        let mut plain = read.message.to_frame();
        plain.payload.reverse();
        FrameAction::Bytes(plain.encode())
    }
}
