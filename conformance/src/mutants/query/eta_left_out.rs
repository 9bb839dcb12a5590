//! Eta_ms is left out while unknown.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.eta-left-out",
        "eta_ms is left out while unknown",
        "query.update-fields",
        ReasonCode::Missing,
        || {
            edit::edit_message("progress_update", |message| {
                message.as_object_mut().map(|fields| fields.remove("eta_ms"));
            })
        },
    )
}
