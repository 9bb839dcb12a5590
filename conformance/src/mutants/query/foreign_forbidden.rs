//! Another session's transaction is forbidden, hence known.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.foreign-forbidden",
        "another session's transaction is forbidden, hence known",
        "query.foreign-transaction",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("error", |message| {
                message["code"] = json!("FORBIDDEN");
            })
        },
    )
}
