//! Selections never run out.

use super::answered_instead;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.never-expires",
        "selections never run out",
        "database.expired",
        ReasonCode::Accepted,
        || answered_instead("DATABASE_CONTEXT_EXPIRED"),
    )
}
