//! JSON that is no object gets another code.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.no-object-is-bad-json",
        "JSON that is no object is answered by INVALID_JSON",
        "limits.no-object",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("error", |error| {
                if error["code"] == "INVALID_MESSAGE" {
                    error["code"] = "INVALID_JSON".into();
                }
            })
        },
    )
}
