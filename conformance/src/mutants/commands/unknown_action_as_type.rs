//! An unknown action is an unknown type.

use super::code_as;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.unknown-action-as-type",
        "an unknown action is an unknown type",
        "commands.unknown-action",
        ReasonCode::WrongValue,
        || code_as("INVALID_MESSAGE", "UNKNOWN_TYPE"),
    )
}
