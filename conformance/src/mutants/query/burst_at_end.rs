//! All progress comes in one burst with the result.

use crate::checks::{ReasonCode, field};
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.burst-at-end",
        "all progress comes in one burst with the result",
        "query.while-working",
        ReasonCode::Late,
        || {
            let mut held: Vec<Message> = Vec::new();
            edit::on_message("*", move |message, value| {
                if field::name(&value) == "progress_update" {
                    held.push(message.clone());
                    return Action::drop();
                }
                if field::name(&value) != "query_result" {
                    return Action::Pass;
                }
                Action::Do(held.drain(..).chain([message.clone()]).map(Out::Client).collect())
            })
        },
    )
}
