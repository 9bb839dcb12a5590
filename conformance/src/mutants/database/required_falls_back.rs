//! Required falls back to the default.

use super::answered_instead;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.required-falls-back",
        "required falls back to the default",
        "database.required-missing",
        ReasonCode::Accepted,
        || answered_instead("DATABASE_CONTEXT_MISSING"),
    )
}
