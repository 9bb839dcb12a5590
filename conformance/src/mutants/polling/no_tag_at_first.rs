//! A transaction that is not over has no tag.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.no-tag-at-first",
        "a transaction that is not over has no tag",
        "polling.tag-changes",
        ReasonCode::Missing,
        || {
            edit::edit_response(|request, response| {
                let over = response.text().contains("\"query_result\"");
                if request.target.contains("/api/transactions/") && !over {
                    response.set_field("ETag", None);
                }
            })
        },
    )
}
