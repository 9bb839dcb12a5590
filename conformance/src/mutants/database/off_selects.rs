//! Off takes selections.

use super::status_of;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.off-selects",
        "off takes selections",
        "database.off-select",
        ReasonCode::WrongStatus,
        || status_of("/api/database/select", 403, 200),
    )
}
