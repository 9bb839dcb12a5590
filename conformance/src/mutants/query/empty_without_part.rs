//! An empty result has no part.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.empty-without-part",
        "an empty result has no part",
        "query.stream-empty",
        ReasonCode::Missing,
        || {
            edit::on_message("partial_result", |_, part| {
                let empty = part["rows"].as_array().is_some_and(Vec::is_empty);
                if empty { Action::drop() } else { Action::Pass }
            })
        },
    )
}
