//! The last stage shows no progress.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.stage-unseen",
        "the last stage shows no progress",
        "query.every-stage",
        ReasonCode::Missing,
        || {
            edit::on_message("progress_update", |_, update| {
                if update["current_agent"] == "viz" { Action::drop() } else { Action::Pass }
            })
        },
    )
}
