//! The second time an agent comes back, its old connection is not closed.

use crate::checks::{ReasonCode, field};
use crate::mutants::shared::Tally;
use crate::mutants::{Action, Fault, Mutant};
use crate::peer::Message;

struct Kept {
    resumes: Tally,
    epoch: String,
    /// How often its session had been resumed when this connection came.
    number: u64,
    holds: bool,
}

impl Fault for Kept {
    fn on_server_message(&mut self, message: &Message) -> Action {
        if let Some(value) = message.to_json() {
            if let ("connection_acknowledged", Some(epoch)) = (field::name(&value), value["epoch"].as_str()) {
                epoch.clone_into(&mut self.epoch);
            } else if field::name(&value) == "resumed" {
                self.number = self.resumes.add(&self.epoch);
            }
        }
        match message {
            Message::Close(Some((1000, reason))) if reason == "Superseded" && self.number > 0 => {
                self.holds = true;
                Action::drop()
            }
            _ => Action::Pass,
        }
    }

    fn holds_open(&mut self) -> bool {
        self.holds
    }
}

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "flow.old-kept-the-second-time",
        "the second time an agent comes back, its old connection is not closed",
        "flow.supersedes",
        ReasonCode::NotClosed,
        || {
            let resumes = Tally::default();
            move || Kept { resumes: resumes.clone(), epoch: String::new(), number: 0, holds: false }
        },
    )
}
