//! Answers show the address with its token.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.answer-shows-token",
        "Answers show the address with its token",
        "tokens.secret-in-answer",
        ReasonCode::Leak,
        || {
            edit::edit_response(|request, response| {
                response.set_field("X-Original-Target", Some(&request.target));
            })
        },
    )
}
