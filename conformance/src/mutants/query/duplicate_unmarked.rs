//! A duplicate is not marked as one.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.duplicate-unmarked",
        "a duplicate is not marked as one",
        "query.same-query-id",
        ReasonCode::Missing,
        || {
            edit::edit_message("query_accepted", |message| {
                message.as_object_mut().map(|fields| fields.remove("duplicate"));
            })
        },
    )
}
