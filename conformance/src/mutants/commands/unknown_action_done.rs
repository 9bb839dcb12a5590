//! An unknown action is done.

use super::done_instead;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.unknown-action-done",
        "an unknown action is done",
        "commands.unknown-action",
        ReasonCode::Accepted,
        || done_instead("INVALID_MESSAGE"),
    )
}
