//! A missing context is an invalid one.

use super::code_as;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.missing-as-invalid",
        "a missing context is an invalid one",
        "database.required-missing",
        ReasonCode::WrongValue,
        || code_as("DATABASE_CONTEXT_MISSING", "DATABASE_CONTEXT_INVALID"),
    )
}
