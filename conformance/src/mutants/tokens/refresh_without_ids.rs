//! token_refreshed has no ids.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.refresh-without-ids",
        "token_refreshed has no ids",
        "tokens.refresh-ids",
        ReasonCode::Missing,
        || {
            edit::edit_message("token_refreshed", |answer| {
                answer.as_object_mut().map(|fields| fields.shift_remove("id"));
            })
        },
    )
}
