//! Off takes anything.

use super::answered_instead;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.off-anything",
        "off takes anything",
        "database.off-types",
        ReasonCode::Accepted,
        || answered_instead("INVALID_MESSAGE"),
    )
}
