//! Off is warn.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "database.off-is-warn",
        "off is warn",
        "database.off-ignores",
        ReasonCode::WrongValue,
        "context.policy = \"warn\"",
    )
}
