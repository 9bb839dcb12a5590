//! An update comes after the result.

use crate::checks::{ReasonCode, field};
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.progress-after-result",
        "an update comes after the result",
        "query.one-terminal",
        ReasonCode::Unexpected,
        || {
            let mut last: Option<Message> = None;
            edit::on_message("*", move |message, value| {
                match field::name(&value) {
                    "progress_update" => last = Some(message.clone()),
                    "query_result" => {
                        let steps = [Some(message.clone()), last.take()];
                        return Action::Do(steps.into_iter().flatten().map(Out::Client).collect());
                    }
                    _ => {}
                }
                Action::Pass
            })
        },
    )
}
