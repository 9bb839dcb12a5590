//! The typed dialect has no parts.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.typed-parts-left-out",
        "the typed dialect has no parts",
        "query.stream-typed",
        ReasonCode::Missing,
        || {
            edit::on_message("partial_result", |_, part| {
                if part["type"] == "event" { Action::drop() } else { Action::Pass }
            })
        },
    )
}
