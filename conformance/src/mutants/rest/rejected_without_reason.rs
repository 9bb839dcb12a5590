//! A rejected query does not say why.

use super::edit_body;
use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "rest.rejected-without-reason",
        "a rejected query does not say why",
        "rest.query-rejected",
        ReasonCode::Missing,
        || {
            edit::edit_response(|_, response| {
                if response.status == 422 {
                    edit_body(response, |body| body["details"] = serde_json::json!({}));
                }
            })
        },
    )
}
