//! A deleted session is as if it never was.
use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "rest.session-forgotten",
        "a deleted session is as if it never was",
        "rest.session-delete",
        ReasonCode::WrongStatus,
        || {
            edit::edit_response(|_, response| {
                if response.status == 410 {
                    response.status = 404;
                }
            })
        },
    )
}
