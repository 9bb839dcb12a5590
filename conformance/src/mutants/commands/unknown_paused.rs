//! An unknown transaction is commanded.

use super::done_instead;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.unknown-paused",
        "an unknown transaction is commanded",
        "commands.unknown-transaction",
        ReasonCode::Accepted,
        || done_instead("NOT_FOUND"),
    )
}
