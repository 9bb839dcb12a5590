//! An unknown transaction is an invalid message.

use super::code_as;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.unknown-as-invalid",
        "an unknown transaction is an invalid message",
        "commands.unknown-transaction",
        ReasonCode::WrongValue,
        || code_as("NOT_FOUND", "INVALID_MESSAGE"),
    )
}
