//! Every change is told at once.

use serde_json::{Value, json};

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.progress-unthinned",
        "what an update merges is told one by one",
        "query.progress-thinned",
        ReasonCode::Unexpected,
        || edit::on_message("progress_update", |_, update| one_by_one(&update)),
    )
}

/// An update for each of its events.
fn one_by_one(update: &Value) -> Action {
    let Some(events) = update["progress_events"].as_array().filter(|events| events.len() > 1) else {
        return Action::Pass;
    };
    let alone = |event: &Value| {
        let mut update = update.clone();
        update["progress_events"] = json!([event]);
        Out::Client(Message::json(&update))
    };
    Action::Do(events.iter().map(alone).collect())
}
