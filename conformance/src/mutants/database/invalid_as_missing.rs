//! An unknown name is a missing one.

use super::code_as;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.invalid-as-missing",
        "an unknown name is a missing one",
        "database.required-unknown",
        ReasonCode::WrongValue,
        || code_as("DATABASE_CONTEXT_INVALID", "DATABASE_CONTEXT_MISSING"),
    )
}
