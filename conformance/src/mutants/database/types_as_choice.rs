//! A wrong type is a wrong choice.

use super::code_as;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.types-as-choice",
        "a wrong type is a wrong choice",
        "database.wrong-types",
        ReasonCode::WrongValue,
        || code_as("INVALID_MESSAGE", "DATABASE_CONTEXT_INVALID"),
    )
}
