//! A result that was cut does not say so.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.cut-untold",
        "a result that was cut does not say so",
        "query.max-rows",
        ReasonCode::WrongValue,
        || edit::edit_message("query_result", |result| result["truncated"] = false.into()),
    )
}
