//! A selection that has run out is a missing one.

use super::code_as;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.expired-as-missing",
        "a selection that has run out is a missing one",
        "database.expired",
        ReasonCode::WrongValue,
        || code_as("DATABASE_CONTEXT_EXPIRED", "DATABASE_CONTEXT_MISSING"),
    )
}
