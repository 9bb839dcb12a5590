//! The response has no id.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.typed-response-without-id",
        "the response has no id",
        "query.typed-response",
        ReasonCode::Missing,
        || {
            edit::edit_message("response", |message| {
                message.as_object_mut().map(|fields| fields.remove("id"));
            })
        },
    )
}
