//! The mutants of the cases: each spoils the answer to what one case says.

use crate::checks::Side;
use crate::checks::rfc6455::{Case, Spoil, cases};
use crate::mutants::{Action, Fault, Mutant, Out};
use crate::peer::Message;

use super::overheard::Overheard;

/// Ids and descriptions of the mutants, which live as long as the program.
static NAMES: std::sync::LazyLock<Vec<(String, String)>> =
    std::sync::LazyLock::new(|| cases().iter().map(|case| named(&case.id, case)).collect());

/// Id and description of the mutant of `case`, whose check is called `check`.
pub(in crate::mutants) fn named(check: &str, case: &Case) -> (String, String) {
    let id = format!("{check}-{}", case.spoil.slug());
    (id, format!("{}, of the case {:?}", case.spoil.words(), case.title))
}

pub(super) fn mutants() -> Vec<Mutant> {
    let mutant = |(case, (id, description)): (&'static Case, &'static (String, String))| {
        Mutant::wire(id, description, &case.id, case.spoil.reason(), move || Spoiler::new(case, Side::Server))
    };
    cases().iter().zip(NAMES.iter()).map(mutant).collect()
}

/// Spoils what the judged side says when the suite has said what a case says.
pub(in crate::mutants) struct Spoiler {
    spoil: Spoil,
    overheard: Overheard,
    judged: Side,
    /// The suite has said it.
    active: bool,
    /// The answer has been spoilt.
    done: bool,
}

impl Spoiler {
    /// Of `case`, as it is played to `judged`.
    pub(in crate::mutants) fn new(case: &Case, judged: Side) -> Self {
        let overheard = Overheard::new(&case.talk(), case.spoil.is_early(), judged);
        Self { spoil: case.spoil, overheard, judged, active: false, done: false }
    }

    /// `message` as the judged side says it.
    fn says(&self, message: Message) -> Out {
        match self.judged {
            Side::Server => Out::Client(message),
            Side::Client => Out::Server(message),
        }
    }

    /// `message` with a mask where there must be none, or without one where there must be one.
    fn says_in_other_dress(&self, message: &Message) -> Out {
        let frame = message.to_frame();
        match self.judged {
            Side::Server => Out::ClientBytes(frame.masked([9, 9, 9, 9]).encode()),
            Side::Client => Out::ServerBytes(frame.encode()),
        }
    }

    fn data(&mut self, message: &Message) -> Action {
        match self.spoil {
            Spoil::Flip => self.once(vec![self.says(changed(message))]),
            Spoil::Cut => self.once(vec![self.says(cut(message))]),
            Spoil::Retyped => self.once(vec![self.says(retyped(message))]),
            Spoil::Twice => self.once(vec![self.says(message.clone()), self.says(message.clone())]),
            Spoil::Lost => self.once(Vec::new()),
            _ => Action::Pass,
        }
    }

    fn pong(&mut self, payload: &[u8]) -> Action {
        match self.spoil {
            Spoil::PongFlip => {
                let other =
                    Message::Pong([payload, b"?"].concat().split_off(usize::from(payload.len() > 124)));
                // Of several pongs the last is the one that must come.
                Action::Do(vec![self.says(other)])
            }
            Spoil::PongLost => Action::drop(),
            _ => Action::Pass,
        }
    }

    fn close(&mut self, message: &Message) -> Action {
        let text = || self.says(Message::Text("an answer".to_owned()));
        match self.spoil {
            Spoil::Taken => self.once(vec![text()]),
            Spoil::Kept | Spoil::CloseLost => Action::drop(),
            Spoil::MaskedClose => self.once(vec![self.says_in_other_dress(message)]),
            Spoil::Code(code) | Spoil::InvalidCode(code) | Spoil::EchoedCode(code) => {
                self.once(vec![self.says(Message::Close(Some((code, String::new()))))])
            }
            Spoil::NoClose => Action::cut(),
            Spoil::Behind => self.once(vec![self.says(message.clone()), text()]),
            Spoil::PongEchoed => {
                let pong = self.says(Message::Pong(b"behind".to_vec()));
                self.once(vec![pong, self.says(message.clone())])
            }
            _ => Action::Pass,
        }
    }

