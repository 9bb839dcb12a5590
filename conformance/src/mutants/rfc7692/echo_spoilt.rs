//! The messages of one size, kind, offer and fragment come back spoilt.

use crate::checks::ReasonCode;
use crate::checks::rfc7692::connection::COMPRESSED;
use crate::checks::rfc7692::echo::{CASES, EchoCase};
use crate::mutants::{Fault, FrameAction, Mutant};
use crate::peer::deflate::{Deflater, LARGEST_WINDOW, Style, TAIL};
use crate::peer::{Frame, Message, Request, Response};

use super::wire::{Reader, agreed, offers};

/// How the first echo is spoilt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// One octet is another.
    Octet,
    /// The last octet is gone.
    Shorter,
    /// It does not come.
    Lost,
    /// The end of the compressed data is not taken off.
    TailKept,
    /// RSV1 stands on the second frame too.
    MarkedTwice,
    /// Text comes as binary, and the other way round.
    OtherKind,
    /// The second echo refers to the first, although nothing may be taken over.
    ContextReused,
}

impl Manner {
    const ALL: [Self; 7] = [
        Self::Octet,
        Self::TailKept,
        Self::Shorter,
        Self::ContextReused,
        Self::Lost,
        Self::MarkedTwice,
        Self::OtherKind,
    ];

    /// A manner for case `number`, that shows in a case of this kind.
    fn of(number: usize, case: &EchoCase) -> Self {
        match Self::ALL[number % Self::ALL.len()] {
            // What is not text can't be sent as text, and what does not repeat can't be referred to.
            Self::OtherKind if !case.corpus.is_text() => Self::Octet,
            Self::ContextReused if !case.corpus.is_text() || case.size < 256 => Self::Shorter,
            manner => manner,
        }
    }

    fn about(self) -> &'static str {
        match self {
            Self::Octet => "messages of one case come back with another octet",
            Self::Shorter => "messages of one case come back without their last octet",
            Self::Lost => "the first message of one case is lost",
            Self::TailKept => "messages of one case come back with the end of the compressed data still on",
            Self::MarkedTwice => "messages of one case come back in two frames that are both marked",
            Self::OtherKind => "texts of one case come back as binary messages",
            Self::ContextReused => "messages of one case refer to earlier ones in spite of the promise",
        }
    }

    fn reason(self) -> ReasonCode {
        match self {
            Self::Octet | Self::Shorter | Self::Lost => ReasonCode::WrongValue,
            Self::TailKept | Self::MarkedTwice | Self::ContextReused => ReasonCode::Malformed,
            Self::OtherKind => ReasonCode::WrongType,
        }
    }
}

pub(super) fn mutants() -> Vec<Mutant> {
    let mutant = |(number, case): (usize, &'static EchoCase)| {
        let manner = Manner::of(number, case);
        Mutant::wire(&case.spoilt, manner.about(), &case.id, manner.reason(), move || Spoilt {
            case,
            manner,
            hit: false,
            begun: false,
            echoes: 0,
            client: Reader::new(true),
            server: Reader::new(false),
            deflater: Deflater::new(LARGEST_WINDOW, true, Style::Fixed),
        })
    };
    CASES.iter().enumerate().map(mutant).collect()
}

struct Spoilt {
    case: &'static EchoCase,
    manner: Manner,
    /// Whether this connection plays the case.
    hit: bool,
    /// Whether the first message of the client has come, which tells.
    begun: bool,
    echoes: usize,
    client: Reader,
    server: Reader,
    /// Remembers what it must not.
    deflater: Deflater,
}

impl Spoilt {
    /// The frames of the spoilt echo.
    fn spoil(&mut self, message: &Message) -> Vec<u8> {
        let plain = message.to_frame();
        let compressed = |payload: Vec<u8>| Frame { payload, ..plain.clone() }.rsv(COMPRESSED);
        match self.manner {
            Manner::Octet => {
                let mut octets = plain.payload.clone();
                if let Some(octet) =
                    octets.iter_mut().find(|octet| octet.is_ascii_lowercase() || **octet == 0)
                {
                    *octet = if *octet == b'q' { b'z' } else { b'q' };
                }
                Frame { payload: octets, ..plain }.encode()
            }
            Manner::Shorter => {
                let text = String::from_utf8_lossy(&plain.payload).into_owned();
                let cut = text.char_indices().next_back().map_or(0, |(at, _)| at);
                let cut = if self.case.corpus.is_text() { cut } else { plain.payload.len() - 1 };
                Frame { payload: plain.payload[..cut].to_vec(), ..plain.clone() }.encode()
            }
            Manner::Lost => Vec::new(),
            Manner::TailKept => {
                let mut deflater = Deflater::new(LARGEST_WINDOW, false, Style::Stored);
                compressed([&deflater.message(&plain.payload)[..], &TAIL].concat()).encode()
            }
            Manner::MarkedTwice => {
                let mut deflater = Deflater::new(LARGEST_WINDOW, false, Style::Stored);
                let payload = deflater.message(&plain.payload);
                let (first, second) = payload.split_at(payload.len() / 2);
                let mut bytes = compressed(first.to_vec()).more().encode();
                bytes.extend(Frame::continuation(second).rsv(COMPRESSED).encode());
                bytes
            }
            Manner::OtherKind => Frame::binary(plain.payload).encode(),
            Manner::ContextReused => compressed(self.deflater.message(&plain.payload)).encode(),
        }
    }
}

impl Fault for Spoilt {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_response(&mut self, request: &Request, response: &mut Response) {
        let agreement = agreed(request, response).filter(|_| offers(request) == self.case.offers);
        self.hit = agreement.is_some();
        let agreement = agreement.unwrap_or_default();
        self.client = Reader::new(!agreement.client_no_context_takeover);
        self.server = Reader::new(!agreement.server_no_context_takeover);
    }

    fn on_client_frame(&mut self, frame: &Frame) -> FrameAction {
        if !self.hit || self.begun {
            return FrameAction::Bytes(frame.encode());
        }
        if let Some(read) = self.client.push(frame) {
            self.begun = true;
            let cut = if read.frames > 1 { Some(read.first) } else { None };
            // A message that compresses to less than a frame is not cut, nor is another case's.
            let fragment = self.case.fragment.filter(|size| *size <= read.first);
            self.hit = read.compressed && cut == fragment && read.message == self.case.message(0);
        }
        FrameAction::Bytes(frame.encode())
    }

    fn on_server_frame(&mut self, frame: &Frame) -> FrameAction {
        if !self.hit || frame.opcode.is_control() {
            return FrameAction::Pass;
        }
        let Some(read) = self.server.push(frame) else { return FrameAction::Bytes(Vec::new()) };
        self.echoes += 1;
        if self.echoes > 1 && self.manner == Manner::Lost {
            return FrameAction::Bytes(read.message.to_frame().encode());
        }
        FrameAction::Bytes(self.spoil(&read.message))
    }
}
