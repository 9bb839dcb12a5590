//! 405 does not say what is allowed.
use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "rest.method-without-allow",
        "405 does not say what is allowed",
        "rest.wrong-method",
        ReasonCode::Missing,
        || {
            edit::edit_response(|_, response| {
                if response.status == 405 {
                    response.set_field("Allow", None);
                }
            })
        },
    )
}
