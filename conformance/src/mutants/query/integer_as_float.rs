//! An integer id goes through a 32-bit float.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.integer-as-float",
        "an integer id goes through a 32-bit float",
        "query.echo-integers",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("*", |message| {
                if message["id"].is_u64() {
                    message["id"] = json!(9_007_199_254_740_992_u64);
                }
            })
        },
    )
}
