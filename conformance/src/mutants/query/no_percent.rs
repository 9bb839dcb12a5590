//! Updates have no percent.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.no-percent",
        "updates have no percent",
        "query.update-fields",
        ReasonCode::Missing,
        || {
            edit::edit_message("progress_update", |message| {
                message.as_object_mut().map(|fields| fields.remove("percent"));
            })
        },
    )
}
