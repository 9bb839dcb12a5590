//! No part has the columns.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.columns-in-none",
        "no part has the columns",
        "query.stream-columns",
        ReasonCode::Missing,
        || {
            edit::edit_message("partial_result", |message| {
                message.as_object_mut().map(|fields| fields.remove("columns"));
            })
        },
    )
}
