//! The id is copied to query_id.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.id-copied",
        "the id is copied to query_id",
        "query.echo-no-others",
        ReasonCode::Unexpected,
        || {
            edit::edit_message("*", |message| {
                if let Some(id) = message.get("id").cloned() {
                    message["query_id"] = id;
                }
            })
        },
    )
}
