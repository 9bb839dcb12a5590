//! The delete character is taken for an unknown word.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.delete-taken",
        "the delete character is taken for an unknown word",
        "query.rejects-control",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("error", |message| {
                message["details"]["reason"] = json!("not_understood");
            })
        },
    )
}
