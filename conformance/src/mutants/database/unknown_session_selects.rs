//! An unknown session selects.

use super::status_of;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.unknown-session-selects",
        "an unknown session selects",
        "database.select-unknown-session",
        ReasonCode::WrongStatus,
        || status_of("/api/database/select", 404, 200),
    )
}
