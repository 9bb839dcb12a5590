//! A query about an unknown table is answered.

use super::answered_instead;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.unknown-table-answered",
        "a query about an unknown table is answered",
        "database.unknown-table",
        ReasonCode::Accepted,
        || answered_instead("DATABASE_CONTEXT_INVALID"),
    )
}
