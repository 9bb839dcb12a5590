//! Query_cancelled comes before command_result.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.cancelled-first",
        "query_cancelled comes before command_result",
        "query.cancel-order",
        ReasonCode::WrongOrder,
        || edit::swap_message("command_result"),
    )
}
