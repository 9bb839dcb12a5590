//! Faults on the wire of a client that echoes, made from the tables of the cases: each spoils exactly its own.

use std::sync::LazyLock;

use crate::checks::ReasonCode;
use crate::client::wire::deflate::scripts;
use crate::client::wire::{closing, echo, large, lengths, opening, refusal};
use crate::mutants::{Action, Fault, FrameAction, Mutant, Out, edit};
use crate::peer::{Frame, Message, Opcode, Request, Response, SAMPLE_KEY, accept_value};

/// A mutant of a case, its texts kept for ever.
struct Texts {
    id: String,
    description: String,
}

pub(crate) fn mutants() -> Vec<Mutant> {
    [echoes(), large(), refusals(), lengths(), answers(), closes()].concat()
}

static ECHOES: LazyLock<Vec<Texts>> = LazyLock::new(|| {
    let texts = |case: &echo::Case| Texts {
        id: format!("{}-spoilt", case.id),
        description: format!("the message of {} comes back changed", case.id),
    };
    echo::CASES.iter().map(texts).collect()
});

fn echoes() -> Vec<Mutant> {
    let mutant = |(case, texts): (&'static echo::Case, &'static Texts)| {
        Mutant::wire(&texts.id, &texts.description, &case.id, ReasonCode::WrongValue, move || {
            edit::client_messages(|message| {
                if *message != case.message {
                    return Action::Pass;
                }
                Action::Do(vec![Out::Server(spoilt(message))])
            })
        })
    };
    echo::CASES.iter().zip(ECHOES.iter()).map(mutant).collect()
}

static LARGE: LazyLock<Vec<Texts>> = LazyLock::new(|| {
    let texts = |case: &large::Case| Texts {
        id: format!("{}-spoilt", case.id),
        description: format!("the message of {} comes back changed", case.id),
    };
    large::CASES.iter().map(texts).collect()
});

fn large() -> Vec<Mutant> {
    let mutant = |(case, texts): (&'static large::Case, &'static Texts)| {
        Mutant::wire(&texts.id, &texts.description, &case.id, ReasonCode::WrongValue, move || {
            edit::client_messages(|message| {
                if !case.is_echo(message) {
                    return Action::Pass;
                }
                Action::Do(vec![Out::Server(spoilt(message))])
            })
        })
    };
    large::CASES.iter().zip(LARGE.iter()).map(mutant).collect()
}

/// The same message without its last character, or with one when it has none.
fn spoilt(message: &Message) -> Message {
    match message.clone() {
        Message::Text(mut text) => {
            if text.pop().is_none() {
                text.push('!');
            }
            Message::Text(text)
        }
        Message::Binary(mut bytes) => {
            if bytes.pop().is_none() {
                bytes.push(0);
            }
            Message::Binary(bytes)
        }
        other => other,
    }
}

/// What clients must refuse, with compression and without.
fn refused() -> impl Iterator<Item = &'static refusal::Case> {
    refusal::CASES.iter().chain(scripts::REFUSED.iter())
}

static REFUSALS: LazyLock<Vec<Texts>> = LazyLock::new(|| {
    let texts = |case: &refusal::Case| Texts {
        id: format!("{}-taken", case.id),
        description: format!("what {} forbids is taken for something good", case.id),
    };
    refused().map(texts).collect()
});

fn refusals() -> Vec<Mutant> {
    let mutant = |(case, texts): (&'static refusal::Case, &'static Texts)| {
        let reason = match case.end {
            refusal::End::Any if case.is_close() => ReasonCode::NotClosed,
            refusal::End::Any => ReasonCode::Accepted,
            // A code of an application may be sent: then it is the answer that takes the frame for a good one.
            refusal::End::NotEchoed(3000..=4999) => ReasonCode::Accepted,
            refusal::End::NotEchoed(_) => ReasonCode::Malformed,
            refusal::End::Code(_) => ReasonCode::WrongCloseCode,
        };
        Mutant::wire(&texts.id, &texts.description, &case.id, reason, move || Misjudged::new(case))
    };
    refused().zip(REFUSALS.iter()).map(mutant).collect()
}

static LENGTHS: LazyLock<Vec<Texts>> = LazyLock::new(|| {
    let texts = |case: &lengths::Case| Texts {
        id: format!("{}-taken", case.id),
        description: format!("the length of {} is taken for a good one", case.id),
    };
    lengths::CASES.iter().map(texts).collect()
});

fn lengths() -> Vec<Mutant> {
    let mutant = |(case, texts): (&'static lengths::Case, &'static Texts)| {
        Mutant::client(&texts.id, &texts.description, &case.id, ReasonCode::Accepted, case.mistake)
    };
    lengths::CASES.iter().zip(LENGTHS.iter()).map(mutant).collect()
}

/// Keeps the frames of a case from the client and gives it one good frame in place of the last, or none in place of a
/// close frame: the client then does what one does that takes the violation, or passes over it. Where a close code
/// is what counts, the client gets the frames as they are, and another code comes back.
struct Misjudged {
    case: &'static refusal::Case,
    next: usize,
}

impl Misjudged {
    fn new(case: &'static refusal::Case) -> Self {
        Self { case, next: 0 }
    }
}

impl Fault for Misjudged {
    fn watches_client(&self) -> bool {
        self.case.end != refusal::End::Any
    }

