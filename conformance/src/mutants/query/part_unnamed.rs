//! Parts of a result do not name their transaction.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.part-unnamed",
        "parts of a result do not name their transaction",
        "query.stream-named",
        ReasonCode::Missing,
        || {
            edit::edit_message("partial_result", |part| {
                part.as_object_mut().map(|fields| fields.remove("transaction_id"));
            })
        },
    )
}
