//! The mutants of the cases: each spoils the answer to what one case says.

use crate::checks::rfc6455::{Case, Spoil, cases};
use crate::mutants::{Action, Fault, Mutant, Out};
use crate::peer::{Frame, Message};

use super::overheard::Overheard;

/// Ids and descriptions of the mutants, which live as long as the program.
static NAMES: std::sync::LazyLock<Vec<(String, String)>> = std::sync::LazyLock::new(|| {
    let name = |case: &Case| {
        let id = format!("{}-{}", case.id, case.spoil.slug());
        (id, format!("{}, of the case {:?}", case.spoil.words(), case.title))
    };
    cases().iter().map(name).collect()
});

pub(super) fn mutants() -> Vec<Mutant> {
    let mutant = |(case, (id, description)): (&'static Case, &'static (String, String))| {
        let spoil = case.spoil;
        Mutant::wire(id, description, &case.id, spoil.reason(), move || Spoiler {
            spoil,
            overheard: Overheard::new(&case.talk(), spoil.is_early()),
            active: false,
            done: false,
        })
    };
    cases().iter().zip(NAMES.iter()).map(mutant).collect()
}

struct Spoiler {
    spoil: Spoil,
    overheard: Overheard,
    /// The client has said it.
    active: bool,
    /// The answer has been spoilt.
    done: bool,
}

impl Spoiler {
    fn data(&mut self, message: &Message) -> Action {
        match self.spoil {
            Spoil::Flip => self.once(vec![Out::Client(changed(message))]),
            Spoil::Cut => self.once(vec![Out::Client(cut(message))]),
            Spoil::Retyped => self.once(vec![Out::Client(retyped(message))]),
            Spoil::Twice => self.once(vec![Out::Client(message.clone()), Out::Client(message.clone())]),
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
                Action::Do(vec![Out::Client(other)])
            }
            Spoil::PongLost => Action::drop(),
            _ => Action::Pass,
        }
    }

    fn close(&mut self, message: &Message) -> Action {
        let text = || Out::Client(Message::Text("an answer".to_owned()));
        match self.spoil {
            Spoil::Taken => self.once(vec![text()]),
            Spoil::Kept | Spoil::CloseLost => Action::drop(),
            Spoil::MaskedClose => {
                self.once(vec![Out::ClientBytes(message.to_frame().masked([9, 9, 9, 9]).encode())])
            }
            Spoil::Code(code) | Spoil::InvalidCode(code) => {
                self.once(vec![Out::ClientBytes(Frame::close(code, "").encode())])
            }
            Spoil::NoClose => Action::cut(),
            Spoil::Behind => self.once(vec![Out::Client(message.clone()), text()]),
            Spoil::PongEchoed => {
                let pong = Out::Client(Message::Pong(b"behind".to_vec()));
                self.once(vec![pong, Out::Client(message.clone())])
            }
            _ => Action::Pass,
        }
    }

    /// The answer that is spoilt once.
    fn once(&mut self, steps: Vec<Out>) -> Action {
        if std::mem::replace(&mut self.done, true) { Action::Pass } else { Action::Do(steps) }
    }

    /// What is allowed is refused, as soon as the server says anything.
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
            Action::close(code, "")
        })
    }
}

impl Fault for Spoiler {
    fn overhears_client(&self) -> bool {
        true
    }

    fn on_client_bytes(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        self.active = self.overheard.hears(&bytes);
        bytes
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        if !self.active {
            return Action::Pass;
        }
        if let Some(refusal) = self.refusal(message) {
            return refusal;
        }
        match message {
            Message::Text(_) | Message::Binary(_) => self.data(message),
            Message::Pong(_) if self.spoil == Spoil::PongEchoed => {
                // An unasked pong is answered, which shows with the next thing the server says.
                self.once(vec![Out::Client(Message::Pong(b"unasked".to_vec())), Out::Client(message.clone())])
            }
            Message::Pong(payload) => self.pong(payload),
            Message::Ping(_) => Action::Pass,
            Message::Close(_) => self.close(message),
        }
    }

    fn holds_open(&mut self) -> bool {
        let kept = matches!(self.spoil, Spoil::Kept | Spoil::CloseLost | Spoil::TcpKept | Spoil::Taken);
        self.active && kept
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
