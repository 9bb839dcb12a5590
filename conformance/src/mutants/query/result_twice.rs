//! The result comes twice.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.result-twice",
        "the result comes twice",
        "query.one-terminal",
        ReasonCode::Duplicate,
        || edit::duplicate_message("query_result"),
    )
}
