//! A query that fails shows nothing of its second stage.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.stage-before-unseen",
        "a query that fails shows nothing of its second stage",
        "failures.progress-before",
        ReasonCode::Missing,
        || {
            edit::on_message("progress_update", |_, update| {
                if update["current_agent"] == "data" { Action::drop() } else { Action::Pass }
            })
        },
    )
}
