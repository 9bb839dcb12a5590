//! Another session's query is forbidden, so that one knows it is there.

use super::code_as;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.foreign-forbidden",
        "another session's query is forbidden, so that one knows it is there",
        "commands.foreign-transaction",
        ReasonCode::WrongValue,
        || code_as("NOT_FOUND", "FORBIDDEN"),
    )
}
