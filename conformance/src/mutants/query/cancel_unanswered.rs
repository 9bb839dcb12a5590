//! A cancel is not answered.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.cancel-unanswered",
        "a cancel is not answered",
        "query.cancel-order",
        ReasonCode::Missing,
        || edit::drop_message("command_result"),
    )
}
