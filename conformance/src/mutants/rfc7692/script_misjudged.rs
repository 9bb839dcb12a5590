//! The frames of one case are judged wrongly: what is allowed is refused, what is forbidden is taken, passed
//! over, or refused with another code.

use crate::checks::ReasonCode;
use crate::checks::rfc7692::scripts::{CASES, Outcome, Script};
use crate::mutants::{Action, Fault, FrameAction, Mutant};
use crate::peer::{Frame, Message, Opcode};

pub(super) fn mutants() -> Vec<Mutant> {
    let mutant = |(number, case): (usize, &'static Script)| {
        let manner = Manner::of(number, case);
        Mutant::wire(&case.spoilt, manner.about(), &case.id, manner.reason(), move || Misjudged {
            case,
            manner,
            seen: 0,
            held: Vec::new(),
            hit: false,
        })
    };
    CASES.iter().enumerate().map(mutant).collect()
}

/// What is done instead of the right thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// The connection is failed.
    Refuse,
    /// Another message comes back.
    Garble,
    /// Something comes back.
    Take,
    /// Nothing happens.
    Ignore,
    /// The connection is closed with 1000.
    OtherCode,
}

impl Manner {
    fn of(number: usize, case: &Script) -> Self {
        match case.outcome {
            Outcome::Either(_) => Self::Garble,
            Outcome::Echo(_) if number.is_multiple_of(3) => Self::Garble,
            Outcome::Echo(_) => Self::Refuse,
            Outcome::Refused([]) => [Self::Take, Self::Ignore][number % 2],
            Outcome::Refused(_) => [Self::Take, Self::Ignore, Self::OtherCode][number % 3],
        }
    }

    fn about(self) -> &'static str {
        match self {
            Self::Refuse => "one allowed form of a message fails the connection",
            Self::Garble => "one form of a message is read as another",
            Self::Take => "one forbidden thing is taken and answered",
            Self::Ignore => "one forbidden thing is passed over",
            Self::OtherCode => "one forbidden thing closes with 1000",
        }
    }

    fn reason(self) -> ReasonCode {
        match self {
            Self::Refuse => ReasonCode::Closed,
            Self::Garble => ReasonCode::WrongValue,
            Self::Take => ReasonCode::Accepted,
            Self::Ignore => ReasonCode::NotClosed,
            Self::OtherCode => ReasonCode::WrongCloseCode,
        }
    }
}

struct Misjudged {
    case: &'static Script,
    manner: Manner,
    /// Frames of the case that have come.
    seen: usize,
    /// The same, held back until it is clear that it is this case.
    held: Vec<u8>,
    hit: bool,
}

impl Misjudged {
    /// What goes to the server in place of the case's frames.
    fn instead(&self) -> Vec<u8> {
        let key = [7, 7, 7, 7];
        let frame = match self.manner {
            Manner::Refuse => Frame::text("a bit that nobody owns").rsv(0b001),
            Manner::Take | Manner::Garble => match self.case.outcome {
                Outcome::Echo(Message::Binary(_)) => Frame::binary("something else"),
                _ => Frame::text("something else"),
            },
            Manner::Ignore => return Vec::new(),
            Manner::OtherCode => return self.held.clone(),
        };
        frame.masked(key).encode()
    }
}

impl Fault for Misjudged {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_frame(&mut self, frame: &Frame) -> FrameAction {
        let expected = self.case.frames.get(self.seen).filter(|_| !self.hit);
        let same = |expected: &Frame| {
            (expected.fin, expected.rsv, expected.opcode) == (frame.fin, frame.rsv, frame.opcode)
                && expected.payload == frame.payload
        };
        if frame.opcode == Opcode::Pong && !expected.is_some_and(same) {
            // The suite answers the server's pings in between.
            return FrameAction::Bytes(frame.encode());
        }
        self.held.extend(frame.encode());
        match expected {
            Some(expected) if same(expected) => {
                self.seen += 1;
                if self.seen < self.case.frames.len() {
                    return FrameAction::Bytes(Vec::new());
                }
                self.hit = true;
                let bytes = self.instead();
                self.held.clear();
                FrameAction::Bytes(bytes)
            }
            _ => {
                // Another case, or the end of this one.
                self.seen = 0;
                FrameAction::Bytes(std::mem::take(&mut self.held))
            }
        }
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        match message {
            Message::Close(_) if self.hit && self.manner == Manner::OtherCode => Action::close(1000, ""),
            _ => Action::Pass,
        }
    }
}
