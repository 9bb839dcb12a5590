//! Errors of requests show a backtrace.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "security.answers-show-backtrace",
        "Errors of requests show a backtrace",
        "security.errors-plain-request",
        ReasonCode::Leak,
        || {
            edit::edit_response(|_, response| {
                if response.status >= 400 {
                    let text = response.text() + "Traceback (most recent call last):";
                    response.set_body(text);
                }
            })
        },
    )
}
