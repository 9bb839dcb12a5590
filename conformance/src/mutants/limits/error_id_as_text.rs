//! Errors give ids back as text.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.error-id-as-text",
        "an error gives an integer id back as text",
        "limits.error-ids",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("error", |error| {
                if let Some(id) = error.get("id").filter(|id| id.is_number()) {
                    error["id"] = id.to_string().into();
                }
            })
        },
    )
}
