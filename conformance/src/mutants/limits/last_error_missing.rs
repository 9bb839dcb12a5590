//! The tenth refused message gets no error.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.last-error-missing",
        "the connection is closed without the error of the tenth message",
        "limits.rate-violations",
        ReasonCode::Closed,
        || {
            let mut count = 0;
            edit::on_message("error", move |_, error| {
                count += u32::from(error["code"] == "RATE_LIMIT_EXCEEDED");
                if count < 10 { Action::Pass } else { Action::drop() }
            })
        },
    )
}
