//! The second part is lost.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.part-lost",
        "the second part is lost",
        "query.stream-sequence",
        ReasonCode::WrongValue,
        || {
            edit::on_message("partial_result", |_, part| {
                if part["sequence"] == 1 { Action::drop() } else { Action::Pass }
            })
        },
    )
}
