//! A second pause lets the query go on.

use serde_json::json;

use super::result_of;
use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.second-pause-resumes",
        "a second pause lets the query go on",
        "commands.pause-twice",
        ReasonCode::WrongValue,
        || {
            let mut paused = false;
            edit::client_messages(move |message| match message.to_json() {
                Some(mut command) if command["action"] == "pause" => {
                    if std::mem::replace(&mut paused, true) {
                        command["action"] = json!("resume");
                        return Action::Do(vec![
                            Out::Server(Message::json(&command)),
                            Out::Client(Message::json(&result_of(&command, "running"))),
                        ]);
                    }
                    Action::Pass
                }
                _ => Action::Pass,
            })
        },
    )
}
