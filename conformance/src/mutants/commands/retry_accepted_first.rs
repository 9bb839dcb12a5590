//! The acceptance of a retry comes before its answer.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.retry-accepted-first",
        "the acceptance of a retry comes before its answer",
        "commands.retry-order",
        ReasonCode::WrongOrder,
        || edit::swap_message("command_result"),
    )
}
