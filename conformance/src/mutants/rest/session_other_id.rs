//! A new session gets another id than was asked for.

use super::edit_body;
use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "rest.session-other-id",
        "a new session gets another id than was asked for",
        "rest.session-create",
        ReasonCode::WrongValue,
        || {
            edit::edit_response(|request, response| {
                if request.method == "POST" && request.target.ends_with("/api/sessions") {
                    edit_body(response, |body| body["session_id"] = "session_of_another".into());
                }
            })
        },
    )
}
