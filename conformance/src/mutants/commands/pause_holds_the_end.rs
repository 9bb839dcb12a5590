//! A pause holds the result alone, or all that is told: the stages run on.

use crate::checks::{ReasonCode, field};
use crate::mutants::{Action, Fault, Mutant, Out};
use crate::peer::Message;

use super::result_of;

pub(super) fn mutants() -> Vec<Mutant> {
    let mutant = |id, title, progress| {
        Mutant::wire(id, title, "commands.pause-holds", ReasonCode::Unexpected, move || Held {
            progress,
            paused: false,
            held: Vec::new(),
        })
    };
    vec![
        mutant("commands.pause-holds-the-end", "a pause holds the result alone: the stages run on", false),
        mutant("commands.pause-holds-the-telling", "a pause holds what is told: the stages run on", true),
    ]
}

/// Answers pause and resume itself.
struct Held {
    /// Whether progress is held too.
    progress: bool,
    paused: bool,
    held: Vec<Message>,
}

impl Fault for Held {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        let Some(command) = message.to_json().filter(|value| value["type"] == "command") else {
            return Action::Pass;
        };
        self.paused = command["action"] == "pause";
        let status = if self.paused { "paused" } else { "running" };
        let answer = Out::Client(Message::json(&result_of(&command, status)));
        let released = std::mem::take(&mut self.held).into_iter().map(Out::Client);
        Action::Do(std::iter::once(answer).chain(released).collect())
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        let Some(value) = message.to_json() else { return Action::Pass };
        let ends = matches!(field::name(&value), "query_result" | "query_cancelled" | "error");
        let holds = ends || (self.progress && field::name(&value) == "progress_update");
        if !(self.paused && holds) {
            return Action::Pass;
        }
        self.held.push(message.clone());
        Action::drop()
    }
}
