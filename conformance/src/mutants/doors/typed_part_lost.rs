//! The typed dialect leaves an event out.

use super::edit_pass;
use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.typed-part-lost",
        "The typed dialect leaves an event out",
        "doors.dialects-equal",
        ReasonCode::Lost,
        || {
            edit::on_message("partial_result", |message, value| {
                if value["type"] == "event" { Action::drop() } else { edit_pass(message) }
            })
        },
    )
}
