//! A context of the wrong type is ignored.

use super::answered_instead;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.types-ignored",
        "a context of the wrong type is ignored",
        "database.wrong-types",
        ReasonCode::Accepted,
        || answered_instead("INVALID_MESSAGE"),
    )
}
