//! A new session is answered by 200.
use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "rest.session-created-as-ok",
        "a new session is answered by 200",
        "rest.session-create",
        ReasonCode::WrongStatus,
        || {
            edit::edit_response(|_, response| {
                if response.status == 201 {
                    response.status = 200;
                }
            })
        },
    )
}
