//! The second stage of research is not seen.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.analyst-unseen",
        "the second stage of research is not seen",
        "query.research-progress",
        ReasonCode::Missing,
        || {
            edit::on_message("progress_update", |_, update| {
                if update["current_agent"] == "analyst" { Action::drop() } else { Action::Pass }
            })
        },
    )
}