    fn on_server_frame(&mut self, frame: &Frame) -> FrameAction {
        let frames = &self.case.frames;
        if frames.get(self.next) != Some(frame) {
            return FrameAction::Pass;
        }
        self.next += 1;
        if self.case.end != refusal::End::Any {
            return FrameAction::Pass;
        }
        if self.next < frames.len() {
            // A whole message of its own stays one.
            let whole = frame.fin && !matches!(frame.opcode, Opcode::Continuation);
            return if whole { FrameAction::Pass } else { FrameAction::Bytes(Vec::new()) };
        }
        FrameAction::Bytes(if self.case.is_close() { Vec::new() } else { Frame::text("taken").encode() })
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        let code = match (self.case.end, message) {
            (refusal::End::NotEchoed(code), Message::Close(_)) => code,
            (refusal::End::Code(_), Message::Close(_)) => 1000,
            _ => return Action::Pass,
        };
        if self.next < self.case.frames.len() {
            return Action::Pass;
        }
        Action::Do(vec![Out::Server(Message::Close(Some((code, String::new()))))])
    }
}

static ANSWERS: LazyLock<Vec<Texts>> = LazyLock::new(|| {
    let texts = |ending: &'static str| {
        move |case: &opening::Case| Texts {
            id: format!("{}-{ending}", case.id),
            description: format!("the answer of {} is {ending}", case.id),
        }
    };
    opening::TAKEN.iter().map(texts("refused")).chain(opening::REFUSED.iter().map(texts("taken"))).collect()
});

/// Refusals of which nothing comes: the mutant, and its check.
const SAT_ON: [(&str, &str); 4] = [
    ("client-wire.accept-wrong-sat-on", "client-wire.accept-wrong"),
    ("client-wire.upgrade-missing-sat-on", "client-wire.upgrade-missing"),
    ("client-wire.status-404-sat-on", "client-wire.status-404"),
    ("client-wire.deflate-unknown-sat-on", "client-wire.deflate-unknown"),
];

fn answers() -> Vec<Mutant> {
    let mutant = |(at, (case, texts)): (usize, (&'static opening::Case, &'static Texts))| {
        if at < opening::TAKEN.len() {
            Mutant::wire(&texts.id, &texts.description, case.id, ReasonCode::Refused, move || {
                spoil_answer(case.id)
            })
        } else {
            Mutant::wire(&texts.id, &texts.description, case.id, ReasonCode::Accepted, move || {
                mend_answer(case.id)
            })
        }
    };
    let cases = opening::TAKEN.iter().chain(opening::REFUSED);
    let mut all: Vec<Mutant> = cases.zip(ANSWERS.iter()).enumerate().map(mutant).collect();
    all.extend(SAT_ON.map(|(id, check)| {
        let description = "an answer that must be refused leaves the connection open, and nobody is told";
        Mutant::client(id, description, check, ReasonCode::NotClosed, "sits-on-refusals")
    }));
    all.push(Mutant::wire(
        "client-wire.answer-in-pieces-refused",
        "an answer in pieces is refused",
        "client-wire.answer-in-pieces",
        ReasonCode::Refused,
        || spoil_answer("client-wire.answer-in-pieces"),
    ));
    all.push(Mutant::wire(
        "client-wire.frame-behind-answer-lost",
        "the first frame is lost",
        "client-wire.frame-behind-answer",
        ReasonCode::Missing,
        || {
            let mut lost = false;
            edit::server_messages(move |_| {
                if std::mem::replace(&mut lost, true) { Action::Pass } else { Action::drop() }
            })
        },
    ));
    all
}

/// The client sees another accept value than its own: it refuses.
pub(super) fn spoil_answer(id: &'static str) -> impl Fault {
    edit::edit_response(move |_, response: &mut Response| {
        if response.field(opening::MARK) == Some(id) {
            response.set_field("Sec-WebSocket-Accept", Some(&accept_value(SAMPLE_KEY)));
        }
    })
}

/// The client sees a good answer: it opens.
pub(super) fn mend_answer(id: &'static str) -> impl Fault {
    edit::edit_response(move |request: &Request, response: &mut Response| {
        if response.field(opening::MARK) != Some(id) {
            return;
        }
        let key = request.field("Sec-WebSocket-Key").unwrap_or_default();
        *response = Response { status: 101, reason: "Switching Protocols".to_owned(), ..response.clone() };
        response.headers.clear();
        response.body.clear();
        response.set_field("Upgrade", Some("websocket"));
        response.set_field("Connection", Some("Upgrade"));
        response.set_field("Sec-WebSocket-Accept", Some(&accept_value(key)));
    })
}

static CLOSES: LazyLock<Vec<Texts>> = LazyLock::new(|| {
    let texts = |case: &closing::Case| Texts {
        id: format!("{}-other", case.id),
        description: format!("the answer of {} has another code", case.id),
    };
    closing::CASES.iter().map(texts).collect()
});

fn closes() -> Vec<Mutant> {
    let mutant = |(case, texts): (&'static closing::Case, &'static Texts)| {
        Mutant::wire(&texts.id, &texts.description, &case.id, ReasonCode::WrongCloseCode, move || {
            let other = match (case.same, case.code) {
                (true, 1000) => 1001,
                (true, _) => 1000,
                (false, 1002) => 1007,
                (false, _) => 1002,
            };
            edit::client_messages(move |message| match message {
                Message::Close(Some((code, _))) if *code == case.code => {
                    Action::Do(vec![Out::Server(Message::Close(Some((other, String::new()))))])
                }
                _ => Action::Pass,
            })
        })
    };
    closing::CASES.iter().zip(CLOSES.iter()).map(mutant).collect()
}
