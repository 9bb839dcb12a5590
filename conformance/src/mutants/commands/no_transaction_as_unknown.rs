//! A command without transaction is not found.

use super::code_as;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.no-transaction-as-unknown",
        "a command without transaction is not found",
        "commands.no-transaction",
        ReasonCode::WrongValue,
        || code_as("INVALID_MESSAGE", "NOT_FOUND"),
    )
}
