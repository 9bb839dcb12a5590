//! The close for the rate has another reason.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.rate-another-reason",
        "the close has another reason",
        "limits.rate-violations",
        ReasonCode::WrongCloseReason,
        || {
            edit::edit_close(|code, reason| {
                (
                    code,
                    if reason == "Rate limit exceeded" {
                        "Too many requests".to_owned()
                    } else {
                        reason.to_owned()
                    },
                )
            })
        },
    )
}