    /// The answer that is spoilt once.
    fn once(&mut self, steps: Vec<Out>) -> Action {
        if std::mem::replace(&mut self.done, true) { Action::Pass } else { Action::Do(steps) }
    }

    /// What is allowed is refused, as soon as the judged side says anything.
    fn refusal(&mut self, message: &Message) -> Option<Action> {
        let code = match self.spoil {
            Spoil::Refused => 1002,
            Spoil::RefusedText => 1007,
            Spoil::TooBig => 1009,
            _ => return None,
        };
        let spoken = !matches!(message, Message::Ping(_) | Message::Close(_));
        (spoken && !self.done).then(|| {
            self.done = true;
            Action::Do(vec![self.says(Message::Close(Some((code, String::new()))))])
        })
    }

    /// A message of the judged side.
    fn spoilt(&mut self, message: &Message) -> Action {
        if !self.active && !self.closes_first(message) {
            return Action::Pass;
        }
        if let Some(refusal) = self.refusal(message) {
            return refusal;
        }
        match message {
            Message::Text(_) | Message::Binary(_) => self.data(message),
            Message::Pong(_) if self.spoil == Spoil::PongEchoed => {
                // An unasked pong is answered, which shows with the next thing that is said.
                let pong = self.says(Message::Pong(b"unasked".to_vec()));
                self.once(vec![pong, self.says(message.clone())])
            }
            Message::Pong(payload) => self.pong(payload),
            Message::Ping(_) => Action::Pass,
            Message::Close(_) => self.close(message),
        }
    }

    /// True when the judged side closes before the ping arrived that it must not answer.
    fn closes_first(&self, message: &Message) -> bool {
        let closes = self.spoil == Spoil::PongEchoed && matches!(message, Message::Close(_));
        closes && self.overheard.lacks_a_ping()
    }

    /// True when the judged side keeps open what it has to end.
    fn keeps(&self) -> bool {
        let kept = matches!(self.spoil, Spoil::Kept | Spoil::CloseLost | Spoil::TcpKept | Spoil::Taken);
        self.active && kept
    }
}

impl Fault for Spoiler {
    fn overhears_client(&self) -> bool {
        self.judged == Side::Server
    }

    fn on_client_bytes(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        if self.judged == Side::Server {
            self.active = self.overheard.hears(&bytes);
        }
        bytes
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        self.spoilt(message)
    }

    fn holds_open(&mut self) -> bool {
        self.judged == Side::Server && self.keeps()
    }

    fn overhears_server(&self) -> bool {
        self.judged == Side::Client
    }

    fn on_server_bytes(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        self.active = self.overheard.hears(&bytes);
        bytes
    }

    fn watches_client(&self) -> bool {
        self.judged == Side::Client
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        self.spoilt(message)
    }

    fn keeps_server(&mut self) -> bool {
        self.judged == Side::Client && self.keeps()
    }
}

fn changed(message: &Message) -> Message {
    match message {
        Message::Text(text) => {
            // The last character, so that it is text still.
            let mut text = text.clone();
            let last = text.pop();
            text.push(if last == Some('#') { '+' } else { '#' });
            Message::Text(text)
        }
        Message::Binary(bytes) => {
            let mut bytes = bytes.clone();
            if let Some(last) = bytes.last_mut() {
                *last ^= 1;
            }
            Message::Binary(bytes)
        }
        other => other.clone(),
    }
}

fn cut(message: &Message) -> Message {
    match message {
        Message::Text(text) => {
            let mut text = text.clone();
            text.pop();
            Message::Text(text)
        }
        Message::Binary(bytes) => Message::Binary(bytes[..bytes.len().saturating_sub(1)].to_vec()),
        other => other.clone(),
    }
}

fn retyped(message: &Message) -> Message {
    match message {
        Message::Text(text) => Message::Binary(text.clone().into_bytes()),
        Message::Binary(bytes) => Message::Text(String::from_utf8_lossy(bytes).into_owned()),
        other => other.clone(),
    }
}
